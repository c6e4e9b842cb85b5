//! How annotations look, and who may change them.

use serde::{Deserialize, Serialize};

use super::Symbol;

/// How the annotations of a layer look that do not say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnnotationStyle {
    /// As in [`Annotation`](super::Annotation).
    pub face_color: String,
    /// As in [`Annotation`](super::Annotation).
    pub edge_color: String,
    /// As in [`Annotation`](super::Annotation).
    pub edge_width: f64,
    /// As in [`Annotation`](super::Annotation).
    pub size: f64,
    /// As in [`Annotation`](super::Annotation).
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
