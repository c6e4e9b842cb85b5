//! What can be wrong with a file, a path or a chunk.

use std::io;
use std::path::{Path, PathBuf};

use parfocal_base::DType;

/// Why a file cannot be opened or a chunk cannot be read. Every variant that is about a file
/// names it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused.
    #[error("cannot read {path}: {reason}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What kind of refusal.
        kind: io::ErrorKind,
        /// The system's words.
        reason: String,
    },
    /// The path, with symlinks resolved, lies in no allowed root.
    #[error(
        "{path} is outside the folders that this server may read; start it with that folder, or move the file"
    )]
    OutsideRoots {
        /// The path as asked for.
        path: PathBuf,
    },
    /// A file that may be sound, but of a kind that is not read here.
    #[error("{path} cannot be shown: {reason}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported, and what would be.
        reason: String,
    },
    /// A file that contradicts itself or its format.
    #[error("{path} is damaged: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A file that asks for more than the limits allow.
    #[error("{path} is refused: {what} takes {size}, the limit is {limit}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Which bound: one of the fields of [`crate::Limits`], in words.
        what: &'static str,
        /// What the file asks for.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A 64-bit integer that the in-memory type cannot hold.
    #[error(
        "{path} holds the value {value}, which does not fit {dtype:?}; convert the file to 32-bit or floating point"
    )]
    Value {
        /// The file.
        path: PathBuf,
        /// The value, in decimal.
        value: String,
        /// The type that it was to become.
        dtype: DType,
    },
    /// A chunk was asked for that the image does not have.
    #[error("{name} has no chunk {chunk:?} at level {level}")]
    NoSuchChunk {
        /// Name of the source.
        name: String,
        /// Level asked for.
        level: usize,
        /// Grid position asked for.
        chunk: Vec<usize>,
    },
    /// An option of the caller does not fit the file.
    #[error("{path}: {reason}")]
    Option {
        /// The file.
        path: PathBuf,
        /// Which option, and why it does not fit.
        reason: String,
    },
    /// The runtime that reads files is not there, or is shutting down.
    #[error("reading stopped: {0}")]
    Stopped(String),
}

impl DataError {
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), kind: error.kind(), reason: error.to_string() }
    }

    pub(crate) fn malformed(path: &Path, reason: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_path_buf(), reason: reason.into() }
    }

    pub(crate) fn unsupported(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unsupported { path: path.to_path_buf(), reason: reason.into() }
    }

    pub(crate) fn too_large(path: &Path, what: &'static str, size: u64, limit: u64) -> Self {
        Self::TooLarge { path: path.to_path_buf(), what, size, limit }
    }
}
