//! What the scene actor keeps: model, documents, answers. Pure; the actor journals and sends.

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{LayerId, SourceId};
use parfocal_scene::replica::{AnnotationDocument, Document};
use parfocal_scene::{
    AnnotationWrite, Annotations, Author, Change, Intent, Limits, Reject, RejectCode, Scene, Write,
};
use parfocal_store::{Domain, Entry, Part, Receipt, Saved};
use parfocal_sync::message::ServerMessage;

use super::seed::Seed;
use crate::machine::journal::Answer;
use crate::machine::ledger::Ledger;
use crate::supervise::Failure;

/// Revisions that a start leaves out, so that none is used twice for different documents: more
/// transient changes than can be lost between two lazy savings.
pub(crate) const REVISION_GAP: u64 = 1 << 24;

/// What a keeper begins with.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    /// What is stored of the session; `None` for a new one.
    pub(crate) saved: Option<Saved>,
    /// Used once: random bits, and milliseconds since 1970.
    pub(crate) epoch: (u64, u64),
    /// Higher than every revision that anybody has seen.
    pub(crate) revision_at_least: u64,
    pub(crate) limits: Limits,
}

/// Whole documents, or what mirrors lack of them: annotations, then the scene, as mirrors take them.
pub(crate) type States = [(Domain, Vec<u8>); 2];

/// Outcome of one change.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    /// For the mirrors, in this order; nothing where nothing changed.
    pub(crate) updates: Vec<(Domain, Bytes)>,
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
    /// Whether a document has changes that the journal does not hold.
    pub(crate) unsaved: bool,
    limits: Limits,
}

impl Keeper {
    /// A session as it was saved, or a new one; with a layer for each seed.
    pub(crate) fn load(opening: Opening, seeds: &[Seed]) -> Result<Self, Failure> {
        let Opening { saved, epoch: (random, now_ms), revision_at_least, limits } = opening;
        let mut document = Document::new(random);
        let mut drawn = AnnotationDocument::new(now_ms);
        let mut ledger = Ledger::default();
        let is_new = saved.is_none();
        let Saved { scene: part, annotations, revision, receipts } = saved.unwrap_or_default();
        load("scene", &part, |update| document.load(update))?;
        load("annotations", &annotations, |update| drawn.load(update))?;
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
            limits,
        };
        if is_new {
            let writes = keeper.scene.to_writes();
            keeper.commit(&writes, &[])?;
        }
        // A later life of the actor finds the session as people have left it.
        keeper.seed(seeds, |seed| is_new || seed.is_added && revision_at_least == 0)?;
        Ok(keeper)
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

    fn set_source(&mut self, layer: LayerId, source: SourceId) -> Result<(), Failure> {
        let change = Change::SetSource { layer, source };
        self.change(&change).map(drop).map_err(|refused| Failure(refused.message))
    }

    /// Applies a change of the server's own to the scene.
    pub(crate) fn change(&mut self, change: &Change) -> Result<Edit, Reject> {
        let applied = Arc::make_mut(&mut self.scene).apply(change)?;
        let updates = self.commit(&applied.writes, &[]).map_err(unavailable)?;
        Ok(Edit { updates, applied: applied.intent })
    }

    /// Applies what a participant asks for.
    pub(crate) fn ask(&mut self, intent: Intent, by: &Author) -> Result<Edit, Reject> {
        match intent {
            Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. } => {
                let (scene, limits) = (&self.scene, &self.limits);
                let (writes, applied) = self.annotations.apply(scene, &intent, by, limits)?;
                let updates = self.commit(&[], &writes).map_err(unavailable)?;
                Ok(Edit { updates, applied: Some(applied) })
            }
            intent => self.change(&Change::Intent(intent)),
        }
    }

    /// Writes into the documents; the updates that do the same to every mirror.
    fn commit(
        &mut self,
        scene: &[Write],
        annotations: &[AnnotationWrite],
    ) -> Result<Vec<(Domain, Bytes)>, Failure> {
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
        self.unsaved = false;
        let revision = self.revision;
        let mut receipts: Vec<_> =
            answers.iter().filter_map(|answer| receipt(answer)).map(Some).collect();
        if receipts.is_empty() {
            receipts.push(None);
        }
        // One write: the updates stand in its first entry.
        let entry = |receipt| {
            let updates = std::mem::take(&mut updates);
            Entry { revision, updates, receipt, ..Entry::default() }
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
