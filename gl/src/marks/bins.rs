//! Which marks touch which tile of the canvas, in the order of painting.

use std::ops::Range;

use crate::batch::GROUP;

/// A rectangle of tiles of the canvas, each painted by one workgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Rows and columns of tiles.
    pub(super) tiles: [Range<u32>; 2],
}

impl Region {
    /// All of a canvas (width, height).
    pub(super) fn of_canvas([width, height]: [u32; 2]) -> Self {
        Self { tiles: [0..height.div_ceil(GROUP), 0..width.div_ceil(GROUP)] }
    }

    /// Its halves; `None` for a single tile.
    pub(super) fn halves(&self) -> Option<[Self; 2]> {
        let d = usize::from(self.tiles[1].len() > self.tiles[0].len());
        let Range { start, end } = self.tiles[d];
        let middle = start + (end - start) / 2;
        let part = |range: Range<u32>| {
            let mut part = self.clone();
            part.tiles[d] = range;
            part
        };
        (middle > start).then(|| [part(start..middle), part(middle..end)])
    }

    pub(super) fn count(&self) -> usize {
        self.tiles[0].len() * self.tiles[1].len()
    }

    /// Pixels of its left top corner.
    pub(super) const fn corner(&self) -> [u32; 2] {
        [self.tiles[1].start * GROUP, self.tiles[0].start * GROUP]
    }

    /// Its width and height in pixels.
    pub(super) fn size(&self) -> [u32; 2] {
        [1, 0].map(|d: usize| (self.tiles[d].end - self.tiles[d].start) * GROUP)
    }

    /// Its rows (0) or columns (1) of tiles that pixels from `low` to `high` touch.
    pub(super) fn touched(&self, d: usize, low: f32, high: f32) -> Range<u32> {
        let tiles = &self.tiles[d];
        // Also where one is no number.
        if !(low <= high && high >= 0.0) {
            return tiles.start..tiles.start;
        }
        // The casts saturate.
        let tile = |place: f32| (place / GROUP as f32) as u32;
        let start = tile(low).clamp(tiles.start, tiles.end);
        start..tile(high).saturating_add(1).clamp(start, tiles.end)
    }

    fn number(&self, row: u32, column: u32) -> usize {
        let row = (row - self.tiles[0].start) as usize * self.tiles[1].len();
        row + (column - self.tiles[1].start) as usize
    }
}

/// An item: what kind of mark and of how many pieces, its record, its first piece.
pub(super) type Item = [u32; 3];

/// Memory that is kept from picture to picture: it is as large as the marks are many.
#[derive(Default)]
pub(crate) struct Scratch {
    items: Vec<(u32, Item)>,
    records: Vec<u32>,
    next: Vec<u32>,
}

/// Items by tile, and the numbers that they refer to.
pub(super) struct Bins<'a> {
    region: Region,
    items: &'a mut Vec<(u32, Item)>,
    /// Records and pieces.
    pub(super) records: &'a mut Vec<u32>,
    /// For each tile where its next item goes.
    next: &'a mut Vec<u32>,
    /// Numbers that all of it may take.
    limit: usize,
}

impl<'a> Bins<'a> {
    pub(super) fn new(region: Region, limit: usize, scratch: &'a mut Scratch) -> Self {
        let Scratch { items, records, next } = scratch;
        items.clear();
        records.clear();
        Self { region, items, records, next, limit }
    }

    pub(super) const fn region(&self) -> &Region {
        &self.region
    }

    /// Whether there is more than fits.
    pub(super) fn is_full(&self) -> bool {
        self.words() > self.limit
    }

    /// Numbers that still fit.
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.words())
    }

    /// From now on there is more than fits.
    pub(super) const fn fill_up(&mut self) {
        self.limit = 0;
    }

    fn words(&self) -> usize {
        self.records.len() + self.items.len() * 3 + self.region.count() + 1
    }

    /// Adds numbers; where they are among the records.
    pub(super) fn record(&mut self, words: impl IntoIterator<Item = u32>) -> u32 {
        let at = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        self.records.extend(words);
        at
    }

    /// Likewise, quicker for a few numbers that are known.
    pub(super) fn record_all<const N: usize>(&mut self, words: &[u32; N]) -> u32 {
        let at = self.records.len() as u32;
        self.records.extend_from_slice(words);
        at
    }

    /// Adds an item to a tile.
    pub(super) fn put(&mut self, row: u32, column: u32, item: Item) {
        let tile = self.region.number(row, column);
        self.items.push((u32::try_from(tile).unwrap_or(u32::MAX), item));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Writes where each tile's items begin (one number more than there are tiles), and the items,
    /// tile by tile, each tile's in the order in which they were added. Where both are in `to`.
    pub(super) fn sorted(&mut self, to: &mut Vec<u32>) -> [usize; 2] {
        let starts = to.len();
        let items = starts + self.region.count() + 1;
        to.resize(items + self.items.len() * 3, 0);
        let Some((begins, sorted)) =
            to.get_mut(starts..).and_then(|to| to.split_at_mut_checked(items - starts))
        else {
            return [starts, items];
        };
        for (tile, _) in &*self.items {
            if let Some(count) = begins.get_mut(*tile as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut *begins {
            sum += *start;
            *start = sum;
        }
        self.next.clear();
        self.next.extend_from_slice(begins);
        let (sorted, _) = sorted.as_chunks_mut::<3>();
        for (tile, item) in &*self.items {
            let Some(place) = self.next.get_mut(*tile as usize) else { continue };
            if let Some(to) = sorted.get_mut(*place as usize) {
                *to = *item;
            }
            *place += 1;
        }
        [starts, items]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_by_tile_in_their_order() {
        let mut scratch = Scratch::default();
        let mut bins = Bins::new(Region { tiles: [1..3, 2..4] }, 100, &mut scratch);
        bins.put(1, 3, [1; 3]);
        bins.put(2, 2, [2; 3]);
        bins.put(1, 3, [3; 3]);
        let mut words = vec![9];
        assert_eq!(bins.sorted(&mut words), [1, 6]);
        assert_eq!(words[1..], [0, 0, 2, 3, 3, 1, 1, 1, 3, 3, 3, 2, 2, 2]);
    }

    #[test]
    fn what_is_outside_or_no_number_touches_nothing() {
        let region = Region { tiles: [0..4, 0..4] };
        assert_eq!(region.touched(0, 15.0, 16.0), 0..2);
        assert_eq!(region.touched(1, -50.0, 1e30), 0..4);
        for (low, high) in [(64.0, 90.0), (-9.0, -1.0), (f32::NAN, 1.0), (1.0, f32::NAN)] {
            assert!(region.touched(0, low, high).is_empty(), "{low} {high}");
        }
    }

    #[test]
    fn halving_ends_with_single_tiles() {
        let [left, right] = Region { tiles: [0..1, 0..3] }.halves().unwrap();
        assert_eq!(left.tiles, [0..1, 0..1]);
        assert_eq!(right.tiles, [0..1, 1..3]);
        assert!(left.halves().is_none());
    }
}
