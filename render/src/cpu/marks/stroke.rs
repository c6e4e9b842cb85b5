//! Strokes: the largest coverage of all segments is gathered in a mask, which then joins at once.

use multiversion::multiversion;

use super::blend::{Band, LANES, Lanes, Palette, shares, until};
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
    mask.begin(band.width, band.height());
    let [Some(&first), Some(&last)] = [vertices.first(), vertices.last()] else { return };
    let mut before = if closed { last } else { first };
    // Where it is closed, the first step leads from the last vertex to the first; else it has no
    // length, and only later steps count. A lone vertex is a dot.
    let skipped = usize::from(!closed && vertices.len() > 1);
    for &vertex in vertices.iter().skip(skipped) {
        segment(before, vertex, width, mask, band);
        before = vertex;
    }
    for row in 0..band.height() {
        let (cover, used) = mask.take(row);
        let mut x = used.start;
        while x < used.end {
            if let Some(lanes) = cover.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                let part = shares(until(used.end - x, *lanes), ink);
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
    let (ax, ay) = (a[0], a[1] - band.first as f32);
    let [dx, dy, dw] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    let squared = dx * dx + dy * dy;
    let over = if squared > 0.0 { 1.0 / squared } else { 0.0 };
    let half = width / 2.0;
    let reach = half + 0.5;
    // The casts saturate: below 0 is 0.
    let top = (ay.min(ay + dy) - reach).floor() as usize;
    let bottom = ((ay.max(ay + dy) + reach).ceil() as usize).min(band.height());
    for row in top..bottom {
        let py = row as f32 + 0.5 - ay;
        let Some([left, right]) = columns(dx, dy, py, reach) else { continue };
        let left = (ax + left).floor() as usize;
        let right = ((ax + right).ceil() as usize).min(band.width);
        if left >= right {
            continue;
        }
        let cover = mask.widen(row, left..right);
        let mut x = left;
        while x < right {
            let mut near: Lanes<f32> = [0.0; LANES];
            for (lane, near) in near.iter_mut().enumerate() {
                let px = (x + lane) as f32 + 0.5 - ax;
                let along = ((px * dx + py * dy) * over).clamp(0.0, 1.0);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let distance = (ex * ex + ey * ey).sqrt();
                let part = (reach - distance).min(width).clamp(0.0, 1.0);
                *near = part * (a[2] + along * dw);
            }
            let near = until(right - x, near);
            if let Some(lanes) = cover.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                for (most, near) in lanes.iter_mut().zip(near) {
                    *most = if near > *most { near } else { *most };
                }
            }
            x += LANES;
        }
    }
}

/// Where, relative to its start, a segment along (`dx`, `dy`) is nearer than `reach` to the row at
/// height `py`: a little more than that, never less.
#[inline(always)]
fn columns(dx: f32, dy: f32, py: f32, reach: f32) -> Option<[f32; 2]> {
    let [mut from, mut to] = [0.0_f32, 1.0];
    // Along a nearly level segment every part is near the same rows.
    if dy.abs() > 1e-3 {
        let [s, t] = [(py - reach) / dy, (py + reach) / dy];
        (from, to) = (s.min(t).max(0.0), s.max(t).min(1.0));
        if from > to {
            return None;
        }
    }
    let [s, t] = [from * dx, to * dx];
    Some([s.min(t) - reach, s.max(t) + reach])
}
