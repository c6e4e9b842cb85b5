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
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    all: Vec<First>,
    /// Since when how many seconds a bit are known.
    slope: Option<(Instant, f64)>,
}

impl Beginning {
    /// Another of the first messages arrived. Bit/s that the link carries at most, where it says so.
    pub(super) fn push(&mut self, now: Instant, first: First) -> Option<f64> {
        self.all.push(first);
        let [_, _, ..] = self.all.as_slice() else {
            // It is mostly its own length on a slow link, and mostly round trips on a fast one.
            return Some(FIRST_MOST * first.bits / first.rtt.max(1e-6));
        };
        self.slope = self.told().map(|slope| (now, slope));
        self.slope.map(|(_, slope)| START_MOST / slope)
    }

    /// Seconds a bit, if the two that differ least in time for their lengths still tell: jitter
    /// only adds, and seldom to all that are long. Slow start is a guess, and asked last.
    fn told(&self) -> Option<f64> {
        let pairs =
            self.all.iter().flat_map(|long| self.all.iter().map(move |short| (long, short)));
        let own = |(long, short): (&First, &First)| {
            let own = long.rtt - (1.0 + long.rounds) * short.rtt;
            (*long, own, own / (long.bits - short.bits))
        };
        let different = pairs.filter(|(long, short)| long.bits > START_LONGER * short.bits);
        let (long, own, slope) = different
            .map(own)
            .min_by(|a, b| a.0.rounds.total_cmp(&b.0.rounds).then(a.2.total_cmp(&b.2)))?;
        (own > (START_OWN * long.rtt).max(START_OWN_LEAST)).then_some(slope)
    }

    /// Seconds a bit that are certainly a message's own length.
    pub(super) fn certain(&self, now: Instant) -> f64 {
        let slope = self.slope.filter(|&(at, _)| now.since(at) < BELIEVED);
        slope.map_or(0.0, |(_, slope)| CERTAIN * slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What three messages of these bytes say that took so many milliseconds.
    fn most(messages: [(f64, f64); 3]) -> Option<f64> {
        let mut beginning = Beginning::default();
        let all =
            messages.map(|(bytes, ms)| First { bits: bytes * 8.0, rtt: ms / 1e3, rounds: 0.0 });
        all.map(|first| beginning.push(Instant::ZERO, first))[2]
    }

    #[test]
    fn a_slow_link_is_known_from_the_lengths_of_the_first_messages() {
        let most = most([(12_000.0, 400.0), (2_000.0, 133.0), (1_500.0, 120.0)]).unwrap();
        assert!((300e3..400e3).contains(&most), "{most}");
    }

    #[test]
    fn one_that_was_held_up_tells_nothing_where_a_longer_one_was_not() {
        assert_eq!(most([(12_000.0, 88.0), (1_600.0, 78.0), (8_000.0, 176.0)]), None);
    }
}
