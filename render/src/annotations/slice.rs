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
            let Some(of_scene) = of_scene.filter(|_| !shown.contains(&axis)) else { continue };
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
