//! Parts of a volume, put together from the chunks that hold their texels.

use parfocal_base::with_samples;
use parfocal_render::dense::Voxel;
use parfocal_render::draw_list::Bricks;

use super::form::Texel;
use super::known::Part;

/// Writes a part into `to`, all but its header. Texels that are missing are 0.
pub(super) fn write(bricks: &Bricks, part: &Part, to: &mut [u8]) {
    match part.form.texel {
        Texel::U8 => blocks(bricks, part, to, u8::to_ne_bytes),
        Texel::U16 => blocks(bricks, part, to, u16::to_ne_bytes),
        Texel::F32 => blocks(bricks, part, to, f32::to_ne_bytes),
        Texel::U32 => blocks(bricks, part, to, u32::to_ne_bytes),
    }
}

fn blocks<V: Voxel, const N: usize>(
    bricks: &Bricks,
    part: &Part,
    to: &mut [u8],
    bytes: impl Fn(V) -> [u8; N],
) {
    let (form, first) = (part.form, part.first);
    let Some(to) = to.get_mut(form.header()..form.bytes()) else { return };
    // Rows come to lie apart, and memory that the device reads may be slow to write but in order.
    let mut near = vec![0; to.len()];
    let [planes, rows, columns] = form.size;
    let mut row = vec![V::default(); columns + 1];
    let last = bricks.shape.map(|size| size.saturating_sub(1));
    for z in 0..=planes {
        for y in 0..=rows {
            let there = (last[2] + 1 - first[2]).min(row.len());
            let place = [(first[0] + z).min(last[0]), (first[1] + y).min(last[1]), first[2]];
            let (inside, beyond) = row.split_at_mut(there);
            read(bricks, place, inside);
            beyond.fill(inside.last().copied().unwrap_or_default());
            let (start, apart) = form.row(z, y);
            for (number, from) in row.chunks(4).enumerate() {
                let at = (start + number * apart) * N;
                let to = near.get_mut(at..at + from.len() * N).unwrap_or_default();
                to.as_chunks_mut::<N>().0.iter_mut().zip(from).for_each(|(to, v)| *to = bytes(*v));
            }
        }
    }
    to.copy_from_slice(&near);
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
