//! Bricks: parts of tiles, as the device holds them.
//!
//! | samples | on the device | loss |
//! | --- | --- | --- |
//! | 8, 16 and 32 bits, whole numbers and floats | as they are | none |
//! | 64-bit floats | as the sum of two floats of 32 bits | 48 of 53 bits are kept; beyond ±3.4e38 they count as infinite |
//! | floats that number labels | as the label's number, 32 bits | none |

use std::sync::Arc;

use parfocal_base::{Chunk, DType, Samples};
use parfocal_render::draw_list::Tile;
use parfocal_render::labels::label_number;

use crate::taps::BRICK;

/// How a sample lies in a brick; shaders know the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    U8 = 0,
    U16 = 1,
    I16 = 2,
    U32 = 3,
    I32 = 4,
    F32 = 5,
    F64 = 6,
}

/// Names a brick: no two that live at the same time have the same address, and the address of a
/// chunk that is gone is not used again as long as the brick's entry remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BrickKey {
    chunk: usize,
    start: usize,
    strides: [usize; 2],
    tile: [usize; 2],
    within: [usize; 2],
    labels: bool,
}

/// A part of a tile.
pub(crate) struct Brick<'a> {
    tile: &'a Tile,
    /// Texels of a whole tile.
    whole: [usize; 2],
    /// Which brick of the tile.
    within: [usize; 2],
    labels: bool,
}

impl<'a> Brick<'a> {
    /// Brick `within` of a tile, in a plane whose tiles are `whole` texels.
    pub(crate) const fn new(
        tile: &'a Tile,
        whole: [usize; 2],
        within: [usize; 2],
        labels: bool,
    ) -> Self {
        Self { tile, whole, within, labels }
    }

    pub(crate) fn key(&self) -> BrickKey {
        BrickKey {
            chunk: Arc::as_ptr(&self.tile.chunk).addr(),
            start: self.tile.base,
            strides: self.tile.strides,
            tile: self.whole,
            within: self.within,
            labels: self.labels && self.is_float(),
        }
    }

    fn is_float(&self) -> bool {
        !self.tile.chunk.samples().dtype().is_integer()
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.tile.chunk.samples().dtype() {
            DType::Bool | DType::U8 => Kind::U8,
            DType::U16 => Kind::U16,
            DType::I16 => Kind::I16,
            DType::U32 => Kind::U32,
            DType::I32 => Kind::I32,
            DType::F32 | DType::F64 if self.labels => Kind::U32,
            DType::F32 => Kind::F32,
            DType::F64 => Kind::F64,
        }
    }

    pub(crate) const fn chunk(&self) -> &Arc<Chunk> {
        &self.tile.chunk
    }

    /// Rows and columns that the chunk has of it.
    pub(crate) fn size(&self) -> [usize; 2] {
        let chunk = &self.tile.chunk;
        let strides = chunk.strides();
        std::array::from_fn(|d| {
            let along = strides.iter().zip(chunk.shape());
            let along = along.filter(|(stride, _)| **stride == self.tile.strides[d]);
            let there = along.map(|(_, &size)| size).max().unwrap_or(self.whole[d]);
            let rest = there.min(self.whole[d]).saturating_sub(self.within[d] * BRICK);
            rest.min(BRICK)
        })
    }

    /// Bytes of one sample on the device.
    pub(crate) fn sample_bytes(&self) -> usize {
        match self.kind() {
            Kind::U8 => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }

    /// Writes the samples, row by row without gaps, into `to`, which has room for them.
    pub(crate) fn write(&self, to: &mut [u8]) {
        match self.tile.chunk.samples() {
            Samples::F32(from) if self.labels => {
                self.rows(from, to, |sample| label_number(f64::from(sample)).to_ne_bytes());
            }
            Samples::F64(from) if self.labels => {
                self.rows(from, to, |sample| label_number(sample).to_ne_bytes());
            }
            Samples::F64(from) => self.rows(from, to, split),
            Samples::Bool(from) | Samples::U8(from) => self.rows(from, to, u8::to_ne_bytes),
            Samples::U16(from) => self.rows(from, to, u16::to_ne_bytes),
            Samples::I16(from) => self.rows(from, to, i16::to_ne_bytes),
            Samples::U32(from) => self.rows(from, to, u32::to_ne_bytes),
            Samples::I32(from) => self.rows(from, to, i32::to_ne_bytes),
            Samples::F32(from) => self.rows(from, to, f32::to_ne_bytes),
        }
    }

    fn rows<T: Copy, const N: usize>(
        &self,
        from: &[T],
        to: &mut [u8],
        bytes: impl Fn(T) -> [u8; N],
    ) {
        let [_, columns] = self.size();
        let [down, right] = self.tile.strides;
        let first = self.tile.base + self.within[0] * BRICK * down + self.within[1] * BRICK * right;
        let (to, _) = to.as_chunks_mut::<N>();
        for (row, to) in to.chunks_exact_mut(columns.max(1)).enumerate() {
            let from = from.get(first + row * down..).unwrap_or_default();
            // One loop for neighbours, which the compiler makes a copy of.
            if right == 1 {
                to.iter_mut().zip(from).for_each(|(to, &from)| *to = bytes(from));
            } else {
                let from = from.iter().step_by(right.max(1));
                to.iter_mut().zip(from).for_each(|(to, &from)| *to = bytes(from));
            }
        }
    }
}

/// A number as the sum of two of single precision: the nearest one, and what is left.
fn split(value: f64) -> [u8; 8] {
    let high = value as f32;
    let low = if high.is_finite() { (value - f64::from(high)) as f32 } else { 0.0 };
    let mut out = [0; 8];
    out[..4].copy_from_slice(&high.to_ne_bytes());
    out[4..].copy_from_slice(&low.to_ne_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(samples: Samples, shape: &[usize], base: usize, strides: [usize; 2]) -> Tile {
        Tile { chunk: Arc::new(Chunk::new(shape.to_vec(), samples).unwrap()), base, strides }
    }

    #[test]
    fn a_transposed_slice_is_written_row_by_row() {
        let tile = tile(Samples::U16((0..24).collect()), &[2, 3, 4], 12, [1, 4]);
        let brick = Brick::new(&tile, [4, 3], [0; 2], false);
        assert_eq!(brick.size(), [4, 3]);
        let mut bytes = [0; 24];
        brick.write(&mut bytes);
        let found: Vec<_> =
            bytes.as_chunks::<2>().0.iter().map(|b| u16::from_ne_bytes(*b)).collect();
        assert_eq!(found, [12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23]);
    }

    #[test]
    fn a_large_tile_ends_in_a_smaller_brick() {
        let tile = tile(Samples::U8(vec![7; 600 * 520]), &[600, 520], 0, [520, 1]);
        let size = |within| Brick::new(&tile, [700, 520], within, false).size();
        assert_eq!(size([0, 0]), [512, 512]);
        assert_eq!(size([1, 1]), [88, 8]);
        assert_eq!(size([2, 0]), [0, 512]);
    }

    #[test]
    fn two_floats_hold_what_one_cannot() {
        let value = 1.7e9 + 0.001;
        let [high, low] = [0, 4].map(|at| {
            let bytes = split(value);
            f64::from(f32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap()))
        });
        assert!((high + low - value).abs() < 1e-5);
        assert_eq!(split(f64::INFINITY)[4..], [0; 4]);
    }
}
