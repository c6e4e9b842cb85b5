//! What a scene is, and the intents that change it.
//!
//! World coordinates: per scene axis, `world = scale · index + translate`, in the axis's unit (or
//! samples where there is none). A sample's centre is at its integer index.
//!
//! What it is: [`Scene`], [`Dims`], [`Layer`], [`View`]. What may be asked: [`Intent`], [`Change`].
//! What comes of it: [`Scene::apply`] (`apply*.rs` by subject, `check.rs` for every bound,
//! `diff.rs` for the writes), [`Scene::add_layer`]. What a router asks first: `class.rs`,
//! `watch.rs`.

mod add;
mod add_empty;
mod annotation;
mod apply;
mod apply_bookmark;
mod apply_dims;
mod apply_layer;
mod apply_paint;
mod apply_view;
mod apply_view3d;
mod bookmark;
mod by_layer;
mod camera3d;
mod check;
mod class;
mod colormap;
mod diff;
mod dims;
mod fit;
mod fit3d;
mod intent;
mod layer;
mod look;
mod measure;
mod projection;
mod region;
mod reject;
mod rendering;
mod restore;
mod scene;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod undo;
mod unit;
mod view;
mod watch;
mod write;

pub use add::LayerSpec;
pub use annotation::{
    Annotation, AnnotationChange, AnnotationId, AnnotationStyle, Annotations, Author, ColorBy,
    EditScope, Feature, Limits, Measure, Measured, NewAnnotation, Paint, PaintTool, Painted, Shape,
    Symbol,
};
pub use bookmark::Bookmark;
pub use camera3d::{Camera3d, Directions, Ray};
pub use class::{CoalesceKey, Need};
pub use colormap::ramp_colour;
pub use dims::{Dims, DimsAxis};
pub use intent::{Change, Intent, LayerChange, SettingsChange, Watch};
pub use layer::{Blending, Interpolation, Layer, LayerKind, LayerSource, Look};
pub use projection::Projection;
pub use region::{MeasuredOutline, MeasuredRegion};
pub use reject::{Reject, RejectCode};
pub use rendering::Rendering;
pub use scene::{Scene, Settings};
pub use undo::{Merge, Step, Undo, UndoLimits, Undone, UndoneStroke};
pub use unit::unit_factor;
pub use view::{Camera, View};
pub use watch::resolve_watch;
pub use write::{AnnotationWrite, Applied, Write};
