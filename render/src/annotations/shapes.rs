//! Lines, areas, arrows and free-standing text.

use std::f64::consts::TAU;

use parfocal_scene::Shape;

use super::canvas::{Bounds, thin_out};
use super::drawing::{DOT, Drawing};
use super::labels;
use super::own::{Ellipse, Own};
use super::vertices::Vertices;

/// Draws an annotation that is in the slice. `outline` is a buffer.
pub(super) fn draw(
    drawing: &mut Drawing<'_>,
    slot: u32,
    shape: Shape,
    own: &Own,
    outline: &mut Vec<[f64; 2]>,
) {
    let vertices = drawing.index.vertices(slot);
    let [vertical, horizontal] = drawing.slice.shown;
    outline.clear();
    for vertex in vertices.iter() {
        if let (Some(&y), Some(&x)) = (vertex.get(vertical), vertex.get(horizontal)) {
            outline.push(drawing.canvas.place(y, x));
        }
    }
    let color = drawing.edge_color(own);
    match shape {
        Shape::Text => return labels::free(drawing, slot, color, outline),
        Shape::Vector => arrow(drawing, vertices, own, outline),
        Shape::Ellipse => round(outline),
        _ => thin_out(outline),
    }
    let bounds = Bounds::of(outline);
    let width = drawing.edge_width(own);
    let closed = matches!(shape, Shape::Polygon | Shape::Rectangle | Shape::Ellipse);
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
fn round(outline: &mut Vec<[f64; 2]>) {
    let &[a, b, c, d] = outline.as_slice() else { return };
    let [x, y] = [0, 1].map(|i: usize| Ellipse::new([a[i], b[i], c[i], d[i]]));
    let radius = x.across.hypot(y.across).max(x.down.hypot(y.down));
    // A chord of n is off the circle by r π² / 2 n²: a twentieth of a pixel; at most 4096, which
    // holds a circle of 160,000 pixels to that, as far as anybody zooms in.
    let count = (10.0 * radius.sqrt()).clamp(12.0, 4096.0) as usize;
    outline.clear();
    outline.extend((0..count).map(|i| {
        let (sin, cos) = (TAU * i as f64 / count as f64).sin_cos();
        [x, y].map(|along| along.middle + along.across * cos + along.down * sin)
    }));
}

/// Turns a start and a way from it into an arrow, as one line: so it never covers itself twice.
fn arrow(drawing: &Drawing<'_>, vertices: Vertices<'_>, own: &Own, outline: &mut Vec<[f64; 2]>) {
    let [vertical, horizontal] = drawing.slice.shown;
    let (Some(&start), Some(way)) = (outline.first(), vertices.get(1)) else { return };
    let (Some(&dy), Some(&dx)) = (way.get(vertical), way.get(horizontal)) else { return };
    let way = [dx, dy].map(|v| v * drawing.canvas.zoom);
    let tip = [start[0] + way[0], start[1] + way[1]];
    let length = way[0].hypot(way[1]);
    outline.clear();
    outline.extend([start, tip]);
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
