//! Undo and redo, for each person their own.
//!
//! A step is what one edit changed (`step.rs`). Taking it back changes back only what still is as
//! the step left it, property by property: each write has a number (`serials.rs`), and a property
//! that somebody has written to since has another one. Taking a step back is itself a change, whose
//! taking back is redo; so both are one function (`revert.rs`).

mod fields;
mod label;
mod revert;
mod serials;
mod stack;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use parfocal_base::LayerId;
use serde::{Deserialize, Serialize};

use revert::Revert;
use serials::Serials;
pub use stack::Merge;
use stack::{Recorded, Stacks};
pub use step::Step;

use super::{AnnotationWrite, Annotations, Author, Limits, Need, Scene, Write};

/// How much can be taken back. Beyond it the oldest steps are forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UndoLimits {
    /// Steps of one person. Default 200: more than anybody counts back.
    pub steps: usize,
    /// People. Default 256; who has edited nothing for the longest time is forgotten first.
    pub people: usize,
    /// Bytes of all steps, about. Default 64 MiB: 100,000 annotations removed at once.
    pub bytes: usize,
}

impl Default for UndoLimits {
    fn default() -> Self {
        Self { steps: 200, people: 256, bytes: 64 << 20 }
    }
}

/// What everybody can take back. It is not saved: after a restart of the session nobody can.
#[derive(Debug, Default)]
pub struct Undo {
    limits: UndoLimits,
    /// Bounds of what comes back.
    kept: Limits,
    people: BTreeMap<String, Stacks>,
    serials: Serials,
    /// Counts edits, undo and redo.
    tick: u64,
    bytes: usize,
}

/// A stroke that the shell has to take back, or paint again, where its voxels still are as it left
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoneStroke {
    /// The painted layer.
    pub layer: LayerId,
    /// The shell's number for it.
    pub stroke: u64,
    /// Paint it again, instead of taking it back.
    pub redo: bool,
}

/// What came of taking a step back. Scene and annotations are changed already.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// For the scene document.
    pub scene_writes: Vec<Write>,
    /// For the annotations document.
    pub annotation_writes: Vec<AnnotationWrite>,
    /// To be done in this order.
    pub strokes: Vec<UndoneStroke>,
    /// What the step is called.
    pub label: String,
    /// Properties that were left as they are, since somebody has changed them, locked their layer,
    /// or keeps them to those who made them. All of them: then nothing was taken back, and the step is gone.
    pub skipped: usize,
}

/// From which stack a step is taken, and on which its inverse is put.
type Direction = fn(&mut Stacks) -> (&mut VecDeque<Recorded>, &mut VecDeque<Recorded>);

impl Undo {
    /// Nothing to take back yet. What comes back keeps to `kept`.
    pub fn new(limits: UndoLimits, kept: Limits) -> Self {
        Self { limits, kept, ..Self::default() }
    }

    /// Remembers what `subject` did. Every edit of the session has to be recorded, of whomever:
    /// what is not would be taken for nobody's. Successive steps with equal `merge` are one.
    pub fn record(&mut self, subject: &str, step: Step, merge: Option<Merge>, now_ms: u64) {
        if step.is_empty() {
            return;
        }
        self.tick += 1;
        let step = Recorded::new(step, &mut self.serials, self.tick).with_merge(merge, now_ms);
        let stacks = self.people.entry(subject.to_owned()).or_default();
        self.bytes -= stacks.undone.drain(..).map(|step| step.bytes).sum::<usize>();
        let last = stacks.done.back_mut();
        let had = last.as_ref().map_or(0, |last| last.bytes);
        let absorbed = match last {
            Some(last) => last.absorb(step).map(|()| last.bytes),
            None => Err(step),
        };
        match absorbed {
            Ok(bytes) => self.bytes = self.bytes - had + bytes,
            Err(step) => {
                self.bytes += step.bytes;
                stacks.done.push_back(step);
            }
        }
        self.trim();
    }

    /// Takes back the last step of who asks, as far as it still stands and they may still change
    /// it. `None` where there is none. Whether they have the right that it needs
    /// ([`Undo::needs`]) is to be asked before.
    pub fn undo(
        &mut self,
        by: &Author,
        scene: &mut Scene,
        annotations: &mut Annotations,
    ) -> Option<Undone> {
        self.revert(by, scene, annotations, |stacks| (&mut stacks.done, &mut stacks.undone))
    }

