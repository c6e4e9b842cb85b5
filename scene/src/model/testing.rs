//! Small scenes for this crate's tests.

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, Level, SourceId};

use super::{DimsAxis, LayerKind, LayerSpec, Scene};

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
