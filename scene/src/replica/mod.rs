//! The scene in a yrs document.
//!
//! The server alone writes: [`Document::commit`] turns the writes of an applied change into one
//! transaction under the client id of this epoch, and answers the update for everybody. A client
//! holds a [`Mirror`], which takes updates and answers the scene.
//!
//! - `layout.rs`: where each property lives; writing. `read.rs`: the way back. `json.rs`: values.
//! - `scan.rs`: what arrives as bytes is walked before yrs decodes it, so that counts and depths
//!   that a peer claims never decide over memory or stack.
//!
//! The layout is described in `docs/scene.md`.

mod document;
mod error;
mod json;
mod layout;
mod mirror;
mod read;
mod scan;
#[cfg(test)]
mod tests;

pub use document::Document;
pub use error::{CommitError, SchemaError, SyncError};
pub use layout::SCHEMA;
pub use mirror::Mirror;
pub use scan::{MAX_STATE_VECTOR, MAX_UPDATE};
