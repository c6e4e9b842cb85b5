//! TIFF's directories: byte order, classic and BigTIFF, entries and their values.
//! Format: TIFF 6.0 (Adobe, 1992) and the BigTIFF proposal of the libtiff maintainers.

use std::collections::HashSet;

use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::Limits;

/// Entries of one directory. Real files have 10 to 40; private tags seldom reach 100.
const MAX_ENTRIES: u64 = 4096;

/// An open TIFF and how its numbers are written.
#[derive(Debug)]
pub(super) struct TiffFile {
    pub(super) file: DataFile,
    pub(super) big_endian: bool,
    /// BigTIFF: 64-bit offsets.
    big: bool,
    first: u64,
    limits: Limits,
}

/// One tag: where its values lie, not the values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    tag: u16,
    kind: u16,
    pub(super) count: u64,
    at: u64,
}

/// The entries of one directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Ifd(Vec<Entry>);

impl Ifd {
    pub(super) fn get(&self, tag: u16) -> Option<Entry> {
        self.0.iter().find(|entry| entry.tag == tag).copied()
    }
}

impl Entry {
    /// Bytes of one value, or `None` for a type that TIFF does not define.
    const fn size(self) -> Option<u64> {
        match self.kind {
            1 | 2 | 6 | 7 => Some(1),
            3 | 8 => Some(2),
            4 | 9 | 11 | 13 => Some(4),
            5 | 10 | 12 | 16 | 17 | 18 => Some(8),
            _ => None,
        }
    }
}

impl TiffFile {
    pub(super) fn open(file: DataFile, limits: &Limits) -> Result<Self, DataError> {
        let bad = || DataError::malformed(file.path(), "it does not begin like a TIFF file");
        let start = file.bytes_at(0, 8)?;
        let big_endian = match &start[..2] {
            b"II" => false,
            b"MM" => true,
            _ => return Err(bad()),
        };
        let mut tiff = Self { file, big_endian, big: false, first: 0, limits: *limits };
        tiff.big = match tiff.number(&start[2..4]) {
            42 => false,
            43 => true,
            _ => {
                return Err(DataError::malformed(
                    tiff.file.path(),
                    "its TIFF version is neither 42 nor 43",
                ));
            }
        };
        tiff.first = match tiff.big {
            true => tiff.uint(8, 8)?,
            false => tiff.number(&start[4..8]),
        };
        Ok(tiff)
    }

    pub(super) fn malformed(&self, reason: impl Into<String>) -> DataError {
        DataError::malformed(self.file.path(), reason)
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let fold = |n: u64, b: &u8| (n << 8) | u64::from(*b);
        match self.big_endian {
            true => bytes.iter().fold(0, fold),
            false => bytes.iter().rev().fold(0, fold),
        }
    }

    fn uint(&self, at: u64, bytes: u64) -> Result<u64, DataError> {
        Ok(self.number(&self.file.bytes_at(at, bytes)?))
    }

    /// All directories of the main chain.
    pub(super) fn chain(&self) -> Result<Vec<Ifd>, DataError> {
        let (mut chain, mut seen) = (Vec::new(), HashSet::new());
        let mut at = self.first;
        while at != 0 {
            if !seen.insert(at) {
                return Err(self.malformed(format!("its directories form a loop at byte {at}")));
            }
            if chain.len() >= self.limits.pages {
                let limit = self.limits.pages as u64;
                return Err(DataError::too_large(
                    self.file.path(),
                    "the number of pages",
                    limit + 1,
                    limit,
                ));
            }
            let (ifd, next) = self.ifd(at)?;
            chain.push(ifd);
            at = next;
        }
        match chain.is_empty() {
            true => Err(self.malformed("it has no pages")),
            false => Ok(chain),
        }
    }

