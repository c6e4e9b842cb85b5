//! What a keeper begins with: what is stored, and the images that are served.

use std::sync::Arc;

use parfocal_base::{LayerId, SourceId};
use parfocal_data::paint::Volume;
use parfocal_scene::replica::{AnnotationDocument, Document};
use parfocal_scene::{Annotations, Change, Layer, Limits, Reject, Scene, Undo, UndoLimits};
use parfocal_store::{Blob, MAX_RECEIPTS_PER_CLIENT, Part, Receipt, Saved};
use parfocal_sync::limits::MAX_PENDING_INTENTS;
use parfocal_sync::message::ServerMessage;

use super::super::measure::Measuring;
use super::super::painted::PaintedLayers;
use super::super::seed::Seed;
use super::{Edit, Keeper, Update, unavailable};
use crate::machine::ledger::Ledger;
use crate::supervise::Failure;

/// Revisions that a start leaves out, so that none is used twice for different documents: more
/// transient changes than can be lost between two lazy savings.
pub(crate) const REVISION_GAP: u64 = 1 << 24;

// Else what was acknowledged before a crash could be done again after it.
const _: () = assert!(MAX_RECEIPTS_PER_CLIENT / 2 >= MAX_PENDING_INTENTS);

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

impl Keeper {
    /// A session as it was saved, or a new one; with a layer for each seed.
    pub(crate) fn load(opening: Opening, seeds: &[Seed]) -> Result<Self, Failure> {
        let Opening { saved, epoch, revision_at_least, limits, painted, blobs } = opening;
        let (random, now_ms) = epoch;
        let mut document = Document::new(random);
        let mut drawn = AnnotationDocument::new(now_ms);
        drawn.keep_bounds(&limits);
        let mut ledger = Ledger::default();
        let is_new = saved.is_none();
        let Saved { scene: part, annotations, revision, receipts } = saved.unwrap_or_default();
        load("scene", &part, |update| document.load(update))?;
        load("annotations", &annotations, |update| drawn.load(update))?;
        let scene = if is_new { Ok(Scene::new()) } else { document.scene() };
        let scene =
            scene.map_err(|e| Failure(format!("the saved document is not a scene: {e}")))?;
        for receipts in receipts.chunk_by(|one, next| one.client == next.client) {
            // So many are always kept: where there are as many, older ones were forgotten.
            let oldest = receipts.first().filter(|_| receipts.len() >= MAX_RECEIPTS_PER_CLIENT / 2);
            if let Some(oldest) = oldest {
                ledger.forgot(oldest.client, oldest.seq.saturating_sub(1));
            }
            for receipt in receipts {
                ledger.answered(receipt.client, receipt.seq, ack_of(receipt));
            }
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
            compacted: false,
            undo: Undo::new(UndoLimits::default(), limits.clone()),
            painted,
            restored: None,
            limits,
        };
        // Nobody has a mirror of this life yet.
        keeper.compact(now_ms + 1)?;
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

    pub(super) fn open_painted(&mut self, layer: LayerId) -> Result<Vec<Update>, Failure> {
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
}

pub(super) fn load<E: std::fmt::Display>(
    what: &str,
    part: &Part,
    mut load: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), Failure> {
    let failure = |error| Failure(format!("the saved {what} cannot be read: {error}"));
    part.snapshot.iter().chain(&part.updates).try_for_each(|update| load(update).map_err(failure))
}

/// The annotations that a document holds. One that cannot be read is left out of the model, and
/// stays in the document.
pub(super) fn read(document: &AnnotationDocument) -> Result<Annotations, Failure> {
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

fn ack_of(receipt: &Receipt) -> ServerMessage {
    let applied = serde_json::from_slice(&receipt.applied).ok();
    ServerMessage::Ack { seq: receipt.seq, revision: receipt.revision, applied }
}
