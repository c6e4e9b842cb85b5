//! One page of a TIFF: its layout in strips or tiles, and the decoding of a box of it.

use super::ifd::{Entry, Ifd, TiffFile};
use super::segment;
use crate::block::{checked_bytes, free_chunk};
use crate::convert::{RawKind, RawType};
use crate::error::DataError;
use crate::limits::{FREE_CHUNK_BYTES, Limits, MAX_AXIS_LEN};

/// Edge to which small tiles are grouped into one chunk, in samples.
const GROUPED_TILE: usize = 512;
/// Bytes to which compressed strips are grouped into one chunk.
const GROUPED_STRIPS: usize = 1 << 20;
/// Samples per pixel, at most; more is a hyperspectral image that wants another layout.
const MAX_SAMPLES: u64 = 256;

/// How the pages of one image are laid out; equal for all pages of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) raw: RawType,
    /// Samples per pixel.
    pub(super) samples: usize,
    /// Samples lie in planes of their own, not interleaved.
    pub(super) planar: bool,
    pub(super) compression: u16,
    pub(super) predictor: u16,
    pub(super) photometric: u16,
    /// Size of a strip or tile, in pixels.
    pub(super) segment: [usize; 2],
    pub(super) tiled: bool,
}

/// Where the bytes of a page are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Tables of offsets and byte counts, one per strip or tile.
    Tables { offsets: Entry, counts: Option<Entry> },
    /// The whole page, uncompressed, from this byte.
    Contiguous(u64),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) layout: Layout,
    pub(super) place: Place,
    /// A smaller copy of another page (bit 0 of NewSubfileType).
    pub(super) reduced: bool,
    /// Directories of smaller copies.
    pub(super) sub_ifds: Option<Entry>,
}

/// A box of one page, in pixels: top, left, height, width; and samples from `first`, `count` long.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageBox {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) plane: usize,
}

impl Layout {
    /// Bytes of one pixel as it lies in a segment.
    pub(super) const fn pixel(&self) -> usize {
        self.raw.bytes() * self.interleaved()
    }

    /// Samples of one pixel that lie side by side.
    pub(super) const fn interleaved(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Strips or tiles down and across one plane.
    pub(super) const fn segments(&self) -> [usize; 2] {
        [self.height.div_ceil(self.segment[0]), self.width.div_ceil(self.segment[1])]
    }

    /// Bytes of one page without compression.
    pub(super) fn page_bytes(&self) -> Option<u64> {
        checked_bytes(&[self.height, self.width, self.samples], self.raw.bytes())
    }

    /// Height and width of a good chunk.
    pub(super) fn chunk(&self) -> [usize; 2] {
        let [tall, wide] = self.segment;
        if !self.tiled && self.compression == 1 {
            let chunk = free_chunk(&[self.height, self.width], self.pixel());
            return [chunk[0], chunk[1]];
        }
        if self.tiled {
            let group = |edge: usize| edge * (GROUPED_TILE / edge).max(1);
            return [group(tall).min(self.height), group(wide).min(self.width)];
        }
        let strip = (tall * wide * self.pixel()).max(1);
        [(tall * (GROUPED_STRIPS / strip).max(1)).min(self.height), self.width]
    }
}

impl Page {
    pub(super) fn parse(tiff: &TiffFile, ifd: &Ifd, limits: &Limits) -> Result<Self, DataError> {
        let layout = layout(tiff, ifd)?;
        check_segment(tiff, &layout, limits)?;
        let tag = |strip, tile| ifd.get(if layout.tiled { tile } else { strip });
        let offsets = tag(273, 324)
            .ok_or_else(|| tiff.malformed("a page does not say where its samples are"))?;
        let counts = tag(279, 325);
        let planes = if layout.planar { layout.samples } else { 1 };
        let [down, across] = layout.segments();
        let wanted =
            down.checked_mul(across).and_then(|n| n.checked_mul(planes)).unwrap_or(usize::MAX);
        for entry in [Some(offsets), counts].into_iter().flatten() {
            if entry.count < wanted as u64 {
                return Err(tiff.malformed(format!(
                    "a page of {} × {} pixels needs {wanted} strips or tiles and lists {}",
                    layout.width, layout.height, entry.count
                )));
            }
        }
        let reduced = tiff.number_or(ifd, 254, 0)? & 1 == 1;
        let place = Place::Tables { offsets, counts };
        Ok(Self { layout, place, reduced, sub_ifds: ifd.get(330) })
    }

    /// Where the samples begin, for a page whose strips follow each other without gaps.
    pub(super) fn first_byte(&self, tiff: &TiffFile) -> Option<u64> {
        match self.place {
            Place::Contiguous(at) => Some(at),
            Place::Tables { offsets, .. } => tiff.numbers(offsets, 0, 1).ok()?.first().copied(),
        }
    }

    /// Fills `out` with the pixels of `part`, rows top to bottom, samples as they lie in the file.
    pub(super) fn read(
        &self,
        tiff: &TiffFile,
        part: &PageBox,
        out: &mut [u8],
    ) -> Result<(), DataError> {
        segment::read(tiff, self, part, out)
    }

