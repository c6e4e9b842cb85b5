//! Small images that are made for a test: always the same, and no two planes alike.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Extent of the stack along t, z, y and x.
pub const SHAPE: [usize; 4] = [6, 3, 120, 160];

/// An intensity at (t, z, y, x): a bright disc that moves with t and grows with z, on a gradient.
pub fn intensity([t, z, y, x]: [usize; 4]) -> u16 {
    let (dy, dx) = (y as f64 - 60.0, x as f64 - (30.0 + 18.0 * t as f64));
    let radius = 14.0 + 5.0 * z as f64;
    let disc =
        if dy.hypot(dx) < radius { 2600.0 * (1.0 - dy.hypot(dx) / radius / 1.5) } else { 0.0 };
    (200.0 + 2.0 * x as f64 + y as f64 + disc) as u16
}

/// The object at (t, z, y, x): 1 + t within the disc, else 0.
pub fn object([t, z, y, x]: [usize; 4]) -> u16 {
    let (dy, dx) = (y as f64 - 60.0, x as f64 - (30.0 + 18.0 * t as f64));
    if dy.hypot(dx) < 14.0 + 5.0 * z as f64 { 1 + t as u16 } else { 0 }
}

/// Writes `stack.npy` (u16, t z y x) into `folder`.
///
/// # Errors
/// When it cannot be written.
pub fn stack(folder: &Path) -> Result<PathBuf> {
    npy(folder.join("stack.npy"), SHAPE, intensity)
}

/// Writes `stack_labels.npy` (u16, t z y x) into `folder`.
///
/// # Errors
/// When it cannot be written.
pub fn labels(folder: &Path) -> Result<PathBuf> {
    npy(folder.join("stack_labels.npy"), SHAPE, object)
}

/// Extent of [`textured`] along t, z, y and x.
pub const TEXTURED: [usize; 4] = [8, 1, 180, 320];

/// Writes `textured.npy` (u16, t z y x) into `folder`: planes without anything in common, so that
/// an encoder uses every bit it may, at whatever rate.
///
/// # Errors
/// When it cannot be written.
pub fn textured(folder: &Path) -> Result<PathBuf> {
    npy(folder.join("textured.npy"), TEXTURED, |[t, _, y, x]| texture([t, y, x]))
}

/// The sample of such a plane at (t, y, x), up to 3500.
pub(crate) fn texture([t, y, x]: [usize; 3]) -> u16 {
    // Random values on grids of 16, 8 and 4 pixels, with straight lines between them.
    let octave = |side: usize| {
        let part = |at: usize| (at / side, (at % side) as f64 / side as f64);
        let ((row, down), (column, right)) = (part(y), part(x));
        let at = |dy: usize, dx: usize| random([t, side, row + dy, column + dx]);
        let upper = at(0, 0) * (1.0 - right) + at(0, 1) * right;
        let lower = at(1, 0) * (1.0 - right) + at(1, 1) * right;
        (upper * (1.0 - down) + lower * down) * side as f64 / 16.0
    };
    (2000.0 * [16, 8, 4].map(octave).iter().sum::<f64>()) as u16
}

/// Always the same number for the same four, evenly in [0, 1).
fn random(key: [usize; 4]) -> f64 {
    let mixed = key.iter().fold(1_u64, |sum, &part| {
        let next = (sum ^ part as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        next ^ (next >> 29)
    });
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

pub(crate) fn npy(
    path: PathBuf,
    shape: [usize; 4],
    value: impl Fn([usize; 4]) -> u16,
) -> Result<PathBuf> {
    let [t, z, y, x] = shape;
    let mut header =
        format!("{{'descr': '<u2', 'fortran_order': False, 'shape': ({t}, {z}, {y}, {x}), }}");
    // The header ends in a newline, at a multiple of 64 bytes from the start of the file.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for at in (0..t * z * y * x).map(|n| [n / (z * y * x), n / (y * x) % z, n / x % y, n % x]) {
        file.write_all(&value(at).to_le_bytes())?;
    }
    file.flush()?;
    Ok(path)
}
