//! Which size and frame rate a bit rate is worth.
//!
//! What counts is bits a pixel: below some 0.05 an encoder that has to be fast shows blocks in
//! everything that moves, and the same bits look better on fewer pixels, scaled up. Above some 0.2
//! more bits are hardly seen, and the lossless still follows at rest anyway. So the largest
//! size is taken whose pictures get [`ENOUGH`] at [`FPS_SMOOTH`]; with plenty of bits the frame
//! rate goes up, with too few at the smallest size it goes down.

use std::time::Duration;

use parfocal_base::Instant;

use crate::codec::MIN_SIDE;

/// Sizes, as fractions of the canvas: of 1080 lines 1080, 720, 540, 360, 270, 180.
pub const STEPS: [(u32, u32); 6] = [(1, 1), (2, 3), (1, 2), (1, 3), (1, 4), (1, 6)];
/// Frame rates below the greatest one.
pub const RATES: [u32; 5] = [60, 30, 20, 15, 10];
/// Bits a pixel that make a size worth it.
pub const ENOUGH: f64 = 0.05;
/// Bits a pixel above which more are hardly seen.
pub const PLENTY: f64 = 0.2;
/// The frame rate that sizes are judged at.
pub const FPS_SMOOTH: u32 = 30;
/// Shorter side in pixels that bits alone do not go below: there the frame rate gives way.
pub const LEAST_SIDE: u32 = 360;
/// What must be there beyond [`ENOUGH`] before a size or frame rate goes up.
const UP: f64 = 1.3;
/// Below this share of [`ENOUGH`] it goes down.
const DOWN: f64 = 0.8;
/// Below this share it goes down at once.
const DOWN_NOW: f64 = 0.4;
/// How long too few bits are borne.
const DOWN_AFTER: Duration = Duration::from_millis(700);
/// How long there must be enough before a step up: each one costs a key picture.
const UP_AFTER: Duration = Duration::from_secs(2);
/// The same for the first one.
const FIRST_UP_AFTER: Duration = Duration::from_millis(200);

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Canvas {
    /// The canvas by a step: even sides, none shorter than an encoder takes.
    pub fn scaled(self, (numerator, denominator): (u32, u32)) -> Self {
        let side = |side: u32| {
            let scaled = u64::from(side) * u64::from(numerator) / u64::from(denominator.max(1));
            (u32::try_from(scaled).unwrap_or(u32::MAX) & !1).max(MIN_SIDE)
        };
        Self { width: side(self.width), height: side(self.height) }
    }

    fn short(self) -> u32 {
        self.width.min(self.height)
    }

    fn pixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height)
    }
}

/// What decoders allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Greatest height in pixels (of a picture that is wider than high; else its width).
    pub max_height: u32,
    /// Greatest frame rate.
    pub max_fps: u32,
}

/// Steps that may be taken: those that the decoder allows, and that are not needlessly small.
fn steps(canvas: Canvas, limits: Limits) -> impl DoubleEndedIterator<Item = usize> {
    let allowed = move |step: usize| {
        STEPS.get(step).is_some_and(|&by| canvas.scaled(by).short() <= limits.max_height)
    };
    let largest = (0..STEPS.len()).find(|&step| allowed(step)).unwrap_or(STEPS.len() - 1);
    let useful = move |step: &usize| {
        *step == largest
            || STEPS.get(*step).is_some_and(|&by| canvas.scaled(by).short() >= LEAST_SIDE)
    };
    (largest..STEPS.len()).filter(useful).collect::<Vec<_>>().into_iter()
}

/// The bit rate beyond which nobody sees a difference.
pub fn useful_bps(canvas: Canvas, limits: Limits) -> u32 {
    let largest = steps(canvas, limits).next().and_then(|step| STEPS.get(step).copied());
    let size = canvas.scaled(largest.unwrap_or((1, 1)));
    (PLENTY * size.pixels() * f64::from(limits.max_fps.max(1))).min(4e9) as u32
}

/// A rung: step of the size, and frame rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Index into [`STEPS`].
    pub step: usize,
    /// Frames a second.
    pub fps: u32,
}

/// The rung for a bit rate where there was none before; `margin` is what must be there beyond
/// what is enough.
pub fn rung(canvas: Canvas, bps: u32, limits: Limits, margin: f64) -> Rung {
    let per_pixel = |step: usize, fps: u32| {
        let size = canvas.scaled(STEPS.get(step).copied().unwrap_or((1, 1)));
        f64::from(bps) / (size.pixels() * f64::from(fps.max(1)))
    };
    let enough = ENOUGH * margin;
    let smooth = FPS_SMOOTH.min(limits.max_fps);
    let mut fitting = steps(canvas, limits).filter(|&step| per_pixel(step, smooth) >= enough);
    let smallest = steps(canvas, limits).next_back().unwrap_or(0);
    let step = fitting.next().unwrap_or(smallest);
    let mut rates = RATES.into_iter().filter(|&fps| fps < limits.max_fps);
    let most = limits.max_fps.clamp(1, 60);
    let fps = if per_pixel(step, most) >= enough {
        most
    } else {
        rates.find(|&fps| per_pixel(step, fps) >= enough).unwrap_or(10.min(most))
    };
    Rung { step, fps }
}

