//! The writes that bring a document from one state of the scene to another.
//!
//! Every change computes its new state first and derives its writes here, so that what is written
//! cannot differ from what was done, and what changed nothing writes nothing.

use std::collections::BTreeMap;

use parfocal_base::ViewId;
use serde::Serialize;
use serde_json::Value;

use super::{Bookmark, Layer, Scene, Settings, View, Write};

fn json<T: Serialize>(value: &T) -> Value {
    // The model's types have no key that is not text and no other way to fail.
    serde_json::to_value(value).unwrap_or_default()
}

impl Settings {
    /// The settings by name, as in the document.
    pub(crate) const fn entries(&self) -> [(&'static str, bool); 3] {
        [
            ("scale_bar_visible", self.scale_bar_visible),
            ("axes_visible", self.axes_visible),
            ("dims_label_visible", self.dims_label_visible),
        ]
    }
}

/// The properties of a layer that can change, by name.
fn layer_entries(layer: &Layer) -> [(&'static str, Value); 19] {
    let look = &layer.look;
    [
        ("name", json(&layer.name)),
        ("source", json(&layer.source)),
        ("contrast_limits_range", json(&layer.contrast_limits_range)),
        ("contrast_limits_auto", json(&layer.contrast_limits_auto)),
        ("visible", json(&look.visible)),
        ("opacity", json(&look.opacity)),
        ("blending", json(&look.blending)),
        ("interpolation2d", json(&look.interpolation2d)),
        ("colormap", json(&look.colormap)),
        ("contrast_limits", json(&look.contrast_limits)),
        ("gamma", json(&look.gamma)),
        ("rendering", json(&look.rendering)),
        ("attenuation", json(&look.attenuation)),
        ("iso_threshold", json(&look.iso_threshold)),
        ("interpolation3d", json(&look.interpolation3d)),
        ("style", json(&layer.style)),
        ("painted", json(&layer.painted)),
        ("locked", json(&layer.locked)),
        ("edit_scope", json(&layer.edit_scope)),
    ]
}

/// Writes for a layer that stays (its number and kind never change).
pub(super) fn layer_writes(before: &Layer, after: &Layer) -> Vec<Write> {
    if before == after {
        return Vec::new();
    }
    let pairs = layer_entries(before).into_iter().zip(layer_entries(after));
    pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|(_, (key, value))| Write::Layer { layer: after.id, key, value })
        .collect()
}

/// Writes for a view that stays.
pub(super) fn view_writes(view: ViewId, before: &View, after: &View) -> Vec<Write> {
    let mut writes = Vec::new();
    let mut put = |key, value| writes.push(Write::View { view, key, value });
    if before.point != after.point {
        put("point", json(&after.point));
    }
    if before.displayed != after.displayed {
        put("displayed", json(&after.displayed));
    }
    if before.camera != after.camera {
        put("camera", json(&after.camera));
    }
    if before.camera3d != after.camera3d {
        put("camera3d", json(&after.camera3d));
    }
    if before.canvas != after.canvas {
        put("canvas", json(&after.canvas));
    }
    if before.overrides != after.overrides {
        put("overrides", json(&after.overrides));
    }
    writes
}

/// Writes for two states of the settings.
pub(super) fn settings_writes(before: &Settings, after: &Settings) -> Vec<Write> {
    let pairs = before.entries().into_iter().zip(after.entries());
    pairs
        .filter(|(old, new)| old != new)
        .map(|(_, (key, value))| Write::Setting { key, value })
        .collect()
}

/// Writes for two states of the kept views.
pub(super) fn bookmark_writes(
    before: &BTreeMap<String, Bookmark>,
    after: &BTreeMap<String, Bookmark>,
) -> Vec<Write> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut writes: Vec<_> = gone.map(|name| Write::Bookmark(name.clone(), None)).collect();
    let new = after.iter().filter(|(name, bookmark)| before.get(*name) != Some(bookmark));
    writes.extend(
        new.map(|(name, bookmark)| Write::Bookmark(name.clone(), Some(Box::new(bookmark.clone())))),
    );
    writes
}

/// Writes for two states of the whole scene.
pub(super) fn scene_writes(before: &Scene, after: &Scene) -> Vec<Write> {
    let mut writes = Vec::new();
    if before.dims != after.dims {
        writes.push(Write::Dims(after.dims.clone()));
    }
    writes.extend(settings_writes(&before.settings, &after.settings));
    let gone = before.layers.iter().filter(|layer| after.layer(layer.id).is_none());
    writes.extend(gone.map(|layer| Write::LayerRemove(layer.id)));
    for layer in &after.layers {
        match before.layer(layer.id) {
            Some(old) => writes.extend(layer_writes(old, layer)),
            None => writes.push(Write::LayerAdd(Box::new(layer.clone()))),
        }
    }
    if before.order() != after.order() {
        writes.push(Write::Order(after.order()));
    }
    if before.next_layer != after.next_layer {
        writes.push(Write::NextLayer(after.next_layer));
    }
    let gone = before.views.keys().filter(|id| !after.views.contains_key(id));
    writes.extend(gone.map(|&id| Write::ViewRemove(id)));
    for (&id, view) in &after.views {
        match before.views.get(&id) {
            Some(old) => writes.extend(view_writes(id, old, view)),
            None => writes.push(Write::ViewAdd(id, Box::new(view.clone()))),
        }
    }
    writes.extend(bookmark_writes(&before.bookmarks, &after.bookmarks));
    writes
}
