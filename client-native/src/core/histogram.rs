//! Durations, counted in buckets whose width is about 3 % of their value.

use std::time::Duration;

/// Bits of a value that a bucket keeps below its highest one: 32 buckets for each power of two.
const PRECISION: u32 = 5;
/// Values below this are counted exactly.
const EXACT: u64 = 1 << (PRECISION + 1);
/// Longest value told apart, in microseconds: about an hour. More is counted as this.
const LONGEST: u64 = (1 << 32) - 1;
/// Buckets up to [`LONGEST`].
const BUCKETS: usize = bucket(LONGEST) + 1;

/// How often durations of each length occurred. Takes 8 KiB, whatever is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, longest: 0 }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(LONGEST).min(LONGEST);
        if let Some(count) = self.counts.get_mut(bucket(micros)) {
            *count += 1;
        }
        self.total += 1;
        self.longest = self.longest.max(micros);
    }

    /// Durations counted.
    pub const fn count(&self) -> u64 {
        self.total
    }

    /// The longest one.
    pub const fn max(&self) -> Duration {
        Duration::from_micros(self.longest)
    }

    /// The length that the fraction `q` (0 to 1) of all stayed within; `None` where nothing was
    /// counted. Too long by at most 3 %.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let wanted = ((q.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Some(Duration::from_micros(highest(index).min(self.longest)));
            }
        }
        None
    }

    /// What was counted since this was `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.counts.iter().zip(&earlier.counts);
        let counts: Vec<u64> = pairs.map(|(now, then)| now.saturating_sub(*then)).collect();
        let longest = counts.iter().rposition(|&count| count > 0).map_or(0, highest);
        Self { total: counts.iter().sum(), longest: longest.min(self.longest), counts }
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }
}

const fn bucket(micros: u64) -> usize {
    if micros < EXACT {
        return micros as usize;
    }
    let shift = 63 - micros.leading_zeros() - PRECISION;
    // The leading bit is always set, so each shift adds half of EXACT new buckets.
    (shift as usize) * (EXACT as usize / 2) + (micros >> shift) as usize
}

/// The longest value of a bucket.
fn highest(index: usize) -> u64 {
    let (index, half) = (index as u64, EXACT / 2);
    if index < EXACT {
        return index;
    }
    let shift = index / half - 1;
    ((index % half + half + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn micros(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|value| histogram.record(Duration::from_micros(value)));
        histogram
    }

    #[test]
    fn quantiles_of_a_thousand_values_are_within_three_percent() {
        let histogram = micros(1..=1000);
        for (q, exact) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.quantile(q).unwrap().as_micros() as f64;
            assert!((found / exact - 1.0).abs() < 0.032, "{q}: {found}");
        }
        assert_eq!(histogram.max(), Duration::from_micros(1000));
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn what_was_counted_before_is_left_out() {
        let earlier = micros([10, 2000]);
        let mut later = earlier.clone();
        later.record(Duration::from_micros(10));
        later.record(Duration::from_micros(30));
        assert_eq!(later.since(&earlier), micros([10, 30]));
        assert_eq!(later.since(&later), Histogram::default());
    }

    proptest! {
        #[test]
        fn a_bucket_holds_what_is_counted_in_it(value in 0_u64..=LONGEST) {
            let index = bucket(value);
            prop_assert!(index < BUCKETS);
            let top = highest(index);
            prop_assert!(value <= top && (top - value) as f64 <= 0.032 * value as f64);
            prop_assert_eq!(bucket(top), index);
        }
    }
}