/// The rung of one rendition, which does not change with every breath of the link.
#[derive(Clone, Copy, Debug)]
pub struct Ladder {
    rung: Rung,
    /// The first rung is a guess, for a link that nothing is known about.
    changed: bool,
    /// Since when there have been too few bits, or enough for more.
    poor_since: Option<Instant>,
    rich_since: Option<Instant>,
}

impl Ladder {
    /// Begins with what the bit rate is worth.
    pub fn new(canvas: Canvas, bps: u32, limits: Limits) -> Self {
        let rung = rung(canvas, bps, limits, 1.0);
        Self { rung, changed: false, poor_since: None, rich_since: None }
    }

    /// The rung as it is.
    pub const fn rung(&self) -> Rung {
        self.rung
    }

    /// Takes the present bit rate and limits.
    pub fn follow(&mut self, now: Instant, canvas: Canvas, bps: u32, limits: Limits) -> Rung {
        let allowed = steps(canvas, limits).next().unwrap_or(0);
        if self.rung.step < allowed {
            self.set(Rung { step: allowed, ..self.rung });
        }
        self.rung.fps = self.rung.fps.min(limits.max_fps.max(1));
        let poor = rung(canvas, bps, limits, DOWN);
        let rich = rung(canvas, bps, limits, UP);
        let less = |than: Rung| {
            than.step > self.rung.step || than.step == self.rung.step && than.fps < self.rung.fps
        };
        let more = |than: Rung| {
            than.step < self.rung.step || than.step == self.rung.step && than.fps > self.rung.fps
        };
        if less(poor) {
            self.rich_since = None;
            let since = *self.poor_since.get_or_insert(now);
            let very = less(rung(canvas, bps, limits, DOWN_NOW));
            if very || now.since(since) >= DOWN_AFTER {
                self.set(rung(canvas, bps, limits, 1.0));
            }
        } else if more(rich) {
            self.poor_since = None;
            let since = *self.rich_since.get_or_insert(now);
            let after = if self.changed { UP_AFTER } else { FIRST_UP_AFTER };
            if now.since(since) >= after {
                self.set(rich);
            }
        } else {
            (self.poor_since, self.rich_since) = (None, None);
        }
        self.rung
    }

    const fn set(&mut self, rung: Rung) {
        *self = Self { rung, changed: true, poor_since: None, rich_since: None };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HD: Canvas = Canvas { width: 1920, height: 1080 };
    const FREE: Limits = Limits { max_height: 2160, max_fps: 60 };

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    fn lines(bps: u32) -> (u32, u32) {
        let rung = rung(HD, bps, FREE, 1.0);
        (HD.scaled(STEPS[rung.step]).height, rung.fps)
    }

    #[test]
    fn full_hd_comes_in_the_sizes_that_people_know() {
        assert_eq!(lines(20_000_000), (1080, 60));
        assert_eq!(lines(4_000_000), (1080, 30));
        assert_eq!(lines(2_000_000), (720, 30));
        assert_eq!(lines(1_000_000), (540, 30));
        assert_eq!(lines(400_000), (360, 30));
        assert_eq!(lines(200_000), (360, 15));
        assert_eq!(lines(64_000), (360, 10));
    }

    #[test]
    fn a_rate_that_wavers_changes_nothing() {
        let mut ladder = Ladder::new(HD, 3_200_000, FREE);
        let before = ladder.rung();
        for n in 0..200 {
            let bps = if n % 2 == 0 { 2_800_000 } else { 3_500_000 };
            assert_eq!(ladder.follow(at(n * 100), HD, bps, FREE), before);
        }
    }

    #[test]
    fn a_fall_is_followed_at_once_and_a_rise_after_a_while() {
        let mut ladder = Ladder::new(HD, 9_000_000, FREE);
        assert_eq!(ladder.rung(), Rung { step: 0, fps: 60 });
        assert_eq!(ladder.follow(at(0), HD, 500_000, FREE).step, 3);
        assert_eq!(ladder.follow(at(100), HD, 9_000_000, FREE).step, 3);
        assert_eq!(ladder.follow(at(2100), HD, 9_000_000, FREE), Rung { step: 0, fps: 60 });
    }

    proptest! {
        #[test]
        fn every_size_can_be_encoded_and_decoded(
            width in 16_u32..4000, height in 16_u32..4000, bps in 1_u32..100_000_000,
            max_height in 200_u32..2160, max_fps in 5_u32..=60
        ) {
            let canvas = Canvas { width: width & !1, height: height & !1 };
            let limits = Limits { max_height, max_fps };
            let rung = rung(canvas, bps, limits, 1.0);
            let size = canvas.scaled(STEPS[rung.step]);
            prop_assert!(size.width.is_multiple_of(2) && size.height.is_multiple_of(2));
            prop_assert!(size.width >= 16 && size.height >= 16);
            prop_assert!(size.width <= canvas.width && size.height <= canvas.height);
            prop_assert!(rung.fps >= 1 && rung.fps <= max_fps);
            prop_assert!(size.short() <= max_height || rung.step == STEPS.len() - 1);
        }

        #[test]
        fn more_bits_are_never_worth_fewer_pixels_a_second(bps in 64_000_u32..20_000_000) {
            let pixels = |bps| {
                let rung = rung(HD, bps, FREE, 1.0);
                (HD.scaled(STEPS[rung.step]).height, rung.fps)
            };
            let (less, more) = (pixels(bps), pixels(bps + bps / 4));
            prop_assert!(more.0 > less.0 || more.0 == less.0 && more.1 >= less.1);
        }
    }
}
