//! Bad networks: a link as plain data, and the queue that it makes, in whatever time the caller
//! has. A simulation puts TCP in front of it; a relay between real sockets asks it when to hand on
//! what it has read, and reads no more while there is no room.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;
use serde::{Deserialize, Serialize};

mod random;

pub use random::Random;

/// From this time on the link carries so much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Milliseconds since the beginning.
    pub at_ms: u32,
    /// Bits a second.
    pub bps: u32,
}

/// A time in which nothing gets through (and nothing is lost).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// Milliseconds since the beginning.
    pub at_ms: u32,
    /// Its length in milliseconds.
    pub for_ms: u32,
}

/// One link, from the server to the client and back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What it carries; the first entry counts from the beginning.
    pub rates: Cow<'static, [Rate]>,
    /// One way, each way, in milliseconds.
    pub delay_ms: f64,
    /// Mean of what is added at random, each way; the order is kept.
    #[serde(default)]
    pub jitter_ms: f64,
    /// Bytes that may wait at the bottleneck.
    pub buffer_bytes: usize,
    /// When nothing gets through.
    #[serde(default)]
    pub stalls: Cow<'static, [Stall]>,
    /// A proxy hands on what came in such times only, in milliseconds; 0 where there is none.
    #[serde(default)]
    pub batch_ms: f64,
}

/// The least rate that is simulated: a schedule of zeros must end some time.
const LEAST_BPS: f64 = 1_000.0;
/// How long the jitter stays as it is, in microseconds.
const JITTER_US: f64 = 10_000.0;

impl Link {
    /// A link that always carries `bps`, with a buffer of 200 ms.
    pub fn steady(bps: u32, delay_ms: f64) -> Self {
        Self {
            rates: Cow::Owned(vec![Rate { at_ms: 0, bps }]),
            delay_ms,
            jitter_ms: 0.0,
            buffer_bytes: (bps as usize / 40).max(16 * 1024),
            stalls: Cow::Borrowed(&[]),
            batch_ms: 0.0,
        }
    }

    /// Bit/s at a time since the beginning, stalls left out.
    pub fn bps(&self, since: Duration) -> u32 {
        let ms = since.as_millis();
        let rate = self.rates.iter().rev().find(|rate| u128::from(rate.at_ms) <= ms);
        rate.or(self.rates.first()).map_or(LEAST_BPS as u32, |rate| rate.bps)
    }

    /// When a stall that is on at `us` ends, in microseconds.
    fn stalled_until(&self, us: f64) -> Option<f64> {
        let on = |stall: &&Stall| {
            let from = f64::from(stall.at_ms) * 1e3;
            from <= us && us < from + f64::from(stall.for_ms) * 1e3
        };
        self.stalls.iter().find(on).map(|stall| f64::from(stall.at_ms + stall.for_ms) * 1e3)
    }

    /// When `bits` that begin at `us` are through.
    fn serve(&self, mut us: f64, mut bits: f64) -> f64 {
        loop {
            if let Some(until) = self.stalled_until(us) {
                us = until;
                continue;
            }
            let rate = f64::from(self.bps(Duration::from_micros(us as u64))).max(LEAST_BPS) / 1e6;
            let changes = self.rates.iter().map(|rate| rate.at_ms);
            let next = changes
                .chain(self.stalls.iter().map(|stall| stall.at_ms))
                .map(|ms| f64::from(ms) * 1e3)
                .filter(|&change| change > us)
                .fold(f64::INFINITY, f64::min);
            let end = us + bits / rate;
            if end <= next {
                return end;
            }
            bits -= (next - us) * rate;
            us = next;
        }
    }
}

/// A link at work: its queue, first in, first out.
#[derive(Clone, Debug)]
pub struct Bottleneck {
    link: Link,
    begun: Instant,
    random: Random,
    /// Bytes that wait, and when they will have left, in microseconds since the beginning.
    queue: VecDeque<(f64, usize)>,
    queued: usize,
    free: f64,
    /// When the last bytes and the last receipt arrive.
    last: [f64; 2],
    /// The jitter of either way, and for which slot of time it was drawn.
    jitter: [(u64, f64); 2],
}

impl Bottleneck {
    /// A link that begins its schedule at `begun`; what is random follows `seed`.
    pub fn new(link: Link, begun: Instant, seed: u64) -> Self {
        Self {
            link,
            begun,
            random: Random::new(seed),
            queue: VecDeque::new(),
            queued: 0,
            free: 0.0,
            last: [0.0; 2],
            jitter: [(0, 0.0); 2],
        }
    }

