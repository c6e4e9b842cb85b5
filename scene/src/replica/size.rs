//! How large an annotations document is, without encoding it.

use yrs::{Any, Map, MapRef, Out, ReadTxn};

use crate::model::Annotation;

/// What an entry takes besides its key and value: its kind, place and length.
const ENTRY: usize = 24;

/// The bytes of what a map holds under a key, about as they are encoded.
pub(super) fn entry<T: ReadTxn>(map: &MapRef, txn: &T, key: &str) -> usize {
    match map.get(txn, key) {
        Some(Out::Any(value)) => ENTRY + key.len() + bytes(&value),
        Some(_) => ENTRY + key.len(),
        None => 0,
    }
}

/// The bytes of all that a map holds.
pub(super) fn all<T: ReadTxn>(map: &MapRef, txn: &T) -> usize {
    let sizes = map.iter(txn).map(|(key, value)| match value {
        Out::Any(value) => ENTRY + key.len() + bytes(&value),
        _ => ENTRY + key.len(),
    });
    sizes.sum()
}

fn bytes(value: &Any) -> usize {
    match value {
        Any::Null | Any::Undefined | Any::Bool(_) => 1,
        Any::Number(_) => 9,
        Any::String(text) => 3 + text.len(),
        Any::Buffer(bytes) => 3 + bytes.len(),
        Any::Array(items) => 3 + items.iter().map(bytes).sum::<usize>(),
        Any::Map(entries) => {
            3 + entries.iter().map(|(key, value)| 2 + key.len() + bytes(value)).sum::<usize>()
        }
    }
}

/// Whether an annotation takes more room than the one before it.
pub(super) fn grows(before: Option<&Annotation>, after: Option<&Annotation>) -> bool {
    let room = |annotation: &Annotation| {
        let coordinates: usize = annotation.vertices.iter().map(|vertex| 1 + vertex.len()).sum();
        let text = annotation.text.as_ref().map_or(0, String::len);
        coordinates * 9 + text + annotation.features.len() * 32
    };
    after.map_or(0, |after| 1 + room(after)) > before.map_or(0, |before| 1 + room(before))
}
