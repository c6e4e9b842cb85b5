//! Annotations as files of other programs, and back.
//!
//! - [`csv`]: tables of points, shapes and tracks as napari has them. Geometry and features; no
//!   looks, no text in a place of its own.
//! - [`geojson`]: every annotation, exactly; and the plain GeoJSON of others.
//! - [`session`]: a whole session as one file.
//! - [`place`]: the layer that annotations come from or go to, and its coordinates.
//!
//! Files count in samples (napari's data coordinates, QuPath's pixels): 0 is the centre of the
//! first sample along an axis. Annotations are in world coordinates. This crate does no I/O, knows
//! no session, and gives no name to an annotation that has none.

pub mod csv;
mod error;
pub mod geojson;
pub mod place;
pub mod session;

pub use error::{ExchangeError, Limit};
pub use place::Place;

use parfocal_scene::{Annotation, AnnotationId};

/// Annotations of one file: what a layer stays quick with.
pub const MAX_ANNOTATIONS: usize = 100_000;
/// Vertices of all annotations of one file: twenty for each; some 200 MB in memory.
pub const MAX_VERTICES: usize = 2_000_000;
/// Features of one file: the widest tables of region properties have some hundred columns.
pub const MAX_FEATURES: usize = 256;
/// Longest cell of a table in bytes; also the longest text of an annotation.
pub const MAX_CELL_BYTES: usize = 4096;
/// Warnings that are told; more of them say nothing new.
const MAX_WARNINGS: usize = 20;

/// An annotation to be written, with its name.
pub type Named<'a> = (&'a AnnotationId, &'a Annotation);

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// UTF-8 text.
    pub bytes: Vec<u8>,
    /// Annotations that the format cannot hold, and that are not in it.
    pub left_out: usize,
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// In the order of the file.
    pub annotations: Vec<Imported>,
    /// What was passed over, in sentences; the first of each.
    pub warnings: Vec<String>,
}

/// One annotation of a file. Its author and times are the server's to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its name, where the file has one that an annotation may have.
    pub id: Option<AnnotationId>,
    /// What it is.
    pub annotation: Annotation,
}

impl Import {
    fn warn(&mut self, warning: String) {
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Adds an annotation, within the bounds of a file.
    fn add(&mut self, annotation: Imported, vertices: &mut usize) -> Result<(), ExchangeError> {
        *vertices += annotation.annotation.vertices.len();
        self.annotations.push(annotation);
        Limit::Annotations.check(self.annotations.len())?;
        Limit::Vertices.check(*vertices)
    }
}
