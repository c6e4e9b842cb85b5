//! What the scene actor keeps: model, documents, answers. Pure; the actor journals and sends.

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{Domain, LayerId, SourceId};
use parfocal_data::paint::Volume;
use parfocal_scene::replica::{AnnotationDocument, Document, ForeignWriter, Refused, Reverted};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationWrite, Annotations, Author, Change, Intent, Layer, Limits,
    Measured, Merge, Paint, Reject, RejectCode, Scene, Step, Undo, UndoLimits, Undone, Write,
};
use parfocal_store::{Blob, Entry, Kept, Part, Receipt, Saved};
use parfocal_sync::message::ServerMessage;
use parking_lot::RwLock;
use serde_json::Value;

use super::measure::Measuring;
use super::painted::PaintedLayers;
use super::seed::Seed;
use crate::machine::journal::Answer;
use crate::machine::ledger::Ledger;
use crate::supervise::Failure;

/// Revisions that a start leaves out, so that none is used twice for different documents: more
/// transient changes than can be lost between two lazy savings.
pub(crate) const REVISION_GAP: u64 = 1 << 24;

/// What a keeper begins with.
pub(crate) struct Opening {
    /// What is stored of the session; `None` for a new one.
    pub(crate) saved: Option<Saved>,
    /// Used once: random bits, and milliseconds since 1970.
    pub(crate) epoch: (u64, u64),
    /// Higher than every revision that anybody has seen.
    pub(crate) revision_at_least: u64,
    pub(crate) limits: Limits,
    /// Where painted layers live, and what the store has of them.
    pub(crate) painted: PaintedLayers,
    pub(crate) blobs: Vec<Blob>,
}

/// Whole documents, or what mirrors lack of them: annotations, then the scene, as mirrors take them.
pub(crate) type States = [(Domain, Vec<u8>); 2];

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

/// For the mirrors of one document.
pub(crate) type Update = (Domain, Bytes);

/// An update of Yjs that changes nothing.
const NOTHING: [u8; 2] = [0, 0];

/// What became of a standard Yjs client's update.
#[derive(Debug)]
pub(crate) struct Admission {
    /// For everybody, the writer included; nothing where all was known.
    pub(crate) updates: Vec<Update>,
    /// What was put back, and why.
    pub(crate) reverted: Vec<String>,
}

/// Outcome of one change.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    /// For the mirrors, in this order; nothing where nothing changed.
    pub(crate) updates: Vec<Update>,
    /// What was applied.
    pub(crate) applied: Option<Intent>,
}

pub(crate) struct Keeper {
    pub(crate) scene: Arc<Scene>,
    pub(crate) annotations: Annotations,
    pub(crate) document: Document,
    pub(crate) drawn: AnnotationDocument,
    pub(crate) ledger: Ledger,
    pub(crate) revision: u64,
    /// Whether there are changes that the journal does not hold.
    pub(crate) unsaved: bool,
    /// Counts changes of what is painted.
    pub(crate) strokes: u64,
    /// What wants statistics.
    pub(crate) measuring: Measuring,
    undo: Undo,
    painted: PaintedLayers,
    /// The version whose painted chunks the store is to take back, before those that are saved.
    restored: Option<u64>,
    limits: Limits,
}

