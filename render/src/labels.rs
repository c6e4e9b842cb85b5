//! Colours of labels.
//!
//! Consecutive numbers get hues a golden ratio apart on the colour circle, so that neighbours
//! differ most (the choice of napari's label colours, too). The colour depends on the number alone:
//! it is the same at every level, in every view and on every day.

use std::sync::LazyLock;

/// Colours: numbers that agree in this many leading bits of `number · φ` share one.
const COUNT: usize = 4096;

static COLORS: LazyLock<Vec<[u8; 3]>> = LazyLock::new(|| (0..COUNT).map(make).collect());

/// Fibonacci hashing: 2^32 / φ; the leading bits of the product are the fraction of number / φ.
pub const HASH: u32 = 0x9E37_79B9;
/// Bits of the product behind those that choose the colour.
pub const HASH_SHIFT: u32 = 20;

/// All colours of labels: that of a number other than 0 is at (number · [`HASH`]) >> [`HASH_SHIFT`].
pub fn label_colors() -> &'static [[u8; 3]] {
    &COLORS
}

/// The colour of label `number`; `None` for 0, the background.
pub(crate) fn label_color(number: u32) -> Option<[u8; 3]> {
    if number == 0 {
        return None;
    }
    label_colors().get((number.wrapping_mul(HASH) >> HASH_SHIFT) as usize).copied()
}

/// The number of a label sample: negative and fractional ones have one, too.
pub fn label_number(sample: f64) -> u32 {
    // The cast saturates, and makes NaN 0.
    sample.round() as i64 as u32
}

fn make(at: usize) -> [u8; 3] {
    let hue = at as f64 / COUNT as f64;
    let pick = |count: usize| (at % count) as f64 / (count - 1) as f64;
    let saturation = 0.55 + 0.4 * pick(5);
    let value = 0.7 + 0.3 * pick(7);
    hsv(hue, saturation, value)
}

/// HSV to RGB (A. R. Smith, 1978), all from 0 to 1.
fn hsv(hue: f64, saturation: f64, value: f64) -> [u8; 3] {
    let channel = |shift: f64| {
        let place = (shift + hue * 6.0) % 6.0;
        let part = place.min(4.0 - place).clamp(0.0, 1.0);
        ((value - value * saturation * part) * 255.0).round() as u8
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_has_no_colour_and_neighbours_differ() {
        assert!(label_color(0).is_none());
        for n in 1..500 {
            let (a, b) = (label_color(n).unwrap(), label_color(n + 1).unwrap());
            let distance: i32 = (0..3).map(|c| (i32::from(a[c]) - i32::from(b[c])).abs()).sum();
            assert!(distance > 80, "{n}: {a:?} {b:?}");
        }
    }

    #[test]
    fn odd_samples_have_numbers() {
        assert_eq!(label_number(f64::NAN), 0);
        assert_eq!(label_number(7.0), 7);
        assert_eq!(label_number(-1.0), u32::MAX);
        assert_eq!(label_number(4294967295.0), u32::MAX);
    }
}
