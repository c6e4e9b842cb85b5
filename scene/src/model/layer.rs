//! Layers and how they look.

use parfocal_base::{LayerId, SourceId};
use serde::{Deserialize, Serialize};

use super::check::refuse;
use super::{AnnotationStyle, EditScope, Painted, Reject, RejectCode, Rendering};

/// How a layer's colour joins what lies below it (napari's names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blending {
    /// Replaces what lies below, whatever the opacity of the colour (layer opacity still mixes
    /// with the background colour black).
    Opaque,
    /// `c = a·src + (1 - a)·dst`, a = opacity × colour alpha.
    #[default]
    Translucent,
    /// `c = min(dst + a·src, 1)`.
    Additive,
    /// `c = min(src, dst)` where the layer has samples (for colormaps on white).
    Minimum,
}

/// How samples are read between their centres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest sample.
    #[default]
    Nearest,
    /// Between the nearest samples: four in a plane, eight in a volume.
    Linear,
}

/// What the numbers of a layer mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Intensities, shown through contrast limits, gamma and a colormap.
    Image,
    /// Object numbers, 0 is background; each number has a colour of its own.
    Labels,
    /// Annotations that are points.
    Points,
    /// Annotations that are lines, areas and text.
    Shapes,
    /// Annotations that are arrows.
    Vectors,
    /// Annotations that are paths through time.
    Tracks,
}

impl LayerKind {
    /// Whether it holds annotations, and no samples.
    pub const fn is_annotation(self) -> bool {
        matches!(self, Self::Points | Self::Shapes | Self::Vectors | Self::Tracks)
    }

    /// Its name, as on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Labels => "labels",
            Self::Points => "points",
            Self::Shapes => "shapes",
            Self::Vectors => "vectors",
            Self::Tracks => "tracks",
        }
    }
}

/// Where a layer's samples come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSource {
    /// The data source of the server.
    pub source: SourceId,
    /// What to tell a person: the path below the data root.
    pub path: String,
    /// Fixed index along the source's channel axis, for one channel of several.
    pub channel: Option<usize>,
    /// For each axis of the source: the scene axis it runs along; `None` for the channel axis.
    pub axes: Vec<Option<usize>>,
}

/// How a layer looks. Every field can be changed by an intent, and overridden in a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Whether it is drawn.
    pub visible: bool,
    /// 0 (invisible) to 1.
    pub opacity: f64,
    /// How it joins what lies below.
    pub blending: Blending,
    /// Between samples.
    pub interpolation2d: Interpolation,
    /// Name of a colormap (image layers); see `Scene::colormaps` for the known ones.
    pub colormap: String,
    /// Sample values shown as the first and the last colour; the first is the smaller.
    pub contrast_limits: [f64; 2],
    /// Exponent on the normalised intensity; [`Look::GAMMA`] bounds it.
    pub gamma: f64,
    /// How samples along a ray become a colour, where three axes are shown; image layers.
    #[serde(default)]
    pub rendering: Rendering,
    /// Of attenuated MIP: how soon what lies in front hides what lies behind;
    /// [`Look::ATTENUATION`] bounds it.
    #[serde(default = "attenuation")]
    pub attenuation: f64,
    /// Sample value on the surface of the iso rendering; `None`: the middle of the contrast limits.
    #[serde(default)]
    pub iso_threshold: Option<f64>,
    /// Between samples, where three axes are shown.
    #[serde(default = "linear")]
    pub interpolation3d: Interpolation,
}

const fn attenuation() -> f64 {
    Look::ATTENUATION_DEFAULT
}

const fn linear() -> Interpolation {
    Interpolation::Linear
}

impl Default for Look {
    /// Gray from 0 to 1, opaque.
    fn default() -> Self {
        Self {
            visible: true,
            opacity: 1.0,
            blending: Blending::default(),
            interpolation2d: Interpolation::default(),
            colormap: "gray".to_owned(),
            contrast_limits: [0.0, 1.0],
            gamma: 1.0,
            rendering: Rendering::default(),
            attenuation: attenuation(),
            iso_threshold: None,
            interpolation3d: linear(),
        }
    }
}

impl Look {
    /// Smallest and largest gamma (napari's slider).
    pub const GAMMA: [f64; 2] = [0.05, 5.0];
    /// Smallest and largest attenuation (napari's slider).
    pub const ATTENUATION: [f64; 2] = [0.0, 0.5];
    /// Attenuation of a new layer (napari's).
    pub const ATTENUATION_DEFAULT: f64 = 0.05;

    /// Sample value on the surface of the iso rendering.
    pub fn threshold(&self) -> f64 {
        let [low, high] = self.contrast_limits;
        self.iso_threshold.unwrap_or(low + (high - low) / 2.0)
    }
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Never given again in this session.
    pub id: LayerId,
    /// Shown in the list; at most [`Layer::MAX_NAME`] bytes.
    pub name: String,
    /// What its numbers mean.
    pub kind: LayerKind,
    /// Where its samples are.
    pub source: LayerSource,
    /// Range of the contrast slider: the values that the data has.
    pub contrast_limits_range: [f64; 2],
    /// Limits found from the data, what "auto" restores.
    pub contrast_limits_auto: [f64; 2],
    /// How it looks on the stage.
    #[serde(flatten)]
    pub look: Look,
    /// How its annotations look; of annotation layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<AnnotationStyle>,
    /// What is painted here; of labels that people paint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub painted: Option<Painted>,
    /// Nobody changes what is in it, until an owner unlocks it.
    #[serde(default)]
    pub locked: bool,
    /// Whose annotations an annotator may change here.
    #[serde(default)]
    pub edit_scope: EditScope,
}

impl Layer {
    /// Longest name in bytes: a line in the list.
    pub const MAX_NAME: usize = 200;

    /// Whether what is in it may be changed at all.
    pub(super) fn check_unlocked(&self) -> Result<(), Reject> {
        if !self.locked {
            return Ok(());
        }
        refuse(RejectCode::Locked, format!("layer {} is locked: an owner unlocks it", self.name))
    }
}
