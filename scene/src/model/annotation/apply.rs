//! Applying an intent to annotations: all of it, or none.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::edit::Edit;
use super::vertices::coordinate;
use super::{
    Annotation, AnnotationChange, AnnotationId, Annotations, Author, Limits, NewAnnotation, Shape,
};
use crate::model::check::refuse;
use crate::model::{AnnotationWrite, Intent, Layer, Reject, RejectCode, Scene};

type Done = Result<(Vec<AnnotationWrite>, Intent), Reject>;

impl Annotations {
    /// Applies an intent about annotations. Answers what to write, and the intent with the values
    /// as they were applied; nothing is written where nothing changes.
    ///
    /// # Errors
    /// A [`Reject`] that says what would be right; then nothing was changed.
    pub fn apply(&mut self, scene: &Scene, intent: &Intent, by: &Author, limits: &Limits) -> Done {
        let edit = Edit { scene, by, limits };
        // A clone costs nothing, and is thrown away where the intent is refused half-way.
        let mut after = self.clone();
        let done = match intent {
            Intent::AddAnnotations { annotations } => edit.add(&mut after, annotations),
            Intent::ChangeAnnotation { annotation, change } => {
                edit.change(&mut after, annotation, change)
            }
            Intent::MoveAnnotations { annotations, by } => edit.shift(&mut after, annotations, by),
            Intent::RemoveAnnotations { annotations } => edit.remove(&mut after, annotations),
            _ => refuse(RejectCode::NotApplicable, "this intent is not about annotations"),
        }?;
        *self = after;
        Ok(done)
    }

    fn known(&self, id: &AnnotationId) -> Result<&Arc<Annotation>, Reject> {
        self.get(id).ok_or_else(|| {
            let message = "there is no such annotation (any more)";
            Reject::new(RejectCode::UnknownAnnotation, message)
        })
    }

    /// Puts `after` in the place of what there is.
    fn put(&mut self, id: &AnnotationId, after: Option<Annotation>) -> AnnotationWrite {
        let after = after.map(Arc::new);
        let before = self.set(id.clone(), after.clone());
        AnnotationWrite { id: id.clone(), before, after }
    }

    /// Whether one more fits into `layer`.
    pub(in crate::model) fn check_room(
        &self,
        layer: &Layer,
        limits: &Limits,
    ) -> Result<(), Reject> {
        let message = if self.count(layer.id) >= limits.annotations_per_layer {
            let most = limits.annotations_per_layer;
            format!("a layer holds at most {most} annotations; {} is full", layer.name)
        } else if self.len() >= limits.annotations {
            format!("a session holds at most {} annotations: remove some", limits.annotations)
        } else {
            return Ok(());
        };
        refuse(RejectCode::Limit, message)
    }
}

