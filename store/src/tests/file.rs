//! Opening files.

use std::io::{self, ErrorKind};

use redb::backends::InMemoryBackend;
use redb::{Database, StorageBackend, TableDefinition};

use super::*;
use crate::tables::META;
use crate::{JournalSize, Part, Saved, StoreError};

#[test]
fn a_file_that_is_open_elsewhere_is_said_to_be_in_use() {
    let folder = folder();
    let store = open(&folder);
    let error = Store::open(store.path()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("sessions.redb"));
}

#[test]
fn a_file_of_a_newer_program_is_refused_untouched() {
    let folder = folder();
    drop(open(&folder));
    let path = folder.path().join("sessions.redb");
    let database = Database::open(&path).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(META).unwrap().insert("format", 99).unwrap();
    txn.commit().unwrap();
    drop(database);
    for _ in 0..2 {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NewerFormat { found: 99, .. }), "{error}");
    }
}

#[test]
fn what_is_no_store_is_refused_with_its_name() {
    let folder = folder();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a store ".repeat(10_000)).unwrap();
    let error = Store::open(&text).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"));
    assert!(Store::open(folder.path()).is_err(), "a folder");
    assert!(Store::open(folder.path().join("no/such/folder")).is_err());
}

#[test]
fn a_file_of_format_1_is_brought_up_to_date() {
    let folder = folder();
    let path = folder.path().join("sessions.redb");
    let database = Database::create(&path).unwrap();
    let txn = database.begin_write().unwrap();
    {
        txn.open_table(META).unwrap().insert("format", 1).unwrap();
        let sessions = TableDefinition::<&str, (u64, u64, u64, u64)>::new("sessions");
        let mut sessions = txn.open_table(sessions).unwrap();
        sessions.insert("main", (12, 5, 2, 4)).unwrap();
        sessions.insert("other", (0, 1, 0, 0)).unwrap();
        let snapshots = TableDefinition::<&str, &[u8]>::new("snapshots");
        txn.open_table(snapshots).unwrap().insert("main", &b"state"[..]).unwrap();
        let journal = TableDefinition::<(&str, u64), (u64, &[u8])>::new("journal");
        let mut journal = txn.open_table(journal).unwrap();
        journal.insert(("main", 3), (11, &b"u3"[..])).unwrap();
        journal.insert(("main", 4), (12, &b"u4"[..])).unwrap();
        let receipts = txn.open_table(crate::tables::RECEIPTS);
        receipts.unwrap().insert(("main", [5; 16], 9), (12, &b"{}"[..])).unwrap();
        let clients = txn.open_table(crate::tables::CLIENTS);
        clients.unwrap().insert(("main", [5; 16]), (4, 1)).unwrap();
    }
    txn.commit().unwrap();
    drop(database);
    let scene =
        Part { snapshot: Some(b"state".to_vec()), updates: vec![b"u3".to_vec(), b"u4".to_vec()] };
    let receipt = Receipt { client: [5; 16], seq: 9, revision: 12, applied: b"{}".to_vec() };
    let expected = Saved { scene, revision: 12, receipts: vec![receipt], ..Saved::default() };
    for _ in 0..2 {
        let store = open(&folder);
        assert_eq!(store.load("main").unwrap().as_ref(), Some(&expected));
        assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 2, bytes: 4 });
        assert_eq!(store.load("other").unwrap(), Some(Saved::default()));
        assert_eq!(store.sessions().unwrap().len(), 2);
    }
    let store = open(&folder);
    store.append("main", &[entry(13, b"u5")]).unwrap();
    assert_eq!(store.load("main").unwrap().unwrap().scene.updates, [b"u3", b"u4", b"u5"]);
    assert!(store.remove("main").unwrap());
}

/// A file in memory whose disk fails with `kind` once it is longer than `room` bytes.
#[derive(Debug)]
struct Disk {
    file: InMemoryBackend,
    room: u64,
    kind: ErrorKind,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.room { Err(self.kind.into()) } else { self.file.set_len(len) }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }
}

#[test]
fn a_full_disk_is_said_to_be_full_and_then_the_file_must_be_opened_again() {
    for (kind, is_said) in [
        (ErrorKind::StorageFull, "no space left"),
        (ErrorKind::ReadOnlyFilesystem, "cannot be written"),
    ] {
        let disk = Disk { file: InMemoryBackend::new(), room: 4 << 20, kind };
        let database = Database::builder().create_with_backend(disk).unwrap();
        let store = Store { database, path: "sessions.redb".into() };
        store.lay_out(None).unwrap();
        let mut kept = 0;
        let error = loop {
            let batch = [("main".to_owned(), entry(kept + 1, &vec![7; 100_000]))];
            match store.commit_batch(&batch).pop() {
                None => kept += 1,
                Some((_, error)) => break error,
            }
        };
        assert!(error.to_string().contains(is_said) && !error.is_refusal(), "{error}");
        assert!(kept > 3);
        let error = store.append("main", &[entry(99, b"later")]).unwrap_err();
        assert!(matches!(error, StoreError::Closed { .. }), "{error}");
    }
}
