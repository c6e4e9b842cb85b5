//! What is where in the file.

use redb::TableDefinition;

/// Format of the file: raised by each change that an older program would misread.
pub(crate) const FORMAT: u64 = 1;

/// `format` → [`FORMAT`].
pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Session → [`Head`] as four numbers.
pub(crate) const SESSIONS: TableDefinition<'_, &str, (u64, u64, u64, u64)> =
    TableDefinition::new("sessions");

/// Session → document.
pub(crate) const SNAPSHOTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("snapshots");

/// Session and number of the entry (rising, never given again) → revision after it, update.
pub(crate) const JOURNAL: TableDefinition<'_, (&str, u64), (u64, &[u8])> =
    TableDefinition::new("journal");

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

/// What is known of a session besides its document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Revision after the last entry.
    pub(crate) revision: u64,
    /// Number of the next entry.
    pub(crate) next: u64,
    /// Updates in the journal.
    pub(crate) entries: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

impl Head {
    pub(crate) const fn of((revision, next, entries, bytes): (u64, u64, u64, u64)) -> Self {
        Self { revision, next, entries, bytes }
    }

    pub(crate) const fn row(self) -> (u64, u64, u64, u64) {
        (self.revision, self.next, self.entries, self.bytes)
    }
}
