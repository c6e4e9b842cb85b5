//! Where each part of a scene lives in the document, and how it gets there.

use std::collections::BTreeSet;

use parfocal_base::{LayerId, ViewId};
use serde::Serialize;
use serde_json::Value;
use yrs::{Any, Doc, In, Map, MapPrelim, MapRef, Out, ReadTxn, TransactionMut};

use super::CommitError;
use super::json::{to_any, to_json};
use crate::model::Write;

/// Version of the layout, in the document as `scene.schema`.
pub const SCHEMA: u32 = 1;

/// Overwrites after which the maps that were written to are made anew.
///
/// An overwritten property leaves a tombstone of some 6 bytes. Tombstones of one property merge,
/// those of properties written in turn do not. But when a map is replaced its whole past is
/// collected, and when all that were written to are replaced in one transaction, their common past
/// merges into one block. So the past stays below some 12 KB, at the price of one longer update
/// in 2048.
const RENEW_AFTER: u32 = 2048;

/// The root maps.
pub(super) struct Roots {
    pub(super) scene: MapRef,
    pub(super) settings: MapRef,
    pub(super) layers: MapRef,
    pub(super) views: MapRef,
    pub(super) bookmarks: MapRef,
}

impl Roots {
    /// Declares the roots of a new document, of which nobody else holds a transaction.
    pub(super) fn of(doc: &Doc) -> Self {
        Self {
            scene: doc.get_or_insert_map("scene"),
            settings: doc.get_or_insert_map("settings"),
            layers: doc.get_or_insert_map("layers"),
            views: doc.get_or_insert_map("views"),
            bookmarks: doc.get_or_insert_map("bookmarks"),
        }
    }
}

/// A layer's or a view's own map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entry {
    Layer(LayerId),
    View(ViewId),
}

impl Entry {
    fn key(self) -> String {
        match self {
            Self::Layer(id) => id.to_string(),
            Self::View(id) => id.to_string(),
        }
    }

    const fn root(self, roots: &Roots) -> &MapRef {
        match self {
            Self::Layer(_) => &roots.layers,
            Self::View(_) => &roots.views,
        }
    }

    fn map<T: ReadTxn>(self, roots: &Roots, txn: &T) -> Option<MapRef> {
        match self.root(roots).get(txn, &self.key()) {
            Some(Out::YMap(map)) => Some(map),
            _ => None,
        }
    }
}

/// Makes writes, and remembers which maps have a past that is worth collecting.
#[derive(Default)]
pub(super) struct Writer {
    /// Maps with overwritten properties.
    overwritten: BTreeSet<Entry>,
    /// How many overwrites they have together.
    overwrites: u32,
}

