//! Entries, snapshots, receipts, blobs.

use super::*;
use crate::{JournalSize, MAX_CLIENTS, MAX_RECEIPTS_PER_CLIENT, Part, StoreError, should_compact};

#[test]
fn what_was_appended_is_loaded_after_opening_again() {
    let folder = folder();
    let store = open(&folder);
    assert_eq!(store.load("main").unwrap(), None);
    store.append("main", &[entry(1, b"one"), answered(2, 5, 9)]).unwrap();
    store.append("other", &[entry(7, b"seven")]).unwrap();
    drop(store);
    let saved = open(&folder).load("main").unwrap().unwrap();
    assert_eq!(saved.scene.updates, [b"one".to_vec(), b"u".to_vec()]);
    assert_eq!((saved.revision, saved.scene.snapshot), (2, None));
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
    store.snapshot("main", &[(Domain::Scene, b"state at 2".to_vec())], 2).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!(saved.scene.snapshot.as_deref(), Some(&b"state at 2"[..]));
    assert_eq!((saved.scene.updates, saved.revision), (vec![b"u".to_vec()], 3));
    assert_eq!(saved.receipts.len(), 1, "receipts outlive the journal");
    assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 1, bytes: 1 });
    store.append("main", &[entry(4, b"d")]).unwrap();
    assert_eq!(store.load("main").unwrap().unwrap().scene.updates, [b"u", b"d"]);
}

#[test]
fn a_receipt_is_kept_even_where_nothing_was_changed() {
    let store = open(&folder());
    let nothing = Entry { updates: Vec::new(), ..answered(4, 1, 1) };
    store.append("main", &[nothing]).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!((saved.scene.updates.len(), saved.receipts.len(), saved.revision), (0, 1, 4));
}

#[test]
fn only_the_last_receipts_of_the_last_clients_are_kept() {
    let store = open(&folder());
    for seq in (0..2400).step_by(100) {
        let some: Vec<Entry> = (seq..seq + 100).map(|seq| answered(seq, 1, seq)).collect();
        store.append("main", &some).unwrap();
        let seq = seq + 99;
        let kept = store.load("main").unwrap().unwrap().receipts;
        let least = MAX_RECEIPTS_PER_CLIENT as u64 / 2;
        assert!(kept.len() <= MAX_RECEIPTS_PER_CLIENT);
        let first = kept.first().unwrap().seq;
        assert!(first <= (seq + 1).saturating_sub(least), "{first} of {seq}");
        assert!(kept.iter().map(|receipt| receipt.seq).eq(first..=seq));
    }
    // Client 1 writes again before the last of the crowd comes, client 2 does not.
    let crowd = u16::try_from(MAX_CLIENTS).unwrap();
    let come: Vec<Entry> = (2..crowd + 1).map(|client| answered(2400, client, 1)).collect();
    store.append("main", &come).unwrap();
    store.append("main", &[answered(2401, 1, 2401), answered(2402, 999, 1)]).unwrap();
    let kept = store.load("main").unwrap().unwrap().receipts;
    let mut clients: Vec<[u8; 16]> = kept.iter().map(|receipt| receipt.client).collect();
    clients.dedup();
    assert_eq!(clients.len(), MAX_CLIENTS);
    let present = |client: u16| clients.iter().any(|id| id[7..9] == client.to_be_bytes());
    assert!(present(1) && present(999) && !present(2));
}

#[test]
fn a_journal_is_compacted_for_its_number_or_its_bytes() {
    assert!(!should_compact(JournalSize { entries: 999, bytes: 1 << 20 }));
    assert!(should_compact(JournalSize { entries: 1000, bytes: 0 }));
    assert!(should_compact(JournalSize { entries: 1, bytes: 4 << 20 }));
}

#[test]
fn both_documents_are_journalled_and_compacted_apart() {
    let store = open(&folder());
    let both = |revision, scene: &[u8], drawn: &[u8]| Entry {
        updates: vec![(Domain::Annotations, drawn.to_vec()), (Domain::Scene, scene.to_vec())],
        ..entry(revision, b"")
    };
    store
        .append("main", &[both(1, b"s1", b"a1"), both(2, b"s2", b""), both(3, b"", b"a3")])
        .unwrap();
    assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 4, bytes: 8 });
    store.snapshot("main", &[(Domain::Annotations, b"A".to_vec())], 2).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    let scene = Part { snapshot: None, updates: vec![b"s1".to_vec(), b"s2".to_vec()] };
    let annotations = Part { snapshot: Some(b"A".to_vec()), updates: vec![b"a3".to_vec()] };
    assert_eq!((saved.scene, saved.annotations), (scene, annotations));
    let states = Domain::ALL.map(|domain| (domain, vec![domain as u8; 9]));
    store.snapshot("main", &states, 3).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!(saved.annotations, Part { snapshot: Some(vec![1; 9]), updates: vec![] });
    assert_eq!(store.journal_size("main").unwrap(), JournalSize::default());
}

