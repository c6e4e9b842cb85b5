//! What is written and read.

use crate::error::{Result, StoreError};
use crate::policy::JournalSize;

/// What was answered to a client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who asked: a name that the client made for itself, and keeps over reconnects.
    pub client: [u8; 16],
    /// Number of the request; a client's numbers rise.
    pub seq: u64,
    /// Revision of the scene that has its effect.
    pub revision: u64,
    /// The answer (JSON), at most [`Receipt::MAX_APPLIED`] bytes.
    pub applied: Vec<u8>,
}

impl Receipt {
    /// Longest answer in bytes: an intent with its longest name or path, with room to grow.
    pub const MAX_APPLIED: usize = 16 << 10;
}

/// One journal entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Revision of the scene after it; never below that of an earlier entry of the session.
    pub revision: u64,
    /// Update of the document, at most [`Entry::MAX_UPDATE`] bytes; empty where a request changed
    /// nothing and only its receipt is to be kept.
    pub update: Vec<u8>,
    /// The request that caused it, if one did.
    pub receipt: Option<Receipt>,
}

impl Entry {
    /// Longest update or snapshot in bytes: a hundred times an ordinary document. Loading one
    /// takes some 100 ms, within what a restart may take.
    pub const MAX_UPDATE: usize = 16 << 20;
    /// Longest name of a session in bytes: a line in a list, a segment of an address.
    pub const MAX_SESSION: usize = 128;

    /// Bytes that it takes, roughly.
    pub fn bytes(&self) -> usize {
        let receipt = self.receipt.as_ref().map_or(0, |receipt| receipt.applied.len() + 64);
        self.update.len() + receipt + 64
    }

    /// Whether it can be stored for `session`.
    ///
    /// # Errors
    /// [`StoreError::BadSession`], [`StoreError::TooLarge`].
    pub fn check(&self, session: &str) -> Result<()> {
        check_session(session)?;
        check_size("an update", &self.update, Self::MAX_UPDATE)?;
        let applied = self.receipt.as_ref().map_or(&[][..], |receipt| &receipt.applied);
        check_size("an answer", applied, Receipt::MAX_APPLIED)
    }
}

pub(crate) fn check_session(session: &str) -> Result<()> {
    if session.is_empty() || session.len() > Entry::MAX_SESSION {
        let start = session.chars().take(40).collect();
        return Err(StoreError::BadSession { start, limit: Entry::MAX_SESSION });
    }
    Ok(())
}

pub(crate) const fn check_size(what: &'static str, bytes: &[u8], limit: usize) -> Result<()> {
    if bytes.len() > limit {
        return Err(StoreError::TooLarge { what, bytes: bytes.len(), limit });
    }
    Ok(())
}

/// All that is kept of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The document at the last snapshot, if there was one.
    pub snapshot: Option<Vec<u8>>,
    /// Updates since, oldest first.
    pub updates: Vec<Vec<u8>>,
    /// Revision of the scene after the last of them.
    pub revision: u64,
    /// The last receipts of each client, by client and rising number.
    pub receipts: Vec<Receipt>,
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its name.
    pub name: String,
    /// Revision of its scene.
    pub revision: u64,
    /// How long its journal is.
    pub journal: JournalSize,
}
