//! What was acknowledged before a process was killed is there when the file is opened again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use parfocal_base::Domain;
use parfocal_store::{Entry, Part, Receipt, Store, Version, should_compact};

const FILE: &str = "PARFOCAL_STORE_CRASH_FILE";
const ROUNDS: u64 = 6;
/// Acknowledged entries after which the writer is killed.
const LINES: usize = 60;

fn update(revision: u64, domain: Domain) -> Vec<u8> {
    (revision + domain as u64).to_be_bytes().repeat(1 + revision as usize % 40)
}

/// Every eleventh entry deletes the blob that another would write.
fn blob(revision: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    let value = (!revision.is_multiple_of(11)).then(|| vec![revision as u8; 3000]);
    (vec![revision as u8 % 7], value)
}

fn entry(revision: u64) -> Entry {
    let seq = revision;
    let receipt = Receipt { client: [3; 16], seq, revision, applied: b"{}".to_vec() };
    let updates = Domain::ALL.map(|domain| (domain, update(revision, domain))).into();
    let blobs = vec![blob(revision)];
    Entry { revision, updates, blobs, receipt: Some(receipt), ..Entry::default() }
}

/// The blobs after `revision`.
fn blobs(revision: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let last: BTreeMap<_, _> = (1..=revision).map(blob).collect();
    last.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn states(revision: u64) -> [(Domain, Vec<u8>); 2] {
    Domain::ALL.map(|domain| (domain, revision.to_be_bytes().to_vec()))
}

/// Writes from the last saved revision on, and says each revision once it is durable. Runs in a
/// process of its own, until that is killed.
fn write_for_ever(path: &Path) -> ! {
    let store = Store::open(path).unwrap();
    let mut revision = store.load("main").unwrap().map_or(0, |saved| saved.revision);
    let mut out = std::io::stdout().lock();
    loop {
        let batch: Vec<Entry> = (1..=1 + revision % 5).map(|n| entry(revision + n)).collect();
        store.append("main", &batch).unwrap();
        for entry in &batch {
            revision = entry.revision;
            writeln!(out, "stored {revision}").unwrap();
        }
        out.flush().unwrap();
        let journal = store.journal_size("main").unwrap();
        if should_compact(journal) || revision.is_multiple_of(37) {
            store.snapshot("main", &states(revision), revision).unwrap();
        }
        if revision.is_multiple_of(5) {
            let version = Version { revision, ..Version::default() };
            let number = store.save_version("main", &version, &states(revision)).unwrap();
            store.remove_version("main", number.saturating_sub(4)).unwrap();
        }
    }
}

/// Starts a writer, reads what it acknowledges, kills it; the last acknowledged revision.
fn write_and_kill(path: &Path, lines: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_writer_loses_nothing_that_it_acknowledged", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let stored = out
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("stored ")?.parse().ok())
        .take(lines);
    let last = stored.last();
    child.kill().unwrap();
    child.wait().unwrap();
    last.expect("the writer acknowledged something")
}

/// Snapshot and journal together hold every revision once, in order.
fn check_part(part: &Part, domain: Domain, revision: u64) {
    let covered =
        part.snapshot.as_deref().map_or(0, |state| u64::from_be_bytes(state.try_into().unwrap()));
    let expected: Vec<Vec<u8>> =
        (covered + 1..=revision).map(|revision| update(revision, domain)).collect();
    assert_eq!(part.updates, expected);
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    if let Some(path) = std::env::var_os(FILE) {
        write_for_ever(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    for round in 0..ROUNDS {
        let acknowledged = write_and_kill(&path, LINES + round as usize);
        let store = Store::open(&path).unwrap();
        let saved = store.load("main").unwrap().unwrap();
        assert!(saved.revision >= acknowledged, "{} < {acknowledged}", saved.revision);
        check_part(&saved.scene, Domain::Scene, saved.revision);
        check_part(&saved.annotations, Domain::Annotations, saved.revision);
        assert_eq!(saved.receipts.last().unwrap().seq, saved.revision);
        assert_eq!(store.blobs("main", b"").unwrap(), blobs(saved.revision));
        let versions = store.versions("main").unwrap();
        assert!(!versions.is_empty());
        for Version { number, revision, .. } in versions {
            let scene = store.load_version("main", number).unwrap().scene;
            assert_eq!(scene, Some(revision.to_be_bytes().to_vec()));
            assert_eq!(store.version_blobs("main", number, b"").unwrap(), blobs(revision));
        }
    }
}
