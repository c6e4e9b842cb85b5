//! Restart policy: a pure machine that every supervisor asks.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

/// Failures within [`WINDOW`] after which a child is given up: a bug that strikes at each start
/// would otherwise spin, and one that strikes once a second is no longer worth hiding.
pub const LIMIT: usize = 6;
/// How long a failure counts.
pub const WINDOW: Duration = Duration::from_secs(10);
/// Longest waiting between restarts of a child that is never given up: it costs next to nothing,
/// and what was in the way (a full disk) may be gone.
pub const LONGEST: Duration = Duration::from_secs(5);
/// Waiting before the second restart within the window; doubled for each further one. The first
/// restart is immediate: most failures do not repeat, and people wait for the picture.
pub const BACK_OFF: Duration = Duration::from_millis(20);

/// Why a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// It stopped by itself or was asked to: no restart.
    Stopped,
    /// A handler returned an error.
    Failed,
    /// A handler panicked.
    Panicked,
    /// It was killed.
    Killed,
}

impl Ended {
    /// The value of the metric's `reason` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Killed => "killed",
        }
    }
}

/// What a supervisor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: the end was wanted.
    Forget,
    /// Start it again after this time.
    RestartAfter(Duration),
    /// It failed too often: tell the parent.
    GiveUp,
}

/// What a child is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The parent is nothing without it, and begins anew itself where it fails too often.
    Vital,
    /// Started again for ever, ever more slowly: the rest goes on meanwhile.
    Lasting,
    /// Ends for good at its first failure.
    Passing,
}

/// The history of one child.
#[derive(Clone, Debug)]
pub struct Restarts {
    kind: Kind,
    failures: VecDeque<Instant>,
}

impl Restarts {
    /// A child that has not failed yet.
    pub const fn new(kind: Kind) -> Self {
        Self { kind, failures: VecDeque::new() }
    }

    /// Decides after the child ended at `now`.
    pub fn ended(&mut self, now: Instant, why: Ended) -> Decision {
        if why == Ended::Stopped || self.kind == Kind::Passing {
            return Decision::Forget;
        }
        while self.failures.front().is_some_and(|&at| now.since(at) > WINDOW) {
            self.failures.pop_front();
        }
        self.failures.push_back(now);
        match self.failures.len() {
            n if n > LIMIT && self.kind == Kind::Vital => Decision::GiveUp,
            1 => Decision::RestartAfter(Duration::ZERO),
            n => Decision::RestartAfter(LONGEST.min(BACK_OFF * (1 << (n - 2).min(16)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn a_wanted_end_is_not_restarted() {
        let mut child = Restarts::new(Kind::Vital);
        assert_eq!(child.ended(at(0), Ended::Stopped), Decision::Forget);
        assert_eq!(Restarts::new(Kind::Passing).ended(at(0), Ended::Panicked), Decision::Forget);
    }

    #[test]
    fn the_first_restart_is_immediate_and_later_ones_wait_longer_and_longer() {
        let mut child = Restarts::new(Kind::Vital);
        let waits: Vec<_> =
            (0..LIMIT as u64).map(|n| child.ended(at(n), Ended::Panicked)).collect();
        let expected = [0, 20, 40, 80, 160, 320];
        for (wait, ms) in waits.iter().zip(expected) {
            assert_eq!(*wait, Decision::RestartAfter(Duration::from_millis(ms)));
        }
        assert_eq!(child.ended(at(100), Ended::Killed), Decision::GiveUp);
    }

    #[test]
    fn a_lasting_child_is_never_given_up_and_never_spins() {
        let mut child = Restarts::new(Kind::Lasting);
        let mut now = 0;
        for _ in 0..1000 {
            let Decision::RestartAfter(wait) = child.ended(at(now), Ended::Failed) else {
                panic!()
            };
            assert!(wait <= LONGEST);
            now += 1 + wait.as_millis() as u64;
        }
        assert!(now > 500_000, "a thousand failures took only {now} ms");
    }

    #[test]
    fn failures_that_are_far_apart_never_add_up() {
        let mut child = Restarts::new(Kind::Vital);
        for n in 0..1000 {
            let decision = child.ended(at(n * 10_001), Ended::Failed);
            assert_eq!(decision, Decision::RestartAfter(Duration::ZERO));
        }
    }
}
