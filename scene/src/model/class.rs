//! What a router needs to know of an intent before it is applied.

use parfocal_base::{LayerId, ViewId};

use super::{AnnotationChange, Intent, LayerChange, SettingsChange};

/// Which right an intent needs. Roles are not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Move, or change what is shown in, a view that is not the stage: its owner's right.
    MoveOwnView(ViewId),
    /// Move the shared view.
    MoveStage,
    /// Change layers for everybody.
    EditLayers,
    /// Draw, paint, add layers for that, keep views; locks and scopes of layers narrow it.
    Annotate,
    /// Lock layers, and say whose annotations may be changed.
    ManageLayers,
    /// Change settings of the session.
    EditSettings,
}

/// Names a property that a transient intent sets. Of two waiting intents of one client with equal
/// keys only the later need be applied; it keeps its own, later, place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CoalesceKey {
    Override { view: ViewId, layer: LayerId, property: &'static str },
    ClearOverrides { view: ViewId, layer: Option<LayerId> },
    Point { view: ViewId, axis: usize },
    Displayed { view: ViewId },
    Ndisplay { view: ViewId },
    Camera { view: ViewId },
    Camera3d { view: ViewId },
}

impl Intent {
    /// The right that it needs.
    pub fn need(&self) -> Need {
        match self {
            Self::SetLayer {
                change: LayerChange::Locked(_) | LayerChange::EditScope(_), ..
            } => Need::ManageLayers,
            Self::SetLayer { change: LayerChange::Style(_), .. }
            | Self::AddLayer { .. }
            | Self::AddAnnotations { .. }
            | Self::ChangeAnnotation { .. }
            | Self::MoveAnnotations { .. }
            | Self::RemoveAnnotations { .. }
            | Self::Paint(_)
            | Self::NewLabel { .. }
            | Self::Undo
            | Self::Redo
            | Self::SetBookmark { .. }
            | Self::RemoveBookmark { .. } => Need::Annotate,
            Self::SetLayer { .. } | Self::MoveLayer { .. } | Self::RemoveLayer { .. } => {
                Need::EditLayers
            }
            Self::SetSettings { .. } => Need::EditSettings,
            Self::SetOverride { view, .. }
            | Self::ClearOverrides { view, .. }
            | Self::SetPoint { view, .. }
            | Self::SetDisplayed { view, .. }
            | Self::SetCamera { view, .. }
            | Self::SetNdisplay { view, .. }
            | Self::SetCamera3d { view, .. }
            | Self::ResetView { view }
                if view.is_stage() =>
            {
                Need::MoveStage
            }
            Self::SetOverride { view, .. }
            | Self::ClearOverrides { view, .. }
            | Self::SetPoint { view, .. }
            | Self::SetDisplayed { view, .. }
            | Self::SetCamera { view, .. }
            | Self::SetNdisplay { view, .. }
            | Self::SetCamera3d { view, .. }
            | Self::ResetView { view } => Need::MoveOwnView(*view),
        }
    }

    /// The key under which waiting intents of one client replace each other; `None` for durable
    /// intents, each of which is applied.
    pub fn coalesce_key(&self) -> Option<CoalesceKey> {
        Some(match *self {
            Self::SetOverride { view, layer, ref change } => {
                CoalesceKey::Override { view, layer, property: change.property() }
            }
            Self::ClearOverrides { view, layer } => CoalesceKey::ClearOverrides { view, layer },
            Self::SetPoint { view, axis, .. } => CoalesceKey::Point { view, axis },
            Self::SetDisplayed { view, .. } => CoalesceKey::Displayed { view },
            Self::SetNdisplay { view, .. } => CoalesceKey::Ndisplay { view },
            Self::SetCamera3d { view, .. } => CoalesceKey::Camera3d { view },
            Self::SetCamera { view, .. } | Self::ResetView { view } => CoalesceKey::Camera { view },
            _ => return None,
        })
    }
}

impl LayerChange {
    /// Name of the property, as on the wire and in the document.
    pub const fn property(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Visible(_) => "visible",
            Self::Opacity(_) => "opacity",
            Self::Blending(_) => "blending",
            Self::Interpolation2d(_) => "interpolation2d",
            Self::Colormap(_) => "colormap",
            Self::ContrastLimits(_) => "contrast_limits",
            Self::Gamma(_) => "gamma",
            Self::Rendering(_) => "rendering",
            Self::Attenuation(_) => "attenuation",
            Self::IsoThreshold(_) => "iso_threshold",
            Self::Interpolation3d(_) => "interpolation3d",
            Self::Style(_) => "style",
            Self::Locked(_) => "locked",
            Self::EditScope(_) => "edit_scope",
        }
    }
}

impl AnnotationChange {
    /// Name of the property that it sets.
    pub const fn property(&self) -> &'static str {
        match self {
            Self::Vertices(_)
            | Self::MoveVertex { .. }
            | Self::InsertVertex { .. }
            | Self::RemoveVertex { .. } => "vertices",
            Self::FaceColor(_) => "face_color",
            Self::EdgeColor(_) => "edge_color",
            Self::EdgeWidth(_) => "edge_width",
            Self::Size(_) => "size",
            Self::Symbol(_) => "symbol",
            Self::Text(_) => "text",
            Self::Feature { .. } => "features",
            Self::Measure(_) => "measure",
        }
    }
}

impl SettingsChange {
    /// Name of the setting, as on the wire and in the document.
    pub const fn property(&self) -> &'static str {
        match self {
            Self::ScaleBarVisible(_) => "scale_bar_visible",
            Self::AxesVisible(_) => "axes_visible",
            Self::DimsLabelVisible(_) => "dims_label_visible",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: ViewId = ViewId(4);

    #[test]
    fn the_stage_and_an_own_view_need_different_rights() {
        assert_eq!(Intent::ResetView { view: ViewId::STAGE }.need(), Need::MoveStage);
        assert_eq!(Intent::ResetView { view: OWN }.need(), Need::MoveOwnView(OWN));
        assert_eq!(Intent::MoveLayer { layer: LayerId(0), index: 0 }.need(), Need::EditLayers);
    }

    #[test]
    fn only_transient_intents_replace_each_other_and_only_on_one_property() {
        let point = |axis, value| Intent::SetPoint { view: OWN, axis, value };
        assert_eq!(point(0, 1.0).coalesce_key(), point(0, 2.0).coalesce_key());
        assert_ne!(point(0, 1.0).coalesce_key(), point(1, 1.0).coalesce_key());
        let camera = Intent::SetCamera { view: OWN, center: [0.0; 2], zoom: 1.0 };
        assert_eq!(camera.coalesce_key(), Intent::ResetView { view: OWN }.coalesce_key());
        let durable = Intent::MoveLayer { layer: LayerId(0), index: 0 };
        assert!(durable.is_durable());
        assert_eq!(durable.coalesce_key(), None);
    }

    #[test]
    fn property_names_are_those_on_the_wire() {
        let change = LayerChange::Interpolation2d(super::super::Interpolation::Linear);
        let json = serde_json::to_value(&change).unwrap();
        assert_eq!(json["property"], change.property());
    }
}
