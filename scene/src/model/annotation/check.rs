//! What an annotation must be: every value that a change brings is checked, and put into the form
//! in which it is kept.

use super::{Annotation, AnnotationStyle, ColorBy, Feature, Limits, Measure, Shape};
use crate::model::check::{WORLD, contrast_limits, finite, label, refuse};
use crate::model::{Layer, LayerKind, Reject, RejectCode, Scene};

/// Widest line in canvas pixels: a finger's width on a dense screen.
const EDGE_WIDTH: [f64; 2] = [0.0, 100.0];
/// Diameters of points in world units, whatever these are.
const SIZE: [f64; 2] = [1e-15, WORLD];
/// Heights of text in canvas pixels: what can be read, to a headline.
const TEXT_SIZE: [f64; 2] = [4.0, 200.0];
/// Longest tail in time steps: a track across any recording that is looked at.
const TAIL_LENGTH: [f64; 2] = [0.0, 1e6];

impl Annotation {
    /// The annotation as it is kept in `layer`. Who made it, and when, is left as it is.
    pub(in crate::model) fn checked(
        self,
        scene: &Scene,
        layer: &Layer,
        limits: &Limits,
    ) -> Result<Self, Reject> {
        if self.shape.layer_kind() != layer.kind {
            let message = format!(
                "a {} does not fit into layer {}: it belongs into a layer of the kind {}",
                self.shape.name(),
                layer.name,
                self.shape.layer_kind().name()
            );
            return refuse(RejectCode::NotApplicable, message);
        }
        let vertices = self.shape.checked(self.vertices, layer, &scene.dims, limits)?;
        check_measure(self.measure, self.shape, vertices.len())?;
        check_feature_count(self.features.len(), limits)?;
        let features = self.features.into_iter().map(|(name, value)| {
            feature_name(&name)?;
            Ok((name, value.checked(limits)?))
        });
        Ok(Self {
            vertices,
            face_color: color(self.face_color)?,
            edge_color: color(self.edge_color)?,
            edge_width: edge_width(self.edge_width)?,
            size: size(self.size)?,
            text: text(self.shape, self.text, limits)?,
            features: features.collect::<Result<_, Reject>>()?,
            ..self
        })
    }
}

impl Annotation {
    /// Whether its measure can be taken of it.
    pub(in crate::model) fn measure_fits(&self) -> bool {
        check_measure(self.measure, self.shape, self.vertices.len()).is_ok()
    }
}

/// A colour in lower case.
pub(super) fn color(color: Option<String>) -> Result<Option<String>, Reject> {
    let Some(mut color) = color else { return Ok(None) };
    let digits = color.strip_prefix('#').unwrap_or_default().as_bytes();
    if !matches!(digits.len(), 6 | 8) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return refuse(RejectCode::OutOfRange, "a colour is written #rrggbb or #rrggbbaa");
    }
    color.make_ascii_lowercase();
    Ok(Some(color))
}

fn clamped(what: &str, value: Option<f64>, [low, high]: [f64; 2]) -> Result<Option<f64>, Reject> {
    value.map(|value| Ok(finite(what, value)?.clamp(low, high) + 0.0)).transpose()
}

pub(super) fn edge_width(value: Option<f64>) -> Result<Option<f64>, Reject> {
    clamped("edge_width", value, EDGE_WIDTH)
}

pub(super) fn size(value: Option<f64>) -> Result<Option<f64>, Reject> {
    clamped("size", value, SIZE)
}

/// What `shape` says; an empty label is none.
pub(super) fn text(
    shape: Shape,
    text: Option<String>,
    limits: &Limits,
) -> Result<Option<String>, Reject> {
    let text = text.filter(|text| !text.trim().is_empty());
    match &text {
        Some(text) => check_text("text", text, limits)?,
        None if shape == Shape::Text => {
            let message = "a text annotation says something: remove it instead of emptying it";
            return refuse(RejectCode::OutOfRange, message);
        }
        None => {}
    }
    Ok(text)
}