    /// Does again what who asks last took back, as far as that still stands and they may still
    /// change it.
    pub fn redo(
        &mut self,
        by: &Author,
        scene: &mut Scene,
        annotations: &mut Annotations,
    ) -> Option<Undone> {
        self.revert(by, scene, annotations, |stacks| (&mut stacks.undone, &mut stacks.done))
    }

    fn revert(
        &mut self,
        by: &Author,
        scene: &mut Scene,
        annotations: &mut Annotations,
        of: Direction,
    ) -> Option<Undone> {
        loop {
            let stacks = self.people.get_mut(&by.subject)?;
            let (from, to) = of(stacks);
            let step = from.pop_back()?;
            self.bytes -= step.bytes;
            self.tick += 1;
            let mut after = scene.clone();
            let mut revert = Revert {
                scene: &mut after,
                annotations,
                by,
                serials: &mut self.serials,
                limits: &self.kept,
                writes: Vec::new(),
                strokes: Vec::new(),
                skipped: 0,
            };
            let inverse = revert.step(&step);
            let Revert { writes, strokes, skipped, .. } = revert;
            let scene_writes = scene.become_scene(after).writes;
            if !(scene_writes.is_empty() && writes.is_empty() && strokes.is_empty()) {
                let inverse = Recorded::of((step.label.clone(), step.need), inverse, self.tick);
                self.bytes += inverse.bytes;
                to.push_back(inverse);
            } else if skipped == 0 {
                continue; // a slider that was dragged back to where it was
            }
            let label = step.label;
            return Some(Undone {
                scene_writes,
                annotation_writes: writes,
                strokes,
                label,
                skipped,
            });
        }
    }

    /// What `subject` would take back, and do again.
    pub fn labels(&self, subject: &str) -> (Option<String>, Option<String>) {
        let Some(stacks) = self.people.get(subject) else { return (None, None) };
        let label = |step: Option<&Recorded>| step.map(|step| step.label.clone());
        (label(stacks.done.back()), label(stacks.undone.back()))
    }

    /// The rights that taking `subject`'s last step back, and doing it again, need: theirs may be
    /// fewer than when they took it.
    pub fn needs(&self, subject: &str) -> (Option<Need>, Option<Need>) {
        let Some(stacks) = self.people.get(subject) else { return (None, None) };
        let need = |step: Option<&Recorded>| step.map(|step| step.need);
        (need(stacks.done.back()), need(stacks.undone.back()))
    }

    /// Forgets the steps of `subject`: for who may not edit any more.
    pub fn forget(&mut self, subject: &str) {
        if let Some(stacks) = self.people.remove(subject) {
            self.bytes -= stacks.bytes();
        }
    }

    /// Forgets everybody's steps: for a session that was brought to another version.
    pub fn clear(&mut self) {
        *self = Self::new(self.limits.clone(), self.kept.clone());
    }

    /// Whether a step could bring `layer` back: then what is painted in it is to be kept.
    pub fn may_return(&self, layer: LayerId) -> bool {
        self.people.values().flat_map(Stacks::steps).any(|step| step.brings_back(layer))
    }

    /// Keeps the bounds.
    fn trim(&mut self) {
        for stacks in self.people.values_mut() {
            while stacks.done.len() > self.limits.steps {
                self.bytes -= stacks.done.pop_front().map_or(0, |step| step.bytes);
            }
        }
        while self.people.len() > self.limits.people {
            let idlest = self.people.iter().min_by_key(|(_, stacks)| stacks.last());
            let Some(idlest) = idlest.map(|(subject, _)| subject.clone()) else { break };
            self.forget(&idlest);
        }
        while self.bytes > self.limits.bytes {
            let with_steps = self.people.values_mut().filter(|stacks| stacks.first().is_some());
            let Some(stacks) = with_steps.min_by_key(|stacks| stacks.first()) else { break };
            self.bytes -= stacks.drop_oldest();
        }
        if self.serials.is_sweep_due() {
            let entries = self.people.values().flat_map(Stacks::steps).flat_map(|s| &s.entries);
            self.serials.sweep(&entries.map(|entry| entry.delta.target()).collect());
        }
    }
}
