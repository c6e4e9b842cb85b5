//! Colour: RGBA ↔ I420 in BT.709, limited range.
//!
//! With R, G and B in [0, 255] as the screen shows them (gamma-coded, not linear):
//!
//! ```text
//! Y  = 16 + 219/255 · L          L = 0.2126 R + 0.7152 G + 0.0722 B
//! Cb = 128 + 224/255 · (B − L) / 1.8556
//! Cr = 128 + 224/255 · (R − L) / 1.5748
//! ```
//!
//! Each rounded to nearest. Chroma is computed from the mean of R, G and B over 2×2 pixels; at an
//! odd right or bottom edge the last column or row counts twice. The renderer that writes I420
//! itself follows the same formula. Fixed point with 16 fractional bits: the error before rounding
//! is below a hundredth of a step.

use multiversion::multiversion;
use parfocal_base::{Frame, PixelFormat};

/// 219/255 · (0.2126, 0.7152, 0.0722) in 16 bits, summing to 219/255 exactly enough that white is 235.
const Y: [i32; 3] = [11966, 40254, 4064];
/// Weights of R, G, B in Cb: −(0.2126, 0.7152, −0.9278) · 224/255 / 1.8556.
const CB: [i32; 3] = [-6596, -22189, 28785];
/// Weights of R, G, B in Cr: (0.7874, −0.7152, −0.0722) · 224/255 / 1.5748.
const CR: [i32; 3] = [28784, -26145, -2639];
/// 16 and 128 in 16 fractional bits, plus a half for rounding.
const Y_BASE: i32 = (16 << 16) + (1 << 15);
const C_BASE: i32 = (128 << 16) + (1 << 15);

/// 255/219, and the factors of (Cr, Cb) in R, G and B, in 16 fractional bits.
const FROM_Y: i32 = 76_309;
const R_FROM_CR: i32 = 117_489;
const G_FROM_CB: i32 = -13_975;
const G_FROM_CR: i32 = -34_925;
const B_FROM_CB: i32 = 138_438;

/// The frame as I420; a copy where it is that already. The description travels along.
pub fn to_i420(frame: &Frame) -> Frame {
    let mut out = Frame::new(PixelFormat::I420, frame.width(), frame.height());
    write_i420(frame, &mut out);
    out
}

/// The frame as RGBA; a copy where it is that already. The description travels along.
pub fn to_rgba(frame: &Frame) -> Frame {
    let mut out = Frame::new(PixelFormat::Rgba8, frame.width(), frame.height());
    write_rgba(frame, &mut out);
    out
}

/// [`to_i420`] into a frame that is used again; it is made anew where layout or size differ.
pub fn write_i420(frame: &Frame, out: &mut Frame) {
    fit(out, PixelFormat::I420, frame);
    match (frame.format(), frame.width() as usize, out.planes_mut()) {
        (PixelFormat::Rgba8, width @ 1.., Some(planes)) => {
            rgba_to_i420(frame.data(), width, planes);
        }
        _ => out.data_mut().copy_from_slice(frame.data()),
    }
}

/// [`to_rgba`] into a frame that is used again; it is made anew where layout or size differ.
pub fn write_rgba(frame: &Frame, out: &mut Frame) {
    fit(out, PixelFormat::Rgba8, frame);
    match (frame.planes(), frame.width() as usize) {
        (Some(planes), width @ 1..) => i420_to_rgba(planes, width, out.data_mut()),
        _ => out.data_mut().copy_from_slice(frame.data()),
    }
}

fn fit(out: &mut Frame, format: PixelFormat, like: &Frame) {
    let (width, height) = (like.width(), like.height());
    if (out.format(), out.width(), out.height()) != (format, width, height) {
        *out = Frame::new(format, width, height);
    }
    out.meta = like.meta;
}