impl Writer {
    /// Whether every property that is written belongs to something that is, or will be, there.
    pub(super) fn check<T: ReadTxn>(
        roots: &Roots,
        txn: &T,
        writes: &[Write],
    ) -> Result<(), CommitError> {
        let mut added = BTreeSet::new();
        for write in writes {
            let (entry, error) = match write {
                Write::LayerAdd(layer) => {
                    added.insert(Entry::Layer(layer.id));
                    continue;
                }
                Write::ViewAdd(view, _) => {
                    added.insert(Entry::View(*view));
                    continue;
                }
                Write::Layer { layer, .. } => {
                    (Entry::Layer(*layer), CommitError::UnknownLayer(*layer))
                }
                Write::View { view, .. } => (Entry::View(*view), CommitError::UnknownView(*view)),
                _ => continue,
            };
            if !added.contains(&entry) && entry.map(roots, txn).is_none() {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Makes one checked write.
    pub(super) fn write(&mut self, roots: &Roots, txn: &mut TransactionMut<'_>, write: &Write) {
        match write {
            Write::Layer { layer, key, value } => {
                self.put(roots, txn, Entry::Layer(*layer), key, value);
            }
            Write::View { view, key, value } => {
                self.put(roots, txn, Entry::View(*view), key, value);
            }
            Write::LayerAdd(layer) => self.add(roots, txn, Entry::Layer(layer.id), layer),
            Write::ViewAdd(view, state) => self.add(roots, txn, Entry::View(*view), state),
            Write::LayerRemove(layer) => {
                self.remove(roots, txn, Entry::Layer(*layer));
                count_removal(&roots.scene, txn);
            }
            Write::ViewRemove(view) => {
                self.remove(roots, txn, Entry::View(*view));
                count_removal(&roots.scene, txn);
            }
            Write::Order(order) => set(&roots.scene, txn, "order", &plain(order)),
            Write::NextLayer(layer) => set(&roots.scene, txn, "next_layer", &plain(layer)),
            Write::Dims(dims) => set(&roots.scene, txn, "axes", &plain(&dims.axes)),
            Write::Bookmark(name, Some(bookmark)) => {
                set(&roots.bookmarks, txn, name, &plain(bookmark));
            }
            Write::Bookmark(name, None) => {
                roots.bookmarks.remove(txn, name);
                count_removal(&roots.scene, txn);
            }
            Write::Setting { key, value } => set(&roots.settings, txn, key, &Value::Bool(*value)),
        }
    }

    fn put(
        &mut self,
        roots: &Roots,
        txn: &mut TransactionMut<'_>,
        entry: Entry,
        key: &str,
        value: &Value,
    ) {
        let Some(map) = entry.map(roots, txn) else { return };
        set(&map, txn, key, value);
        self.overwritten.insert(entry);
        self.overwrites += 1;
    }

    /// To be called after the last write of a transaction: makes maps anew where it is time.
    pub(super) fn renew(&mut self, roots: &Roots, txn: &mut TransactionMut<'_>) {
        if self.overwrites < RENEW_AFTER {
            return;
        }
        self.overwrites = 0;
        for entry in std::mem::take(&mut self.overwritten) {
            let Some(map) = entry.map(roots, txn) else { continue };
            let plain = |(key, value): (&str, Out)| match value {
                Out::Any(value) => Some((key.to_owned(), value)),
                _ => None,
            };
            let all: Vec<(String, Any)> = map.iter(txn).filter_map(plain).collect();
            self.replace(roots, txn, entry, all);
        }
    }

    /// Puts the fields of `state` under the entry's key.
    fn add<T: Serialize>(
        &mut self,
        roots: &Roots,
        txn: &mut TransactionMut<'_>,
        entry: Entry,
        state: &T,
    ) {
        let Value::Object(fields) = plain(state) else { return };
        let all = fields.iter().map(|(key, value)| (key.clone(), to_any(value)));
        self.replace(roots, txn, entry, all.collect());
    }

    fn replace(
        &mut self,
        roots: &Roots,
        txn: &mut TransactionMut<'_>,
        entry: Entry,
        all: Vec<(String, Any)>,
    ) {
        let map: MapPrelim = all.into_iter().map(|(key, value)| (key, In::Any(value))).collect();
        entry.root(roots).insert(txn, entry.key(), map);
        self.overwritten.remove(&entry);
    }

    fn remove(&mut self, roots: &Roots, txn: &mut TransactionMut<'_>, entry: Entry) {
        entry.root(roots).remove(txn, &entry.key());
        self.overwritten.remove(&entry);
    }
}

/// State vectors count what was inserted, not what was removed. Without an insertion beside it, a
/// removal that the server lost in a crash could not be told from the state before it, and who had
/// seen it would never get back what it removed.
pub(super) fn count_removal(head: &MapRef, txn: &mut TransactionMut<'_>) {
    let before = number(head, txn, "removals");
    set(head, txn, "removals", &before.wrapping_add(1).into());
}

/// A whole number; 0 where there is none.
pub(super) fn number<T: ReadTxn>(map: &MapRef, txn: &T, key: &str) -> u64 {
    match map.get(txn, key) {
        Some(Out::Any(value)) => to_json(&value).as_u64().unwrap_or_default(),
        _ => 0,
    }
}

/// Sets one plain value, unless it is there already.
pub(super) fn set(map: &MapRef, txn: &mut TransactionMut<'_>, key: &str, value: &Value) {
    let value = to_any(value);
    if map.get(txn, key) != Some(Out::Any(value.clone())) {
        map.insert(txn, key, value);
    }
}

fn plain<T: Serialize>(value: &T) -> Value {
    // The model's types have only text keys, and no other way to fail.
    serde_json::to_value(value).unwrap_or_default()
}
