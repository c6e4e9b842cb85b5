//! The loader against sources that the test holds back or makes fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use parfocal_base::time::Clock;
use parfocal_base::{Chunk, ChunkKey, DType, ImageMeta, SourceId, ViewId};
use tokio::sync::{Semaphore, mpsc};

use super::pattern;
use crate::cache::ChunkCache;
use crate::error::DataError;
use crate::loader::{LoadEvent, Loader};
use crate::memory::MemorySource;
use crate::sample::{auto_contrast, sample, sample_at};
use crate::source::{Source, SourceInfo};

/// A source whose reads wait for permits.
#[derive(Debug)]
struct Gated {
    inner: Arc<dyn Source>,
    gate: Semaphore,
    entered: AtomicUsize,
    left: AtomicUsize,
}

#[async_trait]
impl Source for Gated {
    fn meta(&self) -> &ImageMeta {
        self.inner.meta()
    }

    fn info(&self) -> &SourceInfo {
        self.inner.info()
    }

    async fn read(&self, level: usize, chunk: &[usize]) -> Result<Chunk, DataError> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        let permit = self.gate.acquire().await.map_err(|e| DataError::Stopped(e.to_string()))?;
        permit.forget();
        self.left.fetch_add(1, Ordering::SeqCst);
        self.inner.read(level, chunk).await
    }
}

fn gated(permits: usize) -> Arc<Gated> {
    let whole = pattern(&[4, 16, 16], DType::U16);
    let inner = Arc::new(MemorySource::new("memory", "tyx", vec![whole], &[1, 8, 8]).unwrap());
    Arc::new(Gated {
        inner,
        gate: Semaphore::new(permits),
        entered: AtomicUsize::new(0),
        left: AtomicUsize::new(0),
    })
}

fn loader(source: Arc<dyn Source>) -> (Loader, mpsc::Receiver<LoadEvent>) {
    let (send, receive) = mpsc::channel(64);
    let report = move |event| send.try_send(event).unwrap();
    let runtime = tokio::runtime::Handle::current();
    let loader = Loader::new(ChunkCache::new(1 << 20), Clock::new(), runtime, report);
    loader.add_source(SourceId(7), source);
    (loader, receive)
}

fn key(chunk: &[usize]) -> ChunkKey {
    ChunkKey::new(SourceId(7), 0, chunk).unwrap()
}

#[tokio::test]
async fn wanted_chunks_arrive_once_for_all_views_that_want_them() {
    let source = gated(0);
    let (loader, mut events) = loader(source.clone());
    let wanted = vec![key(&[0, 0, 0]), key(&[0, 0, 1])];
    loader.set_wanted(ViewId(1), wanted.clone());
    loader.set_wanted(ViewId(2), wanted.clone());
    source.gate.add_permits(10);
    for _ in 0..2 {
        let Some(LoadEvent::Arrived { key, views }) = events.recv().await else {
            panic!("no arrival")
        };
        assert_eq!(views, [ViewId(1), ViewId(2)]);
        assert!(loader.cache().contains(&key));
    }
    assert_eq!((source.entered.load(Ordering::SeqCst), loader.waiting()), (2, 0));
    loader.set_wanted(ViewId(1), wanted);
    assert_eq!(loader.waiting(), 0, "resident chunks are not loaded again");
    let value = loader.cache().value_at(SourceId(7), source.meta(), 0, &[0, 3, 9]);
    assert_eq!(value, Some(super::value(3 * 16 + 9, DType::U16)));
    assert_eq!(sample_at(source.inner.as_ref(), 0, &[0, 3, 9]).await.unwrap(), value);
    assert_eq!(sample_at(source.inner.as_ref(), 0, &[4, 3, 9]).await.unwrap(), None);
}

#[tokio::test]
async fn loads_of_a_view_that_moved_on_are_given_up() {
    let source = gated(0);
    let (loader, mut events) = loader(source.clone());
    loader.set_wanted(ViewId(1), vec![key(&[0, 0, 0]), key(&[0, 0, 1])]);
    while source.entered.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    loader.set_wanted(ViewId(1), vec![key(&[3, 0, 0])]);
    source.gate.add_permits(10);
    let Some(LoadEvent::Arrived { key: arrived, .. }) = events.recv().await else {
        panic!("no arrival")
    };
    assert_eq!(arrived, key(&[3, 0, 0]));
    assert_eq!(source.left.load(Ordering::SeqCst), 1, "the first two never got past the gate");
    assert_eq!(loader.cache().len(), 1);
}

#[tokio::test]
async fn a_failure_is_reported_and_not_retried_at_once() {
    let source = gated(10);
    let (loader, mut events) = loader(source.clone());
    let outside = key(&[9, 0, 0]);
    loader.set_wanted(ViewId(1), vec![outside]);
    let event = events.recv().await;
    assert!(
        matches!(event, Some(LoadEvent::Failed { key, error: DataError::NoSuchChunk { .. }, .. }) if key == outside)
    );
    loader.set_wanted(ViewId(1), vec![outside]);
    loader.tick();
    tokio::task::yield_now().await;
    assert_eq!(source.entered.load(Ordering::SeqCst), 1);
    assert!(loader.next_retry().is_some());
}

#[tokio::test]
async fn a_source_that_was_closed_fails_with_a_reason() {
    let (loader, mut events) = loader(gated(10));
    loader.remove_source(SourceId(7));
    loader.set_wanted(ViewId(1), vec![key(&[0, 0, 0])]);
    assert!(matches!(
        events.recv().await,
        Some(LoadEvent::Failed { error: DataError::Stopped(_), .. })
    ));
}

#[tokio::test]
async fn a_sample_takes_the_coarse_level_and_one_channel() {
    let fine = pattern(&[2, 256, 256], DType::U16);
    let flat: Vec<u16> = (0..2 * 128 * 128)
        .map(|i| if i < 128 * 128 { 10 + (i % 7) as u16 } else { 1000 })
        .collect();
    let coarse = Chunk::new(vec![2, 128, 128], parfocal_base::Samples::U16(flat)).unwrap();
    for chunk in [[1, 64, 64], [2, 50, 128]] {
        let levels = vec![fine.clone(), coarse.clone()];
        let source = MemorySource::new("memory", "cyx", levels, &chunk).unwrap();
        assert_eq!(auto_contrast(&source, Some(0)).await.unwrap(), [10.0, 16.0]);
        let [low, high] = auto_contrast(&source, Some(1)).await.unwrap();
        assert!(low < 1000.0 && high > 1000.0);
        assert_eq!(sample(&source, None).await.unwrap().range(), [10.0, 1000.0]);
        assert!(auto_contrast(&source, Some(5)).await.is_err(), "there is no channel 5");
    }
}
