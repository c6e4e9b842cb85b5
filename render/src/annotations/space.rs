//! Points in a view of three axes: balls of their own size, which nothing hides.

use std::array::from_fn;

use parfocal_scene::{Camera3d, Layer, View};

use super::drawing::Drawing;
use super::labels;

/// Draws the points of a layer, the farthest first. A layer that does not run along the depth axis
/// lies at the camera's center.
pub(super) fn draw(drawing: &mut Drawing<'_>, layer: &Layer, view: &View, camera: &Camera3d) {
    let everywhere = [[f64::NEG_INFINITY, f64::INFINITY]; 2];
    let slots = drawing.index.within(drawing.slice.shown, everywhere);
    let depth = layer.source.axes.iter().position(|axis| *axis == Some(camera.depth));
    let [vertical, horizontal] = drawing.slice.shown;
    let axes = [depth, Some(vertical), Some(horizontal)];
    let far = camera.distance(view.canvas[1]);
    let mut seen = Vec::with_capacity(slots.len());
    for slot in slots {
        let Some((own, extents)) = drawing.index.look(slot) else { continue };
        if !drawing.slice.holds(extents) {
            continue;
        }
        let along = |d: usize| {
            let extent = axes.get(d).copied().flatten().and_then(|axis| extents.get(axis));
            extent.map_or(camera.center[d], |[low, _]| *low)
        };
        let Some([x, y, behind]) = camera.project(view.canvas, from_fn(along)) else { continue };
        let shrunk = far.map_or(1.0, |far| far / (far + behind));
        let radius = f64::from(own.size.unwrap_or(drawing.style.size)) / 2.0;
        seen.push((behind, slot, [x, y], radius * camera.zoom * shrunk));
    }
    seen.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, slot, at, radius) in seen {
        let Some((own, _)) = drawing.index.look(slot) else { continue };
        let colors = drawing.point_colors(own);
        let symbol = own.symbol.unwrap_or(drawing.style.symbol);
        drawing.point(at, radius, drawing.edge_width(own), colors, symbol);
        if own.written > 0 {
            labels::beside_point(drawing, slot, colors[1], at, radius);
        }
    }
}
