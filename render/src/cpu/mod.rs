//! The CPU renderer.
//!
//! A frame is cut into bands of rows that threads take in turn. Per band and patch:
//! `fetch` turns a row of samples into *places* in a table of colours (contrast limits folded in),
//! `columns` says which places make which pixel, `kernels` mixes, rounds and looks up, `lut`
//! holds the tables (gamma, colormap and opacity folded in; kept from frame to frame), and `yuv`
//! converts a finished band while it is in the cache. `paint` puts these together.
//! `marks` paints annotations, `volume` what is seen in space.
//!
//! Loops are written for the compiler's vectoriser and compiled for AVX2 beside the baseline;
//! which one runs is decided at run time, and both give the same pixels.

mod columns;
mod fetch;
mod kernels;
mod lut;
mod marks;
mod paint;
mod volume;
mod yuv;

use parfocal_base::{Frame, PixelFormat};
use rayon::prelude::*;

use crate::damage::{Damage, damage};
use crate::dense::DenseCache;
use crate::draw_list::DrawList;
use crate::overlay::{Overlay, Sprite, raster};
use crate::reference::Tolerance;
use paint::{Part, Pixel, Scratch};

/// How exact this renderer is: a table of 4080 steps, and a few roundings of f32 on the
/// way to a place in it; marks join in shares of 256, two at most in a pixel, found in f32. Each
/// colour is then rounded to 8 bits.
pub const TOLERANCE: Tolerance = Tolerance {
    step: 0.5 / lut::LAST as f64 + 1e-9,
    relative: 1.0 / (1 << 20) as f64,
    share: 0.5 / 256.0 + 1.0 / 2048.0,
};

/// Rows of a band: even for 4:2:0, few enough to stay in the second-level cache at 4K.
const BAND: usize = 16;

/// Why a frame was not painted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CpuError {
    /// The threads could not be started.
    #[error("cannot start render threads: {0}; raise the limit of threads, or ask for fewer")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The frame has another size than the draw list.
    #[error("the frame is {frame:?} pixels, the draw list {list:?}: take a frame of that size")]
    Size {
        /// Width and height of the frame.
        frame: [u32; 2],
        /// Width and height of the list's canvas.
        list: [u32; 2],
    },
}

/// Paints draw lists on threads of its own.
#[derive(Debug)]
pub struct Cpu {
    pool: rayon::ThreadPool,
    luts: lut::Cache,
    overlays: Vec<Overlay>,
    sprites: Vec<Sprite>,
    letters: marks::Cache,
    volumes: DenseCache,
}

impl Cpu {
    /// A renderer with this many threads; 0 means one for each core.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(threads: usize) -> Result<Self, CpuError> {
        let name = |i| format!("render-{i}");
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build()?;
        Ok(Self {
            pool,
            luts: lut::Cache::default(),
            overlays: Vec::new(),
            sprites: Vec::new(),
            letters: marks::Cache::default(),
            volumes: DenseCache::default(),
        })
    }

    /// Paints `list` into `frame`, in the frame's format. Sets `frame.meta.complete`.
    ///
    /// # Errors
    /// If the frame's size is not the canvas's.
    pub fn render(&mut self, list: &DrawList, frame: &mut Frame) -> Result<(), CpuError> {
        self.render_after(None, list, frame)
    }

    /// The same, and copies from the picture before what did not change since. Its list must be the
    /// one that its frame was painted from, by this renderer or another of its kind; a frame of
    /// another format or size is of no use, and does no harm.
    ///
    /// # Errors
    /// If the frame's size is not the canvas's.
    pub fn render_after(
        &mut self,
        before: Option<(&DrawList, &Frame)>,
        list: &DrawList,
        frame: &mut Frame,
    ) -> Result<(), CpuError> {
        let size = [frame.width(), frame.height()];
        if size != list.canvas {
            return Err(CpuError::Size { frame: size, list: list.canvas });
        }
        if size.contains(&0) {
            return Ok(());
        }
        if self.overlays != list.overlays {
            self.sprites = raster(&list.overlays);
            self.overlays.clone_from(&list.overlays);
        }
        let (luts, letters, volumes) = (&mut self.luts, &mut self.letters, &mut self.volumes);
        let parts = self.pool.install(|| paint::prepare(list, luts, letters, volumes));
        let like = |before: &Frame| {
            before.format() == frame.format() && [before.width(), before.height()] == size
        };
        let before = before.filter(|(_, before)| like(before));
        let before = before.map(|(old, before)| (before, damage(old, list)));
        let job = Job { parts, list, sprites: &self.sprites, before };
        self.pool.install(|| job.paint(frame));
        frame.meta.complete = list.complete;
        Ok(())
    }
}

