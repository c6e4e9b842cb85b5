//! The volume as a source.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use parfocal_base::{Axis, Chunk, ChunkIndex, ChunkKey, DType, ImageMeta, Samples, SourceId};
use parking_lot::{Mutex, RwLock};

use super::grid::Grid;
use super::levels::{Painter, levels};
use super::{Diff, PaintError, Volume};
use crate::block::Block;
use crate::cache::ChunkCache;
use crate::error::DataError;
use crate::limits::Limits;
use crate::source::{FileSource, Reader, Source, SourceInfo, SourceKind};

/// A painted volume as labels with coarser levels (each half as large along the last two axes, by
/// the nearest voxel).
///
/// Chunks that it has put into a cache are brought up to date by [`PaintedSource::refresh`]; no
/// load that is under way meanwhile brings back what was there before.
#[derive(Debug)]
pub struct PaintedSource {
    file: FileSource,
    painted: Painted,
    /// Counts refreshes. Locked by who puts chunks into a cache.
    refreshed: Mutex<u64>,
}

impl PaintedSource {
    /// A source over `volume`, whose voxel `i` lies at `scale · i + translate` along each axis.
    ///
    /// # Errors
    /// If axes, scale and translation do not fit the volume.
    pub fn new(
        name: &str,
        axes: Vec<Axis>,
        (scale, translate): (&[f64], &[f64]),
        volume: Arc<RwLock<Volume>>,
    ) -> Result<Self, DataError> {
        let grid = volume.read().grid.clone();
        let levels = levels(&grid, scale, translate);
        let meta = ImageMeta { axes, dtype: DType::U32, levels };
        let info = SourceInfo { kind: SourceKind::Labels, ..SourceInfo::image(name, "painted") };
        let painted = Painted { volume, grid };
        let reader = Arc::new(painted.clone());
        let file = FileSource::new(Path::new(name), meta, info, reader, &Limits::default())?;
        Ok(Self { file, painted, refreshed: Mutex::default() })
    }

    /// What is painted.
    pub const fn volume(&self) -> &Arc<RwLock<Volume>> {
        &self.painted.volume
    }

    /// The chunks of all levels that show what `diff` changed, where this is source `id`.
    pub fn touched_keys(&self, id: SourceId, diff: &Diff) -> Vec<ChunkKey> {
        self.touched(id, diff.chunks()).into_keys().collect()
    }

    /// Brings those chunks in `cache` up to date that show what `diff` changed, and only them;
    /// which. Call it after [`Volume::apply`] or [`Volume::revert`], without holding the volume.
    ///
    /// # Errors
    /// [`PaintError::Damaged`]; such chunks are no longer in the cache.
    pub fn refresh(
        &self,
        cache: &ChunkCache,
        id: SourceId,
        diff: &Diff,
    ) -> Result<Vec<ChunkKey>, PaintError> {
        let mut refreshed = self.refreshed.lock();
        *refreshed += 1;
        let mut patched = Vec::new();
        for (key, changed) in self.touched(id, diff.chunks()) {
            let Some(chunk) = cache.get(&key) else { continue };
            match self.patch(key, &chunk, &changed) {
                Ok(Some(chunk)) => {
                    cache.insert(key, Arc::new(chunk));
                    patched.push(key);
                }
                other => {
                    cache.remove(&key);
                    other?;
                }
            }
        }
        Ok(patched)
    }

    /// Forgets all chunks in `cache`: the volume was exchanged as a whole.
    pub fn forget(&self, cache: &ChunkCache, id: SourceId) {
        let mut refreshed = self.refreshed.lock();
        *refreshed += 1;
        cache.remove_source(id);
    }

    /// The chunks of all levels that show these chunks of the volume, each with those it shows.
    fn touched(
        &self,
        source: SourceId,
        chunks: impl Iterator<Item = ChunkIndex>,
    ) -> BTreeMap<ChunkKey, Vec<u64>> {
        let mut keys: BTreeMap<ChunkKey, Vec<u64>> = BTreeMap::new();
        let split = self.painted.grid.axes() - 2;
        for chunk in chunks {
            let position = chunk.to_vec();
            let Some(number) = self.painted.grid.number(&position) else { continue };
            for level in 0..self.meta().levels.len() {
                // Chunks of all levels have the same number of samples.
                let shift =
                    |(axis, &at): (usize, &usize)| if axis < split { at } else { at >> level };
                let at: Vec<usize> = position.iter().enumerate().map(shift).collect();
                if let Some(key) = ChunkKey::new(source, level, &at) {
                    keys.entry(key).or_default().push(number);
                }
            }
        }
        keys
    }

    /// `chunk` of a cache with these chunks of the volume as they are now.
    fn patch(
        &self,
        key: ChunkKey,
        chunk: &Chunk,
        changed: &[u64],
    ) -> Result<Option<Chunk>, PaintError> {
        let level = usize::from(key.level);
        let meta = self.meta().levels.get(level);
        let block = meta.and_then(|level| Block::of(level, &key.index.to_vec()));
        let (Some(block), Samples::U32(labels)) = (block, chunk.samples()) else { return Ok(None) };
        let mut labels = labels.clone();
        let volume = self.painted.volume.read();
        for &number in changed {
            let now = volume.slots.labels(number)?;
            let painter = Painter { grid: &self.painted.grid, level, block: &block };
            painter.paint(number, now.as_deref(), &mut labels);
        }
        Ok(Chunk::new(block.shape, Samples::U32(labels)))
    }
}

#[async_trait]
impl Source for PaintedSource {
    fn meta(&self) -> &ImageMeta {
        self.file.meta()
    }

    fn info(&self) -> &SourceInfo {
        self.file.info()
    }

    async fn read(&self, level: usize, chunk: &[usize]) -> Result<Chunk, DataError> {
        self.file.read(level, chunk).await
    }

    async fn load(&self, key: ChunkKey, cache: &ChunkCache) -> Result<(), DataError> {
        let (level, at) = (usize::from(key.level), key.index.to_vec());
        let before = *self.refreshed.lock();
        let mut chunk = self.file.read(level, &at).await?;
        let refreshed = self.refreshed.lock();
        // What was refreshed meanwhile was not in the cache, and must not come there old.
        if *refreshed != before
            && let Some(block) = self.meta().levels.get(level).and_then(|l| Block::of(l, &at))
        {
            let labels = self.painted.read(level, &block)?;
            chunk = Chunk::new(block.shape, labels).unwrap_or(chunk);
        }
        cache.insert(key, Arc::new(chunk));
        Ok(())
    }
}

/// The sync part: reads a box of a level.
#[derive(Clone, Debug)]
struct Painted {
    volume: Arc<RwLock<Volume>>,
    grid: Grid,
}

impl Reader for Painted {
    fn read(&self, level: usize, block: &Block) -> Result<Samples, DataError> {
        let parts = self.volume.read().box_of_level(level, block);
        let labels = parts.paint(&self.grid, level, block);
        labels
            .map(Samples::U32)
            .map_err(|error| DataError::malformed(Path::new("painted labels"), error.to_string()))
    }
}
