//! Journal and snapshots of sessions, in one file.
//!
//! A session is saved as the snapshots of its two documents
//! ([`Domain`](parfocal_base::Domain)), the updates journalled since, the revision that they reach, blobs (painted chunks), and receipts: what was answered to
//! which request, so that a request that is sent again is answered again, not done again.
//!
//! - [`Store`]: `store.rs` opens the file (`tables.rs` for what is where in it, `upgrade.rs` for
//!   older ones); `journal.rs` appends, loads, snapshots (`receipts.rs` for how many receipts are
//!   kept); `file.rs` keeps the file small. Calls block on the disk.
//! - [`Version`] (`versions.rs`; `values.rs` for how versions share what did not change): history.
//! - [`SessionMeta`] (`sessions.rs`): sessions are created, listed, renamed, archived, removed.
//! - [`Invitation`], [`Revocation`] (`access.rs`): who may come in.
//! - [`should_compact`]: when snapshots should replace the journal.
//! - [`StoreError`].
//!
//! This crate knows bytes and sessions' names; no scene, no network, no actors. The file is
//! [redb](https://docs.rs/redb)'s: copy-on-write with checksums, so that after a crash it holds
//! exactly what was committed.

mod access;
mod entry;
mod error;
mod fail;
mod file;
mod journal;
mod pack;
mod policy;
mod receipts;
mod sessions;
mod store;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod upgrade;
mod values;
mod versions;

pub use access::{Invitation, Revocation, Revoked};
pub use entry::{Entry, Part, Receipt, Saved};
pub use error::StoreError;
pub use file::FileSize;
pub use journal::Blob;
pub use policy::{JournalSize, should_compact};
pub use receipts::{MAX_CLIENTS, MAX_RECEIPTS_PER_CLIENT};
pub use sessions::{SessionInfo, SessionMeta};
pub use store::Store;
pub use versions::{Kept, Version};