/// Copies from there on as much as there is to fill.
fn copy(from: &[u8], at: usize, to: &mut [u8]) {
    if let Some(from) = from.get(at..at + to.len()) {
        to.copy_from_slice(from);
    }
}

/// One frame's work, shared by the threads.
struct Job<'a> {
    parts: Vec<Part<'a>>,
    list: &'a DrawList,
    sprites: &'a [Sprite],
    /// A frame of the same form, and what differs from it.
    before: Option<(&'a Frame, Damage)>,
}

impl Job<'_> {
    fn paint(&self, frame: &mut Frame) {
        match frame.format() {
            PixelFormat::Rgba8 => self.paint_rgba(frame),
            PixelFormat::I420 => self.paint_i420(frame),
        }
    }

    fn paint_rgba(&self, frame: &mut Frame) {
        let width = frame.width() as usize;
        let (pixels, _) = frame.data_mut().as_chunks_mut::<4>();
        pixels.par_chunks_mut(width * BAND).enumerate().for_each_init(
            Scratch::default,
            |scratch, (band, pixels)| match self.kept(band).map(Frame::data) {
                Some(before) => copy(before, band * width * BAND * 4, pixels.as_flattened_mut()),
                None => self.paint_band(band, pixels, scratch),
            },
        );
    }

    /// The frame before, where band `number` is the same as there.
    fn kept(&self, number: usize) -> Option<&Frame> {
        let (frame, damage) = self.before.as_ref()?;
        (!damage.touches(number * BAND..(number + 1) * BAND)).then_some(*frame)
    }

    fn paint_i420(&self, frame: &mut Frame) {
        let width = frame.width() as usize;
        let half = width.div_ceil(2);
        let Some([y, u, v]) = frame.planes_mut() else { return };
        let planes = y
            .par_chunks_mut(width * BAND)
            .zip(u.par_chunks_mut(half * BAND / 2))
            .zip(v.par_chunks_mut(half * BAND / 2));
        planes.enumerate().for_each_init(
            || (Scratch::default(), Vec::<Pixel>::new()),
            |(scratch, pixels), (band, ((y, u), v))| {
                if let Some(before) = self.kept(band).and_then(Frame::planes) {
                    let (luma, chroma) = (band * width * BAND, band * half * BAND / 2);
                    copy(before[0], luma, y);
                    copy(before[1], chroma, u);
                    copy(before[2], chroma, v);
                    return;
                }
                pixels.resize(y.len(), [0; 4]);
                self.paint_band(band, pixels, scratch);
                yuv::convert(pixels, width, y, u, v);
            },
        );
    }

    fn paint_band(&self, band: usize, pixels: &mut [Pixel], scratch: &mut Scratch) {
        let [r, g, b] = self.list.background;
        pixels.fill([r, g, b, 255]);
        let width = self.list.canvas[0] as usize;
        // A canvas side is a u32, and bands do not reach beyond it.
        let first = u32::try_from(band * BAND).unwrap_or(u32::MAX);
        for part in &self.parts {
            match part {
                Part::Patch(patch) => patch.paint(first, width, pixels, scratch),
                Part::Volume(volume) => volume.paint(first, width, pixels, &mut scratch.rays),
                Part::Marks(marks) => {
                    marks.paint(band, first, width, pixels, &mut scratch.mask);
                }
            }
        }
        for sprite in self.sprites {
            paint::overlay(sprite, first, width, pixels);
        }
    }
}
