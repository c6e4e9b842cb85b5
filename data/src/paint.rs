//! Labels that people paint: a sparse volume, strokes, and what each stroke changed.
//!
//! - [`Volume`]: one `u32` for each voxel, 0 where nobody painted, in chunks that are kept
//!   compressed; a few that were touched lately are kept plain (`slots.rs`).
//! - [`Stroke`] and [`Volume::apply`]: brush, eraser and fill (`raster.rs`, `fill.rs`). All of a
//!   stroke is done, or nothing.
//! - [`Diff`] and [`Volume::revert`]: undo and redo that never touch another's work.
//! - [`PaintedSource`]: the volume as an ordinary [`crate::Source`] with coarser levels
//!   (`levels.rs`), whose chunks in a cache are patched where a stroke went.
//! - [`Volume::encode_chunk`], [`Volume::load_chunk`] (`packed.rs`): chunks as bytes, for a store.
//! - [`Volume::export_zarr`], [`Volume::fill_from`]: OME-Zarr labels, and labels to begin with.
//!
//! A voxel covers half a step around its index in each direction: the point 3.4 lies in voxel 3.

mod diff;
mod error;
mod export;
mod fill;
mod grid;
mod import;
mod levels;
mod packed;
mod raster;
mod slots;
mod source;
mod stroke;
#[cfg(test)]
mod tests;
mod volume;

pub use diff::Diff;
pub use error::PaintError;
pub use export::LabelsExport;
pub use grid::{chunk_name, parse_chunk_name};
pub use source::PaintedSource;
pub use stroke::{PaintLimits, Stroke, Tool};
pub use volume::Volume;
