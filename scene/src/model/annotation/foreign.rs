//! What others write into the annotations document themselves, by the same rules.

use serde::Deserialize;
use serde_json::Value;

use super::edit::Edit;
use super::{Annotation, AnnotationId, Annotations, Author, Limits};
use crate::model::{Reject, RejectCode, Scene};

/// Characters of a decoder's complaint that are passed on: it repeats what it was given.
const MAX_QUOTED: usize = 200;

impl Annotations {
    /// What becomes of an annotation that a standard Yjs client has written (`after`; `None`:
    /// removed) where there was `before`. These annotations are those from before the write.
    ///
    /// The author and the time are the server's: the writer and now for what is new, else those
    /// that it had. So is what was measured. Unknown properties are left out.
    ///
    /// # Errors
    /// A [`Reject`] as for an intent; then `before` is to be written back.
    pub fn check_foreign(
        &self,
        scene: &Scene,
        by: &Author,
        limits: &Limits,
        id: &AnnotationId,
        before: Option<&Annotation>,
        after: Option<&Value>,
    ) -> Result<Option<Annotation>, Reject> {
        let edit = Edit { scene, by, limits };
        if let Some(before) = before {
            edit.layer_of(before)?;
        }
        let Some(after) = after else { return Ok(None) };
        let after = Annotation::deserialize(after).map_err(|why| {
            let why: String = why.to_string().chars().take(MAX_QUOTED).collect();
            Reject::new(RejectCode::Malformed, format!("this is no annotation: {why}"))
        })?;
        let Some(before) = before else { return edit.made(self, id, &after).map(Some) };
        if after == *before {
            return Ok(Some(after));
        }
        let layer = edit.open_layer(after.layer)?;
        if after.layer != before.layer {
            self.check_room(layer, limits)?;
        }
        let mut after = after.checked(scene, layer, limits)?;
        let own = (before.layer == after.layer).then_some(before);
        self.check_features(layer.id, own, &after.features)?;
        after.author.clone_from(&before.author);
        after.created = before.created;
        if after.measure != before.measure {
            scene.check_measured_layer(after.measure)?;
        }
        let of = |a: &Annotation| (a.measure, a.shape, a.layer);
        if of(&after) == of(before) && after.vertices == before.vertices {
            after.measured.clone_from(&before.measured);
            return Ok(Some(after));
        }
        Ok(Some(after.remeasured(scene)))
    }
}
