//! Reading a volume's texels.

use crate::dense::{BLOCK, CELL, Cells, Dense, Voxel};
use crate::draw_list::{Volume, VolumePaint};

/// Samples that are read together.
pub(super) const LANES: usize = 8;
const NUMBERS: [f32; LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

/// A volume to be read.
pub(super) struct Field<'a, V> {
    voxels: &'a [V],
    cells: &'a Cells<CELL>,
    blocks: &'a Cells<BLOCK>,
    /// The last texel of each axis.
    last: [f32; 3],
    plane: usize,
    line: usize,
    linear: bool,
    /// Voxels between texels.
    pub(super) spacing: [f32; 3],
}

/// The samples of a ray: number k is at `start` + k · `step`.
#[derive(Clone, Copy)]
pub(super) struct Path {
    pub(super) start: [f32; 3],
    pub(super) step: [f32; 3],
    /// 1 / `step`.
    pub(super) inverse: [f32; 3],
    pub(super) count: u32,
    /// One voxel of the ray, each component times the spacing: a unit vector.
    pub(super) direction: [f32; 3],
}

impl Path {
    #[inline(always)]
    pub(super) fn at(&self, k: f32) -> [f32; 3] {
        std::array::from_fn(|d| self.start[d] + k * self.step[d])
    }
}

impl<'a, V: Voxel> Field<'a, V> {
    pub(super) fn new(dense: &'a Dense, voxels: &'a [V], volume: &Volume) -> Self {
        let [plane, line] = dense.strides();
        let linear = matches!(&volume.paint, VolumePaint::Image(transfer, _) if transfer.linear);
        Self {
            voxels,
            cells: &dense.cells,
            blocks: &dense.blocks,
            last: dense.shape.map(|size| (size - 1) as f32),
            plane,
            line,
            linear,
            spacing: volume.bricks.spacing.map(|s| s as f32),
        }
    }

    /// The texels about sample `k` at their least and most, and the first sample that is in another
    /// cell, `count` at most.
    #[inline(always)]
    pub(super) fn cell(&self, path: &Path, k: u32) -> ([f32; 2], u32) {
        self.within(self.cells, path, k)
    }

    /// The same of blocks.
    #[inline(always)]
    pub(super) fn block(&self, path: &Path, k: u32) -> ([f32; 2], u32) {
        self.within(self.blocks, path, k)
    }

    #[inline(always)]
    fn within<const SIDE: usize>(
        &self,
        cells: &Cells<SIDE>,
        path: &Path,
        k: u32,
    ) -> ([f32; 2], u32) {
        let side = SIDE as f32;
        let p = path.at(k as f32);
        let mut cell = [0; 3];
        let mut end = path.count as f32;
        for d in 0..3 {
            let number = p[d].clamp(0.0, self.last[d]) as usize / SIDE;
            cell[d] = number;
            let (step, inverse) = (path.step[d], path.inverse[d]);
            let low = number as f32 * side;
            let leaves = if step > 0.0 && number + 1 < cells.grid[d] {
                ((low + side - path.start[d]) * inverse).ceil()
            } else if step < 0.0 && number > 0 {
                ((low - path.start[d]) * inverse).floor() + 1.0
            } else {
                end
            };
            end = end.min(leaves);
        }
        let at = (cell[0] * cells.grid[1] + cell[1]) * cells.grid[2] + cell[2];
        let range = cells.ranges.get(at).copied().unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
        (range, (end as u32).max(k + 1))
    }

    /// The samples from number `k` on, beyond the end of the path too.
    #[inline(always)]
    pub(super) fn samples(&self, path: &Path, k: u32) -> [f32; LANES] {
        let first = k as i32 as f32;
        let mut p = [[0.0_f32; LANES]; 3];
        for (d, p) in p.iter_mut().enumerate() {
            for (p, number) in p.iter_mut().zip(NUMBERS) {
                let at = path.start[d] + (first + number) * path.step[d];
                // Not `clamp`, which looks after what is not a number.
                *p = at.max(0.0).min(self.last[d]);
            }
        }
        if self.linear { self.mixed(&p) } else { self.nearest(&p) }
    }

    #[inline(always)]
    fn nearest(&self, p: &[[f32; LANES]; 3]) -> [f32; LANES] {
        let at = self.numbers(p, 0.5).0;
        at.map(|at| self.voxels.get(at as usize).copied().unwrap_or_default().value())
    }

    #[inline(always)]
    fn mixed(&self, p: &[[f32; LANES]; 3]) -> [f32; LANES] {
        let (at, low) = self.numbers(p, 0.0);
        let mut pairs = [[V::Pair::default(); LANES]; 4];
        let rows = [0, self.line, self.plane, self.plane + self.line];
        for (pairs, row) in pairs.iter_mut().zip(rows) {
            for (pair, at) in pairs.iter_mut().zip(at) {
                *pair = self.pair(at as usize + row);
            }
        }
        let mut out = [0.0; LANES];
        for (lane, out) in out.iter_mut().enumerate() {
            let share = |d: usize| p[d][lane] - low[d][lane];
            let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
            let row = |i: usize| {
                let [a, b] = V::values(pairs[i][lane]);
                mix(a, b, share(2))
            };
            let near = mix(row(0), row(1), share(1));
            let far = mix(row(2), row(3), share(1));
            *out = mix(near, far, share(0));
        }
        out
    }

    /// Where the texels at or below `p` + `more` are among the voxels, and their coordinates.
    /// In 32 bits, which vectors can multiply: budgets are far below 2^31 texels.
    #[inline(always)]
    fn numbers(&self, p: &[[f32; LANES]; 3], more: f32) -> ([u32; LANES], [[f32; LANES]; 3]) {
        let (plane, line) = (self.plane as i32, self.line as i32);
        let mut at = [0_u32; LANES];
        let mut low = [[0.0; LANES]; 3];
        for (lane, at) in at.iter_mut().enumerate() {
            let [z, y, x] = [0, 1, 2].map(|d: usize| (p[d][lane] + more) as i32);
            let number = z.wrapping_mul(plane).wrapping_add(y.wrapping_mul(line));
            *at = number.wrapping_add(x) as u32;
            for (low, whole) in low.iter_mut().zip([z, y, x]) {
                low[lane] = whole as f32;
            }
        }
        (at, low)
    }

    #[inline(always)]
    fn pair(&self, at: usize) -> V::Pair {
        match self.voxels.get(at..at + 2) {
            Some(&[a, b]) => V::pair([a, b]),
            _ => V::Pair::default(),
        }
    }

    /// The number of the label at `p`.
    #[inline(always)]
    pub(super) fn label(&self, p: [f32; 3]) -> u32 {
        let p = std::array::from_fn(|d| [p[d].clamp(0.0, self.last[d]); LANES]);
        let [at, ..] = self.numbers(&p, 0.5).0;
        self.voxels.get(at as usize).copied().unwrap_or_default().number()
    }

    /// The sample at `p`.
    #[inline(always)]
    pub(super) fn read(&self, p: [f32; 3]) -> f32 {
        let p: [f32; 3] = std::array::from_fn(|d| p[d].clamp(0.0, self.last[d]));
        let lanes = p.map(|p| [p; LANES]);
        if self.linear { self.mixed(&lanes)[0] } else { self.nearest(&lanes)[0] }
    }
}
