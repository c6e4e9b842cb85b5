//! Forgetting the past of an annotations document.
//!
//! An overwritten annotation leaves a tombstone for ever: the one after it names it as the place
//! where it was put. Compaction writes every value once more, under a client id above all others
//! and without saying after what, and then lets all that was before be one collected range for
//! each client. A replica that still has the past agrees: in Yjs, of several first values of a key
//! the one with the highest client id wins over the others and all that came after those. And
//! since state vectors go on counting the collected ranges, replicas resume as ever. This is why
//! epochs rise, and why the name of a removed annotation is not for others to use again.

use std::collections::BTreeMap;

use yrs::{Any, Map, MapRef, Out, ReadTxn, Transact};

use super::copies::{Layout, above, integrate, new_doc};
use super::layout::{number, set};
use super::{AnnotationDocument, AnnotationLayout, SyncError};

/// Overwrites from which on compaction is worth it, where they are more than the values that it
/// writes again: some 0.4 MB of tombstones.
const COMPACT_AFTER: u64 = 32 << 10;

/// How many ids each client has used.
type Past = BTreeMap<u64, u32>;
/// What a root map holds.
type Values = Vec<(String, Any)>;

impl AnnotationDocument {
    /// Whether the document is mostly tombstones: then [`AnnotationDocument::compact`] it, best
    /// after loading, while nobody has to be told; else when a snapshot is taken.
    ///
    /// # Errors
    /// [`SyncError::Busy`] only.
    pub fn is_wasteful(&self) -> Result<bool, SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        let layout = &self.layout;
        let written: u64 = txn.state_vector().iter().map(|(_, clock)| u64::from(*clock)).sum();
        let maps = [&layout.annotations, &layout.writers, &layout.meta];
        let live: u64 = maps.iter().map(|map| u64::from(map.len(&txn))).sum();
        let collected = number(&layout.meta, &txn, "collected");
        let overwritten = written.saturating_sub(collected).saturating_sub(live);
        Ok(overwritten > live.max(COMPACT_AFTER))
    }

    /// Writes every value once more in a new epoch and forgets all that was before. The update is
    /// for the replicas that have the past, where there are any. The journal takes it as any other
    /// ([`AnnotationDocument::save`]), but only a snapshot ([`AnnotationDocument::full_state`])
    /// makes it smaller.
    ///
    /// # Errors
    /// There is no client id above those that have written; the document is unchanged.
    pub fn compact(&mut self, epoch: u64) -> Result<Vec<u8>, SyncError> {
        let (past, values) = self.content()?;
        let highest = past.last_key_value().map_or(0, |(client, _)| *client);
        let doc = new_doc(above(highest, AnnotationLayout::client(epoch))?);
        let layout = AnnotationLayout::of(&doc);
        integrate(&doc, &collected(&past), AnnotationLayout::MAX_SAVED)?;
        let mut txn = doc.try_transact_mut().map_err(|_| SyncError::Busy)?;
        let maps = [&layout.annotations, &layout.writers, &layout.meta];
        for (map, values) in maps.into_iter().zip(values) {
            for (key, value) in values {
                map.insert(&mut txn, key, value);
            }
        }
        let sum: u64 = past.values().map(|clock| u64::from(*clock)).sum();
        set(&layout.meta, &mut txn, "collected", &sum.into());
        txn.commit();
        let update = txn.encode_update_v1();
        drop(txn);
        self.doc = doc;
        self.layout = layout;
        Ok(update)
    }

    /// How much each client has written, and the values of the three root maps.
    fn content(&self) -> Result<(Past, [Values; 3]), SyncError> {
        let txn = self.doc.try_transact().map_err(|_| SyncError::Busy)?;
        let past = txn.state_vector();
        let past = past.iter().filter(|(_, clock)| **clock > 0);
        let past = past.map(|(client, clock)| (client.get(), *clock)).collect();
        let layout = &self.layout;
        let values = [&layout.annotations, &layout.writers, &layout.meta];
        Ok((past, values.map(|map| plain(map, &txn))))
    }
}

fn plain<T: ReadTxn>(map: &MapRef, txn: &T) -> Values {
    let plain = |(key, value): (&str, Out)| match value {
        Out::Any(value) => Some((key.to_owned(), value)),
        _ => None,
    };
    map.iter(txn).filter_map(plain).collect()
}

/// An update (Yjs v1) that says that all of `past` was written and collected.
fn collected(past: &Past) -> Vec<u8> {
    let mut update = Vec::new();
    number_of(&mut update, past.len() as u64);
    for (client, clock) in past {
        // One block, from clock 0, of the kind "collected", so long.
        for number in [1, *client, 0, 0, u64::from(*clock)] {
            number_of(&mut update, number);
        }
    }
    // No deletions: what is collected counts as deleted.
    number_of(&mut update, 0);
    update
}

/// A variable-length unsigned integer.
fn number_of(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
