//! Cameras of views of three axes: what fits, and how far one may go.

use parfocal_base::AxisKind;

use super::camera3d::turned_back;
use super::check::{finite, refuse};
use super::fit::{FARTHEST, FIT, NEAREST, extent, size};
use super::{Camera3d, Dims, Reject, RejectCode, View};

impl View {
    /// The axis that is shown besides the displayed two where it is to be three: the last one in
    /// space of those that are left, else the last.
    pub(super) fn depth_axis(&self, dims: &Dims) -> Option<usize> {
        let left = || (0..dims.axes.len()).rev().filter(|axis| !self.displayed.contains(axis));
        let in_space = |axis: &usize| dims.axes.get(*axis).map(|a| a.kind) == Some(AxisKind::Space);
        left().find(in_space).or_else(|| left().next())
    }

    /// The three axes shown, (depth, vertical, horizontal), if it is three.
    pub fn displayed3d(&self) -> Option<[usize; 3]> {
        let [vertical, horizontal] = self.displayed;
        self.camera3d.map(|camera| [camera.depth, vertical, horizontal])
    }

    /// The camera that shows all of the two displayed axes and of axis `depth` from the front, with
    /// parallel rays; `None` without such an axis.
    pub fn fitted3d(&self, dims: &Dims, depth: usize) -> Option<Camera3d> {
        dims.axes.get(depth)?;
        let flat = self.fitted(dims);
        let [low, high] = extent(dims, depth);
        let center = [low + (high - low) / 2.0, flat.center[0], flat.center[1]];
        let perspective = self.camera3d.map_or(0.0, |camera| camera.perspective);
        Some(Camera3d { depth, center, zoom: flat.zoom, angles: Camera3d::ANGLES, perspective })
    }

    /// `camera` within bounds: zoom and center as a flat one's, angles turned back by whole turns.
    pub fn bounded3d(&self, dims: &Dims, camera: Camera3d) -> Camera3d {
        let axes = [camera.depth, self.displayed[0], self.displayed[1]];
        let extents = axes.map(|axis| extent(dims, axis));
        let [width, height] = self.canvas.map(f64::from);
        let longest = extents.map(size).into_iter().fold(f64::MIN_POSITIVE, f64::max);
        let steps = axes.map(|axis| dims.axes.get(axis).map_or(1.0, |axis| axis.step));
        let finest = steps.into_iter().fold(f64::INFINITY, f64::min);
        let fit = self.fitted(dims).zoom;
        let lowest = FARTHEST * fit.min(FIT * width.min(height) / longest);
        let reach = longest / FARTHEST;
        let bound = |d: usize| {
            let [low, high] = extents[d];
            camera.center[d].max(low - reach).min(high + reach)
        };
        let [narrow, wide] = Camera3d::PERSPECTIVE;
        let perspective = match camera.perspective {
            angle if angle < narrow / 2.0 => 0.0,
            angle => angle.clamp(narrow, wide),
        };
        Camera3d {
            depth: camera.depth,
            center: [bound(0), bound(1), bound(2)],
            zoom: camera.zoom.max(lowest).min((NEAREST / finest).max(fit)),
            angles: camera.angles.map(turned_back),
            perspective,
        }
    }

    /// Shows other axes (vertical, horizontal), all of them. In three dimensions the depth axis
    /// stays where it can, and else becomes the one that was displayed in place of it.
    pub(super) fn display(&mut self, displayed: [usize; 2], dims: &Dims) {
        let before = std::mem::replace(&mut self.displayed, displayed);
        self.camera = self.fitted(dims);
        let Some(camera) = self.camera3d else { return };
        let left = before.into_iter().find(|axis| !displayed.contains(axis));
        let depth = match displayed.contains(&camera.depth) {
            true => left,
            false => Some(camera.depth),
        };
        self.camera3d = depth.and_then(|depth| self.fitted3d(dims, depth));
    }

    /// Keeps the zoom's ratio to the fitted one, which was `before`.
    pub(super) fn resize3d(&mut self, dims: &Dims, before: Option<Camera3d>) {
        let Some((camera, before)) = self.camera3d.zip(before) else { return };
        let Some(after) = self.fitted3d(dims, camera.depth) else { return };
        let zoom = camera.zoom * (after.zoom / before.zoom);
        self.camera3d = Some(self.bounded3d(dims, Camera3d { zoom, ..camera }));
    }

    /// Whether `camera` can be this view's.
    pub(super) fn check_camera3d(&self, dims: &Dims, camera: &Camera3d) -> Result<(), Reject> {
        if camera.depth >= dims.axes.len() || self.displayed.contains(&camera.depth) {
            let message = "a view of three axes needs a third one";
            return refuse(RejectCode::UnknownAxis, message);
        }
        camera.checked()?;
        let [narrow, wide] = Camera3d::PERSPECTIVE;
        let seen = camera.perspective == 0.0 || (narrow..=wide).contains(&camera.perspective);
        if camera.zoom <= 0.0 || !seen || camera.angles.map(turned_back) != camera.angles {
            return refuse(RejectCode::OutOfRange, "a view has no usable camera");
        }
        Ok(())
    }
}

impl Camera3d {
    /// The camera, if its numbers are numbers.
    pub(super) fn checked(self) -> Result<Self, Reject> {
        self.center.iter().try_for_each(|value| finite("center", *value).map(drop))?;
        self.angles.iter().try_for_each(|value| finite("angles", *value).map(drop))?;
        finite("zoom", self.zoom)?;
        finite("perspective", self.perspective)?;
        Ok(self)
    }
}