    /// The link.
    pub const fn link(&self) -> &Link {
        &self.link
    }

    /// Bit/s at `now`, stalls left out.
    pub fn bps(&self, now: Instant) -> u32 {
        self.link.bps(now.since(self.begun))
    }

    /// Bytes that wait at the bottleneck.
    pub fn queued(&mut self, now: Instant) -> usize {
        let now = self.since(now);
        while let Some(&(_, bytes)) = self.queue.front().filter(|&&(leaves, _)| leaves <= now) {
            self.queued -= bytes;
            self.queue.pop_front();
        }
        self.queued
    }

    /// Bytes that fit into the buffer.
    pub fn room(&mut self, now: Instant) -> usize {
        self.link.buffer_bytes.saturating_sub(self.queued(now))
    }

    /// Takes `bytes`; says when they arrive at the other end. `None` where they do not fit.
    pub fn send(&mut self, now: Instant, bytes: usize) -> Option<Instant> {
        if self.room(now) < bytes {
            return None;
        }
        let begin = self.free.max(self.since(now));
        self.free = self.link.serve(begin, bytes as f64 * 8.0);
        self.queue.push_back((self.free, bytes));
        self.queued += bytes;
        Some(self.arrival(self.free, 0))
    }

    /// When a receipt that the client sends at `now` arrives at the server: it waits for nothing.
    pub fn back(&mut self, now: Instant) -> Instant {
        let now = self.since(now);
        self.arrival(now, 1)
    }

    fn arrival(&mut self, left: f64, way: usize) -> Instant {
        let mut at = left + self.link.delay_ms * 1e3 + self.jitter(left, way);
        if way == 0 && self.link.batch_ms > 0.0 {
            let batch = self.link.batch_ms * 1e3;
            at = (at / batch).ceil() * batch;
        }
        if let Some(last) = self.last.get_mut(way) {
            at = at.max(*last);
            *last = at;
        }
        self.begun + Duration::from_micros(at.ceil() as u64)
    }

    /// Drawn anew every ten milliseconds: what comes close together is held up together.
    fn jitter(&mut self, left: f64, way: usize) -> f64 {
        let slot = (left / JITTER_US) as u64 + 1;
        let fresh = self.random.exponential(self.link.jitter_ms * 1e3);
        let Some(jitter) = self.jitter.get_mut(way) else { return 0.0 };
        if jitter.0 != slot {
            *jitter = (slot, fresh);
        }
        jitter.1
    }

    fn since(&self, now: Instant) -> f64 {
        now.since(self.begun).as_micros() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn bytes_take_their_time_one_after_another() {
        let mut link = Bottleneck::new(Link::steady(8_000_000, 20.0), at(0), 1);
        assert_eq!(link.send(at(0), 10_000), Some(at(30)));
        assert_eq!(link.send(at(0), 10_000), Some(at(40)));
        assert_eq!(link.queued(at(5)), 20_000);
        assert_eq!(link.queued(at(15)), 10_000);
        assert_eq!(link.back(at(40)), at(60));
    }

    #[test]
    fn rates_change_and_stalls_hold_up_in_the_middle_of_a_message() {
        let rates = vec![Rate { at_ms: 0, bps: 8_000_000 }, Rate { at_ms: 10, bps: 800_000 }];
        let stalls = vec![Stall { at_ms: 5, for_ms: 100 }];
        let link =
            Link { rates: Cow::Owned(rates), stalls: Cow::Owned(stalls), ..Link::steady(1, 0.0) };
        let mut link = Bottleneck::new(link, at(0), 1);
        // 5 ms at 1 kB/ms, 100 ms of nothing, the rest at 0.1 kB/ms.
        assert_eq!(link.send(at(0), 6_000), Some(at(115)));
    }

    #[test]
    fn a_full_buffer_takes_no_more() {
        let mut link = Bottleneck::new(Link::steady(640_000, 0.0), at(0), 1);
        assert!(link.send(at(0), 16_000).is_some());
        assert!(link.send(at(0), 16_000).is_none());
        assert!(link.send(at(200), 16_000).is_some());
    }

    #[test]
    fn a_link_is_the_same_after_it_was_written_and_read() {
        let link = Link::steady(1_000_000, 12.5);
        let text = serde_json::to_string(&link).unwrap();
        assert_eq!(serde_json::from_str::<Link>(&text).unwrap(), link);
    }
}
