//! Parts of a volume, put together from the chunks that hold their texels.

use parfocal_base::with_samples;
use parfocal_render::dense::Voxel;
use parfocal_render::draw_list::Bricks;
use rayon::prelude::*;

use super::form::{BLOCK, TEXELS, Texel};
use super::known::Part;

/// Writes a part into `to`, all but its header. Texels that are missing are 0. `near` is room to put it
/// together in: rows come to lie apart, and memory that the device reads may be slow to write but in
/// order.
pub(super) fn write(bricks: &Bricks, part: &Part, near: &mut Vec<u8>, to: &mut [u8]) {
    let Some(to) = to.get_mut(part.form.header()..part.form.bytes()) else { return };
    // What is behind the border is read by nobody, and stays what it was.
    near.resize(to.len(), 0);
    match part.form.texel {
        Texel::U8 => blocks(bricks, part, near, u8::to_ne_bytes),
        Texel::U16 => blocks(bricks, part, near, u16::to_ne_bytes),
        Texel::F32 => blocks(bricks, part, near, f32::to_ne_bytes),
        Texel::U32 => blocks(bricks, part, near, u32::to_ne_bytes),
    }
    to.copy_from_slice(near);
}

fn blocks<V: Voxel, const N: usize>(
    bricks: &Bricks,
    part: &Part,
    near: &mut [u8],
    bytes: impl Fn(V) -> [u8; N] + Sync,
) {
    let (form, first) = (part.form, part.first);
    let [planes, rows, columns] = form.size;
    let last = bricks.shape.map(|size| size.saturating_sub(1));
    let there = (last[2] + 1 - first[2]).min(columns + 1);
    let thick = form.plane() * N;
    near.par_chunks_mut(thick).enumerate().for_each_init(
        // Whole blocks, so that four texels are written at once.
        || vec![[V::default(); BLOCK]; (columns + 1).div_ceil(BLOCK)],
        |row, (number, near)| {
            for z in number * BLOCK..=(number * BLOCK + BLOCK - 1).min(planes) {
                for y in 0..=rows {
                    let at = [(first[0] + z).min(last[0]), (first[1] + y).min(last[1]), first[2]];
                    let (inside, beyond) = row.as_flattened_mut().split_at_mut(there);
                    read(bricks, at, inside);
                    beyond.fill(inside.last().copied().unwrap_or_default());
                    let start = form.row(z % BLOCK, y) * N;
                    let near = near.get_mut(start..).unwrap_or_default();
                    for (to, from) in near.chunks_mut(TEXELS * N).zip(row.iter()) {
                        let (to, _) = to.as_chunks_mut::<N>();
                        if let Some(to) = to.first_chunk_mut::<BLOCK>() {
                            *to = from.map(&bytes);
                        }
                    }
                }
            }
        },
    );
}

/// Reads the texels from (`z`, `y`, `x`) on, which all lie in the volume.
#[expect(clippy::useless_conversion, reason = "one line serves all sample types, f64 too")]
fn read<V: Voxel>(bricks: &Bricks, [z, y, mut x]: [usize; 3], mut to: &mut [V]) {
    let side = bricks.brick;
    while !to.is_empty() {
        let at = [z / side[0], y / side[1], x / side[2]];
        let number = (at[0] * bricks.grid[1] + at[1]) * bricks.grid[2] + at[2];
        let within = [z % side[0], y % side[1], x % side[2]];
        let (now, later) = to.split_at_mut((side[2] - within[2]).min(to.len()));
        x += now.len();
        to = later;
        let Some(Some(brick)) = bricks.bricks.get(number) else {
            now.fill(V::default());
            continue;
        };
        let along = brick.strides;
        let start = brick.base + (0..3).map(|d| within[d] * along[d]).sum::<usize>();
        if along[2] == 1
            && let Some(from) = V::row(brick, start, now.len())
        {
            now.copy_from_slice(from);
            continue;
        }
        with_samples!(brick.chunk.samples(), from => {
            for (i, to) in now.iter_mut().enumerate() {
                let sample = from.get(start + i * along[2]);
                *to = sample.map_or(V::default(), |&sample| V::of(sample.into()));
            }
        });
    }
}
