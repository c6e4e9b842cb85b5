//! Statistics of the samples under a shape, at full resolution.

use parfocal_base::Level;

use crate::error::DataError;
use crate::source::Source;

/// Samples of one region: a plane of 4096 × 4096. They are kept, so that the histogram's bins can
/// span them: 128 MiB at most.
pub const MAX_REGION_SAMPLES: usize = 1 << 24;
/// Bins of a region's histogram: as many as a small plot shows apart.
pub const REGION_BINS: usize = 64;

/// A closed outline in index coordinates (vertical, horizontal); sample i has its centre at i.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// A polygon; where it crosses itself, inside is what an odd number of sides is around.
    Polygon(Vec<[f64; 2]>),
    /// The ellipse that fills the parallelogram around `center`, whose half sides these are.
    Ellipse {
        /// Its middle.
        center: [f64; 2],
        /// From the middle to the middle of one side, and of the next.
        halves: [[f64; 2]; 2],
    },
}

/// Where an outline lies in an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Axes of the image along which the outline extends (vertical, horizontal).
    pub plane: [usize; 2],
    /// The position on every axis; those of the plane are not used.
    pub at: Vec<usize>,
    /// What is around the samples.
    pub outline: Outline,
}

/// What the samples of a region have in common. Those that are not finite are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionStatistics {
    /// How many.
    pub count: u64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of these samples (not of a population that they stand for).
    pub std: f64,
    /// In [`REGION_BINS`] equal bins from `min` to `max`; the last one includes `max`.
    pub histogram: Vec<u32>,
}

/// Why a region has no statistics.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// No sample's centre is inside.
    #[error("no sample of the image has its centre inside the shape")]
    Empty,
    /// More samples than are read at once.
    #[error(
        "the shape is around more than {MAX_REGION_SAMPLES} samples: measure a smaller part of the image"
    )]
    TooLarge,
    /// The region does not fit the image.
    #[error("the shape does not lie in the image")]
    Outside,
    /// The image cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl Outline {
    /// Smallest and largest vertical coordinate.
    fn rows(&self) -> [f64; 2] {
        match self {
            Self::Polygon(vertices) => {
                let all = vertices.iter().map(|[v, _]| *v);
                all.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| {
                    [low.min(v), high.max(v)]
                })
            }
            Self::Ellipse { center: [v, _], halves: [[a, _], [b, _]] } => {
                let reach = a.hypot(*b);
                [v - reach, v + reach]
            }
        }
    }

    /// Where the line at `row` goes in and out, in rising pairs.
    fn spans(&self, row: f64, spans: &mut Vec<[f64; 2]>) {
        spans.clear();
        match self {
            Self::Polygon(vertices) => {
                let mut crossings = Vec::new();
                let next = vertices.iter().cycle().skip(1);
                for ([v0, h0], [v1, h1]) in vertices.iter().zip(next) {
                    if (*v0 <= row) != (*v1 <= row) {
                        crossings.push(h0 + (row - v0) / (v1 - v0) * (h1 - h0));
                    }
                }
                crossings.sort_unstable_by(f64::total_cmp);
                spans.extend(crossings.as_chunks::<2>().0);
            }
            Self::Ellipse { center, halves: [[av, ah], [bv, bh]] } => {
                // center + cos φ · a + sin φ · b is at this row for two φ, symmetric to the one at
                // which the outline is lowest.
                let reach = av.hypot(*bv);
                let lift = (row - center[0]) / reach;
                if reach > 0.0 && lift.abs() <= 1.0 {
                    let (middle, half) = (bv.atan2(*av), lift.acos());
                    let at = |phi: f64| center[1] + phi.cos() * ah + phi.sin() * bh;
                    let (one, two) = (at(middle + half), at(middle - half));
                    spans.push([one.min(two), one.max(two)]);
                }
            }
        }
    }
}

/// Reads the samples inside a region of the finest level and says what they have in common.
///
/// # Errors
/// [`RegionError`].
pub async fn region_statistics(
    source: &dyn Source,
    region: &Region,
) -> Result<RegionStatistics, RegionError> {
    let level = source.meta().levels.first().ok_or(RegionError::Outside)?;
    let rows = rows_of(level, region)?;
    let mut values = Vec::new();
    let [v_axis, h_axis] = region.plane;
    let mut chunks = std::collections::BTreeMap::<Vec<usize>, Vec<&Run>>::new();
    for run in &rows {
        let length = level.chunk[h_axis].max(1);
        for column in run.from / length..=(run.to - 1) / length {
            let mut key: Vec<usize> =
                region.at.iter().zip(&level.chunk).map(|(at, n)| at / n.max(&1)).collect();
            key[v_axis] = run.row / level.chunk[v_axis].max(1);
            key[h_axis] = column;
            chunks.entry(key).or_default().push(run);
        }
    }
    for (key, runs) in chunks {
        let chunk = source.read(0, &key).await?;
        let mut within: Vec<usize> =
            region.at.iter().zip(&level.chunk).map(|(at, n)| at % n.max(&1)).collect();
        let first = key[h_axis] * level.chunk[h_axis];
        for run in runs {
            within[v_axis] = run.row % level.chunk[v_axis].max(1);
            let end = first + chunk.shape().get(h_axis).copied().unwrap_or(0);
            for column in run.from.max(first)..run.to.min(end) {
                within[h_axis] = column - first;
                values.extend(chunk.get(&within).filter(|value| value.is_finite()));
            }
        }
    }
    summary(&values).ok_or(RegionError::Empty)
}

/// Samples from `from` to before `to` of one row.
struct Run {
    row: usize,
    from: usize,
    to: usize,
}

