//! Made-up images, scenes and chunk stores for tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "each test file uses a part"
)]

pub mod golden;
pub mod space;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parfocal_base::{Axis, AxisKind, Chunk, ChunkKey, DType, ImageMeta, LayerId, Level, SourceId};
pub use parfocal_render::conformance::samples;
use parfocal_render::{AnnotationIndex, Budget, DrawList, Resident, resolve};
use parfocal_scene::{
    Annotation, AnnotationStyle, Annotations, Blending, Camera, Dims, DimsAxis, EditScope,
    Interpolation, Layer, LayerKind, LayerSource, Look, Scene, Settings, View,
};

/// Images whose samples are computed from world coordinates, so that all levels agree.
#[derive(Default)]
pub struct World {
    pub metas: HashMap<SourceId, Arc<ImageMeta>>,
    pub chunks: HashMap<ChunkKey, Arc<Chunk>>,
    pub scene: Scene,
    pub annotations: Annotations,
}

/// A named axis with a scale.
pub fn axis(name: &str) -> Axis {
    let kind = match name {
        "t" => AxisKind::Time,
        "c" => AxisKind::Channel,
        _ => AxisKind::Space,
    };
    let unit = (kind == AxisKind::Space).then(|| "micrometer".to_owned());
    Axis { name: name.to_owned(), kind, unit }
}

pub fn level(shape: &[usize], chunk: &[usize], scale: &[f64], translate: &[f64]) -> Level {
    Level {
        shape: shape.to_vec(),
        chunk: chunk.to_vec(),
        scale: scale.to_vec(),
        translate: translate.to_vec(),
    }
}

/// Halvings of the last two axes of `fine`: the centre of a coarse sample is the middle of 2 × 2.
pub fn pyramid(fine: Level, levels: usize) -> Vec<Level> {
    let mut out = vec![fine];
    while out.len() < levels {
        let mut next = out[out.len() - 1].clone();
        let n = next.shape.len();
        for i in n - 2..n {
            next.translate[i] += next.scale[i] / 2.0;
            next.scale[i] *= 2.0;
            next.shape[i] = next.shape[i].div_ceil(2);
        }
        out.push(next);
    }
    out
}

impl World {
    /// Adds an image whose sample at a world coordinate (per source axis) is `value`.
    pub fn image(
        &mut self,
        names: &str,
        dtype: DType,
        levels: Vec<Level>,
        value: impl Fn(&[f64]) -> f64,
    ) -> SourceId {
        let source = SourceId(u32::try_from(self.metas.len()).unwrap() + 1);
        for (number, level) in levels.iter().enumerate() {
            for index in grid(&level.grid()) {
                let chunk = make_chunk(level, &index, dtype, &value);
                let key = ChunkKey::new(source, number, &index).unwrap();
                self.chunks.insert(key, Arc::new(chunk));
            }
        }
        let axes = names.chars().map(|c| axis(&c.to_string())).collect();
        self.metas.insert(source, Arc::new(ImageMeta { axes, dtype, levels }));
        source
    }

    /// Puts the image on top as a layer; its axes are matched by name.
    pub fn layer(&mut self, source: SourceId, limits: [f64; 2]) -> &mut Layer {
        let own: &[Axis] = self.metas.get(&source).map_or(&[], |meta| &meta.axes);
        let position = |a: &Axis| self.scene.dims.axes.iter().position(|d| d.name == a.name);
        let axes: Vec<_> = own.iter().map(position).collect();
        let channel = own.iter().any(|a| a.name == "c").then_some(0);
        let id = LayerId(u32::try_from(self.scene.layers.len()).unwrap() + 1);
        self.scene.layers.push(Layer {
            id,
            name: format!("layer {id}"),
            kind: LayerKind::Image,
            source: LayerSource { source, path: String::new(), channel, axes },
            contrast_limits_range: limits,
            contrast_limits_auto: limits,
            look: Look {
                visible: true,
                opacity: 1.0,
                blending: Blending::Translucent,
                interpolation2d: Interpolation::Nearest,
                colormap: "gray".to_owned(),
                contrast_limits: limits,
                ..Look::default()
            },
            style: None,
            painted: None,
            locked: false,
            edit_scope: EditScope::default(),
        });
        self.scene.layers.last_mut().unwrap()
    }

    /// Puts a layer of annotations on top, that runs along these scene axes.
    pub fn annotation_layer(
        &mut self,
        kind: LayerKind,
        axes: &[usize],
        style: AnnotationStyle,
    ) -> LayerId {
        let layer = self.layer(SourceId(0), [0.0, 1.0]);
        (layer.kind, layer.style) = (kind, Some(style));
        layer.source.axes = axes.iter().map(|&axis| Some(axis)).collect();
        layer.id
    }

    /// Adds an annotation; the names rise in the order of adding.
    pub fn annotate(&mut self, annotation: Annotation) {
        let id = format!("a{:06}", self.annotations.len());
        self.annotations.set(id.as_str().into(), Some(Arc::new(annotation)));
    }
}

/// The draw list of what `view` shows.
pub fn resolved(world: &World, view: &View, resident: &dyn Resident, budget: &Budget) -> DrawList {
    let mut index = AnnotationIndex::default();
    index.update(&world.scene, view, &world.annotations);
    resolve(&world.scene, view, &world.metas, resident, budget, &index)
}

/// A scene with these axes (`name`, `stop`, `step`), nothing in it, no overlays.
pub fn world(axes: &[(&str, f64, f64)]) -> World {
    let dims = axes.iter().map(|&(name, stop, step)| {
        let axis = axis(name);
        let (name, kind, unit) = (axis.name, axis.kind, axis.unit);
        DimsAxis { name, kind, unit, start: 0.0, stop, step, labels: Vec::new() }
    });
    let settings =
        Settings { scale_bar_visible: false, axes_visible: false, dims_label_visible: false };
    let scene = Scene {
        dims: Dims { axes: dims.collect() },
        layers: Vec::new(),
        settings,
        views: BTreeMap::new(),
        bookmarks: BTreeMap::new(),
        next_layer: LayerId(100),
    };
    World { scene, ..World::default() }
}

/// A view of the last two axes with this canvas, centre (vertical, horizontal) and zoom.
pub fn view(world: &World, canvas: [u32; 2], center: [f64; 2], zoom: f64) -> View {
    let n = world.scene.dims.axes.len();
    View {
        point: vec![0.0; n],
        displayed: [n - 2, n - 1],
        camera: Camera { center, zoom },
        canvas,
        camera3d: None,
        overrides: BTreeMap::new(),
    }
}

fn make_chunk(
    level: &Level,
    index: &[usize],
    dtype: DType,
    value: &impl Fn(&[f64]) -> f64,
) -> Chunk {
    let n = index.len();
    let start: Vec<usize> = (0..n).map(|i| index[i] * level.chunk[i]).collect();
    let shape: Vec<usize> = (0..n).map(|i| level.chunk[i].min(level.shape[i] - start[i])).collect();
    let at = |offset: Vec<usize>| {
        let coordinate =
            |i: usize| (start[i] + offset[i]) as f64 * level.scale[i] + level.translate[i];
        value(&(0..n).map(coordinate).collect::<Vec<_>>())
    };
    let values = grid(&shape).into_iter().map(at);
    let samples = samples(dtype, values);
    Chunk::new(shape, samples).unwrap()
}

/// All indices of a grid, C order.
pub fn grid(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new()];
    for &n in shape {
        out = out.iter().flat_map(|p| (0..n).map(|i| [p.as_slice(), &[i]].concat())).collect();
    }
    out
}
