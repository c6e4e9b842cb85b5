//! What is where in the file.

use redb::TableDefinition;

use crate::JournalSize;

/// Format of the file: raised by each change that an older program would misread.
pub(crate) const FORMAT: u64 = 2;

/// `format` → [`FORMAT`].
pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// [`Head`] as numbers.
pub(crate) type HeadRow = (u64, u64, u64, u64, u64, u64);
/// Session → [`Head`].
pub(crate) const HEADS: TableDefinition<'_, &str, HeadRow> = TableDefinition::new("heads");

/// Title, created (ms), by whom, archived, seeds.
pub(crate) type TitleRow = (&'static str, u64, &'static str, bool, &'static [u8]);
/// Session → what people call it, and where it comes from.
pub(crate) const TITLES: TableDefinition<'_, &str, TitleRow> = TableDefinition::new("titles");

/// Session, domain → document, packed.
pub(crate) const STATES: TableDefinition<'_, (&str, u8), &[u8]> = TableDefinition::new("states");

/// Session and number (rising, never given again) → revision after it, domain, update.
pub(crate) const UPDATES: TableDefinition<'_, (&str, u64), (u64, u8, &[u8])> =
    TableDefinition::new("updates");

/// Session, kind, key, generation in which it was written.
pub(crate) type ValueKey = (&'static str, u8, &'static [u8], u64);
/// What is kept for versions; no value means that it was deleted then. See `values.rs`.
pub(crate) const VALUES: TableDefinition<'_, ValueKey, Option<&[u8]>> =
    TableDefinition::new("values");

/// Name, author, when (ms), revision.
pub(crate) type VersionRow = (&'static str, &'static str, u64, u64);
/// Session, number of the version (rising from 1, never given again) → the version.
pub(crate) const VERSIONS: TableDefinition<'_, (&str, u64), VersionRow> =
    TableDefinition::new("versions");

/// Session, client, request.
pub(crate) type ReceiptKey = (&'static str, [u8; 16], u64);
/// Revision, answer.
pub(crate) type ReceiptValue = (u64, &'static [u8]);
/// [`ReceiptKey`] → [`ReceiptValue`].
pub(crate) const RECEIPTS: TableDefinition<'_, ReceiptKey, ReceiptValue> =
    TableDefinition::new("receipts");

/// Session, client.
pub(crate) type ClientKey = (&'static str, [u8; 16]);
/// Number of the entry that brought its last receipt; not less than its number of receipts.
pub(crate) type ClientValue = (u64, u64);
/// [`ClientKey`] → [`ClientValue`].
pub(crate) const CLIENTS: TableDefinition<'_, ClientKey, ClientValue> =
    TableDefinition::new("clients");

/// For whom, role, by whom, when (ms), until (s), revoked, uses, most uses.
pub(crate) type InvitationRow =
    (&'static str, &'static str, &'static str, u64, u64, bool, u64, u64);
/// Session, invitation.
pub(crate) const INVITATIONS: TableDefinition<'_, (&str, &str), InvitationRow> =
    TableDefinition::new("invitations");

/// Session, 0 (token), 1 (subject) or 2 (invitation), which → when (ms), until (s).
pub(crate) const REVOCATIONS: TableDefinition<'_, (&str, u8, &str), (u64, u64)> =
    TableDefinition::new("revocations");

/// What is known of a session besides its documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Revision after the last entry.
    pub(crate) revision: u64,
    /// Number of the next update or receipt.
    pub(crate) next: u64,
    /// Updates in the journal.
    pub(crate) entries: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Values that are written now belong to it; each version closes one.
    pub(crate) generation: u64,
    /// Bytes of documents and values, as they are stored.
    pub(crate) stored: u64,
}

impl Head {
    pub(crate) const fn of(row: HeadRow) -> Self {
        let (revision, next, entries, bytes, generation, stored) = row;
        Self { revision, next, entries, bytes, generation, stored }
    }

    pub(crate) const fn row(self) -> HeadRow {
        let Self { revision, next, entries, bytes, generation, stored } = self;
        (revision, next, entries, bytes, generation, stored)
    }

    pub(crate) const fn journal(self) -> JournalSize {
        JournalSize { entries: self.entries, bytes: self.bytes }
    }
}
