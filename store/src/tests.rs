//! Behaviour of a store.

mod damage;
mod file;
mod journal;
mod sessions;
mod versions;

use tempfile::TempDir;

use crate::{Entry, Receipt, Store};
use parfocal_base::Domain;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Store {
    Store::open(folder.path().join("sessions.redb")).unwrap()
}

fn entry(revision: u64, update: &[u8]) -> Entry {
    Entry { revision, updates: vec![(Domain::Scene, update.to_vec())], ..Entry::default() }
}

fn answered(revision: u64, client: u16, seq: u64) -> Entry {
    let mut id = [0; 16];
    id[7..9].copy_from_slice(&client.to_be_bytes());
    let receipt = Receipt { client: id, seq, revision, applied: b"{}".to_vec() };
    Entry { receipt: Some(receipt), ..entry(revision, b"u") }
}

fn blob(key: &str, value: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.into(), (!value.is_empty()).then(|| value.into()))
}

fn painted(revision: u64, blobs: &[(&str, &str)]) -> Entry {
    let blobs = blobs.iter().map(|(key, value)| blob(key, value)).collect();
    Entry { revision, blobs, ..Entry::default() }
}

/// Blobs as text.
fn text(blobs: Vec<crate::Blob>) -> Vec<(String, String)> {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    blobs.into_iter().map(|(key, value)| (text(key), text(value))).collect()
}
