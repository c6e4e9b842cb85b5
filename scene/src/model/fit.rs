//! Cameras: what fits, and how far one may go.

use super::{Camera, Dims, View};

/// Share of the canvas that a fitted scene fills (napari's margin).
pub(super) const FIT: f64 = 0.95;
/// Smallest zoom, relative to the fitted one: the scene is a dot of a few pixels.
pub(super) const FARTHEST: f64 = 0.01;
/// Largest zoom in canvas pixels per sample: a handful of samples fill the canvas.
pub(super) const NEAREST: f64 = 512.0;

/// World extent of one displayed axis, from the outer edge of the first sample to that of the
/// last; one sample where there is no such axis.
pub(super) fn extent(dims: &Dims, axis: usize) -> [f64; 2] {
    dims.axes
        .get(axis)
        .map_or([-0.5, 0.5], |axis| [axis.start - axis.step / 2.0, axis.stop + axis.step / 2.0])
}

pub(super) fn size([low, high]: [f64; 2]) -> f64 {
    (high - low).max(f64::MIN_POSITIVE)
}

impl View {
    /// The camera that shows all of the displayed axes, with a margin.
    pub fn fitted(&self, dims: &Dims) -> Camera {
        let extents = self.displayed.map(|axis| extent(dims, axis));
        let [height, width] = extents.map(size);
        let [w, h] = self.canvas.map(f64::from);
        let center = extents.map(|[low, high]| low + (high - low) / 2.0);
        Camera { center, zoom: FIT * (h / height).min(w / width) }
    }

    /// Smallest and largest zoom, in canvas pixels per world unit.
    pub fn zoom_bounds(&self, dims: &Dims) -> [f64; 2] {
        let fit = self.fitted(dims).zoom;
        let step = |axis: usize| dims.axes.get(axis).map_or(1.0, |axis| axis.step);
        let finest = step(self.displayed[0]).min(step(self.displayed[1]));
        [FARTHEST * fit, (NEAREST / finest).max(fit)]
    }

    /// `camera` within bounds: its zoom as [`View::zoom_bounds`] says, its middle no farther from
    /// the scene than the smallest zoom can show.
    pub fn bounded(&self, dims: &Dims, camera: Camera) -> Camera {
        let [lowest, highest] = self.zoom_bounds(dims);
        let zoom = camera.zoom.max(lowest).min(highest);
        let extents = self.displayed.map(|axis| extent(dims, axis));
        let reach = size(extents[0]).max(size(extents[1])) / FARTHEST;
        let bound = |at: f64, [low, high]: [f64; 2]| at.max(low - reach).min(high + reach);
        let [vertical, horizontal] = camera.center;
        Camera { center: [bound(vertical, extents[0]), bound(horizontal, extents[1])], zoom }
    }

    /// Takes a canvas of another size. Zoom keeps its ratio to the fitted one: what fitted still
    /// fits, and a window that is made narrow and wide again shows what it showed before.
    pub(super) fn resize(&mut self, dims: &Dims, canvas: [u32; 2]) {
        let before = self.fitted(dims).zoom;
        let before3d = self.camera3d.and_then(|camera| self.fitted3d(dims, camera.depth));
        self.canvas = canvas;
        self.resize3d(dims, before3d);
        let after = self.fitted(dims).zoom;
        let camera = Camera { zoom: self.camera.zoom * (after / before), ..self.camera };
        self.camera = self.bounded(dims, camera);
    }

    /// `canvas` within [`View::CANVAS`], sides even (chroma planes have half the size).
    pub fn canvas_in_bounds(canvas: [u32; 2]) -> [u32; 2] {
        let [low, high] = Self::CANVAS;
        canvas.map(|side| side.clamp(low, high) & !1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::axis;

    fn view(canvas: [u32; 2]) -> View {
        let camera = Camera { center: [0.0; 2], zoom: 1.0 };
        let (point, overrides) = (vec![0.0; 2], Default::default());
        View { point, displayed: [0, 1], camera, camera3d: None, canvas, overrides }
    }

    #[test]
    fn fitting_leaves_a_margin_of_five_percent_around_whole_samples() {
        let dims = Dims { axes: vec![axis("y", 100, 0.5), axis("x", 400, 0.5)] };
        let fit = view([800, 600]).fitted(&dims);
        assert_eq!(fit.center, [24.75, 99.75]);
        assert!((fit.zoom - 0.95 * 800.0 / 200.0).abs() < 1e-12);
    }

    #[test]
    fn a_fitted_view_fits_whatever_sizes_its_window_goes_through() {
        let dims = Dims { axes: vec![axis("y", 100, 1.0), axis("x", 100, 1.0)] };
        let mut view = view([640, 480]);
        view.camera = view.fitted(&dims);
        let before = view.camera;
        for canvas in [[1280, 480], [1280, 960], [64, 4096], [640, 480]] {
            view.resize(&dims, canvas);
            assert!((view.camera.zoom / view.fitted(&dims).zoom - 1.0).abs() < 1e-9);
        }
        assert!((view.camera.zoom / before.zoom - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_lone_small_image_may_be_larger_than_the_usual_limit() {
        let dims = Dims { axes: vec![axis("y", 1, 1.0), axis("x", 1, 1.0)] };
        let view = view([4096, 4096]);
        let fit = view.fitted(&dims);
        assert_eq!(view.bounded(&dims, fit), fit);
    }

    #[test]
    fn canvas_sides_are_bounded_and_even() {
        assert_eq!(View::canvas_in_bounds([0, 777]), [64, 776]);
        assert_eq!(View::canvas_in_bounds([u32::MAX, 65]), [4096, 64]);
    }
}
