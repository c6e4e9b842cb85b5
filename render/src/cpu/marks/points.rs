//! Points: the signed distance from a symbol's outline, for eight pixels at once.
#![allow(clippy::needless_range_loop, reason = "as in `blend`")]

use multiversion::multiversion;
use parfocal_scene::Symbol;

use super::blend::{Band, LANES, Lanes, Palette, lesser, pixel, place, shares, unit};
use crate::marks::{Point, symbol};

/// Paints points.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn paint(points: &[Point], palette: Palette, band: &mut Band<'_>) {
    for point in points {
        one(point, palette, band);
    }
}

#[inline(always)]
fn one(point: &Point, palette: Palette, band: &mut Band<'_>) {
    let [face, edge] = [palette.ink(point.face), palette.ink(point.edge)];
    let size = [band.width, band.height];
    let middle = [point.at[0], point.at[1] - band.first as f32];
    if point.radius <= 0.0 {
        let [x, row] = [middle[0].floor(), middle[1].floor()];
        if x >= 0.0 && row >= 0.0 && x < size[0] as f32 && row < size[1] as f32 {
            let [inside, around] = [Point::DOT_FACE, 1.0 - Point::DOT_FACE];
            let only = |coverage| [coverage, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            let (inside, around) = (shares(only(inside), face), shares(only(around), edge));
            band.join([x as usize, row as usize], palette.join, [face, edge], [inside, around]);
        }
        return;
    }
    // Pixels whose middles are nearer than half a pixel beyond the radius.
    let [left, top] = [pixel(middle[0] - point.radius), pixel(middle[1] - point.radius)];
    let right = (pixel(middle[0] + point.radius) + 1).min(size[0]);
    let bottom = (pixel(middle[1] + point.radius) + 1).min(size[1]);
    let inner = 0.5 - point.edge_width.max(0.0);
    for row in top..bottom {
        let dy = place(row) + 0.5 - middle[1];
        let mut x = left;
        while x < right {
            let start = place(x) + 0.5 - middle[0];
            let mut dx = [0.0; LANES];
            for lane in 0..LANES {
                dx[lane] = start + lane as f32;
            }
            let distance = distance(point, dx, dy);
            let (mut inside, mut around) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                inside[lane] = unit(inner - distance[lane]);
                around[lane] = unit(0.5 - distance[lane]) - inside[lane];
            }
            let parts = [shares(inside, face), shares(around, edge)];
            band.join([x, row], palette.join, [face, edge], parts);
            x += LANES;
        }
    }
}

/// Distance of pixels from the outline, negative inside.
#[inline(always)]
fn distance(point: &Point, dx: Lanes<f32>, dy: f32) -> Lanes<f32> {
    let radius = point.radius;
    let mut out = [0.0; LANES];
    for lane in 0..LANES {
        out[lane] = (dx[lane] * dx[lane] + dy * dy).sqrt();
    }
    match point.symbol {
        Symbol::Disc => {
            for lane in 0..LANES {
                out[lane] -= radius;
            }
            out
        }
        Symbol::Ring => {
            let middle = (1.0 + symbol::RING) / 2.0 * radius;
            let half = (1.0 - symbol::RING) / 2.0 * radius;
            for lane in 0..LANES {
                out[lane] = (out[lane] - middle).abs() - half;
            }
            out
        }
        other => polygon(symbol::outline(other), radius, dx, dy),
    }
}

/// From a polygon with corners at `corners` × `radius` (I. Quilez, "2D distance functions").
#[inline(always)]
fn polygon(corners: &[[f32; 2]], radius: f32, dx: Lanes<f32>, dy: f32) -> Lanes<f32> {
    let mut squared = [f32::INFINITY; LANES];
    let mut sign = [1.0; LANES];
    let Some(last) = corners.last() else { return squared };
    let mut before = [last[0] * radius, last[1] * radius];
    for corner in corners {
        let [cx, cy] = [corner[0] * radius, corner[1] * radius];
        let [ex, ey] = [before[0] - cx, before[1] - cy];
        let over = 1.0 / (ex * ex + ey * ey);
        let wy = dy - cy;
        let (above, below) = (dy >= cy, dy < before[1]);
        for lane in 0..LANES {
            let wx = dx[lane] - cx;
            let along = unit((wx * ex + wy * ey) * over);
            let (bx, by) = (wx - ex * along, wy - ey * along);
            squared[lane] = lesser(squared[lane], bx * bx + by * by);
            let left = ex * wy > ey * wx;
            let crosses = (above & below & left) | !(above | below | left);
            sign[lane] = if crosses { -sign[lane] } else { sign[lane] };
        }
        before = [cx, cy];
    }
    for lane in 0..LANES {
        squared[lane] = squared[lane].sqrt() * sign[lane];
    }
    squared
}
