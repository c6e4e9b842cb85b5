//! Which voxels a brush goes over.

use super::grid::Grid;
use super::stroke::{voxel, voxel_of};
use super::{PaintError, PaintLimits, Stroke};

/// Places of a chunk, from the first to the last of each run.
pub(super) type Places = Vec<(u16, u16)>;

/// Roots are off by less than this many voxels; what is in between is looked at exactly.
const SLACK: f64 = 1e-6;

/// The voxels within half the brush's size of the path, and those that its points lie in: by
/// chunk, in C order, each once.
pub(super) fn pieces(
    grid: &Grid,
    stroke: &Stroke,
    limits: &PaintLimits,
) -> Result<Vec<(u64, Places)>, PaintError> {
    let axes = stroke.axes(grid.axes());
    let mut pieces = Pieces { grid, limits, all: Vec::new(), work: 0 };
    // What makes two points lie in the same plane, or ball.
    let slice = |point: &[f64]| -> Vec<i64> {
        let others = point.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
        others.map(|(_, &c)| voxel(c)).collect()
    };
    let joined = |a: &[f64], b: &[f64]| slice(a) == slice(b);
    for (i, point) in stroke.path.iter().enumerate() {
        // Outside the volume along an axis that is not painted along: nothing to see of it.
        let voxel = voxel_of(point, &grid.shape);
        if let Some(voxel) = &voxel {
            let at = voxel.last().copied().unwrap_or(0);
            pieces.row(voxel, grid.axes() - 1, (at, at))?;
        }
        let before = i.checked_sub(1).and_then(|i| stroke.path.get(i));
        let before = before.filter(|before| joined(before, point));
        let after = stroke.path.get(i + 1).filter(|after| joined(point, after));
        if let Some(from) = before.or((after.is_none()).then_some(point)) {
            pieces.capsule(&axes, (from, point), stroke.size / 2.0)?;
        }
    }
    pieces.finish()
}

struct Pieces<'a> {
    grid: &'a Grid,
    limits: &'a PaintLimits,
    /// Chunk, first place, last place.
    all: Vec<(u64, u16, u16)>,
    /// Rows looked at and pieces made.
    work: usize,
}

impl Pieces<'_> {
    /// All voxels of the plane, or ball, of `to` within `radius` of the way between two points.
    fn capsule(
        &mut self,
        axes: &[usize],
        (from, to): (&[f64], &[f64]),
        radius: f64,
    ) -> Result<(), PaintError> {
        let Some((&along, outer)) = axes.split_last() else { return Ok(()) };
        let mut at = Vec::with_capacity(to.len());
        for (axis, &len) in self.grid.shape.iter().enumerate() {
            let place = usize::try_from(voxel(to[axis])).ok().filter(|&v| v < len);
            match place {
                _ if axes.contains(&axis) => at.push(0),
                Some(place) => at.push(place),
                None => return Ok(()),
            }
        }
        let reach = |axis: usize| -> Option<(usize, usize)> {
            let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
            clip((low - radius).ceil(), (high + radius).floor(), self.grid.shape[axis])
        };
        let Some(ranges) = outer.iter().map(|&axis| reach(axis)).collect::<Option<Vec<_>>>() else {
            return Ok(());
        };
        for (&axis, &(low, _)) in outer.iter().zip(&ranges) {
            at[axis] = low;
        }
        let segment = Segment::new(axes, from, to, radius);
        loop {
            let row = segment.row(outer.iter().map(|&axis| at[axis] as f64));
            self.spend()?;
            if let Some(places) = row.and_then(|(a, b)| clip(a, b, self.grid.shape[along])) {
                self.row(&at, along, places)?;
            }
            // The next row: the last of the outer axes first.
            let next = outer.iter().zip(&ranges).rfind(|&(&axis, &(_, high))| at[axis] < high);
            let Some((&axis, _)) = next else { return Ok(()) };
            at[axis] += 1;
            for (&after, &(low, _)) in outer.iter().zip(&ranges).filter(|(after, _)| **after > axis)
            {
                at[after] = low;
            }
        }
    }

    /// The voxels of the row through `at` along an axis, from the first to the last.
    fn row(
        &mut self,
        at: &[usize],
        along: usize,
        places: (usize, usize),
    ) -> Result<(), PaintError> {
        let mut at = at.to_vec();
        let columns = self.grid.tile()[1];
        let is_last = along + 1 == at.len();
        let (mut first, last) = places;
        while first <= last {
            at[along] = first;
            let until =
                if is_last { last.min(first - first % columns + columns - 1) } else { first };
            if let Some((number, place)) = self.grid.place(&at) {
                self.spend()?;
                // Within a row of a chunk, whose places fit.
                self.all.push((number, place, place + (until - first) as u16));
            }
            first = until + 1;
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), PaintError> {
        self.work += 1;
        let limit = self.limits.voxels;
        if self.work > limit { Err(PaintError::TooManyVoxels { limit }) } else { Ok(()) }
    }

    /// Joins what overlaps or touches, and parts it by chunks.
    fn finish(mut self) -> Result<Vec<(u64, Places)>, PaintError> {
        self.all.sort_unstable();
        let mut chunks: Vec<(u64, Places)> = Vec::new();
        for (number, start, end) in self.all {
            match chunks.last_mut() {
                Some((last, places)) if *last == number => match places.last_mut() {
                    Some((_, before)) if start.saturating_sub(1) <= *before => {
                        *before = end.max(*before);
                    }
                    _ => places.push((start, end)),
                },
                _ => chunks.push((number, vec![(start, end)])),
            }
        }
        let places = chunks.iter().flat_map(|(_, places)| places);
        let voxels: usize = places.map(|(start, end)| usize::from(end - start) + 1).sum();
        if voxels > self.limits.voxels {
            return Err(PaintError::TooManyVoxels { limit: self.limits.voxels });
        }
        if chunks.len() > self.limits.chunks {
            return Err(PaintError::TooManyChunks { limit: self.limits.chunks });
        }
        Ok(chunks)
    }
}

