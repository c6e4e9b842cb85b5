//! The layer that annotations come from or go to.

use parfocal_base::{AxisKind, LayerId};
use parfocal_scene::DimsAxis;

/// A layer, and how its coordinates count.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The layer.
    pub layer: LayerId,
    /// The scene axes that it runs along, in its order.
    pub axes: &'a [DimsAxis],
    /// World coordinates, one for each axis: where things are along the axes that a file does not
    /// speak of.
    pub at: &'a [f64],
}

impl Place<'_> {
    /// World coordinates in samples.
    pub(crate) fn samples(&self, vertex: &[f64]) -> Vec<f64> {
        let both = self.axes.iter().zip(vertex);
        both.map(|(axis, world)| (world - axis.start) / axis.step).collect()
    }

    /// The world coordinates of a position in samples along the last axes.
    pub(crate) fn world(&self, samples: &[f64]) -> Vec<f64> {
        let mut world = self.at.to_vec();
        world.resize(self.axes.len(), 0.0);
        let last = self.axes.len().saturating_sub(samples.len());
        for (at, sample) in (last..).zip(samples) {
            self.set(&mut world, at, *sample);
        }
        world
    }

    /// Puts a vertex at sample `sample` of an axis.
    pub(crate) fn set(&self, world: &mut [f64], axis: usize, sample: f64) {
        if let (Some(axis), Some(value)) = (self.axes.get(axis), world.get_mut(axis)) {
            *value = axis.start + sample * axis.step;
        }
    }

    /// The axis of this name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.name.eq_ignore_ascii_case(name))
    }

    /// The axis along which tracks run.
    pub(crate) fn time(&self) -> usize {
        self.axes.iter().position(|axis| axis.kind == AxisKind::Time).unwrap_or(0)
    }
}
