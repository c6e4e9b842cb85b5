//! Which parts a volume has, and what they are called. A part keeps its name as long as it is made of
//! the same chunks, in this volume and in the next; where a chunk comes, only what it touches is new.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Weak};

use parfocal_base::Chunk;
use parfocal_render::draw_list::{Brick, Bricks};

use super::form::{Form, Texel};

/// Volumes that are remembered: the layers of a few pictures, or a second of a film. What is forgotten
/// is sent to the device again.
const MAX_VOLUMES: usize = 32;

/// A part.
pub(super) struct Part {
    /// Its name; `None` where none of its chunks is there.
    pub(super) number: Option<u64>,
    /// Its first texel.
    pub(super) first: [usize; 3],
    pub(super) form: Form,
    digest: [u64; 2],
}

/// Volumes, the most recently painted first.
#[derive(Default)]
pub(super) struct Known {
    volumes: Vec<Remembered>,
    /// Names given so far.
    given: u64,
}

struct Remembered {
    texel: Texel,
    lie: [[usize; 3]; 3],
    sources: Vec<Option<Source>>,
    parts: Vec<Part>,
}

/// What a brick reads. While it is remembered, no other chunk comes to lie at its address.
struct Source {
    chunk: Weak<Chunk>,
    base: usize,
    strides: [usize; 3],
}

impl Source {
    fn is(&self, brick: &Brick) -> bool {
        std::ptr::eq(self.chunk.as_ptr(), Arc::as_ptr(&brick.chunk))
            && (self.base, self.strides) == (brick.base, brick.strides)
    }
}

impl Remembered {
    fn is(&self, bricks: &Bricks, texel: Texel) -> bool {
        let same = |(known, brick): (&Option<Source>, &Option<Brick>)| match (known, brick) {
            (None, None) => true,
            (Some(known), Some(brick)) => known.is(brick),
            _ => false,
        };
        (self.texel, self.lie, self.sources.len()) == (texel, lie(bricks), bricks.bricks.len())
            && self.sources.iter().zip(&bricks.bricks).all(same)
    }
}

const fn lie(bricks: &Bricks) -> [[usize; 3]; 3] {
    [bricks.shape, bricks.brick, bricks.grid]
}

impl Known {
    /// The parts of a volume, planes of rows of them.
    pub(super) fn parts(&mut self, bricks: &Bricks, texel: Texel) -> &[Part] {
        let at = self.volumes.iter().position(|known| known.is(bricks, texel));
        let found = match at {
            Some(at) => self.volumes.remove(at),
            None => self.remember(bricks, texel),
        };
        self.volumes.truncate(MAX_VOLUMES - 1);
        self.volumes.insert(0, found);
        self.volumes.first().map_or(&[], |found| &found.parts)
    }

    fn remember(&mut self, bricks: &Bricks, texel: Texel) -> Remembered {
        let parts = self.volumes.iter().flat_map(|known| &known.parts);
        let mut names: HashMap<[u64; 2], u64> =
            parts.filter_map(|part| Some((part.digest, part.number?))).collect();
        let side = texel.side();
        let grid = bricks.shape.map(|size| size.div_ceil(side));
        let part = |n: usize| {
            let at = [n / grid[2] / grid[1], n / grid[2] % grid[1], n % grid[2]];
            let first = at.map(|at| at * side);
            let size = std::array::from_fn(|d| (bricks.shape[d] - first[d]).min(side));
            let form = Form { texel, size };
            let digest = digest(bricks, first, form);
            let number = digest.map(|digest| {
                *names.entry(digest).or_insert_with(|| {
                    self.given += 1;
                    self.given
                })
            });
            Part { number, first, form, digest: digest.unwrap_or_default() }
        };
        let parts = (0..grid.iter().product()).map(part).collect();
        let source = |brick: &Option<Brick>| {
            let Brick { chunk, base, strides } = brick.as_ref()?;
            Some(Source { chunk: Arc::downgrade(chunk), base: *base, strides: *strides })
        };
        let sources = bricks.bricks.iter().map(source).collect();
        Remembered { texel, lie: lie(bricks), sources, parts }
    }
}

