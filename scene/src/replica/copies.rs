//! A document and its copies: what is the same whatever the document holds.

use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    ClientID, Doc, Options, ReadTxn, StateVector, Transact, TransactionMut, Update, WriteTxn,
};

use super::walk::CLIENT;
use super::{CommitError, SyncError, scan};

/// What a document holds, and how it gets there.
pub trait Layout: Send {
    /// One write.
    type Write;

    /// Longest update of such a document that a peer may send, in bytes.
    const MAX_UPDATE: usize;

    /// Longest update that may have been saved, in bytes.
    const MAX_SAVED: usize;

    /// Declares the root maps of a new document, of which nobody else holds a transaction.
    fn of(doc: &Doc) -> Self;

    /// Whether an epoch's client id must be above those of all before it. Then one that is not is
    /// raised; otherwise it must only be another one.
    const RISES: bool;

    /// The client id under which the epoch `epoch` writes.
    fn client(epoch: u64) -> u64;

    /// Whether all of `writes` can be made.
    ///
    /// # Errors
    /// They cannot.
    fn check<T: ReadTxn>(&mut self, txn: &T, writes: &[Self::Write]) -> Result<(), CommitError>;

    /// Makes checked writes.
    fn write(&mut self, txn: &mut TransactionMut<'_>, writes: &[Self::Write]);

    /// To be told what was written.
    fn committed(&mut self, _update: &[u8]) {}
}

/// The server's document: the only place where its content is written.
///
/// An epoch is one life of the document's owner. Each has a client id of its own: updates of the
/// last epoch that clients saw but the journal lost must not be taken for new ones.
pub struct ServerReplica<L> {
    pub(super) doc: Doc,
    pub(super) layout: L,
    /// What [`ServerReplica::save`] or [`ServerReplica::load`] has seen.
    pub(super) saved: StateVector,
}

impl<L: Layout> ServerReplica<L> {
    /// An empty document whose writes carry the client id of `epoch`. Then
    /// [`ServerReplica::load`] what was saved, or commit the first writes.
    pub fn new(epoch: u64) -> Self {
        let doc = new_doc(L::client(epoch));
        let layout = L::of(&doc);
        Self { doc, layout, saved: StateVector::default() }
    }

    /// Takes one saved update: the snapshot first, then the journal, oldest first.
    ///
    /// # Errors
    /// The update does not fit what was loaded so far, or has writes of this very epoch; then the
    /// document is not to be used.
    pub fn load(&mut self, update: &[u8]) -> Result<(), SyncError> {
        integrate(&self.doc, update, L::MAX_SAVED)?;
        self.saved = state_vector(&self.doc)?;
        let own = self.doc.client_id();
        if L::RISES {
            let highest = self.saved.iter().map(|(client, _)| client.get()).max();
            match highest.filter(|&highest| highest >= own.get()) {
                Some(highest) => self.write_as(above(highest, own.get())?),
                None => Ok(()),
            }
        } else if self.saved.contains_client(&own) {
            Err(SyncError::EpochReused(own.get()))
        } else {
            Ok(())
        }
    }

    /// Goes on under another client id.
    fn write_as(&mut self, client: u64) -> Result<(), SyncError> {
        let doc = new_doc(client);
        let layout = L::of(&doc);
        integrate(&doc, &self.full_state()?, L::MAX_SAVED)?;
        self.doc = doc;
        self.layout = layout;
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
    pub fn commit(&mut self, writes: &[L::Write]) -> Result<Vec<u8>, CommitError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let mut txn = self.doc.try_transact_mut().map_err(|_| CommitError::Busy)?;
        self.layout.check(&txn, writes)?;
        self.layout.write(&mut txn, writes);
        txn.commit();
        let update = txn.encode_update_v1();
        drop(txn);
        self.layout.committed(&update);
        Ok(update)
    }

    /// What this document has, as Yjs v1 state vector.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn state_vector(&self) -> Result<Vec<u8>, SyncError> {
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

    /// Whether an update says nothing that this document does not have. It costs a walk over the
    /// document.
    ///
    /// # Errors
    /// It is not an update.
    pub fn knows(&self, update: &[u8]) -> Result<bool, SyncError> {
        scan::update(update, L::MAX_UPDATE)?;
        let update = Update::decode_v1(update).map_err(|e| SyncError::Refused(e.to_string()))?;
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        let own = txn.snapshot();
        let inserted = update.insertions(true);
        let known = inserted.iter().all(|(client, ranges)| {
            ranges.iter().all(|range| range.end <= own.state_map.get(client))
        });
        Ok(known && update.delete_set().diff(&own.delete_set).is_empty())
    }

    /// `encode_diff` leaves out what is pending, which can hold what no decoder takes.
    fn encode_from(&self, have: &StateVector) -> Result<Vec<u8>, SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        Ok(txn.encode_diff_v1(have))
    }
}

/// A client's copy, which only listens.
pub struct ClientReplica<L> {
    pub(super) doc: Doc,
    pub(super) layout: L,
}

impl<L: Layout> Default for ClientReplica<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Layout> ClientReplica<L> {
    /// A copy of nothing yet.
    pub fn new() -> Self {
        // It never writes, so its client id never shows.
        let doc = new_doc(0);
        let layout = L::of(&doc);
        Self { doc, layout }
    }

    /// Takes an update. One that was taken before changes nothing.
    ///
    /// # Errors
    /// After [`SyncError::Gap`] ask for what is missing with [`ClientReplica::state_vector`];
    /// after any other, replace this copy by a new one.
    pub fn apply(&mut self, update: &[u8]) -> Result<(), SyncError> {
        integrate(&self.doc, update, L::MAX_UPDATE)
    }

    /// What this copy has, as Yjs v1 state vector.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn state_vector(&self) -> Result<Vec<u8>, SyncError> {
        Ok(state_vector(&self.doc)?.encode_v1())
    }
}

/// A client id above `highest`: `client` where it is, else one that a lost epoch has hardly taken.
pub(super) fn above(highest: u64, client: u64) -> Result<u64, SyncError> {
    let client = client.max(highest + 1 + client % (1 << 16));
    if client < CLIENT { Ok(client) } else { Err(SyncError::EpochReused(highest)) }
}

/// A document that keeps no tombstone's content, and whose ids are not random.
pub(super) fn new_doc(client: u64) -> Doc {
    let client = ClientID::new(client & (CLIENT - 1));
    Doc::with_options(Options::with_guid_and_client_id("scene".into(), client))
}

pub(super) fn state_vector(doc: &Doc) -> Result<StateVector, SyncError> {
    Ok(doc.try_transact().map_err(|_| SyncError::Busy)?.state_vector())
}

/// Applies an update that was walked first, and that leaves no gap.
pub(super) fn integrate(doc: &Doc, bytes: &[u8], limit: usize) -> Result<(), SyncError> {
    scan::update(bytes, limit)?;
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
