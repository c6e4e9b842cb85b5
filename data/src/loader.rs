//! The shell of [`LoadQueue`]: runs its loads as tokio tasks, puts chunks into the cache, and
//! reports each arrival and failure.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};

use parfocal_base::time::Clock;
use parfocal_base::{ChunkKey, Instant, SourceId, ViewId};
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::cache::ChunkCache;
use crate::error::DataError;
use crate::queue::{LoadAction, LoadQueue};
use crate::source::Source;

/// Loads under way at a time. Files are read on a pool of twice the number of cores; some more
/// wait in front of it, so that it never runs dry, and few enough to be given up quickly.
pub const MAX_LOADS: usize = 16;

/// What became of a load.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadEvent {
    /// The chunk is in the cache.
    Arrived {
        /// Which chunk.
        key: ChunkKey,
        /// The views that wanted it.
        views: Vec<ViewId>,
    },
    /// The chunk could not be read; it is tried again after a back-off while a view wants it.
    Failed {
        /// Which chunk.
        key: ChunkKey,
        /// The views that wanted it.
        views: Vec<ViewId>,
        /// Why.
        error: DataError,
    },
}

type Report = dyn Fn(LoadEvent) + Send + Sync;

/// Loads what views want into a [`ChunkCache`]. Clones share everything; when the last is
/// dropped, loads under way are given up.
#[derive(Clone)]
pub struct Loader {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    cache: ChunkCache,
    report: Box<Report>,
    clock: Clock,
    runtime: tokio::runtime::Handle,
}

struct State {
    queue: LoadQueue,
    sources: HashMap<SourceId, Arc<dyn Source>>,
    /// The task of each load, with a number that tells it from a former load of the same chunk.
    tasks: HashMap<ChunkKey, (u64, AbortHandle)>,
    started: u64,
}

impl Loader {
    /// A loader into `cache`, whose tasks run on `runtime`. `report` is called from those tasks,
    /// and must be quick and not block.
    pub fn new(
        cache: ChunkCache,
        clock: Clock,
        runtime: tokio::runtime::Handle,
        report: impl Fn(LoadEvent) + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            queue: LoadQueue::new(MAX_LOADS),
            sources: HashMap::new(),
            tasks: HashMap::new(),
            started: 0,
        };
        let shared =
            Shared { state: Mutex::new(state), cache, report: Box::new(report), clock, runtime };
        Self { shared: Arc::new(shared) }
    }

    /// The cache that is loaded into.
    pub fn cache(&self) -> &ChunkCache {
        &self.shared.cache
    }

    /// Makes `source` known by `id`; replaces the former, whose cached chunks are forgotten.
    pub fn add_source(&self, id: SourceId, source: Arc<dyn Source>) {
        if self.shared.state.lock().sources.insert(id, source).is_some() {
            self.shared.cache.remove_source(id);
        }
    }

    /// Forgets a source and its cached chunks. Loads of it end when no view wants them.
    pub fn remove_source(&self, id: SourceId) {
        self.shared.state.lock().sources.remove(&id);
        self.shared.cache.remove_source(id);
    }

    /// `view` wants exactly `keys` from now on, most urgent first. Those in the cache are passed
    /// over. What only this view wanted before is cancelled.
    pub fn set_wanted(&self, view: ViewId, mut keys: Vec<ChunkKey>) {
        keys.retain(|key| !self.shared.cache.contains(key));
        self.feed(|queue, now| queue.set_wanted(now, view, keys));
    }

    /// `view` is gone.
    pub fn remove_view(&self, view: ViewId) {
        self.feed(|queue, now| queue.remove(now, view));
    }

    /// Starts what has come out of its back-off. Call it at [`Loader::next_retry`].
    pub fn tick(&self) {
        self.feed(LoadQueue::tick);
    }

    /// When to call [`Loader::tick`] next, on the clock that the loader was given.
    pub fn next_retry(&self) -> Option<Instant> {
        self.shared.state.lock().queue.next_retry()
    }

    /// Chunks that are wanted and not there yet.
    pub fn waiting(&self) -> usize {
        self.shared.state.lock().queue.waiting()
    }

    fn feed(&self, input: impl FnOnce(&mut LoadQueue, Instant) -> Vec<LoadAction>) {
        let mut state = self.shared.state.lock();
        let actions = input(&mut state.queue, self.shared.clock.now());
        self.shared.apply(&mut state, actions);
    }
}

impl Shared {
    fn apply(self: &Arc<Self>, state: &mut State, actions: Vec<LoadAction>) {
        for action in actions {
            match action {
                LoadAction::Start(key) => {
                    state.started += 1;
                    let number = state.started;
                    let source = state.sources.get(&key.source).cloned();
                    let load = load(Arc::downgrade(self), source, key, number);
                    let task = self.runtime.spawn(load);
                    state.tasks.insert(key, (number, task.abort_handle()));
                }
                LoadAction::Cancel(key) => {
                    if let Some((_, task)) = state.tasks.remove(&key) {
                        task.abort();
                    }
                }
            }
        }
    }

    /// The end of load `number` of `key`. A load that was cancelled, or replaced by a later one,
    /// is no news to the queue.
    fn ended(self: &Arc<Self>, key: ChunkKey, number: u64, error: Option<DataError>) {
        let mut state = self.state.lock();
        if state.tasks.get(&key).is_none_or(|(current, _)| *current != number) {
            return;
        }
        state.tasks.remove(&key);
        let views = state.queue.wanting(&key);
        let now = self.clock.now();
        let actions = match &error {
            None => state.queue.finished(now, key),
            Some(_) => state.queue.failed(now, key),
        };
        self.apply(&mut state, actions);
        drop(state);
        (self.report)(match error {
            None => LoadEvent::Arrived { key, views },
            Some(error) => LoadEvent::Failed { key, views, error },
        });
    }
}

async fn load(shared: Weak<Shared>, source: Option<Arc<dyn Source>>, key: ChunkKey, number: u64) {
    let Some(cache) = shared.upgrade().map(|shared| shared.cache.clone()) else { return };
    let result = match source {
        Some(source) => source.load(key, &cache).await,
        None => Err(DataError::Stopped(format!("source {} was closed", key.source))),
    };
    let Some(shared) = shared.upgrade() else { return };
    let error = result.err();
    if let Some(error) = &error {
        tracing::warn!(source = key.source.0, level = key.level, chunk = ?key.index, %error, "chunk not read");
    }
    shared.ended(key, number, error);
}

impl Drop for State {
    fn drop(&mut self) {
        self.tasks.values().for_each(|(_, task)| task.abort());
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
