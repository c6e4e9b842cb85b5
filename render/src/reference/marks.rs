//! Marks, straight from the definitions in [`marks`](crate::marks).

use std::sync::Arc;

use parfocal_scene::{Blending, Symbol};

use super::{Span, Tolerance, each};
use crate::draw_list::{Content, DrawLayer, DrawList};
use crate::marks::letters::Letters;
use crate::marks::{Color, Marks, Path, PathKind, Point, symbol};

/// Letters of every text of a list, layer by layer.
pub(super) fn letters(list: &DrawList) -> Vec<Vec<Arc<Letters>>> {
    let of_layer = |layer: &DrawLayer| match &layer.content {
        Content::Sampled(_) | Content::Volume(_) => Vec::new(),
        Content::Marks(marks) => {
            let draw = |text: &crate::marks::Text| Arc::new(Letters::new(&text.text, text.size));
            marks.texts.iter().map(draw).collect()
        }
    };
    list.layers.iter().map(of_layer).collect()
}

/// What the pixel at (y, x) shows after all of a layer's marks have joined it.
pub(super) fn pixel(
    layer: &DrawLayer,
    marks: &Marks,
    letters: &[Arc<Letters>],
    [y, x]: [u32; 2],
    mut below: Span,
    tolerance: Tolerance,
) -> Span {
    let at = [f64::from(x), f64::from(y)];
    let mut join = |parts: &[(Color, f64)]| {
        if parts.iter().any(|part| part.1 > 0.0) {
            below = joined(layer, parts, &below, tolerance);
        }
    };
    for path in &marks.paths {
        join(&[(path.color, path_coverage(marks, path, at))]);
    }
    for point in &marks.points {
        let [face, edge] = point_coverage(point, at);
        join(&[(point.face, face), (point.edge, edge)]);
    }
    for (text, letters) in marks.texts.iter().zip(letters) {
        let [left, top] = [0, 1].map(|d: usize| {
            let edge = [letters.left, letters.top][d];
            at[d] - f64::from(text.at[d].round()) - f64::from(edge)
        });
        if left < 0.0 || top < 0.0 || left >= letters.width as f64 {
            continue;
        }
        if let Some(pixel) = letters.pixels.get(top as usize * letters.width + left as usize) {
            let [ink, halo] = pixel.map(|c| f64::from(c) / 255.0);
            join(&[(text.color, ink), (text.halo, halo)]);
        }
    }
    below
}

fn joined(layer: &DrawLayer, parts: &[(Color, f64)], below: &Span, tolerance: Tolerance) -> Span {
    let channel = |c: usize, below: f64, slack: f64| {
        let mut sum = if layer.blending == Blending::Additive { 0.0 } else { below };
        for (color, coverage) in parts {
            let opaque = layer.blending == Blending::Opaque;
            let (source, alpha) = (f64::from(color[c]), f64::from(color[3]) / 255.0);
            let (source, full) = match opaque {
                true => ((source * layer.opacity).round(), if alpha > 0.0 { 1.0 } else { 0.0 }),
                false => (source, alpha * layer.opacity),
            };
            // How far the colour pulls the pixel where its share is 1.
            let pull = match layer.blending {
                Blending::Opaque | Blending::Translucent => source - below,
                Blending::Additive => source,
                Blending::Minimum => source.min(below) - below,
            };
            let share = full * coverage;
            if share > 0.0 {
                sum += share * pull + slack * pull.abs();
            }
        }
        let sum = if layer.blending == Blending::Additive { below + sum.round() } else { sum };
        sum.round().clamp(0.0, 255.0)
    };
    each(|c| {
        [channel(c, below.low[c], -tolerance.share), channel(c, below.high[c], tolerance.share)]
    })
}

