//! What the scene actor keeps: model, documents, answers. Pure; the actor journals and sends.
//!
//! - `opening.rs`: begins with what is stored, and with today's images.
//! - `ask.rs`: what participants ask for; undo. `foreign.rs`: what standard Yjs clients write.
//! - `versions.rs`: everything as it was in a version.
//! - `saving.rs`: what goes to the journal. `mirrors.rs`: what mirrors lack.

mod ask;
mod foreign;
mod mirrors;
mod opening;
mod saving;
mod versions;

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{Domain, LayerId};
use parfocal_data::paint::Volume;
use parfocal_scene::replica::{AnnotationDocument, CommitError, Document};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationWrite, Annotations, Change, Intent, Limits, Measured,
    Reject, RejectCode, Scene, Undo, Write,
};
use parking_lot::RwLock;

pub(crate) use opening::Opening;

use super::measure::Measuring;
use super::painted::PaintedLayers;
use crate::machine::ledger::Ledger;
use crate::supervise::Failure;

/// Whole documents, or what mirrors lack of them: annotations, then the scene, as mirrors take them.
pub(crate) type States = [(Domain, Vec<u8>); 2];

/// For the mirrors of one document.
pub(crate) type Update = (Domain, Bytes);

/// An update of Yjs that changes nothing.
const NOTHING: [u8; 2] = [0, 0];

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
    /// Whether the past of the annotations was forgotten: the store is to forget it too.
    compacted: bool,
    undo: Undo,
    painted: PaintedLayers,
    /// The version whose painted chunks the store is to take back, before those that are saved.
    restored: Option<u64>,
    limits: Limits,
}

impl Keeper {
    /// Applies a change of the server's own to the scene.
    pub(crate) fn change(&mut self, change: &Change) -> Result<Edit, Reject> {
        let applied = Arc::make_mut(&mut self.scene).apply(change)?;
        let updates = self.commit(&applied.writes, &[]).map_err(unavailable)?;
        Ok(Edit { updates, applied: applied.intent })
    }

    /// What of an annotation was measured, if it still is as it was then.
    pub(crate) fn measured(
        &mut self,
        id: &AnnotationId,
        of: &Annotation,
        measured: Measured,
    ) -> Result<Vec<Update>, Failure> {
        let write = self.annotations.set_measured(id, of, measured);
        Ok(self.commit(&[], write.as_slice())?)
    }

    /// What a user could take back and do again now.
    pub(crate) fn steps(&self, subject: &str) -> (Option<String>, Option<String>) {
        self.undo.labels(subject)
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
    ) -> Result<Vec<Update>, CommitError> {
        let mut updates = Vec::new();
        if !annotations.is_empty() {
            let update = self.drawn.commit(annotations)?;
            updates.push((Domain::Annotations, update.into()));
        }
        if !scene.is_empty() {
            let update = self.document.commit(scene)?;
            updates.push((Domain::Scene, update.into()));
        }
        if !updates.is_empty() {
            self.revision += 1;
            self.unsaved = true;
        }
        Ok(updates)
    }
}

fn unavailable(failure: impl Into<Failure>) -> Reject {
    let failure = failure.into();
    Reject::new(RejectCode::Unavailable, format!("the scene could not be changed: {failure}"))
}

/// Why a commit was not made. The documents are unchanged.
fn not_written(error: CommitError) -> Reject {
    match error {
        CommitError::Full(_) => Reject::new(RejectCode::Limit, error.to_string()),
        other => unavailable(other),
    }
}
