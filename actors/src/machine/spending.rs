//! How an encoder spends the bits of its rendition: what it is asked for, so that what comes of it
//! with its headers is what the link carries, and when the next picture may begin.

use std::time::Duration;

use parfocal_base::Instant;

/// A picture may be encoded so much sooner than its interval is over: the next one of the view is
/// painted in its own rhythm, and must not be missed by a hair.
const EARLY: Duration = Duration::from_micros(1_500);

/// An encoder may be ahead of its rate by so much: a key picture at a low frame rate. Past it the
/// frame rate gives way: some pictures cannot be made as small as they should be.
const MOST_OWED: Duration = Duration::from_millis(100);

/// A picture is given the time of so many a second at least, also where fewer come: what comes half
/// as often may be a half larger, but twice as large, it is seen a whole interval later, and
/// nothing is left of the link for what is late.
const LEAST_RECKONED: u32 = 40;

/// Part of the rate that the key of a smaller picture is asked for at: encoders make keys three or
/// four times as long as other pictures, and this one comes where the link has just become slower.
/// Those after it sharpen what it left out.
const SMALLER: f64 = 0.5;

/// What a rendition is to take, or an encoder is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Pictures a second that share them.
    pub fps: u32,
}

/// The accounts of one encoder.
#[derive(Debug, Default)]
pub struct Spending {
    rhythm: Rhythm,
    surplus: Surplus,
    /// When the picture that is being encoded was begun.
    begun: Instant,
    /// The rendition's rate, and the pictures that are reckoned with.
    wanted: Rates,
    interval: Duration,
    /// When all that was sent has had its time at the wanted rate.
    paid: Instant,
}

impl Spending {
    /// A picture is begun, which is `smaller` than the last one or not. What to ask the encoder for,
    /// so that `wanted` comes of it.
    pub fn ask(&mut self, now: Instant, wanted: Rates, smaller: bool) -> Rates {
        let Rates { bitrate_bps, fps } = wanted;
        // A link that is waited for slows pictures, too. Were they made larger for that, it would be
        // waited for longer.
        let fps_reckoned = self.rhythm.picture(now, fps).max(fps.min(LEAST_RECKONED)).max(1);
        self.begun = now;
        self.interval = Duration::from_secs(1) / fps.max(1);
        self.wanted = Rates { bitrate_bps, fps: fps_reckoned };
        let share = if smaller { SMALLER } else { 1.0 };
        let asked = f64::from(self.surplus.taken_off(bitrate_bps)) * share;
        Rates { bitrate_bps: asked as u32, fps: fps_reckoned }
    }

    /// The picture came out with so many bytes, its header included.
    pub fn came(&mut self, key: bool, bytes: usize) {
        let Rates { bitrate_bps, fps } = self.wanted;
        let takes = bytes as f64 * 8.0 / f64::from(bitrate_bps.max(1));
        let takes = Duration::from_secs_f64(takes).min(MOST_OWED * 4);
        self.paid = self.paid.max(self.begun) + takes;
        if !key {
            self.surplus.picture(bytes, bitrate_bps / fps.max(1));
        }
    }

    /// When the next picture may be begun.
    pub fn next(&self) -> Instant {
        let paid = self.paid.max(self.begun + MOST_OWED) - MOST_OWED;
        paid.max(self.begun + self.interval.saturating_sub(EARLY))
    }
}

/// Rates that an encoder is told: few, so that it is not told a new one with every picture.
const RATES: [u32; 2] = [LEAST_RECKONED, 60];
/// A rate is enough for pictures that come faster than it by this factor.
const SLACK: f64 = 1.15;
/// Weight of the last interval.
const WEIGHT: f64 = 0.2;
/// A longer interval is a pause, which says nothing about how fast things move.
const PAUSE: Duration = Duration::from_millis(250);

/// How often pictures really come. An encoder that reckons with more of them than there are spends
/// too few bits on each.
#[derive(Clone, Copy, Debug, Default)]
struct Rhythm {
    last: Option<Instant>,
    /// Mean interval in seconds.
    mean: Option<f64>,
}

