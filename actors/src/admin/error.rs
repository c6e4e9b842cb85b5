//! Why something was not done.

use parfocal_scene::{Reject, RejectCode};
use parfocal_store::StoreError;

/// What kind of refusal it is, for who has to answer in HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was asked for makes no sense.
    Bad,
    /// May not be.
    Forbidden,
    /// Is not there.
    NotFound,
    /// Is there already, or cannot be now.
    Conflict,
    /// More than is taken at once.
    TooLarge,
    /// A bound of the session or the server.
    Full,
    /// It may work later.
    Unavailable,
}

/// Why something was not done: nothing was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AdminError {
    /// What kind of refusal.
    pub kind: Kind,
    /// A stable code.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub message: String,
}

impl AdminError {
    /// A refusal.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into() }
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, "unavailable", message)
    }

    pub(crate) fn no_session(name: &str) -> Self {
        let text = format!("there is no session {name} on this server: ask for a new link");
        Self::new(Kind::NotFound, "session_unknown", text)
    }
}

/// Why nothing can be saved at the moment. Where the file lies is not everybody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// A stable code.
    pub code: &'static str,
    /// Half a sentence.
    pub why: &'static str,
}

impl Unsaved {
    /// The file is not open.
    pub const RESTARTED: Self =
        Self { code: "store_failed", why: "the server's store is being opened again" };

    /// It will never be taken.
    pub const REFUSED: Self =
        Self { code: "store_refused", why: "the server's store does not take so much at once" };

    /// Why a write failed.
    pub const fn of(error: &StoreError) -> Self {
        let (code, why) = match error {
            StoreError::Full { .. } => ("store_full", "the server's disk is full"),
            StoreError::ReadOnly { .. } => {
                ("store_read_only", "the server's store may only be read")
            }
            _ if error.is_refusal() => return Self::REFUSED,
            _ => ("store_failed", "the server's store has failed"),
        };
        Self { code, why }
    }
}

impl From<Unsaved> for AdminError {
    fn from(Unsaved { code, why }: Unsaved) -> Self {
        Self::new(Kind::Unavailable, code, format!("{why}: nothing was saved"))
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        let (kind, code) = match &error {
            StoreError::NoSuchSession { .. } => (Kind::NotFound, "session_unknown"),
            StoreError::NoSuchVersion { .. } => (Kind::NotFound, "version_unknown"),
            StoreError::SessionExists { .. } => (Kind::Conflict, "session_exists"),
            StoreError::BadSession { .. } => (Kind::Bad, "session_name"),
            StoreError::TooLarge { .. } => (Kind::TooLarge, "too_large"),
            StoreError::TooMany { .. } => (Kind::Full, "limit"),
            _ => {
                tracing::error!(%error, "the store failed");
                return Unsaved::of(&error).into();
            }
        };
        Self::new(kind, code, error.to_string())
    }
}

impl From<Reject> for AdminError {
    fn from(reject: Reject) -> Self {
        let (kind, code) = match reject.code {
            RejectCode::UnknownLayer => (Kind::NotFound, "layer_unknown"),
            RejectCode::Limit => (Kind::Full, "limit"),
            RejectCode::ReadOnly => (Kind::Conflict, "read_only"),
            RejectCode::Locked => (Kind::Conflict, "locked"),
            RejectCode::Forbidden | RejectCode::NotYours => (Kind::Forbidden, "forbidden"),
            RejectCode::Unavailable => (Kind::Unavailable, "unavailable"),
            RejectCode::NotApplicable => (Kind::Bad, "not_applicable"),
            _ => (Kind::Bad, "out_of_range"),
        };
        Self::new(kind, code, reject.message)
    }
}
