//! GeoJSON (RFC 7946), as QuPath and GIS programs read and write it.
//!
//! A geometry is in samples, `[x, y]`: along the last and the last but one axis of the layer. QuPath
//! counts pixels in the same way, but from a corner; half a sample is not made up for, because other
//! programs do not agree on it. An ellipse is a polygon of many corners there.
//!
//! What a geometry cannot say stands in the properties: `parfocal` is the whole annotation, in world
//! coordinates along all axes; the features stand beside it, and colours as `stroke`, `fill` and
//! `stroke-width` (simplestyle), for other programs. Reading takes `parfocal`, and so brings back
//! exactly what was written, unless the geometry was changed since: then that counts.
//!
//! Of other programs' files: lines, polygons and points, also several in one; simple properties
//! become features, `classification` (QuPath) its name and colour, `plane` (QuPath) the position
//! along `z`, `t` and `c`. Holes are left out, with a warning.

mod geometry;
mod properties;
mod read;
mod write;

pub use read::read;
pub use write::write;

/// The member that holds what is ours, in the collection and in properties.
const OURS: &str = "parfocal";
