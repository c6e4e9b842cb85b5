//! How much of a round trip is a message's own length.
//!
//! Without a queue a message of `b` bits takes `R + b / C`; queues and jitter only ever add to
//! that. So of all lines that no measurement lies below, the one that is highest above the mean
//! size is the estimate (Moon, Skelly and Towsley 1999 do this for clocks). Sizes of pictures
//! differ enough for it.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

use super::window::Minimum;

/// Measurements that are remembered, and for how long.
const POINTS: usize = 24;
const WINDOW: Duration = Duration::from_secs(3);
/// Measurements that are needed, and how different their sizes must be.
const LEAST_POINTS: usize = 6;
const LEAST_SPREAD: f64 = 1.3;
/// Weight of a new slope.
const WEIGHT: f64 = 0.2;
/// What is forgotten of a slope with each message that cannot be held against others.
const FORGET: f64 = 0.015;
/// How far below the edge a message tells of a faster link: this part of its length, and seconds.
const FASTER: f64 = 0.3;
const FASTER_LEAST: f64 = 0.003;
/// A message that took less than this part of all others, but for so much, tells it too.
const FASTER_ALL: f64 = 0.85;
/// Messages that are so many times as long are as long.
const ALIKE: f64 = 1.1;
/// Messages become faster step by step where they were slowed by a queue, within this time; by this
/// part of what their length takes where the link does.
const FELL_WITHIN: Duration = Duration::from_millis(200);
const FELL: f64 = 0.3;
/// How far back the least slope reaches.
const LEAST_WINDOW: Duration = Duration::from_secs(3);

