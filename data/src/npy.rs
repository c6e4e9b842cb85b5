//! NPY files (NumPy's own format, versions 1 to 3): a header that is a Python dictionary, then
//! one contiguous array. Read by position: C order in planes or tiles, Fortran order in boxes of
//! its fastest axes, transposed. Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

mod header;

use std::path::Path;
use std::sync::Arc;

use parfocal_base::{ImageMeta, Level, Samples};

use crate::axes::{from_letters, guess};
use crate::block::{Block, checked_bytes, free_chunk, gather, read_box, strides};
use crate::convert::{RawKind, RawType};
use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::{FREE_CHUNK_BYTES, Limits};
use crate::source::{FileSource, Reader, SourceInfo};
use header::Header;

/// First bytes of every NPY file.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Planes with a shorter edge than this do not count as pictures when a last axis of 3 or 4 is
/// taken for colours; napari guesses alike.
const MIN_RGB_EDGE: usize = 30;

#[derive(Debug)]
struct Npy {
    file: DataFile,
    /// Byte where the samples begin.
    base: u64,
    raw: RawType,
    /// Shape as the file stores it, slowest axis first.
    stored: Vec<usize>,
    /// For each axis of the image, its position in `stored`.
    order: Vec<usize>,
}

/// Opens the NPY file at `path`. `axes` names the axes in the order of NumPy's `shape`; without
/// it they are guessed, and a last axis of 3 or 4 samples is taken for colours.
///
/// # Errors
/// What is wrong with the file, or with `axes`.
pub fn open(path: &Path, axes: Option<&str>, limits: &Limits) -> Result<FileSource, DataError> {
    let file = DataFile::open(path)?;
    let Header { raw, fortran, shape, base } = header::read(&file, limits)?;
    let size = checked_bytes(&shape, raw.bytes())
        .ok_or_else(|| DataError::malformed(path, format!("its shape {shape:?} overflows")))?;
    file.check(base, size)?;
    let n = shape.len();
    let colors =
        !fortran && axes.map_or_else(|| is_rgb(&shape, raw.kind), |a| is_interleaved(a, n));
    let order: Vec<usize> = match (fortran, colors) {
        (true, _) => (0..n).rev().collect(),
        (false, true) => (0..n - 3).chain([n - 1, n - 3, n - 2]).collect(),
        (false, false) => (0..n).collect(),
    };
    let stored: Vec<usize> = if fortran { shape.iter().rev().copied().collect() } else { shape };
    let chunk = stored_chunk(&stored, raw.bytes(), fortran, colors);
    let pick = |of: &[usize]| order.iter().map(|&i| of[i]).collect::<Vec<_>>();
    let level = Level {
        shape: pick(&stored),
        chunk: pick(&chunk),
        scale: vec![1.0; n],
        translate: vec![0.0; n],
    };
    let named = name_axes(path, axes, n, colors)?;
    let meta = ImageMeta { axes: named, dtype: raw.kind.dtype(), levels: vec![level] };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let reader = Arc::new(Npy { file, base, raw, stored, order });
    FileSource::new(path, meta, SourceInfo::image(name, "NPY"), reader, limits)
}

fn is_rgb(shape: &[usize], kind: RawKind) -> bool {
    let depth = matches!(kind, RawKind::U8 | RawKind::U16 | RawKind::F32);
    matches!(shape, [.., y, x, 3 | 4] if depth && y.min(x) >= &MIN_RGB_EDGE)
}

fn is_interleaved(letters: &str, n: usize) -> bool {
    n >= 3 && letters.ends_with(['c', 'C'])
}

fn name_axes(
    path: &Path,
    letters: Option<&str>,
    n: usize,
    colors: bool,
) -> Result<Vec<parfocal_base::Axis>, DataError> {
    let Some(letters) = letters else {
        return Ok(match colors {
            true => {
                let mut axes = guess(n - 1);
                axes.insert(n - 3, crate::axes::axis("c", None));
                axes
            }
            false => guess(n),
        });
    };
    let mut axes = from_letters(letters, n).ok_or_else(|| DataError::Option {
        path: path.to_path_buf(),
        reason: format!("axes {letters:?} do not fit: give {n} different letters"),
    })?;
    if colors {
        axes[n - 3..].rotate_right(1);
    }
    Ok(axes)
}

/// A chunk size for the array as stored. Fortran order makes the leading axes of the image the
/// fastest, so a plane would be read sample by sample; a box of the fastest axes is one read.
fn stored_chunk(stored: &[usize], bytes: usize, fortran: bool, colors: bool) -> Vec<usize> {
    match (stored, fortran, colors) {
        ([plane @ .., c], _, true) => {
            let mut chunk = free_chunk(plane, bytes * c);
            chunk.push(*c);
            chunk
        }
        (shape, true, _) if shape.len() > 2 => {
            let mut left = FREE_CHUNK_BYTES / bytes;
            let mut grow = |&n: &usize| {
                let take = n.min(left).max(1);
                left /= take;
                take
            };
            let mut chunk: Vec<usize> = shape.iter().rev().map(&mut grow).collect();
            chunk.reverse();
            chunk
        }
        (shape, ..) => free_chunk(shape, bytes),
    }
}

impl Reader for Npy {
    fn read(&self, _level: usize, block: &Block) -> Result<Samples, DataError> {
        let mut origin = vec![0; self.order.len()];
        let mut extent = vec![1; self.order.len()];
        for (axis, &stored) in self.order.iter().enumerate() {
            origin[stored] = block.origin[axis];
            extent[stored] = block.shape[axis];
        }
        let samples = self.raw.read(self.file.path(), block.len(), |out| {
            read_box(&self.file, self.base, self.raw.bytes(), &self.stored, (&origin, &extent), out)
        })?;
        if self.order.iter().enumerate().all(|(i, &o)| i == o) {
            return Ok(samples);
        }
        let strides = strides(&extent);
        let strides: Vec<usize> = self.order.iter().map(|&i| strides[i]).collect();
        gather(&samples, 0, &strides, &block.shape).ok_or_else(|| {
            DataError::malformed(self.file.path(), "a chunk could not be transposed")
        })
    }
}