/// The whole numbers from `low` to `high` that are indices of an axis of `len` voxels.
fn clip(low: f64, high: f64, len: usize) -> Option<(usize, usize)> {
    let (low, high) = (low.max(0.0), high.min(len as f64 - 1.0));
    (low <= high).then_some((low as usize, high as usize))
}

/// The way of a brush between two points, along the axes that it paints.
struct Segment {
    from: Vec<f64>,
    way: Vec<f64>,
    /// Square of the way's length.
    length2: f64,
    radius2: f64,
}

impl Segment {
    fn new(axes: &[usize], from: &[f64], to: &[f64], radius: f64) -> Self {
        let way: Vec<f64> = axes.iter().map(|&axis| to[axis] - from[axis]).collect();
        let length2 = way.iter().map(|d| d * d).sum();
        let from = axes.iter().map(|&axis| from[axis]).collect();
        Self { from, way, length2, radius2: radius * radius }
    }

    /// The first and last index within reach of the row at `outer` along the last axis. Reach is
    /// convex, so all between them are.
    fn row(&self, outer: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
        let (&start, _) = self.from.split_last()?;
        let (&along, across) = self.way.split_last()?;
        // Of the row's place: its distance from the start (squared), and how far along the way.
        let (mut far2, mut dot) = (0.0, 0.0);
        for ((at, from), way) in outer.zip(&self.from).zip(across) {
            far2 += (at - from) * (at - from);
            dot += (at - from) * way;
        }
        let across2: f64 = across.iter().map(|d| d * d).sum();
        // At the end of the way, as at its start.
        let end2 = far2 - 2.0 * dot + across2;
        let reach = self.radius2 * (1.0 + 1e-12) + 1e-12;
        let ball = |centre: f64, far2: f64| {
            let half = (far2 <= reach).then(|| (reach - far2).sqrt())?;
            Some((centre - half, centre + half))
        };
        let ends =
            [ball(0.0, far2), ball(along, end2), self.side(along, across2, far2, dot, reach)];
        let (low, high) =
            ends.into_iter().flatten().reduce(|(low, high), (a, b)| (low.min(a), high.max(b)))?;
        let (mut low, mut high) = ((start + low - SLACK).ceil(), (start + high + SLACK).floor());
        let within = |at: f64| {
            let u = at - start;
            let t = if self.length2 > 0.0 { (dot + u * along) / self.length2 } else { 0.0 };
            let t = t.clamp(0.0, 1.0);
            // |offset − t·way|², with offset = (row's place, u).
            far2 + u * u - 2.0 * t * (dot + u * along) + t * t * self.length2 <= self.radius2
        };
        while low <= high && !within(low) {
            low += 1.0;
        }
        while low < high && !within(high) {
            high -= 1.0;
        }
        (low <= high).then_some((low, high))
    }

    /// Between the balls at both ends: no farther than the radius from the line, where the foot of
    /// the perpendicular lies on the way.
    fn side(
        &self,
        along: f64,
        across2: f64,
        far2: f64,
        dot: f64,
        reach: f64,
    ) -> Option<(f64, f64)> {
        if self.length2 == 0.0 {
            return None;
        }
        let (a, b) = (across2 / self.length2, dot * along / self.length2);
        let c = far2 - dot * dot / self.length2 - reach;
        let (low, high) = if a > f64::EPSILON {
            let root = (b * b - a * c).max(0.0).sqrt();
            (((b - root) / a), ((b + root) / a))
        } else if c <= 0.0 {
            (f64::NEG_INFINITY, f64::INFINITY)
        } else {
            return None;
        };
        let (first, last) = if along == 0.0 {
            let beside = (0.0..=self.length2).contains(&dot);
            beside.then_some((f64::NEG_INFINITY, f64::INFINITY))?
        } else {
            let (first, last) = (-dot / along, (self.length2 - dot) / along);
            (first.min(last), first.max(last))
        };
        let (low, high) = (low.max(first), high.min(last));
        (low <= high).then_some((low, high))
    }
}
