//! Points: the many.

use super::drawing::Drawing;
use super::labels;
use crate::marks::Color;

/// Draws the points of a layer, which has nothing else.
pub(super) fn draw(drawing: &mut Drawing<'_>, slots: &[u32]) {
    drawing.marks.points.reserve(slots.len());
    let [vertical, horizontal] = drawing.slice.shown;
    for &slot in slots {
        let Some((own, extents)) = drawing.index.look(slot) else { continue };
        let style = &drawing.style;
        let radius = f64::from(own.size.unwrap_or(style.size)) / 2.0;
        let mut away = 0.0;
        if !drawing.slice.holds(extents) {
            let distance = || drawing.slice.distance(extents, radius);
            let Some(distance) = style.out_of_slice.then(distance).flatten() else { continue };
            away = distance;
        }
        let [Some(&[y, _]), Some(&[x, _])] = [extents.get(vertical), extents.get(horizontal)]
        else {
            continue;
        };
        let mut colors = drawing.point_colors(own);
        let symbol = own.symbol.unwrap_or(style.symbol);
        let edge_width = drawing.edge_width(own);
        let mut radius = radius * drawing.canvas.zoom;
        if away > 0.0 {
            // The section of a ball, fainter the farther away its middle is.
            radius *= (1.0 - away * away).sqrt();
            colors = colors.map(|color| fainter(color, 1.0 - away));
        }
        let at = drawing.canvas.place(y, x);
        let written = own.written > 0;
        drawing.point(at, radius, edge_width, colors, symbol);
        if written {
            labels::beside_point(drawing, slot, colors[1], at, radius);
        }
    }
}

fn fainter([r, g, b, a]: Color, by: f64) -> Color {
    [r, g, b, (f64::from(a) * by).round() as u8]
}
