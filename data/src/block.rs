//! Boxes of samples: where a chunk lies in its level, a box of a contiguous array in a file, and
//! a box of a decoded array in memory.

use parfocal_base::{DType, Level, Samples};

use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::{FREE_CHUNK_BYTES, FREE_TILE};

/// A box of a level: first sample and extent along each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Grid position of the chunk.
    pub chunk: Vec<usize>,
    /// Index of the box's first sample.
    pub origin: Vec<usize>,
    /// Samples along each axis, at least 1.
    pub shape: Vec<usize>,
}

impl Block {
    /// The box that the chunk at grid position `chunk` covers; `None` outside the grid.
    pub fn of(level: &Level, chunk: &[usize]) -> Option<Self> {
        if chunk.len() != level.shape.len() || chunk.len() != level.chunk.len() {
            return None;
        }
        let mut origin = Vec::with_capacity(chunk.len());
        let mut shape = Vec::with_capacity(chunk.len());
        for ((&at, &size), &len) in chunk.iter().zip(&level.chunk).zip(&level.shape) {
            let first = at.checked_mul(size).filter(|&first| first < len)?;
            origin.push(first);
            shape.push(size.min(len - first));
        }
        Some(Self { chunk: chunk.to_vec(), origin, shape })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the box holds no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `product(shape) · bytes`, or `None` where that exceeds 64 bits.
pub(crate) fn checked_bytes(shape: &[usize], bytes: usize) -> Option<u64> {
    shape.iter().try_fold(bytes as u64, |n, &s| n.checked_mul(s as u64))
}

/// A chunk size for an array that may be read in any boxes: planes of the two fastest axes, or
/// square tiles of them where a plane is large. `shape` slowest axis first.
pub(crate) fn free_chunk(shape: &[usize], bytes: usize) -> Vec<usize> {
    let split = shape.len().saturating_sub(2);
    let plane = &shape[split..];
    let fits = checked_bytes(plane, bytes).is_some_and(|n| n <= FREE_CHUNK_BYTES as u64);
    let edge = |&n: &usize| if fits { n } else { n.min(FREE_TILE) };
    std::iter::repeat_n(1, split).chain(plane.iter().map(edge)).collect()
}

/// Reads a box of the C-ordered array of `shape` that starts at byte `base` of `file`, as the
/// largest contiguous runs there are.
pub(crate) fn read_box(
    file: &DataFile,
    base: u64,
    bytes: usize,
    shape: &[usize],
    (origin, extent): (&[usize], &[usize]),
    out: &mut [u8],
) -> Result<(), DataError> {
    let Some(mut split) = shape.len().checked_sub(1) else { return Ok(()) };
    while split > 0 && extent[split] == shape[split] {
        split -= 1;
    }
    let run = extent[split..].iter().product::<usize>() * bytes;
    let inner: u64 = shape[split + 1..].iter().map(|&n| n as u64).product();
    let mut at = origin[..split].to_vec();
    for out in out.chunks_exact_mut(run.max(1)) {
        let row = at.iter().zip(shape).fold(0, |n, (&i, &len)| n * len as u64 + i as u64);
        let first = (row * shape[split] as u64 + origin[split] as u64) * inner;
        file.read_at(base + first * bytes as u64, out)?;
        step(&mut at, &origin[..split], &extent[..split]);
    }
    Ok(())
}

/// The next index of a box, last axis fastest; wraps at the end.
pub(crate) fn step(at: &mut [usize], origin: &[usize], extent: &[usize]) {
    for axis in (0..at.len()).rev() {
        at[axis] += 1;
        if at[axis] < origin[axis] + extent[axis] {
            return;
        }
        at[axis] = origin[axis];
    }
}

/// Distance between neighbours along each axis of a C-ordered array.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// The box of `shape` whose sample `i` lies at `base + Σ i·strides`, in C order: a crop, a change
/// of axis order, or both. `None` if it leaves `samples`.
pub(crate) fn gather(
    samples: &Samples,
    base: usize,
    strides: &[usize],
    shape: &[usize],
) -> Option<Samples> {
    Some(match samples {
        Samples::Bool(v) => Samples::Bool(gather_typed(v, base, strides, shape)?),
        Samples::U8(v) => Samples::U8(gather_typed(v, base, strides, shape)?),
        Samples::U16(v) => Samples::U16(gather_typed(v, base, strides, shape)?),
        Samples::U32(v) => Samples::U32(gather_typed(v, base, strides, shape)?),
        Samples::I16(v) => Samples::I16(gather_typed(v, base, strides, shape)?),
        Samples::I32(v) => Samples::I32(gather_typed(v, base, strides, shape)?),
        Samples::F32(v) => Samples::F32(gather_typed(v, base, strides, shape)?),
        Samples::F64(v) => Samples::F64(gather_typed(v, base, strides, shape)?),
    })
}

fn gather_typed<T: Copy + Default>(
    src: &[T],
    base: usize,
    strides: &[usize],
    shape: &[usize],
) -> Option<Vec<T>> {
    let (&run, outer) = shape.split_last()?;
    let (&stride, outer_strides) = strides.split_last()?;
    if outer.len() != outer_strides.len() || shape.contains(&0) {
        return None;
    }
    let reach = |n: usize, (&len, &s): (&usize, &usize)| n.checked_add((len - 1).checked_mul(s)?);
    if shape.iter().zip(strides).try_fold(base, reach)? >= src.len() {
        return None;
    }
    if let ([planes @ .., rows], [plane_strides @ .., 1]) = (outer, outer_strides)
        && stride > TURN
    {
        return turn(src, base, (planes, plane_strides), (*rows, run, stride));
    }
    let rows: usize = outer.iter().product();
    let mut out = Vec::with_capacity(rows * run);
    let zero = vec![0; outer.len()];
    let mut at = zero.clone();
    for _ in 0..rows {
        let first = base + at.iter().zip(outer_strides).map(|(&i, &s)| i * s).sum::<usize>();
        if stride == 1 {
            out.extend_from_slice(src.get(first..first + run)?);
        } else {
            out.extend(src.get(first..)?.iter().step_by(stride.max(1)).take(run));
        }
        step(&mut at, &zero, outer);
    }
    (out.len() == rows * run).then_some(out)
}

/// Edge of the squares in which planes are transposed, so that the lines of the cache that a
/// square touches on both sides stay there.
const TURN: usize = 32;

/// Planes of `rows` × `run` samples, where rows are neighbours in `src` and the samples of a row
/// lie `stride` apart: a transpose, square by square. The caller has checked the reach.
fn turn<T: Copy + Default>(
    src: &[T],
    base: usize,
    (planes, plane_strides): (&[usize], &[usize]),
    (rows, run, stride): (usize, usize, usize),
) -> Option<Vec<T>> {
    let mut out = vec![T::default(); planes.iter().product::<usize>() * rows * run];
    let zero = vec![0; planes.len()];
    let mut at = zero.clone();
    for plane in out.chunks_exact_mut(rows * run) {
        let first = base + at.iter().zip(plane_strides).map(|(&i, &s)| i * s).sum::<usize>();
        for top in (0..rows).step_by(TURN) {
            let tall = TURN.min(rows - top);
            for left in (0..run).step_by(TURN) {
                for x in left..run.min(left + TURN) {
                    let column = src.get(first + x * stride + top..)?.get(..tall)?;
                    for (y, sample) in column.iter().enumerate() {
                        plane[(top + y) * run + x] = *sample;
                    }
                }
            }
        }
        step(&mut at, &zero, planes);
    }
    Some(out)
}

/// The box `origin`, `extent` of an array of `shape`. `None` if it leaves the array.
#[cfg(any(test, feature = "conformance"))]
pub(crate) fn crop(
    samples: Samples,
    shape: &[usize],
    origin: &[usize],
    extent: &[usize],
) -> Option<Samples> {
    if shape == extent {
        return Some(samples);
    }
    let strides = strides(shape);
    let base = origin.iter().zip(&strides).map(|(&o, &s)| o.saturating_mul(s)).sum();
    gather(&samples, base, &strides, extent)
}

/// Bytes of a box of `dtype` in memory, or `None` past 64 bits.
pub(crate) fn memory_bytes(shape: &[usize], dtype: DType) -> Option<u64> {
    checked_bytes(shape, dtype.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathering_with_swapped_strides_transposes() {
        let samples = Samples::U8((0..6).collect());
        let turned = gather(&samples, 0, &[1, 3], &[3, 2]);
        assert_eq!(turned, Some(Samples::U8(vec![0, 3, 1, 4, 2, 5])));
        assert_eq!(gather(&samples, 1, &[3, 1], &[2, 3]), None);
    }

    #[test]
    fn large_planes_are_tiled_and_small_ones_are_whole() {
        assert_eq!(free_chunk(&[5, 2048, 2048], 2), [1, 2048, 2048]);
        assert_eq!(free_chunk(&[2049, 2048], 2), [1024, 1024]);
        assert_eq!(free_chunk(&[3, 7, 100_000_000], 1), [1, 7, 1024]);
    }
}
