//! Patches painted row by row into a band.

use std::sync::Arc;

use parfocal_scene::Blending;

use super::columns::{Columns, nearest, tap};
use super::fetch::{self, Affine};
use super::{kernels, lut, marks, volume};
use crate::dense::DenseCache;
use crate::draw_list::{Content, DrawLayer, DrawList, Paint, Patch, Plane, Sampled};
use crate::overlay::Sprite;

/// Red, green, blue, alpha.
pub(super) type Pixel = [u8; 4];

/// What is painted, in this order.
pub(super) enum Part<'a> {
    Patch(Prepared<'a>),
    Marks(marks::Ready<'a>),
    Volume(volume::Ready<'a>),
}

/// A patch with all that does not change from row to row.
pub(super) struct Prepared<'a> {
    patch: &'a Patch,
    plane: &'a Plane,
    columns: Columns,
    source: Source,
    join: Join,
}

enum Source {
    Image {
        lut: Arc<lut::Lut>,
        affine: Affine,
        linear: bool,
    },
    /// Factor on colours, and the pixel of the background.
    Labels(f64, Pixel),
}

/// How a row of colours joins the picture; shares are of 65,536.
#[derive(Clone, Copy)]
enum Join {
    Replace,
    Mix(u32),
    Add,
    Minimum(u32),
}

/// Buffers of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    rows: [Vec<f32>; 2],
    /// Which texel row `rows` hold.
    held: [Option<usize>; 2],
    mixed: Vec<f32>,
    pairs: Vec<[f32; 2]>,
    places: Vec<f32>,
    entries: Vec<u16>,
    texels: Vec<Pixel>,
    colors: Vec<Pixel>,
    pub(super) mask: marks::Mask,
    pub(super) rays: volume::Row,
}

/// Prepares all parts of `list`, in the order of painting.
pub(super) fn prepare<'a>(
    list: &'a DrawList,
    luts: &mut lut::Cache,
    letters: &mut marks::Cache,
    volumes: &mut DenseCache,
) -> Vec<Part<'a>> {
    let mut out = Vec::new();
    letters.begin();
    for layer in &list.layers {
        match &layer.content {
            Content::Sampled(sampled) => patches(layer, sampled, luts, &mut out),
            Content::Volume(volume) => {
                let (blending, opacity) = (layer.blending, layer.opacity.clamp(0.0, 1.0));
                let ready = volume::Ready::new(volume, blending, opacity, volumes);
                out.push(Part::Volume(ready));
            }
            Content::Marks(marks) => {
                let (blending, height) = (layer.blending, list.canvas[1]);
                let ready = marks::Ready::new(marks, blending, layer.opacity, height, letters);
                out.push(Part::Marks(ready));
            }
        }
    }
    out
}

fn patches<'a>(
    layer: &DrawLayer,
    sampled: &'a Sampled,
    luts: &mut lut::Cache,
    out: &mut Vec<Part<'a>>,
) {
    let (source, join) = (source(layer, &sampled.paint, luts), join(layer));
    let linear = matches!(source, Source::Image { linear: true, .. });
    for patch in &sampled.patches {
        let Some(plane) = sampled.planes.get(patch.plane) else { continue };
        let empty = patch.texels.iter().any(|t| t.is_empty()) || plane.tile.contains(&0);
        if empty {
            continue;
        }
        let columns = Columns::new(patch, linear);
        out.push(Part::Patch(Prepared { patch, plane, columns, source: source.clone(), join }));
    }
}

impl Clone for Source {
    fn clone(&self) -> Self {
        match self {
            Self::Image { lut, affine, linear } => {
                Self::Image { lut: Arc::clone(lut), affine: *affine, linear: *linear }
            }
            Self::Labels(factor, nothing) => Self::Labels(*factor, *nothing),
        }
    }
}

fn source(layer: &DrawLayer, paint: &Paint, luts: &mut lut::Cache) -> Source {
    match paint {
        Paint::Image(transfer) => Source::Image {
            lut: luts.get(transfer, layer.blending, layer.opacity),
            affine: Affine::new(transfer),
            linear: transfer.linear,
        },
        Paint::Labels => match layer.blending {
            Blending::Opaque | Blending::Additive => Source::Labels(layer.opacity, [0; 4]),
            Blending::Translucent => Source::Labels(1.0, [0; 4]),
            Blending::Minimum => Source::Labels(1.0, [255; 4]),
        },
    }
}

fn join(layer: &DrawLayer) -> Join {
    let share = (layer.opacity.clamp(0.0, 1.0) * 65_536.0).round() as u32;
    match layer.blending {
        Blending::Opaque => Join::Replace,
        Blending::Translucent if share == 65_536 => Join::Replace,
        Blending::Translucent => Join::Mix(share),
        Blending::Additive => Join::Add,
        Blending::Minimum => Join::Minimum(share),
    }
}

