//! What a link carries, from when messages were sent and when they arrived.
//!
//! A message that was sent at `s` and arrived at `r` kept the link busy from the arrival of the one
//! before, or from `s` plus the shortest round trip where that was later, until `r`. Bytes over
//! busy time is the link's rate, **also where little is sent**: each picture is a train of packets.
//! It is a measurement of the link only as far as the train is longer than the jitter, so:
//!
//! - a low rate alone never lowers the estimate: that needs a queue, seen in several messages;
//! - a high rate raises it step by step, and beyond what was ever sent only by a bounded factor.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

use super::flight::Arrival;
use super::line::Line;
use super::window::{Mean, Minimum};

/// How long the shortest round trip is believed. A longer route shows after it.
const BASE_WINDOW: Duration = Duration::from_secs(10);
/// The round trip that busy time is counted from: queues of others are in it soon.
const RECENT_WINDOW: Duration = Duration::from_secs(1);
/// So much of others' queues is taken for a longer way, in seconds; more may be our own.
const FOREIGN_MOST: f64 = 0.100;
/// A queue that is too long, in seconds, if several messages in a row saw it.
const QUEUE_HIGH: f64 = 0.020;
/// A queue above which nothing grows.
const QUEUE_LOW: f64 = 0.010;
/// A delay that two messages are enough for.
const QUEUE_SEVERE: f64 = 0.060;
/// A queue that shrank to this part of itself over the last messages is left alone.
const DRAINING: f64 = 0.8;
/// No single change of delay counts as more jitter than this, in seconds: a stall is none.
const JITTER_STEP: f64 = 0.030;
/// Messages that must agree on a queue.
const AGREE: usize = 3;
/// … one more for each such part of the jitter beyond a little, in seconds, up to so many.
const JITTER_LITTLE: f64 = 0.004;
const JITTER_ONE: f64 = 0.003;
const AGREE_MOST: usize = 8;
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
/// A train counts from this many bytes …
const TRAIN_BYTES: f64 = 8_000.0;
/// … and seconds; or from many more bytes, where the link is fast: it is not to take longer until
/// enough trains agree that it has become so.
const TRAIN_SECONDS: f64 = 0.010;
const LONG_TRAIN_BYTES: f64 = 64_000.0;
const LONG_TRAIN_SECONDS: f64 = 0.3;
/// Trains that are remembered, and for how long.
const TRAINS: usize = 16;
const TRAINS_WINDOW: Duration = Duration::from_secs(3);
/// Shortest time that a train is taken to need: 1 Gbit/s for a long one.
const TRAIN_SHORTEST: f64 = 0.000_5;

/// What the first message says at most: its bits over its round trip, so many times.
const FIRST_MOST: f64 = 6.0;
/// It is compared with what is so many times shorter, if so much of its time is its own length.
const START_LONGER: f64 = 2.0;
const START_OWN: f64 = 0.4;
/// … and so many seconds: jitter seldom takes longer, and a faster link is known soon anyway.
const START_OWN_LEAST: f64 = 0.080;
/// The estimate may exceed what comes of it by this factor; so much of it is certain.
const START_MOST: f64 = 1.25;
const CERTAIN: f64 = 0.8;

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

/// What one arrival says.
#[derive(Clone, Copy, Debug)]
struct Span {
    bits: f64,
    busy: f64,
    delay: f64,
}

