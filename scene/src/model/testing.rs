//! Small scenes for this crate's tests.

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, LayerId, Level, SourceId};

use super::{
    Annotation, Annotations, Author, DimsAxis, Intent, LayerKind, LayerSpec, Limits, NewAnnotation,
    Reject, Scene, Shape,
};

/// A space axis of `count` positions from 0.
pub(crate) fn axis(name: &str, count: usize, step: f64) -> DimsAxis {
    let stop = step * (count - 1) as f64;
    let (name, unit) = (name.to_owned(), Some("micrometer".to_owned()));
    DimsAxis { name, kind: AxisKind::Space, unit, start: 0.0, stop, step, labels: Vec::new() }
}

/// An image with these axes (name, samples, scale); `t` is time in seconds, `c` is a channel, all
/// else space in micrometers.
pub(crate) fn image(axes: &[(&str, usize, f64)]) -> ImageMeta {
    let describe = |name: &str| {
        let (kind, unit) = match name {
            "t" => (AxisKind::Time, Some("second")),
            "c" => (AxisKind::Channel, None),
            _ => (AxisKind::Space, Some("micrometer")),
        };
        Axis { name: name.to_owned(), kind, unit: unit.map(str::to_owned) }
    };
    let shape: Vec<usize> = axes.iter().map(|axis| axis.1).collect();
    let level = Level {
        chunk: shape.clone(),
        shape,
        scale: axes.iter().map(|axis| axis.2).collect(),
        translate: vec![0.0; axes.len()],
    };
    let axes = axes.iter().map(|axis| describe(axis.0)).collect();
    ImageMeta { axes, dtype: DType::U16, levels: vec![level] }
}

/// An image and labels, t 10 · z 5 · y 100 · x 200.
pub(crate) fn embryo() -> Scene {
    let meta = image(&[("t", 10, 30.0), ("z", 5, 2.0), ("y", 100, 0.5), ("x", 200, 0.5)]);
    let mut scene = Scene::new();
    for (kind, name) in [(LayerKind::Image, "embryo"), (LayerKind::Labels, "cells")] {
        scene.add_layer(&LayerSpec::new(name, kind, SourceId(1), "embryo.tif", &meta)).unwrap();
    }
    scene
}

/// The layers of [`annotated`] besides those of [`embryo`].
pub(crate) const POINTS: LayerId = LayerId(2);
pub(crate) const SHAPES: LayerId = LayerId(3);
pub(crate) const VECTORS: LayerId = LayerId(4);
pub(crate) const TRACKS: LayerId = LayerId(5);
pub(crate) const PAINTED: LayerId = LayerId(6);

/// The embryo, with an empty layer for each kind of annotation, and labels to paint.
pub(crate) fn annotated() -> Scene {
    let mut scene = embryo();
    for layer_kind in [
        LayerKind::Points,
        LayerKind::Shapes,
        LayerKind::Vectors,
        LayerKind::Tracks,
        LayerKind::Labels,
    ] {
        let intent = Intent::AddLayer { layer_kind, name: None, layer: None };
        scene.apply_intent(&intent, &ann(), &Limits::default()).unwrap();
    }
    scene
}

/// Two annotators and an owner.
pub(crate) fn ann() -> Author {
    Author { subject: "ann".to_owned(), edits_all: false, now_ms: 1000 }
}
pub(crate) fn bob() -> Author {
    Author { subject: "bob".to_owned(), edits_all: false, now_ms: 2000 }
}
pub(crate) fn owner() -> Author {
    Author { subject: "olga".to_owned(), edits_all: true, now_ms: 3000 }
}

/// An annotation with these y and x, at t 0 and z 0.
pub(crate) fn drawn(layer: LayerId, shape: Shape, yx: &[[f64; 2]]) -> Annotation {
    Annotation::new(layer, shape, yx.iter().map(|&[y, x]| vec![0.0, 0.0, y, x]).collect())
}

/// An intent that makes annotations named `a0`, `a1`, ….
pub(crate) fn adding(annotations: impl IntoIterator<Item = Annotation>) -> Intent {
    let named = annotations
        .into_iter()
        .enumerate()
        .map(|(i, annotation)| NewAnnotation { id: format!("a{i}").as_str().into(), annotation });
    Intent::AddAnnotations { annotations: named.collect() }
}

/// The refusal of `intent`; fails where it changed something all the same.
pub(crate) fn refused(
    all: &mut Annotations,
    scene: &Scene,
    intent: &Intent,
    by: &Author,
) -> Reject {
    let before = all.clone();
    let why = all.apply(scene, intent, by, &Limits::default()).expect_err("must be refused");
    assert_eq!(*all, before, "a refused intent changed something: {intent:?}");
    why
}
