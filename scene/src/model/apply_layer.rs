//! Changes of layers and settings: what everybody sees.

use parfocal_base::{LayerId, SourceId};

use super::check::{grown, refuse};
use super::diff::{layer_writes, scene_writes, settings_writes};
use super::{
    Applied, Intent, Layer, LayerChange, Reject, RejectCode, Scene, Settings, SettingsChange, Write,
};

impl Scene {
    /// Most layers of a scene: more than a list can be used with; bounds the document.
    pub const MAX_LAYERS: usize = 256;

    pub(super) fn set_layer(
        &mut self,
        id: LayerId,
        change: LayerChange,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        let layer = self.layer_mut(id)?;
        if matches!(change, LayerChange::Style(_)) {
            layer.check_unlocked()?;
        }
        let change = change.checked(layer.kind)?;
        let before = layer.clone();
        layer.set(&change);
        Ok((layer_writes(&before, layer), Intent::SetLayer { layer: id, change }))
    }

    pub(super) fn move_layer(
        &mut self,
        id: LayerId,
        index: usize,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        self.layer_mut(id)?;
        let index = index.min(self.layers.len().saturating_sub(1));
        let before = self.order();
        let (moved, mut layers): (Vec<Layer>, Vec<Layer>) =
            self.layers.drain(..).partition(|layer| layer.id == id);
        layers.splice(index..index, moved);
        self.layers = layers;
        let order = self.order();
        let writes = if order == before { Vec::new() } else { vec![Write::Order(order)] };
        Ok((writes, Intent::MoveLayer { layer: id, index }))
    }

    pub(super) fn set_settings(&mut self, change: &SettingsChange) -> (Vec<Write>, Intent) {
        let before = self.settings;
        self.settings.set(change);
        let writes = settings_writes(&before, &self.settings);
        (writes, Intent::SetSettings { change: change.clone() })
    }

    /// Puts `layer` on top under the next number, whatever number it came with.
    pub(super) fn push_layer(&mut self, layer: Layer) -> Result<Applied, Reject> {
        if self.layers.len() >= Self::MAX_LAYERS {
            return full_of_layers(Self::MAX_LAYERS);
        }
        let Some(next) = self.next_layer.0.checked_add(1) else {
            return refuse(RejectCode::Limit, "this session has used up all layer numbers");
        };
        let mut layer = layer.checked(self.dims.axes.len())?;
        layer.id = self.next_layer;
        let mut after = self.clone();
        after.next_layer = LayerId(next);
        after.layers.push(layer);
        if self.layers.is_empty() {
            after.show_all();
        }
        Ok(self.become_scene(after))
    }

    pub(super) fn remove_layer(&mut self, id: LayerId) -> Result<Applied, Reject> {
        self.layer_mut(id)?;
        let mut after = self.clone();
        after.layers.retain(|layer| layer.id != id);
        for view in after.views.values_mut() {
            view.overrides.remove(&id);
        }
        Ok(self.become_scene(after))
    }

    pub(super) fn set_source(&mut self, id: LayerId, source: SourceId) -> Result<Applied, Reject> {
        let layer = self.layer_mut(id)?;
        let before = layer.clone();
        layer.source.source = source;
        Ok(Applied::by_server(layer_writes(&before, layer)))
    }

    /// Takes the state `after`, and says what to write for that.
    pub(super) fn become_scene(&mut self, after: Self) -> Applied {
        let writes = scene_writes(self, &after);
        *self = after;
        Applied::by_server(writes)
    }
}

impl Layer {
    /// Takes the value of a change that was checked.
    pub(super) fn set(&mut self, change: &LayerChange) {
        match change {
            LayerChange::Name(name) => self.name.clone_from(name),
            LayerChange::Style(style) => self.style = Some(style.clone()),
            LayerChange::Locked(locked) => self.locked = *locked,
            LayerChange::EditScope(scope) => self.edit_scope = *scope,
            LayerChange::ContrastLimits(limits) => {
                self.contrast_limits_range = grown(self.contrast_limits_range, *limits);
                self.look.set(change);
            }
            _ => self.look.set(change),
        }
    }

    /// Every property that a change can set, as the change to what it is.
    pub(super) fn properties(&self) -> Vec<LayerChange> {
        let look = &self.look;
        let mut all = vec![
            LayerChange::Name(self.name.clone()),
            LayerChange::Visible(look.visible),
            LayerChange::Opacity(look.opacity),
            LayerChange::Blending(look.blending),
            LayerChange::Interpolation2d(look.interpolation2d),
            LayerChange::Colormap(look.colormap.clone()),
            LayerChange::ContrastLimits(look.contrast_limits),
            LayerChange::Gamma(look.gamma),
            LayerChange::Rendering(look.rendering),
            LayerChange::Attenuation(look.attenuation),
            LayerChange::IsoThreshold(look.iso_threshold),
            LayerChange::Interpolation3d(look.interpolation3d),
            LayerChange::Locked(self.locked),
            LayerChange::EditScope(self.edit_scope),
        ];
        all.extend(self.style.clone().map(LayerChange::Style));
        all
    }
}

impl Settings {
    /// Takes the value of `change`.
    pub(super) const fn set(&mut self, change: &SettingsChange) {
        match *change {
            SettingsChange::ScaleBarVisible(value) => self.scale_bar_visible = value,
            SettingsChange::AxesVisible(value) => self.axes_visible = value,
            SettingsChange::DimsLabelVisible(value) => self.dims_label_visible = value,
        }
    }

    /// Every setting, as the change to what it is.
    pub(super) const fn properties(&self) -> [SettingsChange; 3] {
        [
            SettingsChange::ScaleBarVisible(self.scale_bar_visible),
            SettingsChange::AxesVisible(self.axes_visible),
            SettingsChange::DimsLabelVisible(self.dims_label_visible),
        ]
    }
}

pub(super) fn full_of_layers<T>(most: usize) -> Result<T, Reject> {
    refuse(RejectCode::Limit, format!("a scene has at most {most} layers: remove one first"))
}
