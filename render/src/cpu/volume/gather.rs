//! What a mode makes of the samples of a ray: projections.

use super::Seen;
use super::field::{Field, Path};
use super::shade::Shade;
use crate::dense::Voxel;

/// Takes the samples of one ray, first to last; a fresh copy for each.
pub(super) trait Gather: Clone {
    /// Whether the next `count` samples, in a cell whose texels have this least and most, need not
    /// be read. They are taken then, as far as they count.
    fn skip(&mut self, range: [f32; 2], count: u32) -> bool;
    /// Takes samples `k`, k + 1, …; whether more are wanted.
    fn take(&mut self, k: u32, samples: &[f32]) -> bool;
    /// What the ray makes; alpha 0: nothing.
    fn seen<V: Voxel>(self, field: &Field<'_, V>, path: &Path) -> Seen;
}

/// The largest sample.
#[derive(Clone)]
pub(super) struct Largest<'a> {
    shade: &'a Shade,
    value: f32,
}

impl<'a> Largest<'a> {
    pub(super) const fn new(shade: &'a Shade) -> Self {
        Self { shade, value: f32::NEG_INFINITY }
    }
}

impl Gather for Largest<'_> {
    #[inline(always)]
    fn skip(&mut self, [_, high]: [f32; 2], _: u32) -> bool {
        if high <= self.shade.low {
            // Whatever is there has the first colour.
            self.value = self.value.max(high);
        }
        high <= self.value
    }

    #[inline(always)]
    fn take(&mut self, _: u32, samples: &[f32]) -> bool {
        // `max` passes over what is not a number.
        self.value = samples.iter().copied().fold(self.value, f32::max);
        // What is larger still has the same colour.
        self.value < self.shade.high
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, _: &Field<'_, V>, _: &Path) -> Seen {
        if self.value == f32::NEG_INFINITY {
            return [0.0; 4];
        }
        self.shade.solid(self.shade.t(self.value))
    }
}

/// The smallest sample.
#[derive(Clone)]
pub(super) struct Smallest<'a> {
    shade: &'a Shade,
    value: f32,
}

impl<'a> Smallest<'a> {
    pub(super) const fn new(shade: &'a Shade) -> Self {
        Self { shade, value: f32::INFINITY }
    }
}

impl Gather for Smallest<'_> {
    #[inline(always)]
    fn skip(&mut self, [low, _]: [f32; 2], _: u32) -> bool {
        low >= self.value
    }

    #[inline(always)]
    fn take(&mut self, _: u32, samples: &[f32]) -> bool {
        self.value = samples.iter().copied().fold(self.value, f32::min);
        self.shade.t(self.value) > 0.0
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, _: &Field<'_, V>, _: &Path) -> Seen {
        if self.value == f32::INFINITY {
            return [0.0; 4];
        }
        self.shade.solid(self.shade.t(self.value))
    }
}

/// The mean of all samples.
#[derive(Clone)]
pub(super) struct Average<'a> {
    shade: &'a Shade,
    sum: f32,
    count: u32,
}

impl<'a> Average<'a> {
    pub(super) const fn new(shade: &'a Shade) -> Self {
        Self { shade, sum: 0.0, count: 0 }
    }
}

impl Gather for Average<'_> {
    #[inline(always)]
    fn skip(&mut self, [low, high]: [f32; 2], count: u32) -> bool {
        if low == high {
            self.sum += low * count as f32;
            self.count += count;
        }
        low == high
    }

    #[inline(always)]
    fn take(&mut self, _: u32, samples: &[f32]) -> bool {
        for &sample in samples {
            if !sample.is_nan() {
                self.sum += sample;
                self.count += 1;
            }
        }
        true
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, _: &Field<'_, V>, _: &Path) -> Seen {
        if self.count == 0 {
            return [0.0; 4];
        }
        self.shade.solid(self.shade.t(self.sum / self.count as f32))
    }
}

/// The largest sample, where what lies behind much else counts less.
#[derive(Clone)]
pub(super) struct Attenuated<'a> {
    shade: &'a Shade,
    /// Attenuation for each sample.
    fade: f32,
    /// Sum of the normalised intensities so far.
    before: f32,
    /// Below 0: there was no sample yet.
    largest: f32,
}

impl<'a> Attenuated<'a> {
    pub(super) const fn new(shade: &'a Shade, fade: f32) -> Self {
        Self { shade, fade, before: 0.0, largest: -1.0 }
    }
}

impl Gather for Attenuated<'_> {
    #[inline(always)]
    fn skip(&mut self, [low, high]: [f32; 2], _: u32) -> bool {
        let dark = self.shade.t(high) <= 0.0;
        if dark && low <= high {
            self.largest = self.largest.max(0.0);
        }
        dark
    }

    #[inline(always)]
    fn take(&mut self, _: u32, samples: &[f32]) -> bool {
        for &sample in samples {
            if sample.is_nan() {
                continue;
            }
            let t = self.shade.t(sample);
            if t > self.largest {
                self.largest = self.largest.max(t * (-self.fade * self.before).exp());
            }
            self.before += t;
        }
        (-self.fade * self.before).exp() > self.largest
    }

    #[inline(always)]
    fn seen<V: Voxel>(self, _: &Field<'_, V>, _: &Path) -> Seen {
        if self.largest < 0.0 { [0.0; 4] } else { self.shade.solid(self.largest) }
    }
}
