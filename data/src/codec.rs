//! Decompression into a buffer of known size: a stream that promises more than its place is cut
//! off, so that no file decides how much memory is taken.

use std::io::Read;

/// What a stream did not do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    #[error("a compressed block ends after {got} of {want} bytes")]
    Short { got: usize, want: usize },
    #[error("a compressed block is damaged ({0})")]
    Damaged(String),
    #[error("{0}")]
    Unsupported(String),
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn damaged(error: impl ToString) -> CodecError {
    CodecError::Damaged(error.to_string())
}

/// Bytes that a sound encoder may take for `plain` bytes: LZW, the worst, needs half as many again.
/// A stored block beyond that is not read into memory.
pub(crate) const fn most_encoded(plain: u64) -> u64 {
    plain.saturating_mul(2).saturating_add(64 << 10)
}

/// Fills `out` from `reader`; what comes after is left.
fn fill(mut reader: impl Read, out: &mut [u8]) -> Result<(), CodecError> {
    let mut got = 0;
    while got < out.len() {
        match reader.read(&mut out[got..]) {
            Ok(0) => return Err(CodecError::Short { got, want: out.len() }),
            Ok(n) => got += n,
            Err(e) => return Err(damaged(e)),
        }
    }
    Ok(())
}

pub(crate) fn zlib(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    fill(flate2::read::ZlibDecoder::new(data), out)
}

pub(crate) fn gzip(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    fill(flate2::read::MultiGzDecoder::new(data), out)
}

pub(crate) fn zstd(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    fill(zstd::stream::read::Decoder::with_buffer(data).map_err(damaged)?, out)
}

/// One LZ4 block without a frame.
pub(crate) fn lz4(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let got = lz4_flex::block::decompress_into(data, out).map_err(damaged)?;
    if got == out.len() { Ok(()) } else { Err(CodecError::Short { got, want: out.len() }) }
}

/// TIFF's LZW: most significant bit first, code width switched one code early.
pub(crate) fn lzw(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let (mut read, mut got) = (0, 0);
    while got < out.len() {
        let step = decoder.decode_bytes(&data[read..], &mut out[got..]);
        read += step.consumed_in;
        got += step.consumed_out;
        match step.status.map_err(damaged)? {
            weezl::LzwStatus::Ok if step.consumed_in + step.consumed_out > 0 => {}
            _ => break,
        }
    }
    if got == out.len() { Ok(()) } else { Err(CodecError::Short { got, want: out.len() }) }
}

/// Apple's PackBits, as in TIFF 6.0, section 9.
pub(crate) fn packbits(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let want = out.len();
    let (mut read, mut got) = (0, 0);
    while got < want {
        let short = || CodecError::Short { got, want };
        let head = *data.get(read).ok_or_else(short)? as i8;
        read += 1;
        match head {
            -128 => {}
            0.. => {
                let n = usize::from(head.unsigned_abs()) + 1;
                let run = data.get(read..read + n).ok_or_else(short)?;
                let n = n.min(want - got);
                out[got..got + n].copy_from_slice(&run[..n]);
                read += run.len();
                got += n;
            }
            _ => {
                let n = (usize::from(head.unsigned_abs()) + 1).min(want - got);
                out[got..got + n].fill(*data.get(read).ok_or_else(short)?);
                read += 1;
                got += n;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packbits_unpacks_the_example_of_the_specification() {
        let packed = [
            0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7,
            0xAA,
        ];
        let mut out = [0; 24];
        packbits(&packed, &mut out).unwrap();
        let plain = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(out, plain);
        assert!(packbits(&packed[..9], &mut out).is_err());
    }
}
