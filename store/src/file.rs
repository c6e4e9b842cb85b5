//! The size of the file.

use crate::Store;
use crate::error::{Result, StoreError};

/// A file that grows doubles; so one that is half empty may be in use soon.
const MOSTLY_EMPTY: u64 = 3;
/// Files below this are left as they are: giving back less is not worth the pause.
const SMALL: u64 = 32 << 20;

/// How large the file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSize {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of its pages that hold something.
    pub used: u64,
}

impl FileSize {
    /// Whether [`Store::compact_file`] would give back so much that the pause is worth it: more
    /// than two thirds of a file that is not small.
    pub const fn is_worth_compacting(self) -> bool {
        self.bytes > SMALL && self.used < self.bytes / MOSTLY_EMPTY
    }
}

impl Store {
    /// How large the file is. Looks at every page of its trees: for once an hour, not for once an
    /// edit.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn file_size(&self) -> Result<FileSize> {
        let io = |source| StoreError::of_io(self.path.clone(), source);
        let bytes = std::fs::metadata(&self.path).map_err(io)?.len();
        let txn = self.database.begin_write().map_err(|e| StoreError::of(&self.path, e))?;
        let stats = txn.stats().map_err(|e| StoreError::of(&self.path, e))?;
        txn.abort().map_err(|e| StoreError::of(&self.path, e))?;
        Ok(FileSize { bytes, used: stats.allocated_pages() * stats.page_size() as u64 })
    }

    /// Gives the space back that nothing uses any more; whether there was any. Nothing can be read
    /// or written meanwhile, which takes time in proportion to the size of the file: the caller
    /// chooses a moment at which nobody waits.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn compact_file(&mut self) -> Result<bool> {
        self.database.compact().map_err(|error| StoreError::of(&self.path, error))
    }
}
