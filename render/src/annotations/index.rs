//! The annotations of a session, so that those that a picture shows are found at once; and those of
//! several sessions.

use std::collections::BTreeMap;

use parfocal_base::LayerId;
use parfocal_scene::{Annotations, Layer, Scene, View};

use super::drawing::draw;
use super::layer_index::LayerIndex;
use super::slice::Slice;
use crate::marks::Marks;

/// Where the annotations of a session are. Default: there are none.
#[derive(Debug, Default)]
pub struct AnnotationIndex {
    layers: BTreeMap<LayerId, LayerIndex>,
}

impl AnnotationIndex {
    /// Brings it up to date with the annotations of `scene`, for a picture of `view`. What did not
    /// change since the last time costs nothing.
    pub fn update(&mut self, scene: &Scene, view: &View, annotations: &Annotations) {
        let all: BTreeMap<LayerId, &Layer> =
            scene.layers.iter().map(|layer| (layer.id, layer)).collect();
        self.layers.retain(|id, _| all.contains_key(id) && annotations.layer(*id).is_some());
        for layer in scene.layers.iter().filter(|layer| layer.kind.is_annotation()) {
            let Some(set) = annotations.layer(layer.id) else { continue };
            let by = layer.style.as_ref().and_then(|style| style.color_by.as_ref());
            let shown = Slice::shown(layer, view);
            let index = self.layers.entry(layer.id).or_default();
            let axes = layer.source.axes.len();
            index.update(set, axes, by.map(|by| by.feature.as_str()), shown);
        }
    }

    /// What `view` shows of a layer; `None` where that is nothing.
    pub(crate) fn marks(&self, scene: &Scene, view: &View, layer: &Layer) -> Option<Marks> {
        draw(scene, view, layer, self.layers.get(&layer.id)?)
    }

    /// Bytes in memory, roughly, without the annotations themselves.
    pub fn bytes(&self) -> usize {
        self.layers.values().map(LayerIndex::bytes).sum()
    }
}

/// The indices of several sessions, by a name `K` of the session. Those that were not used for
/// longest are dropped, and made anew when they are needed: some 100 ms for 100,000 annotations.
#[derive(Debug)]
pub struct AnnotationIndices<K> {
    /// Most recently used first.
    kept: Vec<(K, AnnotationIndex)>,
    max_bytes: usize,
}

impl<K: PartialEq> AnnotationIndices<K> {
    /// Indices that take `max_bytes` together, or that of one session alone what it needs.
    pub const fn new(max_bytes: usize) -> Self {
        Self { kept: Vec::new(), max_bytes }
    }

    /// The index of `session`, up to date for a picture of `view`.
    pub fn get(
        &mut self,
        session: K,
        scene: &Scene,
        view: &View,
        annotations: &Annotations,
    ) -> &AnnotationIndex {
        let known = self.kept.iter().position(|(key, _)| *key == session);
        let mut index = known.map_or_else(AnnotationIndex::default, |at| self.kept.remove(at).1);
        index.update(scene, view, annotations);
        let mut left = self.max_bytes.saturating_sub(index.bytes());
        self.kept.retain(|(_, other)| {
            let fits = other.bytes() <= left;
            left = if fits { left - other.bytes() } else { 0 };
            fits
        });
        self.kept.insert(0, (session, index));
        &self.kept[0].1
    }

    /// Bytes in memory, roughly, of all.
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(|(_, index)| index.bytes()).sum()
    }

    /// Forgets a session that has ended.
    pub fn remove(&mut self, session: &K) {
        self.kept.retain(|(key, _)| key != session);
    }
}
