//! The axes of the scene: the union of the axes of its layers.

use parfocal_base::AxisKind;
use serde::{Deserialize, Serialize};

/// One axis of the scene. World coordinates run from `start` to `stop` (both inclusive, sample
/// centres) in steps of `step`, so that there are `round((stop - start) / step) + 1` positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimsAxis {
    /// Short name: `t`, `z`, `y`, `x`, …
    pub name: String,
    /// What it stands for.
    pub kind: AxisKind,
    /// Unit of world coordinates (UDUNITS-2 name, e.g. `micrometer`); `None` means samples.
    pub unit: Option<String>,
    /// World coordinate of the first position.
    pub start: f64,
    /// World coordinate of the last position; not below `start`.
    pub stop: f64,
    /// World units between positions; positive.
    pub step: f64,
    /// Names of the positions of a categorical axis (e.g. wells A01…); empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

impl DimsAxis {
    /// Number of positions; at least 1.
    pub fn count(&self) -> usize {
        let steps = ((self.stop - self.start) / self.step).round();
        if steps.is_finite() && steps > 0.0 { steps as usize + 1 } else { 1 }
    }

    /// The position nearest to world coordinate `point`, from 0.
    pub fn position(&self, point: f64) -> usize {
        let at = ((point - self.start) / self.step).round();
        if at.is_finite() && at > 0.0 { (at as usize).min(self.count() - 1) } else { 0 }
    }
}

/// The axes of the scene, slowest first; the displayed ones of a new view are the last two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dims {
    /// At most [`Dims::MAX_AXES`].
    pub axes: Vec<DimsAxis>,
}

impl Dims {
    /// More axes than any instrument writes; bounds the length of every `point`.
    pub const MAX_AXES: usize = 16;
}
