//! Shapes as geometries, and back.

use std::f64::consts::TAU;

use parfocal_scene::{Annotation, Shape};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Place;

/// Corners of the polygon that stands for an ellipse: a pixel off at a radius of 800.
const ELLIPSE_CORNERS: u32 = 64;

/// Samples by which a position may have been rounded: six digits are what many programs write.
const ROUNDED: f64 = 1e-5;

/// A position: x, y, and perhaps z.
type Position = Vec<f64>;

/// A geometry as it stands in a file.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Geometry {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) coordinates: Value,
    #[serde(default)]
    pub(super) geometries: Vec<Geometry>,
    /// QuPath's.
    #[serde(default)]
    pub(super) plane: Option<Plane>,
}

/// Positions along the axes that are not in the plane, in samples; -1 means all.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Plane {
    #[serde(default)]
    c: i64,
    #[serde(default)]
    z: i64,
    #[serde(default)]
    t: i64,
}

/// What a geometry becomes in a layer.
pub(super) struct Drawn {
    pub(super) shape: Shape,
    pub(super) vertices: Vec<Vec<f64>>,
    pub(super) has_holes: bool,
}

/// The geometry that shows an annotation to others; `None` where it has no vertex.
pub(super) fn of(place: &Place<'_>, annotation: &Annotation) -> Option<Value> {
    let flat = |vertex: &Vec<f64>| {
        let mut samples = place.samples(vertex);
        samples.reverse();
        samples.truncate(2);
        samples
    };
    let corners: Vec<_> = annotation.vertices.iter().map(flat).collect();
    let first = corners.first()?.clone();
    let ring = |mut corners: Vec<Position>| {
        corners.extend(corners.first().cloned());
        json!({ "type": "Polygon", "coordinates": [corners] })
    };
    Some(match annotation.shape {
        Shape::Point | Shape::Text => json!({ "type": "Point", "coordinates": first }),
        Shape::Track if corners.len() == 1 => json!({ "type": "Point", "coordinates": first }),
        Shape::Line | Shape::Polyline | Shape::Path | Shape::Track => {
            json!({ "type": "LineString", "coordinates": corners })
        }
        Shape::Vector => {
            let [start, by] = annotation.vertices.get(..2)? else { return None };
            let end: Vec<f64> = start.iter().zip(by).map(|(start, by)| start + by).collect();
            json!({ "type": "LineString", "coordinates": [flat(start), flat(&end)] })
        }
        Shape::Polygon | Shape::Rectangle => ring(corners),
        Shape::Ellipse => ring(ellipse(&corners)?),
    })
}

/// The outline of the ellipse that fills a box with these corners.
fn ellipse(corners: &[Position]) -> Option<Vec<Position>> {
    let [a, b, c, d] = corners else { return None };
    let axis = |n: usize| Some([a, b, c, d].map(|p| p.get(n).copied().unwrap_or(0.0)));
    let (x, y) = (axis(0)?, axis(1)?);
    let along = |[a, b, c, d]: [f64; 4], cos: f64, sin: f64| {
        (a + b + c + d) / 4.0 + cos * (b - a) / 2.0 + sin * (d - a) / 2.0
    };
    let angles = (0..ELLIPSE_CORNERS).map(|n| TAU * f64::from(n) / f64::from(ELLIPSE_CORNERS));
    Some(angles.map(|t| vec![along(x, t.cos(), t.sin()), along(y, t.cos(), t.sin())]).collect())
}

impl Geometry {
    /// Whether it says the same as `other`, but for digits that a program has rounded away.
    pub(super) fn is(&self, other: &Value) -> bool {
        other["type"].as_str() == Some(&self.kind)
            && is_near(&self.coordinates, &other["coordinates"])
    }

    /// All that it draws in a layer.
    pub(super) fn draw(self, place: &Place<'_>) -> Result<Vec<Drawn>, String> {
        let Self { kind, coordinates, geometries, plane } = self;
        let wrong = |error: serde_json::Error| format!("a {kind} with wrong coordinates: {error}");
        let line = |positions: Vec<Position>| -> Result<Drawn, String> {
            let shape = if positions.len() == 2 { Shape::Line } else { Shape::Polyline };
            drawn(place, plane, shape, positions, 2, false)
        };
        let point = |p: Position| drawn(place, plane, Shape::Point, vec![p], 1, false);
        let area = |rings: Vec<Vec<Position>>| -> Result<Drawn, String> {
            let has_holes = rings.len() > 1;
            let mut ring = rings.into_iter().next().ok_or("a Polygon without a ring")?;
            // The last corner is the first once more.
            if ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            drawn(place, plane, Shape::Polygon, ring, 3, has_holes)
        };
        match kind.as_str() {
            "Point" => Ok(vec![point(parse(coordinates).map_err(wrong)?)?]),
            "LineString" => Ok(vec![line(parse(coordinates).map_err(wrong)?)?]),
            "Polygon" => Ok(vec![area(parse(coordinates).map_err(wrong)?)?]),
            "MultiPoint" => {
                parse::<Vec<_>>(coordinates).map_err(wrong)?.into_iter().map(point).collect()
            }
            "MultiLineString" => {
                parse::<Vec<_>>(coordinates).map_err(wrong)?.into_iter().map(line).collect()
            }
            "MultiPolygon" => {
                parse::<Vec<_>>(coordinates).map_err(wrong)?.into_iter().map(area).collect()
            }
            "GeometryCollection" => {
                let mut all = Vec::new();
                for geometry in geometries {
                    all.extend(geometry.draw(place)?);
                }
                Ok(all)
            }
            other => Err(format!("{:?} is no geometry", crate::error::start(other))),
        }
    }
}

fn is_near(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_near(a, b))
        }
        _ => a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() < ROUNDED),
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

fn drawn(
    place: &Place<'_>,
    plane: Option<Plane>,
    shape: Shape,
    positions: Vec<Position>,
    least: usize,
    has_holes: bool,
) -> Result<Drawn, String> {
    if positions.len() < least {
        return Err(format!("a geometry of {} positions needs {least}", positions.len()));
    }
    let vertex = |mut position: Position| {
        if position.len() < 2 || position.iter().any(|value| !value.is_finite()) {
            return Err("a position is [x, y] with finite numbers".to_owned());
        }
        // A third one is height, which an image does not have; `plane` says which slice.
        position.truncate(2);
        position.reverse();
        let mut world = place.world(&position);
        for (name, at) in plane.iter().flat_map(|p| [("c", p.c), ("z", p.z), ("t", p.t)]) {
            let axis = place.named(name).filter(|axis| axis + 2 < place.axes.len() && at >= 0);
            if let Some(axis) = axis {
                place.set(&mut world, axis, at as f64);
            }
        }
        Ok(world)
    };
    let vertices = positions.into_iter().map(vertex).collect::<Result<_, _>>()?;
    Ok(Drawn { shape, vertices, has_holes })
}
