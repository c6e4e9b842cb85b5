//! Rows of samples, as places in a table of colours or as colours of labels.

use parfocal_base::with_samples;

use super::columns::Texels;
use super::paint::Pixel;
use super::{kernels, lut};
use crate::draw_list::{Plane, Transfer};
use crate::labels::{label_color, label_number};

/// From sample to place: `(sample − low) · scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    low: f64,
    scale: f64,
    /// Whether single precision is exact enough for 16-bit samples.
    single: bool,
}

/// Places are kept within this, so that mixing infinite samples gives no NaN.
const MAX_PLACE: f64 = 4080e26;

impl Affine {
    pub(super) fn new(transfer: &Transfer) -> Self {
        let (low, range) = (transfer.limits[0], transfer.range());
        let single = low.abs() < 1e6 && range > 1e-3 && range < 1e9;
        Self { low, scale: lut::LAST as f64 / range, single }
    }
}

/// A sample type.
pub(super) trait Sample: Copy + Into<f64> {
    /// Places of neighbouring samples.
    fn places(from: &[Self], affine: &Affine, to: &mut [f32]) {
        kernels::places(from, affine.low, affine.scale, MAX_PLACE, to);
    }
}

macro_rules! short {
    ($($t:ty),*) => {$(
        impl Sample for $t {
            fn places(from: &[Self], affine: &Affine, to: &mut [f32]) {
                if affine.single {
                    kernels::places_single(from, affine.low as f32, affine.scale as f32, to);
                } else {
                    kernels::places(from, affine.low, affine.scale, MAX_PLACE, to);
                }
            }
        }
    )*};
}
short!(u8, u16, i16);
impl Sample for u32 {}
impl Sample for i32 {}
impl Sample for f32 {}
impl Sample for f64 {}

/// Reads `texels` of row `v` as places into `to`. Texels of missing tiles read as sample 0.
pub(super) fn places(plane: &Plane, v: usize, texels: &Texels, affine: &Affine, to: &mut Vec<f32>) {
    to.clear();
    to.resize(texels.len(), place(0.0, affine));
    each_run(plane, v, texels, |run| {
        let Some(to) = to.get_mut(run.to..run.to + run.len) else { return };
        with_samples!(run.samples, from => run.read(from, texels, to, affine));
    });
}

/// Reads `texels` of row `v` as colours of labels into `to`.
pub(super) fn labels(
    plane: &Plane,
    v: usize,
    texels: &Texels,
    factor: f64,
    nothing: Pixel,
    to: &mut Vec<Pixel>,
) {
    to.clear();
    to.resize(texels.len(), nothing);
    each_run(plane, v, texels, |run| {
        let Some(to) = to.get_mut(run.to..run.to + run.len) else { return };
        for (i, pixel) in to.iter_mut().enumerate() {
            let number = run.samples.get(run.place(texels, i)).map_or(0, label_number);
            if let Some(color) = label_color(number) {
                let [r, g, b] = color.map(|c| (f64::from(c) * factor).round() as u8);
                *pixel = [r, g, b, 255];
            }
        }
    });
}

fn place(sample: f64, affine: &Affine) -> f32 {
    ((sample - affine.low) * affine.scale).clamp(-MAX_PLACE, MAX_PLACE) as f32
}

/// Neighbouring fetched texels that lie in one tile.
struct Run<'a> {
    samples: &'a parfocal_base::Samples,
    /// Where in the samples the tile's row begins.
    start: usize,
    stride: usize,
    /// Texel at which the tile begins.
    origin: usize,
    /// Which of the fetched texels.
    to: usize,
    len: usize,
}

impl Run<'_> {
    /// Where the `i`th texel of the run is in the samples.
    fn place(&self, texels: &Texels, i: usize) -> usize {
        let texel = match texels {
            Texels::Range(range) => range.start + self.to + i,
            Texels::List(list) => list.get(self.to + i).copied().unwrap_or(self.origin),
        };
        self.start + (texel - self.origin) * self.stride
    }

    fn read<T: Sample>(&self, from: &[T], texels: &Texels, to: &mut [f32], affine: &Affine) {
        if self.stride == 1 && matches!(texels, Texels::Range(_)) {
            let start = self.place(texels, 0);
            if let Some(from) = from.get(start..start + to.len()) {
                T::places(from, affine, to);
            }
            return;
        }
        for (i, to) in to.iter_mut().enumerate() {
            if let Some(&sample) = from.get(self.place(texels, i)) {
                *to = place(sample.into(), affine);
            }
        }
    }
}

fn each_run(plane: &Plane, v: usize, texels: &Texels, mut each: impl FnMut(&Run<'_>)) {
    let count = texels.len();
    let texel = |i: usize| match texels {
        Texels::Range(range) => range.start + i,
        Texels::List(list) => list.get(i).copied().unwrap_or(usize::MAX),
    };
    let mut to = 0;
    while to < count {
        let tile_end = (texel(to) / plane.tile[1] + 1).saturating_mul(plane.tile[1]);
        let next = match texels {
            Texels::Range(range) => (tile_end - range.start).min(count),
            Texels::List(list) => list.partition_point(|&t| t < tile_end),
        };
        if let Some((tile, [row, origin])) = plane.tile_at(v, texel(to)) {
            let start = tile.base + (v - row) * tile.strides[0];
            let stride = tile.strides[1];
            let samples = tile.chunk.samples();
            each(&Run { samples, start, stride, origin, to, len: next - to });
        }
        to = next.max(to + 1);
    }
}
