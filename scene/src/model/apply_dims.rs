//! Another set of axes: layers and views follow their axes by name.

use super::check::refuse;
use super::{Applied, Camera3d, Dims, Layer, Reject, RejectCode, Scene, View};

impl Scene {
    pub(super) fn set_dims(&mut self, dims: Dims) -> Result<Applied, Reject> {
        let after = self.with_dims(dims)?;
        Ok(self.become_scene(after))
    }

    /// The scene with other axes.
    pub(super) fn with_dims(&self, dims: Dims) -> Result<Self, Reject> {
        dims.check()?;
        // Where each old axis is now.
        let now: Vec<Option<usize>> = self
            .dims
            .axes
            .iter()
            .map(|old| dims.axes.iter().position(|new| new.name == old.name))
            .collect();
        let mut after = self.clone();
        for layer in &mut after.layers {
            relocate(layer, &now)?;
        }
        for view in after.views.values_mut() {
            *view = moved(view, &now, &dims);
        }
        for bookmark in after.bookmarks.values_mut() {
            bookmark.view = moved(&bookmark.view, &now, &dims);
        }
        after.dims = dims;
        Ok(after)
    }
}

/// Lets `layer` run along its axes where they are now.
fn relocate(layer: &mut Layer, now: &[Option<usize>]) -> Result<(), Reject> {
    for axis in layer.source.axes.iter_mut().flatten() {
        let Some(to) = now.get(*axis).copied().flatten() else {
            let message = format!("layer {} needs an axis that would go", layer.name);
            return refuse(RejectCode::UnknownAxis, message);
        };
        *axis = to;
    }
    Ok(())
}

/// `view` on the new axes: same place where it can be, same camera while it shows the same axes.
fn moved(view: &View, now: &[Option<usize>], dims: &Dims) -> View {
    let mut after = View::home(dims, Some(view.canvas));
    after.overrides.clone_from(&view.overrides);
    for (old, new) in now.iter().enumerate() {
        let Some(new) = *new else { continue };
        let place = view.point.get(old).zip(after.point.get_mut(new)).zip(dims.axes.get(new));
        if let Some(((from, to), axis)) = place {
            *to = axis.snapped(*from);
        }
    }
    let shown = view.displayed.map(|axis| now.get(axis).copied().flatten());
    if let [Some(vertical), Some(horizontal)] = shown {
        after.displayed = [vertical, horizontal];
        after.camera = after.bounded(dims, view.camera);
        let depth = |camera: Camera3d| now.get(camera.depth).copied().flatten().zip(Some(camera));
        after.camera3d = view
            .camera3d
            .and_then(depth)
            .map(|(depth, camera)| after.bounded3d(dims, Camera3d { depth, ..camera }));
    }
    after
}
