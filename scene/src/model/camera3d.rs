//! The camera of a view of three axes.
//!
//! Vectors are in world coordinates of the three displayed axes (depth, vertical, horizontal), as
//! napari's are (z, y, x). As in napari, `angles` of (0, 0, 90) look along the depth axis so that
//! the vertical axis points down, the horizontal one right, and the depth axis **towards** the
//! viewer. (Depth, vertical, horizontal) is then right-handed, and so is the picture: nothing is
//! mirrored, from wherever it is seen.

use serde::{Deserialize, Serialize};

use super::Projection;

/// What a view of three axes looks at, and from where (napari's names).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera3d {
    /// The scene axis that is shown besides the two of `displayed`.
    pub depth: usize,
    /// World coordinates (depth, vertical, horizontal) at the middle of the canvas: the camera
    /// turns about this point.
    pub center: [f64; 3],
    /// Canvas pixels per world unit, at the distance of the center; positive.
    pub zoom: f64,
    /// Degrees about (vertical, depth, horizontal), napari's `(rx, ry, rz)`: see
    /// [`Camera3d::directions`]. Each in (-180, 180].
    pub angles: [f64; 3],
    /// Field of view from the canvas's upper to its lower edge in degrees, 1 to 90; 0: parallel
    /// rays.
    pub perspective: f64,
}

/// Where a camera looks; unit vectors (depth, vertical, horizontal), at right angles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Directions {
    /// To the right of the canvas.
    pub right: [f64; 3],
    /// To the top of the canvas.
    pub up: [f64; 3],
    /// Away from the viewer.
    pub view: [f64; 3],
}

/// A ray of sight in world coordinates (depth, vertical, horizontal).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// A point on it: with perspective the eye, else the point in the plane of the center.
    pub origin: [f64; 3],
    /// A unit vector, away from the viewer.
    pub direction: [f64; 3],
}

impl Camera3d {
    /// Angles of a new view (napari's).
    pub const ANGLES: [f64; 3] = [0.0, 0.0, 90.0];
    /// Smallest and largest field of view in degrees, where it is not 0.
    pub const PERSPECTIVE: [f64; 2] = [1.0, 90.0];

    /// Where it looks. With (a, b, c) the angles and rotations about axes x, y, −z of a right-handed
    /// frame (horizontal, vertical, depth turned round), the columns of Rx(c) · Rz(b) · Ry(a) are
    /// `right`, `view` and `up`: scipy's extrinsic `yzx`, as in napari's `Camera`.
    pub fn directions(&self) -> Directions {
        let [a, b, c] = self.angles.map(|angle| angle.to_radians().sin_cos());
        let ((sa, ca), (sb, cb), (sc, cc)) = (a, b, c);
        // Rows x, y, −z; the same as (depth, vertical, horizontal) with the depth turned back.
        let world = |x: f64, y: f64, z: f64| [-z, y, x];
        Directions {
            right: world(cb * ca, cc * sb * ca + sc * sa, sc * sb * ca - cc * sa),
            view: world(-sb, cc * cb, sc * cb),
            up: world(cb * sa, cc * sb * sa - sc * ca, sc * sb * sa + cc * ca),
        }
    }

    /// The angles of a camera that looks so; `to.view` and `to.up` decide.
    pub fn angles_of(to: &Directions) -> [f64; 3] {
        let frame = |[z, y, x]: [f64; 3]| [x, y, -z];
        let (right, view, up) = (frame(to.right), frame(to.view), frame(to.up));
        let b = (-view[0]).clamp(-1.0, 1.0).asin();
        let (a, c) = if view[0].abs() < 1.0 - 1e-12 {
            (up[0].atan2(right[0]), view[2].atan2(view[1]))
        } else {
            // Looking along the horizontal axis, the other two turn about the same one.
            (0.0, (-up[1]).atan2(up[2]))
        };
        [a, b, c].map(f64::to_degrees)
    }

    /// World units from the eye to the center, on a canvas of this many rows; `None` where rays are
    /// parallel.
    pub fn distance(&self, height: u32) -> Option<f64> {
        let half = (self.perspective / 2.0).to_radians().tan();
        (self.perspective > 0.0).then(|| f64::from(height) / self.zoom / (2.0 * half))
    }

    /// The ray of sight through the canvas point (`x`, `y`), in pixels from the top left corner.
    pub fn ray(&self, canvas: [u32; 2], x: f64, y: f64) -> Ray {
        let Directions { right, up, view } = self.directions();
        let across = (x - f64::from(canvas[0]) / 2.0) / self.zoom;
        let down = (y - f64::from(canvas[1]) / 2.0) / self.zoom;
        let at = |d: usize| self.center[d] + right[d] * across - up[d] * down;
        let in_plane: [f64; 3] = std::array::from_fn(at);
        match self.distance(canvas[1]) {
            None => Ray { origin: in_plane, direction: view },
            Some(far) => {
                let origin: [f64; 3] = std::array::from_fn(|d| self.center[d] - view[d] * far);
                let to: [f64; 3] = std::array::from_fn(|d| in_plane[d] - origin[d]);
                let length = dot(to, to).sqrt();
                Ray { origin, direction: to.map(|t| t / length) }
            }
        }
    }

    /// Canvas point (x, y) of world coordinates (depth, vertical, horizontal), and its distance
    /// behind the center in world units; `None` behind the eye.
    pub fn project(&self, canvas: [u32; 2], world: [f64; 3]) -> Option<[f64; 3]> {
        let projection = Projection::new(self, canvas);
        let seen = projection.see(world);
        let [x, y] = projection.place(seen);
        (seen[0] >= projection.near()).then_some([x, y, seen[0]])
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The same angle in (-180, 180] degrees.
pub(super) fn turned_back(angle: f64) -> f64 {
    // What is within already stays the same to the last bit.
    if angle > -180.0 && angle <= 180.0 {
        return angle;
    }
    let turned = angle.rem_euclid(360.0);
    if turned > 180.0 { turned - 360.0 } else { turned }
}
