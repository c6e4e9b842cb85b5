//! The cut of a view through the levels of one layer's image: which texels the canvas shows.

use std::ops::Range;

use parfocal_base::{ChunkIndex, ImageMeta, Level};
use parfocal_scene::{Layer, LayerSource, View};

use crate::budget::Budget;
use crate::draw_list::AxisMap;
use crate::level_cut::{LevelCut, clamp_index, first_pixel};

/// A layer's image and the way the view cuts through it.
pub(crate) struct Cut<'a> {
    meta: &'a ImageMeta,
    view: &'a View,
    /// Source axes shown (vertical, horizontal).
    axes: [usize; 2],
    /// For each source axis: where the cut lies.
    places: Vec<Place>,
    /// Canvas pixels that the image covers (vertical, horizontal); not empty.
    pub(crate) pixels: [Range<u32>; 2],
}

/// Where a view lies on an axis of an image.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Shown,
    World(f64),
    Index(usize),
}

impl<'a> Cut<'a> {
    /// `None` where the view shows nothing of the layer: a shown axis that the layer lacks, a point
    /// outside the image, the image outside the canvas, a description that makes no sense.
    pub(crate) fn new(meta: &'a ImageMeta, layer: &Layer, view: &'a View) -> Option<Self> {
        let source = &layer.source;
        if source.axes.len() != meta.axes.len() || !meta.levels.iter().all(|l| is_sound(l, meta)) {
            return None;
        }
        let axis = |shown: usize| source.axes.iter().position(|&axis| axis == Some(shown));
        let axes = [axis(view.displayed[0])?, axis(view.displayed[1])?];
        if axes[0] == axes[1] {
            return None;
        }
        let places = places(meta, source, view, &axes)?;
        let mut cut = Self { meta, view, axes, places, pixels: [0..0, 0..0] };
        let level = cut.level(0)?;
        let size = [view.canvas[1], view.canvas[0]];
        cut.pixels = std::array::from_fn(|d| {
            let map = level.map[d];
            first_pixel(map, 0, 0..size[d])..first_pixel(map, level.shape[d], 0..size[d])
        });
        cut.pixels.iter().all(|p| !p.is_empty()).then_some(cut)
    }

    /// The cut through level `level`; `None` if there is no such level.
    pub(crate) fn level(&self, level: usize) -> Option<LevelCut> {
        let described = self.meta.levels.get(level)?;
        let camera = self.view.camera;
        let size = [self.view.canvas[1], self.view.canvas[0]].map(f64::from);
        let map: [AxisMap; 2] = std::array::from_fn(|d| {
            let (scale, shift) = (described.scale[self.axes[d]], described.translate[self.axes[d]]);
            let edge = camera.center[d] - size[d] / 2.0 / camera.zoom;
            AxisMap { origin: (edge - shift) / scale, step: 1.0 / (camera.zoom * scale) }
        });
        let sane = |m: &AxisMap| m.origin.is_finite() && m.step.is_finite() && m.step > 0.0;
        if !map.iter().all(sane) {
            return None;
        }
        let mut chunk = [0; ChunkIndex::MAX_AXES];
        let mut within = [0; ChunkIndex::MAX_AXES];
        for (axis, (place, &size)) in self.places.iter().zip(&described.chunk).enumerate() {
            let (_, index) = place.on(described, axis);
            (*chunk.get_mut(axis)?, *within.get_mut(axis)?) = (index / size, index % size);
        }
        Some(LevelCut {
            level,
            map,
            shape: self.axes.map(|axis| described.shape[axis]),
            tile: self.axes.map(|axis| described.chunk[axis]),
            axes: self.axes,
            chunk: ChunkIndex::new(chunk.get(..self.places.len())?)?,
            within,
            chunk_bytes: described
                .chunk
                .iter()
                .zip(&described.shape)
                .fold(self.meta.dtype.bytes(), |n, (&c, &s)| n.saturating_mul(c.min(s))),
        })
    }

    /// Number of the coarsest level.
    pub(crate) fn coarsest(&self) -> usize {
        self.meta.levels.len() - 1
    }

