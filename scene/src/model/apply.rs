//! Applying a change: everything is validated first; a refused change has changed nothing.

use parfocal_base::{LayerId, ViewId};

use super::{Applied, Change, Intent, Layer, Reject, RejectCode, Scene, Write};

impl Scene {
    /// Applies `change`. What it answers holds the document writes that bring a replica to the
    /// same state, and the intent with its values clamped and snapped.
    ///
    /// # Errors
    /// A [`Reject`] that says what would be right; then nothing was changed.
    pub fn apply(&mut self, change: &Change) -> Result<Applied, Reject> {
        match change {
            Change::Intent(intent) => {
                let (writes, intent) = self.apply_intent(intent)?;
                Ok(Applied { writes, intent: Some(intent) })
            }
            Change::AddLayer(layer) => self.push_layer(Layer::clone(layer)),
            Change::RemoveLayer(layer) => self.remove_layer(*layer),
            Change::SetSource { layer, source } => self.set_source(*layer, *source),
            Change::SetDims(dims) => self.set_dims(dims.clone()),
            Change::OpenView { view, from } => self.open_view(*view, *from),
            Change::CloseView(view) => self.close_view(*view),
            Change::SetCanvas { view, canvas } => self.set_canvas(*view, *canvas),
        }
    }

    fn apply_intent(&mut self, intent: &Intent) -> Result<(Vec<Write>, Intent), Reject> {
        match intent {
            Intent::SetLayer { layer, change } => self.set_layer(*layer, change.clone()),
            Intent::MoveLayer { layer, index } => self.move_layer(*layer, *index),
            Intent::SetSettings { change } => Ok(self.set_settings(change)),
            Intent::AddLayer { .. }
            | Intent::RemoveLayer { .. }
            | Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. }
            | Intent::Paint(_)
            | Intent::NewLabel { .. }
            | Intent::Undo
            | Intent::Redo
            | Intent::SetBookmark { .. }
            | Intent::RemoveBookmark { .. } => {
                Err(Reject::new(RejectCode::NotApplicable, "this server cannot do that yet"))
            }
            Intent::SetOverride { view, layer, change } => {
                self.set_override(*view, *layer, change.clone())
            }
            Intent::ClearOverrides { view, layer } => self.clear_overrides(*view, *layer),
            Intent::SetPoint { view, axis, value } => self.set_point(*view, *axis, *value),
            Intent::SetDisplayed { view, displayed } => self.set_displayed(*view, *displayed),
            Intent::SetCamera { view, center, zoom } => self.set_camera(*view, *center, *zoom),
            Intent::ResetView { view } => self.reset_view(*view),
        }
    }

    /// The layer with this number, to change it.
    pub(super) fn layer_mut(&mut self, id: LayerId) -> Result<&mut Layer, Reject> {
        let found = self.layers.iter_mut().find(|layer| layer.id == id);
        found.ok_or_else(|| {
            Reject::new(RejectCode::UnknownLayer, format!("there is no layer {id} (any more)"))
        })
    }
}

pub(super) fn unknown_view(id: ViewId) -> Reject {
    Reject::new(RejectCode::UnknownView, format!("there is no view {id} (any more)"))
}
