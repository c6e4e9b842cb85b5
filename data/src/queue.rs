//! Which chunk to load next, and which load to give up: a machine without clock or I/O.
//!
//! Each view says which chunks it wants, most urgent first (the coarse level first is the
//! caller's order), and says it anew whenever it moves. Chunks are started in turn, one view
//! after the other, up to a bound; a chunk that several views want is loaded once; one that no
//! view wants any more is cancelled. A chunk that failed is not tried again before its back-off
//! is over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use parfocal_base::{ChunkKey, Instant, ViewId};

/// Chunks that one view may want at a time. A view beyond that shows more chunks than pixels;
/// what is cut off is the least urgent, and is wanted again when the first have arrived.
pub const MAX_WANTED: usize = 4096;

/// Failed chunks that are remembered. When it is full, the one that may be retried soonest goes.
pub const MAX_FAILURES: usize = 4096;

/// Back-off after the first failure; doubles with each further one.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// The longest back-off: a file that was repaired shows after that.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// What the shell is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadAction {
    /// Begin to load this chunk, and answer with `finished` or `failed`.
    Start(ChunkKey),
    /// Give this load up; no answer is due.
    Cancel(ChunkKey),
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    times: u32,
    retry: Instant,
}

#[derive(Debug, Default)]
struct Wanted {
    keys: Vec<ChunkKey>,
    set: HashSet<ChunkKey>,
}

/// The machine. Feed it what happens, do what it returns.
#[derive(Debug)]
pub struct LoadQueue {
    views: BTreeMap<ViewId, Wanted>,
    /// How many views want a chunk.
    wanted_by: HashMap<ChunkKey, usize>,
    running: HashSet<ChunkKey>,
    failures: HashMap<ChunkKey, Failure>,
    /// The view that was served last; the next in order has the next turn.
    served: Option<ViewId>,
    max_running: usize,
}

impl LoadQueue {
    /// A queue that has at most `max_running` loads under way (at least one).
    pub fn new(max_running: usize) -> Self {
        Self {
            views: BTreeMap::new(),
            wanted_by: HashMap::new(),
            running: HashSet::new(),
            failures: HashMap::new(),
            served: None,
            max_running: max_running.max(1),
        }
    }

    /// `view` wants exactly `keys` from now on, most urgent first; chunks that are in memory are
    /// not among them. More than [`MAX_WANTED`] are cut off.
    pub fn set_wanted(
        &mut self,
        now: Instant,
        view: ViewId,
        keys: Vec<ChunkKey>,
    ) -> Vec<LoadAction> {
        let mut wanted = Wanted::default();
        for key in keys.into_iter().take(MAX_WANTED) {
            if wanted.set.insert(key) {
                wanted.keys.push(key);
                *self.wanted_by.entry(key).or_default() += 1;
            }
        }
        let old = self.views.insert(view, wanted);
        self.release(old);
        self.act(now)
    }

    /// `view` is gone.
    pub fn remove(&mut self, now: Instant, view: ViewId) -> Vec<LoadAction> {
        let old = self.views.remove(&view);
        self.release(old);
        self.act(now)
    }

    /// A started load is done, and its chunk is in memory.
    pub fn finished(&mut self, now: Instant, key: ChunkKey) -> Vec<LoadAction> {
        self.running.remove(&key);
        self.failures.remove(&key);
        for wanted in self.views.values_mut() {
            if wanted.set.remove(&key) {
                wanted.keys.retain(|k| *k != key);
            }
        }
        self.wanted_by.remove(&key);
        self.act(now)
    }

    /// A started load has failed. It stays wanted, and is tried again after its back-off.
    pub fn failed(&mut self, now: Instant, key: ChunkKey) -> Vec<LoadAction> {
        if self.running.remove(&key) {
            let times = self.failures.get(&key).map_or(0, |f| f.times);
            let wait = FIRST_BACKOFF.saturating_mul(1 << times.min(16)).min(LONGEST_BACKOFF);
            if self.failures.len() >= MAX_FAILURES {
                let soonest =
                    self.failures.iter().min_by_key(|(_, f)| f.retry).map(|(key, _)| *key);
                soonest.map(|key| self.failures.remove(&key));
            }
            self.failures.insert(key, Failure { times: times + 1, retry: now + wait });
        }
        self.act(now)
    }

    /// Time has passed: chunks whose back-off is over may start.
    pub fn tick(&mut self, now: Instant) -> Vec<LoadAction> {
        self.act(now)
    }

    /// When the next wanted chunk comes out of its back-off; the shell calls `tick` then.
    pub fn next_retry(&self) -> Option<Instant> {
        let wanted = |(key, failure): (&ChunkKey, &Failure)| {
            let waits = self.wanted_by.contains_key(key) && !self.running.contains(key);
            waits.then_some(failure.retry)
        };
        self.failures.iter().filter_map(wanted).min()
    }

    /// The views that want `key`.
    pub fn wanting(&self, key: &ChunkKey) -> Vec<ViewId> {
        self.views
            .iter()
            .filter(|(_, wanted)| wanted.set.contains(key))
            .map(|(view, _)| *view)
            .collect()
    }

    /// Loads under way.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Different chunks that are wanted, those under way included.
    pub fn waiting(&self) -> usize {
        self.wanted_by.len()
    }

    fn release(&mut self, old: Option<Wanted>) {
        for key in old.into_iter().flat_map(|wanted| wanted.keys) {
            if let Some(count) = self.wanted_by.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.wanted_by.remove(&key);
                }
            }
        }
    }

    fn act(&mut self, now: Instant) -> Vec<LoadAction> {
        let mut actions = Vec::new();
        self.running.retain(|key| {
            let keep = self.wanted_by.contains_key(key);
            if !keep {
                actions.push(LoadAction::Cancel(*key));
            }
            keep
        });
        actions.sort_unstable_by_key(|action| match action {
            LoadAction::Start(key) | LoadAction::Cancel(key) => *key,
        });
        // Where each view's search goes on within this call.
        let mut cursors: BTreeMap<ViewId, usize> = BTreeMap::new();
        while self.running.len() < self.max_running {
            let Some((view, key)) = self.next(now, &mut cursors) else { break };
            self.served = Some(view);
            self.running.insert(key);
            actions.push(LoadAction::Start(key));
        }
        actions
    }

    /// The most urgent chunk of the next view in turn that has one to start.
    fn next(
        &self,
        now: Instant,
        cursors: &mut BTreeMap<ViewId, usize>,
    ) -> Option<(ViewId, ChunkKey)> {
        let after = |view: &&ViewId| self.served.is_none_or(|served| **view > served);
        let turn = self.views.keys().filter(after).chain(self.views.keys().filter(|v| !after(v)));
        for view in turn {
            let keys =
                self.views.get(view).map(|wanted| wanted.keys.as_slice()).unwrap_or_default();
            let cursor = cursors.entry(*view).or_default();
            while let Some(key) = keys.get(*cursor) {
                *cursor += 1;
                let waits = self.failures.get(key).is_some_and(|f| f.retry > now);
                if !waits && !self.running.contains(key) {
                    return Some((*view, *key));
                }
            }
        }
        None
    }
}
