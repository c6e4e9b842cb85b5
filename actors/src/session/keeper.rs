//! What the scene actor keeps: model, document, answers. Pure; the actor journals and sends.

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{ImageMeta, SourceId};
use parfocal_scene::replica::Document;
use parfocal_scene::{
    Change, Intent, LayerKind, LayerSource, LayerSpec, Reject, RejectCode, Scene, Write,
};
use parfocal_store::{Domain, Entry, Receipt, Saved};
use parfocal_sync::message::ServerMessage;

use crate::machine::journal::Answer;
use crate::machine::ledger::Ledger;
use crate::supervise::Failure;

/// Revisions that a start leaves out, so that none is used twice for different documents: more
/// transient changes than can be lost between two lazy savings.
pub(crate) const REVISION_GAP: u64 = 1 << 24;

/// A layer that a session has from its start: one of the images that are served. See
/// [`LayerSpec`] for the fields.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "described at LayerSpec")]
pub struct Seed {
    pub name: String,
    pub kind: LayerKind,
    pub source: SourceId,
    pub path: String,
    pub channel: Option<usize>,
    pub meta: Arc<ImageMeta>,
    pub contrast_limits_auto: Option<[f64; 2]>,
    pub contrast_limits_range: Option<[f64; 2]>,
    pub contrast_limits: Option<[f64; 2]>,
    pub colormap: Option<String>,
    pub visible: bool,
}

impl Seed {
    /// A visible layer with every default.
    pub fn new(
        name: String,
        kind: LayerKind,
        source: SourceId,
        path: String,
        meta: Arc<ImageMeta>,
    ) -> Self {
        Self {
            name,
            kind,
            source,
            path,
            channel: None,
            meta,
            contrast_limits_auto: None,
            contrast_limits_range: None,
            contrast_limits: None,
            colormap: None,
            visible: true,
        }
    }

    fn spec(&self) -> LayerSpec<'_> {
        let (name, path) = (self.name.clone(), self.path.clone());
        let mut spec = LayerSpec::new(name, self.kind, self.source, path, &self.meta);
        spec.channel = self.channel;
        spec.contrast_limits_auto = self.contrast_limits_auto;
        spec.contrast_limits_range = self.contrast_limits_range;
        spec.contrast_limits = self.contrast_limits;
        spec.colormap.clone_from(&self.colormap);
        spec.visible = self.visible;
        spec
    }

    /// Whether a layer of the document shows this image: paths are for ever.
    fn is_of(&self, source: &LayerSource) -> bool {
        self.path == source.path && self.channel == source.channel
    }
}

/// Outcome of one change.
#[derive(Debug)]
pub(crate) struct Edit {
    /// For the mirrors; `None` where nothing changed.
    pub(crate) update: Option<Bytes>,
    /// What was applied.
    pub(crate) applied: Option<Intent>,
}

pub(crate) struct Keeper {
    pub(crate) scene: Arc<Scene>,
    pub(crate) document: Document,
    pub(crate) ledger: Ledger,
    pub(crate) revision: u64,
    /// Whether the document has changes that the journal does not hold.
    pub(crate) unsaved: bool,
}

impl Keeper {
    /// A session as it was saved, or a new one; with a layer for each seed.
    pub(crate) fn load(
        saved: Option<Saved>,
        seeds: &[Seed],
        epoch: u64,
        revision_at_least: u64,
    ) -> Result<Self, Failure> {
        let fail = |what: &str, error: String| Failure(format!("{what}: {error}"));
        let mut ledger = Ledger::default();
        let (document, scene, revision) = match saved {
            Some(saved) => {
                let mut document = Document::new(epoch);
                for part in saved.scene.snapshot.iter().chain(&saved.scene.updates) {
                    document
                        .load(part)
                        .map_err(|e| fail("the saved document cannot be read", e.to_string()))?;
                }
                let scene = document
                    .scene()
                    .map_err(|e| fail("the saved document is not a scene", e.to_string()))?;
                for receipt in saved.receipts {
                    let ack = ack_of(&receipt);
                    ledger.answered(receipt.client, receipt.seq, ack);
                }
                (document, scene, saved.revision)
            }
            None => (Document::new(epoch), Scene::new(), 0),
        };
        let is_new = revision == 0;
        let revision = revision.max(revision_at_least) + REVISION_GAP;
        let mut keeper =
            Self { scene: Arc::new(scene), document, ledger, revision, unsaved: false };
        if is_new {
            let writes = keeper.scene.to_writes();
            keeper.commit(&writes)?;
        }
        keeper.seed(seeds)?;
        Ok(keeper)
    }

