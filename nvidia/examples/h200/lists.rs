//! What is painted: an image over the whole canvas, another one at each place.

use parfocal_base::DType;
use parfocal_render::conformance::waves;
use parfocal_render::draw_list::{AxisMap, Content, DrawLayer, Paint, Patch, Sampled, Transfer};
use parfocal_render::{DrawList, colormap};
use parfocal_scene::Blending;

use super::Result;

/// Texels of a tile on each side.
const TILE: usize = 256;
/// Texels of a pixel, so that none falls on a boundary.
const STEP: f64 = 0.61;
/// Texels between two places.
const APART: f64 = 7.0;

/// An image on that canvas, moved a little for each `at`.
pub(super) fn list(canvas: [u32; 2], at: usize) -> Result<DrawList> {
    let origin = 3.3 + (at % 8) as f64 * APART;
    let tiles = |side: u32| ((f64::from(side) * STEP + 64.0) / TILE as f64).ceil() as usize;
    let [rows, columns] = [tiles(canvas[1]), tiles(canvas[0])];
    let transfer = Transfer {
        table: colormap("viridis").ok_or("no such colormap")?,
        limits: [0.0, 200.0],
        gamma: 0.8,
        linear: true,
    };
    let patch = Patch {
        pixels: [0..canvas[1], 0..canvas[0]],
        plane: 0,
        map: [AxisMap { origin, step: STEP }; 2],
        texels: [0..rows * TILE, 0..columns * TILE],
    };
    let content = Content::Sampled(Sampled {
        paint: Paint::Image(transfer),
        planes: vec![waves(DType::U8, TILE, [rows, columns])],
        patches: vec![patch],
    });
    let layer = DrawLayer { opacity: 1.0, blending: Blending::Opaque, content };
    let (background, overlays) = ([0; 3], Vec::new());
    Ok(DrawList { canvas, background, layers: vec![layer], overlays, complete: true })
}
