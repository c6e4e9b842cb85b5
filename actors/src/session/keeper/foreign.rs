//! What standard Yjs clients write.

use std::sync::Arc;

use parfocal_base::Domain;
use parfocal_scene::replica::{ForeignWriter, Refused, Reverted};
use parfocal_scene::{Annotation, AnnotationId, AnnotationWrite, Author, Reject, Step};
use serde_json::Value;

use super::{Keeper, Update};

/// What became of a standard Yjs client's update.
#[derive(Debug)]
pub(crate) struct Admission {
    /// For everybody, the writer included; nothing where all was known.
    pub(crate) updates: Vec<Update>,
    /// What was put back, and why.
    pub(crate) reverted: Vec<String>,
}

impl Keeper {
    /// Lets the update of a standard Yjs client in, as far as its writer may make it.
    pub(crate) fn admit(
        &mut self,
        update: &[u8],
        by: &Author,
        taken: &dyn Fn(u64) -> bool,
    ) -> Result<Admission, Refused> {
        let sender = ForeignWriter { subject: &by.subject, taken };
        let (scene, limits) = (&self.scene, &self.limits);
        // Each change is checked beside those before it, so that bounds hold for the whole update.
        let mut annotations = self.annotations.clone();
        let check = |id: &AnnotationId, _: Option<&Value>, after: Option<&Value>| {
            let before = annotations.get(id).cloned();
            let before = before.as_deref();
            let checked = annotations.check_foreign(scene, by, limits, id, before, after)?;
            annotations.set(id.clone(), checked.clone().map(Arc::new));
            Ok(checked.and_then(|annotation| serde_json::to_value(annotation).ok()))
        };
        let admitted = self.drawn.admit(update, &sender, check)?;
        let mut drawn = Vec::new();
        for change in admitted.changes {
            let after = change.after.and_then(|value| serde_json::from_value(value).ok());
            let after: Option<Arc<Annotation>> = after.map(Arc::new);
            let before = self.annotations.set(change.id.clone(), after.clone());
            drawn.push(AnnotationWrite { id: change.id, before, after });
        }
        let mut updates = Vec::new();
        if !admitted.update.is_empty() {
            self.revision += 1;
            self.unsaved = true;
            updates.push((Domain::Annotations, admitted.update.into()));
        }
        self.measuring.note(&drawn);
        let step = Step::of(None, &self.scene, &self.scene, &drawn, &[]);
        self.undo.record(&by.subject, step, None, by.now_ms);
        let why = |reverted: Reverted<Reject>| match reverted.why {
            Some(reject) => format!("{}: {}: {reject}", reverted.key, reject.code.as_str()),
            None => format!("{:?} is not the name of an annotation", reverted.key),
        };
        Ok(Admission { updates, reverted: admitted.reverted.into_iter().map(why).collect() })
    }
}
