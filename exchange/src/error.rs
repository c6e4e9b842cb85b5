//! What can be wrong with a file.

use crate::{MAX_ANNOTATIONS, MAX_CELL_BYTES, MAX_FEATURES, MAX_VERTICES};

/// Why a file cannot be read, or written. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Not text, or no table.
    #[error("line {line}: {reason}")]
    Csv {
        /// Where.
        line: u64,
        /// What the parser says.
        reason: String,
    },
    /// A column that must be there is not.
    #[error("there is no column {column:?}: {kind} need {needed}")]
    NoColumn {
        /// Its name.
        column: &'static str,
        /// What was to be read.
        kind: &'static str,
        /// All that are needed.
        needed: &'static str,
    },
    /// More axes than the layer has, or none.
    #[error("the file has coordinates along {found} axes, the layer has {axes}")]
    Axes {
        /// In the file.
        found: usize,
        /// Of the layer.
        axes: usize,
    },
    /// Not a finite number.
    #[error("line {line}, column {column:?}: {text:?} is not a finite number")]
    Number {
        /// Where.
        line: u64,
        /// In which column.
        column: String,
        /// How the cell begins.
        text: String,
    },
    /// A shape that is none of napari's.
    #[error("line {line}: {found:?} is not a shape: use line, path, polygon, rectangle or ellipse")]
    ShapeType {
        /// Where.
        line: u64,
        /// How it begins.
        found: String,
    },
    /// Too few or too many vertices for the shape.
    #[error("line {line}: a {shape} has {needed}, this one has {found}")]
    VertexCount {
        /// Where the shape begins.
        line: u64,
        /// Which shape.
        shape: &'static str,
        /// How many it may have.
        needed: &'static str,
        /// How many it has.
        found: usize,
    },
    /// Rows of one shape that do not stand together.
    #[error("line {line}: shape {index} has begun before: rows of one shape stand together")]
    Scattered {
        /// Where.
        line: u64,
        /// Its number.
        index: i64,
    },
    /// A track that is twice at one time.
    #[error("line {line}: track {track:?} is there twice at this time")]
    Time {
        /// Where.
        line: u64,
        /// Which track.
        track: String,
    },
    /// A table of shapes for a points layer.
    #[error("this is a table of shapes: import it into a shapes layer")]
    Shapes,
    /// This format has no place for this kind of layer.
    #[error("vectors have no table in napari: use GeoJSON")]
    NoTable,
    /// Not JSON, or no GeoJSON.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// Where.
        line: usize,
        /// Where in the line.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// More of something than is read at once.
    #[error("more than {} {}: split the file", .0.most(), .0.words())]
    TooMany(Limit),
}

impl ExchangeError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooMany(_) => "import_too_large",
            Self::NoTable => "export_no_table",
            Self::Axes { .. } => "import_axes",
            _ => "import_malformed",
        }
    }

    pub(crate) fn number(line: u64, column: &str, text: &str) -> Self {
        Self::Number { line, column: start(column), text: start(text) }
    }
}

/// How a text begins, for a message.
pub(crate) fn start(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A bound of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`MAX_ANNOTATIONS`]
    Annotations,
    /// [`MAX_VERTICES`]
    Vertices,
    /// [`MAX_FEATURES`]
    Features,
    /// [`MAX_CELL_BYTES`]
    CellBytes,
}

impl Limit {
    const fn most(self) -> usize {
        match self {
            Self::Annotations => MAX_ANNOTATIONS,
            Self::Vertices => MAX_VERTICES,
            Self::Features => MAX_FEATURES,
            Self::CellBytes => MAX_CELL_BYTES,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Annotations => "annotations",
            Self::Vertices => "vertices",
            Self::Features => "features",
            Self::CellBytes => "bytes in one cell",
        }
    }

    pub(crate) const fn check(self, count: usize) -> Result<(), ExchangeError> {
        if count > self.most() { Err(ExchangeError::TooMany(self)) } else { Ok(()) }
    }
}
