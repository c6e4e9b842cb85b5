//! Where a camera of three axes sees places of the world, worked out once for many of them.

use super::{Camera3d, Directions};

/// What is nearer to the eye than this share of the way to the center is not seen.
const NEAR: f64 = 1e-3;

/// From world coordinates to the canvas: first turned before the camera, which keeps straight what is
/// straight and cannot fail, then [put onto the canvas](Projection::place), which only works in front
/// of the eye.
#[derive(Clone, Copy, Debug)]
pub struct Projection {
    to: Directions,
    center: [f64; 3],
    zoom: f64,
    /// World units from the eye to the center; `None`: rays are parallel.
    far: Option<f64>,
    middle: [f64; 2],
}

impl Projection {
    /// What `camera` does on a canvas of this width and height.
    pub fn new(camera: &Camera3d, canvas: [u32; 2]) -> Self {
        Self {
            to: camera.directions(),
            center: camera.center,
            zoom: camera.zoom,
            far: camera.distance(canvas[1]),
            middle: canvas.map(|side| f64::from(side) / 2.0),
        }
    }

    /// World coordinates (depth, vertical, horizontal) before the camera: world units behind the plane
    /// of the center; then canvas pixels to the right of the canvas's middle and below it, as they
    /// are at the distance of the center.
    #[inline]
    pub fn see(&self, world: [f64; 3]) -> [f64; 3] {
        let from: [f64; 3] = std::array::from_fn(|d| world[d] - self.center[d]);
        let along = |to: [f64; 3]| from[0] * to[0] + from[1] * to[1] + from[2] * to[2];
        let Directions { right, up, view } = self.to;
        [along(view), along(right) * self.zoom, -along(up) * self.zoom]
    }

    /// What lies so far behind the center, or farther, is in front of the eye.
    pub fn near(&self) -> f64 {
        self.far.map_or(f64::NEG_INFINITY, |far| far * (NEAR - 1.0))
    }

    /// Canvas point (x, y) of a place that is in front of the eye.
    #[inline]
    pub fn place(&self, seen: [f64; 3]) -> [f64; 2] {
        let scale = self.scale(seen[0]);
        [self.middle[0] + seen[1] * scale, self.middle[1] + seen[2] * scale]
    }

    /// How large things are so far behind the center, against those at its distance.
    #[inline]
    pub fn scale(&self, behind: f64) -> f64 {
        self.far.map_or(1.0, |far| far / (far + behind))
    }
}
