//! Fog: each sample covers a little of what lies behind it.

use super::Seen;
use super::field::{Field, Path};
use super::gather::Gather;
use super::shade::Shade;
use crate::dense::Voxel;
use crate::draw_list::OPAQUE;

/// Colours front to back.
#[derive(Clone)]
pub(super) struct Fog<'a> {
    shade: &'a Shade,
    sum: [f32; 3],
    alpha: f32,
}

impl<'a> Fog<'a> {
    pub(super) const fn new(shade: &'a Shade) -> Self {
        Self { shade, sum: [0.0; 3], alpha: 0.0 }
    }
}

impl Gather for Fog<'_> {
    #[inline(always)]
    fn skip(&mut self, [_, high]: [f32; 2], _: u32) -> bool {
        self.shade.t(high) <= 0.0
    }

    #[inline(always)]
    fn take(&mut self, _: u32, samples: &[f32]) -> bool {
        for &sample in samples {
            if sample.is_nan() {
                continue;
            }
            let [r, g, b, alpha] = self.shade.entry(self.shade.t(sample));
            let share = (1.0 - self.alpha) * alpha;
            for (sum, c) in self.sum.iter_mut().zip([r, g, b]) {
                *sum += share * c;
            }
            self.alpha += share;
            if self.alpha > OPAQUE {
                return false;
            }
        }
        true
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, _: &Field<'_, V>, _: &Path) -> Seen {
        if self.alpha <= 0.0 {
            return [0.0; 4];
        }
        let [r, g, b] = self.sum.map(|sum| sum / self.alpha);
        [r, g, b, self.alpha]
    }
}
