//! Contrast limits, range and histogram from a bounded sample of an image, and single values.

use parfocal_base::{Chunk, DType, ImageMeta, Level};

use crate::axes::channel_axis;
use crate::block::Block;
use crate::error::DataError;
use crate::source::Source;

/// Chunks that a sample reads: enough for the ends and the middle of each of two slider axes.
const MAX_CHUNKS: usize = 9;

/// Values that a sample keeps; at 8 bytes each, 4 MiB. A percentile of a tenth is settled by
/// five hundred values.
const MAX_VALUES: usize = 1 << 19;

/// The coarsest level with at least this many samples is sampled: coarser ones are averages that
/// have lost the bright spots.
const MIN_SAMPLES: usize = 1 << 14;

/// Share of the values below and above automatic contrast limits.
const LOW_PERCENTILE: f64 = 0.1;
const HIGH_PERCENTILE: f64 = 99.8;

/// Bins of a histogram: one per grey value of an 8-bit image.
pub const BINS: usize = 256;

/// Finite values from all over an image (or one channel of it), ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    dtype: DType,
    /// Values that were not finite (NaN, infinity) and left out.
    pub not_finite: usize,
}

/// Counts of values in [`BINS`] equal bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Values in each bin; the last bin includes the upper end.
    pub counts: Vec<u32>,
    /// Lower end of the first bin and upper end of the last.
    pub range: [f64; 2],
}

impl Sample {
    fn new(mut values: Vec<f64>, dtype: DType) -> Self {
        let before = values.len();
        values.retain(|v| v.is_finite());
        let not_finite = before - values.len();
        values.sort_unstable_by(f64::total_cmp);
        Self { values, dtype, not_finite }
    }

    /// Smallest and largest value; the type's range if nothing is finite.
    pub fn range(&self) -> [f64; 2] {
        match (self.values.first(), self.values.last()) {
            (Some(&low), Some(&high)) => [low, high],
            _ => self.dtype.range(),
        }
    }

    /// The value below which `percent` of the sample lie.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        let at = (percent / 100.0 * last as f64).round().clamp(0.0, last as f64) as usize;
        self.values.get(at).copied()
    }

    /// Contrast limits: percentiles 0.1 and 99.8, so that single hot pixels do not darken the
    /// picture. Never empty: for (nearly) constant data the range is used, and for constant
    /// data a range that shows it in the middle or, for zero, black.
    pub fn contrast(&self) -> [f64; 2] {
        let limits = self.percentile(LOW_PERCENTILE).zip(self.percentile(HIGH_PERCENTILE));
        let [low, high] = limits.map_or_else(|| self.dtype.range(), |(low, high)| [low, high]);
        if low < high {
            return [low, high];
        }
        let [low, high] = self.range();
        if low < high {
            return [low, high];
        }
        let step = (low.abs() * 0.5).max(if self.dtype.is_integer() { 1.0 } else { 0.5 });
        let floor = self.dtype.range()[0];
        let below = if self.dtype.is_integer() { (low - step).max(floor) } else { low - step };
        let below = if low == 0.0 { 0.0 } else { below };
        match (below.is_finite(), (low + step).is_finite()) {
            (true, true) => [below, low + step],
            _ => [f64::MIN / 4.0, f64::MAX / 4.0],
        }
    }

    /// The histogram over [`Sample::range`]; for constant data over [`Sample::contrast`].
    pub fn histogram(&self) -> Histogram {
        let [low, high] = self.range();
        let range = if low < high { [low, high] } else { self.contrast() };
        let width = range[1] / BINS as f64 - range[0] / BINS as f64;
        let mut counts = vec![0_u32; BINS];
        for value in &self.values {
            let bin = ((value / width - range[0] / width) as usize).min(BINS - 1);
            counts[bin] = counts[bin].saturating_add(1);
        }
        Histogram { counts, range }
    }
}

