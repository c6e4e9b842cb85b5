//! The least and the most of the texels of cubes, so that rays step over what nobody sees.

use rayon::prelude::*;

use super::Voxel;

/// Texels along each side of a cell: small enough to follow what is empty, large enough that looking
/// at cells costs little beside looking at texels.
pub const CELL: usize = 8;
/// Texels along each side of a block: most of a volume is empty in large, and a ray looks at one
/// block instead of at four cells.
pub const BLOCK: usize = 32;

/// Cubes of `SIDE` texels along each axis.
#[derive(Debug)]
pub struct Cells<const SIDE: usize> {
    /// Smallest and largest texel of each, planes of rows of them. Each looks at one texel more along
    /// each axis, with which linear reading mixes its last one. Where all are not numbers, the
    /// smallest is above the largest; where some are not, they are minus and plus infinity, so that
    /// nobody takes for granted what a sample there is.
    pub ranges: Vec<[f32; 2]>,
    /// How many there are along each axis.
    pub grid: [usize; 3],
}

/// The least and the most of no texels.
const NOTHING: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];
/// Of texels some of which are not numbers.
const ANYTHING: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

impl Cells<CELL> {
    /// Of texels with one more along each axis, which repeats the last one.
    pub(super) fn of<V: Voxel>(voxels: &[V], shape: [usize; 3]) -> Self {
        let [planes, rows, cols] = shape;
        let grid = shape.map(|size| size.div_ceil(CELL));
        let mut ranges = vec![NOTHING; grid.iter().product()];
        ranges.par_chunks_mut(grid[1] * grid[2]).enumerate().for_each(|(cz, to)| {
            let mut holed = vec![false; grid[2]];
            for (cy, to) in to.chunks_mut(grid[2]).enumerate() {
                holed.fill(false);
                for z in cz * CELL..=((cz + 1) * CELL).min(planes) {
                    for y in cy * CELL..=((cy + 1) * CELL).min(rows) {
                        let start = (z * (rows + 1) + y) * (cols + 1);
                        let row = voxels.get(start..start + cols + 1).unwrap_or_default();
                        widen(to, &mut holed, row);
                    }
                }
                for (cell, _) in
                    to.iter_mut().zip(&holed).filter(|(cell, holed)| **holed && **cell != NOTHING)
                {
                    *cell = ANYTHING;
                }
            }
        });
        Self { ranges, grid }
    }
}

impl Cells<BLOCK> {
    /// Of cells.
    pub(super) fn gathered(cells: &Cells<CELL>) -> Self {
        const CELLS: usize = BLOCK / CELL;
        let [_, rows, cols] = cells.grid;
        let grid = cells.grid.map(|count| count.div_ceil(CELLS));
        let mut ranges: Vec<Option<[f32; 2]>> = vec![None; grid.iter().product()];
        for (number, range) in cells.ranges.iter().enumerate() {
            let [z, y, x] = [number / (rows * cols), number / cols % rows, number % cols];
            let block = ((z / CELLS) * grid[1] + y / CELLS) * grid[2] + x / CELLS;
            if let Some(to) = ranges.get_mut(block) {
                *to = Some(to.map_or(*range, |to| joined(to, *range)));
            }
        }
        Self { ranges: ranges.into_iter().map(|range| range.unwrap_or(ANYTHING)).collect(), grid }
    }
}

fn joined(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    // Numbers here and none there are what some texels that are not numbers are.
    if (a == NOTHING) != (b == NOTHING) { ANYTHING } else { [a[0].min(b[0]), a[1].max(b[1])] }
}

/// Widens each cell of a row of cells by the texels of a row; those with one that is not a number
/// are `holed`.
fn widen<V: Voxel>(cells: &mut [[f32; 2]], holed: &mut [bool], row: &[V]) {
    for (cx, ([low, high], holed)) in cells.iter_mut().zip(holed).enumerate() {
        let end = ((cx + 1) * CELL + 1).min(row.len());
        for texel in row.get(cx * CELL..end).unwrap_or_default() {
            let value = texel.value();
            *low = low.min(value);
            *high = high.max(value);
            *holed |= value.is_nan();
        }
    }
}
