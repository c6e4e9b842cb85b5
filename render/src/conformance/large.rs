//! What measuring needs: planes of the size of real images, and samples that were never seen.

use std::sync::Arc;

use parfocal_base::{Chunk, DType};

use super::cases::spread;
use crate::DrawList;
use crate::draw_list::{Content, Plane, Sampled, Tile};

/// Waves over the range of `dtype`, in so many rows and columns of tiles of `tile` × `tile` texels.
pub fn waves(dtype: DType, tile: usize, [rows, columns]: [usize; 2]) -> Plane {
    let one = |at: usize| {
        let value = |i: usize| {
            let (y, x) = (i / tile + at / columns * tile, i % tile + at % columns * tile);
            0.5 + 0.5 * (x as f64 / 37.0).sin() * (y as f64 / 23.0).cos()
        };
        let samples = spread(dtype, (0..tile * tile).map(value));
        let chunk = Chunk::new(vec![tile; 2], samples)?;
        Some(Tile { chunk: Arc::new(chunk), base: 0, strides: [tile, 1] })
    };
    let tiles = (0..rows * columns).map(one).collect();
    Plane { tile: [tile; 2], first: [0; 2], across: columns, tiles }
}

/// The list with other chunks of the same samples, which no painter has seen.
pub fn fresh(list: &DrawList) -> DrawList {
    let mut list = list.clone();
    for layer in &mut list.layers {
        let Content::Sampled(Sampled { planes, .. }) = &mut layer.content else { continue };
        for tile in planes.iter_mut().flat_map(|plane| &mut plane.tiles).flatten() {
            tile.chunk = Arc::new(Chunk::clone(&tile.chunk));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::DTYPES;

    #[test]
    fn waves_use_the_range_of_their_type() {
        for dtype in DTYPES {
            let plane = waves(dtype, 256, [1, 1]);
            let samples = plane.tiles[0].as_ref().unwrap().chunk.samples();
            let [low, high] = if dtype.is_integer() { dtype.range() } else { [0.0, 1.0] };
            let values = (0..256 * 256).map(|at| samples.get(at).unwrap());
            let [least, most] = values.fold([high, low], |[a, b], v| [a.min(v), b.max(v)]);
            let reach = (most - least) / (high - low);
            assert!(reach > 0.9, "{dtype:?}: {least} to {most}");
        }
    }
}