    /// Adds the layers that are missing, and ties those that are there to today's sources: source
    /// numbers are those of this run of the server, paths are for ever.
    fn seed(&mut self, seeds: &[Seed]) -> Result<(), Failure> {
        let layers: Vec<_> = self.scene.layers.iter().map(|l| (l.id, l.source.clone())).collect();
        for (layer, had) in layers {
            let seed = seeds.iter().find(|s| s.is_of(&had));
            // What is not served now is kept, and shown as missing.
            let source = seed.map_or(SourceId(u32::MAX), |s| s.source);
            if had.source != source {
                let change = Change::SetSource { layer, source };
                self.edit(&change).map_err(|refused| Failure(refused.message))?;
            }
        }
        for seed in seeds {
            let there = self.scene.layers.iter().any(|layer| seed.is_of(&layer.source));
            if !there {
                let scene = Arc::make_mut(&mut self.scene);
                let (_, applied) = scene.add_layer(&seed.spec()).map_err(|e| Failure(e.message))?;
                self.commit(&applied.writes)?;
            }
        }
        Ok(())
    }

    /// Applies a change to model and document.
    pub(crate) fn edit(&mut self, change: &Change) -> Result<Edit, Reject> {
        let applied = Arc::make_mut(&mut self.scene).apply(change)?;
        let update = self.commit(&applied.writes).map_err(|failure| {
            Reject::new(
                RejectCode::Unavailable,
                format!("the scene could not be changed: {failure}"),
            )
        })?;
        Ok(Edit { update, applied: applied.intent })
    }

    fn commit(&mut self, writes: &[Write]) -> Result<Option<Bytes>, Failure> {
        if writes.is_empty() {
            return Ok(None);
        }
        let update = self.document.commit(writes).map_err(|e| Failure(e.to_string()))?;
        self.revision += 1;
        self.unsaved = true;
        Ok(Some(update.into()))
    }

    /// The whole document.
    pub(crate) fn full_state(&self) -> Result<Vec<u8>, Failure> {
        self.document.full_state().map_err(|e| Failure(e.to_string()))
    }

    /// All that the journal lacks, and a receipt for each of these answers.
    pub(crate) fn entries(&mut self, answers: &[&Answer]) -> Result<Vec<Entry>, Failure> {
        let mut update = self.document.save().map_err(|e| Failure(e.to_string()))?;
        self.unsaved = false;
        let revision = self.revision;
        let mut receipts: Vec<_> =
            answers.iter().filter_map(|answer| receipt(answer)).map(Some).collect();
        if receipts.is_empty() {
            receipts.push(None);
        }
        // One write: the update stands in its first entry.
        let entry = |receipt| {
            let updates = vec![(Domain::Scene, std::mem::take(&mut update))];
            Entry { revision, updates, receipt, ..Entry::default() }
        };
        Ok(receipts.into_iter().map(entry).collect())
    }
}

fn receipt(answer: &Answer) -> Option<Receipt> {
    let ServerMessage::Ack { seq, revision, applied } = &answer.message else { return None };
    let applied = applied.as_ref().and_then(|intent| serde_json::to_vec(intent).ok());
    let (client, applied) = (answer.client, applied.unwrap_or_default());
    Some(Receipt { client, seq: *seq, revision: *revision, applied })
}

fn ack_of(receipt: &Receipt) -> ServerMessage {
    let applied = serde_json::from_slice(&receipt.applied).ok();
    ServerMessage::Ack { seq: receipt.seq, revision: receipt.revision, applied }
}
