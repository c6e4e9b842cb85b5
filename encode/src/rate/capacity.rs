//! What a link carries, from when messages were sent and when they arrived.
//!
//! A message that was sent at `s` and arrived at `r` kept the link busy from the arrival of the one
//! before, or from `s` plus the shortest round trip where that was later, until `r`. Bytes over
//! busy time is the link's rate, **also where little is sent**: each picture is a train of packets.
//! It is a measurement of the link only as far as the train is longer than the jitter, so:
//!
//! - a low rate alone never lowers the estimate: that needs a queue, seen in several messages;
//! - a high rate raises it step by step, and beyond what was ever sent only by a bounded factor.

use std::time::Duration;

use parfocal_base::Instant;

use super::beginning::{Beginning, First};
use super::flight::Arrival;
use super::spans::{QUEUE_HIGH, Span, Spans, TRAIN_SHORTEST};
use super::trains::{TRAINS_WINDOW, Trains};
use super::way::Way;

/// A queue above which nothing grows.
const QUEUE_LOW: f64 = 0.010;
/// Least fraction that one decision leaves of the estimate.
const CUT_MOST: f64 = 0.5;
/// Shortest time between two steps up.
const GROW_INTERVAL: Duration = Duration::from_millis(200);
/// A step up, as a fraction, where trains say that there is much more.
const GROW_FAST: f64 = 0.25;
/// … if no queue was seen for so long: what a fall of the rate left behind looks like more.
const GROW_SURE: Duration = Duration::from_secs(2);
/// A step up near the limit: this times the square root of the estimate, in bit/s. Less than
/// proportional, so that who has more grows relatively slower, and streams that share a link
/// become equal.
const GROW_SLOW: f64 = 60.0;
/// Steps grow with each such time without a queue, in seconds, up to so many times.
const GROW_CALM: f64 = 2.0;
const GROW_BOLD: f64 = 5.0;
/// Trains this much faster than the estimate allow fast steps.
const MUCH_MORE: f64 = 1.4;
/// The estimate may exceed what was delivered in the last seconds by this factor, and no more: a
/// shaper lets short bursts pass much faster than what it allows.
const UNPROVEN: f64 = 3.0;
/// … nor what the lengths of messages speak for, by this one.
const TOLD: f64 = 1.1;
/// Part of what is beyond it that each message takes off.
const TOLD_WEIGHT: f64 = 0.05;

/// How the connection was used lately.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// About as much was sent as the target allows.
    pub(super) full: bool,
    /// The most that was delivered within a second of the last ten, in bit/s.
    pub(super) delivered: f64,
}

/// The estimator.
#[derive(Clone, Debug)]
pub(super) struct Capacity {
    least: f64,
    most: f64,
    estimate: f64,
    way: Way,
    last_arrival: Option<Instant>,
    beginning: Beginning,
    spans: Spans,
    trains: Trains,
    /// The last cut, and the estimate after it.
    cut: Option<(Instant, f64)>,
    grown: Instant,
    growing: bool,
}

impl Capacity {
    pub(super) fn new(start: u32, least: u32, most: u32) -> Self {
        let (least, most) = (f64::from(least), f64::from(most.max(least)));
        Self {
            least,
            most,
            estimate: f64::from(start).clamp(least, most),
            way: Way::new(),
            last_arrival: None,
            beginning: Beginning::default(),
            spans: Spans::default(),
            trains: Trains::default(),
            cut: None,
            grown: Instant::ZERO,
            growing: false,
        }
    }

    /// Bit/s.
    pub(super) const fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Bit/s to expect of what is under way: less than the estimate when the last message was late.
    pub(super) fn cautious(&self) -> f64 {
        match self.spans.last() {
            Some(last) if last.delay > QUEUE_HIGH + self.spans.noise() => {
                self.estimate.min(last.bits / last.busy.max(TRAIN_SHORTEST)).max(self.least)
            }
            _ => self.estimate,
        }
    }

    /// The shortest round trip of the last ten seconds, in seconds.
    pub(super) fn base(&self) -> Option<f64> {
        self.way.base()
    }

    /// The shortest of the last second.
    pub(super) fn recent(&self) -> Option<f64> {
        self.way.recent()
    }

    /// Mean deviation of delays, in seconds.
    pub(super) fn jitter(&self) -> f64 {
        self.spans.jitter()
    }

    pub(super) const fn last_arrival(&self) -> Option<Instant> {
        self.last_arrival
    }

    /// Seconds that all of the last messages waited; zero before there are enough.
    pub(super) fn standing(&self) -> f64 {
        self.spans.standing()
    }

    /// Whether the estimate was lowered a moment ago.
    pub(super) fn is_congested(&self, now: Instant) -> bool {
        !self.is_calm(now, self.interval() * 2)
    }

