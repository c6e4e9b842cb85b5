//! What one eye looks at.

use std::collections::BTreeMap;

use parfocal_base::LayerId;
use serde::{Deserialize, Serialize};

use super::{Camera3d, LayerChange};

/// A camera over a plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// World coordinates (vertical, horizontal displayed axis) at the middle of the canvas.
    pub center: [f64; 2],
    /// Canvas pixels per world unit; positive.
    pub zoom: f64,
}

/// A view: position in n-D space, displayed axes, camera, canvas, own looks of layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// World coordinate on each scene axis; those of displayed axes are not used.
    pub point: Vec<f64>,
    /// Scene axes shown (vertical, horizontal); different.
    pub displayed: [usize; 2],
    /// Where it looks while it shows two axes.
    pub camera: Camera,
    /// Where it looks while it shows three axes; the other camera then waits for its return to two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera3d: Option<Camera3d>,
    /// Width and height of the picture in pixels; even.
    pub canvas: [u32; 2],
    /// Looks that differ from the layer's own, by layer, newest change of each property.
    #[serde(default, deserialize_with = "super::by_layer::deserialize")]
    pub overrides: BTreeMap<LayerId, Vec<LayerChange>>,
}

impl View {
    /// Smallest and largest canvas side in pixels: below, a codec's macroblock; above, 4K.
    pub const CANVAS: [u32; 2] = [64, 4096];

    /// How many axes it shows: 2 or 3 (napari's name).
    pub const fn ndisplay(&self) -> u8 {
        if self.camera3d.is_some() { 3 } else { 2 }
    }

    /// World coordinates (vertical, horizontal) of the canvas point (`x`, `y`) in pixels from the
    /// top left corner of the picture.
    pub fn world_from_canvas(&self, x: f64, y: f64) -> [f64; 2] {
        let [w, h] = self.canvas.map(f64::from);
        let Camera { center, zoom } = self.camera;
        [center[0] + (y - h / 2.0) / zoom, center[1] + (x - w / 2.0) / zoom]
    }

    /// Canvas point (x, y) of world coordinates (vertical, horizontal).
    pub fn canvas_from_world(&self, world: [f64; 2]) -> [f64; 2] {
        let [w, h] = self.canvas.map(f64::from);
        let Camera { center, zoom } = self.camera;
        [(world[1] - center[1]) * zoom + w / 2.0, (world[0] - center[0]) * zoom + h / 2.0]
    }
}
