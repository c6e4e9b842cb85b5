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
use super::line::Line;
use super::spans::{QUEUE_HIGH, Span, Spans, TRAIN_SHORTEST};
use super::trains::{TRAINS_WINDOW, Trains};
use super::window::Minimum;

/// How long the shortest round trip is believed. A longer route shows after it.
const BASE_WINDOW: Duration = Duration::from_secs(10);
/// The round trip that busy time is counted from: queues of others are in it soon.
const RECENT_WINDOW: Duration = Duration::from_secs(1);
/// So much of others' queues is taken for a longer way, in seconds; more may be our own.
const FOREIGN_MOST: f64 = 0.100;
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
/// Share of the estimate's own length that a message certainly has where lengths once told.
const SLOPE_LEAST: f64 = 0.8;
/// … nor what the lengths of messages speak for, by this one.
const TOLD: f64 = 1.1;
/// Part of what is beyond it that each message takes off.
const TOLD_WEIGHT: f64 = 0.05;
/// No less than this of a round trip is taken for the way.
const WAY_LEAST: f64 = 0.1;

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
    line: Line,
    base: Minimum,
    recent: Minimum,
    last_arrival: Option<Instant>,
    /// Round trip of the first message, in seconds, which is all that is known before the second.
    first: f64,
    beginning: Beginning,
    spans: Spans,
    trains: Trains,
    cut: Option<Instant>,
    /// The estimate after the last cut.
    limit: Option<f64>,
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
            line: Line::new(),
            base: Minimum::new(BASE_WINDOW),
            recent: Minimum::new(RECENT_WINDOW),
            last_arrival: None,
            first: 0.0,
            beginning: Beginning::default(),
            spans: Spans::default(),
            trains: Trains::default(),
            cut: None,
            limit: None,
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
        self.base.get().or(self.last_arrival.map(|_| self.first))
    }

    /// The shortest of the last second.
    pub(super) fn recent(&self) -> Option<f64> {
        let recent = self.recent.get().or(self.last_arrival.map(|_| self.first))?;
        Some(self.base().map_or(recent, |base| recent.min(base + FOREIGN_MOST)))
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
        self.cut.is_some_and(|cut| now.since(cut) < self.interval() * 2)
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
            self.first = rtt / (1.0 + arrival.rounds);
            return;
        };
        let recent = self.recent().unwrap_or(self.first);
        if arrival.rounds == 0.0 {
            self.line.push(now, own, rtt);
        }
        self.way(now, own, rtt);
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

    /// The shortest way, from a message of so many bits that took so many seconds.
    fn way(&mut self, now: Instant, own: f64, rtt: f64) {
        let ripe = self.line.is_ripe(now);
        let certain = if ripe { self.line.certain(now) } else { self.beginning.certain(now) };
        let certain = certain.min(1.0 / self.estimate);
        self.base.push(now, (rtt - own * certain).max(rtt * WAY_LEAST));
        // Where sizes have become alike the last slope is an old one, and forgotten: believed no
        // further than the rate is, and no less than nearly that.
        let least = if ripe { SLOPE_LEAST / self.estimate } else { 0.0 };
        let slope = self.line.slope().clamp(least, 1.0 / self.estimate);
        self.recent.push(now, (rtt - own * slope).max(0.0));
    }

    /// A round trip that was never seen without a picture's own length makes the link look faster,
    /// while nothing waits: different lengths tell. Longer messages waited longer, though, while
    /// there was a queue.
    fn correct(&mut self, now: Instant) {
        let calm = self.cut.is_none_or(|cut| now.since(cut) >= TRAINS_WINDOW);
        if let Some(most) = self.line.most(now).map(|most| TOLD * most).filter(|_| calm) {
            self.estimate -= TOLD_WEIGHT * (self.estimate - most).max(0.0);
        }
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
        self.cut = Some(now);
        self.limit = Some(lowered);
        self.growing = false;
        true
    }

    fn raise(&mut self, now: Instant, usage: Usage) {
        let since = |at: Instant| now.since(at);
        if since(self.grown) < self.interval() {
            return;
        }
        self.growing = false;
        let settled = self.cut.is_none_or(|cut| since(cut) >= self.interval());
        if !settled || self.spans.standing() > QUEUE_LOW + self.spans.noise() {
            return;
        }
        let from = (now - TRAINS_WINDOW).max(self.cut.unwrap_or(Instant::ZERO));
        let Some(trains) = self.trains.since(from) else { return };
        // The longer nothing was in the way, the bolder.
        let calm = self.cut.map_or(GROW_BOLD, |cut| since(cut).as_secs_f64() / GROW_CALM);
        let slow = GROW_SLOW * self.estimate.sqrt() * calm.clamp(1.0, GROW_BOLD);
        let known = self.limit.is_none_or(|limit| self.estimate < 0.95 * limit);
        let sure = self.cut.is_none_or(|cut| since(cut) >= GROW_SURE);
        let step = if sure && trains > MUCH_MORE * self.estimate {
            GROW_FAST * self.estimate
        } else if trains > 0.95 * self.estimate || known && self.limit.is_some() {
            slow
        } else if usage.full {
            slow / 4.0
        } else {
            0.0
        };
        let mut raised = self.estimate + step;
        if let Some(most) = self.line.most(now) {
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
