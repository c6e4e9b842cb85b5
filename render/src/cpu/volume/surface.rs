//! The first surface that a ray meets, lit from the eye.

use super::Seen;
use super::field::{Field, Path};
use super::gather::Gather;
use super::shade::{Shade, lit};
use crate::dense::Voxel;
use crate::draw_list::HALVINGS;
use crate::labels::label_color;

/// Where a surface is.
#[derive(Clone, Copy)]
pub(super) enum First {
    /// At the first sample that is at least so large.
    Least(f32),
    /// At the first label.
    Label,
}

impl First {
    #[inline(always)]
    fn is(self, sample: f32) -> bool {
        match self {
            Self::Least(threshold) => sample >= threshold,
            // No label but 0 is 0 as a float.
            Self::Label => sample != 0.0,
        }
    }
}

/// A surface.
#[derive(Clone)]
pub(super) struct Surface<'a> {
    shade: &'a Shade,
    first: First,
    /// The number of the first sample on or behind it.
    at: Option<u32>,
}

impl<'a> Surface<'a> {
    pub(super) const fn new(first: First, shade: &'a Shade) -> Self {
        Self { shade, first, at: None }
    }
}

impl Gather for Surface<'_> {
    #[inline(always)]
    fn skip(&mut self, [low, high]: [f32; 2], _: u32) -> bool {
        match self.first {
            First::Least(threshold) => high < threshold,
            First::Label => low == 0.0 && high == 0.0,
        }
    }

    #[inline(always)]
    fn take(&mut self, k: u32, samples: &[f32]) -> bool {
        let found = samples.iter().position(|sample| self.first.is(*sample));
        self.at = found.map(|found| k + found as u32);
        self.at.is_none()
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, field: &Field<'_, V>, path: &Path) -> Seen {
        let Some(at) = self.at else { return [0.0; 4] };
        let mut far = at as f32;
        if at > 0 {
            let mut near = far - 1.0;
            for _ in 0..HALVINGS {
                let middle = (near + far) / 2.0;
                if self.first.is(field.read(path.at(middle))) {
                    far = middle;
                } else {
                    near = middle;
                }
            }
        }
        let p = path.at(far);
        match self.first {
            First::Least(_) => {
                let (lambda, largest) = light(field, path, p, |p| field.read(p));
                let [r, g, b, _] = self.shade.entry(self.shade.t(largest.max(field.read(p))));
                lit([r, g, b], lambda, true)
            }
            First::Label => {
                let own = field.label(p);
                let is_own = |p| f32::from(u8::from(field.label(p) == own));
                let (lambda, _) = light(field, path, p, is_own);
                let color = label_color(own).unwrap_or_default();
                lit(color.map(f32::from), lambda, false)
            }
        }
    }
}

/// How much of the light at the eye comes back from the surface at `p`, and the largest of the six
/// values about it.
#[inline(always)]
fn light<V: Voxel>(
    field: &Field<'_, V>,
    path: &Path,
    p: [f32; 3],
    value: impl Fn([f32; 3]) -> f32,
) -> (f32, f32) {
    let mut largest = f32::NEG_INFINITY;
    let mut gradient = [0.0; 3];
    for d in 0..3 {
        let mut beside = p;
        beside[d] = p[d] + 1.0;
        let after = value(beside);
        beside[d] = p[d] - 1.0;
        let before = value(beside);
        largest = largest.max(after).max(before);
        gradient[d] = (after - before) / field.spacing[d];
    }
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let length = dot(gradient, gradient).sqrt();
    if length > 0.0 {
        ((dot(gradient, path.direction).abs() / length).min(1.0), largest)
    } else {
        (1.0, largest)
    }
}
