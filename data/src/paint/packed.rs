//! A chunk as bytes: in memory, and in a store.
//!
//! Sixteen bytes: `PLAB`, the version (1) as `u32`, the number of voxels as `u32`, CRC-32C of what
//! follows as `u32`; then the labels (`u32`, C order) as one Zstandard frame. All little-endian.

use std::sync::Arc;

use super::PaintError;

const MAGIC: &[u8; 4] = b"PLAB";
const VERSION: u32 = 1;
const HEADER: usize = 16;
/// Zstandard's fastest: labels are long runs, and strokes wait for it.
const LEVEL: i32 = 1;

/// The labels of a chunk, packed; `None` where all are 0.
pub(super) fn pack(labels: &[u32]) -> Result<Option<Arc<[u8]>>, PaintError> {
    if labels.iter().all(|&label| label == 0) {
        return Ok(None);
    }
    let failed = |_| PaintError::Damaged("it could not be compressed");
    let frame = if cfg!(target_endian = "little") {
        zstd::bulk::compress(bytemuck::cast_slice(labels), LEVEL)
    } else {
        let bytes: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
        zstd::bulk::compress(&bytes, LEVEL)
    };
    let frame = frame.map_err(failed)?;
    let mut packed = Vec::with_capacity(HEADER + frame.len());
    packed.extend_from_slice(MAGIC);
    for number in [VERSION, labels.len() as u32, crc32c::crc32c(&frame)] {
        packed.extend_from_slice(&number.to_le_bytes());
    }
    packed.extend_from_slice(&frame);
    Ok(Some(packed.into()))
}

/// The Zstandard frame of a packed chunk.
pub(super) fn frame(packed: &[u8]) -> &[u8] {
    packed.get(HEADER..).unwrap_or_default()
}

/// The `voxels` labels of a packed chunk.
pub(super) fn unpack(packed: &[u8], voxels: usize) -> Result<Vec<u32>, PaintError> {
    let (header, frame) =
        packed.split_at_checked(HEADER).ok_or(PaintError::Damaged("it is cut off"))?;
    let (magic, numbers) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(PaintError::Damaged("it is something else"));
    }
    let (numbers, _) = numbers.as_chunks::<4>();
    let numbers: Vec<u32> = numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let [version, count, checksum] = numbers[..] else {
        return Err(PaintError::Damaged("it is cut off"));
    };
    if version != VERSION {
        return Err(PaintError::Damaged("a newer program wrote it"));
    }
    if count as usize != voxels {
        return Err(PaintError::Damaged("it has another size"));
    }
    if checksum != crc32c::crc32c(frame) {
        return Err(PaintError::Damaged("its checksum is wrong"));
    }
    let mut labels = vec![0_u32; voxels];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut labels);
    let plain = zstd::bulk::decompress_to_buffer(frame, bytes);
    if plain.ok() != Some(voxels * size_of::<u32>()) {
        return Err(PaintError::Damaged("it cannot be decompressed"));
    }
    if cfg!(target_endian = "big") {
        labels.iter_mut().for_each(|label| *label = u32::from_le(*label));
    }
    Ok(labels)
}
