//! What the first messages say. Each of them has the link for itself, and their lengths differ: what
//! a longer one took longer is the rate of a slow link.

use std::time::Duration;

use parfocal_base::Instant;

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
/// How long it is believed: then there is better.
const BELIEVED: Duration = Duration::from_secs(10);

/// One of the first messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) bits: f64,
    /// Seconds.
    pub(super) rtt: f64,
    /// Round trips that TCP's slow start may have added.
    pub(super) rounds: f64,
}

/// What is known from the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beginning {
    last: Option<First>,
    /// Since when how many seconds a bit are known.
    slope: Option<(Instant, f64)>,
}

impl Beginning {
    /// Another of the first messages arrived. Bit/s that the link carries at most, where it says so.
    pub(super) fn push(&mut self, now: Instant, first: First) -> Option<f64> {
        let Some(before) = self.last.replace(first) else {
            // It is mostly its own length on a slow link, and mostly round trips on a fast one.
            return Some(FIRST_MOST * first.bits / first.rtt.max(1e-6));
        };
        let (long, short) =
            if before.bits > first.bits { (before, first) } else { (first, before) };
        let own = long.rtt - (1.0 + long.rounds) * short.rtt;
        let tells = long.bits > START_LONGER * short.bits
            && own > (START_OWN * long.rtt).max(START_OWN_LEAST);
        let slope = tells.then(|| own / (long.bits - short.bits))?;
        self.slope = Some((now, slope));
        Some(START_MOST / slope)
    }

    /// Seconds a bit that are certainly a message's own length.
    pub(super) fn certain(&self, now: Instant) -> f64 {
        let slope = self.slope.filter(|&(at, _)| now.since(at) < BELIEVED);
        slope.map_or(0.0, |(_, slope)| CERTAIN * slope)
    }
}
