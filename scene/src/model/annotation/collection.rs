//! All annotations of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use parfocal_base::LayerId;

use super::{Annotation, AnnotationId, Feature, Measure, Measured};
use crate::model::check::refuse;
use crate::model::{AnnotationWrite, Reject, RejectCode, Scene};

/// All annotations of a session, by name and by layer.
///
/// A clone costs nothing and shares what does not change: the renderer gets one at every revision.
#[derive(Clone, Debug, Default)]
pub struct Annotations {
    by_id: OrdMap<AnnotationId, Arc<Annotation>>,
    layers: OrdMap<LayerId, InLayer>,
}

/// Those of one layer.
#[derive(Clone, Debug, Default)]
struct InLayer {
    by_id: OrdMap<AnnotationId, Arc<Annotation>>,
    /// How many have a value of each type ([`type_of`]) under a feature's name.
    features: OrdMap<String, [usize; TYPES]>,
}

/// How many types a feature can have.
const TYPES: usize = 3;

/// Their names for a person, in the order of [`type_of`].
const TYPE_NAMES: [&str; TYPES] = ["true or false", "a number", "a text"];

const fn type_of(value: &Feature) -> usize {
    match value {
        Feature::Bool(_) => 0,
        Feature::Number(_) => 1,
        Feature::Text(_) => 2,
    }
}

impl PartialEq for Annotations {
    fn eq(&self, other: &Self) -> bool {
        self.by_id == other.by_id // `layers` follows from it
    }
}

impl Annotations {
    /// The annotation of that name.
    pub fn get(&self, id: &AnnotationId) -> Option<&Arc<Annotation>> {
        self.by_id.get(id)
    }

    /// All of one layer; `None` where it has none.
    pub fn layer(&self, layer: LayerId) -> Option<&OrdMap<AnnotationId, Arc<Annotation>>> {
        self.layers.get(&layer).map(|those| &those.by_id)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&AnnotationId, &Arc<Annotation>)> {
        self.by_id.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whether both are the same without looking at them: clones between which nothing changed.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.by_id.ptr_eq(&other.by_id)
    }

    /// How many are in `layer`.
    pub fn count(&self, layer: LayerId) -> usize {
        self.layer(layer).map_or(0, OrdMap::len)
    }

    /// Puts, replaces or (`None`) takes away the annotation of that name, unchecked: for what is
    /// read from the document, or was answered by [`Annotations::apply`] already. Answers what it
    /// was before.
    pub fn set(
        &mut self,
        id: AnnotationId,
        to: Option<Arc<Annotation>>,
    ) -> Option<Arc<Annotation>> {
        let before = match &to {
            Some(annotation) => self.by_id.insert(id.clone(), Arc::clone(annotation)),
            None => self.by_id.remove(&id),
        };
        if let Some(before) = &before
            && let Some(those) = self.layers.get_mut(&before.layer)
        {
            those.by_id.remove(&id);
            those.count_features(before, usize::wrapping_sub);
            if those.by_id.is_empty() {
                self.layers.remove(&before.layer);
            }
        }
        if let Some(annotation) = to {
            let those = self.layers.entry(annotation.layer).or_default();
            those.count_features(&annotation, usize::wrapping_add);
            those.by_id.insert(id, annotation);
        }
        before
    }

    /// Removes all that is in `layer`.
    pub fn remove_layer(&mut self, layer: LayerId) -> Vec<AnnotationWrite> {
        let Some(those) = self.layers.remove(&layer) else { return Vec::new() };
        let gone = those.by_id.into_iter().map(|(id, annotation)| {
            self.by_id.remove(&id);
            AnnotationWrite { id, before: Some(annotation), after: None }
        });
        gone.collect()
    }

    /// The writes that make these annotations those of `other`.
    pub fn diff_to(&self, other: &Self) -> Vec<AnnotationWrite> {
        let write = |id: &AnnotationId, before: Option<&Arc<_>>, after: Option<&Arc<_>>| {
            AnnotationWrite { id: id.clone(), before: before.cloned(), after: after.cloned() }
        };
        let differences = self.by_id.diff(&other.by_id).map(|difference| match difference {
            DiffItem::Add(id, after) => write(id, None, Some(after)),
            DiffItem::Remove(id, before) => write(id, Some(before), None),
            DiffItem::Update { old: (id, before), new: (_, after) } => {
                write(id, Some(before), Some(after))
            }
        });
        differences.collect()
    }