    /// The level whose texels are about as large as a canvas pixel: the coarsest one that loses
    /// nothing against the screen, then coarser until it fits the budget. Narrows `pixels` about
    /// the canvas's middle where even the coarsest does not fit; the flag says so.
    pub(crate) fn target(&mut self, budget: Budget) -> Option<(LevelCut, bool)> {
        let fits = |cut: &Self, level: &LevelCut| {
            let [bytes, texels, chunks] = level.cost(&cut.pixels);
            budget.holds(bytes, texels, chunks)
        };
        let wanted = (0..=self.coarsest()).rev().find(|&l| self.is_sharp(l)).unwrap_or(0);
        let level = (wanted..=self.coarsest())
            .filter_map(|l| self.level(l))
            .find(|level| fits(self, level));
        if let Some(level) = level {
            return Some((level, false));
        }
        let level = self.level(self.coarsest())?;
        for _ in 0..MAX_NARROWINGS {
            if fits(self, &level) {
                return Some((level, true));
            }
            self.narrow();
        }
        None
    }

    fn is_sharp(&self, level: usize) -> bool {
        let [Some(level), Some(fine)] = [self.level(level), self.level(0)] else { return false };
        // `step` is texels per pixel: the same spacing as the screen's is 1, coarser is below. An
        // axis that is coarser than the screen even at the finest level decides nothing.
        (0..2).all(|d| level.map[d].step >= (1.0 / SHARP).min(fine.map[d].step * (1.0 - 1e-9)))
    }

    fn narrow(&mut self) {
        let size = [self.view.canvas[1], self.view.canvas[0]];
        for (pixels, size) in self.pixels.iter_mut().zip(size) {
            let Range { start, end } = *pixels;
            let half = (end - start) * 3 / 8;
            let last = (end - half).saturating_sub(1).max(start + half);
            let middle = (size / 2).clamp(start + half, last);
            *pixels = middle - half..(middle + half.max(1)).min(end);
        }
    }
}

/// A texel may be this much wider than a canvas pixel: a pyramid of factor 2 then never shows more
/// than (2 / 1.25)² texels a pixel, and the loss of sharpness is not seen.
pub(crate) const SHARP: f64 = 1.25;

/// Each narrowing leaves about 9/16 of the area: enough steps to come from 4096² pixels to one.
const MAX_NARROWINGS: usize = 40;

/// Where `view` lies on each axis of an image of which it shows `axes`; `None`: outside.
pub(crate) fn places(
    meta: &ImageMeta,
    source: &LayerSource,
    view: &View,
    axes: &[usize],
) -> Option<Vec<Place>> {
    let fine = meta.levels.first()?;
    let place = |(i, &scene_axis): (usize, &Option<usize>)| {
        let place = if axes.contains(&i) {
            Place::Shown
        } else if let Some(a) = scene_axis {
            Place::World(view.point.get(a).copied().unwrap_or(0.0))
        } else {
            Place::Index(source.channel.unwrap_or(0))
        };
        let (inside, _) = place.on(fine, i);
        inside.then_some(place)
    };
    source.axes.iter().enumerate().map(place).collect()
}

impl Place {
    /// Whether the place lies within `level` along `axis`, and the nearest sample that does.
    pub(crate) fn on(self, level: &Level, axis: usize) -> (bool, usize) {
        let last = level.shape[axis] - 1;
        match self {
            Self::Shown => (true, 0),
            Self::Index(index) => (index <= last, index.min(last)),
            Self::World(world) => {
                let at = ((world - level.translate[axis]) / level.scale[axis] + 0.5).floor();
                (at >= 0.0 && at <= last as f64, clamp_index(at, last))
            }
        }
    }
}

pub(crate) fn is_sound(level: &Level, meta: &ImageMeta) -> bool {
    let n = meta.axes.len();
    let lengths = [level.shape.len(), level.chunk.len(), level.scale.len(), level.translate.len()];
    lengths == [n; 4]
        && level.shape.iter().chain(&level.chunk).all(|&size| size > 0)
        && level.scale.iter().all(|&scale| scale.is_finite() && scale > 0.0)
        && level.translate.iter().all(|shift| shift.is_finite())
}
