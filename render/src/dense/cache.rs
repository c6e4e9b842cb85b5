//! Volumes that were put together for frames before.

use std::sync::Arc;

use super::Dense;
use crate::draw_list::{Brick, Bricks};

/// Volumes of recent frames, most recently used first.
#[derive(Debug, Default)]
pub struct DenseCache(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    /// Holds the chunks, so that no others come to lie where they are.
    bricks: Bricks,
    labels: bool,
    dense: Arc<Dense>,
}

/// Bytes of all kept volumes: those of one picture at its budget, twice over, or the time points of a
/// small one.
const MAX_BYTES: usize = 512 << 20;

impl DenseCache {
    /// The volume that `bricks` make.
    pub fn get(&mut self, bricks: &Bricks, labels: bool) -> Arc<Dense> {
        let known = |kept: &Kept| kept.labels == labels && same(&kept.bricks, bricks);
        if let Some(at) = self.0.iter().position(known) {
            let found = self.0.remove(at);
            self.0.insert(0, found);
        } else {
            let dense = Arc::new(Dense::new(bricks, labels));
            self.0.insert(0, Kept { bricks: bricks.clone(), labels, dense });
        }
        let dense = Arc::clone(&self.0[0].dense);
        let sums = self.0.iter().scan(0, |sum, kept| {
            *sum += kept.dense.bytes();
            Some(*sum)
        });
        let keep = sums.take_while(|sum| *sum <= MAX_BYTES).count();
        self.0.truncate(keep.max(1));
        dense
    }
}

/// Whether both make the same volume.
pub(crate) fn same(a: &Bricks, b: &Bricks) -> bool {
    let pairs = || a.bricks.iter().zip(&b.bricks);
    (a.shape, a.brick, a.grid) == (b.shape, b.brick, b.grid)
        && a.bricks.len() == b.bricks.len()
        && pairs().all(|(a, b)| Brick::same(a.as_ref(), b.as_ref()))
}
