//! After the store has refused a write of several asks they are written one by one, so that only the
//! one that it refuses is answered so.

use std::collections::VecDeque;
use std::sync::Arc;

use parfocal_scene::Intent;
use tokio::sync::OwnedSemaphorePermit;

use super::member::Member;

/// An intent that its role allows.
pub(super) struct Asked {
    pub(super) member: Arc<Member>,
    pub(super) seq: u64,
    pub(super) intent: Intent,
    pub(super) permit: OwnedSemaphorePermit,
}

/// Which asks wait for the write under way.
#[derive(Default)]
pub(super) struct Careful {
    /// So many writes are to have one ask each.
    writes: usize,
    /// In their order; no more than there are permits.
    later: VecDeque<Asked>,
}

impl Careful {
    pub(super) fn of(writes: usize) -> Self {
        Self { writes, later: VecDeque::new() }
    }

    pub(super) fn push(&mut self, asked: Asked) {
        self.later.push_back(asked);
    }

    /// What may be dealt with now; `is_idle`: nothing is being written or waits for it.
    pub(super) fn next(&mut self, is_idle: bool) -> Option<Asked> {
        (self.writes == 0 || is_idle).then(|| self.later.pop_front()).flatten()
    }

    /// A write succeeded.
    pub(super) const fn written(&mut self) {
        self.writes = self.writes.saturating_sub(1);
    }
}
