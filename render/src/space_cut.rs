//! One layer's image in a view of three axes: which of its levels, and which chunks of that.

use std::ops::Range;
use std::sync::Arc;

use parfocal_base::{Chunk, ChunkIndex, ChunkKey, ImageMeta, SourceId};
use parfocal_scene::{Camera3d, Layer, View};

use crate::budget::{Volumes, texel_bytes};
use crate::cut::{Place, SHARP, is_sound, places};
use crate::draw_list::{Brick, Rays};

/// A layer's image and the camera that looks at it.
pub(crate) struct SpaceCut<'a> {
    meta: &'a ImageMeta,
    camera: Camera3d,
    canvas: [u32; 2],
    /// Source axes (depth, vertical, horizontal).
    axes: [usize; 3],
    /// For each source axis: where the volume lies.
    places: Vec<Place>,
}

/// One level, or the middle of it.
#[derive(Clone, Debug)]
pub(crate) struct SpaceLevel {
    pub(crate) level: usize,
    scale: [f64; 3],
    translate: [f64; 3],
    /// Texels of the whole level.
    shape: [usize; 3],
    /// Texels of a chunk.
    pub(crate) tile: [usize; 3],
    axes: [usize; 3],
    chunk: ChunkIndex,
    within: [usize; ChunkIndex::MAX_AXES],
    chunk_bytes: usize,
    texel_bytes: usize,
    /// Which chunks are shown, along each axis; not empty.
    pub(crate) part: [Range<usize>; 3],
}

impl<'a> SpaceCut<'a> {
    /// `None` where the view shows nothing of the layer: a shown axis that the layer lacks, a point
    /// outside the image, a description that makes no sense.
    pub(crate) fn new(meta: &'a ImageMeta, layer: &Layer, view: &View) -> Option<Self> {
        let source = &layer.source;
        let sound = meta.levels.iter().all(|level| is_sound(level, meta));
        if source.axes.len() != meta.axes.len() || !sound {
            return None;
        }
        let axis = |shown: usize| source.axes.iter().position(|&axis| axis == Some(shown));
        let [depth, vertical, horizontal] = view.displayed3d()?.map(axis);
        let axes = [depth?, vertical?, horizontal?];
        let places = places(meta, source, view, &axes)?;
        Some(Self { meta, camera: view.camera3d?, canvas: view.canvas, axes, places })
    }

    /// Number of the coarsest level.
    pub(crate) fn coarsest(&self) -> usize {
        self.meta.levels.len() - 1
    }

    /// All of level `level`; `None` if there is no such level.
    pub(crate) fn level(&self, level: usize) -> Option<SpaceLevel> {
        let described = self.meta.levels.get(level)?;
        let mut chunk = [0; ChunkIndex::MAX_AXES];
        let mut within = [0; ChunkIndex::MAX_AXES];
        for (axis, (place, &size)) in self.places.iter().zip(&described.chunk).enumerate() {
            let (_, index) = place.on(described, axis);
            (*chunk.get_mut(axis)?, *within.get_mut(axis)?) = (index / size, index % size);
        }
        let of = |all: &[usize]| self.axes.map(|axis| all[axis]);
        let (shape, tile) = (of(&described.shape), of(&described.chunk));
        Some(SpaceLevel {
            level,
            scale: self.axes.map(|axis| described.scale[axis]),
            translate: self.axes.map(|axis| described.translate[axis]),
            shape,
            tile,
            axes: self.axes,
            chunk: ChunkIndex::new(chunk.get(..self.places.len())?)?,
            within,
            chunk_bytes: described
                .chunk
                .iter()
                .zip(&described.shape)
                .fold(self.meta.dtype.bytes(), |n, (&c, &s)| n.saturating_mul(c.min(s))),
            texel_bytes: texel_bytes(self.meta.dtype),
            part: std::array::from_fn(|d| 0..shape[d].div_ceil(tile[d])),
        })
    }

    /// The coarsest level that loses nothing against the screen at the distance of the center, then
    /// coarser until it fits the budget. Where even the coarsest does not fit, what lies about the
    /// camera's center; the flag says so.
    pub(crate) fn target(&self, budget: Volumes) -> Option<(SpaceLevel, bool)> {
        let wanted = (0..=self.coarsest()).rev().find(|&l| self.is_sharp(l)).unwrap_or(0);
        let levels = (wanted..=self.coarsest()).filter_map(|l| self.level(l));
        if let Some(level) = levels.into_iter().find(|level| budget.holds(&level.cost())) {
            return Some((level, false));
        }
        let mut level = self.level(self.coarsest())?;
        while !budget.holds(&level.cost()) {
            level.narrow(self.camera.center)?;
        }
        Some((level, true))
    }

    fn is_sharp(&self, level: usize) -> bool {
        let [Some(level), Some(fine)] = [self.level(level), self.level(0)] else { return false };
        let per_pixel = |scale: f64| 1.0 / (self.camera.zoom * scale);
        (0..3).all(|d| {
            let finest = per_pixel(fine.scale[d]) * (1.0 - 1e-9);
            per_pixel(level.scale[d]) >= (1.0 / SHARP).min(finest)
        })
    }

