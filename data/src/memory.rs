//! An image that is in memory already: generated data, and tests.

use std::path::Path;
use std::sync::Arc;

use parfocal_base::{Chunk, ImageMeta, Level, Samples};

use crate::axes::{from_letters, guess};
use crate::block::{Block, gather, strides};
use crate::error::DataError;
use crate::limits::Limits;
use crate::source::{FileSource, Reader, SourceInfo};

/// Makes sources of arrays in memory.
#[derive(Debug)]
pub struct MemorySource {
    levels: Vec<Chunk>,
}

impl MemorySource {
    /// A source over `levels` (whole arrays, finest first) that is read in chunks of `chunk`
    /// samples. `axes` is one letter an axis (`"tzyx"`), or empty to guess. Coarser levels are
    /// scaled so that all cover the same world.
    ///
    /// # Errors
    /// If the arrays, `axes` and `chunk` do not fit each other.
    #[expect(clippy::new_ret_no_self, reason = "the reader is of no use without its source")]
    pub fn new(
        name: &str,
        axes: &str,
        levels: Vec<Chunk>,
        chunk: &[usize],
    ) -> Result<FileSource, DataError> {
        let path = Path::new(name);
        let first = levels.first().ok_or_else(|| DataError::malformed(path, "it has no array"))?;
        let (shape, dtype) = (first.shape().to_vec(), first.samples().dtype());
        let named = if axes.is_empty() {
            Some(guess(shape.len()))
        } else {
            from_letters(axes, shape.len())
        };
        let axes =
            named.ok_or_else(|| DataError::malformed(path, format!("axes {axes:?} do not fit")))?;
        if levels.iter().any(|l| l.samples().dtype() != dtype || l.shape().len() != shape.len()) {
            return Err(DataError::malformed(path, "its levels differ in type or axes"));
        }
        let describe = |level: &Chunk| {
            let scale: Vec<f64> =
                shape.iter().zip(level.shape()).map(|(&n, &m)| n as f64 / m as f64).collect();
            // The outer edges of all levels coincide, so coarse centres lie further in.
            let translate = scale.iter().map(|s| (s - 1.0) / 2.0).collect();
            let chunk = chunk.iter().zip(level.shape()).map(|(&c, &n)| c.min(n)).collect();
            Level { shape: level.shape().to_vec(), chunk, scale, translate }
        };
        let meta = ImageMeta { axes, dtype, levels: levels.iter().map(describe).collect() };
        let reader = Arc::new(Self { levels });
        FileSource::new(path, meta, SourceInfo::image(name, "memory"), reader, &Limits::default())
    }
}

impl Reader for MemorySource {
    fn read(&self, level: usize, block: &Block) -> Result<Samples, DataError> {
        let cut = |array: &Chunk| {
            let strides = strides(array.shape());
            let base = block.origin.iter().zip(&strides).map(|(o, s)| o * s).sum();
            gather(array.samples(), base, &strides, &block.shape)
        };
        self.levels.get(level).and_then(cut).ok_or_else(|| DataError::NoSuchChunk {
            name: "memory".to_owned(),
            level,
            chunk: block.chunk.clone(),
        })
    }
}
