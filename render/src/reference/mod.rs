//! The draw list painted slowly and obviously: one pixel at a time, in f64, straight from the
//! definitions in [`draw_list`](crate::draw_list) and [`marks`](crate::marks). What a fast painter makes is held against it.

mod marks;
mod volume;

use std::sync::Arc;

use parfocal_base::{Frame, PixelFormat};
use parfocal_scene::Blending;

use crate::draw_list::{
    AxisMap, Content, DrawLayer, DrawList, Paint, Patch, Plane, Sampled, Transfer,
};
use crate::labels::{label_color, label_number};
use crate::marks::letters::Letters;
use crate::overlay::{Sprite, raster};
pub use volume::{NearlyAll, RAYS};

/// A colour known to lie between two colours; channels from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Not below this.
    pub low: [f64; 3],
    /// Not above this.
    pub high: [f64; 3],
}

/// How exact a painter is asked to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Of the normalised intensity t: the steps of a table of colours.
    pub step: f64,
    /// Relative to the largest normalised intensity that takes part, which may lie far outside
    /// 0 to 1: the rounding of single precision.
    pub relative: f64,
    /// Of the share that a mark's colour has in a pixel, where it has one.
    pub share: f64,
}

impl Tolerance {
    /// None: the defined colour itself.
    pub const EXACT: Self = Self { step: 0.0, relative: 0.0, share: 0.0 };
}

/// Paints the list exactly.
pub fn render(list: &DrawList, format: PixelFormat) -> Frame {
    let [width, height] = list.canvas;
    let spans = spans(list, Tolerance::EXACT);
    let mut frame = Frame::new(PixelFormat::Rgba8, width, height);
    for (bytes, span) in frame.data_mut().chunks_exact_mut(4).zip(&spans) {
        let [r, g, b] = span.low.map(|c| c as u8);
        bytes.copy_from_slice(&[r, g, b, 255]);
    }
    match format {
        PixelFormat::Rgba8 => frame,
        PixelFormat::I420 => to_i420(&frame),
    }
}

/// For each pixel, row by row: the colours that a painter within `tolerance` may show.
pub fn spans(list: &DrawList, tolerance: Tolerance) -> Vec<Span> {
    let drawn = Drawn { sprites: raster(&list.overlays), letters: marks::letters(list) };
    let [width, height] = list.canvas;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    pixels.map(|(y, x)| pixel(list, &drawn, [y, x], tolerance)).collect()
}

/// What is drawn once for all pixels.
struct Drawn {
    sprites: Vec<Sprite>,
    /// Of every text of every layer.
    letters: Vec<Vec<Arc<Letters>>>,
}

fn pixel(list: &DrawList, drawn: &Drawn, at: [u32; 2], tolerance: Tolerance) -> Span {
    let background = list.background.map(f64::from);
    let mut below = Span { low: background, high: background };
    for (layer, letters) in list.layers.iter().zip(&drawn.letters) {
        match &layer.content {
            Content::Sampled(sampled) => {
                if let Some(color) = layer_color(sampled, at, tolerance) {
                    below = blend(layer, &color, &below);
                }
            }
            // Without tolerance: where a ray meets a surface is not known to within a colour.
            Content::Volume(volume) => {
                let [low, high] = [below.low, below.high];
                let over = |below| volume::pixel(layer, volume, at, below);
                below = Span { low: over(low), high: over(high) };
            }
            Content::Marks(marks) => {
                below = marks::pixel(layer, marks, letters, at, below, tolerance);
            }
        }
    }
    for sprite in &drawn.sprites {
        let [y, x] = at;
        let Some((left, row)) = sprite.row(y) else { continue };
        let pixel = usize::try_from(i64::from(x) - i64::from(left)).ok().and_then(|i| row.get(i));
        if let Some(&[r, g, b, a]) = pixel {
            let alpha = f64::from(a) / 255.0;
            let over = |c: usize, below: f64| {
                (f64::from([r, g, b][c]) * alpha + below * (1.0 - alpha)).round()
            };
            below = each(|c| [over(c, below.low[c]), over(c, below.high[c])]);
        }
    }
    below
}

fn layer_color(layer: &Sampled, at: [u32; 2], tolerance: Tolerance) -> Option<Span> {
    let patch = layer.patches.iter().find(|p| (0..2).all(|d| p.pixels[d].contains(&at[d])))?;
    let plane = layer.planes.get(patch.plane)?;
    match &layer.paint {
        Paint::Labels => {
            let sample = nearest(patch, plane, at);
            let color = label_color(label_number(sample))?.map(f64::from);
            Some(Span { low: color, high: color })
        }
        Paint::Image(transfer) => image_color(transfer, patch, plane, at, tolerance),
    }
}

fn image_color(
    transfer: &Transfer,
    patch: &Patch,
    plane: &Plane,
    at: [u32; 2],
    tolerance: Tolerance,
) -> Option<Span> {
    let t = |sample: f64| {
        ((sample - transfer.limits[0]) / transfer.range()).clamp(-MAX_INTENSITY, MAX_INTENSITY)
    };
    let (value, largest) = if transfer.linear {
        let taps = four_taps(patch, plane, at).map(|(sample, weight)| (t(sample), weight));
        let mixed = taps.iter().map(|(t, weight)| t * weight).sum::<f64>();
        (mixed, taps.iter().map(|(t, _)| t.abs()).fold(0.0, f64::max))
    } else {
        let value = t(nearest(patch, plane, at));
        (value, value.abs())
    };
    if value.is_nan() {
        return None;
    }
    let offset = (transfer.limits[0] / transfer.range()).abs().min(MAX_INTENSITY);
    let slack = tolerance.step + tolerance.relative * (largest + offset + 1.0);
    Some(color_span(transfer, value - slack, value + slack))
}

