//! Which chunks fill which part of the canvas: those of the wanted level, or stand-ins.

use std::ops::Range;

use parfocal_base::SourceId;

use crate::cut::Cut;
use crate::draw_list::{Patch, Plane};
use crate::level_cut::LevelCut;
use crate::plan::Shown;
use crate::resolve::Resident;

/// A missing chunk may be stood in for by levels this much finer: each reads four times the texels.
const FINER_STAND_INS: usize = 2;

/// Tiles of one level on one canvas. A budget of as many chunks would be one of tiny chunks.
const MAX_TILES: usize = 1 << 16;

/// Tiles of a finer level on one canvas: all of them are looked up where nothing else is there,
/// which takes a fraction of a millisecond.
const MAX_FINER_TILES: usize = 1 << 13;

/// Finds what there is of one layer.
pub(crate) struct Finder<'a> {
    shown: &'a Shown<'a>,
    resident: &'a dyn Resident,
    /// Levels that were looked at. Patches name them by their place here.
    levels: Vec<Found>,
    /// For each level of the image, once it was looked at: its place, if it can be used.
    places: Vec<Option<Option<usize>>>,
}

/// A level that was looked at, with the chunks found so far.
struct Found {
    source: SourceId,
    cut: LevelCut,
    plane: Plane,
    /// For each tile: whether it was looked up.
    asked: Vec<bool>,
    /// The tiles under the present row of the wanted level's tiles.
    row: Range<usize>,
    /// The tiles under each of the wanted level's columns; empty until they are needed.
    cols: Vec<Range<usize>>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(shown: &'a Shown<'a>, resident: &'a dyn Resident) -> Self {
        let places = vec![None; shown.cut.coarsest() + 1];
        Self { shown, resident, levels: Vec::new(), places }
    }

    /// The planes that the patches refer to.
    pub(crate) fn into_planes(self) -> Vec<Plane> {
        self.levels.into_iter().map(|level| level.plane).collect()
    }

    /// The patches, and whether all is there at the wanted level.
    pub(crate) fn patches(&mut self) -> (Vec<Patch>, bool) {
        let (target, pixels) = (&self.shown.target, &self.shown.cut.pixels);
        if let Some(place) = self.place(target.level)
            && self.has(place, &target.touched(pixels))
        {
            return (self.patch(place, pixels.clone()).into_iter().collect(), true);
        }
        let mut patches = Vec::new();
        let [rows, cols] = target.tiles(&target.nearest(pixels));
        let spans = |d: usize, tiles: Range<usize>| {
            let span = move |tile| target.pixels_of_tile(d, tile, &pixels[d]);
            tiles.map(span).filter(|pixels| !pixels.is_empty())
        };
        let cols: Vec<_> = spans(1, cols).collect();
        for row in spans(0, rows) {
            for (place, u) in self.runs(&row, &cols) {
                patches.extend(self.patch(place, [row.clone(), u]));
            }
        }
        (patches, false)
    }

    /// Runs of neighbouring tiles in one row that the same level fills.
    fn runs(&mut self, row: &Range<u32>, cols: &[Range<u32>]) -> Vec<(usize, Range<u32>)> {
        let mut runs: Vec<(usize, Range<u32>)> = Vec::new();
        let mut stages = Vec::new();
        for (at, u) in cols.iter().enumerate() {
            let Some(place) = self.best(&mut stages, row, cols, at) else { continue };
            match runs.last_mut() {
                Some((last, run)) if *last == place && run.end == u.start => run.end = u.end,
                _ => runs.push((place, u.clone())),
            }
        }
        runs
    }

    /// The level to show in column `at`. `stages` are the levels that were of use in this row so
    /// far: the wanted one, coarser ones, finer ones; most rows need the first alone.
    fn best(
        &mut self,
        stages: &mut Vec<Vec<usize>>,
        row: &Range<u32>,
        cols: &[Range<u32>],
        at: usize,
    ) -> Option<usize> {
        let target = self.shown.target.level;
        for stage in 0..3 {
            if stages.len() == stage {
                let finer = target.saturating_sub(FINER_STAND_INS)..target;
                stages.push(match stage {
                    0 => self.usable(target..=target, row, cols),
                    1 => self.usable(target + 1..=self.shown.cut.coarsest(), row, cols),
                    _ => self.usable(finer.rev(), row, cols),
                });
            }
            let places = stages.get(stage)?;
            let fills = |place: &&usize| {
                self.levels.get_mut(**place).is_some_and(|found| found.fills(at, self.resident))
            };
            if let Some(place) = places.iter().find(fills) {
                return Some(*place);
            }
        }
        None
    }

    /// Those of `levels` that can have something to show in `row`.
    fn usable(
        &mut self,
        levels: impl Iterator<Item = usize>,
        row: &Range<u32>,
        cols: &[Range<u32>],
    ) -> Vec<usize> {
        let mut usable = Vec::new();
        for level in levels {
            let Some(place) = self.place(level) else { continue };
            let Some(found) = self.levels.get_mut(place) else { continue };
            found.enter(row, cols);
            // Of a coarser level, a row is few tiles.
            if level < self.shown.target.level || found.any_in_row(self.resident) {
                usable.push(place);
            }
        }
        usable
    }