impl Keeper {
    /// A session as it was saved, or a new one; with a layer for each seed.
    pub(crate) fn load(opening: Opening, seeds: &[Seed]) -> Result<Self, Failure> {
        let Opening { saved, epoch, revision_at_least, limits, painted, blobs } = opening;
        let (random, now_ms) = epoch;
        let mut document = Document::new(random);
        let mut drawn = AnnotationDocument::new(now_ms);
        let mut ledger = Ledger::default();
        let is_new = saved.is_none();
        let Saved { scene: part, annotations, revision, receipts } = saved.unwrap_or_default();
        load("scene", &part, |update| document.load(update))?;
        load("annotations", &annotations, |update| drawn.load(update))?;
        if drawn.is_wasteful().unwrap_or(false) {
            // Its past is forgotten in the store with the next snapshot.
            let compacted = drawn.compact(now_ms + 1);
            compacted.map_err(|e| Failure(format!("annotations cannot be compacted: {e}")))?;
        }
        let scene = if is_new { Ok(Scene::new()) } else { document.scene() };
        let scene =
            scene.map_err(|e| Failure(format!("the saved document is not a scene: {e}")))?;
        for receipt in receipts {
            let ack = ack_of(&receipt);
            ledger.answered(receipt.client, receipt.seq, ack);
        }
        let mut keeper = Self {
            annotations: read(&drawn)?,
            scene: Arc::new(scene),
            document,
            drawn,
            ledger,
            revision: revision.max(revision_at_least) + REVISION_GAP,
            unsaved: false,
            strokes: 0,
            measuring: Measuring::default(),
            undo: Undo::new(UndoLimits::default(), limits.clone()),
            painted,
            restored: None,
            limits,
        };
        if is_new {
            let writes = keeper.scene.to_writes();
            keeper.commit(&writes, &[])?;
        }
        // A later life of the actor finds the session as people have left it.
        keeper.seed(seeds, |seed| is_new || seed.is_added && revision_at_least == 0)?;
        for layer in keeper.painted_layers() {
            keeper.open_painted(layer)?;
        }
        keeper.painted.load(&blobs);
        // What was being measured when the last life ended.
        keeper.measuring.note_all(&keeper.annotations);
        Ok(keeper)
    }

    fn open_painted(&mut self, layer: LayerId) -> Result<Vec<Update>, Failure> {
        let scene = Arc::clone(&self.scene);
        let Some(layer) = scene.layer(layer) else { return Ok(Vec::new()) };
        let source = self.painted.open(&scene, layer)?;
        self.set_source(layer.id, source)
    }

    /// Puts a layer on top whose labels were painted elsewhere.
    pub(crate) fn add_painted(&mut self, layer: Layer, volume: Volume) -> Result<Edit, Reject> {
        let id = self.scene.next_layer;
        let mut edit = self.change(&Change::AddLayer(Box::new(layer)))?;
        edit.updates.extend(self.open_painted(id).map_err(unavailable)?);
        self.painted.fill(id, volume);
        edit.updates.extend(self.painted_over());
        Ok(edit)
    }

    /// Adds the layers that are missing, and ties those that are there to today's sources: source
    /// numbers are those of this run of the server, paths are for ever.
    fn seed(&mut self, seeds: &[Seed], add: impl Fn(&Seed) -> bool) -> Result<(), Failure> {
        let of_files =
            self.scene.layers.iter().filter(|l| !l.kind.is_annotation() && l.painted.is_none());
        let layers: Vec<_> = of_files.map(|l| (l.id, l.source.clone())).collect();
        for (layer, had) in layers {
            let seed = seeds.iter().find(|s| s.is_of(&had));
            // What is not served now is kept, and shown as missing.
            self.set_source(layer, seed.map_or(SourceId::NONE, |s| s.source))?;
        }
        for seed in seeds.iter().filter(|seed| add(seed)) {
            let there = self.scene.layers.iter().any(|layer| seed.is_of(&layer.source));
            if !there {
                let scene = Arc::make_mut(&mut self.scene);
                let (_, applied) = scene.add_layer(&seed.spec()).map_err(|e| Failure(e.message))?;
                self.commit(&applied.writes, &[])?;
            }
        }
        Ok(())
    }

    fn set_source(&mut self, layer: LayerId, source: SourceId) -> Result<Vec<Update>, Failure> {
        let change = Change::SetSource { layer, source };
        let edit = self.change(&change).map_err(|refused| Failure(refused.message))?;
        Ok(edit.updates)
    }

    /// Applies a change of the server's own to the scene.
    pub(crate) fn change(&mut self, change: &Change) -> Result<Edit, Reject> {
        let applied = Arc::make_mut(&mut self.scene).apply(change)?;
        let updates = self.commit(&applied.writes, &[]).map_err(unavailable)?;
        Ok(Edit { updates, applied: applied.intent })
    }

