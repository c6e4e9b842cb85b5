//! What measuring needs: planes of the size of real images, and samples that were never seen.

use std::sync::Arc;

use parfocal_base::{Chunk, DType};

use super::samples;
use crate::DrawList;
use crate::draw_list::{Content, Plane, Sampled, Tile};

/// Waves over the range of `dtype`, in so many rows and columns of tiles of `tile` × `tile` texels.
pub fn waves(dtype: DType, tile: usize, [rows, columns]: [usize; 2]) -> Plane {
    let one = |at: usize| {
        let value = |i: usize| {
            let (y, x) = (i / tile + at / columns * tile, i % tile + at % columns * tile);
            0.5 + 0.5 * (x as f64 / 37.0).sin() * (y as f64 / 23.0).cos()
        };
        let samples = samples(dtype, (0..tile * tile).map(value));
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
