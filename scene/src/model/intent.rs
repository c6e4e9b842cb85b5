//! Intents: the closed list of what a participant may ask of the scene.

use parfocal_base::{LayerId, ParticipantId, SourceId, ViewId};
use serde::{Deserialize, Serialize};

use super::{
    AnnotationChange, AnnotationId, AnnotationStyle, Blending, Bookmark, EditScope, Interpolation,
    LayerKind, NewAnnotation, Paint, Rendering,
};

/// A new value for one property of a layer. On the wire `{"property": …, "value": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "property", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of the same name")]
pub enum LayerChange {
    Name(String),
    Visible(bool),
    Opacity(f64),
    Blending(Blending),
    Interpolation2d(Interpolation),
    Colormap(String),
    ContrastLimits([f64; 2]),
    Gamma(f64),
    Rendering(Rendering),
    Attenuation(f64),
    /// `null`: the middle of the contrast limits.
    IsoThreshold(Option<f64>),
    Interpolation3d(Interpolation),
    /// Of annotation layers.
    Style(AnnotationStyle),
    Locked(bool),
    EditScope(EditScope),
}

/// A new value for one setting. On the wire `{"property": …, "value": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "property", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of the same name")]
pub enum SettingsChange {
    ScaleBarVisible(bool),
    AxesVisible(bool),
    DimsLabelVisible(bool),
}

/// Whose view a participant looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The session's shared view.
    #[default]
    Stage,
    /// The participant's own view.
    Own,
    /// Whatever that participant looks at.
    Follow(ParticipantId),
}

/// What a participant asks for. On the wire `{"kind": …, …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intent {
    /// Durable: change one property of a layer, for everybody.
    SetLayer {
        /// Which layer.
        layer: LayerId,
        /// The new value.
        change: LayerChange,
    },
    /// Durable: put a layer at `index` of the list (0 is drawn first, at the bottom).
    MoveLayer {
        /// Which layer.
        layer: LayerId,
        /// Where it is to be; past the end means on top.
        index: usize,
    },
    /// Durable: change one setting of the session.
    SetSettings {
        /// The new value.
        change: SettingsChange,
    },
    /// Durable: add an annotation layer, or labels to paint, on top.
    AddLayer {
        /// Annotations of a kind, or `labels`.
        layer_kind: LayerKind,
        /// Default: the kind, and a number where that is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The number that the server gave it; absent in what a client asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<LayerId>,
    },
    /// Durable: remove a layer and all that is in it.
    RemoveLayer {
        /// Which layer.
        layer: LayerId,
    },
    /// Durable: all of them, or none.
    AddAnnotations {
        /// What is to be made.
        annotations: Vec<NewAnnotation>,
    },
    /// Durable: change one property of one annotation.
    ChangeAnnotation {
        /// Which.
        annotation: AnnotationId,
        /// The new value.
        change: AnnotationChange,
    },
    /// Durable: all of them, or none; annotations of one layer.
    MoveAnnotations {
        /// Which.
        annotations: Vec<AnnotationId>,
        /// World units along each axis of their layer.
        by: Vec<f64>,
    },
    /// Durable: those that are still there.
    RemoveAnnotations {
        /// Which.
        annotations: Vec<AnnotationId>,
    },
    /// Durable: paint labels.
    Paint(Paint),
    /// Durable: a label that nobody has.
    NewLabel {
        /// A painted labels layer.
        layer: LayerId,
        /// The label that the server gave; absent in what a client asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<u32>,
    },
    /// Durable: take back the asker's own last step, as far as nobody has changed it since.
    Undo,
    /// Durable: do again what the asker last took back.
    Redo,
    /// Durable: keep a view under a name; one of that name is replaced.
    SetBookmark {
        /// What to keep.
        bookmark: Box<Bookmark>,
    },
    /// Durable: forget a kept view.
    RemoveBookmark {
        /// Its name.
        name: String,
    },
    /// Transient: give a layer another look in one view only.
    SetOverride {
        /// Which view.
        view: ViewId,
        /// Which layer.
        layer: LayerId,
        /// The new value; a name cannot be overridden.
        change: LayerChange,
    },
    /// Transient: show a layer in this view as everybody sees it.
    ClearOverrides {
        /// Which view.
        view: ViewId,
        /// Which layer; all where absent.
        layer: Option<LayerId>,
    },
    /// Transient: move along one axis.
    SetPoint {
        /// Which view.
        view: ViewId,
        /// Which scene axis.
        axis: usize,
        /// World coordinate; the server snaps it to the nearest position within the axis.
        value: f64,
    },
    /// Transient: show other axes (vertical, horizontal); the camera is reset.
    SetDisplayed {
        /// Which view.
        view: ViewId,
        /// Scene axes.
        displayed: [usize; 2],
    },
    /// Transient: look elsewhere.
    SetCamera {
        /// Which view.
        view: ViewId,
        /// World coordinates (vertical, horizontal) at the middle of the canvas.
        center: [f64; 2],
        /// Canvas pixels per world unit.
        zoom: f64,
    },
    /// Transient: show two axes or three. With three, the camera shows all of them from the front.
    SetNdisplay {
        /// Which view.
        view: ViewId,
        /// 2 or 3.
        ndisplay: u8,
    },
    /// Transient: look from elsewhere, in a view of three axes.
    SetCamera3d {
        /// Which view.
        view: ViewId,
        /// World coordinates (depth, vertical, horizontal) at the middle of the canvas.
        center: [f64; 3],
        /// Canvas pixels per world unit, at the distance of the center.
        zoom: f64,
        /// Degrees ([`Camera3d::angles`](super::Camera3d::angles)).
        angles: [f64; 3],
        /// Field of view in degrees; 0: parallel rays.
        perspective: f64,
    },
    /// Transient: fit all visible layers into the canvas.
    ResetView {
        /// Which view.
        view: ViewId,
    },
}

