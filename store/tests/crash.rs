//! What was acknowledged before a process was killed is there when the file is opened again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use parfocal_store::{Entry, Receipt, Store, should_compact};

const FILE: &str = "PARFOCAL_STORE_CRASH_FILE";
const ROUNDS: u64 = 6;
/// Acknowledged entries after which the writer is killed.
const LINES: usize = 60;

fn entry(revision: u64) -> Entry {
    let seq = revision;
    let receipt = Receipt { client: [3; 16], seq, revision, applied: b"{}".to_vec() };
    let update = revision.to_be_bytes().repeat(1 + revision as usize % 40);
    Entry { revision, update, receipt: Some(receipt) }
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
            store.snapshot("main", &revision.to_be_bytes(), revision).unwrap();
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
        // Snapshot and journal together hold every revision once, in order.
        let covered = saved
            .snapshot
            .map_or(0, |state| u64::from_be_bytes(state.as_slice().try_into().unwrap()));
        let expected: Vec<Vec<u8>> =
            (covered + 1..=saved.revision).map(|revision| entry(revision).update).collect();
        assert_eq!(saved.updates, expected);
        assert_eq!(saved.receipts.last().unwrap().seq, saved.revision);
    }
}