impl Prepared<'_> {
    /// Paints the patch's share of a band whose first row is `first`.
    pub(super) fn paint(
        &self,
        first: u32,
        width: usize,
        band: &mut [Pixel],
        scratch: &mut Scratch,
    ) {
        let height = u32::try_from(band.len() / width.max(1)).unwrap_or(u32::MAX);
        let rows = &self.patch.pixels[0];
        let rows = rows.start.max(first)..rows.end.min(first.saturating_add(height));
        let cols = self.patch.pixels[1].start as usize..self.patch.pixels[1].end as usize;
        scratch.begin(self.columns.texels.len(), cols.len());
        let mut shown = None;
        for y in rows {
            let start = (y - first) as usize * width;
            let Some(dst) = band.get_mut(start + cols.start..start + cols.end) else { return };
            if let Source::Image { linear: true, .. } = self.source {
                self.linear_row(y, scratch);
            } else {
                let v = nearest(self.patch.map[0], y, &self.patch.texels[0]);
                // An enlarged row is the same as the one above.
                if shown != Some(v) {
                    self.nearest_row(v, scratch);
                    shown = Some(v);
                }
            }
            match self.join {
                Join::Replace => kernels::replace(&scratch.colors, dst),
                Join::Mix(share) => kernels::mix_in(&scratch.colors, share, dst),
                Join::Add => kernels::add(&scratch.colors, dst),
                Join::Minimum(share) => kernels::minimum(&scratch.colors, share, dst),
            }
        }
    }

    fn nearest_row(&self, v: usize, s: &mut Scratch) {
        match &self.source {
            Source::Image { lut, affine, .. } => {
                fetch::places(self.plane, v, &self.columns.texels, affine, &mut s.mixed);
                kernels::entries(&s.mixed, &mut s.entries);
                kernels::colors(&s.entries, lut, &mut s.texels);
            }
            Source::Labels(factor, nothing) => {
                let texels = &self.columns.texels;
                fetch::labels(self.plane, v, texels, *factor, *nothing, &mut s.texels);
            }
        }
        kernels::spread(&s.texels, &self.columns.index, &mut s.colors);
    }

    fn linear_row(&self, y: u32, s: &mut Scratch) {
        let Source::Image { lut, affine, .. } = &self.source else { return };
        let range = &self.patch.texels[0];
        let (v, share) = tap(self.patch.map[0], y, range);
        let below = (v + 1).min(range.end - 1);
        let (upper, lower) = (self.hold(v, below, affine, s), self.hold(below, v, affine, s));
        kernels::mix(&s.rows[upper], &s.rows[lower], share as f32, &mut s.mixed, &mut s.pairs);
        let (index, weight) = (&self.columns.index, &self.columns.weight);
        kernels::between(&s.pairs, index, weight, &mut s.places);
        kernels::entries(&s.places, &mut s.entries);
        kernels::colors(&s.entries, lut, &mut s.colors);
    }

    /// Which of the two held rows is texel row `v`; fetches it in place of the one that is not
    /// `keep`.
    fn hold(&self, v: usize, keep: usize, affine: &Affine, s: &mut Scratch) -> usize {
        if let Some(at) = s.held.iter().position(|&held| held == Some(v)) {
            return at;
        }
        let at = usize::from(s.held[0] == Some(keep));
        fetch::places(self.plane, v, &self.columns.texels, affine, &mut s.rows[at]);
        s.held[at] = Some(v);
        at
    }
}

impl Scratch {
    fn begin(&mut self, texels: usize, pixels: usize) {
        self.held = [None; 2];
        self.mixed.resize(texels, 0.0);
        self.pairs.resize(texels, [0.0; 2]);
        self.places.resize(pixels, 0.0);
        self.entries.resize(texels.max(pixels), 0);
        self.texels.resize(texels, [0; 4]);
        self.colors.resize(pixels, [0; 4]);
    }
}

/// Lays a sprite over its share of a band whose first row is `first`.
pub(super) fn overlay(sprite: &Sprite, first: u32, width: usize, band: &mut [Pixel]) {
    for (y, row) in (first..).zip(band.chunks_exact_mut(width.max(1))) {
        let Some((left, over)) = sprite.row(y) else { continue };
        let skip = usize::try_from(left.saturating_neg()).unwrap_or(0);
        let start = usize::try_from(left).unwrap_or(0);
        let below = row.get_mut(start..).unwrap_or_default();
        for (dst, &[r, g, b, a]) in below.iter_mut().zip(over.get(skip..).unwrap_or_default()) {
            let alpha = u32::from(a);
            for (dst, src) in dst.iter_mut().zip([r, g, b]) {
                let mixed = u32::from(src) * alpha + u32::from(*dst) * (255 - alpha);
                *dst = ((mixed + 127) / 255) as u8;
            }
        }
    }
}
