//! Everything as it was in a version.

use std::sync::Arc;

use parfocal_scene::Reject;
use parfocal_scene::replica::{AnnotationDocument, Document};
use parfocal_store::{Blob, Kept, Part};

use super::opening::{load, read};
use super::{Edit, Keeper, not_written, unavailable};
use crate::supervise::Failure;

impl Keeper {
    /// Brings everything to a kept version.
    pub(crate) fn restore(
        &mut self,
        number: u64,
        kept: &Kept,
        blobs: &[Blob],
    ) -> Result<Edit, Reject> {
        let mut document = Document::new(0);
        let mut drawn = AnnotationDocument::new(0);
        let part = |state: &Option<Vec<u8>>| Part { snapshot: state.clone(), updates: Vec::new() };
        load("version", &part(&kept.scene), |update| document.load(update)).map_err(unavailable)?;
        load("version", &part(&kept.annotations), |update| drawn.load(update))
            .map_err(unavailable)?;
        let scene = document.scene().map_err(|e| unavailable(Failure(e.to_string())))?;
        let annotations = read(&drawn).map_err(unavailable)?;
        let before = Arc::clone(&self.scene);
        let writes = Arc::make_mut(&mut self.scene).restore_to(&scene)?;
        let drawn = self.annotations.diff_to(&annotations);
        let mut updates = match self.commit(&writes, &drawn) {
            Ok(updates) => updates,
            Err(full) => {
                self.scene = before;
                return Err(not_written(full));
            }
        };
        self.annotations = annotations;
        self.undo.clear();
        self.painted.close_all();
        for layer in self.painted_layers() {
            updates.extend(self.open_painted(layer).map_err(unavailable)?);
        }
        self.painted.load(blobs);
        self.restored = Some(number);
        updates.extend(self.painted_over());
        Ok(Edit { updates, applied: None })
    }
}
