//! A generated five-dimensional stack: round blobs that wander through a volume, in two channels.
//! The same bytes every time.

use std::f32::consts::TAU;
use std::fs;
use std::io;
use std::path::Path;

/// Extents along c, t, z, y, x: the order in which five bare axes are read.
const SHAPE: [usize; 5] = [2, 12, 8, 160, 208];
/// Blobs in each channel.
const BLOBS: usize = 18;
/// Counts of an empty voxel, on top of which noise and blobs lie.
const BACKGROUND: f32 = 120.0;
/// Largest noise, in counts.
const NOISE: u64 = 60;

/// One blob: a Gaussian on an ellipse around its home.
struct Blob {
    home: [f32; 3],
    orbit: [f32; 3],
    phase: f32,
    /// Standard deviations along z, y, x, in voxels.
    width: [f32; 3],
    peak: f32,
}

/// Writes the stack to `path` as NPY 1.0, little-endian u16, C order.
pub(crate) fn write(path: &Path) -> io::Result<()> {
    let samples = stack();
    let mut bytes = npy_header(&SHAPE);
    bytes.reserve(samples.len() * 2);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, bytes)
}

fn stack() -> Vec<u16> {
    let [channels, times, depth, height, width] = SHAPE;
    let mut random = Random(0x5041_5246_4F43_414C);
    let blobs: Vec<Vec<Blob>> =
        (0..channels).map(|_| (0..BLOBS).map(|_| Blob::new(&mut random)).collect()).collect();
    let volume = depth * height * width;
    let mut samples = Vec::with_capacity(times * channels * volume);
    for channel in &blobs {
        for t in 0..times {
            let turn = t as f32 / times as f32 * TAU;
            let mut light = vec![0.0_f32; volume];
            channel.iter().for_each(|blob| blob.paint(turn, &mut light));
            samples.extend(light.iter().map(|light| {
                let noise = (random.next() % NOISE) as f32;
                (BACKGROUND + noise + light).min(f32::from(u16::MAX)) as u16
            }));
        }
    }
    samples
}

impl Blob {
    fn new(random: &mut Random) -> Self {
        let [.., depth, height, width] = SHAPE.map(|n| n as f32);
        let home = [depth, height, width].map(|n| random.between(0.15, 0.85) * n);
        let orbit = [1.5, 14.0, 18.0].map(|n| random.between(0.2, 1.0) * n);
        let size = random.between(4.0, 9.0);
        Self {
            home,
            orbit,
            phase: random.between(0.0, TAU),
            width: [1.6, size, size * random.between(0.7, 1.3)],
            peak: random.between(900.0, 3600.0),
        }
    }

    /// Adds the blob, as it stands at `turn`, to a volume; beyond three deviations it is nothing.
    fn paint(&self, turn: f32, light: &mut [f32]) {
        let [.., depth, height, width] = SHAPE;
        let (sin, cos) = (turn + self.phase).sin_cos();
        let [oz, oy, ox] = self.orbit;
        let [hz, hy, hx] = self.home;
        let centre = [hz + oz * sin, hy + oy * cos, hx + ox * sin];
        let near = |axis: usize, n: usize| {
            let reach = 3.0 * self.width[axis];
            let from = (centre[axis] - reach).max(0.0) as usize;
            from..n.min((centre[axis] + reach).max(0.0) as usize + 1)
        };
        let fall = |axis: usize, at: usize| {
            let d = (at as f32 - centre[axis]) / self.width[axis];
            (-0.5 * d * d).exp()
        };
        for z in near(0, depth) {
            for y in near(1, height) {
                let row = self.peak * fall(0, z) * fall(1, y);
                for x in near(2, width) {
                    light[(z * height + y) * width + x] += row * fall(2, x);
                }
            }
        }
    }
}

/// The header that NumPy's format 1.0 prescribes: magic, version, length, a Python dictionary
/// padded so that the samples begin at a multiple of 64.
fn npy_header(shape: &[usize]) -> Vec<u8> {
    let shape: Vec<_> = shape.iter().map(usize::to_string).collect();
    let mut text =
        format!("{{'descr': '<u2', 'fortran_order': False, 'shape': ({}), }}", shape.join(", "));
    const PREFIX: usize = 10;
    let total = (PREFIX + text.len() + 1).next_multiple_of(64);
    text.push_str(&" ".repeat(total - PREFIX - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// Marsaglia's xorshift64: small, fast, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (self.next() >> 40) as f32 / (1_u64 << 24) as f32 * (high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_ends_at_a_multiple_of_64_and_says_its_length() {
        let header = npy_header(&SHAPE);
        assert_eq!(header.len() % 64, 0);
        assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])) + 10, header.len());
        assert!(String::from_utf8_lossy(&header).contains("'shape': (2, 12, 8, 160, 208)"));
    }

    #[test]
    fn blobs_stand_out_of_the_background_and_move_with_time() {
        let samples = stack();
        let frame = samples.len() / (SHAPE[0] * SHAPE[1]);
        assert_eq!(samples.len(), SHAPE.iter().product::<usize>());
        assert!(samples.iter().max() > Some(&900));
        assert!(samples.iter().min() >= Some(&120));
        let moved = samples.iter().zip(&samples[frame * 3..]).take(frame);
        assert!(moved.filter(|(a, b)| a.abs_diff(**b) > 300).count() > frame / 100);
    }
}
