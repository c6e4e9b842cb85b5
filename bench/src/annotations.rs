//! What annotations cost beyond the image: finding those that are seen, painting them, and
//! following an edit.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;
use parfocal_base::{AxisKind, Chunk, ChunkKey, Frame, ImageMeta, LayerId, PixelFormat, SourceId};
use parfocal_render::{AnnotationIndex, Budget, Cpu, DrawList, resolve};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationStyle, Annotations, Camera, Dims, DimsAxis, EditScope,
    Layer, LayerKind, LayerSource, Look, Scene, Shape, View,
};

use crate::Setup;
use crate::image::{Image, Random};
use crate::picture::{Picture, name};
use crate::row::Report;
use crate::stats::Samples;

const CANVAS: [u32; 2] = [1920, 1080];
/// What the targets are stated for.
const THREADS: usize = 2;
const POINTS: u32 = 100_000;
const POLYGONS: u32 = 10_000;
const VERTICES: u32 = 20;
/// Positions along z, of which one is looked at.
const SLICES: u32 = 100;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let image = Picture::new(&Image::generate(), 1)?;
    let mut cpu = Cpu::new(THREADS)?;
    // Six pixels wide on the canvas.
    let [all, small, volume] = [points(1, 6.0), points(1, 0.6), points(SLICES, 6.0)];
    let areas = polygons();
    let cases = [
        ("100,000 points, all visible", &all, 1.0),
        ("100,000 points, 1,000 visible in a corner", &small, 10.0),
        ("100,000 points, 1,000 visible in a slice", &volume, 1.0),
        ("10,000 polygons of 20, all visible", &areas, 1.0),
        ("10,000 polygons of 20, 100 visible", &areas, 10.0),
    ];
    for (what, world, zoom) in cases {
        let what = format!("{}, {what}", name(CANVAS));
        frames(setup, report, &mut cpu, &image, world, zoom, &what)?;
    }
    edits(setup, report, &all);
    Ok(())
}

/// A scene of one layer, and what is in it.
struct World {
    scene: Scene,
    annotations: Annotations,
}

impl World {
    fn view(&self, zoom: f64) -> View {
        let middle = [CANVAS[1], CANVAS[0]].map(|side| f64::from(side) / 2.0);
        // A corner of the scene, when it is looked at from near.
        let center = middle.map(|middle| middle / zoom);
        View {
            point: vec![0.0; 3],
            displayed: [1, 2],
            camera: Camera { center, zoom },
            canvas: CANVAS,
            camera3d: None,
            overrides: [].into(),
        }
    }
}

fn points(slices: u32, size: f64) -> World {
    let mut random = Random::new();
    let layer = LayerId(1);
    let of = |at: u32, random: &mut Random| {
        let [y, x] = [CANVAS[1], CANVAS[0]].map(|side| random.unit() * side as f32);
        let at = vec![f64::from(at % slices), f64::from(y), f64::from(x)];
        Annotation::new(layer, Shape::Point, vec![at])
    };
    let style = AnnotationStyle { size, out_of_slice_display: false, ..AnnotationStyle::default() };
    world(LayerKind::Points, style, (0..POINTS).map(|at| of(at, &mut random)))
}

fn polygons() -> World {
    let mut random = Random::new();
    let of = |random: &mut Random| {
        let [y, x] = [CANVAS[1], CANVAS[0]].map(|side| f64::from(random.unit() * side as f32));
        let radius = f64::from(6.0 + 12.0 * random.unit());
        let vertex = |i: u32| {
            let (sin, cos) = (f64::from(i) / f64::from(VERTICES) * std::f64::consts::TAU).sin_cos();
            vec![0.0, y + radius * sin, x + radius * cos]
        };
        Annotation::new(LayerId(1), Shape::Polygon, (0..VERTICES).map(vertex).collect())
    };
    let style = AnnotationStyle::default();
    world(LayerKind::Shapes, style, (0..POLYGONS).map(|_| of(&mut random)))
}