    /// Whether the last chance to grow was taken.
    pub(super) const fn is_growing(&self) -> bool {
        self.growing
    }

    /// Takes what arrived; `first` is one of those that each went out alone.
    pub(super) fn arrived(&mut self, now: Instant, arrival: &Arrival, usage: Usage, first: bool) {
        let rtt = now.since(arrival.last.sent).as_secs_f64();
        let bits = arrival.bytes as f64 * 8.0;
        let own = arrival.last.bytes as f64 * 8.0;
        if first
            && let Some(most) =
                self.beginning.push(now, First { bits: own, rtt, rounds: arrival.rounds })
        {
            self.estimate = self.estimate.min(most).max(self.least);
        }
        let Some(before) = self.last_arrival.replace(now) else {
            self.way.first(rtt / (1.0 + arrival.rounds));
            return;
        };
        let recent = self.recent().unwrap_or(rtt);
        if arrival.rounds == 0.0 {
            self.way.learn(now, own, rtt, self.estimate);
        }
        self.way.push(now, (own, rtt), self.estimate, self.beginning.certain(now));
        let since_sent = now.since(arrival.first_sent).as_secs_f64() - recent;
        let busy = since_sent.min(now.since(before).as_secs_f64()).max(0.0);
        let base = self.base().unwrap_or(rtt) * (1.0 + arrival.rounds);
        let delay = (rtt - base - own / self.estimate).max(0.0);
        self.spans.push(Span { bits, busy, delay });
        if arrival.rounds == 0.0 {
            self.trains.push(now, self.estimate, (bits, busy), since_sent > busy);
        }
        if !self.lower(now) {
            self.raise(now, usage);
        }
        self.correct(now);
    }

    /// A round trip that was never seen without a picture's own length makes the link look faster,
    /// while nothing waits: different lengths tell. Longer messages waited longer, though, while
    /// there was a queue.
    fn correct(&mut self, now: Instant) {
        let calm = self.is_calm(now, TRAINS_WINDOW);
        if let Some(most) = self.way.most(now).map(|most| TOLD * most).filter(|_| calm) {
            self.estimate -= TOLD_WEIGHT * (self.estimate - most).max(0.0);
        }
    }

    /// Whether the estimate was not lowered for so long.
    fn is_calm(&self, now: Instant, long: Duration) -> bool {
        self.cut.is_none_or(|(cut, _)| now.since(cut) >= long)
    }

    fn interval(&self) -> Duration {
        let rtt = Duration::from_secs_f64(self.base().unwrap_or(0.0).clamp(0.0, 2.0));
        GROW_INTERVAL.max(rtt)
    }

    /// Lowers the estimate if there is a queue that it explains.
    fn lower(&mut self, now: Instant) -> bool {
        let Some(rate) = self.spans.queue_leaves() else { return false };
        let lowered = rate.max(self.estimate * CUT_MOST).max(self.least);
        if lowered > 0.95 * self.estimate {
            // It is about right. But a queue that stands must go, and nothing else drains it.
            self.estimate = self.estimate.min(lowered);
            return false;
        }
        self.estimate = lowered;
        self.cut = Some((now, lowered));
        self.growing = false;
        true
    }

    fn raise(&mut self, now: Instant, usage: Usage) {
        if now.since(self.grown) < self.interval() {
            return;
        }
        self.growing = false;
        if !self.is_calm(now, self.interval())
            || self.spans.standing() > QUEUE_LOW + self.spans.noise()
        {
            return;
        }
        let from = (now - TRAINS_WINDOW).max(self.cut.map_or(Instant::ZERO, |(cut, _)| cut));
        let Some(trains) = self.trains.since(from) else { return };
        // The longer nothing was in the way, the bolder.
        let calm = |(cut, _)| now.since(cut).as_secs_f64() / GROW_CALM;
        let calm = self.cut.map_or(GROW_BOLD, calm);
        let slow = GROW_SLOW * self.estimate.sqrt() * calm.clamp(1.0, GROW_BOLD);
        let below_cut = self.cut.is_some_and(|(_, to)| self.estimate < 0.95 * to);
        let step = if self.is_calm(now, GROW_SURE) && trains > MUCH_MORE * self.estimate {
            GROW_FAST * self.estimate
        } else if trains > 0.95 * self.estimate || below_cut {
            slow
        } else if usage.full {
            slow / 4.0
        } else {
            0.0
        };
        let mut raised = self.estimate + step;
        if let Some(most) = self.way.most(now) {
            raised = raised.min(TOLD * most);
        }
        if !usage.full {
            raised = raised.min(UNPROVEN * usage.delivered);
        }
        if raised > self.estimate {
            self.estimate = raised.min(self.most);
            self.grown = now;
            self.growing = usage.full;
        }
    }
}
