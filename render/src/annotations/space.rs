//! Annotations in a view of three axes: nothing hides them but those in front of them.

use parfocal_scene::Shape;

use super::drawing::Drawing;
use super::labels;

/// Steps of a pixel by which one thing must be behind another to be drawn before it although it is
/// younger: what lies in one plane lies apart by rounding.
const STEPS: f64 = 1024.0;

/// Slots of a layer's annotations that are in the slice, or are tracks: the farthest first, and older
/// ones first where they are equally far.
pub(super) fn farthest_first(drawing: &Drawing<'_>) -> Vec<u32> {
    let everywhere = [[f64::NEG_INFINITY, f64::INFINITY]; 2];
    let behind = |slot: u32| {
        let (own, extents) = drawing.index.look(slot)?;
        if own.shape != Some(Shape::Track) && !drawing.slice.holds(extents) {
            return None;
        }
        let behind = match own.shape {
            // Symbols face the viewer: each is in a plane of its own.
            Some(Shape::Point) => drawing.sight.see(|axis| extents.get(axis).map(|at| at[0]))?[0],
            _ => drawing.sight.behind(extents),
        };
        Some(((behind * drawing.zoom * STEPS).round(), slot))
    };
    let slots = drawing.index.within(drawing.slice.shown, everywhere);
    let mut found: Vec<_> = slots.into_iter().filter_map(behind).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, slot)| slot).collect()
}

/// Draws the points of a layer: symbols that face the viewer, as large as a ball would be seen there.
pub(super) fn points(drawing: &mut Drawing<'_>, slots: &[u32]) {
    for &slot in slots {
        let Some((own, extents)) = drawing.index.look(slot) else { continue };
        let seen = drawing.sight.see(|axis| extents.get(axis).map(|[low, _]| *low));
        let Some(seen) = seen.filter(|seen| seen[0] >= drawing.sight.near()) else { continue };
        let at = drawing.sight.place(seen);
        let pixels = drawing.zoom * drawing.sight.scale(seen[0]);
        let radius = f64::from(own.size.unwrap_or(drawing.style.size)) / 2.0 * pixels;
        let colors = drawing.point_colors(own);
        let symbol = own.symbol.unwrap_or(drawing.style.symbol);
        let written = own.written > 0;
        drawing.point(at, radius, drawing.edge_width(own), colors, symbol);
        if written {
            labels::beside_point(drawing, slot, colors[1], at, radius);
        }
    }
}
