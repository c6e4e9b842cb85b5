//! Which JPEG quality fits a bit rate: a controller that looks at the size of each packet.

/// Coarsest quality. Below it block edges hide what a scientist looks for.
pub const MIN_QUALITY: u8 = 30;
/// Finest quality. Above it size grows fast, and the lossless still follows at rest anyway.
pub const MAX_QUALITY: u8 = 92;
/// Quality of the first picture.
const START: f64 = 75.0;
/// Steps of quality per doubling of size. A JPEG's size doubles about every 18 steps.
const STEPS_PER_DOUBLING: f64 = 18.0;
/// Most steps down at once: one picture over budget is corrected by the next.
const MAX_FALL: f64 = 24.0;
/// Most steps up at once: slow, so that one plain picture does not make the next one burst.
const MAX_RISE: f64 = 3.0;

/// The controller. Feed it each packet's size; read the quality for the next picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    value: f64,
    target_bytes: f64,
}

impl Quality {
    /// A controller for `bitrate_bps` bits a second over `fps` pictures a second.
    pub fn new(bitrate_bps: u32, fps: u32) -> Self {
        let mut quality = Self { value: START, target_bytes: 1.0 };
        quality.set_target(bitrate_bps, fps);
        quality
    }

    /// Changes the target; the quality follows with the next packets.
    pub fn set_target(&mut self, bitrate_bps: u32, fps: u32) {
        self.target_bytes = (f64::from(bitrate_bps) / 8.0 / f64::from(fps.max(1))).max(1.0);
    }

    /// Quality for the next picture, [`MIN_QUALITY`] to [`MAX_QUALITY`].
    pub fn value(&self) -> u8 {
        self.value.round() as u8
    }

    /// Learns that the last picture took `bytes`.
    pub fn observe(&mut self, bytes: usize) {
        let doublings = (self.target_bytes / bytes.max(1) as f64).log2();
        // Half of the way each time: the size of a picture says only roughly what the next takes.
        let step = (doublings * STEPS_PER_DOUBLING / 2.0).clamp(-MAX_FALL, MAX_RISE);
        self.value = (self.value + step).clamp(MIN_QUALITY.into(), MAX_QUALITY.into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A picture whose size doubles every `steps` of quality, and is `at50` bytes at 50.
    fn size(quality: u8, at50: f64, steps: f64) -> usize {
        (at50 * ((f64::from(quality) - 50.0) / steps).exp2()) as usize
    }

    proptest! {
        #[test]
        fn it_settles_on_the_target_where_that_is_within_reach(
            at50 in 10e3..200e3_f64, steps in 12.0..26.0_f64, wanted in 32..90_u8
        ) {
            let target = size(wanted, at50, steps);
            let mut quality = Quality::new((target * 8 * 30) as u32, 30);
            for _ in 0..60 {
                quality.observe(size(quality.value(), at50, steps));
            }
            prop_assert!(quality.value().abs_diff(wanted) <= 2, "{} for {wanted}", quality.value());
        }

        #[test]
        fn it_stays_within_its_bounds(
            sizes in prop::collection::vec(any::<usize>(), 0..50), bps in any::<u32>(), fps in any::<u32>()
        ) {
            let mut quality = Quality::new(bps, fps);
            for bytes in sizes {
                quality.observe(bytes);
                prop_assert!((MIN_QUALITY..=MAX_QUALITY).contains(&quality.value()));
            }
        }
    }
}
