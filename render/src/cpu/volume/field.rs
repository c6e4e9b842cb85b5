//! Reading a volume's texels.

use crate::dense::{CELL, Dense, Voxel};
use crate::draw_list::{Volume, VolumePaint};

/// Samples that are read together.
pub(super) const LANES: usize = 8;

/// A volume to be read.
pub(super) struct Field<'a, V> {
    voxels: &'a [V],
    cells: &'a [[f32; 2]],
    grid: [usize; 3],
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
            grid: dense.grid,
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
        const SIDE: f32 = CELL as f32;
        let p = path.at(k as f32);
        let mut cell = [0; 3];
        let mut end = path.count as f32;
        for d in 0..3 {
            let number = p[d].clamp(0.0, self.last[d]) as usize / CELL;
            cell[d] = number;
            let (step, inverse) = (path.step[d], path.inverse[d]);
            let low = number as f32 * SIDE;
            let leaves = if step > 0.0 && number + 1 < self.grid[d] {
                ((low + SIDE - path.start[d]) * inverse).ceil()
            } else if step < 0.0 && number > 0 {
                ((low - path.start[d]) * inverse).floor() + 1.0
            } else {
                end
            };
            end = end.min(leaves);
        }
        let at = (cell[0] * self.grid[1] + cell[1]) * self.grid[2] + cell[2];
        let range = self.cells.get(at).copied().unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
        (range, (end as u32).max(k + 1))
    }

    /// The samples from number `k` on, beyond the end of the path too.
    #[inline(always)]
    pub(super) fn samples(&self, path: &Path, k: u32) -> [f32; LANES] {
        let mut p = [[0.0_f32; LANES]; 3];
        for (d, p) in p.iter_mut().enumerate() {
            for (lane, p) in p.iter_mut().enumerate() {
                let at = path.start[d] + (k + lane as u32) as f32 * path.step[d];
                *p = at.clamp(0.0, self.last[d]);
            }
        }
        if self.linear { self.mixed(&p) } else { self.nearest(&p) }
    }

    #[inline(always)]
    fn nearest(&self, p: &[[f32; LANES]; 3]) -> [f32; LANES] {
        let mut out = [0.0; LANES];
        for lane in 0..LANES {
            let [z, y, x] = [0, 1, 2].map(|d: usize| (p[d][lane] + 0.5) as i32 as usize);
            let at = z * self.plane + y * self.line + x;
            out[lane] = self.voxels.get(at).copied().unwrap_or_default().value();
        }
        out
    }

    #[inline(always)]
    fn mixed(&self, p: &[[f32; LANES]; 3]) -> [f32; LANES] {
        let mut at = [0_usize; LANES];
        let mut share = [[0.0_f32; LANES]; 3];
        for lane in 0..LANES {
            let low = [0, 1, 2].map(|d: usize| p[d][lane] as i32);
            for d in 0..3 {
                share[d][lane] = p[d][lane] - low[d] as f32;
            }
            let [z, y, x] = low.map(|i| i as usize);
            at[lane] = z * self.plane + y * self.line + x;
        }
        let mut pairs = [[V::Pair::default(); LANES]; 4];
        let rows = [0, self.line, self.plane, self.plane + self.line];
        for (pairs, row) in pairs.iter_mut().zip(rows) {
            for (pair, at) in pairs.iter_mut().zip(at) {
                *pair = self.pair(at + row);
            }
        }
        let mut out = [0.0; LANES];
        let [fz, fy, fx] = &share;
        for lane in 0..LANES {
            let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
            let row = |i: usize| {
                let [a, b] = V::values(pairs[i][lane]);
                mix(a, b, fx[lane])
            };
            let near = mix(row(0), row(1), fy[lane]);
            let far = mix(row(2), row(3), fy[lane]);
            out[lane] = mix(near, far, fz[lane]);
        }
        out
    }

    #[inline(always)]
    fn pair(&self, at: usize) -> V::Pair {
        match self.voxels.get(at..at + 2) {
            Some(&[a, b]) => V::pair([a, b]),
            _ => V::Pair::default(),
        }
    }

    /// The sample at `p`.
    #[inline(always)]
    pub(super) fn read(&self, p: [f32; 3]) -> f32 {
        let p: [f32; 3] = std::array::from_fn(|d| p[d].clamp(0.0, self.last[d]));
        let lanes = p.map(|p| [p; LANES]);
        if self.linear { self.mixed(&lanes)[0] } else { self.nearest(&lanes)[0] }
    }
}