fn check_text(what: &str, text: &str, limits: &Limits) -> Result<(), Reject> {
    if text.len() > limits.text_bytes {
        let message = format!("{what} has at most {} bytes, not {}", limits.text_bytes, text.len());
        return refuse(RejectCode::Limit, message);
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        let message = format!("{what} has no control characters but line breaks and tabs");
        return refuse(RejectCode::OutOfRange, message);
    }
    Ok(())
}

pub(super) fn feature_name(name: &str) -> Result<(), Reject> {
    label("the feature name", name)
}

pub(super) fn check_feature_count(count: usize, limits: &Limits) -> Result<(), Reject> {
    if count <= limits.features {
        return Ok(());
    }
    let message = format!("an annotation has at most {} features, not {count}", limits.features);
    refuse(RejectCode::Limit, message)
}

impl Feature {
    pub(super) fn checked(self, limits: &Limits) -> Result<Self, Reject> {
        match &self {
            Self::Number(value) => Ok(Self::Number(finite("a feature", *value)? + 0.0)),
            Self::Text(text) => check_text("the text of a feature", text, limits).map(|()| self),
            Self::Bool(_) => Ok(self),
        }
    }
}

/// Whether `measure` can be taken of a `shape` with so many vertices.
pub(super) fn check_measure(
    measure: Option<Measure>,
    shape: Shape,
    vertices: usize,
) -> Result<(), Reject> {
    let message = match measure {
        Some(Measure::Length) if !matches!(shape, Shape::Line | Shape::Polyline | Shape::Path) => {
            "only a line, a polyline or a path has a length"
        }
        Some(Measure::Angle) if (shape, vertices) != (Shape::Polyline, 3) => {
            "an angle is that at the middle of a polyline of three vertices"
        }
        Some(Measure::Area) if !shape.is_closed() => {
            "only a polygon, a rectangle or an ellipse has an area"
        }
        Some(Measure::Statistics(_)) if !shape.is_closed() => {
            "statistics are those of samples under a polygon, a rectangle or an ellipse"
        }
        _ => return Ok(()),
    };
    refuse(RejectCode::NotApplicable, message)
}

impl Scene {
    /// Whether there is a layer whose samples `measure` is taken of.
    pub(super) fn check_measured_layer(&self, measure: Option<Measure>) -> Result<(), Reject> {
        let Some(Measure::Statistics(id)) = measure else { return Ok(()) };
        if self.known_layer(id)?.kind == LayerKind::Image {
            return Ok(());
        }
        refuse(RejectCode::NotApplicable, "statistics are those of an image layer's samples")
    }
}

impl AnnotationStyle {
    /// The style as it is kept.
    pub(in crate::model) fn checked(self) -> Result<Self, Reject> {
        let clamped = |what: &str, value: f64, [low, high]: [f64; 2]| {
            Ok::<_, Reject>(finite(what, value)?.clamp(low, high) + 0.0)
        };
        let color = |value: String| Ok::<_, Reject>(color(Some(value))?.unwrap_or_default());
        Ok(Self {
            face_color: color(self.face_color)?,
            edge_color: color(self.edge_color)?,
            edge_width: clamped("edge_width", self.edge_width, EDGE_WIDTH)?,
            size: clamped("size", self.size, SIZE)?,
            text_size: clamped("text_size", self.text_size, TEXT_SIZE)?,
            tail_length: clamped("tail_length", self.tail_length, TAIL_LENGTH)?,
            color_by: self.color_by.map(ColorBy::checked).transpose()?,
            ..self
        })
    }
}

impl ColorBy {
    fn checked(self) -> Result<Self, Reject> {
        feature_name(&self.feature)?;
        Ok(Self {
            colormap: Scene::known_colormap(&self.colormap)?,
            limits: self.limits.map(contrast_limits).transpose()?,
            feature: self.feature,
        })
    }
}