/// What a part is made of, its border included; `None`: nothing.
fn digest(bricks: &Bricks, first: [usize; 3], form: Form) -> Option<[u64; 2]> {
    // Two hashes of 64 bits: they are never the same by chance.
    let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
    hashers[1].write_u8(1);
    let mut hash = |words: [usize; 8]| hashers.iter_mut().for_each(|h| words.hash(h));
    let touched: [_; 3] = std::array::from_fn(|d| {
        let last = (first[d] + form.size[d]).min(bricks.shape[d] - 1);
        first[d] / bricks.brick[d]..last / bricks.brick[d] + 1
    });
    let shift: [usize; 3] = std::array::from_fn(|d| first[d] - touched[d].start * bricks.brick[d]);
    let ends: usize =
        (0..3).map(|d| usize::from(first[d] + form.size[d] == bricks.shape[d]) << d).sum();
    let [a, b, c] = form.size;
    hash([form.texel as usize, a, b, c, shift[0], shift[1], shift[2], ends]);
    let [a, b, c] = bricks.brick;
    hash([a, b, c, 0, 0, 0, 0, 0]);
    let mut some = false;
    for z in touched[0].clone() {
        for y in touched[1].clone() {
            for x in touched[2].clone() {
                let number = (z * bricks.grid[1] + y) * bricks.grid[2] + x;
                hash(match bricks.bricks.get(number) {
                    Some(Some(Brick { chunk, base, strides: [a, b, c] })) => {
                        some = true;
                        [1, Arc::as_ptr(chunk).addr(), *base, *a, *b, *c, 0, 0]
                    }
                    _ => [0; 8],
                });
            }
        }
    }
    some.then(|| hashers.map(|hasher| hasher.finish()))
}

#[cfg(test)]
mod tests {
    use parfocal_base::Samples;

    use super::*;

    /// Three bricks of 64 texels in a row.
    fn row() -> Bricks {
        let brick = |n: u8| {
            let samples = Samples::F32(vec![f32::from(n); 64 * 4]);
            let chunk = Arc::new(Chunk::new(vec![2, 2, 64], samples).unwrap());
            Some(Brick { chunk, base: 0, strides: [128, 64, 1] })
        };
        Bricks {
            shape: [2, 2, 180],
            brick: [2, 2, 64],
            origin: [0; 3],
            grid: [1, 1, 3],
            bricks: (0..3).map(brick).collect(),
            spacing: [1.0; 3],
        }
    }

    fn names(known: &mut Known, bricks: &Bricks) -> Vec<Option<u64>> {
        known.parts(bricks, Texel::F32).iter().map(|part| part.number).collect()
    }

    #[test]
    fn a_new_chunk_renames_the_parts_that_it_touches() {
        let mut known = Known::default();
        let mut bricks = row();
        assert_eq!(names(&mut known, &bricks), [Some(1), Some(2), Some(3)]);
        assert_eq!(names(&mut known, &bricks), [Some(1), Some(2), Some(3)]);
        let before = bricks.bricks[1].replace(row().bricks.remove(1).unwrap());
        // The border of each part lies in the next chunk.
        assert_eq!(names(&mut known, &bricks), [Some(4), Some(5), Some(3)]);
        bricks.bricks[1] = None;
        assert_eq!(names(&mut known, &bricks), [Some(6), Some(7), Some(3)]);
        bricks.bricks[1] = before;
        assert_eq!(names(&mut known, &bricks), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn an_address_that_is_used_again_is_another_chunk() {
        let mut known = Known::default();
        let mut seen = Vec::new();
        for _ in 0..3 * MAX_VOLUMES {
            seen.extend(names(&mut known, &row()));
        }
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
