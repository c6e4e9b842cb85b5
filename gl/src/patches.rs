//! Patches of images and labels, as operations.

use std::ops::Range;

use parfocal_render::draw_list::{DrawLayer, Paint, Patch, Plane, Sampled, Transfer};
use parfocal_scene::Blending;

use crate::batch::{Batch, Kind, MAX_WORDS};
use crate::bricks::Brick;
use crate::error::GlError;
use crate::lut::{self, Lut};
use crate::memory::Memory;
use crate::taps::{BRICK, Taps};

/// Place of a brick that is not there.
const MISSING: u32 = u32::MAX;
/// Numbers of a patch's operation.
const PARAMS: usize = 15;
const LINEAR: u32 = 1;
const LABELS: u32 = 2;

/// A layer with all that does not change from patch to patch.
struct Layer {
    /// Flags, join, share, low end of the limits (as the sum of two), places for each unit.
    params: [u32; 6],
    lut: Lut,
}

/// Adds the operations of a layer.
pub(crate) fn paint(
    layer: &DrawLayer,
    sampled: &Sampled,
    lut: Lut,
    batch: &mut Batch,
    memory: &mut Memory,
) -> Result<(), GlError> {
    let layer = Layer { params: params(layer, &sampled.paint), lut };
    batch.layer();
    for patch in &sampled.patches {
        let Some(plane) = sampled.planes.get(patch.plane) else { continue };
        let unreadable = patch.texels.iter().any(|t| t.is_empty()) || plane.tile.contains(&0);
        if !unreadable {
            layer.paint(patch, plane, &patch.pixels, batch, memory)?;
        }
    }
    Ok(())
}

fn params(layer: &DrawLayer, paint: &Paint) -> [u32; 6] {
    let share = (layer.opacity.clamp(0.0, 1.0) * 65_536.0).round() as u32;
    let join = join(layer.blending);
    match paint {
        Paint::Labels => [LABELS, join, share, 0, 0, 0],
        Paint::Image(transfer) => {
            let [high, low] = low_end(transfer).map(f32::to_bits);
            let scale = (f64::from(lut::LAST) / transfer.range()) as f32;
            [if transfer.linear { LINEAR } else { 0 }, join, share, high, low, scale.to_bits()]
        }
    }
}

/// How colours join what lies below; shaders know the numbers.
pub(crate) const fn join(blending: Blending) -> u32 {
    match blending {
        Blending::Opaque => 0,
        Blending::Translucent => 1,
        Blending::Additive => 2,
        Blending::Minimum => 3,
    }
}

/// The limit's low end as the sum of two floats; what one cannot hold counts as the largest.
fn low_end(transfer: &Transfer) -> [f32; 2] {
    const MOST: f64 = f32::MAX as f64;
    let low = transfer.limits[0].clamp(-MOST, MOST);
    let high = low as f32;
    [high, (low - f64::from(high)) as f32]
}

impl Layer {
    /// Paints the pixels (vertical, horizontal) of a patch; in parts, where the device cannot hold
    /// at once what they read.
    fn paint(
        &self,
        patch: &Patch,
        plane: &Plane,
        pixels: &[Range<u32>; 2],
        batch: &mut Batch,
        memory: &mut Memory,
    ) -> Result<(), GlError> {
        if pixels.iter().any(Range::is_empty)
            || self.try_paint(patch, plane, pixels, batch, memory)?
        {
            return Ok(());
        }
        if !batch.is_empty() {
            batch.send(memory)?;
            batch.layer();
            if self.try_paint(patch, plane, pixels, batch, memory)? {
                return Ok(());
            }
        }
        // Not even alone in the device's memory.
        let d = usize::from(pixels[1].len() > pixels[0].len());
        let middle = pixels[d].start + pixels[d].len().div_ceil(2) as u32;
        if middle == pixels[d].end {
            return Err(GlError::OutOfMemory);
        }
        for half in [pixels[d].start..middle, middle..pixels[d].end] {
            let mut part = pixels.clone();
            part[d] = half;
            self.paint(patch, plane, &part, batch, memory)?;
        }
        Ok(())
    }

    /// `false` where there is no room.
    fn try_paint(
        &self,
        patch: &Patch,
        plane: &Plane,
        pixels: &[Range<u32>; 2],
        batch: &mut Batch,
        memory: &mut Memory,
    ) -> Result<bool, GlError> {
        let [flags, join, share, high, low, scale] = self.params;
        let linear = flags & LINEAR != 0;
        let taps = |d: usize| {
            let texels = &patch.texels[d];
            Taps::new(pixels[d].clone(), patch.map[d], texels, plane.tile[d], linear)
        };
        let (Some(rows), Some(columns)) = (taps(0), taps(1)) else { return Ok(false) };
        let across = columns.bricks.len();
        let words = rows.pixels.len() + columns.pixels.len() + rows.bricks.len() * across * 4;
        if batch.words() + words + self.lut.len() + PARAMS > MAX_WORDS {
            return Ok(false);
        }
        let Some(bricks) = bricks(plane, &rows, &columns, flags & LABELS != 0, memory)? else {
            return Ok(false);
        };
        let lut = batch.add(self.lut.iter().copied());
        let columns = batch.add(columns.pixels);
        let rows = batch.add(rows.pixels);
        let bricks = batch.add(bricks);
        let [height, width] = [0, 1].map(|d| pixels[d].end - pixels[d].start);
        let params: [u32; PARAMS] = [
            pixels[1].start,
            pixels[0].start,
            width,
            height,
            columns,
            rows,
            bricks,
            u32::try_from(across).unwrap_or(0),
            lut,
            flags,
            join,
            share,
            high,
            low,
            scale,
        ];
        batch.op(Kind::Patch, [width, height], params);
        Ok(true)
    }
}

/// For each brick of a patch, row by row: where it begins, how many samples a row has, how they
/// lie, and how many there are. `None` where the device has no room for them.
fn bricks(
    plane: &Plane,
    rows: &Taps,
    columns: &Taps,
    labels: bool,
    memory: &mut Memory,
) -> Result<Option<Vec<u32>>, GlError> {
    let mut words = Vec::with_capacity(rows.bricks.len() * columns.bricks.len() * 4);
    for &[row, down] in &rows.bricks {
        for &[column, right] in &columns.bricks {
            let tile = plane.tile_at(row * plane.tile[0], column * plane.tile[1]);
            let Some((tile, _)) = tile else {
                words.extend([MISSING, 0, 0, 0]);
                continue;
            };
            let brick = Brick::new(tile, plane.tile, [down, right], labels);
            let Some((start, [pitch, kind, count, _])) = memory.brick(&brick)? else {
                return Ok(None);
            };
            words.extend(if count == 0 { [MISSING, 0, 0, 0] } else { [start, pitch, kind, count] });
        }
    }
    Ok(Some(words))
}

const _: () = assert!(BRICK * BRICK * 8 <= crate::staging::Staging::MOST);