fn rgba_to_i420(rgba: &[u8], width: usize, [ys, us, vs]: [&mut [u8]; 3]) {
    let (pixels, _) = rgba.as_chunks::<4>();
    let half = width.div_ceil(2);
    let rows = pixels.chunks(2 * width).zip(ys.chunks_mut(2 * width));
    for (((pair, ys), us), vs) in rows.zip(us.chunks_mut(half)).zip(vs.chunks_mut(half)) {
        luma_row(pair, ys);
        let (top, bottom) = pair.split_at(width);
        chroma_row(top, if bottom.is_empty() { top } else { bottom }, us, vs);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn luma_row(pixels: &[[u8; 4]], ys: &mut [u8]) {
    for (y, &pixel) in ys.iter_mut().zip(pixels) {
        let p = u32::from_le_bytes(pixel);
        let rgb = [p & 0xff, p >> 8 & 0xff, p >> 16 & 0xff].map(|c| c as i32);
        *y = ((weigh(Y, rgb) + Y_BASE) >> 16) as u8;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn chroma_row(top: &[[u8; 4]], bottom: &[[u8; 4]], us: &mut [u8], vs: &mut [u8]) {
    let ((tops, top_odd), (bottoms, bottom_odd)) = (top.as_chunks::<2>(), bottom.as_chunks::<2>());
    for (((t, b), u), v) in tops.iter().zip(bottoms).zip(us.iter_mut()).zip(vs.iter_mut()) {
        [*u, *v] = chroma([t[0], t[1], b[0], b[1]]);
    }
    if let ([t], [b], Some(u), Some(v)) = (top_odd, bottom_odd, us.last_mut(), vs.last_mut()) {
        [*u, *v] = chroma([*t, *t, *b, *b]);
    }
}

/// A channel from 16 fractional bits.
#[inline(always)]
fn channel(value: i32) -> u32 {
    (value >> 16).clamp(0, 255) as u32
}

/// Cb and Cr of the mean of four pixels.
#[inline(always)]
fn chroma(pixels: [[u8; 4]; 4]) -> [u8; 2] {
    let words = pixels.map(u32::from_le_bytes);
    // Two channels a word, 16 bits each, which hold the sum of four bytes.
    let red_blue: u32 = words.iter().map(|p| p & 0x00ff_00ff).sum();
    let green: u32 = words.iter().map(|p| p >> 8 & 0xff).sum();
    let sums = [red_blue & 0xffff, green, red_blue >> 16].map(|sum| sum as i32);
    // Sums are four times the mean: two more fractional bits.
    [CB, CR].map(|weights| ((weigh(weights, sums) + (C_BASE << 2)) >> 18) as u8)
}

#[inline(always)]
fn weigh(weights: [i32; 3], rgb: [i32; 3]) -> i32 {
    weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2]
}

fn i420_to_rgba([ys, us, vs]: [&[u8]; 3], width: usize, out: &mut [u8]) {
    let half = width.div_ceil(2);
    let (pixels, _) = out.as_chunks_mut::<4>();
    let rows = pixels.chunks_mut(2 * width).zip(ys.chunks(2 * width));
    for (((pair, ys), us), vs) in rows.zip(us.chunks(half)).zip(vs.chunks(half)) {
        for (pixels, ys) in pair.chunks_mut(width).zip(ys.chunks(width)) {
            rgba_row(pixels, ys, us, vs);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn rgba_row(pixels: &mut [[u8; 4]], ys: &[u8], us: &[u8], vs: &[u8]) {
    let (pairs, odd) = pixels.as_chunks_mut::<2>();
    let (luma, odd_luma) = ys.as_chunks::<2>();
    for (((pair, &[left, right]), &u), &v) in pairs.iter_mut().zip(luma).zip(us).zip(vs) {
        *pair = [rgba(left, u, v), rgba(right, u, v)];
    }
    if let ([pixel], [y], Some(&u), Some(&v)) = (odd, odd_luma, us.last(), vs.last()) {
        *pixel = rgba(*y, u, v);
    }
}

#[inline(always)]
fn rgba(y: u8, u: u8, v: u8) -> [u8; 4] {
    let base = (i32::from(y) - 16) * FROM_Y + (1 << 15);
    let (cb, cr) = (i32::from(u) - 128, i32::from(v) - 128);
    let r = channel(base + cr * R_FROM_CR);
    let g = channel(base + cb * G_FROM_CB + cr * G_FROM_CR);
    let b = channel(base + cb * B_FROM_CB);
    (r | g << 8 | b << 16 | 0xff00_0000).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(width: u32, height: u32, data: &[u8]) -> Frame {
        let mut frame = Frame::new(PixelFormat::Rgba8, width, height);
        frame.data_mut().copy_from_slice(data);
        frame
    }

    /// The formula of the module's documentation, in floating point.
    fn exact([r, g, b]: [f64; 3]) -> [f64; 3] {
        let l = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let c = 224.0 / 255.0;
        [16.0 + 219.0 / 255.0 * l, 128.0 + c * (b - l) / 1.8556, 128.0 + c * (r - l) / 1.5748]
    }

    #[test]
    fn white_black_and_grey_have_no_colour_and_full_reach() {
        for (grey, luma) in [(0, 16), (255, 235), (128, 126)] {
            let picture = frame(2, 2, &[grey, grey, grey, 255].repeat(4));
            assert_eq!(to_i420(&picture).data(), [luma, luma, luma, luma, 128, 128]);
        }
    }

    #[test]
    fn odd_edges_count_twice() {
        let picture = frame(3, 1, &[0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0, 255]);
        let red = frame(2, 2, &[255, 0, 0, 255].repeat(4));
        let (odd, even) = (to_i420(&picture), to_i420(&red));
        assert_eq!(odd.planes().unwrap()[2], [128, even.planes().unwrap()[2][0]]);
    }

    #[test]
    fn empty_frames_are_no_trouble() {
        for (width, height) in [(0, 0), (0, 3), (3, 0)] {
            let empty = Frame::new(PixelFormat::Rgba8, width, height);
            assert_eq!(to_rgba(&to_i420(&empty)).data(), [0_u8; 0]);
        }
    }

    proptest! {
        #[test]
        fn every_colour_is_within_one_step_of_the_formula(rgb in any::<[u8; 3]>()) {
            let [r, g, b] = rgb;
            let picture = frame(2, 2, &[r, g, b, 255].repeat(4));
            let data = to_i420(&picture).data().to_vec();
            for (got, want) in [data[0], data[4], data[5]].into_iter().zip(exact(rgb.map(f64::from))) {
                prop_assert!((f64::from(got) - want).abs() < 0.51, "{got} for {want}");
            }
        }

        #[test]
        fn a_flat_colour_comes_back_within_three_steps(rgb in any::<[u8; 3]>()) {
            let [r, g, b] = rgb;
            let picture = frame(3, 3, &[r, g, b, 255].repeat(9));
            let back = to_rgba(&to_i420(&picture));
            for (got, want) in back.data().iter().zip(picture.data()) {
                prop_assert!(got.abs_diff(*want) <= 3, "{got} for {want}");
            }
        }
    }
}
