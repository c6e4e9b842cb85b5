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
    /// There is no room for more.
    #[error("the annotations take more than {0} bytes (limits.document_bytes): remove some first")]
    Full(usize),
    /// Somebody else holds a transaction of this document.
    #[error("the document is in use: it must have one owner")]
    Busy,
}

/// Why an update of a foreign writer was not let in. The document is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// Ask the sender for everything that it has and this document has not (sync step 1).
    #[error("updates before this one are missing: send all that is new")]
    Resync,
    /// Not an update, or too long.
    #[error(transparent)]
    Invalid(#[from] SyncError),
    /// More at once than is looked at.
    #[error("the update has too many entries or clients: make several smaller ones")]
    TooMany,
    /// It writes under a client id that is not the sender's.
    #[error("client id {0} belongs to somebody else: begin anew with a new document")]
    ClientId(u64),
    /// There is no room for another client id.
    #[error("too many Yjs clients have written here: write under a client id that has written")]
    TooManyWriters,
    /// It writes something else than annotations.
    #[error("it writes to {0}; only plain JSON values in the root map `annotations` are taken")]
    Forbidden(String),
    /// There is no room for more.
    #[error("the annotations take more than {0} bytes (limits.document_bytes): remove some first")]
    Full(usize),
    /// Something that was checked went wrong all the same: load the document anew.
    #[error("the document has failed and must be loaded anew")]
    Failed,
}

impl Refused {
    /// A stable name, for programs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Resync => "resync",
            Self::Invalid(SyncError::TooLarge { .. }) => "too_large",
            Self::Invalid(_) => "malformed",
            Self::TooMany => "too_many",
            Self::ClientId(_) => "client_id",
            Self::TooManyWriters => "too_many_writers",
            Self::Forbidden(_) => "forbidden",
            Self::Full(_) => "full",
            Self::Failed => "failed",
        }
    }
}
