//! Extremes and sums over the last seconds, in bounded memory.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

/// Parts of a window that are told apart: what is kept for each window is no longer than this.
const GRAINS: u32 = 16;

/// Smallest value of the last seconds. The last value is kept for ever where none follows: a link
/// that rests does not forget its round trip.
#[derive(Clone, Debug)]
pub(super) struct Minimum {
    window: Duration,
    /// Values increase from front to back; the front is the minimum.
    kept: VecDeque<(Instant, f64)>,
}

impl Minimum {
    pub(super) const fn new(window: Duration) -> Self {
        Self { window, kept: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: Instant, value: f64) {
        while self.kept.back().is_some_and(|&(_, kept)| kept >= value) {
            self.kept.pop_back();
        }
        // A greater value just after a smaller one says nothing new.
        let grain = self.window / GRAINS;
        if self.kept.back().is_none_or(|&(at, _)| now.since(at) >= grain) {
            self.kept.push_back((now, value));
        }
        while self.kept.len() > 1
            && self.kept.front().is_some_and(|&(at, _)| now.since(at) > self.window)
        {
            self.kept.pop_front();
        }
    }

    pub(super) fn get(&self) -> Option<f64> {
        self.kept.front().map(|&(_, value)| value)
    }
}

/// Bytes over the last second.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// Slots of 100 ms: number of the slot since the epoch, and its bytes.
    slots: [(u64, u64); 10],
}

/// Microseconds of one slot of a [`Meter`].
const SLOT: u64 = 100_000;

impl Meter {
    pub(super) fn push(&mut self, now: Instant, bytes: usize) {
        let number = now.as_micros() / SLOT;
        let length = self.slots.len() as u64;
        if let Some(slot) = self.slots.get_mut((number % length) as usize) {
            if slot.0 != number {
                *slot = (number, 0);
            }
            slot.1 += bytes as u64;
        }
    }

    /// Bit/s over the last second.
    pub(super) fn bps(&self, now: Instant) -> f64 {
        let number = now.as_micros() / SLOT;
        let oldest = (number + 1).saturating_sub(self.slots.len() as u64);
        let bytes: u64 = self.slots.iter().filter(|slot| slot.0 >= oldest).map(|slot| slot.1).sum();
        bytes as f64 * 8.0
    }
}

/// A mean that follows with a given weight; the first value is taken as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean(Option<f64>);

impl Mean {
    pub(super) fn push(&mut self, value: f64, weight: f64) {
        self.0 = Some(self.0.map_or(value, |mean| mean + (value - mean) * weight));
    }

    pub(super) fn get(self) -> f64 {
        self.0.unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn a_minimum_is_forgotten_when_newer_values_are_there_only() {
        let mut minimum = Minimum::new(Duration::from_secs(1));
        minimum.push(at(0), 5.0);
        minimum.push(at(900), 7.0);
        assert_eq!(minimum.get(), Some(5.0));
        minimum.push(at(1500), 9.0);
        assert_eq!(minimum.get(), Some(7.0));
        minimum.push(at(60_000), 8.0);
        assert_eq!(minimum.get(), Some(8.0));
    }

    #[test]
    fn a_meter_counts_the_last_second() {
        let mut meter = Meter::default();
        for n in 0..30 {
            meter.push(at(n * 100), 125);
        }
        assert_eq!(meter.bps(at(2900)), 10_000.0);
        assert_eq!(meter.bps(at(9000)), 0.0);
    }

    proptest! {
        #[test]
        fn a_minimum_is_small_and_near_the_true_one(
            steps in prop::collection::vec((0_u64..300, 0.0..100.0_f64), 1..400)
        ) {
            let mut minimum = Minimum::new(Duration::from_secs(1));
            let (mut now, mut all) = (0, Vec::new());
            for (wait, value) in steps {
                now += wait;
                all.push((now, value));
                minimum.push(at(now), value);
                prop_assert!(minimum.kept.len() <= GRAINS as usize + 2);
                let least = |window: u64| {
                    let late = all.iter().filter(|&&(t, _)| now - t <= window);
                    late.map(|&(_, v)| v).fold(f64::INFINITY, f64::min)
                };
                let got = minimum.get().unwrap();
                prop_assert!(got >= least(1000) && got <= least(1000 - 63));
            }
        }
    }
}
