//! What the vertices of each shape must be.

use parfocal_base::AxisKind;

use super::crossing::{self, Crossing, Point};
use super::{Limits, Shape};
use crate::model::check::{WORLD, finite, refuse};
use crate::model::{Dims, Layer, LayerKind, Reject, RejectCode};

/// How far the corners of a rectangle may be from a parallelogram's, of its longest side: what
/// arithmetic and 32-bit floats lose.
const SKEW: f64 = 1e-6;

impl Shape {
    /// Its name for a person.
    pub(in crate::model) const fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Line => "line",
            Self::Polyline => "polyline",
            Self::Path => "path",
            Self::Polygon => "polygon",
            Self::Rectangle => "rectangle",
            Self::Ellipse => "ellipse",
            Self::Text => "text",
            Self::Vector => "vector",
            Self::Track => "track",
        }
    }

    /// The kind of layer that it can be in.
    pub const fn layer_kind(self) -> LayerKind {
        match self {
            Self::Point => LayerKind::Points,
            Self::Vector => LayerKind::Vectors,
            Self::Track => LayerKind::Tracks,
            _ => LayerKind::Shapes,
        }
    }

    /// Whether it has an inside.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Polygon | Self::Rectangle | Self::Ellipse)
    }

    /// Fewest and, where that is not the bound, most vertices.
    const fn counts(self) -> (usize, Option<usize>) {
        match self {
            Self::Point | Self::Text => (1, Some(1)),
            Self::Line | Self::Vector => (2, Some(2)),
            Self::Polyline | Self::Path => (2, None),
            Self::Polygon => (3, None),
            Self::Rectangle | Self::Ellipse => (4, Some(4)),
            Self::Track => (1, None),
        }
    }

    /// `vertices` as they are kept: vertices of lines and outlines that repeat the one before are
    /// left out.
    pub(super) fn checked(
        self,
        mut vertices: Vec<Vec<f64>>,
        layer: &Layer,
        dims: &Dims,
        limits: &Limits,
    ) -> Result<Vec<Vec<f64>>, Reject> {
        if vertices.len() > limits.vertices {
            let message = format!(
                "an annotation has at most {} vertices, not {}: simplify it, or split it",
                limits.vertices,
                vertices.len()
            );
            return refuse(RejectCode::Limit, message);
        }
        let axes = layer.source.axes.len();
        vertices.iter_mut().try_for_each(|vertex| check_vertex(vertex, axes))?;
        if matches!(self, Self::Line | Self::Polyline | Self::Path | Self::Polygon) {
            vertices.dedup();
        }
        if self == Self::Polygon && vertices.len() > 1 && vertices.first() == vertices.last() {
            vertices.pop(); // closed by itself
        }
        self.check_count(vertices.len())?;
        match self {
            Self::Polygon => check_polygon(&vertices)?,
            Self::Rectangle | Self::Ellipse => self.check_corners(&vertices)?,
            Self::Track => check_track(&vertices, layer, dims)?,
            _ => {}
        }
        Ok(vertices)
    }

    fn check_count(self, count: usize) -> Result<(), Reject> {
        let (fewest, most) = self.counts();
        if count >= fewest && most.is_none_or(|most| count <= most) {
            return Ok(());
        }
        let or_more = if most.is_some() { "" } else { " or more" };
        let differ = if fewest > 1 && self != Self::Vector { " that differ" } else { "" };
        let message =
            format!("a {} has {fewest}{or_more} vertices{differ}, not {count}", self.name());
        refuse(RejectCode::OutOfRange, message)
    }

    fn check_corners(self, corners: &[Vec<f64>]) -> Result<(), Reject> {
        let [a, b, c, d] = plane(self, corners)?[..] else {
            return self.check_count(corners.len());
        };
        let to = |p: Point, q: Point| [q[0] - p[0], q[1] - p[1]];
        let (ab, ad, dc) = (to(a, b), to(a, d), to(d, c));
        let length = |v: Point| v[0].hypot(v[1]);
        let [w, h] = [length(ab), length(ad)];
        let area = (ab[0] * ad[1] - ab[1] * ad[0]).abs();
        let far = [a, b, c, d].iter().flatten().fold(0.0_f64, |far, v| far.max(v.abs()));
        let slack = SKEW * w.max(h) + 8.0 * f64::EPSILON * far;
        if length(to(ab, dc)) > slack {
            let message = format!(
                "the four corners of a {} stand in order around it, its sides parallel: send all \
                 four (vertices)",
                self.name()
            );
            return refuse(RejectCode::OutOfRange, message);
        }
        if area <= SKEW * SKEW * w * h {
            return no_area(self);
        }
        Ok(())
    }
}

