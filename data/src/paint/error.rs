//! Why something was not painted.

use std::path::PathBuf;

use parfocal_base::ChunkIndex;

use crate::error::DataError;

/// Why something was not painted, read or written. The volume is as it was before.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PaintError {
    /// The volume cannot be made.
    #[error("a volume of {shape:?} cannot be painted: {reason}")]
    Shape {
        /// Voxels along each axis.
        shape: Vec<usize>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A stroke that makes no sense in this volume.
    #[error("the stroke cannot be painted: {0}")]
    Stroke(&'static str),
    /// A path with too many points.
    #[error("the stroke has {points} points, {limit} are painted at once: send it in parts")]
    TooManyPoints {
        /// Points of the path.
        points: usize,
        /// The most that are taken.
        limit: usize,
    },
    /// A brush that is too large, or none.
    #[error("a brush of {size} voxels cannot be painted with: give more than 0 and up to {limit}")]
    BrushSize {
        /// Diameter in voxels.
        size: f64,
        /// The largest.
        limit: f64,
    },
    /// A stroke, or a filled region, of too many voxels.
    #[error(
        "this would paint more than {limit} voxels at once: close the region, or paint in parts"
    )]
    TooManyVoxels {
        /// The most that are painted.
        limit: usize,
    },
    /// A stroke, or a filled region, in too many places.
    #[error("this would paint in more than {limit} chunks at once: paint in parts")]
    TooManyChunks {
        /// The most that are painted.
        limit: usize,
    },
    /// The labels take more memory than they may.
    #[error(
        "the painted labels take {bytes} bytes, and may take {limit}: erase some, or paint in another layer"
    )]
    Full {
        /// Compressed, in bytes.
        bytes: usize,
        /// The most that is kept.
        limit: usize,
    },
    /// A chunk that the volume does not have.
    #[error("the volume has no chunk {chunk:?}")]
    NoSuchChunk {
        /// Position in the grid.
        chunk: ChunkIndex,
    },
    /// A stored chunk that is none.
    #[error("a stored chunk of painted labels cannot be read: {0}")]
    Damaged(&'static str),
    /// Labels to begin with that are no labels.
    #[error("{value} in {name} is no label: labels are whole numbers from 0 to 4294967295")]
    NoLabel {
        /// Name of the source.
        name: String,
        /// What was found.
        value: f64,
    },
    /// Labels to begin with that could not be read.
    #[error(transparent)]
    Source(#[from] DataError),
    /// Labels that cannot be exported.
    #[error("the labels cannot be exported: {0}")]
    Export(&'static str),
    /// A file that could not be written.
    #[error("{path} cannot be written: {reason}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}
