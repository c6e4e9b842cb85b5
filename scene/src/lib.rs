//! The shared scene.
//!
//! - [`model`]: what a scene is (layers, dims, views, settings), the intents that change it, and
//!   what applying one does. Plain data, no CRDT, no wire, no clock.
//! - [`replica`] (feature): the same scene inside a `yrs` document, written by the server alone;
//!   updates out, mirrors in.
//!
//! The names of properties are napari's; the layout of the document is in `docs/scene.md`.

pub mod model;
#[cfg(feature = "replica")]
pub mod replica;

pub use model::*;
