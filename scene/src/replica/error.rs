//! What can go wrong with a replica.

use parfocal_base::{LayerId, ViewId};
use thiserror::Error;

/// Bytes that do not fit this document. After one from [`super::Mirror::apply`] the mirror is to
/// be replaced by a new one, and the whole state asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyncError {
    /// Longer than any scene makes it.
    #[error("{bytes} bytes are more than the {limit} that such a message can have")]
    TooLarge {
        /// Length found.
        bytes: usize,
        /// Longest that is read.
        limit: usize,
    },
    /// Not such a message, or cut short.
    #[error("not a valid message of scene synchronisation: {0}")]
    Malformed(&'static str),
    /// The decoder or the document refused it.
    #[error("the update cannot be applied ({0}): ask for the whole state")]
    Refused(String),
    /// Updates between the present state and this one are missing.
    #[error("updates before this one are missing: ask for them with the state vector")]
    Gap,
    /// The client id of a new epoch has written into the loaded document before.
    #[error("client id {0} has written before: each start of the server needs a new one")]
    EpochReused(u64),
    /// Somebody else holds a transaction of this document.
    #[error("the document is in use: it must have one owner")]
    Busy,
}

/// A document that holds no readable scene.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Nothing was written yet: wait for the first update.
    #[error("the document is empty: no state has arrived yet")]
    Empty,
    /// Written by another version of the program.
    #[error("the document has schema {found}, this program reads {known}: use a newer program")]
    Version {
        /// Schema of the document.
        found: String,
        /// Schema that is read here.
        known: u32,
    },
    /// A property is missing or not of its type.
    #[error("the document's {place} cannot be read: {reason}")]
    Malformed {
        /// Where in the document.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Somebody else holds a transaction of this document.
    #[error("the document is in use: it must have one owner")]
    Busy,
}

/// Writes that cannot be made. The document is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The writes belong to another state of the scene.
    #[error("layer {0} is not in the document: reload the scene from it")]
    UnknownLayer(LayerId),
    /// The writes belong to another state of the scene.
    #[error("view {0} is not in the document: reload the scene from it")]
    UnknownView(ViewId),
    /// Somebody else holds a transaction of this document.
    #[error("the document is in use: it must have one owner")]
    Busy,
}
