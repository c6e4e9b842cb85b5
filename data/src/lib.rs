//! Sources of n-dimensional images, and everything between a file and a resident chunk.
//!
//! - [`open`](mod@open): a path becomes one or several sources; [`Roots`] says which paths may be read.
//! - [`source`]: the [`Source`] trait: a description, and chunks read one at a time.
//! - [`npy`], [`tiff`], [`zarr`], [`memory`]: the sources; each is a sync reader behind
//!   [`source::FileSource`], which does the checks and moves the work to a bounded pool.
//! - [`axes`]: names, kinds and units of axes, and how they are guessed where a file is silent.
//! - [`paint`]: labels that people paint: a sparse volume, strokes, undo, and its source.
//! - [`cache`]: decoded chunks in memory, bounded in bytes.
//! - [`queue`]: which chunk to load next and which load to cancel: a pure machine. [`loader`] is
//!   its thin tokio shell.
//! - [`sample`]: contrast limits, range and histogram from a bounded sample; the value at a point.
//! - [`region`]: statistics of the samples under a shape.
//! - [`limits`], [`error`]: bounds for what a file may promise, and what went wrong with it.
//! - `conformance` (feature `conformance`): what every source must satisfy.
//!
//! # What a file looks like here
//! Axes keep the file's order, with two exceptions: samples that are interleaved per pixel (RGB)
//! become an axis `c` before `y`, and a Fortran-ordered file is transposed as it is read, so that
//! every chunk is in C order. Sample types that [`parfocal_base::DType`] lacks are widened: i8 →
//! i16, f16 → f32; 64-bit integers are narrowed to 32 bits where the value fits, else the chunk's
//! error names the value. Axes without a name are guessed: the last two are `y`, `x`; before
//! them `z`, then `t`, then `c`, then `d3`, `d2`…
//!
//! This crate knows no network, no actors and no scene. Nothing is read whole that need not be.

pub mod axes;
pub mod cache;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod error;
pub mod limits;
pub mod loader;
pub mod memory;
pub mod npy;
pub mod open;
pub mod paint;
pub mod queue;
pub mod region;
pub mod sample;
pub mod source;
pub mod tiff;
pub mod zarr;

mod block;
mod codec;
mod convert;
mod file;
mod pool;
#[cfg(test)]
mod tests;

pub use block::Block;
pub use cache::ChunkCache;
pub use error::DataError;
pub use limits::Limits;
pub use loader::{LoadEvent, Loader};
pub use memory::MemorySource;
pub use open::{OpenOptions, Opened, Roots, open};
pub use queue::{LoadAction, LoadQueue};
pub use region::{
    MAX_REGION_SAMPLES, Outline, REGION_BINS, Region, RegionError, RegionStatistics,
    region_statistics,
};
pub use sample::{Histogram, Sample, auto_contrast, data_range, sample, sample_at};
pub use source::{ChannelInfo, LabelColor, Source, SourceInfo, SourceKind};
