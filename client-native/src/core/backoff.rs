//! How long to wait before connecting again.

use std::time::Duration;

/// The first pause; doubles with each failure.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double, with a quarter of jitter so that the clients of a restarted server do not
/// all come at once.
#[derive(Debug)]
pub(super) struct Backoff {
    state: u64,
    failures: u32,
    /// Failures of the pixel channel alone; a state channel that comes up does not end these.
    pixel_failures: u32,
}

impl Backoff {
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed, failures: 0, pixel_failures: 0 }
    }

    /// The connection failed.
    pub(super) const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// The pixel channel failed while the state channel lived.
    pub(super) const fn pixels_failed(&mut self) {
        self.pixel_failures = self.pixel_failures.saturating_add(1);
    }

    /// The mirror is up to date.
    pub(super) const fn connected(&mut self) {
        self.failures = 0;
    }

    /// A picture came.
    pub(super) const fn picture(&mut self) {
        self.pixel_failures = 0;
    }

    /// The pause after the latest failure.
    pub(super) fn pause(&mut self) -> Duration {
        let doublings = self.failures.max(self.pixel_failures).saturating_sub(1).min(16);
        let pause = FIRST.saturating_mul(1 << doublings).min(LONGEST);
        let quarter = u64::try_from(pause.as_micros() / 4).unwrap_or(0);
        pause - Duration::from_micros(self.random() % (quarter + 1))
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    const fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_seconds_and_begin_anew() {
        let mut backoff = Backoff::new(7);
        for millis in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            backoff.failed();
            let pause = backoff.pause();
            let (least, most) =
                (Duration::from_millis(millis * 3 / 4), Duration::from_millis(millis));
            assert!(least <= pause && pause <= most, "{pause:?} for {millis} ms");
        }
        backoff.connected();
        backoff.failed();
        assert!(backoff.pause() <= FIRST);
    }

    #[test]
    fn a_pixel_channel_that_keeps_failing_is_not_tried_faster() {
        let mut backoff = Backoff::new(7);
        for _ in 0..5 {
            backoff.connected();
            backoff.failed();
            backoff.pixels_failed();
        }
        assert!(backoff.pause() >= Duration::from_millis(1200));
        backoff.picture();
        assert!(backoff.pause() <= FIRST);
    }
}
