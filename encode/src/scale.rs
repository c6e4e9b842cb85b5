//! Smaller pictures: I420 or RGBA scaled down by the mean over the area that each pixel covers.
//!
//! Rows first, because whole rows vectorise; then columns, with loops of their own for the ratios
//! of [`crate::allocate::ladder::STEPS`] that a canvas of common size is scaled by. Weights have
//! eight fractional bits for either direction, so that a row's sums fit 16 bits: at most one step
//! beside the exact mean.

use multiversion::multiversion;
use parfocal_base::Frame;

/// Scales one size to another, and keeps what it needs for that.
#[derive(Clone, Debug, Default)]
pub struct Scaler {
    /// Across and down; RGBA or luma, then chroma.
    axes: [[Axis; 2]; 2],
    row: Vec<u16>,
}

impl Scaler {
    /// A scaler that has not scaled anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scales `frame` to `width` × `height` pixels into `out`, which is made anew where its layout
    /// or size differ. The description travels along. False, and nothing is done, where a side is
    /// zero.
    pub fn scale(&mut self, frame: &Frame, width: u32, height: u32, out: &mut Frame) -> bool {
        if [frame.width(), frame.height(), width, height].contains(&0) {
            return false;
        }
        if (out.format(), out.width(), out.height()) != (frame.format(), width, height) {
            *out = Frame::new(frame.format(), width, height);
        }
        out.meta = frame.meta;
        let sides = [frame.width(), frame.height(), width, height].map(|side| side as usize);
        let halves = sides.map(|side| side.div_ceil(2));
        for ([across, down], [w, h, to_w, to_h]) in self.axes.iter_mut().zip([sides, halves]) {
            across.fit(w, to_w);
            down.fit(h, to_h);
        }
        let [whole, chroma] = &self.axes;
        if let (Some(from), Some(to)) = (frame.planes(), out.planes_mut()) {
            for ((from, to), axes) in from.into_iter().zip(to).zip([whole, chroma, chroma]) {
                plane::<1>(from, to, axes, &mut self.row);
            }
        } else {
            plane::<4>(frame.data(), out.data_mut(), whole, &mut self.row);
        }
        true
    }
}

/// What each of `to` pixels in one direction is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Axis {
    from: usize,
    to: usize,
    /// First pixel and number of pixels.
    spans: Vec<(usize, usize)>,
    /// The weights of all spans, one after another; those of a span sum to 256.
    weights: Vec<u16>,
}

impl Axis {
    fn fit(&mut self, from: usize, to: usize) {
        if (self.from, self.to) == (from, to) {
            return;
        }
        *self = Self { from, to, spans: Vec::with_capacity(to), weights: Vec::new() };
        for pixel in 0..to {
            // In units of 1/to of a source pixel, this one covers [begin, end).
            let (begin, end) = (pixel * from, (pixel + 1) * from);
            let (first, last) = (begin / to, (end - 1) / to);
            self.spans.push((first, last - first + 1));
            let mut before = 0;
            for source in first..=last {
                let covered = end.min((source + 1) * to) - begin;
                let weight = (256 * covered + from / 2) / from;
                self.weights.push((weight - before) as u16);
                before = weight;
            }
        }
    }

    /// Each span's first pixel and its weights.
    fn taps(&self) -> impl Iterator<Item = (usize, &[u16])> {
        let mut at = 0;
        self.spans.iter().map(move |&(first, count)| {
            let weights = self.weights.get(at..at + count).unwrap_or_default();
            at += count;
            (first, weights)
        })
    }
}

/// Pixels have `N` bytes.
fn plane<const N: usize>(
    from: &[u8],
    to: &mut [u8],
    [across, down]: &[Axis; 2],
    row: &mut Vec<u16>,
) {
    for ((first, weights), out) in down.taps().zip(to.chunks_exact_mut(across.to * N)) {
        let mut begun = false;
        let mut rows = from.chunks_exact(across.from * N).skip(first);
        row.resize(across.from * N, 0);
        let mut weights = weights.iter().copied();
        while let (Some(weight), Some(source)) = (weights.next(), rows.next()) {
            match (weights.next(), rows.next()) {
                (Some(other), Some(next)) => add_rows(row, [source, next], [weight, other], begun),
                _ => add_rows(row, [source, source], [weight, 0], begun),
            }
            begun = true;
        }
        columns(row.as_chunks::<N>().0, out.as_chunks_mut::<N>().0, across);
    }
}

/// Adds two weighted rows to what is there, if anything is.
#[multiversion(targets("x86_64+avx2"))]
fn add_rows(row: &mut [u16], [a, b]: [&[u8]; 2], [wa, wb]: [u16; 2], begun: bool) {
    for ((sum, &a), &b) in row.iter_mut().zip(a).zip(b) {
        let before = if begun { *sum } else { 0 };
        *sum = before + u16::from(a) * wa + u16::from(b) * wb;
    }
}

