//! Strips and tiles of a page: which ones a box touches, and their bytes.

use super::ifd::TiffFile;
use super::page::{Layout, Page, PageBox, Place};
use crate::codec;
use crate::convert::RawKind;
use crate::error::DataError;

/// Rows of at least this many bytes are read one by one; shorter ones with their whole segment,
/// because a system call costs as much as copying a few KiB.
const MIN_ROW_READ: usize = 2048;

/// A strip or tile: its bytes in the file, and the pixels that it covers.
struct Segment {
    offset: u64,
    count: u64,
    top: usize,
    left: usize,
    rows: usize,
    columns: usize,
}

pub(super) fn read(
    tiff: &TiffFile,
    page: &Page,
    part: &PageBox,
    out: &mut [u8],
) -> Result<(), DataError> {
    let layout = &page.layout;
    let [tall, wide] = layout.segment;
    let (first, last) = (part.top / tall, (part.top + part.height - 1) / tall);
    let (left, right) = (part.left / wide, (part.left + part.width - 1) / wide);
    let mut pending = Pending::default();
    for row in first..=last {
        for segment in row_of_segments(tiff, page, part.plane, row, (left, right))? {
            if layout.compression == 1 {
                plain(tiff, layout, &segment, part, out, &mut pending)?;
            } else {
                let bytes = decode(tiff, layout, &segment)?;
                paste(layout, &segment, &bytes, part, out);
            }
        }
    }
    pending.flush(tiff, out)
}

fn row_of_segments(
    tiff: &TiffFile,
    page: &Page,
    plane: usize,
    row: usize,
    (left, right): (usize, usize),
) -> Result<Vec<Segment>, DataError> {
    let layout = &page.layout;
    let [down, across] = layout.segments();
    let index = ((plane * down + row) * across + left) as u64;
    let n = (right - left + 1) as u64;
    let top = row * layout.segment[0];
    let rows =
        if layout.tiled { layout.segment[0] } else { layout.segment[0].min(layout.height - top) };
    let plain_bytes = (rows * layout.segment[1] * layout.pixel()) as u64;
    let (offsets, counts) = match page.place {
        Place::Tables { offsets, counts } => {
            let counts = counts.map(|c| tiff.numbers(c, index, n)).transpose()?;
            (tiff.numbers(offsets, index, n)?, counts)
        }
        Place::Contiguous(at) => {
            let plane_bytes = (layout.height * layout.width * layout.pixel()) as u64;
            let above = (top * layout.width * layout.pixel()) as u64;
            (vec![at + plane as u64 * plane_bytes + above], None)
        }
    };
    let segment = |(i, offset): (usize, u64)| Segment {
        offset,
        count: counts.as_ref().and_then(|c| c.get(i).copied()).unwrap_or(plain_bytes),
        top,
        left: (left + i) * layout.segment[1],
        rows,
        columns: layout.segment[1],
    };
    Ok(offsets.into_iter().enumerate().map(segment).collect())
}

/// The rows and columns that a segment and a box have in common: (top, bottom, left, right).
fn common(segment: &Segment, part: &PageBox) -> (usize, usize, usize, usize) {
    (
        segment.top.max(part.top),
        (segment.top + segment.rows).min(part.top + part.height),
        segment.left.max(part.left),
        (segment.left + segment.columns).min(part.left + part.width),
    )
}

/// A read that the next one may prolong: strips that follow each other in the file are one read.
#[derive(Default)]
struct Pending {
    from: u64,
    to: usize,
    len: usize,
}

impl Pending {
    fn add(
        &mut self,
        tiff: &TiffFile,
        out: &mut [u8],
        from: u64,
        to: usize,
        len: usize,
    ) -> Result<(), DataError> {
        if self.from + self.len as u64 == from && self.to + self.len == to {
            self.len += len;
            return Ok(());
        }
        self.flush(tiff, out)?;
        *self = Self { from, to, len };
        Ok(())
    }

    fn flush(&self, tiff: &TiffFile, out: &mut [u8]) -> Result<(), DataError> {
        out.get_mut(self.to..self.to + self.len)
            .map_or(Ok(()), |out| tiff.file.read_at(self.from, out))
    }
}

