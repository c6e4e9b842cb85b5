//! The gate for foreign writers: standard Yjs clients that write annotations themselves.
//!
//! An update of Yjs cannot be taken back, and what it touches shows only once it is applied. So it
//! is scanned (`foreign.rs`), applied to a *shadow* of the document, and only then to the document.
//! What is outside of what any writer may do is refused whole, and the document is unchanged. What
//! this writer may not do is let in and overwritten at once with what was there before: the writer's
//! own copy holds it already, and this is the only way to bring it back in line.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use yrs::updates::decoder::Decode;
use yrs::{Map, MapRef, Out, ReadTxn, Transact, TransactionMut, Update, WriteTxn};

use super::annotations::SERVER_CLIENTS;
use super::copies::state_vector;
use super::json::{to_any, to_json};
use super::layout::count_removal;
use super::shadow::Shadow;
use super::{AnnotationDocument, Refused, SyncError, foreign, size};
use crate::model::{Annotation, AnnotationId, AnnotationWrite};

/// Client ids that may ever write into one session. Each stands in every state vector, which a
/// client sends in its first message.
pub const MAX_WRITERS: u32 = 4096;

/// Who sends an update.
#[derive(Clone, Copy)]
pub struct ForeignWriter<'a> {
    /// The subject of their token.
    pub subject: &'a str,
    /// Whether somebody else is here under this client id, by what connections say in awareness.
    pub taken: &'a dyn Fn(u64) -> bool,
}

/// One annotation that an admitted update changed, as plain JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct AdmittedChange {
    /// Which.
    pub id: AnnotationId,
    /// `None`: it is new.
    pub before: Option<Value>,
    /// As the checks left it. `None`: it went.
    pub after: Option<Value>,
}

impl AdmittedChange {
    /// The same, for the model; `None` where what is there now is no annotation, so that the model
    /// is to forget it. What was there before and was none counts as nothing.
    pub fn to_write(&self) -> Option<AnnotationWrite> {
        let read = |value: &Value| Annotation::deserialize(value).ok().map(Arc::new);
        let before = self.before.as_ref().and_then(read);
        let after = match &self.after {
            None => None,
            Some(after) => Some(read(after)?),
        };
        Some(AnnotationWrite { id: self.id.clone(), before, after })
    }

    fn grows(&self) -> bool {
        let size = |value: &Option<Value>| value.as_ref().map_or(0, |v| v.to_string().len());
        size(&self.after) > size(&self.before)
    }
}

/// One change that was put back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reverted<E> {
    /// The key of the map.
    pub key: String,
    /// Why; `None`: the key is not the name of an annotation.
    pub why: Option<E>,
}

/// What became of an update that was let in.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted<E> {
    /// For the journal and for everybody, the sender included: the update with what the server
    /// wrote beside it. Empty where all was known.
    pub update: Vec<u8>,
    /// What changed.
    pub changes: Vec<AdmittedChange>,
    /// What was put back: the sender is to be told.
    pub reverted: Vec<Reverted<E>>,
}

/// What the server writes beside an update.
struct Corrections<E> {
    written: Vec<(String, Option<Value>)>,
    admitted: Admitted<E>,
}

impl AnnotationDocument {
    /// Lets a foreign writer's update in. `check` is asked about each annotation that it changes
    /// (before, after; `None`: absent): it refuses, or answers what shall be there instead where
    /// that differs (a forced author, clamped values). What was taken before changes nothing.
    ///
    /// # Errors
    /// The document is unchanged, but for [`Refused::Failed`].
    pub fn admit<E>(
        &mut self,
        update: &[u8],
        sender: &ForeignWriter<'_>,
        check: impl FnMut(&AnnotationId, Option<&Value>, Option<&Value>) -> Result<Option<Value>, E>,
    ) -> Result<Admitted<E>, Refused> {
        let known = state_vector(&self.doc)?;
        let clients = foreign::update(update, &known, self.layout.bounds.update)?;
        let bound = self.bind(&clients, &known, sender)?;
        let trial = Update::decode_v1(update).map_err(|e| SyncError::Refused(e.to_string()))?;
        // Taken out meanwhile, so that no way out of here keeps one that has gone astray.
        let mut shadow = match self.layout.shadow.take() {
            Some(shadow) => shadow,
            None => Shadow::of(&self.full_state()?)?,
        };
        let Some(changed) = shadow.try_out(trial)? else {
            self.layout.shadow = Some(shadow);
            return Ok(Admitted { update: Vec::new(), changes: Vec::new(), reverted: Vec::new() });
        };
        let Corrections { written, mut admitted } = self.compare(&shadow, &changed, check)?;
        if self.is_full()? && admitted.changes.iter().any(AdmittedChange::grows) {
            return Err(Refused::Full(self.layout.bounds.document));
        }
        admitted.update = self.let_in(update, &changed, &written, &bound, sender.subject)?;
        if shadow.apply(&admitted.update).is_ok() {
            self.layout.shadow = Some(shadow);
        }
        Ok(admitted)
    }

