//! Whether a device is asked for the next picture: a pure machine.

use std::time::Duration;

use parfocal_base::Instant;

/// Waiting after the first failure: a driver's reset takes about as long.
pub const FIRST: Duration = Duration::from_secs(1);
/// Longest waiting: looking for a device that is gone costs next to nothing once a minute, and it
/// is used again soon after it has come back.
pub const LONGEST: Duration = Duration::from_secs(60);
/// Pictures in a row after which earlier failures are forgotten.
pub const WELL_AGAIN: u32 = 100;

/// The history of a device that paints. Encoders have
/// [`Fallback`](parfocal_nvidia::fallback::Fallback), which knows why they fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Failures since it was well.
    failures: u32,
    /// Pictures since the last failure.
    painted: u32,
    /// It is not asked before this.
    rests_until: Option<Instant>,
}

impl Device {
    /// Whether it is asked now.
    pub fn may_try(&self, now: Instant) -> bool {
        self.rests_until.is_none_or(|until| now >= until)
    }

    /// Whether it has not failed lately.
    pub const fn is_well(&self) -> bool {
        self.failures == 0
    }

    /// It made a picture. Whether it is the first one after a failure.
    pub fn succeeded(&mut self) -> bool {
        let is_back = self.rests_until.take().is_some();
        self.painted = self.painted.saturating_add(1);
        if self.painted >= WELL_AGAIN {
            self.failures = 0;
        }
        is_back
    }

    /// It failed. For how long it is left alone.
    pub fn failed(&mut self, now: Instant) -> Duration {
        let doublings = self.failures.min(16);
        let rest = FIRST.saturating_mul(1 << doublings).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.painted = 0;
        self.rests_until = Some(now + rest);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_left_alone_ever_longer_and_never_for_good() {
        let mut device = Device::default();
        let mut now = Instant::ZERO;
        let mut rests = Vec::new();
        for _ in 0..10 {
            assert!(device.may_try(now));
            let rest = device.failed(now);
            assert!(!device.may_try(now));
            now = now + rest;
            rests.push(rest);
        }
        assert_eq!(rests[..3], [FIRST, FIRST * 2, FIRST * 4]);
        assert_eq!(rests[9], LONGEST);
        assert!(device.may_try(now));
    }

    #[test]
    fn one_good_picture_does_not_hide_that_it_fails_again_and_again() {
        let mut device = Device::default();
        device.failed(Instant::ZERO);
        assert!(device.succeeded());
        assert!(!device.succeeded());
        assert_eq!(device.failed(Instant::ZERO), FIRST * 2);
        assert!((0..WELL_AGAIN).filter(|_| device.succeeded()).count() == 1);
        assert_eq!(device.failed(Instant::ZERO), FIRST);
    }
}