    /// Applies what a participant asks for.
    pub(crate) fn ask(&mut self, intent: Intent, by: &Author) -> Result<Edit, Reject> {
        let merge = Merge::of(&intent);
        let before = Arc::clone(&self.scene);
        let durable = intent.is_durable();
        let drawn_before = self.annotations.clone();
        let Asked { writes, drawn, strokes, applied } = match intent {
            Intent::Undo => return self.undo(by, Undo::undo, Intent::Undo),
            Intent::Redo => return self.undo(by, Undo::redo, Intent::Redo),
            intent => self.apply(intent, by)?,
        };
        let mut updates = match self.commit(&writes, &drawn) {
            Ok(updates) => updates,
            Err(full) => {
                (self.scene, self.annotations) = (before, drawn_before);
                return Err(unavailable(full));
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

    /// Takes back, or does again, the asker's last step.
    fn undo(
        &mut self,
        by: &Author,
        undo: fn(&mut Undo, &str, &mut Scene, &mut Annotations) -> Option<Undone>,
        intent: Intent,
    ) -> Result<Edit, Reject> {
        let before = Arc::clone(&self.scene);
        let scene = Arc::make_mut(&mut self.scene);
        let Some(undone) = undo(&mut self.undo, &by.subject, scene, &mut self.annotations) else {
            let message = "there is nothing (more) of yours to take back or do again";
            return Err(Reject::new(RejectCode::NotApplicable, message));
        };
        let writes = (&undone.scene_writes, &undone.annotation_writes);
        self.measuring.note(writes.1);
        let mut updates = self.commit(writes.0, writes.1).map_err(unavailable)?;
        updates.extend(self.follow_layers(&before).map_err(unavailable)?);
        let reverted = undone.strokes.iter().filter(|stroke| self.painted.revert(stroke)).count();
        if reverted > 0 {
            updates.extend(self.painted_over());
        }
        if updates.is_empty() && undone.skipped > 0 {
            let message =
                format!("“{}” was left: somebody else has changed all of it since", undone.label);
            return Err(Reject::new(RejectCode::NotApplicable, message));
        }
        Ok(Edit { updates, applied: Some(intent) })
    }

    /// What of an annotation was measured, if it still is as it was then.
    pub(crate) fn measured(
        &mut self,
        id: &AnnotationId,
        of: &Annotation,
        measured: Measured,
    ) -> Result<Vec<Update>, Failure> {
        let write = self.annotations.set_measured(id, of, measured);
        self.commit(&[], write.as_slice())
    }

    /// What a user could take back and do again now.
    pub(crate) fn steps(&self, subject: &str) -> (Option<String>, Option<String>) {
        self.undo.labels(subject)
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
        let writes = Arc::make_mut(&mut self.scene).restore_to(&scene)?;
        let drawn = self.annotations.diff_to(&annotations);
        self.annotations = annotations;
        let mut updates = self.commit(&writes, &drawn).map_err(unavailable)?;
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

    /// What is painted in a layer.
    pub(crate) fn volume(&self, layer: LayerId) -> Option<Arc<RwLock<Volume>>> {
        self.painted.volume(layer)
    }

    fn painted_layers(&self) -> Vec<LayerId> {
        let painted = self.scene.layers.iter().filter(|layer| layer.painted.is_some());
        painted.map(|layer| layer.id).collect()
    }

    /// What is painted is in no document: mirrors get a new revision, and nothing with it.
    fn painted_over(&mut self) -> Vec<Update> {
        self.strokes += 1;
        self.revision += 1;
        self.unsaved = true;
        vec![(Domain::Scene, Bytes::from_static(&NOTHING))]
    }

    /// Writes into the documents; the updates that do the same to every mirror.
    fn commit(
        &mut self,
        scene: &[Write],
        annotations: &[AnnotationWrite],
    ) -> Result<Vec<Update>, Failure> {
        let mut updates = Vec::new();
        if !annotations.is_empty() {
            let update = self.drawn.commit(annotations).map_err(|e| Failure(e.to_string()))?;
            updates.push((Domain::Annotations, update.into()));
        }
        if !scene.is_empty() {
            let update = self.document.commit(scene).map_err(|e| Failure(e.to_string()))?;
            updates.push((Domain::Scene, update.into()));
        }
        if !updates.is_empty() {
            self.revision += 1;
            self.unsaved = true;
        }
        Ok(updates)
    }

    /// The whole documents.
    pub(crate) fn full_states(&self) -> Result<States, Failure> {
        let drawn = self.drawn.full_state().map_err(|e| Failure(e.to_string()))?;
        let scene = self.document.full_state().map_err(|e| Failure(e.to_string()))?;
        Ok([(Domain::Annotations, drawn), (Domain::Scene, scene)])
    }

    /// What mirrors with these state vectors lack, and whether they must be forgotten first: they
    /// know what the documents do not.
    pub(crate) fn missing(
        &self,
        scene: Option<&[u8]>,
        annotations: Option<&[u8]>,
    ) -> Result<(bool, States), Failure> {
        let Some((scene, annotations)) = scene.zip(annotations) else {
            return Ok((scene.is_some() || annotations.is_some(), self.full_states()?));
        };
        // A vector that cannot be read is one that no document can go on from.
        let ahead = self.document.is_ahead(scene).unwrap_or(true)
            || self.drawn.is_ahead(annotations).unwrap_or(true);
        let known = (self.drawn.diff(annotations), self.document.diff(scene));
        match known {
            (Ok(drawn), Ok(scene)) if !ahead => {
                Ok((false, [(Domain::Annotations, drawn), (Domain::Scene, scene)]))
            }
            _ => Ok((true, self.full_states()?)),
        }
    }

    /// All that the journal lacks, and a receipt for each of these answers.
    pub(crate) fn entries(&mut self, answers: &[&Answer]) -> Result<Vec<Entry>, Failure> {
        let drawn = self.drawn.save().map_err(|e| Failure(e.to_string()))?;
        let scene = self.document.save().map_err(|e| Failure(e.to_string()))?;
        let mut updates = vec![(Domain::Annotations, drawn), (Domain::Scene, scene)];
        updates.retain(|(_, update)| !update.is_empty());
        let (scene, undo) = (&self.scene, &self.undo);
        self.painted.retain(|layer| scene.layer(layer).is_some() || undo.may_return(layer));
        let mut blobs = self.painted.save()?;
        self.unsaved = false;
        let revision = self.revision;
        let mut receipts: Vec<_> =
            answers.iter().filter_map(|answer| receipt(answer)).map(Some).collect();
        if receipts.is_empty() {
            receipts.push(None);
        }
        // One write: everything but the receipts stands in its first entry.
        let mut restore = self.restored.take();
        let entry = |receipt| {
            let (updates, blobs) = (std::mem::take(&mut updates), std::mem::take(&mut blobs));
            Entry { revision, updates, blobs, restore: restore.take(), receipt }
        };
        Ok(receipts.into_iter().map(entry).collect())
    }
}

fn load<E: std::fmt::Display>(
    what: &str,
    part: &Part,
    mut load: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), Failure> {
    let failure = |error| Failure(format!("the saved {what} cannot be read: {error}"));
    part.snapshot.iter().chain(&part.updates).try_for_each(|update| load(update).map_err(failure))
}

/// What an answer says of an intent: a path and drawings are in no need of being repeated.
fn brief(intent: Intent) -> Intent {
    match intent {
        Intent::Paint(paint) => Intent::Paint(Paint { path: Vec::new(), ..paint }),
        intent => intent,
    }
}

/// The annotations that a document holds. One that cannot be read is left out of the model, and
/// stays in the document.
fn read(document: &AnnotationDocument) -> Result<Annotations, Failure> {
    let mut all = Annotations::default();
    let found = document.annotations();
    let found =
        found.map_err(|e| Failure(format!("the saved annotations are not readable: {e}")))?;
    for (id, annotation) in found {
        match annotation {
            Ok(annotation) => drop(all.set(id, Some(Arc::new(annotation)))),
            Err(error) => tracing::warn!(%error, "an annotation cannot be read"),
        }
    }
    Ok(all)
}

fn unavailable(failure: impl Into<Failure>) -> Reject {
    let failure = failure.into();
    Reject::new(RejectCode::Unavailable, format!("the scene could not be changed: {failure}"))
}

fn receipt(answer: &Answer) -> Option<Receipt> {
    let ServerMessage::Ack { seq, revision, applied } = &answer.message else { return None };
    let applied = applied.as_ref().and_then(|intent| serde_json::to_vec(intent).ok());
    // What is too long to keep is in the mirror, where the client finds it.
    let applied = applied.filter(|applied| applied.len() <= Receipt::MAX_APPLIED);
    let (client, applied) = (answer.client, applied.unwrap_or_default());
    Some(Receipt { client, seq: *seq, revision: *revision, applied })
}

fn ack_of(receipt: &Receipt) -> ServerMessage {
    let applied = serde_json::from_slice(&receipt.applied).ok();
    ServerMessage::Ack { seq: receipt.seq, revision: receipt.revision, applied }
}
