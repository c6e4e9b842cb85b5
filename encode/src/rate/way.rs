//! The way: the shortest round trip, without what messages' own length takes.

use std::time::Duration;

use parfocal_base::Instant;

use super::line::Line;
use super::window::Minimum;

/// How long the shortest round trip is believed. A longer route shows after it.
const BASE_WINDOW: Duration = Duration::from_secs(10);
/// The round trip that busy time is counted from: queues of others are in it soon.
const RECENT_WINDOW: Duration = Duration::from_secs(1);
/// So much of others' queues is taken for a longer way, in seconds; more may be our own.
const FOREIGN_MOST: f64 = 0.100;
/// Share of the estimate's own length that a message certainly has where lengths once told.
const SLOPE_LEAST: f64 = 0.8;
/// No less than this of a round trip is taken for the way.
const WAY_LEAST: f64 = 0.1;
/// So long after messages have become much faster nothing is taken off for their length: it is that
/// of a slower link.
const DOUBT: Duration = Duration::from_secs(3);

/// The shortest round trips; all in seconds.
#[derive(Clone, Debug)]
pub(super) struct Way {
    line: Line,
    base: Minimum,
    recent: Minimum,
    /// That of the first message, which is all that is known before the second.
    first: Option<f64>,
    /// When a message last took much less than those before it.
    fell: Option<Instant>,
}

impl Way {
    pub(super) fn new() -> Self {
        Self {
            line: Line::new(),
            base: Minimum::new(BASE_WINDOW),
            recent: Minimum::new(RECENT_WINDOW),
            first: None,
            fell: None,
        }
    }

    /// The shortest of the last ten seconds.
    pub(super) fn base(&self) -> Option<f64> {
        self.base.get().or(self.first)
    }

    /// The shortest of the last second.
    pub(super) fn recent(&self) -> Option<f64> {
        let recent = self.recent.get().or(self.first)?;
        Some(self.base().map_or(recent, |base| recent.min(base + FOREIGN_MOST)))
    }

    /// Bit/s that the lengths of messages speak for, at most; `None` where they have not told
    /// anything lately.
    pub(super) fn most(&self, now: Instant) -> Option<f64> {
        self.line.most(now)
    }

    /// The first message took so long, its own length included.
    pub(super) const fn first(&mut self, rtt: f64) {
        self.first = Some(rtt);
    }

    /// A message of so many bits says what lengths take, on a link that is taken to carry `estimate`
    /// bit/s.
    pub(super) fn learn(&mut self, now: Instant, bits: f64, rtt: f64, estimate: f64) {
        if self.line.fell(now, bits, rtt, bits / estimate) {
            self.fell = Some(now);
        }
        self.line.push(now, bits, rtt);
    }

    /// A message of so many bits took so long, on a link that is taken to carry `estimate` bit/s;
    /// until lengths have told for a while, `certain` seconds a bit are certainly its own length.
    pub(super) fn push(
        &mut self,
        now: Instant,
        (bits, rtt): (f64, f64),
        estimate: f64,
        certain: f64,
    ) {
        let ripe = self.line.is_ripe(now);
        let certain = if ripe { self.line.certain(now) } else { certain };
        let doubtful = self.fell.is_some_and(|fell| now.since(fell) < DOUBT);
        let certain = if doubtful { 0.0 } else { certain.min(1.0 / estimate) };
        self.base.push(now, (rtt - bits * certain).max(rtt * WAY_LEAST));
        // Where sizes have become alike the last slope is an old one, and forgotten: believed no
        // further than the rate is, and no less than nearly that.
        let least = if ripe { SLOPE_LEAST / estimate } else { 0.0 };
        let slope = self.line.slope().clamp(least, 1.0 / estimate);
        self.recent.push(now, (rtt - bits * slope).max(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_becomes_faster_makes_no_shorter_way() {
        const WAY: f64 = 0.048;
        let mut way = Way::new();
        for n in 0..400_u32 {
            let now = Instant::from_micros(u64::from(n) * 33_000);
            // For a while some are longer, and wait as long again: it seems to be their length.
            let queued = (180..300).contains(&n) && n % 5 == 0;
            let bits = if queued { 80_000.0 } else { 60_000.0 + f64::from(n % 7) * 500.0 };
            // One is on the link while that becomes faster.
            let rate = [2e6, 4e6, 10e6][usize::from(n >= 300) + usize::from(n > 300)];
            let rtt = WAY + bits / rate + if queued { 0.030 } else { 0.0 };
            way.learn(now, bits, rtt, 2e6);
            way.push(now, (bits, rtt), 2e6, 0.0);
            let base = way.base().unwrap();
            assert!(n == 0 || base > 0.9 * WAY, "{base} at picture {n}");
        }
    }
}
