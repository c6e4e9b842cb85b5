//! Names of chunks: small values without a heap, since every frame looks up thousands.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::id::SourceId;

/// A position in a level's chunk grid: one number per axis, held inline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkIndex {
    len: u8,
    /// Zero beyond `len`.
    at: [u32; Self::MAX_AXES],
}

impl ChunkIndex {
    /// Axes at most. OME-Zarr has up to five; TIFF and NPY rarely more than six.
    pub const MAX_AXES: usize = 8;

    /// From one number per axis; `None` for more than [`ChunkIndex::MAX_AXES`], or one past 32 bits.
    pub fn new(chunk: &[usize]) -> Option<Self> {
        let mut at = [0; Self::MAX_AXES];
        for (to, &from) in at.get_mut(..chunk.len())?.iter_mut().zip(chunk) {
            *to = u32::try_from(from).ok()?;
        }
        Some(Self { len: u8::try_from(chunk.len()).ok()?, at })
    }

    /// Exchanges the number on `axis`; `None`, and no change, for no such axis, or a number past
    /// 32 bits.
    #[inline]
    pub fn set(&mut self, axis: usize, number: usize) -> Option<()> {
        let to = self.at.get_mut(..usize::from(self.len))?.get_mut(axis)?;
        *to = u32::try_from(number).ok()?;
        Some(())
    }

    /// Number of axes.
    pub const fn axes(self) -> usize {
        self.len as usize
    }

    /// One number per axis.
    pub fn to_vec(self) -> Vec<usize> {
        self.numbers().iter().map(|&number| number as usize).collect()
    }

    fn numbers(&self) -> &[u32] {
        self.at.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for ChunkIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.numbers().fmt(f)
    }
}

/// Names one chunk of one resolution of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkKey {
    /// Which source.
    pub source: SourceId,
    /// Which resolution; 0 is the finest.
    pub level: u8,
    /// Position in the level's chunk grid.
    pub index: ChunkIndex,
}

impl ChunkKey {
    /// The key of a chunk; `None` where a number is out of range for any image.
    pub fn new(source: SourceId, level: usize, chunk: &[usize]) -> Option<Self> {
        Some(Self { source, level: u8::try_from(level).ok()?, index: ChunkIndex::new(chunk)? })
    }
}

impl Hash for ChunkKey {
    /// In words of 64 bits, which hashers take much faster than the fields one by one.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ChunkIndex { len, at } = self.index;
        let head = u64::from(self.source.0) << 16 | u64::from(self.level) << 8 | u64::from(len);
        state.write_u64(head);
        let (pairs, _) = at.as_chunks::<2>();
        // Beyond `len` all is zero, and `len` is hashed.
        for &[low, high] in pairs.iter().take(usize::from(len).div_ceil(2)) {
            state.write_u64(u64::from(high) << 32 | u64::from(low));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_out_of_range_are_no_keys() {
        assert!(ChunkIndex::new(&[0; 9]).is_none());
        assert!(ChunkIndex::new(&[1 << 40]).is_none());
        assert!(ChunkKey::new(SourceId(1), 256, &[0]).is_none());
        assert_eq!(ChunkIndex::new(&[3, 0, 7]).unwrap().to_vec(), [3, 0, 7]);
    }

    #[test]
    fn one_number_is_exchanged_within_the_axes_only() {
        let mut index = ChunkIndex::new(&[3, 0, 7]).unwrap();
        assert_eq!(index.set(1, 5), Some(()));
        assert_eq!(index.set(3, 5), None);
        assert_eq!(index.set(0, 1 << 32), None);
        assert_eq!(index.to_vec(), [3, 5, 7]);
    }
}