/// The lower edge of (bits, seconds).
#[derive(Clone, Debug)]
pub(super) struct Line {
    points: VecDeque<(Instant, f64, f64)>,
    slope: f64,
    least: Minimum,
    /// When there was a slope first, and last.
    begun: Option<Instant>,
    told: Instant,
    /// Seconds at no bits, and seconds a bit, of the last edge.
    edge: Option<(f64, f64)>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            points: VecDeque::with_capacity(POINTS),
            slope: 0.0,
            least: Minimum::new(LEAST_WINDOW),
            begun: None,
            told: Instant::ZERO,
            edge: None,
        }
    }

    /// Seconds a bit; zero while nothing is known.
    pub(super) const fn slope(&self) -> f64 {
        self.slope
    }

    /// The least that it was lately: what is certainly a message's own length. A short round trip
    /// is believed for long, so nothing is taken off it on the word of a few messages.
    pub(super) fn certain(&self, now: Instant) -> f64 {
        if self.is_ripe(now) { self.least.get().unwrap_or(0.0).min(self.slope) } else { 0.0 }
    }

    /// Bit/s that lengths speak for, at most; `None` where they have not told anything lately.
    pub(super) fn most(&self, now: Instant) -> Option<f64> {
        let least = self.least.get().filter(|&least| self.is_fresh(now) && least > 0.0);
        least.map(|least| 1.0 / least)
    }

    /// Whether lengths have told for a while, and lately.
    fn is_fresh(&self, now: Instant) -> bool {
        self.is_ripe(now) && now.since(self.told) < LEAST_WINDOW
    }

    /// Whether lengths have told for a while, on this link.
    pub(super) fn is_ripe(&self, now: Instant) -> bool {
        self.begun.is_some_and(|begun| now.since(begun) >= LEAST_WINDOW)
    }

    pub(super) fn push(&mut self, now: Instant, bits: f64, seconds: f64) {
        // Far below what nothing was below so far: the link is faster now, or the way shorter. What
        // was known of lengths would take too much off.
        let below_edge = self.edge.is_some_and(|(base, slope)| {
            let own = slope * bits;
            seconds < base + own - (FASTER * own).max(FASTER_LEAST)
        });
        if below_edge || self.is_faster_than_all(now, bits, seconds) {
            *self = Self::new();
        }
        while self.points.len() >= POINTS
            || self.points.front().is_some_and(|&(at, ..)| now.since(at) > WINDOW)
        {
            self.points.pop_front();
        }
        self.points.push_back((now, bits, seconds));
        if let Some((seconds, slope)) = self.lower_edge() {
            self.edge = Some((seconds, slope));
            self.told = now;
            self.begun.get_or_insert(now);
            self.least.push(now, slope);
            self.slope += (slope - self.slope) * WEIGHT;
        } else {
            // Sizes are alike, and tell nothing: what they told before is believed less and less.
            self.slope -= self.slope * FORGET;
        }
    }

    /// Whether nothing took nearly as little, for its length.
    fn is_faster_than_all(&self, now: Instant, bits: f64, seconds: f64) -> bool {
        seconds < FASTER_ALL * self.least_took(now, bits, Duration::ZERO) - FASTER_LEAST
    }

    /// Whether a message that would keep the link busy for `own` seconds took less, by a good part
    /// of that, than all that came a while before it.
    pub(super) fn fell(&self, now: Instant, bits: f64, seconds: f64, own: f64) -> bool {
        let before = self.least_took(now, bits, FELL_WITHIN);
        seconds < before - (FELL * own).max(FASTER_LEAST)
    }

    /// The least that a message of so many bits would have taken by those that were there a while
    /// before; zero where they are too few. A part of a message takes no less than that part of
    /// its time.
    fn least_took(&self, now: Instant, bits: f64, within: Duration) -> f64 {
        let older = self.points.iter().filter(|&&(at, ..)| now.since(at) >= within);
        let took = older.map(|&(_, length, took)| took * (ALIKE * bits / length).min(1.0));
        let took = took.fold((0, f64::INFINITY), |(n, least), took| (n + 1, least.min(took)));
        if took.0 >= LEAST_POINTS { took.1 } else { 0.0 }
    }

    /// The lower hull's edge above the mean size.
    fn lower_edge(&self) -> Option<(f64, f64)> {
        if self.points.len() < LEAST_POINTS {
            return None;
        }
        let mut points: Vec<(f64, f64)> = self.points.iter().map(|&(_, x, y)| (x, y)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mean = points.iter().map(|point| point.0).sum::<f64>() / points.len() as f64;
        if points.last()?.0 < LEAST_SPREAD * points.first()?.0 {
            return None;
        }
        let mut hull: Vec<(f64, f64)> = Vec::with_capacity(points.len());
        for point in points {
            while let [.., a, b] = hull.as_slice()
                && (b.0 - a.0) * (point.1 - a.1) <= (b.1 - a.1) * (point.0 - a.0)
            {
                hull.pop();
            }
            hull.push(point);
        }
        hull.windows(2).find_map(|edge| match edge {
            [a, b] if b.0 >= mean && b.0 > a.0 => {
                let slope = ((b.1 - a.1) / (b.0 - a.0)).max(0.0);
                Some((a.1 - slope * a.0, slope))
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Twenty messages: five halvings of what is missing.
    const LEARNT: Duration = Duration::from_millis(660);

    proptest! {
        #[test]
        fn the_slope_is_found_under_queues_and_jitter(
            bps in 0.5e6..50e6_f64, rtt in 0.005..0.3_f64,
            steps in prop::collection::vec((0.5..2.0_f64, 0.0..1.0_f64), 40..80)
        ) {
            let mut line = Line::new();
            for (n, &(size, luck)) in steps.iter().enumerate() {
                let bits = size * bps / 30.0;
                // Half of the messages wait up to 20 ms.
                let wait = (luck - 0.5).max(0.0) * 0.040;
                let now = Instant::from_micros(n as u64 * 33_000);
                line.push(now, bits, rtt + bits / bps + wait);
            }
            // By chance six in a row may have waited: the next that did not is taken for a faster
            // link, and all begins anew.
            let last = Instant::from_micros(steps.len() as u64 * 33_000);
            prop_assume!(line.begun.is_some_and(|begun| last.since(begun) > LEARNT));
            let found = 1.0 / line.slope();
            prop_assert!(found > 0.6 * bps && found < 1.6 * bps, "{found} for {bps}");
        }
    }
}