    /// Forgets what admissions need in memory (as much as the document itself): to be called when
    /// no foreign writer is here any more. The next one builds it again.
    pub fn rest(&mut self) {
        self.layout.shadow = None;
    }

    /// Who writes under a Yjs client id, if anybody has.
    pub fn subject_of(&self, client: u64) -> Option<String> {
        let txn = self.doc.try_transact().ok()?;
        text(&self.layout.writers, &txn, &client.to_string())
    }

    fn is_full(&mut self) -> Result<bool, SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        Ok(self.layout.size(&txn) >= self.layout.bounds.document)
    }

    /// The client ids among `clients` that are the sender's from now on; the others are already.
    fn bind(
        &self,
        clients: &[u64],
        known: &yrs::StateVector,
        sender: &ForeignWriter<'_>,
    ) -> Result<Vec<String>, Refused> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        let writers = &self.layout.writers;
        let mut new = Vec::new();
        for &client in clients {
            let key = client.to_string();
            match text(writers, &txn, &key) {
                Some(subject) if subject == sender.subject => continue,
                Some(_) => return Err(Refused::ClientId(client)),
                None => {}
            }
            let written = known.contains_client(&yrs::ClientID::new(client));
            if client >= SERVER_CLIENTS || written || (sender.taken)(client) {
                return Err(Refused::ClientId(client));
            }
            new.push(key);
        }
        let room = MAX_WRITERS.saturating_sub(if new.is_empty() { 0 } else { writers.len(&txn) });
        if new.len() > room as usize { Err(Refused::TooManyWriters) } else { Ok(new) }
    }

    /// What the update changes, what of that is put back, and what is written instead.
    fn compare<E>(
        &self,
        shadow: &Shadow,
        changed: &[String],
        mut check: impl FnMut(&AnnotationId, Option<&Value>, Option<&Value>) -> Result<Option<Value>, E>,
    ) -> Result<Corrections<E>, Refused> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        let (mut written, mut changes, mut reverted) = (Vec::new(), Vec::new(), Vec::new());
        for key in changed {
            let before = value(&self.layout.annotations, &txn, key);
            let proposed = shadow.annotation(key)?;
            if before == proposed {
                continue;
            }
            let id = AnnotationId::from(key.as_str());
            let outcome = if id.is_valid() {
                check(&id, before.as_ref(), proposed.as_ref()).map_err(Some)
            } else {
                Err(None)
            };
            let after = match outcome {
                // Whole floats become integers, as they do in the document.
                Ok(Some(instead)) => Some(to_json(&to_any(&instead))),
                Ok(None) => proposed.clone(),
                Err(why) => {
                    reverted.push(Reverted { key: key.clone(), why });
                    before.clone()
                }
            };
            if after != proposed {
                written.push((key.clone(), after.clone()));
            }
            if after != before {
                changes.push(AdmittedChange { id, before, after });
            }
        }
        Ok(Corrections { written, admitted: Admitted { update: Vec::new(), changes, reverted } })
    }

    /// Applies a tried update, and what the server writes beside it, in one transaction.
    fn let_in(
        &mut self,
        update: &[u8],
        changed: &[String],
        written: &[(String, Option<Value>)],
        bound: &[String],
        subject: &str,
    ) -> Result<Vec<u8>, Refused> {
        let update = Update::decode_v1(update).map_err(|_| Refused::Failed)?;
        let mut txn = self.doc.try_transact_mut().map_err(|_| SyncError::Busy)?;
        let annotations = self.layout.annotations.clone();
        let size = |txn: &TransactionMut<'_>| -> usize {
            changed.iter().map(|key| size::entry(&annotations, txn, key)).sum()
        };
        let before = size(&txn);
        let applied = txn.apply_update(update);
        let pending = txn.prune_pending();
        if applied.is_err() || pending.is_some() {
            return Err(Refused::Failed);
        }
        self.layout.resize(before, size(&txn));
        let inserted = !txn.insert_set().is_empty();
        let written = written.iter().map(|(key, value)| (key.as_str(), value.as_ref().map(to_any)));
        self.layout.put(&mut txn, written);
        for key in bound {
            self.layout.writers.insert(&mut txn, key.as_str(), subject);
        }
        if !inserted {
            // Deletions alone: state vectors would not show them.
            count_removal(&self.layout.meta, &mut txn);
        }
        Ok(finish(txn))
    }
}

fn finish(mut txn: TransactionMut<'_>) -> Vec<u8> {
    txn.commit();
    txn.encode_update_v1()
}

/// The plain value under a key.
pub(super) fn value<T: ReadTxn>(map: &MapRef, txn: &T, key: &str) -> Option<Value> {
    match map.get(txn, key) {
        Some(Out::Any(value)) => Some(to_json(&value)),
        _ => None,
    }
}

fn text<T: ReadTxn>(map: &MapRef, txn: &T, key: &str) -> Option<String> {
    value(map, txn, key).and_then(|value| value.as_str().map(str::to_owned))
}
