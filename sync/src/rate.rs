//! How many intents a participant may send: a token bucket.

use parfocal_base::Instant;

use crate::limits::{INTENT_BURST, INTENTS_PER_SECOND};

/// One intent's worth of the bucket, so that a microsecond refills a whole number.
const INTENT: u64 = 1_000_000;

/// The bucket of one participant; starts full.
#[derive(Clone, Copy, Debug)]
pub struct IntentRate {
    burst: u64,
    per_second: u64,
    level: u64,
    filled: Instant,
}

impl IntentRate {
    /// A full bucket with the protocol's bounds.
    pub const fn new(now: Instant) -> Self {
        Self::with_limits(now, INTENT_BURST, INTENTS_PER_SECOND)
    }

    /// A full bucket of `burst` intents, refilled with `per_second`. A client that stays below the
    /// protocol's bounds is never refused, although a network may push its messages together.
    pub const fn with_limits(now: Instant, burst: u32, per_second: u32) -> Self {
        let burst = burst as u64 * INTENT;
        Self { burst, per_second: per_second as u64, level: burst, filled: now }
    }

    /// Takes one intent's worth; `false` where the bucket is empty: reject with `rate_limited`.
    pub fn allow(&mut self, now: Instant) -> bool {
        self.fill(now);
        match self.level.checked_sub(INTENT) {
            Some(rest) => {
                self.level = rest;
                true
            }
            None => false,
        }
    }

    fn fill(&mut self, now: Instant) {
        let micros = now.as_micros().saturating_sub(self.filled.as_micros());
        let more = micros.saturating_mul(self.per_second);
        self.level = self.level.saturating_add(more).min(self.burst);
        self.filled = self.filled.max(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn burst(rate: &mut IntentRate, now: Instant) -> u32 {
        (0..10_000).take_while(|_| rate.allow(now)).count() as u32
    }

    #[test]
    fn a_burst_is_accepted_and_then_the_sustained_rate() {
        let mut rate = IntentRate::new(Instant::ZERO);
        assert_eq!(burst(&mut rate, Instant::ZERO), INTENT_BURST);
        let second = Instant::ZERO + Duration::from_secs(1);
        assert_eq!(burst(&mut rate, second), INTENTS_PER_SECOND);
        let year = second + Duration::from_secs(31_536_000);
        assert_eq!(burst(&mut rate, year), INTENT_BURST);
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_twice() {
        let now = Instant::ZERO + Duration::from_secs(9);
        let mut rate = IntentRate::new(now);
        burst(&mut rate, now);
        assert!(!rate.allow(Instant::ZERO));
        assert!(!rate.allow(now));
    }
}