/// Reads a sample of `source`: up to nine chunks spread over a coarse level, thinned to half a
/// million values. `channel` is a position on the channel axis; `None`, or an image without such
/// an axis, samples everything.
///
/// # Errors
/// If none of the chunks can be read.
pub async fn sample(source: &dyn Source, channel: Option<usize>) -> Result<Sample, DataError> {
    let meta = source.meta();
    let dtype = meta.dtype;
    let Some((number, level)) = sampled_level(meta) else {
        return Ok(Sample::new(Vec::new(), dtype));
    };
    let channel = channel.and_then(|c| channel_axis(&meta.axes).map(|axis| (axis, c)));
    let chunks = spread(level, channel);
    let share = MAX_VALUES / chunks.len().max(1);
    let (mut values, mut failure) = (Vec::new(), None);
    for at in &chunks {
        match source.read(number, at).await {
            Ok(chunk) => collect(&chunk, level, at, channel, share, &mut values),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if values.is_empty() => Err(error),
        _ => Ok(Sample::new(values, dtype)),
    }
}

/// Contrast limits of `source` (or one channel): see [`Sample::contrast`]. A file's own limits
/// (`ChannelInfo::window`) are better where there are any.
///
/// # Errors
/// As [`sample()`].
pub async fn auto_contrast(
    source: &dyn Source,
    channel: Option<usize>,
) -> Result<[f64; 2], DataError> {
    sample(source, channel).await.map(|sample| sample.contrast())
}

/// Smallest and largest value in a sample of `source`.
///
/// # Errors
/// As [`sample()`].
pub async fn data_range(
    source: &dyn Source,
    channel: Option<usize>,
) -> Result<[f64; 2], DataError> {
    sample(source, channel).await.map(|sample| sample.range())
}

/// The value at `index` of `level`, read from the file; `None` outside the image. Ask
/// [`crate::ChunkCache::value_at`] first.
///
/// # Errors
/// If the chunk cannot be read.
pub async fn sample_at(
    source: &dyn Source,
    level: usize,
    index: &[usize],
) -> Result<Option<f64>, DataError> {
    let Some((chunk, within)) = locate(source.meta(), level, index) else { return Ok(None) };
    source.read(level, &chunk).await.map(|chunk| chunk.get(&within))
}

/// The chunk that holds `index`, and the position within it.
pub(crate) fn locate(
    meta: &ImageMeta,
    level: usize,
    index: &[usize],
) -> Option<(Vec<usize>, Vec<usize>)> {
    let level = meta.levels.get(level)?;
    let inside =
        index.len() == level.shape.len() && index.iter().zip(&level.shape).all(|(i, n)| i < n);
    let parts = || index.iter().zip(&level.chunk).map(|(&i, &c)| (i / c.max(1), i % c.max(1)));
    inside.then(|| parts().unzip())
}

fn sampled_level(meta: &ImageMeta) -> Option<(usize, &Level)> {
    let enough = |level: &&Level| {
        level.shape.iter().fold(1_usize, |n, &len| n.saturating_mul(len)) >= MIN_SAMPLES
    };
    let coarsest = meta.levels.iter().rposition(|level| enough(&level)).unwrap_or(0);
    meta.levels.get(coarsest).map(|level| (coarsest, level))
}

/// Up to [`MAX_CHUNKS`] grid positions at even distances in the grid's order.
fn spread(level: &Level, channel: Option<(usize, usize)>) -> Vec<Vec<usize>> {
    let mut grid = level.grid();
    if let Some((axis, _)) = channel {
        grid[axis] = 1;
    }
    let all = grid.iter().fold(1_usize, |n, &len| n.saturating_mul(len));
    let n = all.min(MAX_CHUNKS);
    let position = |i: usize| {
        // The middle of the i-th of n equal parts.
        let mut left = ((2 * i as u128 + 1) * all as u128 / (2 * n as u128)) as usize;
        let mut at = vec![0; grid.len()];
        for (to, &len) in at.iter_mut().zip(&grid).rev() {
            *to = left % len.max(1);
            left /= len.max(1);
        }
        if let Some((axis, c)) = channel {
            at[axis] = c / level.chunk[axis].max(1);
        }
        at
    };
    (0..n).map(position).collect()
}

/// Takes at most `most` values of a chunk, at even distances.
fn collect(
    chunk: &Chunk,
    level: &Level,
    at: &[usize],
    channel: Option<(usize, usize)>,
    most: usize,
    values: &mut Vec<f64>,
) {
    let Some(block) = Block::of(level, at) else { return };
    let strides = chunk.strides();
    let picked = channel.and_then(|(axis, c)| {
        let within = c.checked_sub(*block.origin.get(axis)?)?;
        Some((*strides.get(axis)?, *chunk.shape().get(axis)?, within))
    });
    let len = chunk.samples().len();
    let step = match picked {
        // An odd step does not fall into the rhythm of rows.
        None => (len / most.max(1)) | 1,
        Some((_, n, _)) => (len / n.max(1) / most.max(1)) | 1,
    };
    match picked {
        None => values.extend((0..len).step_by(step).filter_map(|i| chunk.samples().get(i))),
        Some((stride, n, within)) if within < n => {
            let of_channel =
                (0..len / n).map(|i| i / stride * stride * n + within * stride + i % stride);
            values.extend(of_channel.step_by(step).filter_map(|i| chunk.samples().get(i)));
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_limits_are_never_empty() {
        for value in [0.0, 1.0, -3.0, 1e300, f64::MAX, f64::MIN] {
            let [low, high] = Sample::new(vec![value; 10], DType::F64).contrast();
            assert!(low < high && low.is_finite() && high.is_finite(), "{value}: {low} {high}");
        }
        assert_eq!(Sample::new(vec![7.0; 4], DType::U8).contrast(), [3.5, 10.5]);
        assert_eq!(Sample::new(vec![f64::NAN; 4], DType::F32).contrast(), [0.0, 1.0]);
        let mut sparse = vec![0.0; 10_000];
        sparse[5] = 9.0;
        assert_eq!(Sample::new(sparse, DType::U16).contrast(), [0.0, 9.0]);
    }

    #[test]
    fn single_hot_pixels_and_nan_do_not_move_the_limits() {
        let mut values: Vec<f64> = (0..1000).map(f64::from).collect();
        values.extend([1e9, f64::NAN, f64::INFINITY]);
        let sample = Sample::new(values, DType::F64);
        assert_eq!(sample.contrast(), [1.0, 998.0]);
        assert_eq!((sample.range(), sample.not_finite), ([0.0, 1e9], 2));
    }

    #[test]
    fn a_histogram_counts_every_finite_value_once() {
        let sample = Sample::new((0..=255).map(f64::from).collect(), DType::U8);
        let histogram = sample.histogram();
        assert_eq!(histogram.range, [0.0, 255.0]);
        assert_eq!(histogram.counts.iter().sum::<u32>(), 256);
        assert!(histogram.counts.iter().all(|&n| n <= 2));
        let constant = Sample::new(vec![5.0; 9], DType::U8).histogram();
        assert_eq!(constant.counts.iter().sum::<u32>(), 9);
    }
}