    /// The directory at byte `at`, and where the next one is (0: none).
    pub(super) fn ifd(&self, at: u64) -> Result<(Ifd, u64), DataError> {
        let (head, size, word): (u64, u64, u64) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let n = self.uint(at, head)?;
        if n == 0 || n > MAX_ENTRIES {
            return Err(self.malformed(format!("the directory at byte {at} claims {n} entries")));
        }
        let table = at.saturating_add(head);
        let bytes = self.file.bytes_at(table, n * size + word)?;
        let (entries, next) = bytes.split_at((n * size) as usize);
        let parse = |(i, entry): (usize, &[u8])| {
            let (tag, rest) = entry.split_at(2);
            let (kind, rest) = rest.split_at(2);
            let (count, value) = rest.split_at(word as usize);
            let mut entry = Entry {
                tag: self.number(tag) as u16,
                kind: self.number(kind) as u16,
                count: self.number(count),
                at: table + i as u64 * size + 4 + word,
            };
            // Values that do not fit the entry stand elsewhere.
            if entry.size().and_then(|s| s.checked_mul(entry.count)).is_some_and(|n| n > word) {
                entry.at = self.number(value);
            }
            entry
        };
        let entries = entries.chunks_exact(size as usize).enumerate().map(parse).collect();
        Ok((Ifd(entries), self.number(next)))
    }

    fn raw(&self, entry: Entry, first: u64, n: u64) -> Result<Vec<u8>, DataError> {
        let size = entry
            .size()
            .ok_or_else(|| self.malformed(format!("tag {} has no known type", entry.tag)))?;
        if first.checked_add(n).is_none_or(|end| end > entry.count) {
            return Err(self.malformed(format!("tag {} has too few values", entry.tag)));
        }
        let (skip, len) = (first.saturating_mul(size), n.saturating_mul(size));
        if len > self.limits.metadata_bytes as u64 {
            let limit = self.limits.metadata_bytes as u64;
            return Err(DataError::too_large(self.file.path(), "a tag, in bytes,", len, limit));
        }
        self.file.bytes_at(entry.at.saturating_add(skip), len)
    }

    /// `n` whole numbers from value `first` on.
    pub(super) fn numbers(&self, entry: Entry, first: u64, n: u64) -> Result<Vec<u64>, DataError> {
        let bytes = self.raw(entry, first, n)?;
        let size = match entry.kind {
            1 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return Err(self.malformed(format!("tag {} holds no whole numbers", entry.tag))),
        };
        Ok(bytes.chunks_exact(size).map(|b| self.number(b)).collect())
    }

    /// The first value of a tag, or `default` without the tag.
    pub(super) fn number_or(&self, ifd: &Ifd, tag: u16, default: u64) -> Result<u64, DataError> {
        let Some(entry) = ifd.get(tag) else { return Ok(default) };
        self.numbers(entry, 0, 1).map(|v| v.first().copied().unwrap_or(default))
    }

    /// All values of a tag, at most `most`; empty without the tag.
    pub(super) fn numbers_of(&self, ifd: &Ifd, tag: u16, most: u64) -> Result<Vec<u64>, DataError> {
        ifd.get(tag).map_or(Ok(Vec::new()), |entry| self.numbers(entry, 0, entry.count.min(most)))
    }

    /// A text tag; bytes that are not UTF-8 are taken for Latin-1, as old ImageJ wrote.
    pub(super) fn text(&self, ifd: &Ifd, tag: u16) -> Result<Option<String>, DataError> {
        let Some(entry) = ifd.get(tag).filter(|e| matches!(e.kind, 1 | 2 | 7)) else {
            return Ok(None);
        };
        let bytes = self.raw(entry, 0, entry.count)?;
        let bytes = bytes.split(|&b| b == 0).next().unwrap_or_default();
        let latin = || bytes.iter().map(|&b| char::from(b)).collect();
        Ok(Some(std::str::from_utf8(bytes).map_or_else(|_| latin(), str::to_owned)))
    }

    /// An unsigned fraction as a number, where the tag is there and sound.
    pub(super) fn fraction(&self, ifd: &Ifd, tag: u16) -> Option<f64> {
        let entry = ifd.get(tag).filter(|e| e.kind == 5)?;
        let bytes = self.raw(entry, 0, 1).ok()?;
        let (over, under) = bytes.split_at_checked(4)?;
        let value = self.number(over) as f64 / self.number(under) as f64;
        (value.is_finite() && value > 0.0).then_some(value)
    }
}
