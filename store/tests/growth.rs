//! A session that is worked on for weeks stays small.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use parfocal_base::Domain;
use parfocal_store::{Entry, Store, Version, should_compact};

const EDITS: u64 = 50_000;
/// Edits of one commit: an hour of them in a few seconds.
const TOGETHER: u64 = 100;

/// What a polygon's change looks like, and a chunk that a stroke went through.
fn edit(revision: u64) -> Entry {
    let update = revision.to_be_bytes().repeat(32);
    let domain = if revision.is_multiple_of(3) { Domain::Scene } else { Domain::Annotations };
    let chunk = revision.to_be_bytes().repeat(16 + revision as usize % 200);
    let blobs = vec![(vec![revision as u8 % 50], Some(chunk))];
    Entry { revision, updates: vec![(domain, update)], blobs, ..Entry::default() }
}

#[test]
fn fifty_thousand_edits_leave_a_file_of_a_few_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path().join("sessions.redb")).unwrap();
    let states = Domain::ALL.map(|domain| (domain, vec![5; 200_000]));
    let mut largest = 0;
    for first in (1..=EDITS).step_by(TOGETHER as usize) {
        let entries: Vec<Entry> = (first..first + TOGETHER).map(edit).collect();
        store.append("main", &entries).unwrap();
        let last = first + TOGETHER - 1;
        if should_compact(store.journal_size("main").unwrap()) {
            store.snapshot("main", &states, last).unwrap();
        }
        if last.is_multiple_of(5000) {
            let number = store.save_version("main", &Version::default(), &states).unwrap();
            store.remove_version("main", number.saturating_sub(3)).unwrap();
            largest = largest.max(store.file_size().unwrap().bytes);
        }
    }
    assert!(store.journal_size("main").unwrap().entries < 1100);
    // The updates alone were 13 MB, the chunks 50 MB.
    assert!(largest < 16 << 20, "{largest} bytes");
    let before = (store.load("main").unwrap(), store.blobs("main", b"").unwrap());
    while store.compact_file().unwrap() {}
    let size = store.file_size().unwrap();
    assert!(size.bytes < 8 << 20, "{size:?}");
    assert!(!size.is_worth_compacting(), "{size:?}");
    println!("{largest} {size:?}");
    assert_eq!((store.load("main").unwrap(), store.blobs("main", b"").unwrap()), before);
}

#[test]
fn a_removed_session_gives_its_space_back_when_the_file_is_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path().join("sessions.redb")).unwrap();
    store.append("small", &[edit(1)]).unwrap();
    for revision in 1..=40 {
        let updates = vec![(Domain::Scene, vec![7; 1 << 20])];
        store.append("large", &[Entry { revision, updates, ..Entry::default() }]).unwrap();
    }
    let size = store.file_size().unwrap();
    assert!(!size.is_worth_compacting(), "{size:?}");
    assert!(store.remove("large").unwrap());
    let size = store.file_size().unwrap();
    assert!(size.is_worth_compacting(), "{size:?}");
    store.compact_file().unwrap();
    let size = store.file_size().unwrap();
    assert!(size.bytes < 4 << 20, "{size:?}");
    assert_eq!(store.blobs("small", b"").unwrap().len(), 1);
}
