//! Behaviour of a store.

use std::collections::BTreeMap;

use proptest::prelude::*;
use redb::Database;
use tempfile::TempDir;

use crate::tables::META;
use crate::{
    Batch, Entry, JournalSize, MAX_CLIENTS, MAX_RECEIPTS_PER_CLIENT, Receipt, Saved, Store,
    StoreError, should_compact,
};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Store {
    Store::open(folder.path().join("sessions.redb")).unwrap()
}

fn entry(revision: u64, update: &[u8]) -> Entry {
    Entry { revision, update: update.to_vec(), receipt: None }
}

fn answered(revision: u64, client: u16, seq: u64) -> Entry {
    let mut id = [0; 16];
    id[7..9].copy_from_slice(&client.to_be_bytes());
    let receipt = Receipt { client: id, seq, revision, applied: b"{}".to_vec() };
    Entry { receipt: Some(receipt), ..entry(revision, b"u") }
}

#[test]
fn what_was_appended_is_loaded_after_opening_again() {
    let folder = folder();
    let store = open(&folder);
    assert_eq!(store.load("main").unwrap(), None);
    store.append("main", &[entry(1, b"one"), answered(2, 5, 9)]).unwrap();
    store.append("other", &[entry(7, b"seven")]).unwrap();
    drop(store);
    let saved = open(&folder).load("main").unwrap().unwrap();
    assert_eq!(saved.updates, [b"one".to_vec(), b"u".to_vec()]);
    assert_eq!((saved.revision, saved.snapshot), (2, None));
    assert_eq!(saved.receipts, [answered(2, 5, 9).receipt.unwrap()]);
    let names: Vec<String> =
        open(&folder).sessions().unwrap().into_iter().map(|session| session.name).collect();
    assert_eq!(names, ["main", "other"]);
}

#[test]
fn a_snapshot_replaces_the_entries_that_it_holds_and_no_others() {
    let store = open(&folder());
    store.append("main", &[entry(1, b"a"), entry(2, b"bb"), answered(3, 1, 1)]).unwrap();
    assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 3, bytes: 4 });
    store.snapshot("main", b"state at 2", 2).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!(saved.snapshot.as_deref(), Some(&b"state at 2"[..]));
    assert_eq!((saved.updates, saved.revision), (vec![b"u".to_vec()], 3));
    assert_eq!(saved.receipts.len(), 1, "receipts outlive the journal");
    assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 1, bytes: 1 });
    store.append("main", &[entry(4, b"d")]).unwrap();
    assert_eq!(store.load("main").unwrap().unwrap().updates, [b"u", b"d"]);
}

#[test]
fn a_receipt_is_kept_even_where_nothing_was_changed() {
    let store = open(&folder());
    let nothing = Entry { update: Vec::new(), ..answered(4, 1, 1) };
    store.append("main", &[nothing]).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!((saved.updates.len(), saved.receipts.len(), saved.revision), (0, 1, 4));
}

#[test]
fn only_the_last_receipts_of_the_last_clients_are_kept() {
    let store = open(&folder());
    for seq in 0..300 {
        store.append("main", &[answered(seq, 1, seq)]).unwrap();
        let kept = store.load("main").unwrap().unwrap().receipts;
        let least = MAX_RECEIPTS_PER_CLIENT as u64 / 2;
        assert!(kept.len() <= MAX_RECEIPTS_PER_CLIENT);
        let first = kept.first().unwrap().seq;
        assert!(first <= (seq + 1).saturating_sub(least), "{first} of {seq}");
        assert!(kept.iter().map(|receipt| receipt.seq).eq(first..=seq));
    }
    // Client 1 writes again before the last of the crowd comes, client 2 does not.
    let crowd = u16::try_from(MAX_CLIENTS).unwrap();
    let come: Vec<Entry> = (2..crowd + 1).map(|client| answered(400, client, 1)).collect();
    store.append("main", &come).unwrap();
    store.append("main", &[answered(401, 1, 401), answered(402, 999, 1)]).unwrap();
    let kept = store.load("main").unwrap().unwrap().receipts;
    let mut clients: Vec<[u8; 16]> = kept.iter().map(|receipt| receipt.client).collect();
    clients.dedup();
    assert_eq!(clients.len(), MAX_CLIENTS);
    let present = |client: u16| clients.iter().any(|id| id[7..9] == client.to_be_bytes());
    assert!(present(1) && present(999) && !present(2));
}

