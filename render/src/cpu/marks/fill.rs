//! Areas: each edge leaves in each row what it changes of the covered area, and a running sum
//! along the row gives the exact coverage of every pixel (the method of FreeType's smooth
//! rasteriser and of R. Levien's `font-rs`).

#![allow(clippy::needless_range_loop, reason = "as in `blend`")]

use multiversion::multiversion;

use super::blend::{Band, LANES, Palette, greater, lesser, pixel, place, shares};
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
    mask.begin(band.width, band.height);
    let Some(last) = vertices.last() else { return };
    let first = band.first as f32;
    let size = [band.width as f32, band.height as f32];
    let mut before = [last[0], last[1] - first];
    for vertex in vertices {
        let vertex = [vertex[0], vertex[1] - first];
        edge(before, vertex, size, mask);
        before = vertex;
    }
    for row in 0..band.height {
        let (changes, used) = mask.take(row);
        let mut sum = 0.0;
        let mut x = used.start;
        while x < used.end {
            if let Some(lanes) = changes.get_mut(x..).and_then(|c| c.first_chunk_mut::<LANES>()) {
                let mut coverage = [0.0; LANES];
                for lane in 0..LANES {
                    sum += lanes[lane];
                    coverage[lane] = sum;
                }
                *lanes = [0.0; LANES];
                for lane in 0..LANES {
                    coverage[lane] = even_odd(coverage[lane]);
                }
                let part = shares(coverage, ink);
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
    /// Adding and taking away 1.5 · 2^23 rounds: there a float's steps are 1.
    const ROUND: f32 = 12_582_912.0;
    (winding - 2.0 * (winding * 0.5 + ROUND - ROUND)).abs()
}

/// Leaves what the edge from `a` to `b` changes, in the picture of this `size`.
#[inline(always)]
fn edge(a: [f32; 2], b: [f32; 2], size: [f32; 2], mask: &mut Mask) {
    let (upper, lower, sign) = if a[1] < b[1] { (a, b, 1.0) } else { (b, a, -1.0) };
    let (top, bottom) = (greater(upper[1], 0.0), lesser(lower[1], size[1]));
    if top >= bottom {
        return;
    }
    let slope = (lower[0] - upper[0]) / (lower[1] - upper[1]);
    let (low, high) = (lesser(a[0], b[0]), greater(a[0], b[0]));
    let at = |y: f32| lesser(greater(upper[0] + (y - upper[1]) * slope, low), high);
    let is_within = low >= 0.0 && high <= size[0];
    let (mut y, mut x) = (top, at(top));
    for row in pixel(top)..pixel(bottom.ceil()) {
        let next = lesser(place(row + 1), bottom);
        let next_x = at(next);
        let (ends, height) = ([lesser(x, next_x), greater(x, next_x)], (next - y) * sign);
        if is_within {
            sloping(row, ends, height, mask);
        } else {
            cut(row, ends, height, size[0], mask);
        }
        (y, x) = (next, next_x);
    }
}

/// Leaves what a piece of an edge within one row changes, which goes from `left` to `right` and
/// spans `height` of it. What is beyond the picture's sides counts as upright there.
#[inline(always)]
fn cut(row: usize, [left, right]: [f32; 2], height: f32, width: f32, mask: &mut Mask) {
    if left >= width {
        // It changes nothing within, and the row's sum holds to the end.
        mask.widen(row, width as usize..width as usize + 1);
    } else if right <= 0.0 {
        sloping(row, [0.0; 2], height, mask);
    } else if left < 0.0 || right > width {
        let share = |from: f32, to: f32| greater(to - from, 0.0) / (right - left) * height;
        let seen = [greater(left, 0.0), lesser(right, width)];
        sloping(row, [0.0; 2], share(left, 0.0), mask);
        sloping(row, seen, share(seen[0], seen[1]), mask);
    } else {
        sloping(row, [left, right], height, mask);
    }
}

/// Of a piece within the picture.
#[inline(always)]
fn sloping(row: usize, [left, right]: [f32; 2], height: f32, mask: &mut Mask) {
    let start = pixel(left);
    let first = place(start);
    if right <= first + 1.0 {
        let changes = mask.widen(row, start..start + 2);
        if let Some([here, next]) = changes.get_mut(start..).and_then(|c| c.first_chunk_mut()) {
            let beside = height * ((left + right) * 0.5 - first);
            *here += height - beside;
            *next += beside;
        }
        return;
    }
    let end = pixel(right.ceil());
    let changes = mask.widen(row, start..end + 1);
    let mut add = |at: usize, value: f32| {
        if let Some(change) = changes.get_mut(at) {
            *change += value;
        }
    };
    // The covered part of a pixel grows with the square of the way through the first one, then
    // evenly, then with the square of what is left in the last.
    let rate = height / (right - left);
    let covered = |x: f32| 0.5 * rate * (x - left) * (x - left);
    let mut before = 0.0;
    let mut last = 0.0;
    for at in start..end {
        let edge = place(at + 1);
        let area =
            if edge >= right { covered(right) + height * (edge - right) } else { covered(edge) };
        let here = area - before;
        add(at, here - last);
        (before, last) = (area, here);
    }
    add(end, height - last);
}
