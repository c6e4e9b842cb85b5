//! Files of older programs.

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::fail::Fail;
use crate::pack::pack;
use crate::tables::{HEADS, Head, STATES, UPDATES};
use parfocal_base::Domain;

const SESSIONS_1: TableDefinition<'_, &str, (u64, u64, u64, u64)> =
    TableDefinition::new("sessions");
const SNAPSHOTS_1: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("snapshots");
const JOURNAL_1: TableDefinition<'_, (&str, u64), (u64, &[u8])> = TableDefinition::new("journal");

/// Format 1 knew one document of a session: the scene.
pub(crate) fn from_1(txn: &WriteTransaction) -> Result<(), Fail> {
    let scene = Domain::Scene.number();
    let (mut heads, mut states) = (txn.open_table(HEADS)?, txn.open_table(STATES)?);
    for row in txn.open_table(SESSIONS_1)?.iter()? {
        let (session, row) = row?;
        let (revision, next, entries, bytes) = row.value();
        let mut head = Head { revision, next, entries, bytes, ..Head::default() };
        if let Some(state) = txn.open_table(SNAPSHOTS_1)?.get(session.value())? {
            let packed = pack(state.value())?;
            head.stored = packed.len() as u64;
            states.insert((session.value(), scene), packed.as_slice())?;
        }
        heads.insert(session.value(), head.row())?;
    }
    let mut updates = txn.open_table(UPDATES)?;
    for row in txn.open_table(JOURNAL_1)?.iter()? {
        let (at, row) = row?;
        let (revision, update) = row.value();
        updates.insert(at.value(), (revision, scene, update))?;
    }
    txn.delete_table(SESSIONS_1)?;
    txn.delete_table(SNAPSHOTS_1)?;
    txn.delete_table(JOURNAL_1)?;
    Ok(())
}
