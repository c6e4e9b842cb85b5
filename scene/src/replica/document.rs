//! The server's document: the only place where a scene is written.

use yrs::{ClientID, Doc, Options, ReadTxn, StateVector, Transact};

use super::layout::{Roots, SCHEMA, Writer, set};
use super::mirror::{integrate, state_vector};
use super::{CommitError, SchemaError, SyncError, read, scan};
use crate::model::{Scene, Write};

/// The writable document of one session in one epoch.
///
/// An epoch is one life of the document's owner. Each has a client id of its own: updates of the
/// last epoch that clients saw but the journal lost must not be taken for new ones.
pub struct Document {
    doc: Doc,
    roots: Roots,
    writer: Writer,
    /// What [`Document::save`] or [`Document::load`] has seen.
    saved: StateVector,
}

impl Document {
    /// An empty document whose writes carry the client id `epoch` (its low 53 bits; take it at
    /// random). Then [`Document::load`] what was saved, or commit [`Scene::to_writes`].
    pub fn new(epoch: u64) -> Self {
        let doc = new_doc(epoch);
        let roots = Roots::of(&doc);
        Self { doc, roots, writer: Writer::default(), saved: StateVector::default() }
    }

    /// Takes one saved update: the snapshot first, then the journal, oldest first.
    ///
    /// # Errors
    /// The update does not fit what was loaded so far, or has writes of this very epoch; then the
    /// document is not to be used.
    pub fn load(&mut self, update: &[u8]) -> Result<(), SyncError> {
        integrate(&self.doc, update)?;
        let epoch = self.doc.client_id();
        self.saved = state_vector(&self.doc)?;
        if self.saved.contains_client(&epoch) {
            return Err(SyncError::EpochReused(epoch.get()));
        }
        Ok(())
    }

    /// What was written since the last call (or since loading), as one update for the journal;
    /// empty where nothing was. A journal of these loads without gaps, while one of single commits
    /// must hold every one of them.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn save(&mut self) -> Result<Vec<u8>, SyncError> {
        let now = state_vector(&self.doc)?;
        if now == self.saved {
            return Ok(Vec::new());
        }
        let update = self.encode_from(&self.saved)?;
        self.saved = now;
        Ok(update)
    }

    /// Makes `writes` in one transaction; the update (Yjs v1) that does the same to every other
    /// replica. Empty where there is nothing to write.
    ///
    /// # Errors
    /// The writes do not fit the document, which is unchanged.
    pub fn commit(&mut self, writes: &[Write]) -> Result<Vec<u8>, CommitError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let mut txn = self.doc.try_transact_mut().map_err(|_| CommitError::Busy)?;
        Writer::check(&self.roots, &txn, writes)?;
        set(&self.roots.scene, &mut txn, "schema", &SCHEMA.into());
        for write in writes {
            self.writer.write(&self.roots, &mut txn, write);
        }
        self.writer.renew(&self.roots, &mut txn);
        txn.commit();
        Ok(txn.encode_update_v1())
    }

    /// The scene that the document holds.
    ///
    /// # Errors
    /// Nothing, or nothing readable, was loaded.
    pub fn scene(&self) -> Result<Scene, SchemaError> {
        let txn = self.doc.try_transact().map_err(|_| SchemaError::Busy)?;
        read::scene(&self.roots, &txn)
    }

    /// What this document has, as Yjs v1 state vector.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn state_vector(&self) -> Result<Vec<u8>, SyncError> {
        use yrs::updates::encoder::Encode;
        Ok(state_vector(&self.doc)?.encode_v1())
    }

    /// What a replica with the state vector `have` lacks, as one update.
    ///
    /// # Errors
    /// `have` is not a state vector.
    pub fn diff(&self, have: &[u8]) -> Result<Vec<u8>, SyncError> {
        self.encode_from(&scan::state_vector(have)?)
    }

    /// Everything, as one update: for a snapshot, or a replica that has nothing.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn full_state(&self) -> Result<Vec<u8>, SyncError> {
        self.encode_from(&StateVector::default())
    }

    /// Whether a replica with the state vector `have` has what this document lacks: then it
    /// belongs to a lost epoch (or another document), and must begin anew with nothing.
    ///
    /// # Errors
    /// `have` is not a state vector.
    pub fn is_ahead(&self, have: &[u8]) -> Result<bool, SyncError> {
        let have = scan::state_vector(have)?;
        let own = state_vector(&self.doc)?;
        Ok(have.iter().any(|(client, clock)| own.get(client) < *clock))
    }

    /// `encode_diff` leaves out what is pending, which can hold what no decoder takes.
    fn encode_from(&self, have: &StateVector) -> Result<Vec<u8>, SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        Ok(txn.encode_diff_v1(have))
    }
}

/// A document that keeps no tombstone's content, and whose ids are not random.
pub(super) fn new_doc(client: u64) -> Doc {
    let client = ClientID::new(client & ((1 << 53) - 1));
    Doc::with_options(Options::with_guid_and_client_id("scene".into(), client))
}