/// A change that the server itself makes; no client can ask for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A participant's intent.
    Intent(Intent),
    /// Put a layer on top; dims grow to hold its axes.
    AddLayer(Box<super::Layer>),
    /// Take a layer away.
    RemoveLayer(LayerId),
    /// Say under which number the server has opened a layer's source this time.
    SetSource {
        /// Which layer.
        layer: LayerId,
        /// The source.
        source: SourceId,
    },
    /// Replace the axes of the scene. Axes are the same where their names are: layers, points and
    /// displayed axes of views follow; points are fitted into the new ones.
    SetDims(super::Dims),
    /// Open `view` as a copy of `from` (a participant's own view starts where they looked).
    OpenView {
        /// The new view.
        view: ViewId,
        /// What it copies.
        from: ViewId,
    },
    /// Forget a view; the stage cannot be closed.
    CloseView(ViewId),
    /// Give a view a canvas of this width and height. The middle is kept, and the zoom relative to
    /// the fitted one.
    SetCanvas {
        /// Which view.
        view: ViewId,
        /// Pixels; clamped to [`super::View::CANVAS`] and made even.
        canvas: [u32; 2],
    },
}

impl Intent {
    /// Whether it is journalled before it is acknowledged. Transient intents are saved lazily.
    pub const fn is_durable(&self) -> bool {
        self.view().is_none()
    }

    /// The view it changes, if it changes one.
    pub const fn view(&self) -> Option<ViewId> {
        match self {
            Self::SetOverride { view, .. }
            | Self::ClearOverrides { view, .. }
            | Self::SetPoint { view, .. }
            | Self::SetDisplayed { view, .. }
            | Self::SetCamera { view, .. }
            | Self::SetNdisplay { view, .. }
            | Self::SetCamera3d { view, .. }
            | Self::ResetView { view } => Some(*view),
            _ => None,
        }
    }
}
