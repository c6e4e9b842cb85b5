//! What an applied change writes into the document.

use std::sync::Arc;

use parfocal_base::{LayerId, ViewId};
use serde_json::Value;

use super::{Annotation, AnnotationId, Bookmark, Dims, Intent, Layer, Scene, View};

/// One write into the document. The layout is in `docs/scene.md`.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// One property of a layer.
    Layer {
        /// Which layer.
        layer: LayerId,
        /// Name of a field of [`Layer`] or [`super::Look`].
        key: &'static str,
        /// The field as JSON.
        value: Value,
    },
    /// A new layer. Its place in the list comes by a [`Write::Order`].
    LayerAdd(Box<Layer>),
    /// A layer goes.
    LayerRemove(LayerId),
    /// The layers from bottom to top.
    Order(Vec<LayerId>),
    /// The number that the next layer gets.
    NextLayer(LayerId),
    /// One setting.
    Setting {
        /// Name of a field of [`super::Settings`].
        key: &'static str,
        /// Its value.
        value: bool,
    },
    /// The axes.
    Dims(Dims),
    /// One property of a view.
    View {
        /// Which view.
        view: ViewId,
        /// Name of a field of [`View`].
        key: &'static str,
        /// The field as JSON.
        value: Value,
    },
    /// A new view, or all of an old one anew.
    ViewAdd(ViewId, Box<View>),
    /// A view goes.
    ViewRemove(ViewId),
    /// A kept view, by name; `None`: it goes.
    Bookmark(String, Option<Box<Bookmark>>),
}

/// One write into the annotations document: what an annotation was, and what it is now. One side at
/// least is there.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotationWrite {
    /// Which.
    pub id: AnnotationId,
    /// `None`: it is new.
    pub before: Option<Arc<Annotation>>,
    /// `None`: it goes.
    pub after: Option<Arc<Annotation>>,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// What to write; empty where the change changed nothing, so that nothing is rendered.
    pub writes: Vec<Write>,
    /// The intent with the values as applied (clamped, snapped), for the acknowledgement; `None`
    /// for a change by the server.
    pub intent: Option<Intent>,
}

impl Applied {
    pub(super) const fn by_server(writes: Vec<Write>) -> Self {
        Self { writes, intent: None }
    }
}

impl Scene {
    /// The whole scene as writes into an empty document.
    pub fn to_writes(&self) -> Vec<Write> {
        let mut writes = vec![Write::Dims(self.dims.clone())];
        for (key, value) in self.settings.entries() {
            writes.push(Write::Setting { key, value });
        }
        writes.extend(self.layers.iter().map(|layer| Write::LayerAdd(Box::new(layer.clone()))));
        writes.push(Write::Order(self.order()));
        writes.push(Write::NextLayer(self.next_layer));
        let views = self.views.iter();
        writes.extend(views.map(|(&id, view)| Write::ViewAdd(id, Box::new(view.clone()))));
        let kept = self.bookmarks.iter();
        writes.extend(kept.map(|(name, bookmark)| {
            Write::Bookmark(name.clone(), Some(Box::new(bookmark.clone())))
        }));
        writes
    }

    /// The layers' numbers, bottom first.
    pub(super) fn order(&self) -> Vec<LayerId> {
        self.layers.iter().map(|layer| layer.id).collect()
    }
}
