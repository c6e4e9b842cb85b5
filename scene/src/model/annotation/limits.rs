//! Who asks, and how much there may be.

use serde::{Deserialize, Serialize};

/// Who makes an edit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The subject of their token.
    pub subject: String,
    /// Whether they may change what others made, whatever a layer's scope says.
    pub edits_all: bool,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

impl Author {
    /// The server itself: its subject is empty, and it may change everything.
    pub const fn server(now_ms: u64) -> Self {
        Self { subject: String::new(), edits_all: true, now_ms }
    }
}

/// How much a session holds. An excess is refused with the code `limit`, and a message that names
/// the bound. What was there before a bound was lowered stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Annotations of one layer. Default 200,000: twice what is drawn interactively.
    pub annotations_per_layer: usize,
    /// Annotations of all layers. Default 500,000: some 1.5 GB in memory, documents included.
    pub annotations: usize,
    /// Vertices of one annotation. Default 10,000: a contour through every pixel of a large cell.
    pub vertices: usize,
    /// Bytes of one text, and of one text in the table of features. Default 4,096: a page.
    pub text_bytes: usize,
    /// Features of one annotation. Default 64: what region properties of scikit-image give.
    pub features: usize,
    /// Annotations that one intent makes, moves or removes. Default 10,000: what fills a message.
    pub annotations_per_intent: usize,
    /// Vertices of all annotations that one intent makes. Default 100,000: nobody else is answered
    /// during the tens of milliseconds that checking and keeping them takes.
    pub vertices_per_intent: usize,
    /// Kept views. Default 256: a list that one can still look through.
    pub bookmarks: usize,
    /// Layers, at most [`Scene::MAX_LAYERS`](crate::Scene::MAX_LAYERS), which is the default.
    pub layers: usize,
    /// Points of the path of one part of a stroke. Default 4,096: half a minute of a fast pen.
    pub path: usize,
    /// Bytes of all annotations, about as their document encodes them, from which on nothing may
    /// grow. Default, and most, 48 MiB: with the tombstones of a million overwrites the document
    /// still fits into one message.
    pub document_bytes: usize,
    /// Bytes of one update of a standard Yjs client. Default, and most, 4 MiB: 10,000 polygons made
    /// at once, or offline.
    pub update_bytes: usize,
}

impl Limits {
    /// Most that [`Limits::document_bytes`] may be.
    pub const MOST_DOCUMENT_BYTES: usize = 48 << 20;
    /// Most that [`Limits::update_bytes`] may be.
    pub const MOST_UPDATE_BYTES: usize = 4 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            annotations_per_layer: 200_000,
            annotations: 500_000,
            vertices: 10_000,
            text_bytes: 4096,
            features: 64,
            annotations_per_intent: 10_000,
            vertices_per_intent: 100_000,
            bookmarks: 256,
            layers: crate::model::Scene::MAX_LAYERS,
            path: 4096,
            document_bytes: Self::MOST_DOCUMENT_BYTES,
            update_bytes: Self::MOST_UPDATE_BYTES,
        }
    }
}
