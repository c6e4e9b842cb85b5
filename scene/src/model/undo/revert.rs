//! Taking a step back, as far as it still stands.

use std::sync::Arc;

use parfocal_base::LayerId;

use super::UndoneStroke;
use super::fields::{same, taken_back};
use super::serials::{Field, Serials};
use super::stack::{Entry, Recorded};
use super::step::{Delta, Kept};
use crate::model::annotation::Edit;
use crate::model::{
    Annotation, AnnotationId, AnnotationWrite, Annotations, Author, Bookmark, Layer, LayerChange,
    Limits, Scene, SettingsChange,
};

/// What a step is taken back from, and what came of it so far.
pub(super) struct Revert<'a> {
    pub(super) scene: &'a mut Scene,
    pub(super) annotations: &'a mut Annotations,
    pub(super) by: &'a Author,
    pub(super) serials: &'a mut Serials,
    pub(super) limits: &'a Limits,
    pub(super) writes: Vec<AnnotationWrite>,
    pub(super) strokes: Vec<UndoneStroke>,
    /// Properties that were left as they are.
    pub(super) skipped: usize,
}

impl Revert<'_> {
    /// Takes back what it can of `step`. Answers what would take that back again.
    pub(super) fn step(&mut self, step: &Recorded) -> Vec<Entry> {
        let entries = step.entries.iter().rev();
        entries.filter_map(|entry| self.entry(entry, step.tick)).collect()
    }

    fn entry(&mut self, entry: &Entry, tick: u64) -> Option<Entry> {
        let target = entry.delta.target();
        // What went and was made anew is another thing, with the same name.
        let is_same = self.serials.get(&target, &Field::Whole) <= tick;
        // A stroke is taken back voxel by voxel, whoever has painted since.
        let is_stroke = matches!(entry.delta, Delta::Stroke { .. });
        let stands = |(field, left, _): &&(Field, u64, u64)| {
            is_same && (is_stroke || self.serials.get(&target, field) == *left)
        };
        let fields: Vec<Field> =
            entry.fields.iter().filter(stands).map(|(field, ..)| field.clone()).collect();
        let asked = entry.fields.len();
        let rests = self.serials.rests_since(&target, tick);
        let done = if fields.is_empty() { None } else { self.delta(&entry.delta, fields, rests) };
        let Some((delta, fields)) = done else {
            self.skipped += asked;
            return None;
        };
        self.skipped += asked - fields.len();
        let inverse = entry.fields.iter().filter(|(field, ..)| fields.contains(field));
        let inverse = inverse.map(|(field, left, prev)| {
            if self.serials.get(&target, field) == *left {
                self.serials.set(&target, field, *prev);
            }
            (field.clone(), *prev, *left)
        });
        Some(Entry { delta, fields: inverse.collect() })
    }

    /// Takes `fields` of `delta` back. Answers the inverse, and the fields that it is of.
    fn delta(
        &mut self,
        delta: &Delta,
        fields: Vec<Field>,
        rests: bool,
    ) -> Option<(Delta, Vec<Field>)> {
        let inverse = match delta {
            Delta::Layer { layer, before, after } => self.layer(*layer, before, after),
            Delta::Exists { layer, before, after } => match (before, after) {
                (Some(kept), _) => self.put_layer(kept),
                (None, Some(kept)) if rests => self.take_layer(*layer, kept),
                _ => None,
            },
            Delta::Order { before, after } => self.order(before, after),
            Delta::Setting { before, after } => self.setting(before, after),
            Delta::Bookmark { name, before, after } => {
                self.bookmark(name, before.as_deref(), after.as_deref())
            }
            Delta::Annotation { id, before, after } => {
                return self.annotation(id, before.as_ref(), after.as_ref(), fields, rests);
            }
            Delta::Stroke { layer, stroke, done } => self.stroke(*layer, *stroke, *done),
        };
        inverse.map(|inverse| (inverse, fields))
    }

    fn layer(&mut self, id: LayerId, before: &LayerChange, after: &LayerChange) -> Option<Delta> {
        let layer = self.scene.layers.iter_mut().find(|layer| layer.id == id)?;
        if (layer.locked && matches!(before, LayerChange::Style(_)))
            || !layer.properties().contains(after)
        {
            return None;
        }
        layer.set(before);
        let [before, after] = [after, before].map(|change| Box::new(change.clone()));
        Some(Delta::Layer { layer: id, before, after })
    }

    fn put_layer(&mut self, kept: &Kept) -> Option<Delta> {
        let layer = kept.layer_in(self.scene)?;
        if self.scene.layer(layer.id).is_some() || self.scene.layers.len() >= self.limits.layers {
            return None;
        }
        let id = layer.id;
        let index = kept.index.min(self.scene.layers.len());
        self.scene.layers.insert(index, layer.clone());
        let kept = Kept::of(&layer, index, self.scene);
        Some(Delta::Exists { layer: id, before: None, after: Some(Box::new(kept)) })
    }

    /// Only as it was left, empty and unlocked: else it is somebody's work too.
    fn take_layer(&mut self, id: LayerId, left: &Kept) -> Option<Delta> {
        let index = self.scene.layers.iter().position(|layer| layer.id == id)?;
        let layer = self.scene.layers.get(index)?;
        if layer.locked
            || self.annotations.count(id) > 0
            || layer.properties() != left.layer.properties()
        {
            return None;
        }
        let kept = Kept::of(layer, index, self.scene);
        self.scene.layers.remove(index);
        for view in self.scene.views.values_mut() {
            view.overrides.remove(&id);
        }
        Some(Delta::Exists { layer: id, before: Some(Box::new(kept)), after: None })
    }

    /// Layers that came since keep their places; the others change theirs among themselves.
    fn order(&mut self, before: &[LayerId], after: &[LayerId]) -> Option<Delta> {
        let now = self.scene.order();
        let still = |order: &[LayerId]| -> Vec<LayerId> {
            order.iter().copied().filter(|id| now.contains(id)).collect()
        };
        let among: Vec<_> = now.iter().copied().filter(|id| after.contains(id)).collect();
        if still(after) != among {
            return None;
        }
        let mut next = still(before).into_iter();
        let order: Vec<_> = now
            .iter()
            .map(|id| if after.contains(id) { next.next().unwrap_or(*id) } else { *id })
            .collect();
        let place = |id: LayerId| order.iter().position(|known| *known == id);
        self.scene.layers.sort_by_key(|layer| place(layer.id));
        Some(Delta::Order { before: after.to_vec(), after: before.to_vec() })
    }

    fn setting(&mut self, before: &SettingsChange, after: &SettingsChange) -> Option<Delta> {
        if !self.scene.settings.properties().contains(after) {
            return None;
        }
        self.scene.settings.set(before);
        Some(Delta::Setting { before: after.clone(), after: before.clone() })
    }

    fn bookmark(
        &mut self,
        name: &str,
        before: Option<&Bookmark>,
        after: Option<&Bookmark>,
    ) -> Option<Delta> {
        let others = |kept: &&Bookmark| kept.author != self.by.subject && !self.by.edits_all;
        if before.into_iter().chain(after).any(|kept| others(&kept)) {
            return None;
        }
        let kept = &self.scene.bookmarks;
        let full = kept.len() >= self.limits.bookmarks && !kept.contains_key(name);
        if kept.get(name) != after || (full && before.is_some()) {
            return None;
        }
        match before {
            // The axes may have changed since.
            Some(before) if before.clone().checked(self.scene).ok().as_ref() != Some(before) => {
                return None;
            }
            Some(before) => self.scene.bookmarks.insert(name.to_owned(), before.clone()),
            None => self.scene.bookmarks.remove(name),
        };
        let boxed = |bookmark: Option<&Bookmark>| bookmark.cloned().map(Box::new);
        let name = name.to_owned();
        Some(Delta::Bookmark { name, before: boxed(after), after: boxed(before) })
    }

    fn stroke(&mut self, layer: LayerId, stroke: u64, done: bool) -> Option<Delta> {
        self.scene.layer(layer).filter(|layer| layer.painted.is_some() && !layer.locked)?;
        self.strokes.push(UndoneStroke { layer, stroke, redo: !done });
        Some(Delta::Stroke { layer, stroke, done: !done })
    }

    fn annotation(
        &mut self,
        id: &AnnotationId,
        before: Option<&Arc<Annotation>>,
        after: Option<&Arc<Annotation>>,
        fields: Vec<Field>,
        rests: bool,
    ) -> Option<(Delta, Vec<Field>)> {
        let now = self.annotations.get(id).map(Arc::clone);
        let (next, fields) = match (before, after, now) {
            (Some(before), None, None) => (Some(self.room_for(before)?), fields),
            (None, Some(after), Some(now)) => {
                self.layer_of(&now)?;
                if !rests || !same(&Field::Whole, after, &now) {
                    return None;
                }
                (None, fields)
            }
            (Some(before), Some(after), Some(now)) => {
                self.layer_of(&now)?;
                let fields = fields.into_iter().filter(|field| same(field, after, &now)).collect();
                let (next, fields) =
                    taken_back(&now, before, fields, self.scene, self.annotations, self.limits);
                if fields.is_empty() {
                    return None;
                }
                (Some(Arc::new(next)), fields)
            }
            _ => return None,
        };
        let before = self.annotations.set(id.clone(), next.clone());
        let write = AnnotationWrite { id: id.clone(), before, after: next };
        let inverse = Delta::Annotation {
            id: id.clone(),
            before: write.before.clone(),
            after: write.after.clone(),
        };
        if write.before != write.after {
            self.writes.push(write);
        }
        Some((inverse, fields))
    }

    /// The layer of `annotation`, if who asks may change it there.
    fn layer_of(&self, annotation: &Annotation) -> Option<&Layer> {
        let edit = Edit { scene: self.scene, by: self.by, limits: self.limits };
        edit.layer_of(annotation).ok()
    }

    /// `gone`, if it can come back.
    fn room_for(&self, gone: &Arc<Annotation>) -> Option<Arc<Annotation>> {
        let layer = self.layer_of(gone)?;
        self.annotations.check_room(layer, self.limits).ok()?;
        self.annotations.check_features(layer.id, None, &gone.features).ok()?;
        Some(Arc::clone(gone))
    }
}