    fn patch(&mut self, place: usize, pixels: [Range<u32>; 2]) -> Option<Patch> {
        let cut = self.levels.get(place)?.cut;
        let texels = self.widen(place, cut.nearest(&pixels), &cut.touched(&pixels));
        Some(Patch { pixels, plane: place, map: cut.map, texels })
    }

    /// `texels` with those neighbours that linear reading wants and that are there.
    fn widen(
        &mut self,
        place: usize,
        texels: [Range<usize>; 2],
        touched: &[Range<usize>; 2],
    ) -> [Range<usize>; 2] {
        let mut wide = texels;
        for d in 0..2 {
            let Range { start, end } = wide[d];
            for more in [touched[d].start..start, end..touched[d].end] {
                let mut strip = wide.clone();
                strip[d] = more.clone();
                if !more.is_empty() && self.has(place, &strip) {
                    wide[d] = more.start.min(wide[d].start)..more.end.max(wide[d].end);
                }
            }
        }
        wide
    }

    /// Whether all chunks that hold `texels` are there; takes note of them.
    fn has(&mut self, place: usize, texels: &[Range<usize>; 2]) -> bool {
        let Some(found) = self.levels.get_mut(place) else { return false };
        let [rows, cols] = found.cut.tiles(texels);
        found.count(rows, cols, self.resident).all()
    }

    /// The place of a level among those that were looked at.
    fn place(&mut self, level: usize) -> Option<usize> {
        let known = self.places.get_mut(level)?;
        if known.is_none() {
            let most = if level < self.shown.target.level { MAX_FINER_TILES } else { MAX_TILES };
            let source = self.shown.layer.source.source;
            let found = Found::new(source, &self.shown.cut, level, most);
            *known = Some(found.is_some().then_some(self.levels.len()));
            self.levels.extend(found);
        }
        (*known)?
    }
}

/// Tiles that were looked at.
struct Count {
    there: usize,
    of: usize,
}

impl Count {
    const fn all(&self) -> bool {
        self.there == self.of
    }
}

impl Found {
    fn new(source: SourceId, cut: &Cut<'_>, level: usize, most: usize) -> Option<Self> {
        let pixels = &cut.pixels;
        let cut = cut.level(level)?;
        let [rows, cols] = cut.tiles(&cut.touched(pixels));
        let count = rows.len().saturating_mul(cols.len());
        if count > most {
            return None;
        }
        let plane = Plane {
            tile: cut.tile,
            first: [rows.start, cols.start],
            across: cols.len(),
            tiles: vec![None; count],
        };
        Some(Self { source, cut, plane, asked: vec![false; count], row: 0..0, cols: Vec::new() })
    }

    /// Goes to a row of the wanted level's tiles; `cols` are the same for every row.
    fn enter(&mut self, row: &Range<u32>, cols: &[Range<u32>]) {
        let cut = &self.cut;
        let tiles = |d: usize, pixels: &Range<u32>| cut.tiles_on(d, &cut.nearest_on(d, pixels));
        self.row = tiles(0, row);
        if self.cols.is_empty() {
            self.cols = cols.iter().map(|u| tiles(1, u)).collect();
        }
    }

    fn any_in_row(&mut self, resident: &dyn Resident) -> bool {
        let [Some(first), Some(last)] = [self.cols.first(), self.cols.last()] else { return false };
        let cols = first.start..last.end;
        self.count(self.row.clone(), cols, resident).there > 0
    }

    /// Whether all is there in column `at` of the present row.
    fn fills(&mut self, at: usize, resident: &dyn Resident) -> bool {
        let Some(cols) = self.cols.get(at).cloned() else { return false };
        self.count(self.row.clone(), cols, resident).all()
    }

    /// Counts the tiles that are there; looks them up the first time.
    fn count(&mut self, rows: Range<usize>, cols: Range<usize>, from: &dyn Resident) -> Count {
        let mut count = Count { there: 0, of: rows.len().saturating_mul(cols.len()) };
        for v in rows {
            for u in cols.clone() {
                count.there += usize::from(self.tile(v, u, from).is_some());
            }
        }
        count
    }

    fn tile(&mut self, v: usize, u: usize, from: &dyn Resident) -> Option<()> {
        let [row, col] = [v.checked_sub(self.plane.first[0])?, u.checked_sub(self.plane.first[1])?];
        let at = row * self.plane.across + col;
        let (asked, tile) = (self.asked.get_mut(at)?, self.plane.tiles.get_mut(at)?);
        if !*asked {
            *asked = true;
            let key = self.cut.key(self.source, v, u)?;
            *tile = from.get(&key).and_then(|chunk| self.cut.through(chunk, v, u));
        }
        tile.as_ref().map(|_| ())
    }
}
