//! Points: the signed distance from a symbol's outline, for eight pixels at once.

use multiversion::multiversion;
use parfocal_scene::Symbol;

use super::blend::{Band, LANES, Lanes, Palette, shares, until};
use crate::marks::{Point, symbol};

/// Paints those of `points` that `which` names.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn paint(points: &[Point], which: &[u32], palette: Palette, band: &mut Band<'_>) {
    for &index in which {
        if let Some(point) = points.get(index as usize) {
            one(point, palette, band);
        }
    }
}

#[inline(always)]
fn one(point: &Point, palette: Palette, band: &mut Band<'_>) {
    let [face, edge] = [palette.ink(point.face), palette.ink(point.edge)];
    let size = [band.width, band.height()];
    let middle = [point.at[0], point.at[1] - band.first as f32];
    if point.radius <= 0.0 {
        let [x, row] = middle.map(f32::floor);
        if x >= 0.0 && row >= 0.0 && x < size[0] as f32 && row < size[1] as f32 {
            let one = |coverage| until(1, [coverage; LANES]);
            let parts =
                [shares(one(Point::DOT_FACE), face), shares(one(1.0 - Point::DOT_FACE), edge)];
            band.join([x as usize, row as usize], palette.join, [face, edge], parts);
        }
        return;
    }
    let reach = point.radius + 0.5;
    // The casts saturate: below 0 is 0.
    let [left, top] = [0, 1].map(|d: usize| (middle[d] - reach).floor() as usize);
    let [right, bottom] = [0, 1].map(|d: usize| ((middle[d] + reach).ceil() as usize).min(size[d]));
    let inner = 0.5 - point.edge_width.max(0.0);
    for row in top..bottom {
        let dy = row as f32 + 0.5 - middle[1];
        let mut x = left;
        while x < right {
            let mut dx = [0.0; LANES];
            for (lane, dx) in dx.iter_mut().enumerate() {
                *dx = (x + lane) as f32 + 0.5 - middle[0];
            }
            let distance = distance(point, dx, dy);
            let inside = distance.map(|s| (inner - s).clamp(0.0, 1.0));
            let mut around = distance.map(|s| (0.5 - s).clamp(0.0, 1.0));
            for (around, inside) in around.iter_mut().zip(&inside) {
                *around -= inside;
            }
            let end = right - x;
            let parts = [shares(until(end, inside), face), shares(until(end, around), edge)];
            band.join([x, row], palette.join, [face, edge], parts);
            x += LANES;
        }
    }
}

/// Distance of pixels from the outline, negative inside.
#[inline(always)]
fn distance(point: &Point, dx: Lanes<f32>, dy: f32) -> Lanes<f32> {
    let radius = point.radius;
    let length = |x: f32| (x * x + dy * dy).sqrt();
    match point.symbol {
        Symbol::Disc => dx.map(|x| length(x) - radius),
        Symbol::Ring => {
            let middle = (1.0 + symbol::RING) / 2.0 * radius;
            let half = (1.0 - symbol::RING) / 2.0 * radius;
            dx.map(|x| (length(x) - middle).abs() - half)
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
    let mut before = last.map(|c| c * radius);
    for corner in corners {
        let [cx, cy] = corner.map(|c| c * radius);
        let [ex, ey] = [before[0] - cx, before[1] - cy];
        let over = 1.0 / (ex * ex + ey * ey);
        let wy = dy - cy;
        let (above, below) = (dy >= cy, dy < before[1]);
        for lane in 0..LANES {
            let wx = dx[lane] - cx;
            let along = ((wx * ex + wy * ey) * over).clamp(0.0, 1.0);
            let (bx, by) = (wx - ex * along, wy - ey * along);
            squared[lane] = squared[lane].min(bx * bx + by * by);
            let left = ex * wy > ey * wx;
            let crosses = (above & below & left) | !(above | below | left);
            sign[lane] = if crosses { -sign[lane] } else { sign[lane] };
        }
        before = [cx, cy];
    }
    let mut distance = squared;
    for (distance, sign) in distance.iter_mut().zip(sign) {
        *distance = distance.sqrt() * sign;
    }
    distance
}
