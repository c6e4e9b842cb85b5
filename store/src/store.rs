//! The file: opening, appending, loading, snapshots.

use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableError, WriteTransaction};

use crate::entry::{check_session, check_size};
use crate::error::Result;
use crate::receipts::Keeper;
use crate::tables::{FORMAT, Head, JOURNAL, META, RECEIPTS, SESSIONS, SNAPSHOTS};
use crate::{Entry, JournalSize, Receipt, Saved, SessionInfo, StoreError};

/// Pages that the database may keep in memory, in bytes: sessions are read once, then written.
const CACHE: usize = 16 << 20;

/// An open store. One process at a time; within it, share it by reference. Every call blocks on
/// the disk, so it belongs on a thread of its own.
#[derive(Debug)]
pub struct Store {
    database: Database,
    path: PathBuf,
}

impl Store {
    /// Opens the file, or makes it (its folder must be there). After a crash this also restores
    /// what was committed, which takes time in proportion to the size of the file.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::NewerFormat`], [`StoreError::Damaged`],
    /// [`StoreError::ReadOnly`], [`StoreError::Full`] and [`StoreError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE);
        let database = builder.create(&path).map_err(|error| StoreError::of(&path, error))?;
        let store = Self { database, path };
        match store.format()? {
            None => store.lay_out()?,
            Some(found) if found > FORMAT => {
                return Err(StoreError::NewerFormat { path: store.path, found, known: FORMAT });
            }
            Some(_) => {}
        }
        Ok(store)
    }

    /// The format of the file; `None` where it is new.
    fn format(&self) -> Result<Option<u64>> {
        self.read(|txn| match txn.open_table(META) {
            Ok(meta) => Ok(meta.get("format")?.map(|format| format.value())),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// Makes every table, so that readers find them.
    fn lay_out(&self) -> Result<()> {
        self.write(|txn| {
            txn.open_table(META)?.insert("format", FORMAT)?;
            txn.open_table(SESSIONS)?;
            txn.open_table(SNAPSHOTS)?;
            txn.open_table(JOURNAL)?;
            Keeper::open(txn)?;
            Ok(())
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `entries` (session, entry) in their order, durably: all of them, or none.
    ///
    /// # Errors
    /// An entry that [`Entry::check`] refuses, or a failure of the file.
    pub fn commit_batch(&self, entries: &[(String, Entry)]) -> Result<()> {
        entries.iter().try_for_each(|(session, entry)| entry.check(session))?;
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|txn| {
            let mut sessions = txn.open_table(SESSIONS)?;
            let mut journal = txn.open_table(JOURNAL)?;
            let mut keeper = Keeper::open(txn)?;
            for (session, entry) in entries {
                let session = session.as_str();
                let mut head = sessions.get(session)?.map(|row| Head::of(row.value()));
                let head = head.get_or_insert_default();
                head.revision = head.revision.max(entry.revision);
                if !entry.update.is_empty() {
                    let value = (entry.revision, entry.update.as_slice());
                    journal.insert((session, head.next), value)?;
                    head.entries += 1;
                    head.bytes += entry.update.len() as u64;
                }
                if let Some(receipt) = &entry.receipt {
                    keeper.keep(session, receipt, head.next)?;
                }
                head.next += 1;
                sessions.insert(session, head.row())?;
            }
            Ok(())
        })
    }

    /// Appends `entries` of one session: all of them, or none.
    ///
    /// # Errors
    /// As [`Store::commit_batch`].
    pub fn append(&self, session: &str, entries: &[Entry]) -> Result<()> {
        let named: Vec<(String, Entry)> =
            entries.iter().map(|entry| (session.to_owned(), entry.clone())).collect();
        self.commit_batch(&named)
    }

    /// Replaces the journal of `session` up to `revision` by the document `state`, which has
    /// everything up to there. Later entries stay.
    ///
    /// # Errors
    /// A name or state out of bounds, or a failure of the file.
    pub fn snapshot(&self, session: &str, state: &[u8], revision: u64) -> Result<()> {
        check_session(session)?;
        check_size("a snapshot", state, Entry::MAX_UPDATE)?;
        self.write(|txn| {
            let mut sessions = txn.open_table(SESSIONS)?;
            let row = sessions.get(session)?.map(|row| Head::of(row.value()));
            let mut head = row.unwrap_or_default();
            head.revision = head.revision.max(revision);
            let mut journal = txn.open_table(JOURNAL)?;
            let mut covered = Vec::new();
            for row in journal.range((session, 0)..=(session, u64::MAX))? {
                let (key, value) = row?;
                let (after, update) = value.value();
                if after > revision {
                    break;
                }
                covered.push((key.value().1, update.len() as u64));
            }
            for (number, bytes) in covered {
                journal.remove((session, number))?;
                head.entries = head.entries.saturating_sub(1);
                head.bytes = head.bytes.saturating_sub(bytes);
            }
            txn.open_table(SNAPSHOTS)?.insert(session, state)?;
            sessions.insert(session, head.row())?;
            Ok(())
        })
    }

    /// All that is kept of `session`; `None` where nothing is.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn load(&self, session: &str) -> Result<Option<Saved>> {
        self.read(|txn| {
            let Some(row) = txn.open_table(SESSIONS)?.get(session)? else { return Ok(None) };
            let revision = Head::of(row.value()).revision;
            let snapshot = txn.open_table(SNAPSHOTS)?.get(session)?;
            let snapshot = snapshot.map(|state| state.value().to_vec());
            let mut updates = Vec::new();
            for row in txn.open_table(JOURNAL)?.range((session, 0)..=(session, u64::MAX))? {
                updates.push(row?.1.value().1.to_vec());
            }
            let mut receipts = Vec::new();
            let all = (session, [0; 16], 0)..=(session, [0xff; 16], u64::MAX);
            for row in txn.open_table(RECEIPTS)?.range(all)? {
                let (key, value) = row?;
                let ((_, client, seq), (revision, applied)) = (key.value(), value.value());
                receipts.push(Receipt { client, seq, revision, applied: applied.to_vec() });
            }
            Ok(Some(Saved { snapshot, updates, revision, receipts }))
        })
    }

    /// How long the journal of `session` is; nothing where the session is unknown.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn journal_size(&self, session: &str) -> Result<JournalSize> {
        self.read(|txn| {
            let row = txn.open_table(SESSIONS)?.get(session)?;
            Ok(row.map_or_else(JournalSize::default, |row| size(Head::of(row.value()))))
        })
    }

    /// Every session, by name.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn sessions(&self) -> Result<Vec<SessionInfo>> {
        self.read(|txn| {
            let mut all = Vec::new();
            for row in txn.open_table(SESSIONS)?.iter()? {
                let (name, head) = row?;
                let head = Head::of(head.value());
                let (name, revision) = (name.value().to_owned(), head.revision);
                all.push(SessionInfo { name, revision, journal: size(head) });
            }
            Ok(all)
        })
    }

    /// Forgets `session` for good; whether there was one.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn remove(&self, session: &str) -> Result<bool> {
        self.write(|txn| {
            txn.open_table(JOURNAL)?.retain_in((session, 0)..=(session, u64::MAX), |_, _| false)?;
            txn.open_table(SNAPSHOTS)?.remove(session)?;
            Keeper::open(txn)?.forget_session(session)?;
            Ok(txn.open_table(SESSIONS)?.remove(session)?.is_some())
        })
    }

    /// One durable transaction; nothing is kept where `work` fails.
    fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> std::result::Result<T, redb::Error>,
    ) -> Result<T> {
        let run = || {
            let txn = self.database.begin_write()?;
            let outcome = work(&txn)?;
            txn.commit()?;
            Ok(outcome)
        };
        run().map_err(|error: redb::Error| StoreError::of(&self.path, error))
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&redb::ReadTransaction) -> std::result::Result<T, redb::Error>,
    ) -> Result<T> {
        let run = || work(&self.database.begin_read()?);
        run().map_err(|error: redb::Error| StoreError::of(&self.path, error))
    }
}

const fn size(head: Head) -> JournalSize {
    JournalSize { entries: head.entries, bytes: head.bytes }
}
