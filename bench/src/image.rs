//! The image that everybody draws: blobs over a noisy background, as a microscope's camera gives.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use parfocal_base::{Chunk, Samples};

/// Layers, rows, columns. Larger than a 1080p canvas needs, so that it is minified a little.
pub(crate) const SHAPE: [usize; 3] = [3, 1200, 2000];
/// Samples of a chunk's side, as OME-Zarr files commonly have.
pub(crate) const CHUNK: usize = 512;
/// Contrast limits.
pub(crate) const LIMITS: [f64; 2] = [100.0, 4000.0];

const BLOBS: usize = 60;
const BACKGROUND: f32 = 120.0;
const NOISE: u64 = 60;

/// One plane of 16-bit samples for each layer, in rows.
pub(crate) struct Image {
    planes: Vec<Vec<u16>>,
}

impl Image {
    /// The same image every time.
    pub(crate) fn generate() -> Self {
        let mut random = Random::new();
        Self { planes: (0..SHAPE[0]).map(|_| plane(&mut random)).collect() }
    }

    /// A layer cut into chunks, in rows of the grid.
    pub(crate) fn chunks(&self, layer: usize) -> Vec<Arc<Chunk>> {
        let [_, height, width] = SHAPE;
        let Some(plane) = self.planes.get(layer) else { return Vec::new() };
        let mut chunks = Vec::new();
        for top in (0..height).step_by(CHUNK) {
            for left in (0..width).step_by(CHUNK) {
                let (rows, columns) = (CHUNK.min(height - top), CHUNK.min(width - left));
                let row = |y: usize| &plane[(top + y) * width + left..][..columns];
                let samples = (0..rows).flat_map(row).copied().collect();
                let chunk = Chunk::new(vec![rows, columns], Samples::U16(samples));
                chunks.extend(chunk.map(Arc::new));
            }
        }
        chunks
    }

    /// Writes `count` planes, the layers over and over, as NPY 1.0.
    pub(crate) fn write_npy(&self, path: &Path, count: usize) -> io::Result<()> {
        let [_, height, width] = SHAPE;
        let mut text = format!(
            "{{'descr': '<u2', 'fortran_order': False, 'shape': ({count}, {height}, {width}), }}"
        );
        // The samples begin at a multiple of 64, after 10 bytes of magic, version and length.
        let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
        text.push_str(&" ".repeat(length - text.len() - 1));
        text.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((length as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(&bytes)?;
        for plane in self.planes.iter().cycle().take(count) {
            let bytes: Vec<u8> = plane.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            file.write_all(&bytes)?;
        }
        file.flush()
    }
}

fn plane(random: &mut Random) -> Vec<u16> {
    let [_, height, width] = SHAPE;
    let mut light = vec![0.0_f32; height * width];
    for _ in 0..BLOBS {
        let (cy, cx) = (random.unit() * height as f32, random.unit() * width as f32);
        let (deviation, peak) = (12.0 + 38.0 * random.unit(), 500.0 + 3000.0 * random.unit());
        let near = |centre: f32, n: usize| {
            let from = (centre - 3.0 * deviation).max(0.0) as usize;
            from..n.min((centre + 3.0 * deviation) as usize)
        };
        for y in near(cy, height) {
            for x in near(cx, width) {
                let (dy, dx) = ((y as f32 - cy) / deviation, (x as f32 - cx) / deviation);
                light[y * width + x] += peak * (-0.5 * (dy * dy + dx * dx)).exp();
            }
        }
    }
    let sample = |light: f32| (BACKGROUND + (random.next() % NOISE) as f32 + light) as u16;
    light.into_iter().map(sample).collect()
}

/// Marsaglia's xorshift64.
pub(crate) struct Random(u64);

impl Random {
    /// The same numbers every time.
    pub(crate) const fn new() -> Self {
        Self(0x5041_5246_4F43_414C)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }
}
