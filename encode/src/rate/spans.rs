//! What the last messages waited: how much of it is jitter, and how much a queue.

use std::collections::VecDeque;

use super::window::Mean;

/// A queue that is too long, in seconds, if several messages in a row saw it.
pub(super) const QUEUE_HIGH: f64 = 0.020;
/// A delay that two messages are enough for.
const QUEUE_SEVERE: f64 = 0.060;
/// A queue that shrank to this part of itself over the last messages is left alone.
const DRAINING: f64 = 0.8;
/// Messages that must agree on a queue.
const AGREE: usize = 3;
/// … one more for each such part of the jitter beyond a little, in seconds, up to so many.
const JITTER_LITTLE: f64 = 0.004;
const JITTER_ONE: f64 = 0.003;
const AGREE_MOST: usize = 8;
/// No single change of delay counts as more jitter than this, in seconds: a stall is none.
const JITTER_STEP: f64 = 0.030;
/// Jitter counts up to this, in seconds, where it is not taken for a queue.
const NOISE_MOST: f64 = 0.040;
/// Shortest time that a train is taken to need: 1 Gbit/s for a long one.
pub(super) const TRAIN_SHORTEST: f64 = 0.000_5;

/// What one arrival says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Its bits.
    pub(super) bits: f64,
    /// Seconds for which they kept the link busy.
    pub(super) busy: f64,
    /// Seconds beyond the shortest way and their own length.
    pub(super) delay: f64,
}

/// The last arrivals.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    spans: VecDeque<Span>,
    jitter: Mean,
}

impl Spans {
    pub(super) fn push(&mut self, span: Span) {
        self.wavers(span.delay);
        if self.spans.len() >= AGREE_MOST {
            self.spans.pop_front();
        }
        self.spans.push_back(span);
    }

    pub(super) fn last(&self) -> Option<&Span> {
        self.spans.back()
    }

    /// Mean of what turns, in seconds.
    pub(super) fn jitter(&self) -> f64 {
        self.jitter.get()
    }

    /// What is not taken for a queue, in seconds.
    pub(super) fn noise(&self) -> f64 {
        (2.0 * self.jitter()).min(NOISE_MOST)
    }

    /// Seconds that all of the last messages waited; zero before there are enough.
    pub(super) fn standing(&self) -> f64 {
        self.least_delay(self.agree())
    }

    /// Where there is a queue that does not go by itself: bit/s at which it leaves the link.
    pub(super) fn queue_leaves(&self) -> Option<f64> {
        let agree = self.agree();
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
            return None;
        };
        let (bits, busy) = (self.spans.iter().rev().take(rated))
            .fold((0.0, 0.0), |(bits, busy), span| (bits + span.bits, busy + span.busy));
        Some(bits / busy.max(TRAIN_SHORTEST))
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

    /// A queue goes one way for a while, jitter there and back.
    fn wavers(&mut self, delay: f64) {
        let mut spans = self.spans.iter().rev().map(|span| span.delay);
        let (Some(last), Some(before)) = (spans.next(), spans.next()) else { return };
        let (now, then) = (delay - last, last - before);
        let turned = if now * then < 0.0 { 2.0 * now.abs().min(then.abs()) } else { 0.0 };
        self.jitter.push(turned.min(JITTER_STEP), 1.0 / 16.0);
    }
}
