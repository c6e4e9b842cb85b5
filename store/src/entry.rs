//! What is written and read.

use crate::error::{Result, StoreError};
use parfocal_base::Domain;

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

/// One journal entry: what one moment changed, in both documents and beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Revision of the scene after it; never below that of an earlier entry of the session.
    pub revision: u64,
    /// Whole documents, each at most [`Entry::MAX_STATE`] bytes, that replace all that is kept of
    /// them: a snapshot, which comes together with the receipts of all that is in it.
    pub states: Vec<(Domain, Vec<u8>)>,
    /// Updates of the documents in their order, each at most [`Entry::MAX_UPDATE`] bytes; empty
    /// ones, and none, where a request changed nothing and only its receipt is to be kept.
    pub updates: Vec<(Domain, Vec<u8>)>,
    /// Blobs (painted chunks) by key; no value deletes one.
    pub blobs: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Sets all blobs back to those of this version, before `blobs` are written.
    pub restore: Option<u64>,
    /// The request that caused it, if one did.
    pub receipt: Option<Receipt>,
}

impl Entry {
    /// Longest update in bytes: a hundred times an ordinary document. Loading one takes some
    /// 100 ms, within what a restart may take.
    pub const MAX_UPDATE: usize = 16 << 20;
    /// Longest document in bytes: five times one of 100,000 annotations.
    pub const MAX_STATE: usize = 128 << 20;
    /// Longest name of a session in bytes: a line in a list, a segment of an address.
    pub const MAX_SESSION: usize = 128;
    /// Longest key of a blob in bytes: a layer and a position on eight axes in digits fit.
    pub const MAX_KEY: usize = 128;
    /// Longest blob in bytes: a chunk of 256 × 256 labels that could not be compressed, twice.
    pub const MAX_BLOB: usize = 512 << 10;
    /// Bytes of all blobs of an entry: a stroke through a thousand incompressible chunks.
    pub const MAX_BLOBS: usize = 256 << 20;

    /// Bytes that it takes, roughly.
    pub fn bytes(&self) -> usize {
        let receipt = self.receipt.as_ref().map_or(0, |receipt| receipt.applied.len() + 64);
        let states = self.states.iter().map(|(_, state)| state.len()).sum::<usize>();
        states + self.update_bytes() + self.blob_bytes() + receipt + 64
    }

    /// Bytes of its updates: what it adds to the journal.
    pub fn update_bytes(&self) -> usize {
        self.updates.iter().map(|(_, update)| update.len()).sum()
    }

    fn blob_bytes(&self) -> usize {
        let bytes = |(key, value): &(Vec<u8>, Option<Vec<u8>>)| {
            key.len() + value.as_ref().map_or(0, Vec::len)
        };
        self.blobs.iter().map(bytes).sum()
    }

    /// Whether it can be stored for `session`.
    ///
    /// # Errors
    /// [`StoreError::BadSession`], [`StoreError::TooLarge`].
    pub fn check(&self, session: &str) -> Result<()> {
        check_session(session)?;
        for (_, state) in &self.states {
            check_size("a document", state.len(), Self::MAX_STATE)?;
        }
        for (_, update) in &self.updates {
            check_size("an update", update.len(), Self::MAX_UPDATE)?;
        }
        for (key, value) in &self.blobs {
            check_size("a blob's key", key.len(), Self::MAX_KEY)?;
            check_size("a blob", value.as_ref().map_or(0, Vec::len), Self::MAX_BLOB)?;
        }
        check_size("a set of blobs", self.blob_bytes(), Self::MAX_BLOBS)?;
        let applied = self.receipt.as_ref().map_or(0, |receipt| receipt.applied.len());
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

pub(crate) const fn check_size(what: &'static str, bytes: usize, limit: usize) -> Result<()> {
    if bytes > limit {
        return Err(StoreError::TooLarge { what, bytes, limit });
    }
    Ok(())
}

/// What is kept of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The document at the last snapshot, if there was one.
    pub snapshot: Option<Vec<u8>>,
    /// Updates since, oldest first.
    pub updates: Vec<Vec<u8>>,
}

/// All that is kept of a session but its blobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Layers, dims, views, settings.
    pub scene: Part,
    /// What people drew.
    pub annotations: Part,
    /// Revision of the scene after the last update.
    pub revision: u64,
    /// The last receipts of each client, by client and rising number.
    pub receipts: Vec<Receipt>,
}

impl Saved {
    /// One of the documents.
    pub const fn part_mut(&mut self, domain: Domain) -> &mut Part {
        match domain {
            Domain::Scene => &mut self.scene,
            Domain::Annotations => &mut self.annotations,
        }
    }
}
