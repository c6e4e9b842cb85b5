//! Along the rays of a row.

use multiversion::multiversion;

use super::Seen;
use super::field::{Field, LANES, Path};
use super::gather::Gather;
use crate::dense::Voxel;
use crate::draw_list::{Ray, Volume};

/// Samples that are read before it is asked again whether what follows is needed.
const RUN: u32 = 32;

/// What the rays of one row of blocks make.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma"))]
pub(super) fn row<V: Voxel, G: Gather>(
    volume: &Volume,
    field: &Field<'_, V>,
    block: u32,
    gather: G,
    out: &mut [Seen],
) {
    let every = f64::from(volume.every.max(1));
    let y = (f64::from(block) + 0.5) * every;
    for (x, out) in out.iter_mut().enumerate() {
        let ray = volume.rays.at((x as f64 + 0.5) * every, y, volume.bricks.spacing);
        let Some(path) = path(volume, &ray) else { continue };
        let mut own = gather.clone();
        along(field, &path, &mut own);
        *out = own.seen(field, &path);
    }
}

/// The samples of a ray; `None` where it has none.
#[inline(always)]
fn path(volume: &Volume, ray: &Ray) -> Option<Path> {
    let [near, far] = ray.within(volume.bricks.shape)?;
    // As many as lie before `far`; the cast saturates.
    let count = ((far - near) / volume.step - 0.5).ceil() as u32;
    if count == 0 {
        return None;
    }
    let first = near + 0.5 * volume.step;
    let step = ray.direction.map(|d| (d * volume.step) as f32);
    Some(Path {
        start: std::array::from_fn(|d| (ray.origin[d] + first * ray.direction[d]) as f32),
        step,
        inverse: step.map(f32::recip),
        count,
        direction: std::array::from_fn(|d| (ray.direction[d] * volume.bricks.spacing[d]) as f32),
    })
}

#[inline(always)]
fn along<V: Voxel, G: Gather>(field: &Field<'_, V>, path: &Path, gather: &mut G) {
    let (mut k, mut block_end) = (0, 0);
    while k < path.count {
        if k >= block_end {
            let (range, end) = field.block(path, k);
            if gather.skip(range, end - k) {
                k = end;
                continue;
            }
            block_end = end;
        }
        let (range, mut end) = field.cell(path, k);
        if gather.skip(range, end - k) {
            k = end;
            continue;
        }
        // Neighbouring cells that are needed are read together.
        let mut next = end;
        while end < path.count && end - k < RUN {
            let (range, after) = field.cell(path, end);
            next = after;
            if gather.skip(range, after - end) {
                break;
            }
            end = after;
        }
        if !samples(field, path, gather, k, end) {
            return;
        }
        k = next;
    }
}

/// Reads samples `k` to `end`; whether more are wanted.
#[inline(always)]
fn samples<V: Voxel, G: Gather>(
    field: &Field<'_, V>,
    path: &Path,
    gather: &mut G,
    mut k: u32,
    end: u32,
) -> bool {
    while k < end {
        let values = field.samples(path, k);
        let count = ((end - k) as usize).min(LANES);
        if !gather.take(k, values.get(..count).unwrap_or_default()) {
            return false;
        }
        k += LANES as u32;
    }
    true
}
