//! Back to a saved version of the scene.

use parfocal_base::SourceId;

use super::{Painted, Reject, Scene, Write};

/// A source that the server does not serve.
const NO_SOURCE: SourceId = SourceId(u32::MAX);

impl Scene {
    /// Brings axes, layers, settings and kept views to those of `version`, an earlier state of this
    /// session. Views stay where they look, as far as the axes let them; no number of a layer is
    /// ever given again, and no label of a layer that is there now. Sources are those of today; a layer that had gone comes back
    /// without one. Annotations: [`Annotations::diff_to`](super::Annotations::diff_to).
    ///
    /// # Errors
    /// A [`Reject`] where the version does not fit together; then nothing was changed.
    pub fn restore_to(&mut self, version: &Self) -> Result<Vec<Write>, Reject> {
        let mut after = self.clone();
        after.layers.clear(); // they would hold on to axes that go
        let mut after = after.with_dims(version.dims.clone())?;
        after.layers.clone_from(&version.layers);
        for layer in &mut after.layers {
            let now = self.layer(layer.id);
            layer.source.source = now.map_or(NO_SOURCE, |now| now.source.source);
            let next = |painted: &Option<Painted>| painted.as_ref().map_or(0, |p| p.next_label);
            let given = now.map_or(0, |now| next(&now.painted));
            if let Some(painted) = &mut layer.painted {
                painted.next_label = painted.next_label.max(given);
            }
        }
        after.settings = version.settings;
        after.bookmarks.clone_from(&version.bookmarks);
        after.next_layer = self.next_layer.max(version.next_layer);
        let known = after.order();
        for view in after.views.values_mut() {
            view.overrides.retain(|id, _| known.contains(id));
        }
        after.check()?;
        Ok(self.become_scene(after).writes)
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::{LayerId, ViewId};

    use super::super::testing::{PAINTED, POINTS, annotated, image, owner};
    use super::super::{Change, Intent, LayerChange, LayerKind, LayerSpec, Limits, SettingsChange};
    use super::*;

    #[test]
    fn a_version_comes_back_with_its_layers_and_nothing_is_numbered_twice() {
        let mut scene = annotated();
        let version = scene.clone();
        let mut ask = |intent| scene.apply_intent(&intent, &owner(), &Limits::default()).unwrap();
        ask(Intent::RemoveLayer { layer: POINTS });
        ask(Intent::NewLabel { layer: PAINTED, label: None });
        ask(Intent::SetLayer { layer: LayerId(0), change: LayerChange::Gamma(2.0) });
        ask(Intent::SetSettings { change: SettingsChange::AxesVisible(true) });
        ask(Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: 60.0 });
        let meta = image(&[("w", 3, 1.0), ("y", 300, 1.0), ("x", 300, 1.0)]);
        let spec = LayerSpec::new("wells", LayerKind::Image, SourceId(9), "wells", &meta);
        let (wells, _) = scene.add_layer(&spec).unwrap();
        scene.apply(&Change::SetSource { layer: LayerId(0), source: SourceId(5) }).unwrap();
        let writes = scene.restore_to(&version).unwrap();
        assert!(writes.contains(&Write::LayerRemove(wells)));
        assert_eq!((&scene.dims, scene.order()), (&version.dims, version.order()));
        assert_eq!(scene.settings, version.settings);
        assert_eq!(scene.layer(LayerId(0)).unwrap().source.source, SourceId(5));
        assert_eq!(scene.layer(LayerId(0)).unwrap().look.gamma, 1.0);
        assert_eq!(scene.layer(PAINTED).unwrap().painted.as_ref().unwrap().next_label, 2);
        assert_eq!(scene.next_layer, LayerId(8));
        assert_eq!(scene.views[&ViewId::STAGE].point[0], 60.0);
        assert_eq!(scene.restore_to(&version), Ok(Vec::new()));
    }
}
