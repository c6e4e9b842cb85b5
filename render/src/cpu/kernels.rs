//! Inner loops: flat slices, no branches, nothing that stops the vectoriser. `multiversion`
//! compiles each for AVX2 too; without contracted multiply-adds both versions round alike.

use multiversion::multiversion;

use super::lut::{LAST, LEN, NOTHING};
use super::paint::Pixel;

/// Places of samples, computed in f64.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn places<T: Copy + Into<f64>>(
    from: &[T],
    low: f64,
    scale: f64,
    most: f64,
    to: &mut [f32],
) {
    for (to, &sample) in to.iter_mut().zip(from) {
        *to = ((sample.into() - low) * scale).clamp(-most, most) as f32;
    }
}

/// Places of samples of 16 bits or fewer, computed in f32.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn places_single<T: Copy + Into<f32>>(from: &[T], low: f32, scale: f32, to: &mut [f32]) {
    for (to, &sample) in to.iter_mut().zip(from) {
        *to = (sample.into() - low) * scale;
    }
}

/// Mixes two rows, `share` of the lower one, and pairs each value with its distance to the next.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn mix(
    upper: &[f32],
    lower: &[f32],
    share: f32,
    row: &mut [f32],
    pairs: &mut [[f32; 2]],
) {
    for ((to, &a), &b) in row.iter_mut().zip(upper).zip(lower) {
        *to = a + (b - a) * share;
    }
    for ((to, &a), &b) in pairs.iter_mut().zip(&*row).zip(row.get(1..).unwrap_or_default()) {
        *to = [a, b - a];
    }
    if let (Some(to), Some(&last)) = (pairs.last_mut(), row.last()) {
        *to = [last, 0.0];
    }
}

/// Reads a row between its values: for each pixel `pairs[index]`, `weight` of the way to the next.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn between(pairs: &[[f32; 2]], index: &[u32], weight: &[f32], to: &mut [f32]) {
    for ((to, &i), &w) in to.iter_mut().zip(index).zip(weight) {
        let [value, slope] = pairs.get(i as usize).copied().unwrap_or_default();
        *to = value + slope * w;
    }
}

/// Rounds places to entries of a table; NaN becomes [`NOTHING`].
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn entries(places: &[f32], to: &mut [u16]) {
    /// Adding 2^23 leaves a float's whole part, rounded, in its lowest bits.
    const ROUND: f32 = 8_388_608.0;
    for (to, &place) in to.iter_mut().zip(places) {
        let low = if place > 0.0 { place } else { 0.0 };
        let kept = if low < LAST as f32 { low } else { LAST as f32 };
        let entry = (kept + ROUND).to_bits();
        let entry = if place.is_nan() { NOTHING as u32 } else { entry };
        *to = (entry & 0xFFFF) as u16;
    }
}

/// Colours of entries.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn colors(entries: &[u16], lut: &[Pixel; LEN], to: &mut [Pixel]) {
    for (to, &entry) in to.iter_mut().zip(entries) {
        *to = lut[usize::from(entry) & (LEN - 1)];
    }
}

/// For each pixel the texel colour at `index`.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn spread(texels: &[Pixel], index: &[u32], to: &mut [Pixel]) {
    for (to, &i) in to.iter_mut().zip(index) {
        *to = texels.get(i as usize).copied().unwrap_or_default();
    }
}

/// Replaces where `src` has a colour.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn replace(src: &[Pixel], dst: &mut [Pixel]) {
    for (dst, &src) in dst.iter_mut().zip(src) {
        let (s, d) = (u32::from_le_bytes(src), u32::from_le_bytes(*dst));
        // All ones where alpha, the top byte, is 255.
        let mask = 0_u32.wrapping_sub(s >> 31);
        *dst = ((d & !mask) | (s & mask)).to_le_bytes();
    }
}

/// Mixes `share` (of 65,536) of `src` in, where it has a colour.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn mix_in(src: &[Pixel], share: u32, dst: &mut [Pixel]) {
    for (dst, src) in dst.iter_mut().zip(src) {
        let share = if src[3] == 0 { 0 } else { share };
        for c in 0..4 {
            dst[c] = blend(u32::from(src[c]), u32::from(dst[c]), share);
        }
    }
}

/// Adds, up to white. A pixel without a colour is black.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn add(src: &[Pixel], dst: &mut [Pixel]) {
    for (dst, &src) in dst.as_flattened_mut().iter_mut().zip(src.as_flattened()) {
        *dst = dst.saturating_add(src);
    }
}

/// Mixes `share` of the smaller of both in. A pixel without a colour is white.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn minimum(src: &[Pixel], share: u32, dst: &mut [Pixel]) {
    for (dst, &src) in dst.as_flattened_mut().iter_mut().zip(src.as_flattened()) {
        *dst = blend(u32::from(src.min(*dst)), u32::from(*dst), share);
    }
}

#[inline(always)]
const fn blend(src: u32, dst: u32, share: u32) -> u8 {
    ((src * share + dst * (65_536 - share) + 32_768) >> 16) as u8
}