fn world(kind: LayerKind, style: AnnotationStyle, all: impl Iterator<Item = Annotation>) -> World {
    let mut annotations = Annotations::default();
    for (at, annotation) in all.enumerate() {
        annotations.set(id(at), Some(Arc::new(annotation)));
    }
    let axis = |name: &str, count: u32| DimsAxis {
        name: name.to_owned(),
        kind: AxisKind::Space,
        unit: Some("micrometer".to_owned()),
        start: 0.0,
        stop: f64::from(count - 1),
        step: 1.0,
        labels: Vec::new(),
    };
    let axes = vec![axis("z", SLICES), axis("y", CANVAS[1]), axis("x", CANVAS[0])];
    let layer = Layer {
        id: LayerId(1),
        name: "annotations".to_owned(),
        kind,
        source: LayerSource {
            source: SourceId(0),
            path: String::new(),
            channel: None,
            axes: vec![Some(0), Some(1), Some(2)],
        },
        contrast_limits_range: [0.0, 1.0],
        contrast_limits_auto: [0.0, 1.0],
        look: Look::default(),
        style: Some(style),
        painted: None,
        locked: false,
        edit_scope: EditScope::default(),
    };
    let scene = Scene { dims: Dims { axes }, layers: vec![layer], ..Scene::default() };
    World { scene, annotations }
}

/// A name like a random one: neighbours in age are not neighbours by name.
fn id(at: usize) -> AnnotationId {
    format!("{:016x}", (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).as_str().into()
}

fn frames(
    setup: &Setup,
    report: &mut Report,
    cpu: &mut Cpu,
    image: &Picture,
    world: &World,
    zoom: f64,
    what: &str,
) -> Result<()> {
    let view = world.view(zoom);
    let mut index = AnnotationIndex::default();
    index.update(&world.scene, &view, &world.annotations);
    let marks = || -> DrawList {
        let metas: HashMap<SourceId, Arc<ImageMeta>> = HashMap::new();
        let chunks: HashMap<ChunkKey, Arc<Chunk>> = HashMap::new();
        resolve(&world.scene, &view, &metas, &chunks, &Budget::default(), &index)
    };
    let [mut lists, mut plain, mut rgba, mut i420] = [(); 4].map(|()| Samples::default());
    let mut frame = Frame::new(PixelFormat::Rgba8, CANVAS[0], CANVAS[1]);
    let mut yuv = Frame::new(PixelFormat::I420, CANVAS[0], CANVAS[1]);
    for at in 0..setup.frames {
        let drawn = lists.time(marks);
        let mut list = image.list(CANVAS, at);
        plain.time(|| cpu.render(&list, &mut frame))?;
        list.layers.extend(drawn.layers);
        rgba.time(|| cpu.render(&list, &mut frame))?;
        i420.time(|| cpu.render(&list, &mut yuv))?;
    }
    for (percent, key) in [(50.0, "p50"), (95.0, "p95")] {
        let list = lists.percentile(percent);
        report.add("annotate", format!("{what}, draw list, {key}"), list, "ms");
        // Against the image of the same frames, which the machine's other work slows as well.
        let image = plain.percentile(percent);
        let paint = rgba.percentile(percent) - image;
        report.add("annotate", format!("{what}, painting, {key}"), paint, "ms");
        let both = format!("{what}, image and painting, I420, {key}");
        report.add("annotate", both, i420.percentile(percent), "ms");
    }
    Ok(())
}

fn edits(setup: &Setup, report: &mut Report, world: &World) {
    let view = world.view(1.0);
    let mut annotations = world.annotations.clone();
    let mut index = AnnotationIndex::default();
    let [mut first, mut moves, mut adds, mut removals] = [(); 4].map(|()| Samples::default());
    first.time(|| index.update(&world.scene, &view, &annotations));
    for at in 0..setup.frames {
        let (moved, added) = (id(at * 37 % POINTS as usize), id(POINTS as usize + at));
        let Some(mut annotation) = annotations.get(&moved).map(|known| (**known).clone()) else {
            continue;
        };
        annotation.vertices.iter_mut().flatten().for_each(|v| *v = (*v + 100.0) % 1000.0);
        annotations.set(moved.clone(), Some(Arc::new(annotation.clone())));
        moves.time(|| index.update(&world.scene, &view, &annotations));
        annotations.set(added, Some(Arc::new(annotation)));
        adds.time(|| index.update(&world.scene, &view, &annotations));
        annotations.set(moved, None);
        removals.time(|| index.update(&world.scene, &view, &annotations));
    }
    for (what, samples) in [("move", &moves), ("add", &adds), ("remove", &removals)] {
        let metric = format!("index of 100,000 points, {what} one, p95");
        report.add("annotate", metric, samples.percentile(95.0), "ms");
    }
    let metric = "index of 100,000 points, all anew".to_owned();
    report.add("annotate", metric, first.percentile(50.0), "ms");
    let mib = index.bytes() as f64 / f64::from(1 << 20);
    report.add("annotate", "index of 100,000 points, memory".to_owned(), mib, "MiB");
}
