//! The scene and its annotations in yrs documents.
//!
//! The server alone writes the scene: [`Document::commit`] turns the writes of an applied change
//! into one transaction under the client id of this epoch, and answers the update for everybody. A
//! client holds a [`Mirror`], which takes updates and answers the scene. Annotations have a document
//! of their own ([`AnnotationDocument`], [`AnnotationMirror`]).
//!
//! - `copies.rs`: a document and its copies, whatever they hold.
//! - `document.rs`: the scene. `layout.rs`: where each property lives; writing. `read.rs`: the way
//!   back. `json.rs`: values.
//! - `annotations.rs`: the annotations. `size.rs`: how large they are.
//!   `compact.rs`: forgetting their past.
//! - `gate.rs`: updates by standard Yjs clients. `foreign.rs`: what shows of them before they are
//!   applied; `shadow.rs`: where they are applied first.
//! - `scan.rs`, over `walk.rs`: what arrives as bytes is walked before yrs decodes it, so that counts and depths
//!   that a peer claims never decide over memory or stack.
//!
//! The layout is described in `docs/scene.md`.

mod annotations;
mod compact;
mod copies;
mod document;
mod error;
mod foreign;
mod gate;
mod json;
mod layout;
mod read;
mod scan;
mod shadow;
mod size;
#[cfg(test)]
mod tests;
mod walk;

pub use annotations::{
    ANNOTATIONS_SCHEMA, AnnotationDocument, AnnotationLayout, AnnotationMirror,
    MAX_ANNOTATIONS_UPDATE, SERVER_CLIENTS,
};
pub use copies::{ClientReplica, Layout, ServerReplica};
pub use document::{Document, Mirror, SceneLayout};
pub use error::{CommitError, Refused, SchemaError, SyncError};
pub use foreign::{MAX_FOREIGN_CLIENTS, MAX_FOREIGN_ENTRIES};
pub use gate::{Admitted, AdmittedChange, ForeignWriter, MAX_WRITERS, Reverted};
pub use layout::SCHEMA;
pub use scan::{MAX_STATE_VECTOR, MAX_UPDATE};
