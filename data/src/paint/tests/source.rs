//! The volume as a source, and its chunks in a cache.

use std::sync::Arc;

use parfocal_base::{Chunk, ChunkKey, Samples, SourceId};
use parking_lot::RwLock;

use super::*;
use crate::axes::from_letters;
use crate::conformance;
use crate::paint::PaintedSource;
use crate::source::Source;
use crate::{ChunkCache, SourceKind};

const LARGE: [usize; 3] = [2, 700, 1101];
const ID: SourceId = SourceId(7);

fn source(volume: Volume) -> Arc<PaintedSource> {
    let axes = from_letters("zyx", 3).unwrap();
    let volume = Arc::new(RwLock::new(volume));
    Arc::new(
        PaintedSource::new("cells", axes, (&[2.0, 0.5, 0.5], &[1.0, 0.0, 10.0]), volume).unwrap(),
    )
}

fn scribble(volume: &mut Volume, seed: u32) -> crate::paint::Diff {
    let at = |k: u32, len: u32| f64::from((seed * 7919 + k * 104_729) % len);
    let z = f64::from(seed % 2);
    let path = [[z, at(1, 700), at(2, 1101)], [z, at(3, 700), at(4, 1101)]];
    paint(volume, &stroke(Tool::Brush, 1 + seed % 5, 3.0 + at(5, 60), &path))
}

/// Levels as they should be: the voxel nearest to the middle of each sample.
fn levels(volume: &Volume) -> Vec<Chunk> {
    let labels = Chunk::new(LARGE.to_vec(), Samples::U32(whole(volume))).unwrap();
    let level = |level: usize| {
        let factor = 1 << level;
        let [depth, height, width] = LARGE;
        let shape = [depth, height.div_ceil(factor), width.div_ceil(factor)];
        let nearest = |i: usize, len: usize| (i * factor + (factor - 1) / 2).min(len - 1);
        let sample = |v: Vec<usize>| {
            labels.get(&[v[0], nearest(v[1], height), nearest(v[2], width)]).unwrap() as u32
        };
        let samples = voxels(&shape).map(sample).collect();
        Chunk::new(shape.to_vec(), Samples::U32(samples)).unwrap()
    };
    (0..3).map(level).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_painted_volume_is_a_source_with_coarser_levels() {
    let mut volume = Volume::new(&LARGE).unwrap();
    for seed in 0..40 {
        scribble(&mut volume, seed);
    }
    let expected = levels(&volume);
    let source = source(volume);
    assert_eq!(source.info().kind, SourceKind::Labels);
    let coarsest = &source.meta().levels[2];
    assert_eq!(coarsest.shape, [2, 175, 276]);
    assert_eq!(
        (coarsest.scale.as_slice(), coarsest.translate.as_slice()),
        (&[2.0, 2.0, 2.0][..], &[1.0, 0.75, 10.75][..])
    );
    let source: Arc<dyn Source> = source;
    conformance::check(&source, &expected).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_volume_is_a_source_of_zeros() {
    let volume = Volume::new(&LARGE).unwrap();
    let expected = levels(&volume);
    let source: Arc<dyn Source> = source(volume);
    conformance::check(&source, &expected).await.unwrap();
}

#[test]
fn a_source_that_does_not_fit_its_volume_is_refused() {
    let volume = Arc::new(RwLock::new(Volume::new(&LARGE).unwrap()));
    let axes = from_letters("yx", 2).unwrap();
    assert!(PaintedSource::new("cells", axes, (&[1.0; 3], &[0.0; 3]), volume).is_err());
}

fn keys(source: &PaintedSource) -> Vec<ChunkKey> {
    let level = |(level, meta): (usize, &parfocal_base::Level)| {
        voxels(&meta.grid()).map(|at| ChunkKey::new(ID, level, &at).unwrap()).collect::<Vec<_>>()
    };
    source.meta().levels.iter().enumerate().flat_map(level).collect()
}

async fn check_cache(source: &PaintedSource, cache: &ChunkCache) {
    for key in keys(source) {
        if let Some(chunk) = cache.get(&key) {
            let fresh = source.read(usize::from(key.level), &key.index.to_vec()).await.unwrap();
            assert!(*chunk == fresh, "{key:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_in_a_cache_are_patched_where_a_stroke_went_and_nowhere_else() {
    let source = source(Volume::new(&LARGE).unwrap());
    let cache = ChunkCache::new(64 << 20);
    for key in keys(&source).into_iter().step_by(2) {
        source.load(key, &cache).await.unwrap();
    }
    let loaded = cache.len();
    let mut last = None;
    for seed in 0..30 {
        let diff = scribble(&mut source.volume().write(), seed);
        let patched = source.refresh(&cache, ID, &diff).unwrap();
        let touched = source.touched_keys(ID, &diff);
        assert!(patched.iter().all(|key| touched.contains(key) && cache.contains(key)));
        assert!(touched.iter().all(|key| patched.contains(key) == cache.contains(key)));
        check_cache(&source, &cache).await;
        last = Some(diff);
    }
    let reverse = source.volume().write().revert(&last.unwrap()).unwrap();
    source.refresh(&cache, ID, &reverse).unwrap();
    check_cache(&source, &cache).await;
    assert_eq!(cache.len(), loaded);
    source.forget(&cache, ID);
    assert!(cache.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_load_brings_back_what_was_there_before_a_stroke() {
    let source = source(Volume::new(&LARGE).unwrap());
    let cache = ChunkCache::new(64 << 20);
    for round in 0..8 {
        cache.remove_source(ID);
        let loads: Vec<_> = keys(&source)
            .into_iter()
            .map(|key| {
                let (source, cache) = (Arc::clone(&source), cache.clone());
                tokio::spawn(async move { source.load(key, &cache).await.unwrap() })
            })
            .collect();
        for seed in 0..20 {
            let diff = scribble(&mut source.volume().write(), round * 100 + seed);
            source.refresh(&cache, ID, &diff).unwrap();
            tokio::task::yield_now().await;
        }
        for load in loads {
            load.await.unwrap();
        }
        assert_eq!(cache.len(), keys(&source).len());
        check_cache(&source, &cache).await;
    }
}