fn rows_of(level: &Level, region: &Region) -> Result<Vec<Run>, RegionError> {
    let [v_axis, h_axis] = region.plane;
    let inside = region.at.len() == level.shape.len()
        && v_axis != h_axis
        && region.at.iter().enumerate().all(|(axis, at)| {
            region.plane.contains(&axis) || level.shape.get(axis).is_some_and(|n| at < n)
        });
    let sides = level.shape.get(v_axis).zip(level.shape.get(h_axis)).filter(|_| inside);
    let (&height, &width) = sides.ok_or(RegionError::Outside)?;
    let [top, bottom] = region.outline.rows();
    let (first, last) = (top.ceil().max(0.0), bottom.floor().min(height as f64 - 1.0));
    let (mut runs, mut spans, mut count) = (Vec::new(), Vec::new(), 0);
    let mut row = first;
    while row <= last {
        region.outline.spans(row, &mut spans);
        for [from, to] in &spans {
            let from = from.ceil().max(0.0);
            let to = (to.floor() + 1.0).min(width as f64);
            if from < to {
                let run = Run { row: row as usize, from: from as usize, to: to as usize };
                count += run.to - run.from;
                runs.push(run);
            }
        }
        if count > MAX_REGION_SAMPLES {
            return Err(RegionError::TooLarge);
        }
        row += 1.0;
    }
    if runs.is_empty() { Err(RegionError::Empty) } else { Ok(runs) }
}

fn summary(values: &[f64]) -> Option<RegionStatistics> {
    let min = values.iter().copied().reduce(f64::min)?;
    let max = values.iter().copied().reduce(f64::max)?;
    let count = values.len() as f64;
    let mean = values.iter().map(|value| value / count).sum::<f64>();
    let variance = values.iter().map(|value| (value - mean).powi(2) / count).sum::<f64>();
    let mut histogram = vec![0_u32; REGION_BINS];
    let width = (max / REGION_BINS as f64) - (min / REGION_BINS as f64);
    for value in values {
        let bin = if width > 0.0 { (value / width - min / width) as usize } else { 0 };
        histogram[bin.min(REGION_BINS - 1)] += 1;
    }
    let (count, std) = (values.len() as u64, variance.sqrt());
    Some(RegionStatistics { count, min, max, mean, std, histogram })
}

#[cfg(test)]
mod tests {
    use parfocal_base::{Chunk, Samples};
    use proptest::prelude::*;

    use super::*;
    use crate::memory::MemorySource;

    /// z, y, x: each sample is 100 z + 10 y + x, in chunks of 1 × 4 × 3.
    fn numbers() -> impl Source {
        let array = Chunk::new(vec![2, 10, 10], Samples::U16((0..200).collect())).unwrap();
        MemorySource::new("numbers", "zyx", vec![array], &[1, 4, 3]).unwrap()
    }

    fn region(outline: Outline) -> Region {
        Region { plane: [1, 2], at: vec![1, 0, 0], outline }
    }

    fn naive(inside: impl Fn(f64, f64) -> bool) -> Option<RegionStatistics> {
        let all = (0..10).flat_map(|y| (0..10).map(move |x| (y, x)));
        let values: Vec<f64> = all
            .filter(|&(y, x)| inside(f64::from(y), f64::from(x)))
            .map(|(y, x)| f64::from(100 + 10 * y + x))
            .collect();
        summary(&values)
    }

    /// Sums depend on the order of what is summed.
    fn rounded(all: RegionStatistics) -> RegionStatistics {
        let round = |value: f64| (value * 1e6).round();
        RegionStatistics { mean: round(all.mean), std: round(all.std), ..all }
    }

    #[tokio::test]
    async fn a_rectangle_holds_the_samples_whose_centres_it_is_around() {
        let corners = vec![[1.5, 2.5], [1.5, 5.5], [6.5, 5.5], [6.5, 2.5]];
        let found =
            region_statistics(&numbers(), &region(Outline::Polygon(corners))).await.unwrap();
        assert_eq!((found.count, found.min, found.max), (15, 123.0, 165.0));
        assert!((found.mean - 144.0).abs() < 1e-9);
        assert_eq!(found.histogram.iter().sum::<u32>(), 15);
    }

    #[tokio::test]
    async fn what_lies_beside_the_image_is_empty_and_another_plane_is_outside() {
        let beside = Outline::Polygon(vec![[-5.0, -5.0], [-5.0, -2.0], [-2.0, -2.0]]);
        let found = region_statistics(&numbers(), &region(beside.clone())).await;
        assert!(matches!(found, Err(RegionError::Empty)));
        let elsewhere = Region { at: vec![2, 0, 0], ..region(beside) };
        let found = region_statistics(&numbers(), &elsewhere).await;
        assert!(matches!(found, Err(RegionError::Outside)));
    }

    proptest! {
        #[test]
        fn an_ellipse_holds_what_its_formula_does(
            center in [2.0..8.0, 2.0..8.0_f64],
            a in [-4.0..4.0, -4.0..4.0_f64],
            b in [-4.0..4.0, -4.0..4.0_f64],
        ) {
            let det = a[0] * b[1] - a[1] * b[0];
            prop_assume!(det.abs() > 0.1);
            let inside = |y: f64, x: f64| {
                let (v, h) = (y - center[0], x - center[1]);
                let (s, t) = ((v * b[1] - h * b[0]) / det, (h * a[0] - v * a[1]) / det);
                s * s + t * t <= 1.0
            };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let outline = Outline::Ellipse { center, halves: [a, b] };
            let found = runtime.block_on(region_statistics(&numbers(), &region(outline))).ok();
            let (found, naive) = (found.map(rounded), naive(inside).map(rounded));
            prop_assert_eq!(found, naive);
        }
    }
}
