//! Which voxels hang together and have the same label.
//!
//! Chunk by chunk: within one, rows are filled as far as they go, and what reaches an edge is
//! passed on to the neighbour. A chunk is looked at again when more reaches it.

use std::collections::BTreeMap;

use super::grid::Grid;
use super::raster::Places;
use super::stroke::voxel_of;
use super::{PaintError, PaintLimits, Stroke, Volume};

/// Columns of a row from the first to the last, where the fill may enter a chunk.
type Seed = (usize, usize, usize);

/// The voxels that a fill from the path's first point reaches, by chunk, in C order. Nothing where
/// that point lies outside, or has the label already.
pub(super) fn fill(
    volume: &mut Volume,
    stroke: &Stroke,
    limits: &PaintLimits,
) -> Result<Vec<(u64, Places)>, PaintError> {
    let grid = volume.grid.clone();
    let start = stroke.path.first().and_then(|point| voxel_of(point, &grid.shape));
    let Some((number, place)) = start.and_then(|voxel| grid.place(&voxel)) else {
        return Ok(Vec::new());
    };
    let zeros = vec![0; grid.voxels()];
    let labels = volume.slots.warm(number)?.unwrap_or(&zeros);
    let Some(&old) = labels.get(usize::from(place)).filter(|&&old| old != stroke.label) else {
        return Ok(Vec::new());
    };
    let (row, column) = (usize::from(place) / grid.tile()[1], usize::from(place) % grid.tile()[1]);
    let axes = stroke.axes(grid.axes());
    let seeds = BTreeMap::from([(number, vec![(row, column, column)])]);
    let mut flood =
        Flood { grid: &grid, axes, old, seeds, masks: BTreeMap::new(), voxels: 0, limits };
    while let Some((number, seeds)) = flood.seeds.pop_first() {
        let labels = volume.slots.warm(number)?.unwrap_or(&zeros);
        flood.enter(number, seeds, labels)?;
    }
    let filled = flood.masks.into_iter();
    Ok(filled
        .map(|(number, mask)| (number, mask.places()))
        .filter(|(_, p)| !p.is_empty())
        .collect())
}

struct Flood<'a> {
    grid: &'a Grid,
    /// Along which it spreads.
    axes: Vec<usize>,
    old: u32,
    seeds: BTreeMap<u64, Vec<Seed>>,
    masks: BTreeMap<u64, Mask>,
    voxels: usize,
    limits: &'a PaintLimits,
}

impl Flood<'_> {
    fn enter(
        &mut self,
        number: u64,
        mut seeds: Vec<Seed>,
        labels: &[u32],
    ) -> Result<(), PaintError> {
        let columns = self.grid.tile()[1];
        let (old, right) = (self.old, self.axes.contains(&(self.grid.axes() - 1)));
        let wide = self.extent(number)[1];
        let mut mask = match self.masks.remove(&number) {
            Some(mask) => mask,
            None if self.masks.len() >= self.limits.chunks => {
                return Err(PaintError::TooManyChunks { limit: self.limits.chunks });
            }
            None => Mask::new(self.grid.voxels()),
        };
        while let Some((row, from, to)) = seeds.pop() {
            let first = row * columns;
            let open = |mask: &Mask, column: usize| {
                labels.get(first + column) == Some(&old) && !mask.has(first + column)
            };
            let mut column = from;
            while column <= to.min(wide - 1) {
                if !open(&mask, column) {
                    column += 1;
                    continue;
                }
                let (mut left, mut end) = (column, column);
                while right && left > 0 && open(&mask, left - 1) {
                    left -= 1;
                }
                while right && end + 1 < wide && open(&mask, end + 1) {
                    end += 1;
                }
                mask.set(first + left, first + end);
                self.voxels += end + 1 - left;
                if self.voxels > self.limits.voxels {
                    return Err(PaintError::TooManyVoxels { limit: self.limits.voxels });
                }
                self.spread(number, (row, left, end), &mut seeds);
                column = end + 1;
            }
        }
        self.masks.insert(number, mask);
        Ok(())
    }

    /// Looks on from a filled run: within the chunk by `seeds`, beyond it by those of neighbours.
    fn spread(&mut self, number: u64, (row, left, end): Seed, seeds: &mut Vec<Seed>) {
        let (last, [rows, columns]) = (self.grid.axes() - 1, self.grid.tile());
        let [tall, wide] = self.extent(number);
        let along = |axis: usize| self.axes.contains(&axis);
        let (down, right) = (along(last - 1), along(last));
        if down && row > 0 {
            seeds.push((row - 1, left, end));
        } else if down {
            self.pass(number, last - 1, false, (rows - 1, left, end));
        }
        if down && row + 1 < tall {
            seeds.push((row + 1, left, end));
        } else if down {
            self.pass(number, last - 1, true, (0, left, end));
        }
        if right && left == 0 {
            self.pass(number, last, false, (row, columns - 1, columns - 1));
        }
        if right && end + 1 == wide {
            self.pass(number, last, true, (row, 0, 0));
        }
        for axis in self.axes.clone().into_iter().filter(|&axis| axis + 1 < last) {
            self.pass(number, axis, false, (row, left, end));
            self.pass(number, axis, true, (row, left, end));
        }
    }

    /// Rows and columns of a chunk that lie in the volume.
    fn extent(&self, number: u64) -> [usize; 2] {
        let (at, split) = (self.grid.position(number), self.grid.axes() - 2);
        [split, split + 1].map(|axis| {
            let size = self.grid.chunk[axis];
            size.min(self.grid.shape[axis] - at[axis] * size)
        })
    }

    fn pass(&mut self, number: u64, axis: usize, after: bool, seed: Seed) {
        if let Some(neighbour) = self.grid.neighbour(number, axis, after) {
            self.seeds.entry(neighbour).or_default().push(seed);
        }
    }
}

/// One bit for each place of a chunk.
struct Mask(Vec<u64>);

impl Mask {
    fn new(voxels: usize) -> Self {
        Self(vec![0; voxels.div_ceil(64)])
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn set(&mut self, start: usize, end: usize) {
        for at in start / 64..=end / 64 {
            let (low, high) = (start.max(at * 64) % 64, end.min(at * 64 + 63) % 64);
            if let Some(word) = self.0.get_mut(at) {
                *word |= u64::MAX << low & u64::MAX >> (63 - high);
            }
        }
    }

    /// The runs of what is set.
    fn places(&self) -> Places {
        let mut places = Places::new();
        for (at, &word) in self.0.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let low = rest.trailing_zeros();
                let run = (rest >> low).trailing_ones();
                rest &= u64::MAX.checked_shl(low + run).unwrap_or(0);
                // A chunk has at most 2¹⁶ places.
                let start = (at as u32 * 64 + low) as u16;
                let end = start + (run - 1) as u16;
                match places.last_mut() {
                    Some((_, before)) if before.checked_add(1) == Some(start) => *before = end,
                    _ => places.push((start, end)),
                }
            }
        }
        places
    }
}
