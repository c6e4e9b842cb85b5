//! Annotations from the scene to [`marks`](crate::marks) on the canvas.
//!
//! [`AnnotationIndex`] keeps a session's annotations so that those that a picture shows are found
//! at once: `layer_index` by layer, `plane` by place, `column` by colour, `own` what they say
//! themselves. `drawing` makes marks of them: `slice` knows which lie where the view cuts, `sight`
//! (`canvas` over a plane) where that is in the picture; `points`, `shapes`, `tracks` and `labels` each know how theirs
//! look.

mod canvas;
mod color;
mod column;
mod drawing;
mod index;
mod labels;
mod layer_index;
mod measured;
mod own;
mod plane;
mod points;
mod shapes;
mod sight;
mod slice;
mod space;
mod tracks;
mod vertices;

pub use index::{AnnotationIndex, AnnotationIndices};
