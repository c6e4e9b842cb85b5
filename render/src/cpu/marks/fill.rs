//! Areas: each edge leaves in each row what it changes of the covered area, and a running sum
//! along the row gives the exact coverage of every pixel (the method of FreeType's smooth
//! rasteriser and of R. Levien's `font-rs`).

use multiversion::multiversion;

use super::blend::{Band, LANES, Palette, shares, until};
use super::mask::Mask;
use crate::marks::Color;

/// Paints the area inside of `vertices`.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn paint(
    vertices: &[[f32; 3]],
    (color, palette): (Color, Palette),
    mask: &mut Mask,
    band: &mut Band<'_>,
) {
    let ink = palette.ink(color);
    mask.begin(band.width, band.height());
    let Some(last) = vertices.last() else { return };
    let place = |v: &[f32; 3]| [v[0], v[1] - band.first as f32];
    let size = [band.width as f32, band.height() as f32];
    let mut before = place(last);
    for vertex in vertices {
        let vertex = place(vertex);
        edge(before, vertex, size, mask);
        before = vertex;
    }
    for row in 0..band.height() {
        let (changes, used) = mask.take(row);
        let end = used.end.min(band.width);
        let mut sum = 0.0;
        let mut x = used.start;
        while x < used.end {
            if let Some(lanes) = changes.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                let mut winding = [0.0; LANES];
                for (to, change) in winding.iter_mut().zip(&mut *lanes) {
                    sum += *change;
                    *to = sum;
                }
                *lanes = [0.0; LANES];
                let part = shares(until(end.saturating_sub(x), winding.map(even_odd)), ink);
                if part != [0; LANES] {
                    band.join([x, row], palette.join, [ink], [part]);
                }
            }
            x += LANES;
        }
    }
}

/// Distance from the nearest even number.
#[inline(always)]
fn even_odd(winding: f32) -> f32 {
    (winding - 2.0 * (winding * 0.5).round_ties_even()).abs()
}

/// Leaves what the edge from `a` to `b` changes, in the picture of this `size`.
#[inline(always)]
fn edge(a: [f32; 2], b: [f32; 2], size: [f32; 2], mask: &mut Mask) {
    if a[1] == b[1] {
        return;
    }
    let (upper, lower, sign) = if a[1] < b[1] { (a, b, 1.0) } else { (b, a, -1.0) };
    let slope = (lower[0] - upper[0]) / (lower[1] - upper[1]);
    let at = |y: f32| {
        // The ends exactly, so that edges that meet there fit together.
        if y <= upper[1] {
            upper[0]
        } else if y >= lower[1] {
            lower[0]
        } else {
            upper[0] + (y - upper[1]) * slope
        }
    };
    let (top, bottom) = (upper[1].max(0.0), lower[1].min(size[1]));
    let mut y = top;
    let mut x = at(top);
    while y < bottom {
        let row = y.floor();
        let next = (row + 1.0).min(bottom);
        let next_x = at(next);
        piece(row as usize, [x, next_x], (next - y) * sign, size[0], mask);
        (y, x) = (next, next_x);
    }
}

/// Leaves what a piece of an edge within one row changes, which goes from `x[0]` to `x[1]` and
/// spans `height` of it. Beyond the picture's sides it counts as upright there.
#[inline(always)]
fn piece(row: usize, x: [f32; 2], height: f32, width: f32, mask: &mut Mask) {
    let (left, right) = (x[0].min(x[1]), x[0].max(x[1]));
    if right <= 0.0 {
        upright(row, 0.0, height, mask);
    } else if left >= width {
        // It changes nothing within, and the row's sum holds to the end.
        mask.widen(row, width as usize..width as usize + 1);
    } else if left < 0.0 || right > width {
        let part = |from: f32, to: f32| (to - from).max(0.0) / (right - left) * height;
        upright(row, 0.0, part(left, right.min(0.0)), mask);
        sloping(
            row,
            [left.max(0.0), right.min(width)],
            part(left.max(0.0), right.min(width)),
            mask,
        );
    } else {
        sloping(row, [left, right], height, mask);
    }
}

#[inline(always)]
fn upright(row: usize, x: f32, height: f32, mask: &mut Mask) {
    sloping(row, [x, x], height, mask);
}

/// Of a piece from `left` to `right`, both within the picture.
#[inline(always)]
fn sloping(row: usize, [left, right]: [f32; 2], height: f32, mask: &mut Mask) {
    let (first, start) = (left.floor(), left as usize);
    let end = right.ceil() as usize;
    let changes = mask.widen(row, start..end.max(start + 1) + 1);
    let mut add = |at: usize, value: f32| {
        if let Some(change) = changes.get_mut(at) {
            *change += value;
        }
    };
    if end <= start + 1 {
        let beside = height * ((left + right) * 0.5 - first);
        add(start, height - beside);
        add(start + 1, beside);
        return;
    }
    // The covered part of a pixel grows with the square of the way through the first one, then
    // evenly, then with the square of what is left in the last.
    let rate = height / (right - left);
    let covered = |x: f32| 0.5 * rate * (x - left) * (x - left);
    let mut before = 0.0;
    let mut last = 0.0;
    for at in start..end {
        let edge = (at + 1) as f32;
        let area =
            if edge >= right { covered(right) + height * (edge - right) } else { covered(edge) };
        let here = area - before;
        add(at, here - last);
        (before, last) = (area, here);
    }
    add(end, height - last);
}
