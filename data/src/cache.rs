//! Decoded chunks in memory, bounded in bytes.

use std::fmt;
use std::sync::Arc;

use parfocal_base::{Chunk, ChunkKey, ImageMeta, SourceId};
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// Bytes that an entry costs besides its samples.
const ENTRY_BYTES: u64 = 256;

/// Bytes of a typical chunk; sets the initial size of the tables only.
const TYPICAL_CHUNK: u64 = 256 << 10;

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<ChunkKey, Arc<Chunk>> for Bytes {
    fn weight(&self, _key: &ChunkKey, chunk: &Arc<Chunk>) -> u64 {
        chunk.bytes() as u64 + ENTRY_BYTES
    }
}

/// Chunks that are in memory, shared by clones. What was not used lately leaves first; a chunk
/// that someone still holds stays alive after it left.
#[derive(Clone)]
pub struct ChunkCache {
    chunks: Arc<Cache<ChunkKey, Arc<Chunk>, Bytes>>,
}

impl ChunkCache {
    /// A cache of at most `bytes` bytes. It should hold several screens of the largest chunks.
    pub fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / TYPICAL_CHUNK).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        let options = OptionsBuilder::new()
            // One shard: a shard's share of the bytes bounds the largest chunk it takes, and a
            // few hundred lookups a frame do not contend.
            .shards(1)
            .estimated_items_capacity(items)
            .weight_capacity(bytes)
            .build();
        let chunks = match options {
            Ok(options) => Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                quick_cache::sync::DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(items, bytes, Bytes),
        };
        Self { chunks: Arc::new(chunks) }
    }

    /// The chunk, if it is in memory. Counts as a use.
    #[inline]
    pub fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>> {
        self.chunks.get(key)
    }

    /// Whether the chunk is in memory. Does not count as a use.
    pub fn contains(&self, key: &ChunkKey) -> bool {
        self.chunks.contains_key(key)
    }

    /// Keeps a chunk; others leave if there is no room.
    pub fn insert(&self, key: ChunkKey, chunk: Arc<Chunk>) {
        self.chunks.insert(key, chunk);
    }

    /// Forgets a chunk.
    pub fn remove(&self, key: &ChunkKey) {
        self.chunks.remove(key);
    }

    /// Forgets all chunks of `source`, as when its layer is closed.
    pub fn remove_source(&self, source: SourceId) {
        self.chunks.retain(|key, _| key.source != source);
    }

    /// Bytes that the cached chunks take.
    pub fn bytes(&self) -> u64 {
        self.chunks.weight()
    }

    /// Number of cached chunks.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether nothing is cached.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The sample at `index` of `level` if its chunk is in memory: the value under a cursor.
    pub fn value_at(
        &self,
        source: SourceId,
        meta: &ImageMeta,
        level: usize,
        index: &[usize],
    ) -> Option<f64> {
        let (chunk, within) = crate::sample::locate(meta, level, index)?;
        self.get(&ChunkKey::new(source, level, &chunk)?)?.get(&within)
    }
}

impl fmt::Debug for ChunkCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capacity = self.chunks.capacity();
        f.debug_struct("ChunkCache")
            .field("bytes", &self.bytes())
            .field("capacity", &capacity)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parfocal_base::Samples;

    fn chunk(bytes: usize) -> Arc<Chunk> {
        Arc::new(Chunk::new(vec![bytes], Samples::U8(vec![0; bytes])).unwrap())
    }

    fn key(i: usize) -> ChunkKey {
        ChunkKey::new(SourceId(1), 0, &[i]).unwrap()
    }

    #[test]
    fn the_bound_in_bytes_holds_and_large_chunks_are_kept() {
        let cache = ChunkCache::new(1 << 20);
        for i in 0..100 {
            cache.insert(key(i), chunk(100_000));
            assert!(cache.bytes() <= 1 << 20);
        }
        assert!(cache.len() >= 8);
        cache.insert(key(1000), chunk(700_000));
        assert!(cache.contains(&key(1000)));
        assert!(cache.bytes() <= 1 << 20);
    }

    #[test]
    fn a_removed_source_leaves_nothing() {
        let cache = ChunkCache::new(1 << 20);
        cache.insert(key(0), chunk(10));
        cache.insert(ChunkKey { source: SourceId(2), ..key(0) }, chunk(10));
        cache.remove_source(SourceId(1));
        assert_eq!((cache.contains(&key(0)), cache.len()), (false, 1));
    }
}