/// Takes `-0` for 0, so that what is stored and read again is the same.
fn check_vertex(vertex: &mut [f64], axes: usize) -> Result<(), Reject> {
    if vertex.len() != axes {
        let message = format!(
            "a vertex has one coordinate for each of the {axes} axes of its layer, not {}",
            vertex.len()
        );
        return refuse(RejectCode::OutOfRange, message);
    }
    for value in vertex {
        *value = coordinate(*value)?;
    }
    Ok(())
}

/// `value`, if it can be a world coordinate.
pub(in crate::model) fn coordinate(value: f64) -> Result<f64, Reject> {
    if finite("a coordinate", value)?.abs() > WORLD {
        let message = format!("a coordinate lies within ±{WORLD:e}, which {value:e} does not");
        return refuse(RejectCode::OutOfRange, message);
    }
    Ok(value + 0.0)
}

/// The axes (of the layer) along which `vertices` differ.
pub(in crate::model) fn extent(vertices: &[Vec<f64>]) -> Vec<usize> {
    let Some((first, rest)) = vertices.split_first() else { return Vec::new() };
    let differs = |axis: &usize| rest.iter().any(|vertex| vertex.get(*axis) != first.get(*axis));
    (0..first.len()).filter(differs).collect()
}

/// The coordinates in the plane of the two axes along which a closed shape extends.
fn plane(shape: Shape, vertices: &[Vec<f64>]) -> Result<Vec<Point>, Reject> {
    match extent(vertices)[..] {
        [v, h] => Ok(vertices.iter().map(|vertex| [vertex[v], vertex[h]]).collect()),
        [] | [_] => no_area(shape),
        _ => {
            let message = format!(
                "a {} lies in a plane of two axes: its vertices have the same coordinate on \
                 every other axis",
                shape.name()
            );
            refuse(RejectCode::OutOfRange, message)
        }
    }
}

fn no_area<T>(shape: Shape) -> Result<T, Reject> {
    refuse(RejectCode::OutOfRange, format!("this {} covers no area", shape.name()))
}

fn check_polygon(vertices: &[Vec<f64>]) -> Result<(), Reject> {
    let outline = plane(Shape::Polygon, vertices)?;
    match crossing::check(&outline) {
        Ok(()) => Ok(()),
        Err(Crossing::Crosses) => {
            let message = "the outline of this polygon crosses or touches itself: draw the parts \
                           as polygons of their own";
            refuse(RejectCode::OutOfRange, message)
        }
        Err(Crossing::Undecided) => {
            let message = format!(
                "this polygon runs to and fro too much to find out whether it crosses itself \
                 (more than {} pairs of edges): simplify it",
                crossing::MAX_TESTS
            );
            refuse(RejectCode::Limit, message)
        }
    }
}

fn check_track(vertices: &[Vec<f64>], layer: &Layer, dims: &Dims) -> Result<(), Reject> {
    let time = time_axis(layer, dims)?;
    let rises = |pair: &[Vec<f64>]| matches!(pair, [a, b] if a.get(time) < b.get(time));
    if vertices.windows(2).all(rises) {
        return Ok(());
    }
    let message = "each vertex of a track is later than the one before: no two at one time";
    refuse(RejectCode::OutOfRange, message)
}

/// Which axis of the layer is time.
fn time_axis(layer: &Layer, dims: &Dims) -> Result<usize, Reject> {
    let is_time = |axis: &Option<usize>| {
        axis.and_then(|axis| dims.axes.get(axis)).is_some_and(|axis| axis.kind == AxisKind::Time)
    };
    let Some(axis) = layer.source.axes.iter().position(is_time) else {
        return refuse(RejectCode::NotApplicable, "tracks need a time axis; this layer has none");
    };
    Ok(axis)
}
