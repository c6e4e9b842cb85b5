//! When a snapshot should replace the journal.

use crate::Entry;

/// Updates after which a journal is replaced: loading them takes some 10 ms.
const ENTRIES: u64 = 1000;
/// Bytes after which a journal is replaced: a few times the document of a full scene.
const BYTES: u64 = 4 << 20;

/// How long a session's journal is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalSize {
    /// Updates since the snapshot.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl JournalSize {
    /// What it is after `entries` were appended.
    pub fn after(self, entries: &[Entry]) -> Self {
        let is_whole = entries.iter().any(|entry| !entry.states.is_empty());
        let before = if is_whole { Self::default() } else { self };
        let bytes = entries.iter().map(|entry| entry.update_bytes() as u64).sum::<u64>();
        let updates = entries.iter().map(|entry| entry.updates.len() as u64).sum::<u64>();
        Self { entries: before.entries + updates, bytes: before.bytes + bytes }
    }
}

/// Whether it is time for a snapshot.
pub const fn should_compact(journal: JournalSize) -> bool {
    journal.entries >= ENTRIES || journal.bytes >= BYTES
}
