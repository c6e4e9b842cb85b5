//! Where a view cuts through a layer's axes, and which annotations lie there.

use parfocal_base::AxisKind;
use parfocal_scene::{Dims, DimsAxis, Layer, View};

/// The cut of a view through a layer. Axes of the scene that the layer does not run along hide
/// nothing of it.
#[derive(Debug)]
pub(super) struct Slice {
    /// The layer's axes that are shown (vertical, horizontal).
    pub(super) shown: [usize; 2],
    hidden: Vec<Hidden>,
    /// Along the time axis, if that is hidden.
    pub(super) time: Option<Hidden>,
}

/// A hidden axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    /// Which of the layer's axes.
    pub(super) axis: usize,
    /// Where the view is.
    pub(super) at: f64,
    /// World units between positions.
    pub(super) step: f64,
    /// What is in the slice: half a step to both sides of it.
    low: f64,
    high: f64,
    is_space: bool,
}

impl Hidden {
    fn new(axis: usize, dims: &DimsAxis, point: f64) -> Self {
        let (half, is_space) = (dims.step / 2.0, dims.kind == AxisKind::Space);
        if is_space {
            let (low, high) = (point - half, point + half);
            return Self { axis, at: point, step: dims.step, low, high, is_space };
        }
        // What has this position for its nearest one; a place between two has the later one.
        let position = dims.position(point);
        let at = dims.start + position as f64 * dims.step;
        let low = if position == 0 { f64::NEG_INFINITY } else { at - half };
        let last = position + 1 == dims.count();
        let high = if last { f64::INFINITY } else { (at + half).next_down() };
        Self { axis, at, step: dims.step, low, high, is_space }
    }

    /// Whether an extent reaches into the slice.
    #[inline]
    pub(super) fn holds(&self, [low, high]: [f64; 2]) -> bool {
        low <= self.high && high >= self.low
    }
}

impl Slice {
    /// The layer's axes that `view` shows; `None` where it lacks one.
    pub(super) fn shown(layer: &Layer, view: &View) -> Option<[usize; 2]> {
        let axes = &layer.source.axes;
        let of = |shown: usize| axes.iter().position(|&axis| axis == Some(shown));
        let shown = [of(view.displayed[0])?, of(view.displayed[1])?];
        (shown[0] != shown[1]).then_some(shown)
    }

    /// `None` where the layer lacks an axis that is shown.
    pub(super) fn new(dims: &Dims, layer: &Layer, view: &View) -> Option<Self> {
        let shown = Self::shown(layer, view)?;
        let mut hidden = Vec::new();
        let mut time = None;
        for (axis, &of_scene) in layer.source.axes.iter().enumerate() {
            let in_depth = |axis: usize| view.camera3d.is_some_and(|camera| camera.depth == axis);
            let of_scene = of_scene.filter(|of| !shown.contains(&axis) && !in_depth(*of));
            let Some(of_scene) = of_scene else { continue };
            let Some(of_dims) = dims.axes.get(of_scene) else { continue };
            let point = view.point.get(of_scene).copied().unwrap_or(of_dims.start);
            let cut = Hidden::new(axis, of_dims, point);
            hidden.push(cut);
            if of_dims.kind == AxisKind::Time && time.is_none() {
                time = Some(cut);
            }
        }
        Some(Self { shown, hidden, time })
    }

    /// Whether what has these extents is in the slice.
    #[inline]
    pub(super) fn holds(&self, extents: &[[f64; 2]]) -> bool {
        self.hidden.iter().all(|cut| extents.get(cut.axis).is_some_and(|&e| cut.holds(e)))
    }

    /// Whether what lies between `a` and `b` is in the slice, whenever that is.
    pub(super) fn passes(&self, a: &[f64], b: &[f64]) -> bool {
        let time = self.time.map(|time| time.axis);
        let between = |axis: usize| Some([a.get(axis)?.min(*b.get(axis)?), a[axis].max(b[axis])]);
        let mut others = self.hidden.iter().filter(|cut| Some(cut.axis) != time);
        others.all(|cut| between(cut.axis).is_some_and(|extent| cut.holds(extent)))
    }

    /// How far a ball's middle is from the slice, in radii: 0 in the slice, below 1 where it is cut
    /// through space. `None` where it is not.
    #[inline]
    pub(super) fn distance(&self, extents: &[[f64; 2]], radius: f64) -> Option<f64> {
        let mut squared = 0.0;
        for cut in &self.hidden {
            let extent = *extents.get(cut.axis)?;
            if !cut.holds(extent) {
                if !cut.is_space {
                    return None;
                }
                let away = extent[0] - cut.at;
                squared += away * away;
            }
        }
        if squared == 0.0 {
            return Some(0.0);
        }
        (squared < radius * radius).then(|| squared.sqrt() / radius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(kind: AxisKind, step: f64) -> DimsAxis {
        let (name, unit, labels) = (String::new(), None, Vec::new());
        DimsAxis { name, kind, unit, start: 0.0, stop: 10.0 * step, step, labels }
    }

    #[test]
    fn space_is_cut_half_a_step_to_both_sides() {
        let z = Hidden::new(0, &axis(AxisKind::Space, 0.5), 2.0);
        let cases = [([2.0, 2.0], true), ([2.25, 3.0], true), ([2.26, 3.0], false)];
        for (extent, held) in cases.into_iter().chain([([0.0, 1.74], false), ([-9.0, 9.0], true)]) {
            assert_eq!(z.holds(extent), held, "{extent:?}");
        }
    }

    #[test]
    fn what_is_at_another_time_is_elsewhere_however_near() {
        let t = Hidden::new(0, &axis(AxisKind::Time, 2.0), 4.3);
        let cases = [(4.0, true), (3.0, true), (2.99, false), (4.99, true), (5.0, false)];
        for (time, held) in cases {
            assert_eq!(t.holds([time, time]), held, "{time}");
        }
        // Before the first time is the first, and after the last the last.
        let first = Hidden::new(0, &axis(AxisKind::Time, 2.0), 0.0);
        assert!(first.holds([-99.0, -99.0]) && !first.holds([1.0, 1.0]));
        let last = Hidden::new(0, &axis(AxisKind::Time, 2.0), 20.0);
        assert!(last.holds([99.0, 99.0]) && !last.holds([18.9, 18.9]));
    }

    #[test]
    fn a_ball_reaches_its_radius_through_space_and_not_through_time() {
        let hidden = vec![
            Hidden::new(0, &axis(AxisKind::Time, 1.0), 3.0),
            Hidden::new(1, &axis(AxisKind::Space, 1.0), 5.0),
        ];
        let slice = Slice { shown: [2, 3], time: hidden.first().copied(), hidden };
        let away = |t: f64, z: f64| slice.distance(&[[t, t], [z, z]], 4.0);
        assert_eq!(away(3.0, 5.0), Some(0.0));
        assert_eq!(away(3.0, 5.5), Some(0.0));
        assert_eq!(away(3.0, 7.0), Some(0.5));
        assert_eq!(away(3.0, 9.0), None);
        assert_eq!(away(4.0, 5.0), None);
    }
}
