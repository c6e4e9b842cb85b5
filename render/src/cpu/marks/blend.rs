//! How a mark's colours join a band of the picture: eight pixels at a time, in shares of 256.
//!
//! Here and in the files that use this, loops over lanes count: the vectoriser takes those, whatever
//! else is or is not inlined.
#![allow(clippy::needless_range_loop, reason = "see above")]

use parfocal_scene::Blending;

use super::super::paint::Pixel;
use crate::marks::Color;

/// Pixels that are painted at once: eight of 32 bits fill an AVX register.
pub(super) const LANES: usize = 8;
/// Share of all of a pixel. With 256 a colour and its share fit into 16 bits, so that two channels
/// are multiplied at once; a share is off by a 512th at most, half a step of 8 bits.
const ALL: u32 = 256;

/// Shares or coverages of neighbouring pixels.
pub(super) type Lanes<T> = [T; LANES];

/// Rows of a picture, from row `first` on.
pub(super) struct Band<'a> {
    pub(super) pixels: &'a mut [Pixel],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) first: u32,
}

/// How colours join what lies below.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Mix,
    Add,
    Minimum,
}

/// How a layer's colours are used.
#[derive(Clone, Copy)]
pub(super) struct Palette {
    pub(super) join: Join,
    opaque: bool,
    opacity: f32,
}

/// A colour as it is painted: its pixel, and its share where it covers all of one.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pixel: u32,
    pub(super) share: f32,
}

impl Palette {
    pub(super) fn new(blending: Blending, opacity: f64) -> Self {
        let join = match blending {
            Blending::Opaque | Blending::Translucent => Join::Mix,
            Blending::Additive => Join::Add,
            Blending::Minimum => Join::Minimum,
        };
        let opacity = opacity.clamp(0.0, 1.0) as f32;
        Self { join, opaque: blending == Blending::Opaque, opacity }
    }

    #[inline(always)]
    pub(super) fn ink(self, color: Color) -> Ink {
        let [r, g, b, a] = color;
        let alpha = f32::from(a) * (ALL as f32 / 255.0);
        if self.opaque {
            let dark = |c: u8| (f32::from(c) * self.opacity + 0.5) as u8;
            let share = if a == 0 { 0.0 } else { ALL as f32 };
            return Ink { pixel: u32::from_le_bytes([dark(r), dark(g), dark(b), 255]), share };
        }
        // Alpha of the picture stays 255: it is mixed with itself, or nothing is added to it.
        let top = if self.join == Join::Add { 0 } else { 255 };
        Ink { pixel: u32::from_le_bytes([r, g, b, top]), share: alpha * self.opacity }
    }
}

impl Band<'_> {
    /// Joins the pixels from (`x`, `row`) on, as far as the row goes, with `inks`.
    #[inline(always)]
    pub(super) fn join<const N: usize>(
        &mut self,
        [x, row]: [usize; 2],
        join: Join,
        inks: [Ink; N],
        mut shares: [Lanes<u32>; N],
    ) {
        if x + LANES > self.width {
            for n in 0..N {
                for lane in self.width.saturating_sub(x)..LANES {
                    shares[n][lane] = 0;
                }
            }
        }
        let mut colors = [0; N];
        for n in 0..N {
            colors[n] = inks[n].pixel;
        }
        let rest = self.pixels.get_mut(row * self.width + x..).unwrap_or_default();
        if let Some(pixels) = rest.first_chunk_mut() {
            blend(join, pixels, colors, &shares);
        } else {
            let mut pixels = [[0; 4]; LANES];
            pixels.iter_mut().zip(&*rest).for_each(|(to, from)| *to = *from);
            blend(join, &mut pixels, colors, &shares);
            rest.iter_mut().zip(&pixels).for_each(|(to, from)| *to = *from);
        }
    }
}

