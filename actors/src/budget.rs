//! How many encoders in software there are in the whole server, and may be. What a card encodes takes
//! none of the processor's time, and the card says itself when it has enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Encoders for each core beyond the first one of each view: software H.264 at 720p and 30 frames/s
/// takes about a sixth of one.
const EXTRA_PER_CORE: usize = 4;

/// Shared by all views.
#[derive(Clone, Debug)]
pub struct Encoders {
    running: Arc<AtomicUsize>,
    most: usize,
}

impl Encoders {
    /// For a machine with so many cores.
    pub fn new(cores: usize) -> Self {
        Self { running: Arc::default(), most: cores.max(1).saturating_mul(EXTRA_PER_CORE) }
    }

    /// How many may be added. A view has its first ones in any case.
    pub fn free(&self) -> usize {
        self.most.saturating_sub(self.running.load(Ordering::Relaxed))
    }

    /// The count of one view, none yet.
    pub fn share(&self) -> Share {
        Share { all: self.clone(), mine: AtomicUsize::new(0) }
    }
}

/// How many encoders in software a view has; given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    all: Encoders,
    mine: AtomicUsize,
}

impl Share {
    /// The view has so many in software now.
    pub fn count(&self, now: usize) {
        let before = self.mine.swap(now, Ordering::Relaxed);
        self.all.running.fetch_add(now, Ordering::Relaxed);
        self.all.running.fetch_sub(before, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.count(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_view_has_is_free_again_when_it_ends() {
        let all = Encoders::new(1);
        let (one, other) = (all.share(), all.share());
        one.count(3);
        other.count(4);
        assert_eq!(all.free(), 0);
        one.count(1);
        assert_eq!(all.free(), 0);
        drop(other);
        assert_eq!(all.free(), EXTRA_PER_CORE - 1);
    }
}
