//! What can go wrong, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

/// Why something could not be stored or read. Nothing of what failed was stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the file open.
    #[error("{path} is in use by another process: stop that one, or give this one another file")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error(
        "{path} has format {found}, this program knows up to {known}: use a newer program, or \
         another file"
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: u64,
        /// Newest format that is known here.
        known: u64,
    },
    /// Not such a file, or a damaged one.
    #[error("{path} is not a readable store ({reason}): restore it from a copy, or move it away")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The disk is full.
    #[error("no space left for {path}: free some, then try again")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder may not be written.
    #[error("{path} cannot be written: give write permission, or another file")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another failure of the operating system.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A failed write has made the open file unusable: open it again.
    #[error("{path} must be opened again: an earlier write failed")]
    Closed {
        /// The file.
        path: PathBuf,
    },
    /// More bytes than are stored at once.
    #[error("{what} of {bytes} bytes is more than the {limit} that are stored")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The longest that is stored.
        limit: usize,
    },
    /// Not a name of a session.
    #[error("{start:?} cannot name a session: names have 1 to {limit} bytes")]
    BadSession {
        /// How the name begins.
        start: String,
        /// The longest name.
        limit: usize,
    },

    /// More of something than a session, or the store, may have.
    #[error("there are {limit} {what} already: remove some, then try again")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// The most that are kept.
        limit: usize,
    },
    /// The name is taken.
    #[error("there is a session {session:?} already: give another name")]
    SessionExists {
        /// Its name.
        session: String,
    },
    /// There is no such session.
    #[error("there is no session {session:?}")]
    NoSuchSession {
        /// The name.
        session: String,
    },
    /// There is no such version.
    #[error("session {session:?} has no version {number}")]
    NoSuchVersion {
        /// Of which session.
        session: String,
        /// Which.
        number: u64,
    },
}

impl StoreError {
    /// Whether only what was asked for is at fault: the file is well, and need not be opened again.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. }
                | Self::TooMany { .. }
                | Self::BadSession { .. }
                | Self::SessionExists { .. }
                | Self::NoSuchSession { .. }
                | Self::NoSuchVersion { .. }
        )
    }

    pub(crate) fn no_version(session: &str, number: u64) -> Self {
        Self::NoSuchVersion { session: session.to_owned(), number }
    }

    pub(crate) fn no_session(session: &str) -> Self {
        Self::NoSuchSession { session: session.to_owned() }
    }

    /// What an error of the database means for the file at `path`.
    pub(crate) fn of(path: &Path, error: impl Into<redb::Error>) -> Self {
        let path = path.to_owned();
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse { path },
            redb::Error::UpgradeRequired(version) => Self::Damaged {
                path,
                reason: format!("database format {version} needs an older program to upgrade it"),
            },
            redb::Error::PreviousIo | redb::Error::DatabaseClosed => Self::Closed { path },
            redb::Error::Io(source) => Self::of_io(path, source),
            other => Self::Damaged { path, reason: other.to_string() },
        }
    }

    pub(crate) fn of_io(path: PathBuf, source: io::Error) -> Self {
        match source.kind() {
            // A limit on files is a small disk.
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path }
            }
            // The database calls a wrong magic number and a cut header that.
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Damaged { path, reason: source.to_string() }
            }
            _ => Self::Io { path, source },
        }
    }
}
