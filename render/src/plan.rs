//! The plan of a picture: a level of detail for each layer, and the chunks to load.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parfocal_base::{ChunkKey, ImageMeta, LayerId, SourceId};
use parfocal_scene::{Dims, Layer, Look, Scene, View};

use crate::budget::Budget;
use crate::cut::Cut;
use crate::level_cut::LevelCut;
use crate::space;
use crate::wishes::Wishes;

/// Descriptions of opened sources.
pub trait Images {
    /// The image of a source, or `None` if it is not (or no longer) open.
    fn meta(&self, source: SourceId) -> Option<Arc<ImageMeta>>;
}

impl Images for HashMap<SourceId, Arc<ImageMeta>> {
    fn meta(&self, source: SourceId) -> Option<Arc<ImageMeta>> {
        self.get(&source).cloned()
    }
}

impl Images for BTreeMap<SourceId, Arc<ImageMeta>> {
    fn meta(&self, source: SourceId) -> Option<Arc<ImageMeta>> {
        self.get(&source).cloned()
    }
}

/// What a picture needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Layers that the canvas shows, bottom first.
    pub layers: Vec<LayerPlan>,
    /// Chunks, most wanted first, each once: the coarsest level of every layer, so that there is a
    /// picture soon; then the target levels; nearest to the canvas's middle first.
    pub wanted: Vec<ChunkKey>,
    /// How many of `wanted`, from the first, are of a coarsest level.
    pub coarsest: usize,
}

/// What one layer needs.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPlan {
    /// Which layer.
    pub layer: LayerId,
    /// Its source.
    pub source: SourceId,
    /// The level to show when all its chunks are there.
    pub level: usize,
    /// Whether the budget holds only the middle of the picture, at the coarsest level.
    pub narrowed: bool,
}

/// Plans the picture that `view` shows of `scene`.
pub fn plan(scene: &Scene, view: &View, images: &dyn Images, budget: &Budget) -> Plan {
    if view.camera3d.is_some() {
        return space::plan(scene, view, images, budget);
    }
    let mut plan = Plan::default();
    let [mut coarse, mut sharp] = [Wishes::default(), Wishes::default()];
    for_each_shown(scene, view, images, budget, |shown| {
        let source = shown.layer.source.source;
        let coarsest = shown.cut.coarsest();
        let pixels = &shown.cut.pixels;
        if let Some(cut) = shown.cut.level(coarsest) {
            coarse.add(source, &cut, pixels, view, budget.chunks);
        }
        if coarsest != shown.target.level {
            sharp.add(source, &shown.target, pixels, view, budget.chunks);
        }
        plan.layers.push(LayerPlan {
            layer: shown.layer.id,
            source,
            level: shown.target.level,
            narrowed: shown.narrowed,
        });
    });
    plan.wanted.reserve_exact(coarse.len() + sharp.len());
    plan.wanted.extend(coarse.nearest_first());
    plan.coarsest = plan.wanted.len();
    plan.wanted.extend(sharp.nearest_first());
    plan
}

/// An image's or labels' layer that the canvas shows.
pub(crate) struct Shown<'a> {
    /// Among the scene's layers.
    pub(crate) place: usize,
    pub(crate) layer: &'a Layer,
    pub(crate) look: Look,
    pub(crate) cut: Cut<'a>,
    pub(crate) target: LevelCut,
    pub(crate) narrowed: bool,
}

/// Calls `each` for every layer with samples that `view` shows, bottom first.
pub(crate) fn for_each_shown(
    scene: &Scene,
    view: &View,
    images: &dyn Images,
    budget: &Budget,
    mut each: impl FnMut(Shown<'_>),
) {
    let visible = visible(scene, view);
    let share = budget.share(visible.len());
    for (place, layer, look) in visible {
        let Some(meta) = meta_of(scene, layer, images) else { continue };
        let Some(mut cut) = Cut::new(&meta, layer, view) else { continue };
        let Some((target, narrowed)) = cut.target(share) else { continue };
        each(Shown { place, layer, look, cut, target, narrowed });
    }
}

/// The layers with samples that are to be seen: place among the scene's layers, layer, and look.
pub(crate) fn visible<'a>(scene: &'a Scene, view: &View) -> Vec<(usize, &'a Layer, Look)> {
    let look = |layer: &Layer| Scene::effective_look(layer, view);
    let sampled = scene.layers.iter().enumerate().filter(|(_, l)| !l.kind.is_annotation());
    let visible = sampled.map(|(place, layer)| (place, layer, look(layer)));
    visible.filter(|(.., look)| is_visible(look)).collect()
}

/// A layer's image in the units of the scene.
pub(crate) fn meta_of(scene: &Scene, layer: &Layer, images: &dyn Images) -> Option<Arc<ImageMeta>> {
    let meta = images.meta(layer.source.source)?;
    if uses_scene_units(&meta, layer, &scene.dims) {
        return Some(meta);
    }
    Some(Arc::new(scene.dims.in_scene_units(&meta, &layer.source)))
}

/// Whether a layer of this look is seen at all.
pub(crate) fn is_visible(look: &Look) -> bool {
    look.visible && look.opacity > 0.0
}

/// Whether nothing is to be converted: so it is mostly, and a copy for every picture is saved.
fn uses_scene_units(meta: &ImageMeta, layer: &Layer, dims: &Dims) -> bool {
    meta.axes.iter().zip(&layer.source.axes).all(|(own, &axis)| {
        let scene = axis.and_then(|axis| dims.axes.get(axis));
        scene.is_none_or(|scene| scene.unit == own.unit)
    })
}
