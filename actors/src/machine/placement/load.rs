//! How much there is to paint: a pure value.

use std::time::Duration;

use parfocal_base::Instant;

/// What was painted so long ago counts a third: long enough to be no single picture, and short enough
/// that a volume that begins to turn is seen as the work that it is.
const WINDOW: Duration = Duration::from_secs(2);

/// Seconds of painting each second, averaged over the last ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    share: f64,
    at: Instant,
}

impl Load {
    /// What it is now.
    pub(super) fn now(self, now: Instant) -> f64 {
        let windows = now.since(self.at).as_secs_f64() / WINDOW.as_secs_f64();
        self.share * (-windows).exp()
    }

    /// A picture took so long.
    pub(super) fn painted(&mut self, took: Duration, now: Instant) {
        self.change(took.as_secs_f64() / WINDOW.as_secs_f64(), now);
    }

    /// So much more is to be done, or less: what decays alike may be added and taken away.
    pub(super) fn change(&mut self, by: f64, now: Instant) {
        let now = now.max(self.at);
        *self = Self { share: (self.now(now) + by).max(0.0), at: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_of_pictures_is_the_share_of_time_that_they_take() {
        let mut load = Load::default();
        let mut now = Instant::ZERO;
        for _ in 0..600 {
            now = now + Duration::from_millis(20);
            load.painted(Duration::from_millis(5), now);
        }
        assert!((load.now(now) - 0.25).abs() < 0.01, "{load:?}");
        assert!(load.now(now + Duration::from_secs(20)) < 0.001, "what rests is no load");
    }
}
