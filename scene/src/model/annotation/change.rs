//! What may be asked of annotations.

use serde::{Deserialize, Serialize};

use super::{Annotation, AnnotationId, Feature, Measure, Symbol};

/// An annotation that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAnnotation {
    /// Its name; refused where it is taken.
    pub id: AnnotationId,
    /// What it is; `author`, `created` and `measured` are the server's.
    #[serde(flatten)]
    pub annotation: Annotation,
}

/// A new value for one property of an annotation. On the wire `{"property": …, "value": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "property", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of the same name, or says what it does")]
pub enum AnnotationChange {
    Vertices(Vec<Vec<f64>>),
    /// Others' vertices keep their places.
    MoveVertex {
        index: usize,
        to: Vec<f64>,
    },
    /// Before the vertex that is at `index` now.
    InsertVertex {
        index: usize,
        at: Vec<f64>,
    },
    RemoveVertex {
        index: usize,
    },
    FaceColor(Option<String>),
    EdgeColor(Option<String>),
    EdgeWidth(Option<f64>),
    Size(Option<f64>),
    Symbol(Option<Symbol>),
    Text(Option<String>),
    /// One cell of the table; no value empties it.
    Feature {
        name: String,
        value: Option<Feature>,
    },
    Measure(Option<Measure>),
}