    /// Whether each of `features` has the type that all others in `layer` have; `own` is the
    /// annotation of this layer that would get them.
    pub(in crate::model) fn check_features(
        &self,
        layer: LayerId,
        own: Option<&Annotation>,
        features: &BTreeMap<String, Feature>,
    ) -> Result<(), Reject> {
        let Some(those) = self.layers.get(&layer) else { return Ok(()) };
        for (name, value) in features {
            let Some(mut counts) = those.features.get(name).copied() else { continue };
            if let Some(old) = own.and_then(|own| own.features.get(name))
                && let Some(count) = counts.get_mut(type_of(old))
            {
                *count = count.saturating_sub(1);
            }
            let of_type = |(kind, count): (usize, usize)| kind != type_of(value) && count > 0;
            if let Some(kind) = counts.into_iter().enumerate().position(of_type) {
                let message = format!(
                    "the feature {name} of this layer is {}, and cannot be {} too",
                    TYPE_NAMES[kind],
                    TYPE_NAMES[type_of(value)]
                );
                return refuse(RejectCode::NotApplicable, message);
            }
        }
        Ok(())
    }

    /// Keeps what was measured of `id`, unless it is not as it was (`of`) when that began.
    pub fn set_measured(
        &mut self,
        id: &AnnotationId,
        of: &Annotation,
        measured: Measured,
    ) -> Option<AnnotationWrite> {
        let before = Arc::clone(self.get(id)?);
        let form = |a: &Annotation| (a.layer, a.shape, a.measure);
        if form(&before) != form(of) || before.vertices != of.vertices {
            return None;
        }
        let measured = Some(measured);
        if before.measured == measured {
            return None;
        }
        let after = Some(Arc::new(Annotation { measured, ..Annotation::clone(&before) }));
        self.set(id.clone(), after.clone());
        Some(AnnotationWrite { id: id.clone(), before: Some(before), after })
    }

    /// Measures everything anew but statistics: for a scene whose axes have changed.
    pub fn remeasure(&mut self, scene: &Scene) -> Vec<AnnotationWrite> {
        let geometric = |measure: &Measure| !matches!(measure, Measure::Statistics(_));
        let measured = self.by_id.iter().filter(|(_, a)| a.measure.as_ref().is_some_and(geometric));
        let anew = measured.filter_map(|(id, before)| {
            let after = Annotation::clone(before).remeasured(scene);
            let (id, before) = (id.clone(), Some(Arc::clone(before)));
            let differs = before.as_deref() != Some(&after);
            differs.then(|| AnnotationWrite { id, before, after: Some(Arc::new(after)) })
        });
        let writes: Vec<_> = anew.collect();
        writes.iter().for_each(|write| self.write(write));
        writes
    }

    /// Does what `write` says.
    pub fn write(&mut self, write: &AnnotationWrite) {
        self.set(write.id.clone(), write.after.clone());
    }
}

impl InLayer {
    fn count_features(&mut self, of: &Annotation, change: fn(usize, usize) -> usize) {
        for (name, value) in &of.features {
            let counts = self.features.entry(name.clone()).or_default();
            if let Some(count) = counts.get_mut(type_of(value)) {
                *count = change(*count, 1);
            }
            if *counts == [0; TYPES] {
                self.features.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(layer: u32, at: f64, features: &[(&str, Feature)]) -> Arc<Annotation> {
        let features = features.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Arc::new(Annotation {
            features: features.collect(),
            ..Annotation::new(LayerId(layer), super::super::Shape::Point, vec![vec![at; 2]])
        })
    }

    #[test]
    fn a_replaced_or_moved_annotation_leaves_nothing_behind() {
        let mut all = Annotations::default();
        let id = AnnotationId::from("a");
        all.set(id.clone(), Some(point(1, 0.0, &[("n", Feature::Number(1.0))])));
        all.set(id.clone(), Some(point(2, 1.0, &[("n", Feature::Text("x".to_owned()))])));
        assert_eq!((all.len(), all.count(LayerId(1)), all.count(LayerId(2))), (1, 0, 1));
        assert!(all.layer(LayerId(1)).is_none());
        all.set(id.clone(), None);
        assert!(all.is_empty() && all.layers.is_empty() && all.get(&id).is_none());
    }

    #[test]
    fn a_clone_is_not_changed_and_the_difference_leads_from_one_to_the_other() {
        let mut now = Annotations::default();
        for i in 0..10_u32 {
            now.set(format!("a{i}").as_str().into(), Some(point(i % 3, 0.0, &[])));
        }
        let then = now.clone();
        now.set("a3".into(), None);
        now.set("a4".into(), Some(point(0, 5.0, &[])));
        now.set("new".into(), Some(point(0, 6.0, &[])));
        let writes = now.diff_to(&then);
        assert_eq!(writes.len(), 3);
        writes.iter().for_each(|write| now.write(write));
        assert_eq!(now, then);
        assert!(now.diff_to(&then).is_empty());
    }

    #[test]
    fn a_layer_goes_with_all_that_is_in_it() {
        let mut all = Annotations::default();
        all.set("a".into(), Some(point(1, 0.0, &[])));
        all.set("b".into(), Some(point(2, 0.0, &[])));
        let writes = all.remove_layer(LayerId(1));
        assert_eq!(writes.len(), 1);
        assert!(writes[0].after.is_none() && all.get(&"a".into()).is_none());
        assert_eq!(all.len(), 1);
        assert!(all.remove_layer(LayerId(1)).is_empty());
    }
}
