//! The file: opening it, and the journal.

use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadTransaction, ReadableDatabase, TableError, WriteTransaction};

use crate::error::Result;
use crate::fail::Fail;
use crate::tables::{
    CLIENTS, FORMAT, HEADS, INVITATIONS, META, RECEIPTS, REVOCATIONS, STATES, TITLES, UPDATES,
    VALUES, VERSIONS,
};
use crate::{StoreError, upgrade};

/// Pages that the database may keep in memory, in bytes: sessions are read once, then written.
const CACHE: usize = 16 << 20;

/// An open store. One process at a time; within it, share it by reference. Every call blocks on
/// the disk, so it belongs on a thread of its own.
#[derive(Debug)]
pub struct Store {
    pub(crate) database: Database,
    pub(crate) path: PathBuf,
}

impl Store {
    /// Opens the file, or makes it (its folder must be there). After a crash this also restores
    /// what was committed, which takes time in proportion to the size of the file. A file of an
    /// older program is brought up to date; older programs refuse it from then on.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::NewerFormat`], [`StoreError::Damaged`],
    /// [`StoreError::ReadOnly`], [`StoreError::Full`] and [`StoreError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let database = Self::builder().create(&path);
        let database = database.map_err(|error| StoreError::of(&path, error))?;
        Self::checked(database, path)
    }

    pub(crate) fn builder() -> Builder {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE);
        builder
    }

    /// A store of this format, or made so.
    pub(crate) fn checked(database: Database, path: PathBuf) -> Result<Self> {
        let store = Self { database, path };
        match store.format()? {
            Some(FORMAT) => {}
            Some(found) if found > FORMAT => {
                return Err(StoreError::NewerFormat { path: store.path, found, known: FORMAT });
            }
            older => store.lay_out(older)?,
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

    /// Makes every table, so that readers find them, and fills them with what an older program left.
    pub(crate) fn lay_out(&self, older: Option<u64>) -> Result<()> {
        self.write(|txn| {
            if older.is_some() {
                upgrade::from_1(txn)?;
            }
            txn.open_table(META)?.insert("format", FORMAT)?;
            txn.open_table(HEADS)?;
            txn.open_table(TITLES)?;
            txn.open_table(STATES)?;
            txn.open_table(UPDATES)?;
            txn.open_table(VALUES)?;
            txn.open_table(VERSIONS)?;
            txn.open_table(RECEIPTS)?;
            txn.open_table(CLIENTS)?;
            txn.open_table(INVITATIONS)?;
            txn.open_table(REVOCATIONS)?;
            Ok(())
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One durable transaction; nothing is kept where `work` fails.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> std::result::Result<T, Fail>,
    ) -> Result<T> {
        let run = || {
            let txn = self.database.begin_write()?;
            let outcome = work(&txn)?;
            txn.commit()?;
            Ok(outcome)
        };
        run().map_err(|fail| self.error(fail))
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> std::result::Result<T, Fail>,
    ) -> Result<T> {
        let run = || work(&self.database.begin_read()?);
        run().map_err(|fail| self.error(fail))
    }

    fn error(&self, fail: Fail) -> StoreError {
        match fail {
            Fail::File(error) => StoreError::of(&self.path, error),
            Fail::Refused(error) => error,
        }
    }
}
