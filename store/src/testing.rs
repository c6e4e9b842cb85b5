//! A disk in memory that crashes: for tests of what lives in a store.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::error::Result;
use crate::{Store, StoreError};

/// Bytes that a real disk writes at once, all or none.
const SECTOR: usize = 512;

/// The disk. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Medium>>);

#[derive(Debug, Default)]
struct Medium {
    /// As programs see it.
    seen: Vec<u8>,
    /// As it was when all had last been written through.
    synced: Vec<u8>,
    /// What was written since: where, and what.
    unsynced: Vec<(usize, Vec<u8>)>,
    /// Writes until the power fails; `None`: it does not.
    writes_left: Option<u32>,
}

impl Disk {
    /// The store on it.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub fn open(&self) -> Result<Store> {
        Store::on(self.clone(), PathBuf::from("a disk in memory"))
    }

    /// The power fails after so many more writes: later ones fail.
    pub fn fail_after(&self, writes: u32) {
        self.medium().writes_left = Some(writes);
    }

    /// The power comes back. Of what was not written through, `kept` says sector by sector what is
    /// there all the same, in no order: so a write may be torn. Drop the open store before.
    pub fn restart(&self, mut kept: impl FnMut() -> bool) {
        let mut medium = self.medium();
        let length = medium.seen.len();
        let mut bytes = std::mem::take(&mut medium.synced);
        bytes.resize(length, 0);
        for (offset, data) in std::mem::take(&mut medium.unsynced) {
            for (at, sector) in (offset..).step_by(SECTOR).zip(data.chunks(SECTOR)) {
                if let Some(to) = bytes.get_mut(at..at + sector.len()).filter(|_| kept()) {
                    to.copy_from_slice(sector);
                }
            }
        }
        (medium.seen, medium.synced, medium.writes_left) = (bytes.clone(), bytes, None);
    }

    fn medium(&self) -> MutexGuard<'_, Medium> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Medium {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.writes_left {
            Some(0) => Err(io::Error::other("the power has failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.medium().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let medium = self.medium();
        let from = offset as usize;
        let bytes = medium.seen.get(from..from + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut medium = self.medium();
        medium.spend()?;
        medium.seen.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut medium = self.medium();
        medium.spend()?;
        for (offset, data) in std::mem::take(&mut medium.unsynced) {
            let end = offset + data.len();
            if medium.synced.len() < end {
                medium.synced.resize(end, 0);
            }
            if let Some(to) = medium.synced.get_mut(offset..end) {
                to.copy_from_slice(&data);
            }
        }
        let length = medium.seen.len();
        medium.synced.resize(length, 0);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut medium = self.medium();
        medium.spend()?;
        let from = offset as usize;
        let to = medium.seen.get_mut(from..from + data.len());
        to.ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        medium.unsynced.push((from, data.to_vec()));
        Ok(())
    }
}

impl Store {
    /// A store on something else than a file.
    fn on(backend: Disk, path: PathBuf) -> Result<Self> {
        let database = Self::builder().create_with_backend(backend);
        let database = database.map_err(|error| StoreError::of(&path, error))?;
        Self::checked(database, path)
    }
}