    /// Whether the last strip or tile lies within the file.
    pub(super) fn check_end(&self, tiff: &TiffFile) -> Result<(), DataError> {
        let size = self.layout.page_bytes().unwrap_or(u64::MAX);
        match self.place {
            Place::Contiguous(at) => tiff.file.check(at, size),
            Place::Tables { offsets, counts } => {
                let last = |e: Entry| tiff.numbers(e, e.count.saturating_sub(1), 1).map(|v| v[0]);
                let count = counts.map_or(Ok(1), last)?;
                tiff.file.check(last(offsets)?, count)
            }
        }
    }
}

fn layout(tiff: &TiffFile, ifd: &Ifd) -> Result<Layout, DataError> {
    let edge = |tag, what: &str| {
        let n = tiff.number_or(ifd, tag, 0)?;
        match usize::try_from(n).ok().filter(|n| (1..=MAX_AXIS_LEN).contains(n)) {
            Some(n) => Ok(n),
            None => Err(tiff.malformed(format!("a page gives its {what} as {n}"))),
        }
    };
    let (width, height) = (edge(256, "width")?, edge(257, "height")?);
    let samples = tiff.number_or(ifd, 277, 1)?;
    if samples == 0 || samples > MAX_SAMPLES {
        let reason = format!("{samples} samples per pixel are not read");
        return Err(DataError::unsupported(tiff.file.path(), reason));
    }
    let tiled = ifd.get(322).is_some();
    let segment = match tiled {
        true => [edge(323, "tile height")?, edge(322, "tile width")?],
        false => {
            let rows = tiff.number_or(ifd, 278, u64::MAX)?;
            [usize::try_from(rows).unwrap_or(height).clamp(1, height), width]
        }
    };
    Ok(Layout {
        width,
        height,
        raw: RawType { kind: sample_kind(tiff, ifd)?, big_endian: tiff.big_endian },
        samples: samples as usize,
        planar: samples > 1 && tiff.number_or(ifd, 284, 1)? == 2,
        compression: tiff.number_or(ifd, 259, 1)? as u16,
        predictor: tiff.number_or(ifd, 317, 1)? as u16,
        photometric: tiff.number_or(ifd, 262, 1)? as u16,
        segment,
        tiled,
    })
}

fn sample_kind(tiff: &TiffFile, ifd: &Ifd) -> Result<RawKind, DataError> {
    let bits = tiff.numbers_of(ifd, 258, MAX_SAMPLES)?;
    let formats = tiff.numbers_of(ifd, 339, MAX_SAMPLES)?;
    let first = bits.first().copied().unwrap_or(1);
    let format = formats.first().copied().unwrap_or(1);
    let uniform = bits.iter().all(|&b| b == first) && formats.iter().all(|&f| f == format);
    let kind = match (format, first) {
        (1 | 4, 8) => RawKind::U8,
        (1 | 4, 16) => RawKind::U16,
        (1 | 4, 32) => RawKind::U32,
        (1 | 4, 64) => RawKind::U64,
        (2, 8) => RawKind::I8,
        (2, 16) => RawKind::I16,
        (2, 32) => RawKind::I32,
        (2, 64) => RawKind::I64,
        (3, 16) => RawKind::F16,
        (3, 32) => RawKind::F32,
        (3, 64) => RawKind::F64,
        _ => return Err(unread(tiff, format, &bits)),
    };
    if uniform { Ok(kind) } else { Err(unread(tiff, format, &bits)) }
}

fn unread(tiff: &TiffFile, format: u64, bits: &[u64]) -> DataError {
    let reason = format!(
        "samples of {bits:?} bits (format {format}) are not read; convert to 8, 16 or 32 bits"
    );
    DataError::unsupported(tiff.file.path(), reason)
}

/// A segment is decoded whole where it is compressed or a tile, so its size must be within bounds.
fn check_segment(tiff: &TiffFile, layout: &Layout, limits: &Limits) -> Result<(), DataError> {
    if !matches!(layout.compression, 1 | 5 | 8 | 32773 | 32946 | 34926 | 50000) {
        let reason = match layout.compression {
            6 | 7 => "JPEG compression is not read".to_owned(),
            33003 | 33005 | 34712 => "JPEG 2000 compression is not read".to_owned(),
            n => format!("compression {n} is not read"),
        };
        let reason = format!("{reason}; none, LZW, deflate, PackBits and zstd are");
        return Err(DataError::unsupported(tiff.file.path(), reason));
    }
    if !matches!(layout.predictor, 1..=3) {
        let reason = format!("predictor {} is not read", layout.predictor);
        return Err(DataError::unsupported(tiff.file.path(), reason));
    }
    if !layout.tiled && layout.compression == 1 {
        return Ok(());
    }
    let bytes = checked_bytes(&layout.segment, layout.pixel()).unwrap_or(u64::MAX);
    let limit = limits.chunk_bytes.max(FREE_CHUNK_BYTES) as u64;
    if bytes > limit {
        return Err(DataError::too_large(
            tiff.file.path(),
            "a strip or tile, in bytes,",
            bytes,
            limit,
        ));
    }
    Ok(())
}