fn columns<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]], across: &Axis) {
    match (across.from, across.to) {
        (from, to) if from == to => whole(row, out),
        (from, to) if from == 2 * to => half(row, out),
        (from, to) if from == 3 * to => third(row, out),
        (from, to) if 2 * from == 3 * to => two_thirds(row, out),
        _ => any(row, out, across),
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn whole<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]]) {
    for (out, pixel) in out.iter_mut().zip(row) {
        *out = pixel.map(|value| ((u32::from(value) + 128) >> 8) as u8);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn half<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]]) {
    for (out, [a, b]) in out.iter_mut().zip(row.as_chunks::<2>().0) {
        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *out = ((u32::from(a) + u32::from(b) + 256) >> 9) as u8;
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn third<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]]) {
    for (out, [a, b, c]) in out.iter_mut().zip(row.as_chunks::<3>().0) {
        for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
            let sum = u32::from(a) + u32::from(b) + u32::from(c);
            // A third in 16 bits; eight more are the row's.
            *out = ((sum * 85 + (sum >> 2) + (sum >> 4) + (1 << 15)) >> 16) as u8;
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn two_thirds<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]]) {
    let weighted = |more: u16, less: u16| {
        ((171 * u32::from(more) + 85 * u32::from(less) + (1 << 15)) >> 16) as u8
    };
    for ([left, right], [a, b, c]) in
        out.as_chunks_mut::<2>().0.iter_mut().zip(row.as_chunks::<3>().0)
    {
        for ((((left, right), &a), &b), &c) in left.iter_mut().zip(right).zip(a).zip(b).zip(c) {
            (*left, *right) = (weighted(a, b), weighted(c, b));
        }
    }
}

fn any<const N: usize>(row: &[[u16; N]], out: &mut [[u8; N]], across: &Axis) {
    for (out, (first, weights)) in out.iter_mut().zip(across.taps()) {
        let mut sums = [1_u32 << 15; N];
        for (pixel, &weight) in row.get(first..).unwrap_or_default().iter().zip(weights) {
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(value) * u32::from(weight);
            }
        }
        *out = sums.map(|sum| (sum >> 16) as u8);
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::PixelFormat;
    use proptest::prelude::*;

    use super::*;
    use crate::conformance::synthetic;

    /// The mean over the area of each pixel, as the definition says it.
    fn naive(from: &[u8], (w, h): (usize, usize), (to_w, to_h): (usize, usize)) -> Vec<f64> {
        let cover = |pixel: usize, source: usize, from: usize, to: usize| {
            let (begin, end) = (
                pixel as f64 * from as f64 / to as f64,
                (pixel + 1) as f64 * from as f64 / to as f64,
            );
            (end.min((source + 1) as f64) - begin.max(source as f64)).max(0.0) * to as f64
                / from as f64
        };
        let mut out = Vec::new();
        for y in 0..to_h {
            for x in 0..to_w {
                let mut sum = 0.0;
                for sy in y * h / to_h..(((y + 1) * h).div_ceil(to_h)).min(h) {
                    for sx in x * w / to_w..(((x + 1) * w).div_ceil(to_w)).min(w) {
                        let value = f64::from(from[sy * w + sx]);
                        sum += value * cover(x, sx, w, to_w) * cover(y, sy, h, to_h);
                    }
                }
                out.push(sum);
            }
        }
        out
    }

    /// Every plane of one byte a pixel, with its size.
    fn planes(frame: &Frame) -> Vec<(Vec<u8>, (usize, usize))> {
        let whole = (frame.width() as usize, frame.height() as usize);
        let half = (whole.0.div_ceil(2), whole.1.div_ceil(2));
        match frame.planes() {
            Some([y, u, v]) => vec![(y.into(), whole), (u.into(), half), (v.into(), half)],
            None => (0..4)
                .map(|n| (frame.data().iter().skip(n).step_by(4).copied().collect(), whole))
                .collect(),
        }
    }

    fn check(format: PixelFormat, [width, height]: [u32; 2], [to_w, to_h]: [u32; 2], at: u32) {
        let frame = synthetic(format, width, height, at);
        let mut out = Frame::new(PixelFormat::I420, 2, 2);
        assert!(Scaler::new().scale(&frame, to_w, to_h, &mut out));
        assert_eq!((out.format(), out.width(), out.height()), (format, to_w, to_h));
        assert_eq!(out.meta, frame.meta);
        for ((from, size), (to, to_size)) in planes(&frame).into_iter().zip(planes(&out)) {
            for (got, wanted) in to.into_iter().zip(naive(&from, size, to_size)) {
                assert!((f64::from(got) - wanted).abs() <= 1.01, "{got} for {wanted}");
            }
        }
    }

    const FORMATS: [PixelFormat; 2] = [PixelFormat::I420, PixelFormat::Rgba8];

    #[test]
    fn the_ladder_s_ratios_are_means_over_areas() {
        for format in FORMATS {
            for to in [[192, 108], [128, 72], [96, 54], [64, 36], [48, 26], [32, 18]] {
                check(format, [192, 108], to, 3);
            }
        }
    }

    #[test]
    fn one_colour_stays_what_it_is() {
        for (value, format) in [0, 16, 127, 235, 255].into_iter().zip(FORMATS.into_iter().cycle()) {
            let mut frame = Frame::new(format, 90, 60);
            frame.data_mut().fill(value);
            for (width, height) in [(60, 40), (44, 30), (30, 20), (22, 14), (16, 16)] {
                let mut out = Frame::new(format, 2, 2);
                assert!(Scaler::new().scale(&frame, width, height, &mut out));
                assert!(out.data().iter().all(|&got| got == value), "{value} at {width}x{height}");
            }
        }
    }

    #[test]
    fn what_cannot_be_scaled_is_left_alone() {
        let mut out = Frame::new(PixelFormat::I420, 2, 2);
        assert!(!Scaler::new().scale(&Frame::new(PixelFormat::Rgba8, 0, 4), 2, 2, &mut out));
        assert!(!Scaler::new().scale(&Frame::new(PixelFormat::I420, 4, 4), 0, 2, &mut out));
        assert_eq!((out.width(), out.height()), (2, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_size_is_a_mean_over_areas(
            width in 2_u32..90, height in 2_u32..90, to_width in 1_u32..90, to_height in 1_u32..90, at in 0_u32..100
        ) {
            for format in FORMATS {
                check(format, [width, height], [to_width.min(width), to_height.min(height)], at);
            }
        }
    }
}