impl Edit<'_> {
    fn check_many(&self, count: usize) -> Result<(), Reject> {
        let most = self.limits.annotations_per_intent;
        if count <= most {
            return Ok(());
        }
        let message = format!("one intent takes at most {most} annotations: send several");
        refuse(RejectCode::Limit, message)
    }

    fn add(&self, to: &mut Annotations, new: &[NewAnnotation]) -> Done {
        self.check_many(new.len())?;
        let vertices: usize = new.iter().map(|new| new.annotation.vertices.len()).sum();
        if vertices > self.limits.vertices_per_intent {
            let most = self.limits.vertices_per_intent;
            let message = format!("one intent makes at most {most} vertices: send several");
            return refuse(RejectCode::Limit, message);
        }
        let mut writes = Vec::with_capacity(new.len());
        let mut made = Vec::with_capacity(new.len());
        for NewAnnotation { id, annotation } in new {
            let annotation =
                self.made(to, id, annotation).map_err(|why| naming(new.len(), id, why))?;
            writes.push(to.put(id, Some(annotation.clone())));
            made.push(NewAnnotation { id: id.clone(), annotation });
        }
        Ok((writes, Intent::AddAnnotations { annotations: made }))
    }

    /// The annotation that the author makes.
    pub(super) fn made(
        &self,
        to: &Annotations,
        id: &AnnotationId,
        new: &Annotation,
    ) -> Result<Annotation, Reject> {
        Self::check_name(id)?;
        if to.get(id).is_some() {
            return refuse(RejectCode::Taken, "there is an annotation of this name already");
        }
        let layer = self.open_layer(new.layer)?;
        to.check_room(layer, self.limits)?;
        let mut annotation = new.clone().checked(self.scene, layer, self.limits)?;
        self.scene.check_measured_layer(annotation.measure)?;
        to.check_features(layer.id, None, &annotation.features)?;
        annotation.author.clone_from(&self.by.subject);
        annotation.created = self.by.now_ms;
        Ok(annotation.remeasured(self.scene))
    }

    fn change(&self, to: &mut Annotations, id: &AnnotationId, change: &AnnotationChange) -> Done {
        let before = Arc::clone(to.known(id)?);
        let layer = self.layer_of(&before)?;
        let mut after = Annotation::clone(&before);
        let change = self.set(&mut after, layer, change.clone())?;
        if let AnnotationChange::Feature { name, .. } = &change {
            let only = after.features.get_key_value(name);
            let only = only.map(|(name, value)| (name.clone(), value.clone())).into_iter();
            to.check_features(layer.id, Some(&before), &only.collect())?;
        }
        let writes = if after == *before { Vec::new() } else { vec![to.put(id, Some(after))] };
        Ok((writes, Intent::ChangeAnnotation { annotation: id.clone(), change }))
    }

    fn shift(&self, to: &mut Annotations, ids: &[AnnotationId], by: &[f64]) -> Done {
        self.check_many(ids.len())?;
        let mut seen = BTreeSet::new();
        let ids: Vec<_> = ids.iter().filter(|id| seen.insert(*id)).cloned().collect();
        let mut writes = Vec::new();
        let mut layer = None;
        for id in &ids {
            let before = to.known(id)?;
            let own = self.layer_of(before)?;
            if *layer.get_or_insert(own.id) != own.id {
                let message = "annotations that are moved together are of one layer";
                return refuse(RejectCode::NotApplicable, message);
            }
            let after = shifted(before, by).map_err(|why| naming(ids.len(), id, why))?;
            if after.vertices != before.vertices {
                writes.push(to.put(id, Some(after.remeasured(self.scene))));
            }
        }
        Ok((writes, Intent::MoveAnnotations { annotations: ids, by: by.to_vec() }))
    }

    fn remove(&self, from: &mut Annotations, ids: &[AnnotationId]) -> Done {
        self.check_many(ids.len())?;
        let mut writes = Vec::new();
        for id in ids {
            let Some(annotation) = from.get(id) else { continue };
            self.layer_of(annotation)?;
            writes.push(from.put(id, None));
        }
        let gone = writes.iter().map(|write| write.id.clone()).collect();
        Ok((writes, Intent::RemoveAnnotations { annotations: gone }))
    }
}

/// `annotation`, moved. Its form stays, so that only where it is needs to be checked.
fn shifted(annotation: &Annotation, by: &[f64]) -> Result<Annotation, Reject> {
    let mut after = annotation.clone();
    // The second vertex of a vector is a direction.
    let places = if after.shape == Shape::Vector { 1 } else { after.vertices.len() };
    for vertex in after.vertices.iter_mut().take(places) {
        if vertex.len() != by.len() {
            let message = format!(
                "a move has one number for each of the {} axes of the layer, not {}",
                vertex.len(),
                by.len()
            );
            return refuse(RejectCode::OutOfRange, message);
        }
        for (value, by) in vertex.iter_mut().zip(by) {
            *value = coordinate(*value + by)?;
        }
    }
    Ok(after)
}

/// Says of which of several annotations a refusal is.
fn naming(of: usize, id: &AnnotationId, why: Reject) -> Reject {
    if of < 2 || !id.is_valid() {
        return why;
    }
    Reject { message: format!("{id}: {}", why.message), ..why }
}