/// The smaller one; unlike [`f32::min`] one instruction, which leaves it open what NaN gives.
#[inline(always)]
pub(super) fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The larger one.
#[inline(always)]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Kept within 0 and 1.
#[inline(always)]
pub(super) fn unit(a: f32) -> f32 {
    lesser(greater(a, 0.0), 1.0)
}

/// A place as the number of its pixel: 0 where that would be less. Casting to 32 bits saturates,
/// and takes a third of the time of casting to `usize`.
#[inline(always)]
pub(super) fn pixel(place: f32) -> usize {
    (place as i32).max(0) as usize
}

/// The number of a pixel as a place, likewise by way of 32 bits.
#[inline(always)]
pub(super) fn place(pixel: usize) -> f32 {
    pixel as i32 as f32
}

/// Coverages as shares. Two that make up all may be rounded to one too many; `blend` gives the
/// second only what the first has left.
#[inline(always)]
pub(super) fn shares(coverage: Lanes<f32>, ink: Ink) -> Lanes<u32> {
    /// Adding 2^23 leaves a float's whole part, rounded, in its lowest bits.
    const ROUND: f32 = 8_388_608.0;
    let mut shares = [0; LANES];
    for lane in 0..LANES {
        shares[lane] = (coverage[lane] * ink.share + ROUND).to_bits() & 0x1FF;
    }
    shares
}

#[inline(always)]
fn blend<const N: usize>(
    join: Join,
    pixels: &mut [Pixel; LANES],
    colors: [u32; N],
    shares: &[Lanes<u32>; N],
) {
    match join {
        Join::Mix => mix(pixels, colors, shares),
        Join::Add => add(pixels, colors, shares),
        Join::Minimum => minimum(pixels, colors, shares),
    }
}

/// Every second byte of a pixel: with room above each for a product.
const PAIR: u32 = 0x00FF_00FF;
const HALF: u32 = 0x0080_0080;

#[inline(always)]
fn mix<const N: usize>(pixels: &mut [Pixel; LANES], colors: [u32; N], shares: &[Lanes<u32>; N]) {
    for lane in 0..LANES {
        let below = u32::from_le_bytes(pixels[lane]);
        let mut rest = ALL;
        let (mut even, mut odd) = (HALF, HALF);
        for n in 0..N {
            let share = shares[n][lane].min(rest);
            rest -= share;
            even += (colors[n] & PAIR) * share;
            odd += ((colors[n] >> 8) & PAIR) * share;
        }
        even += (below & PAIR) * rest;
        odd += ((below >> 8) & PAIR) * rest;
        pixels[lane] = (((even >> 8) & PAIR) | (odd & !PAIR)).to_le_bytes();
    }
}

#[inline(always)]
fn add<const N: usize>(pixels: &mut [Pixel; LANES], colors: [u32; N], shares: &[Lanes<u32>; N]) {
    for lane in 0..LANES {
        let mut rest = ALL;
        let (mut even, mut odd) = (HALF, HALF);
        for n in 0..N {
            let share = shares[n][lane].min(rest);
            rest -= share;
            even += (colors[n] & PAIR) * share;
            odd += ((colors[n] >> 8) & PAIR) * share;
        }
        let above = (((even >> 8) & PAIR) | (odd & !PAIR)).to_le_bytes();
        for channel in 0..4 {
            pixels[lane][channel] = pixels[lane][channel].saturating_add(above[channel]);
        }
    }
}

#[inline(always)]
fn minimum<const N: usize>(
    pixels: &mut [Pixel; LANES],
    colors: [u32; N],
    shares: &[Lanes<u32>; N],
) {
    for lane in 0..LANES {
        for channel in 0..4 {
            let old = u32::from(pixels[lane][channel]);
            let mut rest = ALL;
            let mut sum = ALL / 2 + old * ALL;
            for n in 0..N {
                let share = shares[n][lane].min(rest);
                rest -= share;
                let lost = old - u32::from(colors[n].to_le_bytes()[channel]).min(old);
                sum -= lost * share;
            }
            pixels[lane][channel] = (sum >> 8) as u8;
        }
    }
}
