//! A client's read-only copy of the scene.

use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, StateVector, Transact, Update, WriteTxn};

use super::document::new_doc;
use super::layout::Roots;
use super::{SchemaError, SyncError, read, scan};
use crate::model::Scene;

/// A replica that only listens.
pub struct Mirror {
    doc: Doc,
    roots: Roots,
}

impl Default for Mirror {
    fn default() -> Self {
        Self::new()
    }
}

impl Mirror {
    /// A mirror of nothing yet.
    pub fn new() -> Self {
        // A mirror never writes, so its client id never shows.
        let doc = new_doc(0);
        let roots = Roots::of(&doc);
        Self { doc, roots }
    }

    /// Takes an update. One that was taken before changes nothing.
    ///
    /// # Errors
    /// After [`SyncError::Gap`] ask for what is missing with [`Mirror::state_vector`]; after any
    /// other, replace this mirror by a new one.
    pub fn apply(&mut self, update: &[u8]) -> Result<(), SyncError> {
        integrate(&self.doc, update)
    }

    /// The scene as it is here.
    ///
    /// # Errors
    /// [`SchemaError::Empty`] before the first update.
    pub fn scene(&self) -> Result<Scene, SchemaError> {
        let txn = self.doc.try_transact().map_err(|_| SchemaError::Busy)?;
        read::scene(&self.roots, &txn)
    }

    /// What this mirror has, as Yjs v1 state vector.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn state_vector(&self) -> Result<Vec<u8>, SyncError> {
        Ok(state_vector(&self.doc)?.encode_v1())
    }
}

pub(super) fn state_vector(doc: &Doc) -> Result<StateVector, SyncError> {
    Ok(doc.try_transact().map_err(|_| SyncError::Busy)?.state_vector())
}

/// Applies an update that was walked first, and that leaves no gap.
pub(super) fn integrate(doc: &Doc, bytes: &[u8]) -> Result<(), SyncError> {
    scan::update(bytes)?;
    let refused = |error: &dyn std::fmt::Display| SyncError::Refused(error.to_string());
    let update = Update::decode_v1(bytes).map_err(|error| refused(&error))?;
    let mut txn = doc.try_transact_mut().map_err(|_| SyncError::Busy)?;
    let own = txn.state_vector();
    // yrs would take what follows a gap, and count it only when the gap is filled.
    if update.state_vector_lower().iter().any(|(client, clock)| own.get(client) < *clock) {
        return Err(SyncError::Gap);
    }
    let outcome = txn.apply_update(update);
    // What waits for something missing would surface inside a later, innocent update.
    let pending = txn.prune_pending().is_some();
    txn.commit();
    outcome.map_err(|error| refused(&error))?;
    if pending { Err(SyncError::Refused("it refers to what is not there".into())) } else { Ok(()) }
}

#[cfg(test)]
impl Mirror {
    /// The document itself, to look at its layout.
    pub(super) const fn doc_for_tests(&self) -> &Doc {
        &self.doc
    }
}
