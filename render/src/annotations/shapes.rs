//! Lines, areas, arrows and free-standing text.

use std::f64::consts::TAU;

use parfocal_scene::Shape;

use super::canvas::{Bounds, clip_area, clip_line, thin_out};
use super::drawing::{DOT, Drawing};
use super::labels;
use super::own::{Ellipse, Own};

/// Buffers.
#[derive(Default)]
pub(super) struct Room {
    seen: Vec<[f64; 3]>,
    outline: Vec<[f64; 2]>,
}

/// Draws an annotation that is in the slice.
pub(super) fn draw(drawing: &mut Drawing<'_>, slot: u32, shape: Shape, own: &Own, room: &mut Room) {
    let Room { seen, outline } = room;
    let vertices = drawing.index.vertices(slot);
    seen.clear();
    seen.extend(vertices.iter().filter_map(|at| drawing.sight.see(|axis| at.get(axis).copied())));
    match shape {
        Shape::Vector => {
            let (Some(start), Some(way)) = (vertices.get(0), vertices.get(1)) else { return };
            let tip = |axis: usize| Some(start.get(axis)? + way.get(axis)?);
            seen.truncate(1);
            seen.extend(drawing.sight.see(tip));
        }
        Shape::Ellipse => round(drawing, seen),
        _ => {}
    }
    let (near, front) = (drawing.sight.near(), drawing.sight.front());
    if seen.iter().all(|at| at[0] >= near) {
        part(drawing, slot, shape, own, seen, outline);
    } else if is_area(shape) {
        let seen = clip_area(std::mem::take(seen), front);
        part(drawing, slot, shape, own, &seen, outline);
    } else {
        clip_line(seen, front, |seen| part(drawing, slot, shape, own, seen, outline));
    }
}

const fn is_area(shape: Shape) -> bool {
    matches!(shape, Shape::Polygon | Shape::Rectangle | Shape::Ellipse)
}

/// Draws what is seen of an annotation in front of the eye. `outline` is a buffer.
fn part(
    drawing: &mut Drawing<'_>,
    slot: u32,
    shape: Shape,
    own: &Own,
    seen: &[[f64; 3]],
    outline: &mut Vec<[f64; 2]>,
) {
    outline.clear();
    outline.extend(seen.iter().map(|&at| drawing.sight.place(at)));
    let color = drawing.edge_color(own);
    match shape {
        Shape::Text => return labels::free(drawing, slot, color, outline),
        Shape::Vector => arrow(drawing, own, outline),
        Shape::Ellipse => {}
        _ => thin_out(outline),
    }
    let bounds = Bounds::of(outline);
    let width = drawing.edge_width(own);
    let closed = is_area(shape);
    let grown = bounds.grown(f64::from(width) / 2.0);
    if drawing.canvas.touches(grown.low, grown.high) {
        let face = own.face.unwrap_or(drawing.style.face);
        if bounds.side() < DOT {
            let middle = [0, 1].map(|d: usize| (bounds.low[d] + bounds.high[d]) / 2.0);
            let has_edge = color[3] > 0 && width > 0.0;
            drawing.dot(middle, if has_edge || !closed { color } else { face });
        } else {
            drawing.shape(outline, bounds, closed.then_some(face), (color, width));
        }
    }
    if own.written > 0 {
        labels::beside_shape(drawing, slot, color, outline, bounds);
    }
}

/// Turns the four corners of a box into places around the ellipse that fills it.
fn round(drawing: &Drawing<'_>, seen: &mut Vec<[f64; 3]>) {
    let &[a, b, c, d] = seen.as_slice() else { return };
    let nearest = seen.iter().map(|at| at[0]).fold(f64::INFINITY, f64::min);
    let scale = drawing.sight.scale(nearest.max(drawing.sight.near()));
    let along = [0, 1, 2].map(|i: usize| Ellipse::new([a[i], b[i], c[i], d[i]]));
    let [_, x, y] = along;
    let radius = x.across.hypot(y.across).max(x.down.hypot(y.down)) * scale;
    // A chord of n is off the circle by r π² / 2 n²: a twentieth of a pixel; at most 4096, which
    // holds a circle of 160,000 pixels to that, as far as anybody zooms in.
    let count = (10.0 * radius.sqrt()).clamp(12.0, 4096.0) as usize;
    seen.clear();
    seen.extend((0..count).map(|i| {
        let (sin, cos) = (TAU * i as f64 / count as f64).sin_cos();
        along.map(|along| along.middle + along.across * cos + along.down * sin)
    }));
}

/// Turns a start and a tip into an arrow, as one line: so it never covers itself twice.
fn arrow(drawing: &Drawing<'_>, own: &Own, outline: &mut Vec<[f64; 2]>) {
    let &[start, tip] = outline.as_slice() else { return };
    let way = [tip[0] - start[0], tip[1] - start[1]];
    let length = way[0].hypot(way[1]);
    let head = (4.0 + 2.5 * f64::from(drawing.edge_width(own))).min(0.45 * length);
    if head > 1.0 {
        // Both barbs lie 30° beside the way back.
        let (cos, sin) = (0.866, 0.5);
        let [x, y] = way.map(|v| v / length * head);
        outline.push([tip[0] - x * cos + y * sin, tip[1] - y * cos - x * sin]);
        outline.push(tip);
        outline.push([tip[0] - x * cos - y * sin, tip[1] - y * cos + x * sin]);
    }
}
