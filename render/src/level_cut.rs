//! The cut of a view through one level of an image: which texels the canvas shows, and where in
//! which chunks they are.

use std::ops::Range;
use std::sync::Arc;

use parfocal_base::{Chunk, ChunkIndex, ChunkKey, SourceId};

use crate::draw_list::{AxisMap, Tile};

/// The cut through one level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LevelCut {
    /// Which level.
    pub(crate) level: usize,
    /// Canvas to texel.
    pub(crate) map: [AxisMap; 2],
    /// Texels of the level (vertical, horizontal).
    pub(crate) shape: [usize; 2],
    /// Texels of a chunk (vertical, horizontal).
    pub(crate) tile: [usize; 2],
    /// Source axes shown.
    pub(crate) axes: [usize; 2],
    /// For each source axis: the chunk that the cut goes through; 0 on the shown ones.
    pub(crate) chunk: ChunkIndex,
    /// The cut's place within that chunk on each axis; 0 on the shown ones, and beyond the last.
    pub(crate) within: [usize; ChunkIndex::MAX_AXES],
    /// Bytes of a full chunk.
    pub(crate) chunk_bytes: usize,
}

impl LevelCut {
    /// Texels that reading `pixels` touches (for linear: with neighbours), within the level.
    pub(crate) fn touched(&self, pixels: &[Range<u32>; 2]) -> [Range<usize>; 2] {
        std::array::from_fn(|d| {
            let last = self.shape[d] - 1;
            let low = clamp_index(self.map[d].at(pixels[d].start).floor(), last);
            let high = self.map[d].at(pixels[d].end.saturating_sub(1)).floor() + 1.0;
            low..clamp_index(high, last) + 1
        })
    }

    /// Texels that are nearest to one of `pixels`, within the level.
    pub(crate) fn nearest(&self, pixels: &[Range<u32>; 2]) -> [Range<usize>; 2] {
        std::array::from_fn(|d| self.nearest_on(d, &pixels[d]))
    }

    /// [`LevelCut::nearest`] along one axis.
    pub(crate) fn nearest_on(&self, d: usize, pixels: &Range<u32>) -> Range<usize> {
        let last = self.shape[d] - 1;
        let at = |pixel: u32| clamp_index((self.map[d].at(pixel) + 0.5).floor(), last);
        at(pixels.start)..at(pixels.end.saturating_sub(1)) + 1
    }

    /// Tiles that hold `texels` (which are not empty).
    pub(crate) fn tiles(&self, texels: &[Range<usize>; 2]) -> [Range<usize>; 2] {
        std::array::from_fn(|d| self.tiles_on(d, &texels[d]))
    }

    /// [`LevelCut::tiles`] along one axis.
    pub(crate) fn tiles_on(&self, d: usize, texels: &Range<usize>) -> Range<usize> {
        texels.start / self.tile[d]..texels.end.saturating_sub(1) / self.tile[d] + 1
    }

    /// Canvas pixels (of `pixels`) whose nearest texel lies in tile `at` of axis `d`. Those beyond
    /// the level's first and last texel belong to the first and last tile.
    pub(crate) fn pixels_of_tile(&self, d: usize, at: usize, pixels: &Range<u32>) -> Range<u32> {
        let bound = |tile: usize| match tile {
            0 => pixels.start,
            _ if tile * self.tile[d] >= self.shape[d] => pixels.end,
            _ => first_pixel(self.map[d], tile * self.tile[d], pixels.clone()),
        };
        bound(at)..bound(at + 1)
    }

    /// The chunk of tile (`v`, `u`), if the image is `source`; `None` far outside the grid.
    #[inline]
    pub(crate) fn key(&self, source: SourceId, v: usize, u: usize) -> Option<ChunkKey> {
        let level = u8::try_from(self.level).ok()?;
        let mut key = ChunkKey { source, level, index: self.chunk };
        key.index.set(self.axes[0], v)?;
        key.index.set(self.axes[1], u)?;
        Some(key)
    }

    /// The cut through `chunk` of tile (`v`, `u`); `None` if its shape is not that of a chunk there.
    pub(crate) fn through(&self, chunk: Arc<Chunk>, v: usize, u: usize) -> Option<Tile> {
        let shape = chunk.shape();
        if shape.len() != self.chunk.axes() {
            return None;
        }
        let (mut base, mut step, mut strides) = (0, 1, [0; 2]);
        for (axis, (&size, &within)) in shape.iter().zip(&self.within).enumerate().rev() {
            if within >= size {
                return None;
            }
            for d in (0..2).filter(|&d| self.axes[d] == axis) {
                let first = [v, u][d] * self.tile[d];
                if size < self.tile[d].min(self.shape[d].saturating_sub(first)) {
                    return None;
                }
                strides[d] = step;
            }
            base += within * step;
            step *= size;
        }
        Some(Tile { chunk, base, strides })
    }

    /// Bytes, texels and number of the chunks that `pixels` show.
    pub(crate) fn cost(&self, pixels: &[Range<u32>; 2]) -> [usize; 3] {
        let texels = self.touched(pixels);
        let area = |r: &[Range<usize>; 2]| r[0].len().saturating_mul(r[1].len());
        let chunks = area(&self.tiles(&texels));
        [chunks.saturating_mul(self.chunk_bytes), area(&texels), chunks]
    }
}

/// The sample at or next to `at`, from 0 to `last`.
pub(crate) fn clamp_index(at: f64, last: usize) -> usize {
    // The cast saturates, and makes NaN 0.
    (at as usize).min(last)
}

/// The first pixel of `pixels` whose nearest texel is `texel` or later; `pixels.end` if none is.
pub(crate) fn first_pixel(map: AxisMap, texel: usize, pixels: Range<u32>) -> u32 {
    let Range { start: mut low, end: mut high } = pixels;
    while low < high {
        let middle = low + (high - low) / 2;
        if (map.at(middle) + 0.5).floor() >= texel as f64 {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
