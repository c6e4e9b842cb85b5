//! What people paint with.

use super::PaintError;
use super::grid::Grid;
use crate::limits::MAX_AXIS_LEN;

/// What a stroke does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Writes the label along the path.
    Brush,
    /// Writes 0 along the path, where the label is; everywhere if the label is 0.
    Erase,
    /// Writes the label into what hangs together (edge to edge, not corner to corner) and has the
    /// same label at the path's first point.
    Fill,
}

/// One stroke, in index coordinates of the volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// What it does.
    pub tool: Tool,
    /// What is written, or erased.
    pub label: u32,
    /// Diameter of brush and eraser in voxels: painted is each voxel whose centre is no farther
    /// than half of it from the path, and the voxels that the path's points lie in.
    pub size: f64,
    /// Points, each with one coordinate for each axis; the brush goes straight between them.
    pub path: Vec<Vec<f64>>,
    /// The two axes that were displayed.
    pub displayed: [usize; 2],
    /// 2: a disc, in the displayed plane that the point lies in (points in different planes are not
    /// joined). More: a ball along that many of the last axes.
    pub dims: usize,
}

/// How much may be painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaintLimits {
    /// Points of one stroke: several minutes of drawing at sixty points a second.
    pub points: usize,
    /// Diameter of the brush in voxels: half of a large slice.
    pub brush: f64,
    /// Voxels of one stroke: a slice of 4096 × 4096.
    pub voxels: usize,
    /// Chunks of one stroke: as many voxels, in four times as many places.
    pub chunks: usize,
    /// Compressed bytes of a volume: some hundred times what people paint by hand.
    pub bytes: usize,
}

impl Default for PaintLimits {
    fn default() -> Self {
        let voxels = 1 << 24;
        Self { points: 10_000, brush: 1024.0, voxels, chunks: 1024, bytes: 512 << 20 }
    }
}

/// Coordinates beyond this are nonsense, and would not be exact.
const FARTHEST: f64 = 2.0 * MAX_AXIS_LEN as f64;

impl Stroke {
    /// Whether it can be painted in a volume of this grid.
    pub(super) fn check(&self, grid: &Grid, limits: &PaintLimits) -> Result<(), PaintError> {
        let axes = grid.axes();
        if self.path.is_empty() {
            return Err(PaintError::Stroke("it has no points"));
        }
        if self.path.len() > limits.points {
            let (points, limit) = (self.path.len(), limits.points);
            return Err(PaintError::TooManyPoints { points, limit });
        }
        if self.path.iter().any(|point| point.len() != axes) {
            return Err(PaintError::Stroke("its points must have one coordinate for each axis"));
        }
        // NaN is not within either.
        if !self.path.iter().flatten().all(|c| c.abs() <= FARTHEST) {
            return Err(PaintError::Stroke("its points must be numbers near the volume"));
        }
        let [first, second] = self.displayed;
        if first >= axes || second >= axes || first == second {
            return Err(PaintError::Stroke("the displayed axes must be two of the volume's"));
        }
        if !(2..=axes).contains(&self.dims) {
            return Err(PaintError::Stroke(
                "it must be painted along 2 axes or more, as there are",
            ));
        }
        if self.tool != Tool::Fill && !(self.size > 0.0 && self.size <= limits.brush) {
            return Err(PaintError::BrushSize { size: self.size, limit: limits.brush });
        }
        Ok(())
    }

    /// The axes along which it paints, rising.
    pub(super) fn axes(&self, axes: usize) -> Vec<usize> {
        if self.dims > 2 {
            return (axes - self.dims..axes).collect();
        }
        let [first, second] = self.displayed;
        vec![first.min(second), first.max(second)]
    }
}

/// The voxel that a coordinate lies in; may lie outside the volume.
pub(super) fn voxel(coordinate: f64) -> i64 {
    (coordinate + 0.5).floor() as i64
}

/// The voxel that a point lies in; `None` outside the volume.
pub(super) fn voxel_of(point: &[f64], shape: &[usize]) -> Option<Vec<usize>> {
    let axis = |(&c, &len): (&f64, &usize)| usize::try_from(voxel(c)).ok().filter(|&v| v < len);
    point.iter().zip(shape).map(axis).collect()
}
