//! How a layer looks in a view: its own look, with the view's overrides over it.

use super::{Layer, LayerChange, Look, Scene, View};

impl Look {
    /// Takes the value of `change`, if it is part of a look.
    pub(super) fn set(&mut self, change: &LayerChange) {
        match change {
            LayerChange::Name(_)
            | LayerChange::Style(_)
            | LayerChange::Locked(_)
            | LayerChange::EditScope(_) => {}
            LayerChange::Visible(value) => self.visible = *value,
            LayerChange::Opacity(value) => self.opacity = *value,
            LayerChange::Blending(value) => self.blending = *value,
            LayerChange::Interpolation2d(value) => self.interpolation2d = *value,
            LayerChange::Colormap(value) => self.colormap.clone_from(value),
            LayerChange::ContrastLimits(value) => self.contrast_limits = *value,
            LayerChange::Gamma(value) => self.gamma = *value,
            LayerChange::Rendering(value) => self.rendering = *value,
            LayerChange::Attenuation(value) => self.attenuation = *value,
            LayerChange::IsoThreshold(value) => self.iso_threshold = *value,
            LayerChange::Interpolation3d(value) => self.interpolation3d = *value,
        }
    }
}

impl LayerChange {
    /// Whether it is part of how a layer looks: what a view can override.
    pub const fn is_look(&self) -> bool {
        !matches!(self, Self::Name(_) | Self::Style(_) | Self::Locked(_) | Self::EditScope(_))
    }
}

impl Scene {
    /// How `layer` looks in `view`.
    pub fn effective_look(layer: &Layer, view: &View) -> Look {
        let mut look = layer.look.clone();
        for change in view.overrides.get(&layer.id).into_iter().flatten() {
            look.set(change);
        }
        look
    }
}
