//! Annotations, as operations: `bins` sorts them into tiles of the canvas, `paths` finds the tiles
//! of areas and lines; a shader paints each tile, mark after mark.

mod bins;
mod paths;

use std::sync::Arc;

use parfocal_render::draw_list::DrawLayer;
use parfocal_render::marks::letters::Letters;
use parfocal_render::marks::{Marks, Point, Text, symbol};
use parfocal_scene::{Blending, Symbol};

use crate::batch::{Batch, Kind, MAX_WORDS};
use crate::error::GlError;
use crate::memory::{Key, Memory};
pub(crate) use bins::Scratch;
use bins::{Bins, Region};

const POINT: u32 = 2;
const TEXT: u32 = 3;
/// Numbers of an operation's parameters.
const PARAMS: usize = 8;

/// Adds the operations of a layer on a canvas (width, height).
pub(crate) fn paint(
    layer: &DrawLayer,
    marks: &Marks,
    canvas: [u32; 2],
    batch: &mut Batch,
    memory: &mut Memory,
) -> Result<(), GlError> {
    batch.layer();
    paint_region(layer, marks, &Region::of_canvas(canvas), batch, memory)
}

/// In parts, where the device cannot be told all at once.
fn paint_region(
    layer: &DrawLayer,
    marks: &Marks,
    region: &Region,
    batch: &mut Batch,
    memory: &mut Memory,
) -> Result<(), GlError> {
    if marks.is_empty() || try_paint(layer, marks, region, batch, memory)? {
        return Ok(());
    }
    if !batch.is_empty() {
        batch.send(memory)?;
        if try_paint(layer, marks, region, batch, memory)? {
            return Ok(());
        }
    }
    let halves = region.halves().ok_or(GlError::TooMuch("annotations in one place"))?;
    halves.iter().try_for_each(|half| paint_region(layer, marks, half, batch, memory))
}

/// `false` where there is no room.
fn try_paint(
    layer: &DrawLayer,
    marks: &Marks,
    region: &Region,
    batch: &mut Batch,
    memory: &mut Memory,
) -> Result<bool, GlError> {
    let limit = MAX_WORDS.saturating_sub(batch.words() + PARAMS);
    let mut scratch = std::mem::take(&mut batch.scratch);
    let done =
        with_bins(layer, marks, Bins::new(region.clone(), limit, &mut scratch), batch, memory);
    batch.scratch = scratch;
    done
}

fn with_bins(
    layer: &DrawLayer,
    marks: &Marks,
    mut bins: Bins<'_>,
    batch: &mut Batch,
    memory: &mut Memory,
) -> Result<bool, GlError> {
    let outlines = Outlines::new(&mut bins);
    for path in &marks.paths {
        paths::put(marks, path, &mut bins);
        if bins.is_full() {
            return Ok(false);
        }
    }
    for point in &marks.points {
        put_point(point, &outlines, &mut bins);
        if bins.is_full() {
            return Ok(false);
        }
    }
    for text in &marks.texts {
        if !put_text(text, &mut bins, memory)? || bins.is_full() {
            return Ok(false);
        }
    }
    if bins.is_empty() {
        return Ok(true);
    }
    let [starts, items] = batch.add_with(|words| bins.sorted(words));
    let records = batch.add(bins.records.iter().copied());
    let region = bins.region();
    let across = u32::try_from(region.tiles[1].len()).unwrap_or(0);
    let [left, top] = region.corner();
    let blending = match layer.blending {
        Blending::Opaque => 0,
        Blending::Translucent => 1,
        Blending::Additive => 2,
        Blending::Minimum => 3,
    };
    let opacity = (layer.opacity.clamp(0.0, 1.0) as f32).to_bits();
    let params: [u32; PARAMS] = [left, top, across, starts, items, records, blending, opacity];
    batch.op(Kind::Marks, region.size(), params);
    Ok(true)
}

/// Where the outlines of symbols are: at the beginning of the records, behind the share that the
/// face has of a point of one pixel.
struct Outlines(Vec<(Symbol, [u32; 2])>);

impl Outlines {
    fn new(bins: &mut Bins<'_>) -> Self {
        bins.record([Point::DOT_FACE.to_bits()]);
        Self(Symbol::ALL.map(|form| (form, Self::put(form, bins))).into())
    }

    /// Where it is, and of how many corners; 0 for a disc, 1 for a ring.
    fn put(form: Symbol, bins: &mut Bins<'_>) -> [u32; 2] {
        let corners = symbol::outline(form);
        match form {
            Symbol::Disc => [0, 0],
            Symbol::Ring => [bins.record([symbol::RING.to_bits()]), 1],
            _ => {
                let words = corners.iter().flat_map(|corner| corner.map(f32::to_bits));
                [bins.record(words), u32::try_from(corners.len()).unwrap_or(0)]
            }
        }
    }

    fn of(&self, form: Symbol) -> [u32; 2] {
        self.0.iter().find(|(known, _)| *known == form).map_or([0; 2], |(_, place)| *place)
    }
}

fn put_point(point: &Point, outlines: &Outlines, bins: &mut Bins<'_>) {
    let reach = if point.radius > 0.0 { point.radius + 0.5 } else { 0.0 };
    let [columns, rows] = [0, 1]
        .map(|d: usize| bins.region().touched(1 - d, point.at[d] - reach, point.at[d] + reach));
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    let [x, y] = point.at.map(f32::to_bits);
    let [face, edge] = [point.face, point.edge].map(u32::from_le_bytes);
    let [form, corners] = outlines.of(point.symbol);
    let (radius, edge_width) = (point.radius.to_bits(), point.edge_width.to_bits());
    let record = bins.record_all(&[x, y, radius, edge_width, face, edge, form, corners]);
    for row in rows {
        columns.clone().for_each(|column| bins.put(row, column, [POINT, record, 0]));
    }
}

/// `false` where the device has no room for its letters.
fn put_text(text: &Text, bins: &mut Bins<'_>, memory: &mut Memory) -> Result<bool, GlError> {
    let key = Key::Letters(Arc::clone(&text.text), text.size.to_bits());
    let place = match memory.find(&key) {
        Some(place) => Some(place),
        None => {
            let letters = Letters::new(&text.text, text.size);
            let number = |n: usize| u32::try_from(n).unwrap_or(0);
            let info = [
                letters.left.cast_unsigned(),
                letters.top.cast_unsigned(),
                number(letters.width),
                number(letters.height()),
            ];
            let bytes = letters.pixels.as_flattened();
            memory.put(&key, bytes.len(), info, None, |to| {
                to.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            })?
        }
    };
    let Some((start, [left, top, width, height])) = place else { return Ok(false) };
    // The casts saturate.
    let corner = |at: f32, edge: u32| (at.round() as i32).saturating_add(edge.cast_signed());
    let [left, top] = [corner(text.at[0], left), corner(text.at[1], top)];
    let touched =
        |d, from: i32, size: u32| bins.region().touched(d, from as f32, from as f32 + size as f32);
    let (columns, rows) = (touched(1, left, width), touched(0, top, height));
    if width == 0 || columns.is_empty() || rows.is_empty() {
        return Ok(true);
    }
    let [color, halo] = [text.color, text.halo].map(u32::from_le_bytes);
    let [left, top] = [left, top].map(i32::cast_unsigned);
    let record = bins.record([left, top, width, height, start, color, halo]);
    for row in rows {
        columns.clone().for_each(|column| bins.put(row, column, [TEXT, record, 0]));
    }
    Ok(true)
}