/// Infinite samples count as very large ones, so that mixing them gives no NaN.
const MAX_INTENSITY: f64 = 1e26;

/// Darkest and brightest value of each channel for intensities from `low` to `high`.
fn color_span(transfer: &Transfer, low: f64, high: f64) -> Span {
    let place = |t: f64| t.clamp(0.0, 1.0).powf(transfer.gamma);
    let (low, high) = (place(low), place(high));
    // Between two entries of the table channels are monotonous: ends and entries hold the extremes.
    let last = (transfer.table.colors().len() - 1) as f64;
    let entries = ((low * last).ceil() as usize)..=((high * last).floor() as usize);
    let mut colors = vec![transfer.table.at(low), transfer.table.at(high)];
    colors.extend(entries.map(|i| transfer.table.at(i as f64 / last)));
    let of = |c: usize, pick: fn(f64, f64) -> f64| {
        colors.iter().map(|color| color[c]).fold(colors[0][c], pick)
    };
    each(|c| [of(c, f64::min), of(c, f64::max)])
}

fn nearest(patch: &Patch, plane: &Plane, at: [u32; 2]) -> f64 {
    let [v, u] = std::array::from_fn(|d| {
        let range = &patch.texels[d];
        let texel = (patch.map[d].at(at[d]) + 0.5).floor();
        texel.clamp(range.start as f64, (range.end - 1) as f64) as usize
    });
    plane.get(v, u).unwrap_or(0.0)
}

fn four_taps(patch: &Patch, plane: &Plane, at: [u32; 2]) -> [(f64, f64); 4] {
    let tap = |d: usize, map: AxisMap| {
        let (first, last) = (patch.texels[d].start as f64, (patch.texels[d].end - 1) as f64);
        let place = map.at(at[d]).clamp(first, last);
        let low = place.floor();
        [(low, 1.0 - (place - low)), ((low + 1.0).min(last), place - low)]
    };
    let (rows, cols) = (tap(0, patch.map[0]), tap(1, patch.map[1]));
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(r, c)| {
        let ((v, wv), (u, wu)) = (rows[r], cols[c]);
        (plane.get(v as usize, u as usize).unwrap_or(0.0), wv * wu)
    })
}

fn blend(layer: &DrawLayer, color: &Span, below: &Span) -> Span {
    let a = layer.opacity;
    // Each of these grows with both arguments, so the ends of spans give the ends of the result.
    let join = |src: f64, dst: f64| match layer.blending {
        Blending::Opaque => a * src,
        Blending::Translucent => a * src + (1.0 - a) * dst,
        Blending::Additive => dst + (a * src).round(),
        Blending::Minimum => a * src.min(dst) + (1.0 - a) * dst,
    };
    each(|c| {
        [join(color.low[c], below.low[c]), join(color.high[c], below.high[c])]
            .map(|v| v.round().clamp(0.0, 255.0))
    })
}

fn each(channel: impl Fn(usize) -> [f64; 2]) -> Span {
    let ends = [channel(0), channel(1), channel(2)];
    Span { low: ends.map(|e| e[0]), high: ends.map(|e| e[1]) }
}

/// An RGBA frame as I420: ITU-R BT.709 matrix, limited range; chroma is the mean of 2 × 2 pixels
/// (of those that exist at an odd edge).
pub fn to_i420(rgba: &Frame) -> Frame {
    let (width, height) = (rgba.width(), rgba.height());
    let (w, h) = (width as usize, height as usize);
    let mut out = Frame::new(PixelFormat::I420, width, height);
    let color = |y: usize, x: usize| -> [f64; 3] {
        let at = (y * w + x) * 4;
        std::array::from_fn(|c| rgba.data().get(at + c).copied().map_or(0.0, f64::from) / 255.0)
    };
    let luma = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let Some([luma_plane, u_plane, v_plane]) = out.planes_mut() else { return out };
    for (at, byte) in luma_plane.iter_mut().enumerate() {
        *byte = (16.0 + 219.0 * luma(color(at / w, at % w))).round() as u8;
    }
    let half = w.div_ceil(2);
    for (at, (u, v)) in u_plane.iter_mut().zip(v_plane).enumerate() {
        let (y, x) = (at / half * 2, at % half * 2);
        let block = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
        let there: Vec<_> = block.into_iter().filter(|&(y, x)| y < h && x < w).collect();
        let mean: [f64; 3] = std::array::from_fn(|c| {
            there.iter().map(|&(y, x)| color(y, x)[c]).sum::<f64>() / there.len() as f64
        });
        *u = (128.0 + 224.0 * (mean[2] - luma(mean)) / 1.8556).round() as u8;
        *v = (128.0 + 224.0 * (mean[0] - luma(mean)) / 1.5748).round() as u8;
    }
    out
}
