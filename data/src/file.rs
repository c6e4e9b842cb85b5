//! A file that several threads read at positions of their own, with every read checked against
//! its length.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::DataError;

/// An open file, its path (for messages) and its length when it was opened.
#[derive(Debug)]
pub(crate) struct DataFile {
    file: File,
    path: PathBuf,
    len: u64,
}

impl DataFile {
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|e| DataError::io(path, &e))?;
        let meta = file.metadata().map_err(|e| DataError::io(path, &e))?;
        if !meta.is_file() {
            return Err(DataError::unsupported(path, "it is not a regular file"));
        }
        Ok(Self { file, path: path.to_path_buf(), len: meta.len() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Fills `out` from `offset`, or says that the file is too short.
    pub(crate) fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<(), DataError> {
        self.check(offset, out.len() as u64)?;
        read_exact_at(&self.file, out, offset).map_err(|e| DataError::io(&self.path, &e))
    }

    /// Reads `len` bytes from `offset`; allocates only after the length was checked.
    pub(crate) fn bytes_at(&self, offset: u64, len: u64) -> Result<Vec<u8>, DataError> {
        self.check(offset, len)?;
        let len = usize::try_from(len).map_err(|_| self.short(offset, len))?;
        let mut out = vec![0; len];
        self.read_at(offset, &mut out)?;
        Ok(out)
    }

    /// Whether `len` bytes from `offset` lie within the file.
    pub(crate) fn check(&self, offset: u64, len: u64) -> Result<(), DataError> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len => Ok(()),
            _ => Err(self.short(offset, len)),
        }
    }

    fn short(&self, offset: u64, len: u64) -> DataError {
        let reason = format!(
            "it needs {len} bytes from byte {offset}, and the file ends at byte {}",
            self.len
        );
        DataError::malformed(&self.path, reason)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !out.is_empty() {
        let n = file.seek_read(out, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        out = &mut out[n..];
        offset += n as u64;
    }
    Ok(())
}
