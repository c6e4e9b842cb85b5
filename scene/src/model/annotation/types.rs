//! One annotation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parfocal_base::LayerId;
use serde::{Deserialize, Serialize};

/// Names an annotation within its session: made at random by who makes it, so that it can be drawn
/// before the server has answered. At most [`AnnotationId::MAX_BYTES`] of `[A-Za-z0-9_-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnnotationId(pub Arc<str>);

impl AnnotationId {
    /// Longest name in bytes: a UUID in any spelling fits.
    pub const MAX_BYTES: usize = 40;

    /// Whether it is a name that an annotation may have.
    pub fn is_valid(&self) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=Self::MAX_BYTES).contains(&self.0.len()) && self.0.bytes().all(plain)
    }
}

impl fmt::Display for AnnotationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for AnnotationId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// What the vertices of an annotation mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One vertex. In points layers only, and the only one there.
    Point,
    /// Two vertices.
    Line,
    /// Two vertices or more, each clicked.
    Polyline,
    /// Two vertices or more, drawn freehand.
    Path,
    /// Three vertices or more; closed by itself, filled, may not cross itself.
    Polygon,
    /// Four corners, in order around it.
    Rectangle,
    /// The four corners of the box that it fills, in order around it.
    Ellipse,
    /// One vertex: where the text begins (left, middle of its height).
    Text,
    /// Two: where it starts, and its direction and length. In vectors layers only.
    Vector,
    /// One vertex or more, rising along the time axis. In tracks layers only.
    Track,
}

/// The form of a point (napari's names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Symbol {
    #[default]
    Disc,
    Ring,
    Square,
    Diamond,
    Cross,
    X,
    TriangleUp,
    TriangleDown,
    Star,
}

impl Symbol {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Disc,
        Self::Ring,
        Self::Square,
        Self::Diamond,
        Self::Cross,
        Self::X,
        Self::TriangleUp,
        Self::TriangleDown,
        Self::Star,
    ];
}

/// A value in the table of features. One feature has one type within a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Feature {
    Bool(bool),
    Number(f64),
    Text(String),
}

/// What the server keeps computed of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "layer")]
pub enum Measure {
    /// Length of a line, polyline or path.
    Length,
    /// The angle at the middle of a polyline's three vertices, in degrees.
    Angle,
    /// Area (and perimeter) of a polygon, rectangle or ellipse.
    Area,
    /// Statistics of an image layer's samples under a closed shape.
    Statistics(LayerId),
}

/// The outcome of a [`Measure`]. The server alone writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Measured {
    /// Along all vertices.
    Length {
        /// Length.
        value: f64,
        /// Of the displayed axes; null: samples.
        unit: Option<String>,
    },
    /// 0 to 180.
    Angle {
        /// Degrees.
        value: f64,
    },
    /// Of a closed shape.
    Area {
        /// Square units.
        value: f64,
        /// Length of its outline.
        perimeter: f64,
        /// Of one side; null: samples.
        unit: Option<String>,
    },
    /// Samples whose centres lie inside, at full resolution.
    Statistics {
        /// The layer that was measured.
        layer: LayerId,
        /// How many.
        count: u64,
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Mean.
        mean: f64,
        /// Standard deviation (of the population).
        std: f64,
        /// In equal bins from `min` to `max`.
        histogram: Vec<u32>,
    },
    /// It could not be computed.
    Failed {
        /// Why, for a person.
        reason: String,
    },
}

/// One annotation. Absent properties are those of its layer's [`AnnotationStyle`](super::AnnotationStyle).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// The layer that it is in.
    pub layer: LayerId,
    /// What its vertices mean.
    pub shape: Shape,
    /// World coordinates, one for each axis of the layer.
    pub vertices: Vec<Vec<f64>>,
    /// Inside: `#rrggbb` or `#rrggbbaa`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_color: Option<String>,
    /// Outline, lines and text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_color: Option<String>,
    /// Canvas pixels, so that a line is seen at every zoom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_width: Option<f64>,
    /// Diameter of a point in world units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// Of a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Symbol>,
    /// What a text says; a label beside any other shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its row in the layer's table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Feature>,
    /// What is to be computed of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// What was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Who made it: the subject of their token. Written by the server.
    #[serde(default)]
    pub author: String,
    /// When, in milliseconds since 1970. Written by the server.
    #[serde(default)]
    pub created: u64,
}

impl Annotation {
    /// An annotation of nobody's that takes everything from its layer.
    pub const fn new(layer: LayerId, shape: Shape, vertices: Vec<Vec<f64>>) -> Self {
        Self {
            layer,
            shape,
            vertices,
            face_color: None,
            edge_color: None,
            edge_width: None,
            size: None,
            symbol: None,
            text: None,
            features: BTreeMap::new(),
            measure: None,
            measured: None,
            author: String::new(),
            created: 0,
        }
    }
}
