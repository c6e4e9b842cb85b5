//! What people draw on the data: points, shapes, text, vectors and tracks; and what they paint.
//!
//! Coordinates are world coordinates, one for each axis of the scene that the annotation's layer
//! runs along (`LayerSource::axes`), in that order and in those axes' units. Names of properties
//! are napari's where it has them.
//!
//! What they are: `types.rs`, `style.rs`, `paint.rs`. All of a session's: [`Annotations`]. What may
//! be asked: `change.rs`; by whom, and how much: `limits.rs`. What comes of it: `apply.rs`, and
//! `foreign.rs` for those who write themselves; every rule is in `check.rs` and `vertices.rs`.

mod apply;
mod change;
mod check;
mod collection;
mod crossing;
mod edit;
mod foreign;
mod limits;
mod paint;
mod style;
#[cfg(test)]
mod tests;
mod types;
mod vertices;

pub use change::{AnnotationChange, NewAnnotation};
pub use collection::Annotations;
pub(super) use edit::Edit;
pub use limits::{Author, Limits};
pub use paint::{Paint, PaintTool, Painted};
pub use style::{AnnotationStyle, ColorBy, EditScope};
pub use types::{Annotation, AnnotationId, Feature, Measure, Measured, Shape, Symbol};
pub(super) use vertices::{coordinate, extent};