fn plain(
    tiff: &TiffFile,
    layout: &Layout,
    segment: &Segment,
    part: &PageBox,
    out: &mut [u8],
    pending: &mut Pending,
) -> Result<(), DataError> {
    let pixel = layout.pixel();
    let (top, bottom, left, right) = common(segment, part);
    let (row, pitch) = ((right - left) * pixel, segment.columns * pixel);
    let size = (segment.rows * pitch) as u64;
    if segment.count < size {
        return Err(tiff.malformed(format!(
            "the strip or tile at byte {} needs {size} bytes and has {}",
            segment.offset, segment.count
        )));
    }
    tiff.file.check(segment.offset, size)?;
    let whole_rows = row == pitch && right - left == part.width;
    if !whole_rows && row < MIN_ROW_READ && layout.tiled {
        let bytes = tiff.file.bytes_at(segment.offset, size)?;
        paste(layout, segment, &bytes, part, out);
        return Ok(());
    }
    let step = if whole_rows { bottom - top } else { 1 };
    for y in (top..bottom).step_by(step.max(1)) {
        let skip = (y - segment.top) * pitch + (left - segment.left) * pixel;
        let to = ((y - part.top) * part.width + left - part.left) * pixel;
        pending.add(tiff, out, segment.offset + skip as u64, to, row * step)?;
    }
    Ok(())
}

/// Copies what a decoded segment and the box have in common.
fn paste(layout: &Layout, segment: &Segment, bytes: &[u8], part: &PageBox, out: &mut [u8]) {
    let pixel = layout.pixel();
    let (top, bottom, left, right) = common(segment, part);
    let row = (right - left) * pixel;
    for y in top..bottom {
        let from = ((y - segment.top) * segment.columns + left - segment.left) * pixel;
        let to = ((y - part.top) * part.width + left - part.left) * pixel;
        if let (Some(to), Some(from)) = (out.get_mut(to..to + row), bytes.get(from..from + row)) {
            to.copy_from_slice(from);
        }
    }
}

fn decode(tiff: &TiffFile, layout: &Layout, segment: &Segment) -> Result<Vec<u8>, DataError> {
    let size = segment.rows * segment.columns * layout.pixel();
    let count = segment.count.min(codec::most_encoded(size as u64));
    let data = tiff.file.bytes_at(segment.offset, count)?;
    let mut out = vec![0; size];
    let done = match layout.compression {
        5 => codec::lzw(&data, &mut out),
        8 | 32946 => codec::zlib(&data, &mut out),
        32773 => codec::packbits(&data, &mut out),
        _ => codec::zstd(&data, &mut out),
    };
    done.map_err(|e| tiff.malformed(format!("strip or tile at byte {}: {e}", segment.offset)))?;
    let row = segment.columns * layout.pixel();
    match layout.predictor {
        2 => out.chunks_exact_mut(row).for_each(|row| undo_horizontal(layout, row)),
        3 => out.chunks_exact_mut(row).for_each(|row| undo_float(layout, row)),
        _ => {}
    }
    Ok(out)
}

/// Predictor 2: each sample is stored as its difference from the same sample of the pixel to the
/// left, in the sample's own width (TIFF 6.0, section 14).
fn undo_horizontal(layout: &Layout, row: &mut [u8]) {
    let big = layout.raw.big_endian;
    macro_rules! add {
        ($int:ty) => {{
            const N: usize = size_of::<$int>();
            let (load, store): (fn([u8; N]) -> $int, fn($int) -> [u8; N]) = match big {
                true => (<$int>::from_be_bytes, <$int>::to_be_bytes),
                false => (<$int>::from_le_bytes, <$int>::to_le_bytes),
            };
            let (samples, _) = row.as_chunks_mut::<N>();
            for i in layout.interleaved()..samples.len() {
                let sum = load(samples[i]).wrapping_add(load(samples[i - layout.interleaved()]));
                samples[i] = store(sum);
            }
        }};
    }
    match layout.raw.bytes() {
        1 => add!(u8),
        2 => add!(u16),
        4 => add!(u32),
        _ => add!(u64),
    }
}

/// Predictor 3: the bytes of a row of floats are sorted by significance, most significant first,
/// and then stored as differences of neighbours (Adobe Photoshop TIFF technical note 3).
fn undo_float(layout: &Layout, row: &mut [u8]) {
    if !matches!(layout.raw.kind, RawKind::F16 | RawKind::F32 | RawKind::F64) {
        return;
    }
    let step = layout.interleaved();
    for i in step..row.len() {
        row[i] = row[i].wrapping_add(row[i - step]);
    }
    let (sorted, bytes) = (row.to_vec(), layout.raw.bytes());
    let n = row.len() / bytes;
    for (i, sample) in row.chunks_exact_mut(bytes).enumerate() {
        for (k, byte) in sample.iter_mut().enumerate() {
            let rank = if layout.raw.big_endian { k } else { bytes - 1 - k };
            *byte = sorted[rank * n + i];
        }
    }
}