#[test]
fn blobs_are_written_replaced_and_deleted_with_their_entry() {
    let store = open(&folder());
    let first = painted(1, &[("1/0", "a"), ("1/1", "b"), ("10/0", "c"), ("2/0", "d")]);
    store.append("main", &[first]).unwrap();
    store.append("other", &[painted(1, &[("1/7", "z")])]).unwrap();
    let second = painted(2, &[("1/0", "A"), ("1/1", ""), ("1/2", "e"), ("3/0", "")]);
    store.append("main", &[second]).unwrap();
    let all = |prefix: &str| text(store.blobs("main", prefix.as_bytes()).unwrap());
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(all("1/"), [pair("1/0", "A"), pair("1/2", "e")]);
    let whole = [pair("1/0", "A"), pair("1/2", "e"), pair("10/0", "c"), pair("2/0", "d")];
    assert_eq!(all(""), whole);
    let refused = Entry { restore: Some(1), ..painted(3, &[("1/0", "no")]) };
    let error = store.append("main", &[painted(3, &[("9", "no")]), refused]).unwrap_err();
    assert!(matches!(error, StoreError::NoSuchVersion { number: 1, .. }), "{error}");
    assert_eq!(all(""), whole, "all of an append, or none");
}

#[test]
fn a_session_that_cannot_be_stored_keeps_no_other_back() {
    let store = open(&folder());
    let huge = entry(1, &vec![0; Entry::MAX_UPDATE + 1]);
    let lost = Entry { restore: Some(7), ..entry(1, b"lost") };
    let named = |name: &str, entry| (name.to_owned(), entry);
    let batch = [
        named("a", entry(1, b"a1")),
        named("b", entry(1, b"b1")),
        named("b", huge),
        named("c", lost),
        named("a", entry(2, b"a2")),
        named("", entry(1, b"x")),
    ];
    let failed = store.commit_batch(&batch);
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["", "b", "c"]);
    assert!(failed.iter().all(|(_, error)| error.is_refusal()), "{failed:?}");
    assert_eq!(store.load("a").unwrap().unwrap().scene.updates, [b"a1", b"a2"]);
    assert_eq!((store.load("b").unwrap(), store.load("c").unwrap()), (None, None));
    assert!(store.commit_batch(&[named("b", entry(1, b"b1"))]).is_empty());
    assert!(store.commit_batch(&[]).is_empty());
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let store = open(&folder());
    let long = "x".repeat(Entry::MAX_SESSION + 1);
    for name in ["", &long] {
        let error = store.append(name, &[entry(1, b"a")]).unwrap_err();
        assert!(matches!(error, StoreError::BadSession { .. }));
    }
    let key = Entry { blobs: vec![(vec![0; Entry::MAX_KEY + 1], None)], ..Entry::default() };
    let value = Some(vec![0; Entry::MAX_BLOB + 1]);
    let value = Entry { blobs: vec![(vec![0], value)], ..Entry::default() };
    let answer = Receipt { client: [0; 16], seq: 1, revision: 1, applied: vec![0; 16 << 10 | 1] };
    let answer = Entry { receipt: Some(answer), ..Entry::default() };
    for entry in [entry(1, &vec![0; Entry::MAX_UPDATE + 1]), key, value, answer] {
        let error = store.append("main", &[entry]).unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    }
    assert_eq!(store.load("main").unwrap(), None);
}

#[test]
fn an_entry_with_whole_documents_replaces_all_that_is_kept_of_them() {
    let store = open(&folder());
    store.append("main", &[entry(1, b"a"), entry(2, b"bb")]).unwrap();
    let states = vec![(Domain::Scene, b"whole".to_vec())];
    let whole = Entry { states, updates: Vec::new(), ..answered(2, 1, 7) };
    assert_eq!(JournalSize { entries: 9, bytes: 9 }.after(std::slice::from_ref(&whole)).bytes, 0);
    store.append("main", &[whole, entry(3, b"c")]).unwrap();
    let saved = store.load("main").unwrap().unwrap();
    assert_eq!(saved.scene, Part { snapshot: Some(b"whole".to_vec()), updates: vec![b"c".into()] });
    assert_eq!((saved.receipts.len(), saved.revision), (1, 3));
    assert_eq!(store.journal_size("main").unwrap(), JournalSize { entries: 1, bytes: 1 });
    let long = vec![(Domain::Scene, vec![0; Entry::MAX_STATE + 1])];
    let long = Entry { states: long, ..Entry::default() };
    assert!(store.append("main", &[long]).unwrap_err().is_refusal());
}
