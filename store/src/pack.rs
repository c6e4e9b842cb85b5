//! Documents are compressed: they are text for the most part.

use redb::StorageError;

use crate::Entry;

/// Zstandard's default: 25 MB of annotations take some 100 ms, and become a fifth.
const LEVEL: i32 = 3;

pub(crate) fn pack(state: &[u8]) -> Result<Vec<u8>, StorageError> {
    zstd::bulk::compress(state, LEVEL).map_err(StorageError::Io)
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, StorageError> {
    let bytes = zstd::decompressed_size(packed).unwrap_or(u64::MAX);
    if bytes > Entry::MAX_STATE as u64 {
        return Err(StorageError::Corrupted("a document cannot be unpacked".to_owned()));
    }
    let unpacked = zstd::bulk::decompress(packed, Entry::MAX_STATE);
    unpacked.map_err(|error| StorageError::Corrupted(format!("a document: {error}")))
}
