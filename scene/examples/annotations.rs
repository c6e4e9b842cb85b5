//! What an intent costs among 100,000 annotations: `cargo run --release --example annotations -p
//! parfocal-scene`.

use std::time::Instant;

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, LayerId, Level, SourceId};
use parfocal_scene::{
    Annotation, AnnotationChange, Annotations, Author, Feature, Intent, LayerKind, LayerSpec,
    Limits, Merge, NewAnnotation, Reject, Scene, Shape, Step, Undo, UndoLimits,
};

const MANY: usize = 100_000;
const EDITS: usize = 20_000;

fn main() -> Result<(), Reject> {
    let scene = scene()?;
    for (layer, shape, vertices) in [(1, Shape::Point, 1), (2, Shape::Polygon, 100)] {
        println!("{MANY} {shape:?}s of {vertices} vertices");
        measure(&scene, LayerId(layer), shape, vertices)?;
    }
    Ok(())
}

fn scene() -> Result<Scene, Reject> {
    let names = [("t", AxisKind::Time), ("y", AxisKind::Space), ("x", AxisKind::Space)];
    let axis = |(name, kind): (&str, AxisKind)| Axis { name: name.to_owned(), kind, unit: None };
    let shape = vec![10, 2048, 2048];
    let (chunk, scale, translate) = (shape.clone(), vec![1.0; 3], vec![0.0; 3]);
    let levels = vec![Level { shape, chunk, scale, translate }];
    let meta = ImageMeta { axes: names.map(axis).to_vec(), dtype: DType::U8, levels };
    let mut scene = Scene::new();
    scene.add_layer(&LayerSpec::new("image", LayerKind::Image, SourceId(1), "image", &meta))?;
    for layer_kind in [LayerKind::Points, LayerKind::Shapes] {
        let intent = Intent::AddLayer { layer_kind, name: None, layer: None };
        scene.apply_intent(&intent, &Author::server(0), &Limits::default())?;
    }
    Ok(scene)
}

fn annotation(layer: LayerId, shape: Shape, vertices: usize, number: usize) -> Annotation {
    let at = |i: usize| {
        let (v, h) = ((number % 1000) as f64, (number / 1000) as f64);
        let angle = i as f64 / vertices as f64 * std::f64::consts::TAU;
        vec![0.0, 10.0 * v + 4.0 * angle.sin(), 10.0 * h + 4.0 * angle.cos()]
    };
    let mut annotation = Annotation::new(layer, shape, (0..vertices).map(at).collect());
    annotation.features.insert("score".to_owned(), Feature::Number(number as f64));
    annotation
}

fn name(number: usize) -> parfocal_scene::AnnotationId {
    format!("{:08x}-{number:x}", number.wrapping_mul(2_654_435_761) as u32).as_str().into()
}

fn measure(scene: &Scene, layer: LayerId, shape: Shape, vertices: usize) -> Result<(), Reject> {
    let by = Author { subject: "ann".to_owned(), edits_all: false, now_ms: 1 };
    let limits = Limits::default();
    let mut all = Annotations::default();
    let mut undo = Undo::new(UndoLimits::default(), limits.clone());
    let mut scene = scene.clone();
    let mut run = |what: &str, count: usize, each: &mut dyn FnMut(usize) -> Intent| {
        let intents: Vec<_> = (0..count).map(each).collect();
        let mut took: Vec<f64> = Vec::with_capacity(count);
        let mut snapshot = all.clone();
        for intent in &intents {
            let start = Instant::now();
            let (writes, applied) = all.apply(&scene, intent, &by, &limits)?;
            let step = Step::of(Some(&applied), &scene, &scene, &writes, &[]);
            undo.record("ann", step, Merge::of(&applied), 0);
            took.push(start.elapsed().as_secs_f64() * 1e6);
            snapshot = all.clone(); // as the renderer has it
        }
        drop(snapshot);
        report(what, &mut took);
        Ok::<_, Reject>(())
    };
    let new = |number| NewAnnotation {
        id: name(number),
        annotation: annotation(layer, shape, vertices, number),
    };
    let batch = 1000;
    run("add 1,000", MANY / batch, &mut |i| Intent::AddAnnotations {
        annotations: (i * batch..(i + 1) * batch).map(new).collect(),
    })?;
    let some = |i: usize| (i * 7919) % MANY;
    run("move 1,000", 100, &mut |i| Intent::MoveAnnotations {
        annotations: (0..batch).map(|k| name((i * batch + k) % MANY)).collect(),
        by: vec![0.0, 1.0, 0.0],
    })?;
    run("remove 1", 1000, &mut |i| Intent::RemoveAnnotations { annotations: vec![name(some(i))] })?;
    run("add 1", 1000, &mut |i| Intent::AddAnnotations { annotations: vec![new(some(i))] })?;
    run("feature of 1", EDITS, &mut |i| Intent::ChangeAnnotation {
        annotation: name(some(i)),
        change: AnnotationChange::Feature {
            name: "score".to_owned(),
            value: Some(Feature::Number(-(i as f64))),
        },
    })?;
    run("move a vertex of 1", EDITS, &mut |i| {
        let number = some(i);
        let mut to = annotation(layer, shape, vertices, number).vertices.swap_remove(0);
        to[1] += 0.01;
        let change = AnnotationChange::MoveVertex { index: 0, to };
        Intent::ChangeAnnotation { annotation: name(number), change }
    })?;
    let mut took = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        undo.undo(&by, &mut scene, &mut all);
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    report("undo", &mut took);
    let start = Instant::now();
    let differences = all.diff_to(&all.clone()).len();
    let took = start.elapsed().as_secs_f64() * 1e6;
    println!("  {:<20} {took:9.1} µs ({differences} differences)", "diff to itself");
    Ok(())
}

fn report(what: &str, took: &mut [f64]) {
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!("  {what:<20} p50 {:9.1} µs   p99 {:9.1} µs", at(0.5), at(0.99));
}
