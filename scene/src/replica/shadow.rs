//! A copy of the annotations in which foreign updates are tried out.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use yrs::branch::BranchID;
use yrs::{Doc, MapRef, Observable, ReadTxn, Transact, Update, WriteTxn};

use super::copies::{Layout, integrate, new_doc};
use super::foreign::ROOT;
use super::{AnnotationLayout, Refused, SyncError, gate};

/// The shadow. After an error it has gone astray, and is to be built anew.
pub(super) struct Shadow {
    doc: Doc,
    annotations: MapRef,
    /// Keys of annotations that the transaction touched. The one thing that yrs tells to observers
    /// alone; this one cannot panic, and if it were lost, no change would be let in any more.
    touched: Arc<Mutex<BTreeSet<String>>>,
}

impl Shadow {
    /// A shadow of the document with this state.
    pub(super) fn of(state: &[u8]) -> Result<Self, SyncError> {
        // It never writes.
        let doc = new_doc(0);
        let annotations = AnnotationLayout::of(&doc).annotations;
        integrate(&doc, state, AnnotationLayout::MAX_SAVED)?;
        let touched = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = Arc::clone(&touched);
        annotations.observe("gate", move |txn, event| {
            let keys = event.keys(txn).keys().map(|key| key.to_string());
            seen.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
        });
        Ok(Self { doc, annotations, touched })
    }

    /// Keeps in step with the document.
    pub(super) fn apply(&mut self, update: &[u8]) -> Result<(), SyncError> {
        integrate(&self.doc, update, AnnotationLayout::MAX_SAVED)
    }

    /// Applies a scanned update; the keys of the annotations that it touches, or `None` where it
    /// says nothing new.
    pub(super) fn try_out(&mut self, update: Update) -> Result<Option<Vec<String>>, Refused> {
        self.touched().clear();
        let mut txn = self.doc.try_transact_mut().map_err(|_| SyncError::Busy)?;
        let applied = txn.apply_update(update);
        let pending = txn.prune_pending();
        txn.commit();
        applied.map_err(|error| SyncError::Refused(error.to_string()))?;
        if pending.is_some() {
            return Err(Refused::Resync);
        }
        if let Some(root) = outside(&txn) {
            return Err(Refused::Forbidden(root));
        }
        if !txn.has_changes() {
            return Ok(None);
        }
        drop(txn);
        Ok(Some(std::mem::take(&mut *self.touched()).into_iter().collect()))
    }

    /// What is there now.
    pub(super) fn annotation(&self, key: &str) -> Result<Option<Value>, SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        Ok(gate::value(&self.annotations, &txn, key))
    }

    fn touched(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something else than annotations that a committed transaction has touched.
fn outside(txn: &yrs::TransactionMut<'_>) -> Option<String> {
    let touched = txn.changed_parent_types().iter().find_map(|branch| match branch.id() {
        BranchID::Root(name) if &*name == ROOT => None,
        BranchID::Root(name) => Some(format!("the root {name:?}")),
        BranchID::Nested(_) => Some("a nested type".to_owned()),
    });
    // A root that nobody has declared is not among them.
    touched.or_else(|| {
        let mut roots = txn.root_refs().map(|(name, _)| name);
        let other = roots.find(|name| !["annotations", "writers", "meta"].contains(name));
        other.map(|name| format!("the root {name:?}"))
    })
}
