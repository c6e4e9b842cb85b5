//! The chunks of a volume: where they are, and which voxel is where within them.

use parfocal_base::ChunkIndex;

use super::PaintError;
use crate::limits::{MAX_AXES, MAX_AXIS_LEN, MIN_AXES};

/// Samples of a chunk along the last two axes; 1 along the others. 256 KiB: small enough that a
/// stroke rewrites little, large enough that a screen shows a few dozen. Places within a chunk
/// fit 16 bits.
const TILE: usize = 256;

/// Coarser levels are made until both of the last two axes are at most this: a picture on a small
/// screen.
const COARSEST: usize = 512;

/// The shape of a volume, and how it is cut up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Voxels along each axis.
    pub(super) shape: Vec<usize>,
    /// Voxels of a chunk along each axis. Chunks at the end of an axis are as large as all others;
    /// what leaves the volume is 0.
    pub(super) chunk: Vec<usize>,
    /// Chunks along each axis.
    pub(super) chunks: Vec<usize>,
    /// Distance between the numbers of neighbouring chunks, along each axis.
    strides: Vec<u64>,
}

impl Grid {
    pub(super) fn new(shape: &[usize]) -> Result<Self, PaintError> {
        let wrong = |reason| PaintError::Shape { shape: shape.to_vec(), reason };
        if !(MIN_AXES..=MAX_AXES).contains(&shape.len()) {
            return Err(wrong("it must have 2 to 8 axes"));
        }
        if shape.iter().any(|len| !(1..=MAX_AXIS_LEN).contains(len)) {
            return Err(wrong("every axis must have 1 to 2³¹ voxels"));
        }
        let split = shape.len() - 2;
        let tile = |(axis, &len): (usize, &usize)| if axis < split { 1 } else { len.min(TILE) };
        let chunk: Vec<usize> = shape.iter().enumerate().map(tile).collect();
        let chunks: Vec<usize> = shape.iter().zip(&chunk).map(|(n, c)| n.div_ceil(*c)).collect();
        let mut strides = vec![1_u64; shape.len()];
        let mut all = 1_u64;
        for (stride, &n) in strides.iter_mut().zip(&chunks).rev() {
            *stride = all;
            all = all.checked_mul(n as u64).ok_or_else(|| wrong("it has too many chunks"))?;
        }
        Ok(Self { shape: shape.to_vec(), chunk, chunks, strides })
    }

    pub(super) fn axes(&self) -> usize {
        self.shape.len()
    }

    /// Rows and columns of a chunk.
    pub(super) fn tile(&self) -> [usize; 2] {
        match self.chunk.as_slice() {
            [.., rows, columns] => [*rows, *columns],
            _ => [1, 1],
        }
    }

    /// Voxels of a chunk.
    pub(super) fn voxels(&self) -> usize {
        let [rows, columns] = self.tile();
        rows * columns
    }

    /// The number of a chunk: chunks in C order. `None` outside the grid.
    pub(super) fn number(&self, at: &[usize]) -> Option<u64> {
        let inside = at.len() == self.axes() && at.iter().zip(&self.chunks).all(|(i, n)| i < n);
        inside.then(|| at.iter().zip(&self.strides).map(|(&i, &stride)| i as u64 * stride).sum())
    }

    /// Position of a chunk in the grid.
    pub(super) fn position(&self, number: u64) -> Vec<usize> {
        let axis = |(&stride, &n): (&u64, &usize)| (number / stride) as usize % n;
        self.strides.iter().zip(&self.chunks).map(axis).collect()
    }

    pub(super) fn index(&self, number: u64) -> Option<ChunkIndex> {
        ChunkIndex::new(&self.position(number))
    }

    /// The chunk before (or after) this one along an axis.
    pub(super) fn neighbour(&self, number: u64, axis: usize, after: bool) -> Option<u64> {
        let (&stride, &n) = self.strides.get(axis).zip(self.chunks.get(axis))?;
        let at = number / stride % n as u64;
        match after {
            true => (at + 1 < n as u64).then(|| number + stride),
            false => (at > 0).then(|| number - stride),
        }
    }

    /// The chunk that holds a voxel, and the voxel's place within it. `None` outside the volume.
    pub(super) fn place(&self, voxel: &[usize]) -> Option<(u64, u16)> {
        if voxel.len() != self.axes() || voxel.iter().zip(&self.shape).any(|(v, n)| v >= n) {
            return None;
        }
        let at: Vec<usize> = voxel.iter().zip(&self.chunk).map(|(v, c)| v / c).collect();
        let [.., row, column] = voxel else { return None };
        let [rows, columns] = self.tile();
        let place = row % rows * columns + column % columns;
        Some((self.number(&at)?, u16::try_from(place).ok()?))
    }

    /// Coarser levels, without the volume itself.
    pub(super) fn coarser(&self) -> usize {
        let [.., rows, columns] = self.shape.as_slice() else { return 0 };
        let longest = (*rows).max(*columns);
        (0..).find(|&level| longest.div_ceil(1 << level) <= COARSEST).unwrap_or(0)
    }

    /// Voxels of a level along each axis.
    pub(super) fn shape_of(&self, level: usize) -> Vec<usize> {
        let split = self.axes() - 2;
        let len =
            |(axis, &n): (usize, &usize)| if axis < split { n } else { n.div_ceil(1 << level) };
        self.shape.iter().enumerate().map(len).collect()
    }
}

/// The index along an axis of `len` voxels whose label stands for all of sample `i` of a level:
/// the one nearest to its middle, the lower of two.
pub(super) fn nearest(i: usize, level: usize, len: usize) -> usize {
    ((i << level) + ((1 << level) - 1) / 2).min(len.saturating_sub(1))
}

/// The name of a chunk: its position, joined by points.
pub fn chunk_name(chunk: ChunkIndex) -> String {
    let numbers: Vec<String> = chunk.to_vec().iter().map(usize::to_string).collect();
    numbers.join(".")
}

/// The chunk of a name; `None` where it is none.
pub fn parse_chunk_name(name: &str) -> Option<ChunkIndex> {
    let numbers: Option<Vec<usize>> = name.split('.').map(|n| n.parse().ok()).collect();
    ChunkIndex::new(&numbers?).filter(|&chunk| chunk_name(chunk) == name)
}
