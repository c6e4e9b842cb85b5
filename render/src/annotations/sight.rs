//! How a view sees the places of a layer: over a plane, or from a camera in space.

use parfocal_scene::{Layer, Projection, View};

use super::canvas::{Bounds, Canvas};

/// From world coordinates to the canvas, in two steps. What is *seen* is three numbers: how far behind
/// the others a place lies, then its x and y as they would be without perspective; what is straight
/// stays straight, and shares of a way stay what they are. `place` then puts it onto the canvas.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sight {
    Plane {
        canvas: Canvas,
        /// The layer's axes (vertical, horizontal).
        axes: [usize; 2],
    },
    Space {
        projection: Projection,
        /// The layer's axes (depth, vertical, horizontal). A layer that does not run along the depth
        /// axis lies at the camera's center.
        axes: [Option<usize>; 3],
        center: [f64; 3],
    },
}

impl Sight {
    /// Of a layer, two of whose axes are `shown` (vertical, horizontal).
    pub(super) fn new(layer: &Layer, view: &View, canvas: Canvas, shown: [usize; 2]) -> Self {
        let Some(camera) = &view.camera3d else { return Self::Plane { canvas, axes: shown } };
        let depth = layer.source.axes.iter().position(|axis| *axis == Some(camera.depth));
        Self::Space {
            projection: Projection::new(camera, view.canvas),
            axes: [depth, Some(shown[0]), Some(shown[1])],
            center: camera.center,
        }
    }

    /// What is seen of the place that is `at(a)` along the layer's axis a.
    #[inline]
    pub(super) fn see(&self, at: impl Fn(usize) -> Option<f64>) -> Option<[f64; 3]> {
        match self {
            Self::Plane { canvas, axes: [vertical, horizontal] } => {
                let [x, y] = canvas.place(at(*vertical)?, at(*horizontal)?);
                Some([0.0, x, y])
            }
            Self::Space { projection, axes, center } => {
                let mut world = *center;
                for (world, axis) in world.iter_mut().zip(axes) {
                    if let Some(axis) = axis {
                        *world = at(*axis)?;
                    }
                }
                Some(projection.see(world))
            }
        }
    }

    /// How far behind the others an annotation of these extents is drawn. One that lies in a plane of
    /// the depth axis counts as its plane does: so what was drawn on one slice keeps its order, from
    /// wherever it is seen, and slices are in theirs. Else its middle counts.
    pub(super) fn behind(&self, extents: &[[f64; 2]]) -> f64 {
        let Self::Space { projection, axes, center } = self else { return 0.0 };
        let extent = |axis: &Option<usize>| axis.and_then(|axis| extents.get(axis));
        let in_plane = extent(&axes[0]).is_none_or(|[low, high]| low == high);
        let counted = if in_plane { 1 } else { 3 };
        let mut world = *center;
        for (world, axis) in world.iter_mut().zip(axes).take(counted) {
            if let Some([low, high]) = extent(axis) {
                *world = low + (high - low) / 2.0;
            }
        }
        projection.see(world)[0]
    }

    /// Where on the canvas that is; it must be in front of the eye.
    #[inline]
    pub(super) fn place(&self, seen: [f64; 3]) -> [f64; 2] {
        match self {
            Self::Plane { .. } => [seen[1], seen[2]],
            Self::Space { projection, .. } => projection.place(seen),
        }
    }

    /// How much perspective enlarges what lies so far behind.
    #[inline]
    pub(super) fn scale(&self, behind: f64) -> f64 {
        match self {
            Self::Plane { .. } => 1.0,
            Self::Space { projection, .. } => projection.scale(behind),
        }
    }

    /// What lies so far behind, or farther, is in front of the eye.
    #[inline]
    pub(super) fn near(&self) -> f64 {
        match self {
            Self::Plane { .. } => f64::NEG_INFINITY,
            Self::Space { projection, .. } => projection.near(),
        }
    }

    /// All that is in front of the eye, to clip by.
    pub(super) fn front(&self) -> Bounds {
        Bounds { low: [self.near(), f64::NEG_INFINITY], high: [f64::INFINITY; 2] }
    }
}