#[test]
fn a_forgotten_session_leaves_nothing_behind() {
    let store = open(&folder());
    store.append("main", &[entry(1, b"a"), answered(2, 1, 1)]).unwrap();
    store.append("main2", &[answered(1, 1, 1)]).unwrap();
    store.snapshot("main", b"state", 1).unwrap();
    assert!(store.remove("main").unwrap());
    assert!(!store.remove("main").unwrap());
    assert_eq!(store.load("main").unwrap(), None);
    assert_eq!(store.load("main2").unwrap().unwrap().receipts.len(), 1);
    store.append("main", &[entry(1, b"new")]).unwrap();
    let expected = Saved { updates: vec![b"new".to_vec()], revision: 1, ..Saved::default() };
    assert_eq!(store.load("main").unwrap(), Some(expected));
}

#[test]
fn what_is_out_of_bounds_is_refused_and_spoils_nothing_else() {
    let store = open(&folder());
    let long = "x".repeat(Entry::MAX_SESSION + 1);
    for name in ["", &long] {
        let error = store.append(name, &[entry(1, b"a")]).unwrap_err();
        assert!(matches!(error, StoreError::BadSession { .. }));
    }
    let huge = entry(1, &vec![0; Entry::MAX_UPDATE + 1]);
    let batch = [("main".to_owned(), entry(1, b"a")), ("main".to_owned(), huge.clone())];
    assert!(matches!(store.commit_batch(&batch), Err(StoreError::TooLarge { .. })));
    assert_eq!(store.load("main").unwrap(), None);
    let mut batch = Batch::default();
    batch.push("main".to_owned(), entry(1, b"a"), 'a').unwrap();
    let (tag, error) = batch.push("main".to_owned(), huge, 'b').unwrap_err();
    assert!(tag == 'b' && matches!(error, StoreError::TooLarge { .. }));
    let (tags, outcome) = batch.commit(&store);
    outcome.unwrap();
    assert_eq!(tags, ['a']);
    assert_eq!(store.load("main").unwrap().unwrap().updates, [b"a"]);
}

#[test]
fn a_batch_is_full_by_number_or_by_bytes() {
    let mut batch = Batch::default();
    assert!(batch.is_empty() && !batch.is_full());
    for at in 0..Batch::<()>::MAX_ENTRIES {
        assert!(!batch.is_full(), "after {at}");
        batch.push("s".to_owned(), entry(1, b""), ()).unwrap();
    }
    assert!(batch.is_full());
    let mut batch = Batch::default();
    batch.push("s".to_owned(), entry(1, &vec![0; Batch::<()>::MAX_BYTES]), ()).unwrap();
    assert!(batch.is_full());
}

#[test]
fn a_journal_is_compacted_for_its_number_or_its_bytes() {
    assert!(!should_compact(JournalSize { entries: 999, bytes: 1 << 20 }));
    assert!(should_compact(JournalSize { entries: 1000, bytes: 0 }));
    assert!(should_compact(JournalSize { entries: 1, bytes: 4 << 20 }));
}

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

/// A store with some sessions, and its file as it is after a crash: open, never closed.
fn crashed() -> (Vec<u8>, BTreeMap<&'static str, Saved>) {
    let folder = folder();
    let store = open(&folder);
    for at in 0..20 {
        store.append("main", &[answered(at, 1, at), entry(at, &[7; 300])]).unwrap();
        store.append("other", &[entry(at, &at.to_be_bytes())]).unwrap();
    }
    store.snapshot("main", &[1; 5000], 10).unwrap();
    store.append("main", &[entry(21, b"last")]).unwrap();
    let bytes = std::fs::read(store.path()).unwrap();
    let saved = ["main", "other"].map(|name| (name, store.load(name).unwrap().unwrap()));
    (bytes, saved.into())
}

#[test]
fn a_file_that_was_never_closed_has_all_that_was_committed() {
    let (bytes, expected) = crashed();
    let folder = folder();
    let path = folder.path().join("copy.redb");
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    for (session, saved) in expected {
        assert_eq!(store.load(session).unwrap(), Some(saved));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_gives_an_error_or_what_was_stored_and_no_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        keep in prop_oneof![Just(1.0), 0.0..1.0_f64],
    ) {
        static CRASHED: std::sync::LazyLock<(Vec<u8>, BTreeMap<&'static str, Saved>)> =
            std::sync::LazyLock::new(crashed);
        let mut bytes = CRASHED.0.clone();
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        // Most of a file is empty: what is not is what may mislead.
        let used: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
        for (at, byte) in damage {
            if !used.is_empty() {
                bytes[used[at.index(used.len())]] = byte;
            }
        }
        let folder = folder();
        let path = folder.path().join("damaged.redb");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(store) = Store::open(&path) {
            let _ = store.sessions();
            let _ = store.load("main");
            let _ = store.append("main", &[entry(50, b"x")]);
        }
    }
}
