//! Coarser levels of a volume.

use parfocal_base::Level;

use super::grid::{Grid, nearest};
use super::slots::Content;
use super::{PaintError, Volume};
use crate::block::Block;

/// Levels until the last two axes are short; the outer edges of all coincide.
pub(super) fn levels(grid: &Grid, scale: &[f64], translate: &[f64]) -> Vec<Level> {
    let level = |level: usize| {
        let shape = grid.shape_of(level);
        let split = grid.axes() - 2;
        let factor = |axis: usize| if axis < split { 1.0 } else { (1_u64 << level) as f64 };
        let chunk = grid.chunk.iter().zip(&shape).map(|(&c, &n)| c.min(n)).collect();
        let places = scale.iter().zip(translate).enumerate();
        let translate = places.map(|(axis, (s, t))| t + s * (factor(axis) - 1.0) / 2.0).collect();
        let scale = scale.iter().enumerate().map(|(axis, s)| s * factor(axis)).collect();
        Level { shape, chunk, scale, translate }
    };
    (0..=grid.coarser()).map(level).collect()
}

/// What a box of a level shows of a volume; the volume need not be held to unpack it.
#[derive(Debug)]
pub(super) struct Parts(Vec<(u64, Content)>);

impl Volume {
    /// The chunks that `block` of `level` shows.
    pub(super) fn box_of_level(&self, level: usize, block: &Block) -> Parts {
        let grid = &self.grid;
        let split = grid.axes() - 2;
        let mut ends = [block.origin.clone(), block.origin.clone()];
        for axis in split..split + 2 {
            let last = block.origin[axis] + block.shape[axis] - 1;
            for (end, sample) in ends.iter_mut().zip([block.origin[axis], last]) {
                end[axis] = nearest(sample, level, grid.shape[axis]) / grid.chunk[axis];
            }
        }
        let [first, last] = ends.map(|end| grid.number(&end));
        let (Some(first), Some(last)) = (first, last) else { return Parts(Vec::new()) };
        let columns = grid.chunks[split + 1] as u64;
        let seen = first % columns..=last % columns;
        let shown = |number: &u64| seen.contains(&(number % columns));
        Parts(self.slots.contents(first..=last, shown).collect())
    }
}

impl Parts {
    pub(super) fn paint(
        self,
        grid: &Grid,
        level: usize,
        block: &Block,
    ) -> Result<Vec<u32>, PaintError> {
        let mut out = vec![0; block.len()];
        for (number, content) in self.0 {
            let labels = content.labels(grid.voxels())?;
            Painter { grid, level, block }.paint(number, Some(&labels), &mut out);
        }
        Ok(out)
    }
}

/// Brings chunks of the volume into a box of a level.
pub(super) struct Painter<'a> {
    pub(super) grid: &'a Grid,
    pub(super) level: usize,
    pub(super) block: &'a Block,
}

impl Painter<'_> {
    /// Writes what `out` (of the box) shows of chunk `number`, whose labels are all 0 where there
    /// are none.
    pub(super) fn paint(&self, number: u64, labels: Option<&[u32]>, out: &mut [u32]) {
        let (at, split) = (self.grid.position(number), self.grid.axes() - 2);
        let [rows, columns] = [split, split + 1].map(|axis| self.samples(axis, at[axis]));
        let (size, width) = (self.grid.tile()[1], self.block.shape[split + 1]);
        for &(y, row) in &rows {
            let Some(out) = out.get_mut(y * width..(y + 1) * width) else { return };
            let labels = labels.and_then(|labels| labels.get(row * size..(row + 1) * size));
            match (labels, columns.as_slice()) {
                (Some(labels), &[(x, first), .., (last, end)]) if end - first == last - x => {
                    out[x..=last].copy_from_slice(&labels[first..=end]);
                }
                (labels, columns) => {
                    for &(x, column) in columns {
                        out[x] = labels.map_or(0, |labels| labels[column]);
                    }
                }
            }
        }
    }

    /// The samples of the box along an axis that lie in the chunk at `at` of it: place in the box,
    /// place in the chunk.
    fn samples(&self, axis: usize, at: usize) -> Vec<(usize, usize)> {
        let (size, len) = (self.grid.chunk[axis], self.grid.shape[axis]);
        let all = (0..self.block.shape[axis]).map(|i| {
            let sample = self.block.origin[axis] + i;
            (i, nearest(sample, self.level, len))
        });
        let inside = all.filter(|(_, voxel)| voxel / size == at);
        inside.map(|(i, voxel)| (i, voxel % size)).collect()
    }
}
