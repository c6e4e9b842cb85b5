//! What goes to the journal.

use parfocal_base::Domain;
use parfocal_store::{Entry, Receipt};
use parfocal_sync::message::ServerMessage;

use super::Keeper;
use crate::machine::journal::Answer;
use crate::supervise::Failure;

impl Keeper {
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
            Entry { revision, updates, blobs, restore: restore.take(), receipt, ..Entry::default() }
        };
        Ok(receipts.into_iter().map(entry).collect())
    }
}

fn receipt(answer: &Answer) -> Option<Receipt> {
    let ServerMessage::Ack { seq, revision, applied } = &answer.message else { return None };
    let applied = applied.as_ref().and_then(|intent| serde_json::to_vec(intent).ok());
    // What is too long to keep is in the mirror, where the client finds it.
    let applied = applied.filter(|applied| applied.len() <= Receipt::MAX_APPLIED);
    let (client, applied) = (answer.client, applied.unwrap_or_default());
    Some(Receipt { client, seq: *seq, revision: *revision, applied })
}
