//! Labels that people paint.

use parfocal_base::LayerId;
use serde::{Deserialize, Serialize};

/// A labels layer that people paint. Its voxels stay where they are when the scene's axes grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Painted {
    /// Voxels along each axis of the layer.
    pub shape: Vec<usize>,
    /// World units between voxels, along each axis.
    pub scale: Vec<f64>,
    /// World coordinate of the first voxel's centre, along each axis.
    pub translate: Vec<f64>,
    /// The next label that nobody has.
    pub next_label: u32,
}

impl Painted {
    /// Most voxels: they are counted in 64 bits with room for sums, and far more than anybody
    /// could paint; only those that are painted cost something.
    pub const MAX_VOXELS: u64 = 1 << 60;
}

/// What a brush does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaintTool {
    /// Writes the label along the path.
    Brush,
    /// Writes 0 along the path, where `label` is 0 or is what is there.
    Erase,
    /// Writes the label into what hangs together and has the same label at the path's first point.
    Fill,
}

/// A stroke, or a part of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paint {
    /// A painted labels layer.
    pub layer: LayerId,
    /// Parts of one stroke of one client have the same number, and are undone together.
    pub stroke: u32,
    /// What it does.
    pub tool: PaintTool,
    /// What is written.
    pub label: u32,
    /// Diameter of the brush in voxels (napari's `brush_size`): a disc, or a ball with `n_edit_dimensions` 3.
    pub brush_size: f64,
    /// The two scene axes that were displayed.
    pub displayed: [usize; 2],
    /// 2: in the slice of the path; else along that many last axes of the layer.
    pub n_edit_dimensions: usize,
    /// World coordinates, one for each axis of the layer; the brush goes straight between them.
    pub path: Vec<Vec<f64>>,
}
