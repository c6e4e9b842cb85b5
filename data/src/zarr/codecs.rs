//! The bytes-to-bytes codecs of a Zarr array, and their undoing.

use serde_json::Value;

use super::blosc;
use crate::codec::{self, CodecError};

/// One step from stored to plain bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Blosc,
    Gzip,
    Zlib,
    Zstd,
    /// numcodecs' LZ4: the decoded size as four bytes, then one block.
    Lz4,
    /// Four bytes of CRC-32C behind the data.
    Crc32c,
}

const CHECKSUM: usize = 4;

impl Codec {
    /// By the name that Zarr gives it (version 2 `id`, version 3 `name`).
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "blosc" | "numcodecs.blosc" => Self::Blosc,
            "gzip" | "numcodecs.gzip" => Self::Gzip,
            "zlib" | "numcodecs.zlib" => Self::Zlib,
            "zstd" | "numcodecs.zstd" => Self::Zstd,
            "lz4" | "numcodecs.lz4" => Self::Lz4,
            "crc32c" | "numcodecs.crc32c" => Self::Crc32c,
            _ => return None,
        })
    }
}

/// The codecs of one array in the order of encoding: at most one compressor, checksums anywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain(Vec<Codec>);

impl Chain {
    /// # Errors
    /// In words, which codec is not read.
    pub(super) fn new(codecs: Vec<Codec>) -> Result<Self, String> {
        let compressors = codecs.iter().filter(|c| **c != Codec::Crc32c).count();
        match compressors {
            0 | 1 => Ok(Self(codecs)),
            n => Err(format!("{n} compressors behind each other are not read")),
        }
    }

    /// Decodes `data` to exactly `out.len()` bytes.
    pub(super) fn decode(&self, data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let place = self.0.iter().position(|c| *c != Codec::Crc32c);
        let (inner, outer) = match place {
            Some(at) => (at, self.0.len() - at - 1),
            None => (self.0.len(), 0),
        };
        let mut data = data;
        for _ in 0..outer {
            data = verified(data)?;
        }
        let Some(compressor) = place.map(|at| self.0[at]) else {
            for _ in 0..inner {
                data = verified(data)?;
            }
            return plain(data, out);
        };
        if inner == 0 {
            return decompress(compressor, data, out);
        }
        let mut whole = vec![0; out.len() + inner * CHECKSUM];
        decompress(compressor, data, &mut whole)?;
        let mut data = whole.as_slice();
        for _ in 0..inner {
            data = verified(data)?;
        }
        plain(data, out)
    }
}

fn plain(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    if data.len() != out.len() {
        return Err(CodecError::Short { got: data.len(), want: out.len() });
    }
    out.copy_from_slice(data);
    Ok(())
}

fn verified(data: &[u8]) -> Result<&[u8], CodecError> {
    let cut = data
        .len()
        .checked_sub(CHECKSUM)
        .ok_or(CodecError::Short { got: data.len(), want: CHECKSUM })?;
    let (data, sum) = data.split_at(cut);
    if crc32c::crc32c(data).to_le_bytes() == sum {
        Ok(data)
    } else {
        Err(CodecError::Damaged("its checksum does not match".to_owned()))
    }
}

fn decompress(compressor: Codec, data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    match compressor {
        Codec::Blosc => blosc::decode(data, out),
        Codec::Gzip => codec::gzip(data, out),
        Codec::Zlib => codec::zlib(data, out),
        Codec::Zstd => codec::zstd(data, out),
        Codec::Lz4 => codec::lz4(data.get(4..).unwrap_or_default(), out),
        Codec::Crc32c => plain(verified(data)?, out),
    }
}

/// The name of a codec object, under the key of its version.
pub(super) fn name<'a>(codec: &'a Value, key: &str) -> &'a str {
    codec.get(key).and_then(Value::as_str).or_else(|| codec.as_str()).unwrap_or("?")
}