/// One of the first messages; `slope` is the seconds a bit that longer ones took longer.
#[derive(Clone, Copy, Debug)]
struct Start {
    at: Instant,
    slope: f64,
    bits: f64,
    rtt: f64,
    rounds: f64,
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
    jitter: Mean,
    last_arrival: Option<Instant>,
    /// Round trip of the first message, in seconds, which is all that is known before the second.
    first: f64,
    start: Option<Start>,
    spans: VecDeque<Span>,
    /// Bits and busy seconds of the train being measured.
    train: (f64, f64),
    trains: VecDeque<(Instant, f64)>,
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
            jitter: Mean::default(),
            last_arrival: None,
            first: 0.0,
            start: None,
            spans: VecDeque::with_capacity(AGREE_MOST),
            train: (0.0, 0.0),
            trains: VecDeque::with_capacity(TRAINS),
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
        match self.spans.back() {
            Some(last) if last.delay > QUEUE_HIGH + self.noise() => {
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
        self.jitter.get()
    }

    pub(super) const fn last_arrival(&self) -> Option<Instant> {
        self.last_arrival
    }

    /// Seconds that all of the last messages waited; zero before there are enough.
    pub(super) fn standing(&self) -> f64 {
        self.least_delay(self.agree())
    }

    /// The least that one of the last so many waited; zero before there are so many.
    fn least_delay(&self, count: usize) -> f64 {
        if self.spans.len() < count {
            return 0.0;
        }
        let last = self.spans.iter().rev().take(count);
        last.map(|span| span.delay).fold(f64::INFINITY, f64::min)
    }

    /// Messages that must agree on a queue: the more jitter, the more of them it holds up in a row.
    fn agree(&self) -> usize {
        let more = (self.jitter() - JITTER_LITTLE).max(0.0) / JITTER_ONE;
        (AGREE + more as usize).min(AGREE_MOST)
    }

    /// Whether the estimate was lowered a moment ago.
    pub(super) fn is_congested(&self, now: Instant) -> bool {
        self.cut.is_some_and(|cut| now.since(cut) < self.interval() * 2)
    }

    /// Whether the last chance to grow was taken.
    pub(super) const fn is_growing(&self) -> bool {
        self.growing
    }

    /// Takes what arrived.
    pub(super) fn arrived(&mut self, now: Instant, arrival: &Arrival, usage: Usage, alone: bool) {
        let rtt = now.since(arrival.last.sent).as_secs_f64();
        let bits = arrival.bytes as f64 * 8.0;
        let own = arrival.last.bytes as f64 * 8.0;
        let Some(before) = self.last_arrival.replace(now) else {
            // All that a first message says: the link is no slower than this. It is mostly its
            // own length on a slow link, and mostly round trips on a fast one.
            self.estimate = self.estimate.min(FIRST_MOST * bits / rtt.max(1e-6)).max(self.least);
            self.first = rtt / (1.0 + arrival.rounds);
            self.start = Some(Start { at: now, slope: 0.0, bits, rtt, rounds: arrival.rounds });
            return;
        };
        if let Some(start) = self.start.filter(|_| alone) {
            self.compare(
                start,
                Start { at: now, slope: 0.0, bits: own, rtt, rounds: arrival.rounds },
            );
        }
        let recent = self.recent().unwrap_or(self.first);
        if arrival.rounds == 0.0 {
            self.line.push(now, own, rtt);
        }
        // Longer messages waited longer while there was a queue.
        let calm = self.cut.is_none_or(|cut| now.since(cut) >= TRAINS_WINDOW);
        let ripe = self.line.is_ripe(now);
        let certain = if ripe { self.line.certain(now) } else { CERTAIN * self.start_slope(now) };
        let certain = certain.min(1.0 / self.estimate);
        self.base.push(now, (rtt - own * certain).max(rtt * WAY_LEAST));
        // Where sizes have become alike the last slope is an old one, and forgotten: believed no
        // further than the rate is, and no less than nearly that.
        let least = if self.line.is_ripe(now) { SLOPE_LEAST / self.estimate } else { 0.0 };
        let slope = self.line.slope().clamp(least, 1.0 / self.estimate);
        self.recent.push(now, (rtt - own * slope).max(0.0));
        let since_sent = now.since(arrival.first_sent).as_secs_f64() - recent;
        let busy = since_sent.min(now.since(before).as_secs_f64()).max(0.0);
        let expected = own / self.estimate;
        let base = self.base().unwrap_or(rtt);
        let delay = (rtt - base * (1.0 + arrival.rounds) - expected).max(0.0);
        self.wavers(delay);
        if self.spans.len() >= AGREE_MOST {
            self.spans.pop_front();
        }
        self.spans.push_back(Span { bits, busy, delay });
        if arrival.rounds == 0.0 {
            self.measure(now, bits, busy, since_sent > busy);
        }
        if !self.lower(now) {
            self.raise(now, usage);
        }
        // A round trip that was never seen without a picture's own length makes the link look
        // faster, while nothing waits: different lengths tell.
        if let Some(most) = self.line.most(now).map(|most| TOLD * most).filter(|_| calm) {
            self.estimate -= TOLD_WEIGHT * (self.estimate - most).max(0.0);
        }
    }

    /// Seconds a bit that the first messages told; soon there is better.
    fn start_slope(&self, now: Instant) -> f64 {
        self.start
            .filter(|start| now.since(start.at) < BASE_WINDOW)
            .map_or(0.0, |start| start.slope)
    }

    /// A queue goes one way for a while, jitter there and back.
    fn wavers(&mut self, delay: f64) {
        let mut spans = self.spans.iter().rev().map(|span| span.delay);
        let (Some(last), Some(before)) = (spans.next(), spans.next()) else { return };
        let (now, then) = (delay - last, last - before);
        let turned = if now * then < 0.0 { 2.0 * now.abs().min(then.abs()) } else { 0.0 };
        self.jitter.push(turned.min(JITTER_STEP), 1.0 / 16.0);
    }

    /// Two messages had the link for themselves, one after another: what was longer took longer.
    fn compare(&mut self, before: Start, now: Start) {
        let (long, short) = if before.bits > now.bits { (before, now) } else { (now, before) };
        let own = long.rtt - (1.0 + long.rounds) * short.rtt;
        let tells = long.bits > START_LONGER * short.bits
            && own > (START_OWN * long.rtt).max(START_OWN_LEAST);
        let slope = if tells { own / (long.bits - short.bits) } else { before.slope };
        if tells {
            self.estimate = self.estimate.min(START_MOST / slope).max(self.least);
        }
        self.start = Some(Start { slope, ..now });
    }

    /// Adds to the train. It ends when it is long enough.
    fn measure(&mut self, now: Instant, bits: f64, busy: f64, queued: bool) {
        self.train.0 += bits;
        self.train.1 += busy;
        let (bits, busy) = self.train;
        let long_seconds = LONG_TRAIN_SECONDS * self.estimate / 8.0;
        let long = bits >= long_seconds.clamp(TRAIN_BYTES, LONG_TRAIN_BYTES) * 8.0;
        // Between messages that wait for one another a train goes on a little: receipts may have
        // been held up and arrive together.
        let enough = if queued { 3.0 * TRAIN_SECONDS } else { TRAIN_SECONDS };
        if long || (bits >= TRAIN_BYTES * 8.0 && busy >= enough) {
            self.train = (0.0, 0.0);
            if self.trains.len() >= TRAINS {
                self.trains.pop_front();
            }
            self.trains.push_back((now, bits / busy.max(TRAIN_SHORTEST)));
        }
    }

    /// The rate that three quarters of the trains since `from` stay below.
    fn trains_since(&self, from: Instant) -> Option<f64> {
        let mut rates: Vec<f64> =
            self.trains.iter().filter(|&&(at, _)| at >= from).map(|&(_, rate)| rate).collect();
        if rates.len() < AGREE {
            return None;
        }
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() * 3 / 4).copied()
    }