impl Rhythm {
    /// A picture is encoded. Answers how many a second to reckon with, at most `most`.
    fn picture(&mut self, now: Instant, most: u32) -> u32 {
        let interval = self.last.replace(now).map(|last| now.since(last));
        if let Some(interval) = interval.filter(|interval| *interval <= PAUSE) {
            let interval = interval.as_secs_f64();
            let mean = self.mean.unwrap_or(interval);
            self.mean = Some(mean + WEIGHT * (interval - mean));
        }
        let enough =
            |rate: &u32| self.mean.is_some_and(|mean| f64::from(*rate) * SLACK * mean >= 1.0);
        RATES.into_iter().find(enough).unwrap_or(most).min(most).max(1)
    }
}

/// How much more comes of an encoder than was asked for: its pictures are a little longer on a low
/// rate, and each has a header. On a slow link that is what the queue would need to drain.
#[derive(Debug)]
struct Surplus(f64);

impl Default for Surplus {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Surplus {
    /// No more is taken off: a picture that cannot be made that small is not made smaller so.
    const MOST: f64 = 1.5;
    /// Share of a picture's surplus that is taken off: a second or so evens out.
    const GAIN: f64 = 0.05;

    /// The rate to ask for; in steps of a few percent, as each change costs the encoder its
    /// balance.
    fn taken_off(&self, wanted: u32) -> u32 {
        let steps = (self.0 * 32.0).round() / 32.0;
        (f64::from(wanted) / steps) as u32
    }

    /// A difference picture came out with `bytes` where `bits` were wanted.
    fn picture(&mut self, bytes: usize, bits: u32) {
        let ratio = bytes as f64 * 8.0 / f64::from(bits.max(1));
        self.0 =
            (self.0 * (1.0 + Self::GAIN * (ratio - 1.0).clamp(-1.0, 1.0))).clamp(1.0, Self::MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn bits_are_shared_by_the_pictures_that_come() {
        let mut rhythm = Rhythm::default();
        assert_eq!(rhythm.picture(at(0), 60), 60);
        // Thirty a second, not quite evenly; a pause changes nothing.
        let uneven = |n: u64| at(n * 33 + n % 3 * 4);
        assert!((1..40).all(|n| rhythm.picture(uneven(n), 60) == LEAST_RECKONED));
        assert_eq!(rhythm.picture(at(60_000), 60), LEAST_RECKONED);
        // Faster again.
        assert_eq!((1..20).map(|n| rhythm.picture(at(60_000 + n * 16), 60)).last(), Some(60));
        assert_eq!(rhythm.picture(at(60_400), 20), 20);
    }

    /// Pictures a second of an encoder whose pictures have so many bytes, for ten seconds; and what
    /// it was asked for last.
    fn run(wanted: Rates, bytes: usize) -> (f64, Rates) {
        let (mut spending, mut now, mut count) = (Spending::default(), at(0), 0);
        let mut asked = wanted;
        while now < at(10_000) {
            asked = spending.ask(now, wanted, false);
            spending.came(count == 0, bytes);
            count += 1;
            now = spending.next();
        }
        (f64::from(count) / 10.0, asked)
    }

    const WANTED: Rates = Rates { bitrate_bps: 1_200_000, fps: 30 };

    #[test]
    fn pictures_of_the_wanted_size_keep_the_frame_rate() {
        let (fps, asked) = run(WANTED, 5_000);
        assert!((29.0..33.0).contains(&fps), "{fps}");
        assert_eq!(asked, WANTED);
    }

    #[test]
    fn a_little_too_much_is_taken_off_what_is_asked_for() {
        let (_, asked) = run(WANTED, 5_500);
        assert!(asked.bitrate_bps < WANTED.bitrate_bps && asked.bitrate_bps > 700_000, "{asked:?}");
    }

    #[test]
    fn the_key_of_a_smaller_picture_is_asked_for_at_half_the_rate_and_the_next_picture_is_not() {
        let mut spending = Spending::default();
        let mut ask = |ms, smaller| spending.ask(at(ms), WANTED, smaller).bitrate_bps;
        assert_eq!([ask(0, false), ask(33, true), ask(66, false)], [1_200_000, 600_000, 1_200_000]);
    }

    #[test]
    fn the_frame_rate_gives_way_where_pictures_cannot_be_smaller() {
        let (fps, _) = run(WANTED, 15_000);
        assert!((9.0..12.0).contains(&fps), "{fps}");
    }
}