fn path_coverage(marks: &Marks, path: &Path, at: [f64; 2]) -> f64 {
    let vertices: Vec<[f64; 3]> =
        marks.vertices_of(path).iter().map(|v| v.map(f64::from)).collect();
    let reach = match path.kind {
        PathKind::Fill => 0.0,
        PathKind::Stroke { width, .. } => f64::from(width) / 2.0 + 1.0,
    };
    let beside = |d: usize| {
        vertices.iter().all(|v| v[d] + reach < at[d])
            || vertices.iter().all(|v| v[d] - reach > at[d] + 1.0)
    };
    if vertices.is_empty() || beside(0) || beside(1) {
        return 0.0;
    }
    match path.kind {
        PathKind::Fill => {
            let winding = winding(vertices.iter().map(|v| [v[0], v[1]]).collect(), at);
            (winding - 2.0 * (winding / 2.0).round()).abs()
        }
        PathKind::Stroke { width, closed } => {
            let width = f64::from(width);
            let next = vertices.iter().cycle().skip(1);
            let last = if closed || vertices.len() == 1 { 0 } else { 1 };
            let segments = vertices.iter().zip(next).take(vertices.len() - last);
            let middle = at.map(|v| v + 0.5);
            let coverage = segments.map(|(a, b)| {
                let (distance, along) = to_segment(middle, [a[0], a[1]], [b[0], b[1]]);
                let part = (width / 2.0 + 0.5 - distance).min(width).clamp(0.0, 1.0);
                part * (a[2] + (b[2] - a[2]) * along)
            });
            coverage.fold(0.0, f64::max)
        }
    }
}

/// Mean winding number of a closed outline over the pixel at (x, y): the signed area of what the
/// pixel's four sides leave of it (I. Sutherland and G. Hodgman, 1974).
fn winding(mut outline: Vec<[f64; 2]>, at: [f64; 2]) -> f64 {
    for (d, side, inward) in [(0, 0.0, 1.0), (0, 1.0, -1.0), (1, 0.0, 1.0), (1, 1.0, -1.0)] {
        let inside = |p: &[f64; 2]| (p[d] - at[d] - side) * inward;
        let mut kept = Vec::new();
        for (i, &b) in outline.iter().enumerate() {
            let a = outline[(i + outline.len() - 1) % outline.len()];
            let (from, to) = (inside(&a), inside(&b));
            if (from < 0.0) != (to < 0.0) {
                let part = from / (from - to);
                kept.push([0, 1].map(|e: usize| a[e] + (b[e] - a[e]) * part));
            }
            if to >= 0.0 {
                kept.push(b);
            }
        }
        outline = kept;
    }
    let cross = |(i, b): (usize, &[f64; 2])| {
        let a = outline[(i + outline.len() - 1) % outline.len()];
        (a[0] - at[0]) * (b[1] - at[1]) - (b[0] - at[0]) * (a[1] - at[1])
    };
    outline.iter().enumerate().map(cross).sum::<f64>() / 2.0
}

/// Distance of `p` from the segment, and how far along it the nearest place is (0 to 1).
fn to_segment(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> (f64, f64) {
    let [ab, ap] = [[b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]];
    let squared = ab[0] * ab[0] + ab[1] * ab[1];
    let along = if squared > 0.0 { (ap[0] * ab[0] + ap[1] * ab[1]) / squared } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    ((ap[0] - ab[0] * along).hypot(ap[1] - ab[1] * along), along)
}

/// Of face and edge.
fn point_coverage(point: &Point, at: [f64; 2]) -> [f64; 2] {
    let middle = point.at.map(f64::from);
    if point.radius <= 0.0 {
        let here = (0..2).all(|d| middle[d].floor() == at[d]);
        let face = f64::from(Point::DOT_FACE);
        return if here { [face, 1.0 - face] } else { [0.0; 2] };
    }
    let from_middle = [0, 1].map(|d: usize| at[d] + 0.5 - middle[d]);
    let radius = f64::from(point.radius);
    if from_middle.iter().any(|v| v.abs() > radius + 0.5) {
        return [0.0; 2];
    }
    let distance = outline_distance(point.symbol, radius, from_middle);
    let all = (0.5 - distance).clamp(0.0, 1.0);
    let face = (0.5 - distance - f64::from(point.edge_width)).clamp(0.0, 1.0);
    [face, all - face]
}

/// Distance from a symbol's outline, negative inside.
fn outline_distance(form: Symbol, radius: f64, p: [f64; 2]) -> f64 {
    let length = p[0].hypot(p[1]);
    let ring = f64::from(symbol::RING) * radius;
    match form {
        Symbol::Disc => return length - radius,
        Symbol::Ring => return (length - radius).max(ring - length),
        _ => {}
    }
    let corners: Vec<_> =
        symbol::outline(form).iter().map(|c| c.map(|v| f64::from(v) * radius)).collect();
    let next = corners.iter().cycle().skip(1);
    let edges: Vec<_> = corners.iter().zip(next).collect();
    let near = edges.iter().map(|(a, b)| to_segment(p, **a, **b).0).fold(f64::INFINITY, f64::min);
    let crossed = edges.iter().filter(|(a, b)| {
        (a[1] > p[1]) != (b[1] > p[1])
            && p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    if crossed.count() % 2 == 1 { -near } else { near }
}
