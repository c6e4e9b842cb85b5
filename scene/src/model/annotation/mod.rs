//! What people draw on the data: points, shapes, text, vectors and tracks.
//!
//! Coordinates are world coordinates, one for each axis of the scene that the annotation's layer
//! runs along (`LayerSource::axes`), in that order and in those axes' units. Names of properties
//! are napari's where it has them.

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

/// One annotation. Absent properties are those of its layer's [`AnnotationStyle`].
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

/// How the annotations of a layer look that do not say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnnotationStyle {
    /// As in [`Annotation`].
    pub face_color: String,
    /// As in [`Annotation`].
    pub edge_color: String,
    /// As in [`Annotation`].
    pub edge_width: f64,
    /// As in [`Annotation`].
    pub size: f64,
    /// As in [`Annotation`].
    pub symbol: Symbol,
    /// Height of a line of text in canvas pixels.
    pub text_size: f64,
    /// Whether points are seen, smaller and fainter, up to half their size beside their slice.
    pub out_of_slice_display: bool,
    /// How many time steps a track is seen back.
    pub tail_length: f64,
    /// Face (points) or edge (else) by a feature, instead of one colour.
    pub color_by: Option<ColorBy>,
}

impl Default for AnnotationStyle {
    fn default() -> Self {
        Self {
            face_color: "#ffd16680".to_owned(),
            edge_color: "#ffd166".to_owned(),
            edge_width: 2.0,
            size: 10.0,
            symbol: Symbol::default(),
            text_size: 14.0,
            out_of_slice_display: true,
            tail_length: 30.0,
            color_by: None,
        }
    }
}

/// Colour by feature: numbers along a colormap, everything else in a cycle of colours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColorBy {
    /// Name of the feature.
    pub feature: String,
    /// As of an image layer; of numbers only.
    pub colormap: String,
    /// Numbers shown as the first and the last colour; absent: those of the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<[f64; 2]>,
}

/// Which annotations of a layer an annotator may change; who may edit layers changes all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditScope {
    /// Everybody's.
    #[default]
    All,
    /// Those that they made.
    Own,
}

/// A labels layer that people paint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Painted {
    /// Voxels along each axis of the layer; each is one step of that axis, from its start on.
    pub shape: Vec<usize>,
    /// The next label that nobody has.
    pub next_label: u32,
}

/// An annotation that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAnnotation {
    /// Its name; refused where it is taken.
    pub id: AnnotationId,
    /// What it is; `author`, `created` and `measured` are the server's.
    #[serde(flatten)]
    pub annotation: Annotation,
}

/// A new value for one property of an annotation. On the wire `{"property": …, "value": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "property", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of the same name, or says what it does")]
pub enum AnnotationChange {
    Vertices(Vec<Vec<f64>>),
    /// Others' vertices keep their places.
    MoveVertex {
        index: usize,
        to: Vec<f64>,
    },
    /// Before the vertex that is at `index` now.
    InsertVertex {
        index: usize,
        at: Vec<f64>,
    },
    RemoveVertex {
        index: usize,
    },
    FaceColor(Option<String>),
    EdgeColor(Option<String>),
    EdgeWidth(Option<f64>),
    Size(Option<f64>),
    Symbol(Option<Symbol>),
    Text(Option<String>),
    /// One cell of the table; no value empties it.
    Feature {
        name: String,
        value: Option<Feature>,
    },
    Measure(Option<Measure>),
}

/// What a brush does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaintTool {
    /// Writes the label along the path.
    Brush,
    /// Writes 0 along the path, where `label` is 0 or is what is there.
    Erase,
    /// Writes the label into what hangs together and has the same label at the path's first point.
    Fill,
}

/// A stroke, or a part of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paint {
    /// A painted labels layer.
    pub layer: LayerId,
    /// Parts of one stroke of one client have the same number, and are undone together.
    pub stroke: u32,
    /// What it does.
    pub tool: PaintTool,
    /// What is written.
    pub label: u32,
    /// Diameter of the brush in voxels (napari's `brush_size`): a disc, or a ball with `n_edit_dimensions` 3.
    pub brush_size: f64,
    /// The two scene axes that were displayed.
    pub displayed: [usize; 2],
    /// 2: in the slice of the path; else along that many last axes of the layer.
    pub n_edit_dimensions: usize,
    /// World coordinates, one for each axis of the layer; the brush goes straight between them.
    pub path: Vec<Vec<f64>>,
}

/// A view that was kept: enough to see the same again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    /// What it is called; at most 200 bytes.
    pub name: String,
    /// Who kept it (subject). Written by the server.
    #[serde(default)]
    pub author: String,
    /// Position, axes, camera and looks; the canvas says for which window the zoom was.
    pub view: super::View,
    /// How each layer looked.
    #[serde(default)]
    pub looks: BTreeMap<LayerId, super::Look>,
}
