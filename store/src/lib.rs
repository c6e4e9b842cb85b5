//! Journal and snapshots of sessions, in one file.
//!
//! A session is saved as the snapshot of its document, the updates journalled since, the revision
//! that they reach, and receipts: what was answered to which request, so that a request that is
//! sent again is answered again, not done again.
//!
//! - [`Store`] (`store.rs`; `tables.rs` for what is where in the file, `receipts.rs` for how many
//!   receipts are kept): opens the file, appends, loads, snapshots. Calls block on the disk.
//! - [`Batch`]: collects entries of several callers for one durable write (group commit).
//! - [`should_compact`]: when a snapshot should replace the journal.
//! - [`StoreError`].
//!
//! This crate knows bytes and sessions' names; no scene, no network, no actors. The file is
//! [redb](https://docs.rs/redb)'s: copy-on-write with checksums, so that after a crash it holds
//! exactly what was committed.

mod batch;
mod entry;
mod error;
mod policy;
mod receipts;
mod store;
mod tables;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use entry::{Entry, Receipt, Saved, SessionInfo};
pub use error::StoreError;
pub use policy::{JournalSize, should_compact};
pub use receipts::{MAX_CLIENTS, MAX_RECEIPTS_PER_CLIENT};
pub use store::Store;
