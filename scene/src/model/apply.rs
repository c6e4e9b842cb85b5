//! Applying a change: everything is validated first; a refused change has changed nothing.

use parfocal_base::{LayerId, ViewId};

use super::check::refuse;
use super::{Applied, Author, Change, Intent, Layer, Limits, Reject, RejectCode, Scene, Write};

impl Scene {
    /// Applies `change`. What it answers holds the document writes that bring a replica to the
    /// same state, and the intent with its values clamped and snapped.
    ///
    /// # Errors
    /// A [`Reject`] that says what would be right; then nothing was changed.
    pub fn apply(&mut self, change: &Change) -> Result<Applied, Reject> {
        match change {
            Change::Intent(intent) => {
                self.apply_intent(intent, &Author::server(0), &Limits::default())
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

    /// Applies a participant's intent to the scene. Not of these concern: annotations
    /// ([`Annotations::apply`](super::Annotations::apply)), painting ([`Scene::check_paint`]), undo
    /// and redo. Of a removed layer the annotations have to be removed too
    /// ([`Annotations::remove_layer`](super::Annotations::remove_layer)).
    ///
    /// # Errors
    /// A [`Reject`] that says what would be right; then nothing was changed.
    pub fn apply_intent(
        &mut self,
        intent: &Intent,
        by: &Author,
        limits: &Limits,
    ) -> Result<Applied, Reject> {
        let (writes, intent) = self.apply_asked(intent, by, limits)?;
        Ok(Applied { writes, intent: Some(intent) })
    }

    fn apply_asked(
        &mut self,
        intent: &Intent,
        by: &Author,
        limits: &Limits,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        match intent {
            Intent::SetLayer { layer, change } => self.set_layer(*layer, change.clone()),
            Intent::MoveLayer { layer, index } => self.move_layer(*layer, *index),
            Intent::SetSettings { change } => Ok(self.set_settings(change)),
            Intent::AddLayer { layer_kind, name, .. } => {
                self.add_empty_layer(*layer_kind, name.as_deref(), limits)
            }
            Intent::RemoveLayer { layer } => {
                self.known_layer(*layer)?.check_unlocked()?;
                Ok((self.remove_layer(*layer)?.writes, intent.clone()))
            }
            Intent::NewLabel { layer, .. } => self.new_label(*layer),
            Intent::SetBookmark { bookmark } => self.set_bookmark(bookmark, by, limits),
            Intent::RemoveBookmark { name } => self.remove_bookmark(name, by),
            Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. }
            | Intent::Paint(_)
            | Intent::Undo
            | Intent::Redo => refuse(RejectCode::NotApplicable, "this is not kept in the scene"),
            Intent::SetOverride { view, layer, change } => {
                self.set_override(*view, *layer, change.clone())
            }
            Intent::ClearOverrides { view, layer } => self.clear_overrides(*view, *layer),
            Intent::SetPoint { view, axis, value } => self.set_point(*view, *axis, *value),
            Intent::SetDisplayed { view, displayed } => self.set_displayed(*view, *displayed),
            Intent::SetCamera { view, center, zoom } => self.set_camera(*view, *center, *zoom),
            Intent::SetNdisplay { view, ndisplay } => self.set_ndisplay(*view, *ndisplay),
            Intent::SetCamera3d { view, center, zoom, angles, perspective } => {
                self.set_camera3d(*view, *center, *zoom, *angles, *perspective)
            }
            Intent::ResetView { view } => self.reset_view(*view),
        }
    }

    /// The layer with this number.
    pub(super) fn known_layer(&self, id: LayerId) -> Result<&Layer, Reject> {
        self.layer(id).ok_or_else(|| unknown_layer(id))
    }

    /// The layer with this number, to change it.
    pub(super) fn layer_mut(&mut self, id: LayerId) -> Result<&mut Layer, Reject> {
        let found = self.layers.iter_mut().find(|layer| layer.id == id);
        found.ok_or_else(|| unknown_layer(id))
    }
}

fn unknown_layer(id: LayerId) -> Reject {
    Reject::new(RejectCode::UnknownLayer, format!("there is no layer {id} (any more)"))
}

pub(super) fn unknown_view(id: ViewId) -> Reject {
    Reject::new(RejectCode::UnknownView, format!("there is no view {id} (any more)"))
}
