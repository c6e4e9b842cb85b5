//! From scene, view and the chunks that are there to a draw list.

use std::collections::HashMap;
use std::sync::Arc;

use parfocal_base::{Chunk, ChunkKey};
use parfocal_scene::{Interpolation, Layer, LayerKind, Scene, View};

use crate::annotations::AnnotationIndex;
use crate::budget::Budget;
use crate::colormap::{colormap, gray};
use crate::draw_list::{Content, DrawLayer, DrawList, Paint, Sampled, Transfer};
use crate::finder::Finder;
use crate::level_cut::LevelCut;
use crate::overlay;
use crate::plan::{Images, Shown, for_each_shown, is_visible};
use crate::space;

/// Chunks in memory.
pub trait Resident {
    /// The chunk, if it is in memory now. Its shape is that of a full chunk, or cut at the image's
    /// end; one of another shape counts as missing.
    fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>>;
}

impl Resident for HashMap<ChunkKey, Arc<Chunk>> {
    fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>> {
        HashMap::get(self, key).cloned()
    }
}

/// Makes the draw list of what `view` shows of `scene`. Where a chunk of the wanted level is
/// missing, the nearest coarser level that is there stands in, else a slightly finer one.
/// `annotations` are those of the scene; bring them up to date for the view first.
pub fn resolve(
    scene: &Scene,
    view: &View,
    images: &dyn Images,
    resident: &dyn Resident,
    budget: &Budget,
    annotations: &AnnotationIndex,
) -> DrawList {
    let mut list = DrawList {
        canvas: view.canvas.map(|side| side.clamp(1, View::CANVAS[1])),
        background: [0; 3],
        layers: Vec::new(),
        overlays: Vec::new(),
        complete: true,
    };
    let view = &View { canvas: list.canvas, ..view.clone() };
    let mut layers = Vec::new();
    if view.camera3d.is_some() {
        list.complete = space::resolve(scene, view, images, resident, budget, &mut layers);
    } else {
        for_each_shown(scene, view, images, budget, |shown| {
            let (layer, complete) = resolve_layer(&shown, resident);
            layers.push((shown.place, layer));
            list.complete &= complete;
        });
    }
    for (place, layer) in scene.layers.iter().enumerate() {
        layers.extend(annotated(scene, view, layer, annotations).map(|drawn| (place, drawn)));
    }
    layers.sort_by_key(|(place, _)| *place);
    list.layers.extend(layers.into_iter().map(|(_, layer)| layer));
    list.overlays = overlay::layout(scene, view);
    list
}

fn annotated(
    scene: &Scene,
    view: &View,
    layer: &Layer,
    annotations: &AnnotationIndex,
) -> Option<DrawLayer> {
    let look = Some(Scene::effective_look(layer, view)).filter(is_visible)?;
    let marks = annotations.marks(scene, view, layer)?;
    Some(DrawLayer {
        opacity: look.opacity.clamp(0.0, 1.0),
        blending: look.blending,
        content: Content::Marks(marks),
    })
}

fn resolve_layer(shown: &Shown<'_>, resident: &dyn Resident) -> (DrawLayer, bool) {
    let look = &shown.look;
    let linear = look.interpolation2d == Interpolation::Linear && !is_aligned(&shown.target);
    let paint = match shown.layer.kind {
        // Annotation layers have no samples, and are not shown here.
        LayerKind::Labels
        | LayerKind::Points
        | LayerKind::Shapes
        | LayerKind::Vectors
        | LayerKind::Tracks => Paint::Labels,
        LayerKind::Image => Paint::Image(Transfer {
            table: colormap(&look.colormap).unwrap_or_else(gray),
            limits: look.contrast_limits,
            gamma: look.gamma,
            linear,
        }),
    };
    let mut finder = Finder::new(shown, resident);
    let (patches, complete) = finder.patches();
    let planes = finder.into_planes();
    let layer = DrawLayer {
        opacity: look.opacity.clamp(0.0, 1.0),
        blending: look.blending,
        content: Content::Sampled(Sampled { paint, planes, patches }),
    };
    (layer, complete)
}

/// Whether every pixel's middle lies on a texel's centre: then linear is nearest, and only slower.
fn is_aligned(cut: &LevelCut) -> bool {
    let on_centre = |x: f64| (x - x.round()).abs() < 1e-6;
    cut.map.iter().all(|map| map.step == 1.0 && on_centre(map.at(0)))
}
