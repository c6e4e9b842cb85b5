//! The bricks of a volume put together into one array, and where in it there is anything to see.

mod cache;
mod cells;

use parfocal_base::{DType, with_samples};
use rayon::prelude::*;

use crate::draw_list::{Brick, Bricks};
use crate::labels::label_number;

pub use cache::DenseCache;
pub(crate) use cache::same;
pub use cells::{BLOCK, CELL, Cells};

/// Infinite samples count as very large ones, so that mixing them gives no NaN.
const MOST: f64 = 1e30;

/// A volume in one piece. Each axis has one texel more than the volume, which repeats the last one.
#[derive(Debug)]
pub struct Dense {
    /// Texels of the volume (depth, vertical, horizontal).
    pub shape: [usize; 3],
    /// Planes of rows of texels, one more of each.
    pub voxels: Voxels,
    /// Where there is anything to see.
    pub cells: Cells<CELL>,
    /// The same, in large.
    pub blocks: Cells<BLOCK>,
}

/// The texels of a volume.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Voxels {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
    /// Numbers of labels.
    U32(Vec<u32>),
}

/// What a texel of a [`Dense`] is.
pub trait Voxel: Copy + Default + PartialEq + Send + Sync {
    /// Two neighbours in one word: linear reading is bound by how many words it loads.
    type Pair: Copy + Default;
    /// Two neighbours.
    fn pair(texels: [Self; 2]) -> Self::Pair;
    /// The same as numbers.
    fn values(pair: Self::Pair) -> [f32; 2];
    /// From a sample of any type.
    fn of(sample: f64) -> Self;
    /// As a number.
    fn value(self) -> f32;
    /// As the number of a label: single precision has not enough digits for all of them.
    fn number(self) -> u32;
    /// The texels of a row, where they are of this very type.
    fn row(brick: &Brick, start: usize, len: usize) -> Option<&[Self]>;
}

macro_rules! voxel {
    ($t:ty, $pair:ty, $signed:ty, $($variant:ident)|+, $of:expr) => {
        impl Voxel for $t {
            type Pair = $pair;

            #[inline(always)]
            fn pair([a, b]: [Self; 2]) -> $pair {
                <$pair>::from(a) | (<$pair>::from(b) << Self::BITS)
            }

            #[inline(always)]
            fn values(pair: $pair) -> [f32; 2] {
                // Signed words become floats in one instruction.
                let low = (pair & <$pair>::from(Self::MAX)) as $signed;
                [low as f32, (pair >> Self::BITS) as $signed as f32]
            }

            fn of(sample: f64) -> Self {
                $of(sample)
            }

            #[inline(always)]
            fn value(self) -> f32 {
                self as f32
            }

            #[inline(always)]
            fn number(self) -> u32 {
                self.into()
            }

            fn row(brick: &Brick, start: usize, len: usize) -> Option<&[Self]> {
                match brick.chunk.samples() {
                    $(parfocal_base::Samples::$variant(all))|+ => all.get(start..start + len),
                    _ => None,
                }
            }
        }
    };
}
voxel!(u8, u16, i32, U8 | Bool, |sample: f64| sample as u8);
voxel!(u16, u32, i32, U16, |sample: f64| sample as u16);
voxel!(u32, u64, i64, U32, label_number);

impl Voxel for f32 {
    type Pair = [Self; 2];

    #[inline(always)]
    fn pair(texels: [Self; 2]) -> [Self; 2] {
        texels
    }

    #[inline(always)]
    fn values(pair: [Self; 2]) -> [Self; 2] {
        pair
    }

    fn of(sample: f64) -> Self {
        sample.clamp(-MOST, MOST) as Self
    }

    #[inline(always)]
    fn value(self) -> f32 {
        self
    }

    #[inline(always)]
    fn number(self) -> u32 {
        label_number(self.into())
    }

    fn row(_: &Brick, _: usize, _: usize) -> Option<&[Self]> {
        None // each is to be clamped
    }
}

impl Dense {
    /// Puts `bricks` together; those that are missing are 0. Numbers of labels stay whole.
    pub fn new(bricks: &Bricks, labels: bool) -> Self {
        let first = bricks.bricks.iter().flatten().next();
        let dtype = first.map_or(DType::U8, |brick| brick.chunk.samples().dtype());
        let (voxels, cells) = match dtype {
            DType::Bool | DType::U8 => wrapped(bricks, Voxels::U8),
            DType::U16 => wrapped(bricks, Voxels::U16),
            _ if labels => wrapped(bricks, Voxels::U32),
            _ => wrapped(bricks, Voxels::F32),
        };
        let blocks = Cells::gathered(&cells);
        Self { shape: bricks.shape, voxels, cells, blocks }
    }

    /// Texels between neighbours in depth, and vertically.
    pub const fn strides(&self) -> [usize; 2] {
        let [_, rows, cols] = self.shape;
        [(rows + 1) * (cols + 1), cols + 1]
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        let voxels = match &self.voxels {
            Voxels::U8(all) => all.len(),
            Voxels::U16(all) => all.len() * 2,
            Voxels::F32(all) => all.len() * 4,
            Voxels::U32(all) => all.len() * 4,
        };
        voxels + (self.cells.ranges.len() + self.blocks.ranges.len()) * size_of::<[f32; 2]>()
    }
}

fn wrapped<V: Voxel>(bricks: &Bricks, wrap: fn(Vec<V>) -> Voxels) -> (Voxels, Cells<CELL>) {
    let voxels = together::<V>(bricks);
    let cells = Cells::of(&voxels, bricks.shape);
    (wrap(voxels), cells)
}

fn together<V: Voxel>(bricks: &Bricks) -> Vec<V> {
    let [planes, rows, cols] = bricks.shape;
    let plane = (rows + 1) * (cols + 1);
    let mut voxels = vec![V::default(); (planes + 1) * plane];
    voxels.par_chunks_mut(plane).enumerate().for_each(|(z, to)| {
        for (y, row) in to.chunks_mut(cols + 1).enumerate() {
            fill(bricks, z.min(planes - 1), y.min(rows - 1), row.split_at_mut(cols).0);
            if let [.., last, beyond] = row {
                *beyond = *last;
            }
        }
    });
    voxels
}

/// Fills the row at (`z`, `y`).
#[expect(clippy::useless_conversion, reason = "one line serves all sample types, f64 too")]
fn fill<V: Voxel>(bricks: &Bricks, z: usize, y: usize, row: &mut [V]) {
    let at = [z / bricks.brick[0], y / bricks.brick[1]];
    let first = (at[0] * bricks.grid[1] + at[1]) * bricks.grid[2];
    for (number, to) in row.chunks_mut(bricks.brick[2]).enumerate() {
        let Some(Some(brick)) = bricks.bricks.get(first + number) else { continue };
        let down = (z - at[0] * bricks.brick[0]) * brick.strides[0];
        let start = brick.base + down + (y - at[1] * bricks.brick[1]) * brick.strides[1];
        if brick.strides[2] == 1
            && let Some(from) = V::row(brick, start, to.len())
        {
            to.copy_from_slice(from);
            continue;
        }
        with_samples!(brick.chunk.samples(), from => {
            for (i, to) in to.iter_mut().enumerate() {
                if let Some(&sample) = from.get(start + i * brick.strides[2]) {
                    *to = V::of(sample.into());
                }
            }
        });
    }
}
