//! Blosc 1 chunks: header, blocks, splits, the inner compressors LZ4, zlib, zstd and BloscLZ, and
//! the byte and bit shuffles. Format: `README_CHUNK_FORMAT.rst` of c-blosc 1.21.
//!
//! Written in safe Rust because chunks come from files that nobody vouches for.

use crate::codec::{self, CodecError};

const HEADER: usize = 16;
/// Larger element sizes are not split into one stream per byte.
const MAX_SPLITS: usize = 16;
/// Smaller streams are not split.
const MIN_SPLIT_BYTES: usize = 128;
/// BloscLZ's longest distance in its short form.
const SHORT_DISTANCE: usize = 8191;

fn damaged(what: &str) -> CodecError {
    CodecError::Damaged(format!("Blosc: {what}"))
}

fn u32_at(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

/// Decodes a chunk whose decoded size must be `out.len()`.
pub(super) fn decode(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let short = || damaged("the header is cut off");
    let (flags, typesize) = data.get(2).zip(data.get(3)).ok_or_else(short)?;
    let (flags, typesize) = (*flags, usize::from(*typesize).max(1));
    let size = u32_at(data, 4).ok_or_else(short)?;
    let blocksize = u32_at(data, 8).ok_or_else(short)?;
    if size != out.len() {
        return Err(CodecError::Short { got: size, want: out.len() });
    }
    if out.is_empty() {
        return Ok(());
    }
    if flags & 0x02 != 0 {
        let plain =
            data.get(HEADER..HEADER + size).ok_or_else(|| damaged("stored bytes are cut off"))?;
        out.copy_from_slice(plain);
        return Ok(());
    }
    if flags & 0x05 == 0x05 {
        return Err(CodecError::Unsupported("Blosc 2 chunks are not read; Blosc 1 is".to_owned()));
    }
    if blocksize == 0 || blocksize > size {
        return Err(damaged("the block size is out of range"));
    }
    let mut scratch = vec![0; blocksize];
    for (i, block) in out.chunks_mut(blocksize).enumerate() {
        let start = u32_at(data, HEADER + 4 * i).ok_or_else(short)?;
        let packed = data.get(start..).ok_or_else(|| damaged("a block begins past the end"))?;
        let shape =
            Shape { flags, typesize, split: splits(flags, typesize, blocksize, block.len()) };
        let shuffled = flags & 0x05 != 0 && typesize > 1 || flags & 0x04 != 0;
        if shuffled {
            let scratch = &mut scratch[..block.len()];
            unpack(packed, &shape, scratch)?;
            unshuffle(&shape, scratch, block);
        } else {
            unpack(packed, &shape, block)?;
        }
    }
    Ok(())
}

struct Shape {
    flags: u8,
    typesize: usize,
    split: usize,
}

/// Streams in a block: one per byte of an element, unless the block is the short last one, the
/// header says so, or the streams would be too small.
fn splits(flags: u8, typesize: usize, blocksize: usize, len: usize) -> usize {
    let split = flags & 0x10 == 0
        && len == blocksize
        && typesize <= MAX_SPLITS
        && blocksize / typesize >= MIN_SPLIT_BYTES;
    if split { typesize } else { 1 }
}

fn unpack(mut packed: &[u8], shape: &Shape, block: &mut [u8]) -> Result<(), CodecError> {
    let each = block.len() / shape.split;
    if each == 0 || each * shape.split != block.len() {
        return Err(damaged("a block cannot be split evenly"));
    }
    for stream in block.chunks_exact_mut(each) {
        let len = u32_at(packed, 0).ok_or_else(|| damaged("a stream is cut off"))?;
        let bytes = packed
            .get(4..)
            .and_then(|rest| rest.get(..len))
            .ok_or_else(|| damaged("a stream is cut off"))?;
        packed = &packed[4 + len..];
        if len == each {
            stream.copy_from_slice(bytes);
            continue;
        }
        match shape.flags >> 5 {
            0 => blosclz(bytes, stream).ok_or_else(|| damaged("a BloscLZ stream is damaged"))?,
            1 => codec::lz4(bytes, stream)?,
            3 => codec::zlib(bytes, stream)?,
            4 => codec::zstd(bytes, stream)?,
            n => {
                return Err(CodecError::Unsupported(format!(
                    "Blosc's inner compressor {n} is not read"
                )));
            }
        }
    }
    Ok(())
}

fn unshuffle(shape: &Shape, from: &[u8], to: &mut [u8]) {
    let n = from.len() / shape.typesize;
    let whole = n * shape.typesize;
    if shape.flags & 0x04 != 0 {
        // Only whole groups of eight elements are shuffled bit by bit.
        if !n.is_multiple_of(8) {
            to.copy_from_slice(from);
            return;
        }
        bit_unshuffle(shape.typesize, n, &from[..whole], &mut to[..whole]);
    } else {
        for (byte, plane) in from[..whole].chunks_exact(n.max(1)).enumerate() {
            let places = to[byte..].iter_mut().step_by(shape.typesize);
            places.zip(plane).for_each(|(to, from)| *to = *from);
        }
    }
    to[whole..].copy_from_slice(&from[whole..]);
}

/// Bit `b` of byte `j` of element `e` lies in plane `8j + b`, byte `e / 8`, bit `e % 8`.
fn bit_unshuffle(typesize: usize, n: usize, from: &[u8], to: &mut [u8]) {
    let plane = n / 8;
    for (group, to) in to.chunks_exact_mut(8 * typesize).enumerate() {
        for byte in 0..typesize {
            let mut rows = [0_u8; 8];
            for (bit, row) in rows.iter_mut().enumerate() {
                *row = from[(8 * byte + bit) * plane + group];
            }
            for element in 0..8 {
                let bits = rows.iter().enumerate().map(|(bit, row)| ((row >> element) & 1) << bit);
                to[element * typesize + byte] = bits.fold(0, |all, bit| all | bit);
            }
        }
    }
}

/// BloscLZ, a relative of FastLZ: literals and matches of up to 8191 + 65535 bytes back.
fn blosclz(data: &[u8], out: &mut [u8]) -> Option<()> {
    let (mut read, mut at) = (0, 0);
    let mut next = || {
        let byte = data.get(read).copied();
        read += 1;
        byte
    };
    let mut control = usize::from(next()? & 31);
    loop {
        if control < 32 {
            for _ in 0..=control {
                *out.get_mut(at)? = next()?;
                at += 1;
            }
        } else {
            let mut len = (control >> 5) - 1;
            let high = (control & 31) << 8;
            if len == 6 {
                loop {
                    let more = usize::from(next()?);
                    len += more;
                    if more != 255 {
                        break;
                    }
                }
            }
            let low = usize::from(next()?);
            let distance = match (low, high) {
                (255, 0x1f00) => {
                    (usize::from(next()?) << 8) + usize::from(next()?) + SHORT_DISTANCE + 1
                }
                _ => high + low + 1,
            };
            let from = at.checked_sub(distance)?;
            let len = len + 3;
            if len > out.len() - at {
                return None;
            }
            // A match may overlap what it writes, so it is copied byte by byte.
            for k in 0..len {
                out[at + k] = out[from + k];
            }
            at += len;
        }
        match next() {
            Some(byte) => control = usize::from(byte),
            None => return (at == out.len()).then_some(()),
        }
    }
}