    /// The rays of the canvas in texels of the shown part of `level`, and its spacing.
    pub(crate) fn rays(&self, level: &SpaceLevel) -> Option<(Rays, [f64; 3])> {
        let finest = level.scale.into_iter().fold(f64::INFINITY, f64::min);
        let place = |world: [f64; 3]| -> [f64; 3] {
            std::array::from_fn(|d| {
                let first = (level.part[d].start * level.tile[d]) as f64;
                (world[d] - level.translate[d]) / level.scale[d] - first
            })
        };
        let step = |world: [f64; 3], by: f64| -> [f64; 3] {
            std::array::from_fn(|d| world[d] * by / level.scale[d])
        };
        let to = self.camera.directions();
        let parallel = Camera3d { perspective: 0.0, ..self.camera };
        let corner = parallel.ray(self.canvas, 0.0, 0.0).origin;
        let eye = self
            .camera
            .distance(self.canvas[1])
            .map(|far| place(std::array::from_fn(|d| self.camera.center[d] - to.view[d] * far)));
        let rays = Rays {
            corner: place(corner),
            across: step(to.right, 1.0 / self.camera.zoom),
            down: step(to.up, -1.0 / self.camera.zoom),
            view: step(to.view, finest),
            eye,
        };
        let all = [rays.corner, rays.across, rays.down, rays.view, eye.unwrap_or_default()];
        let sane = all.as_flattened().iter().all(|value| value.is_finite());
        sane.then_some((rays, level.scale.map(|scale| scale / finest)))
    }
}

impl SpaceLevel {
    /// What is shown of it, in texels.
    pub(crate) fn texels(&self) -> [usize; 3] {
        std::array::from_fn(|d| {
            let Range { start, end } = self.part[d];
            (end * self.tile[d]).min(self.shape[d]) - start * self.tile[d]
        })
    }

    /// The places of the shown chunks in the level's grid, planes of rows of them.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        let [planes, rows, cols] = &self.part;
        planes
            .clone()
            .flat_map(move |z| rows.clone().flat_map(move |y| cols.clone().map(move |x| [z, y, x])))
    }

    /// The chunk at place `at`, if the image is `source`.
    pub(crate) fn key(&self, source: SourceId, at: [usize; 3]) -> Option<ChunkKey> {
        let level = u8::try_from(self.level).ok()?;
        let mut key = ChunkKey { source, level, index: self.chunk };
        for (axis, at) in self.axes.into_iter().zip(at) {
            key.index.set(axis, at)?;
        }
        Some(key)
    }

    /// The volume in `chunk`, which is at place `at`; `None` if its shape is not that of a chunk there.
    pub(crate) fn brick(&self, chunk: Arc<Chunk>, at: [usize; 3]) -> Option<Brick> {
        let shape = chunk.shape();
        if shape.len() != self.chunk.axes() {
            return None;
        }
        let (mut base, mut step, mut strides) = (0, 1, [0; 3]);
        for (axis, (&size, &within)) in shape.iter().zip(&self.within).enumerate().rev() {
            if within >= size {
                return None;
            }
            for d in (0..3).filter(|&d| self.axes[d] == axis) {
                let first = at[d] * self.tile[d];
                if size < self.tile[d].min(self.shape[d].saturating_sub(first)) {
                    return None;
                }
                strides[d] = step;
            }
            base += within * step;
            step *= size;
        }
        Some(Brick { chunk, base, strides })
    }

    /// How far the middle of the chunk at place `at` is from `center`, squared.
    pub(crate) fn off(&self, at: [usize; 3], center: [f64; 3]) -> f64 {
        let along = |d: usize| {
            let middle = (at[d] as f64 + 0.5) * self.tile[d] as f64 - 0.5;
            (self.translate[d] + middle * self.scale[d] - center[d]).powi(2)
        };
        (0..3).map(along).sum()
    }

    fn cost(&self) -> Volumes {
        let chunks = self.part.iter().fold(1_usize, |n, part| n.saturating_mul(part.len()));
        let more = self.texels().map(|size| size.saturating_add(1));
        let texels = more.into_iter().fold(1_usize, usize::saturating_mul);
        Volumes {
            bytes: chunks.saturating_mul(self.chunk_bytes),
            texels,
            kept: texels.saturating_mul(self.texel_bytes),
            chunks,
        }
    }

    /// Leaves away a quarter of the longest side of what is shown, at the end that is farther from
    /// `center`; `None` where there is one chunk only.
    fn narrow(&mut self, center: [f64; 3]) -> Option<()> {
        let longest =
            (0..3).max_by_key(|&d| self.part[d].len()).filter(|&d| self.part[d].len() > 1)?;
        let Range { start, end } = self.part[longest];
        let cut = (end - start).div_ceil(4);
        let off = |at: usize| {
            let middle = (at as f64 + 0.5) * self.tile[longest] as f64 - 0.5;
            (self.translate[longest] + middle * self.scale[longest] - center[longest]).abs()
        };
        self.part[longest] =
            if off(start) > off(end - 1) { start + cut..end } else { start..end - cut };
        Some(())
    }
}
