//! Strokes: the largest coverage of all segments is gathered in a mask, which then joins at once.

#![allow(clippy::needless_range_loop, reason = "as in `blend`")]

use std::ops::Range;

use multiversion::multiversion;

use super::blend::{Band, LANES, Lanes, Palette, greater, lesser, pixel, place, shares, unit};
use super::mask::Mask;
use crate::marks::Color;

/// Paints a line along `vertices` (x, y, weight).
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn paint(
    vertices: &[[f32; 3]],
    width: f32,
    closed: bool,
    (color, palette): (Color, Palette),
    mask: &mut Mask,
    band: &mut Band<'_>,
) {
    let ink = palette.ink(color);
    mask.begin(band.width, band.height);
    let [Some(&first), Some(&last)] = [vertices.first(), vertices.last()] else { return };
    let mut before = if closed { last } else { first };
    // Where it is closed, the first step leads from the last vertex to the first; else it has no
    // length, and only later steps count. A lone vertex is a dot.
    let skipped = usize::from(!closed && vertices.len() > 1);
    for &vertex in vertices.iter().skip(skipped) {
        segment(before, vertex, width, mask, band);
        before = vertex;
    }
    for row in 0..band.height {
        let (cover, used) = mask.take(row);
        let mut x = used.start;
        while x < used.end {
            if let Some(lanes) = cover.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                let part = shares(*lanes, ink);
                *lanes = [0.0; LANES];
                if part != [0; LANES] {
                    band.join([x, row], palette.join, [ink], [part]);
                }
            }
            x += LANES;
        }
    }
}

/// Gathers the coverage of the segment from `a` to `b`.
#[inline(always)]
fn segment(a: [f32; 3], b: [f32; 3], width: f32, mask: &mut Mask, band: &Band<'_>) {
    let half = width / 2.0;
    let reach = half + 0.5;
    let first = band.first as f32;
    let (ax, ay, by) = (a[0], a[1] - first, b[1] - first);
    // Rows and columns whose middles are nearer than `reach`.
    let top = pixel(lesser(ay, by) - half);
    let bottom = (pixel(greater(ay, by) + half) + 1).min(band.height);
    if top >= bottom {
        return;
    }
    let [dx, dy, dw] = [b[0] - a[0], by - ay, b[2] - a[2]];
    let squared = dx * dx + dy * dy;
    let over = if squared > 0.0 { 1.0 / squared } else { 0.0 };
    // Along a nearly level segment every part is near the same rows.
    let per_row = if dy.abs() > 1e-3 { 1.0 / dy } else { 0.0 };
    let pixels =
        |from: f32, to: f32| pixel(ax + from - half)..(pixel(ax + to + half) + 1).min(band.width);
    let all = pixels(lesser(dx, 0.0), greater(dx, 0.0));
    // Looking at a few pixels too many is quicker than finding out which are near a row.
    let narrow = all.end <= all.start + 2 * LANES;
    for row in top..bottom {
        let py = place(row) + 0.5 - ay;
        let mut near = all.clone();
        if !narrow {
            let Some([from, to]) = part_near(per_row, py, reach) else { continue };
            let [from, to] = [from * dx, to * dx];
            near = pixels(lesser(from, to), greater(from, to));
        }
        let Range { start: left, end: right } = near;
        if left >= right {
            continue;
        }
        // Whole blocks: what is beyond `right` has no coverage, or is beyond the picture.
        let right = left + (right - left).next_multiple_of(LANES);
        let cover = mask.widen(row, left..right);
        let mut x = left;
        while x < right {
            let mut near: Lanes<f32> = [0.0; LANES];
            let start = place(x) + 0.5 - ax;
            for lane in 0..LANES {
                let px = start + lane as f32;
                let along = unit((px * dx + py * dy) * over);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let distance = (ex * ex + ey * ey).sqrt();
                let part = unit(lesser(reach - distance, width));
                near[lane] = part * (a[2] + along * dw);
            }
            if let Some(lanes) = cover.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                // Not in place: a store that depends on a comparison is not vectorised.
                let mut most = *lanes;
                for lane in 0..LANES {
                    most[lane] = greater(near[lane], most[lane]);
                }
                *lanes = most;
            }
            x += LANES;
        }
    }
}

/// From which to which share of its length a segment, of which `per_row` is in a row, is nearer
/// than `reach` to the row at height `py` from its start: a little more than that, never less.
#[inline(always)]
fn part_near(per_row: f32, py: f32, reach: f32) -> Option<[f32; 2]> {
    if per_row == 0.0 {
        return Some([0.0, 1.0]);
    }
    let [s, t] = [(py - reach) * per_row, (py + reach) * per_row];
    let (from, to) = (greater(lesser(s, t), 0.0), lesser(greater(s, t), 1.0));
    (from <= to).then_some([from, to])
}
