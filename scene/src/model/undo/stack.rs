//! Recorded steps, and when two of them are one.

use std::collections::VecDeque;

use parfocal_base::LayerId;

use super::fields::same;
use super::serials::{Field, Serials};
use super::step::{Delta, Step};
use crate::model::{AnnotationId, Intent, Need};

/// Successive steps with equal keys are one, if they follow each other closely: a dragged slider is
/// taken back at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Merge {
    Property { layer: LayerId, property: &'static str },
    Annotation { annotation: AnnotationId, property: &'static str },
    Move { annotations: Vec<AnnotationId> },
    Stroke { layer: LayerId, stroke: u32 },
}

/// Longest pause within a drag, in milliseconds.
const DRAG_MS: u64 = 1000;
/// Longest pause within a stroke, in milliseconds: its parts come while it is drawn.
const STROKE_MS: u64 = 5000;

impl Merge {
    /// What `intent` may be merged with.
    pub fn of(intent: &Intent) -> Option<Self> {
        Some(match intent {
            Intent::SetLayer { layer, change } => {
                Self::Property { layer: *layer, property: change.property() }
            }
            Intent::ChangeAnnotation { annotation, change } => {
                Self::Annotation { annotation: annotation.clone(), property: change.property() }
            }
            Intent::MoveAnnotations { annotations, .. } => {
                Self::Move { annotations: annotations.clone() }
            }
            Intent::Paint(paint) => Self::Stroke { layer: paint.layer, stroke: paint.stroke },
            _ => return None,
        })
    }

    const fn pause(&self) -> u64 {
        match self {
            Self::Stroke { .. } => STROKE_MS,
            _ => DRAG_MS,
        }
    }
}

/// A delta, and for each field that it wrote the number of its write and of the one before.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) delta: Delta,
    pub(super) fields: Vec<(Field, u64, u64)>,
}

/// A step on a stack.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) label: String,
    pub(super) need: Need,
    pub(super) entries: Vec<Entry>,
    /// When it was put there, in the count of all edits.
    pub(super) tick: u64,
    pub(super) bytes: usize,
    merge: Option<Merge>,
    last_ms: u64,
}

/// What one person can take back, and do again; the newest last.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    pub(super) done: VecDeque<Recorded>,
    pub(super) undone: VecDeque<Recorded>,
}

impl Stacks {
    pub(super) fn steps(&self) -> impl Iterator<Item = &Recorded> {
        self.done.iter().chain(&self.undone)
    }

    pub(super) fn bytes(&self) -> usize {
        self.steps().map(|step| step.bytes).sum()
    }

    /// When the oldest step was put here.
    pub(super) fn first(&self) -> Option<u64> {
        self.done.front().or_else(|| self.undone.front()).map(|step| step.tick)
    }

    /// When the newest was.
    pub(super) fn last(&self) -> Option<u64> {
        self.done.back().or_else(|| self.undone.back()).map(|step| step.tick)
    }

    /// Answers how many bytes that was.
    pub(super) fn drop_oldest(&mut self) -> usize {
        let oldest = self.done.pop_front().or_else(|| self.undone.pop_front());
        oldest.map_or(0, |step| step.bytes)
    }
}

impl Recorded {
    /// Whether taking it back puts `id` back.
    pub(super) fn brings_back(&self, id: LayerId) -> bool {
        self.entries.iter().any(|entry| {
            matches!(&entry.delta, Delta::Exists { layer, before: Some(_), .. } if *layer == id)
        })
    }

    /// `step`, whose writes get the number `tick`.
    pub(super) fn new(step: Step, serials: &mut Serials, tick: u64) -> Self {
        let entry = |delta: Delta| {
            let target = delta.target();
            let number = |field: Field| {
                let before = serials.set(&target, &field, tick);
                (field, tick, before)
            };
            let fields = delta.fields().into_iter().map(number).collect();
            Entry { delta, fields }
        };
        let entries = step.deltas.into_iter().map(entry).collect();
        Self::of((step.label, step.need), entries, tick)
    }

    pub(super) fn of((label, need): (String, Need), entries: Vec<Entry>, tick: u64) -> Self {
        let bytes = label.len() + entries.iter().map(Entry::bytes).sum::<usize>();
        Self { label, need, entries, tick, bytes, merge: None, last_ms: 0 }
    }

    pub(super) fn with_merge(mut self, merge: Option<Merge>, now_ms: u64) -> Self {
        self.merge = merge;
        self.last_ms = now_ms;
        self
    }

    /// Takes `next` in, if it only goes on with this.
    pub(super) fn absorb(&mut self, next: Self) -> Result<(), Self> {
        let close = self.merge.as_ref().is_some_and(|merge| {
            Some(merge) == next.merge.as_ref()
                && next.last_ms.saturating_sub(self.last_ms) <= merge.pause()
        });
        if !close || !next.entries.iter().all(|entry| self.leads_to(entry)) {
            return Err(next);
        }
        for entry in next.entries {
            match self.entries.iter_mut().find(|own| own.is_of(&entry)) {
                Some(own) => own.go_on(entry),
                None => self.entries.push(entry),
            }
        }
        (self.tick, self.last_ms) = (next.tick, next.last_ms);
        self.bytes = self.label.len() + self.entries.iter().map(Entry::bytes).sum::<usize>();
        Ok(())
    }

    /// Whether nobody wrote between this and `next`.
    fn leads_to(&self, next: &Entry) -> bool {
        if matches!(next.delta, Delta::Stroke { .. }) {
            return true;
        }
        let Some(own) = self.entries.iter().find(|own| own.is_of(next)) else { return false };
        let follows = |(field, _, before): &(Field, u64, u64)| {
            own.fields.iter().all(|(known, left, _)| known != field || left == before)
        };
        own.delta.leads_to(&next.delta) && next.fields.iter().all(follows)
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        self.delta.bytes() + self.fields.len() * size_of::<(Field, u64, u64)>()
    }

    fn is_of(&self, other: &Self) -> bool {
        let stroke = |entry: &Self| matches!(entry.delta, Delta::Stroke { .. });
        !stroke(self) && !stroke(other) && self.delta.target() == other.delta.target()
    }

    fn go_on(&mut self, next: Self) {
        self.delta.go_on(next.delta);
        for (field, left, before) in next.fields {
            match self.fields.iter_mut().find(|(known, ..)| *known == field) {
                Some((_, own, _)) => *own = left,
                None => self.fields.push((field, left, before)),
            }
        }
    }
}

impl Delta {
    /// Whether `next` begins as this ends.
    fn leads_to(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Layer { after, .. }, Self::Layer { before, .. }) => after == before,
            (
                Self::Annotation { before: Some(_), after: Some(after), .. },
                Self::Annotation { before: Some(before), after: Some(_), .. },
            ) => same(&Field::Whole, after, before),
            _ => false,
        }
    }

    /// Ends as `next` does.
    fn go_on(&mut self, next: Self) {
        match (self, next) {
            (Self::Layer { after, .. }, Self::Layer { after: last, .. }) => *after = last,
            (Self::Annotation { after, .. }, Self::Annotation { after: last, .. }) => *after = last,
            _ => {}
        }
    }
}
