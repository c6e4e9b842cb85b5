//! Collects entries of several callers for one durable write.

use crate::error::Result;
use crate::{Entry, Store, StoreError};

/// Entries that go to the disk together, each with a tag `T` for who waits for it.
///
/// The owner of a [`Store`] takes the first entry that comes, adds all others that wait already
/// until the batch is full, commits, and answers by the tags. While one batch is on its way to the
/// disk, the next gathers: nobody waits for a timer.
#[derive(Debug)]
pub struct Batch<T> {
    entries: Vec<(String, Entry)>,
    tags: Vec<T>,
    bytes: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), tags: Vec::new(), bytes: 0 }
    }
}

impl<T> Batch<T> {
    /// Entries of one write: past that, waiting together costs the first more than it spares.
    pub const MAX_ENTRIES: usize = 512;
    /// Bytes of one write, for the same reason.
    pub const MAX_BYTES: usize = 4 << 20;

    /// Adds an entry of `session`.
    ///
    /// # Errors
    /// The entry can never be stored ([`Entry::check`]); it is not in the batch, the tag comes back.
    pub fn push(
        &mut self,
        session: String,
        entry: Entry,
        tag: T,
    ) -> std::result::Result<(), (T, StoreError)> {
        if let Err(error) = entry.check(&session) {
            return Err((tag, error));
        }
        self.bytes += entry.bytes();
        self.entries.push((session, entry));
        self.tags.push(tag);
        Ok(())
    }

    /// Whether it should be committed before more is added.
    pub const fn is_full(&self) -> bool {
        self.entries.len() >= Self::MAX_ENTRIES || self.bytes >= Self::MAX_BYTES
    }

    /// Whether there is nothing to commit.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes all entries durably, or none; the tags in the order of the entries.
    pub fn commit(self, store: &Store) -> (Vec<T>, Result<()>) {
        let outcome = store.commit_batch(&self.entries);
        (self.tags, outcome)
    }
}
