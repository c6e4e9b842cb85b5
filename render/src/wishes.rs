//! The chunks that a picture wants, in order.

use std::ops::Range;

use parfocal_base::{ChunkKey, SourceId};
use parfocal_scene::View;

use crate::level_cut::LevelCut;

/// Chunks, to be put in order.
#[derive(Default)]
pub(crate) struct Wishes {
    groups: Vec<Group>,
    /// For each chunk how far it is from the middle of the canvas (pixels, squared) in the upper
    /// half, and its number in the lower: a word is sorted faster than a key is moved.
    order: Vec<u64>,
}

/// Chunks that were added together. Their numbers go on, row by row.
struct Group {
    source: SourceId,
    cut: LevelCut,
    rows: Range<usize>,
    cols: Range<usize>,
    first: usize,
}

impl Wishes {
    /// Wants the chunks of `cut` that `pixels` touch, `most` at most. Layers that show the same
    /// chunks want them once.
    pub(crate) fn add(
        &mut self,
        source: SourceId,
        cut: &LevelCut,
        pixels: &[Range<u32>; 2],
        view: &View,
        most: usize,
    ) {
        let [rows, cols] = cut.tiles(&cut.touched(pixels));
        let cols = cols.start..cols.end.min(cols.start.saturating_add(most));
        let group = Group { source, cut: *cut, rows, cols, first: self.order.len() };
        if self.groups.iter().any(|other| other.is(&group)) {
            return;
        }
        let across: Vec<_> =
            group.cols.clone().map(|u| off_middle(cut, view, 1, u).powi(2)).collect();
        let all = group.rows.clone().flat_map(|v| {
            let down = off_middle(cut, view, 0, v).powi(2);
            across.iter().map(move |across| down + across)
        });
        self.order.reserve(most.min(group.rows.len().saturating_mul(across.len())));
        for (distance, number) in all.take(most).zip(self.order.len() as u32..) {
            // The cast saturates, and makes NaN 0.
            self.order.push(u64::from(distance as u32) << 32 | u64::from(number));
        }
        self.groups.push(group);
    }

    /// Number of chunks.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// All, nearest to the middle first; of equally near ones, what was added first.
    pub(crate) fn nearest_first(mut self) -> impl Iterator<Item = ChunkKey> {
        self.order.sort_unstable();
        self.order.into_iter().filter_map(move |at| {
            let number = at as u32 as usize;
            self.groups.iter().rev().find(|group| group.first <= number)?.key(number)
        })
    }
}

impl Group {
    fn is(&self, other: &Self) -> bool {
        let of = |g: &Self| (g.source, g.cut.level, g.cut.chunk, g.cut.axes);
        of(self) == of(other) && (&self.rows, &self.cols) == (&other.rows, &other.cols)
    }

    fn key(&self, number: usize) -> Option<ChunkKey> {
        let (at, across) = (number.checked_sub(self.first)?, self.cols.len());
        let (down, right) = (at.checked_div(across)?, at.checked_rem(across)?);
        self.cut.key(self.source, self.rows.start + down, self.cols.start + right)
    }
}

/// Canvas pixels from the middle of the canvas to the middle of `tile`, along one axis.
fn off_middle(cut: &LevelCut, view: &View, d: usize, tile: usize) -> f64 {
    let size = f64::from([view.canvas[1], view.canvas[0]][d]);
    let middle = (tile as f64 + 0.5) * cut.tile[d] as f64 - 0.5;
    (middle - cut.map[d].origin) / cut.map[d].step - size / 2.0
}