    /// What is not taken for a queue, in seconds.
    fn noise(&self) -> f64 {
        (2.0 * self.jitter()).min(0.040)
    }

    fn interval(&self) -> Duration {
        let rtt = Duration::from_secs_f64(self.base().unwrap_or(0.0).clamp(0.0, 2.0));
        GROW_INTERVAL.max(rtt)
    }

    /// Lowers the estimate if there is a queue that it explains.
    fn lower(&mut self, now: Instant) -> bool {
        let agree = self.agree();
        if self.spans.len() < agree.min(AGREE) - 1 {
            return false;
        }
        // A queue that drains by itself says nothing about the link: less was sent than it carries.
        let mut last = self.spans.iter().rev();
        let drains = last.next().zip(last.nth(agree - 2));
        let drains = drains.is_some_and(|(last, first)| last.delay < DRAINING * first.delay);
        // Not the first of them: it may have waited for a stall that is over, and those behind it
        // then come at once.
        let rated = if self.least_delay(agree - 1) > QUEUE_SEVERE + 2.0 * self.noise() {
            agree - 2
        } else if self.standing() > QUEUE_HIGH + self.noise() && !drains {
            agree - 1
        } else {
            return false;
        };
        let (bits, busy) = (self.spans.iter().rev().take(rated))
            .fold((0.0, 0.0), |(bits, busy), span| (bits + span.bits, busy + span.busy));
        let rate = bits / busy.max(TRAIN_SHORTEST);
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
        if !settled || self.standing() > QUEUE_LOW + self.noise() {
            return;
        }
        let from = (now - TRAINS_WINDOW).max(self.cut.unwrap_or(Instant::ZERO));
        let Some(trains) = self.trains_since(from) else { return };
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
