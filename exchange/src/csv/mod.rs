//! Tables as napari writes and reads them. Source: `napari_builtins/io/_write.py` (`write_csv`,
//! `napari_write_points`, `napari_write_shapes`) and `napari/utils/io.py` or, later,
//! `napari_builtins/io/_read.py` (`read_csv`, `_points_csv_to_layerdata`,
//! `_shapes_csv_to_layerdata`) of github.com/napari/napari.
//!
//! Columns, as those say, the first row being their names:
//!
//! - points: `index`, then `axis-0`, `axis-1`, …; every other column is a property, of integers
//!   where all its cells are, else of numbers, else of texts.
//! - shapes: `index`, `shape-type`, `vertex-index`, then the axes; a row for each vertex, the rows
//!   of a shape together, numbered from 0. napari passes over other columns: features stand there.
//! - tracks: napari has no table; these columns are those of its layer's array, by name: `track_id`
//!   and the layer's axes, such as `t`, `y`, `x`.
//!
//! Axis values are in samples, as in napari. There is no comment line, which napari could not read,
//! so the scale is not in the file: it is the layer's.

mod columns;
mod points;
mod shapes;
mod tracks;

use parfocal_scene::LayerKind;

use crate::{ExchangeError, Export, Import, Named, Place};

/// Writes the annotations of a layer of this kind as a table.
///
/// # Errors
/// [`ExchangeError::NoTable`] for vectors.
pub fn write(
    kind: LayerKind,
    place: &Place<'_>,
    annotations: &[Named<'_>],
) -> Result<Export, ExchangeError> {
    match kind {
        LayerKind::Points => points::write(place, annotations),
        LayerKind::Shapes => shapes::write(place, annotations),
        LayerKind::Tracks => tracks::write(place, annotations),
        _ => Err(ExchangeError::NoTable),
    }
}

/// Reads a table for a layer of this kind.
///
/// # Errors
/// What is wrong with it, and in which line; [`ExchangeError::NoTable`] for vectors.
pub fn read(kind: LayerKind, text: &[u8], place: &Place<'_>) -> Result<Import, ExchangeError> {
    match kind {
        LayerKind::Points => points::read(text, place),
        LayerKind::Shapes => shapes::read(text, place),
        LayerKind::Tracks => tracks::read(text, place),
        _ => Err(ExchangeError::NoTable),
    }
}
