//! What an annotation says itself, read once: strings become colours, and the hundred thousand
//! points of a picture lie side by side.

use parfocal_scene::{Annotation, Shape, Symbol};

use super::color;
use super::column::Value;
use crate::marks::Color;

/// Widest edge in canvas pixels: beyond it nothing is seen but the edge.
pub(super) const MAX_EDGE: f64 = 256.0;

/// Own properties; what is absent is the layer's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own {
    /// `None`: there is no annotation here.
    pub(super) shape: Option<Shape>,
    pub(super) face: Option<Color>,
    pub(super) edge: Option<Color>,
    /// Canvas pixels.
    pub(super) edge_width: Option<f32>,
    /// World units; of points.
    pub(super) size: Option<f32>,
    pub(super) symbol: Option<Symbol>,
    /// In the column that colours come from.
    pub(super) value: Value,
    /// Characters that are written beside it or are it; a bound.
    pub(super) written: u32,
}

/// Characters that a measured value may have.
const MEASURED: u32 = 60;

impl Own {
    pub(super) fn new(annotation: &Annotation, value: Value) -> Self {
        let read = |text: &Option<String>| color::parse(text.as_deref()?);
        let size = annotation.size.filter(|_| annotation.shape == Shape::Point);
        let text = annotation.text.as_deref().filter(|text| !text.is_empty());
        let bytes = text.map_or(0, |text| u32::try_from(text.len()).unwrap_or(u32::MAX));
        let measured = if annotation.measured.is_some() { MEASURED } else { 0 };
        Self {
            shape: Some(annotation.shape),
            face: read(&annotation.face_color),
            edge: read(&annotation.edge_color),
            edge_width: annotation.edge_width.and_then(edge_width),
            size: size.filter(|size| size.is_finite()).map(|size| size.max(0.0) as f32),
            symbol: annotation.symbol,
            value,
            written: bytes.max(measured),
        }
    }
}

/// A width as it is drawn; `None` where it is no number.
pub(super) fn edge_width(width: f64) -> Option<f32> {
    width.is_finite().then(|| width.clamp(0.0, MAX_EDGE) as f32)
}

/// The ellipse that fills a box, along one axis: middle + across · cos + down · sin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ellipse {
    pub(super) middle: f64,
    pub(super) across: f64,
    pub(super) down: f64,
}

impl Ellipse {
    /// Of corners in order around the box.
    pub(super) fn new([a, b, c, d]: [f64; 4]) -> Self {
        Self {
            middle: (a + b + c + d) / 4.0,
            across: (b + c - a - d) / 4.0,
            down: (c + d - a - b) / 4.0,
        }
    }
}

/// Pushes the extents of an annotation along each of a layer's `axes` axes.
pub(super) fn extents(annotation: &Annotation, axes: usize, to: &mut Vec<[f64; 2]>) {
    let start = to.len();
    to.resize(start + axes, [f64::INFINITY, f64::NEG_INFINITY]);
    let extents = to.get_mut(start..).unwrap_or_default();
    let mut widen = |at: &mut dyn Iterator<Item = f64>| {
        for ([low, high], v) in extents.iter_mut().zip(at) {
            (*low, *high) = (low.min(v), high.max(v));
        }
    };
    match (annotation.shape, annotation.vertices.as_slice()) {
        (Shape::Vector, [from, by]) => {
            widen(&mut from.iter().copied());
            widen(&mut from.iter().zip(by).map(|(from, by)| from + by));
        }
        (Shape::Ellipse, [a, b, c, d]) => {
            for side in [-1.0, 1.0] {
                let corners = a.iter().zip(b).zip(c.iter().zip(d));
                widen(&mut corners.map(|((a, b), (c, d))| {
                    let ellipse = Ellipse::new([*a, *b, *c, *d]);
                    ellipse.middle + side * ellipse.across.hypot(ellipse.down)
                }));
            }
        }
        (_, vertices) => vertices.iter().for_each(|at| widen(&mut at.iter().copied())),
    }
}
