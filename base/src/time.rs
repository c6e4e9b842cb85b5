//! Monotonic time. Machines never read a clock: they take an [`Instant`] as an argument, so that
//! tests run in virtual time.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on a monotonic clock, in microseconds since an epoch that the process chose at start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The epoch itself.
    pub const ZERO: Self = Self(0);

    /// The instant `micros` microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Time from `earlier` to `self`; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// Reads the process's monotonic clock. Shells own one; machines get its readings.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: std::time::Instant,
}

impl Clock {
    /// A clock whose epoch is now.
    #[expect(
        clippy::new_without_default,
        reason = "the moment of making matters, so it is spelled out"
    )]
    pub fn new() -> Self {
        Self { epoch: std::time::Instant::now() }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.epoch.elapsed()
    }
}
