//! What participants ask for.

use std::sync::Arc;

use parfocal_base::LayerId;
use parfocal_scene::{
    AnnotationWrite, Annotations, Author, Intent, Merge, Need, Paint, Reject, RejectCode, Scene,
    Step, Undo, Undone, Write,
};

use super::{Edit, Keeper, Update, not_written, unavailable};
use crate::supervise::Failure;

/// [`Undo::undo`] or [`Undo::redo`].
type Turn = fn(&mut Undo, &Author, &mut Scene, &mut Annotations) -> Option<Undone>;

/// What an intent did.
struct Asked {
    writes: Vec<Write>,
    drawn: Vec<AnnotationWrite>,
    strokes: Vec<(LayerId, u64)>,
    applied: Intent,
}

impl Asked {
    const fn of(applied: Intent) -> Self {
        Self { writes: Vec::new(), drawn: Vec::new(), strokes: Vec::new(), applied }
    }
}

impl Keeper {
    /// Applies what a participant asks for.
    pub(crate) fn ask(&mut self, intent: Intent, by: &Author) -> Result<Edit, Reject> {
        let merge = Merge::of(&intent);
        let before = Arc::clone(&self.scene);
        let durable = intent.is_durable();
        let drawn_before = self.annotations.clone();
        let Asked { writes, drawn, strokes, applied } = match intent {
            Intent::Undo | Intent::Redo => return self.undo(by, intent),
            intent => self.apply(intent, by)?,
        };
        let mut updates = match self.commit(&writes, &drawn) {
            Ok(updates) => updates,
            Err(full) => {
                (self.scene, self.annotations) = (before, drawn_before);
                return Err(not_written(full));
            }
        };
        updates.extend(self.follow_layers(&before).map_err(unavailable)?);
        if !strokes.is_empty() {
            updates.extend(self.painted_over());
        }
        if durable {
            let step = Step::of(Some(&applied), &before, &self.scene, &drawn, &strokes);
            self.undo.record(&by.subject, step, merge, by.now_ms);
            self.measuring.note(&drawn);
        }
        Ok(Edit { updates, applied: Some(brief(applied)) })
    }

    fn apply(&mut self, intent: Intent, by: &Author) -> Result<Asked, Reject> {
        let limits = &self.limits;
        match intent {
            Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. } => {
                let (drawn, applied) = self.annotations.apply(&self.scene, &intent, by, limits)?;
                Ok(Asked { drawn, ..Asked::of(applied) })
            }
            Intent::Paint(paint) => {
                let paint = self.scene.check_paint(&paint, limits)?;
                let stroke = self.painted.paint(&self.scene, &paint)?;
                let strokes = stroke.map(|stroke| (paint.layer, stroke)).into_iter().collect();
                Ok(Asked { strokes, ..Asked::of(Intent::Paint(paint)) })
            }
            intent => {
                let applied = Arc::make_mut(&mut self.scene).apply_intent(&intent, by, limits)?;
                let drawn = match &intent {
                    Intent::RemoveLayer { layer } => self.annotations.remove_layer(*layer),
                    _ => Vec::new(),
                };
                let asked = Asked::of(applied.intent.unwrap_or(intent));
                Ok(Asked { writes: applied.writes, drawn, ..asked })
            }
        }
    }

    /// The right that an intent needs: to take a step back, that which it took to make the step.
    pub(crate) fn need(&self, intent: &Intent, subject: &str) -> Need {
        let (undo, redo) = self.undo.needs(subject);
        let step = match intent {
            Intent::Undo => undo,
            Intent::Redo => redo,
            _ => None,
        };
        step.unwrap_or_else(|| intent.need())
    }

    /// Takes back, or does again, the asker's last step.
    fn undo(&mut self, by: &Author, intent: Intent) -> Result<Edit, Reject> {
        let (undo, redo): (Turn, Turn) = match intent {
            Intent::Redo => (Undo::redo, Undo::undo),
            _ => (Undo::undo, Undo::redo),
        };
        let before = Arc::clone(&self.scene);
        let drawn_before = self.annotations.clone();
        let scene = Arc::make_mut(&mut self.scene);
        let Some(undone) = undo(&mut self.undo, by, scene, &mut self.annotations) else {
            let message = "there is nothing (more) of yours to take back or do again";
            return Err(Reject::new(RejectCode::NotApplicable, message));
        };
        let mut updates = match self.commit(&undone.scene_writes, &undone.annotation_writes) {
            Ok(updates) => updates,
            Err(full) => {
                // The step goes back to where it was taken from.
                redo(&mut self.undo, by, Arc::make_mut(&mut self.scene), &mut self.annotations);
                (self.scene, self.annotations) = (before, drawn_before);
                return Err(not_written(full));
            }
        };
        self.measuring.note(&undone.annotation_writes);
        updates.extend(self.follow_layers(&before).map_err(unavailable)?);
        let reverted = undone.strokes.iter().filter(|stroke| self.painted.revert(stroke)).count();
        if reverted > 0 {
            updates.extend(self.painted_over());
        }
        if updates.is_empty() && undone.skipped > 0 {
            let message = format!(
                "“{}” was left: somebody else has changed all of it since, or keeps it from you",
                undone.label
            );
            return Err(Reject::new(RejectCode::NotApplicable, message));
        }
        Ok(Edit { updates, applied: Some(intent) })
    }

    /// Opens the volumes of painted layers that came, and lets those go that cannot come back.
    fn follow_layers(&mut self, before: &Scene) -> Result<Vec<Update>, Failure> {
        let mut updates = Vec::new();
        for layer in self.painted_layers() {
            if before.layer(layer).is_none() {
                updates.extend(self.open_painted(layer)?);
            }
        }
        Ok(updates)
    }
}

/// What an answer says of an intent: a path and drawings are in no need of being repeated.
fn brief(intent: Intent) -> Intent {
    match intent {
        Intent::Paint(paint) => Intent::Paint(Paint { path: Vec::new(), ..paint }),
        intent => intent,
    }
}
