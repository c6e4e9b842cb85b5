//! RGB to I420 by ITU-R BT.709, limited range, in 16-bit fixed point.

use multiversion::multiversion;

use super::paint::Pixel;

/// 219/255 · (0.2126, 0.7152, 0.0722) · 2^16; the sum is that of white.
const Y: [i32; 3] = [11_966, 40_255, 4064];
/// 224/255 · (−0.2126, −0.7152, 0.9278) / 1.8556 · 2^16; the sum is 0, so that greys stay grey.
const U: [i32; 3] = [-6596, -22_188, 28_784];
/// 224/255 · (0.7874, −0.7152, −0.0722) / 1.5748 · 2^16.
const V: [i32; 3] = [28_784, -26_145, -2639];

/// Converts rows of `width` pixels; the first row is an even one of the picture.
pub(super) fn convert(pixels: &[Pixel], width: usize, y: &mut [u8], u: &mut [u8], v: &mut [u8]) {
    luma(pixels, y);
    let half = width.div_ceil(2);
    let planes = u.chunks_exact_mut(half).zip(v.chunks_exact_mut(half));
    for (rows, (u, v)) in pixels.chunks(width * 2).zip(planes) {
        let (upper, lower) = rows.split_at(width.min(rows.len()));
        // The last row of an odd height stands for both.
        let lower = if lower.is_empty() { upper } else { lower };
        chroma(upper, lower, u, v);
    }
}

#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
fn luma(pixels: &[Pixel], to: &mut [u8]) {
    for (to, p) in to.iter_mut().zip(pixels) {
        let [r, g, b] = [i32::from(p[0]), i32::from(p[1]), i32::from(p[2])];
        *to = ((Y[0] * r + Y[1] * g + Y[2] * b + (16 << 16) + (1 << 15)) >> 16) as u8;
    }
}

#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
fn chroma(upper: &[Pixel], lower: &[Pixel], u: &mut [u8], v: &mut [u8]) {
    let ((upper, upper_rest), (lower, lower_rest)) = (upper.as_chunks(), lower.as_chunks());
    for (((u, v), a), b) in u.iter_mut().zip(v.iter_mut()).zip(upper).zip(lower) {
        (*u, *v) = block(a, b);
    }
    if let (Some(&a), Some(&b)) = (upper_rest.first(), lower_rest.first()) {
        let last = block(&[a; 2], &[b; 2]);
        if let (Some(u), Some(v)) = (u.last_mut(), v.last_mut()) {
            (*u, *v) = last;
        }
    }
}

#[inline(always)]
fn block(upper: &[Pixel; 2], lower: &[Pixel; 2]) -> (u8, u8) {
    let sum = |c: usize| {
        let [a, b, d, e] = [upper[0][c], upper[1][c], lower[0][c], lower[1][c]].map(i32::from);
        a + b + d + e
    };
    let [r, g, b] = [sum(0), sum(1), sum(2)];
    let chroma =
        |k: [i32; 3]| ((k[0] * r + k[1] * g + k[2] * b + (128 << 18) + (1 << 17)) >> 18) as u8;
    (chroma(U), chroma(V))
}
