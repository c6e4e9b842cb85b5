//! What goes to the journal.

use parfocal_base::Domain;
use parfocal_store::{Entry, Receipt};
use parfocal_sync::message::ServerMessage;

use super::super::painted::BlobWrite;
use super::{Keeper, Update};
use crate::machine::journal::{Answer, Draft};
use crate::supervise::Failure;

impl Keeper {
    /// All that the journal lacks, and a receipt for each of these answers; as whole documents
    /// where it is time for that, or where there is too much to be journalled.
    pub(crate) fn draft(&mut self, answers: &[&Answer], whole: bool) -> Result<Draft, Failure> {
        let drawn = self.drawn.save().map_err(|e| Failure(e.to_string()))?;
        let scene = self.document.save().map_err(|e| Failure(e.to_string()))?;
        let mut shown = vec![(Domain::Annotations, drawn), (Domain::Scene, scene)];
        shown.retain(|(_, update)| !update.is_empty());
        let is_long = shown.iter().any(|(_, update)| update.len() > Entry::MAX_UPDATE);
        let (states, updates) = if whole || is_long || self.compacted {
            (self.full_states()?.into(), Vec::new())
        } else {
            (Vec::new(), shown.clone())
        };
        let (scene, undo) = (&self.scene, &self.undo);
        self.painted.retain(|layer| scene.layer(layer).is_some() || undo.may_return(layer));
        let mut blobs = groups(self.painted.save()?).into_iter();
        let mut receipts = answers.iter().filter_map(|answer| receipt(answer));
        (self.unsaved, self.compacted) = (false, false);
        let revision = self.revision;
        let restore = self.restored.take();
        // One write, so it does not matter in which entry something stands.
        let mut first = Entry { states, updates, restore, ..Entry::default() };
        let mut entries = Vec::new();
        loop {
            let (blobs, receipt) = (blobs.next(), receipts.next());
            if !entries.is_empty() && blobs.is_none() && receipt.is_none() {
                return Ok(Draft { entries, shown });
            }
            let blobs = blobs.unwrap_or_default();
            entries.push(Entry { revision, blobs, receipt, ..std::mem::take(&mut first) });
        }
    }

    /// Forgets the past of the annotations, where they are mostly that: to be called when whole
    /// documents are about to be written. Every mirror needs the update.
    pub(crate) fn compact(&mut self, now_ms: u64) -> Result<Vec<Update>, Failure> {
        if self.drawn.is_wasteful().unwrap_or(false) {
            self.forget_past(now_ms)
        } else {
            Ok(Vec::new())
        }
    }

    pub(crate) fn forget_past(&mut self, now_ms: u64) -> Result<Vec<Update>, Failure> {
        let update = self.drawn.compact(now_ms);
        let update = update.map_err(|e| Failure(format!("annotations not compacted: {e}")))?;
        self.revision += 1;
        (self.unsaved, self.compacted) = (true, true);
        Ok(vec![(Domain::Annotations, update.into())])
    }
}

/// `blobs` in as many parts as entries have to hold them.
fn groups(blobs: Vec<BlobWrite>) -> Vec<Vec<BlobWrite>> {
    let mut groups: Vec<Vec<BlobWrite>> = Vec::new();
    let mut room = 0;
    for blob in blobs {
        let bytes = blob.0.len() + blob.1.as_ref().map_or(0, Vec::len);
        match groups.last_mut().filter(|_| bytes <= room) {
            Some(last) => last.push(blob),
            None => {
                room = Entry::MAX_BLOBS;
                groups.push(vec![blob]);
            }
        }
        room = room.saturating_sub(bytes);
    }
    groups
}

fn receipt(answer: &Answer) -> Option<Receipt> {
    let ServerMessage::Ack { seq, revision, applied } = &answer.message else { return None };
    let applied = applied.as_ref().and_then(|intent| serde_json::to_vec(intent).ok());
    // What is too long to keep is in the mirror, where the client finds it.
    let applied = applied.filter(|applied| applied.len() <= Receipt::MAX_APPLIED);
    let (client, applied) = (answer.client, applied.unwrap_or_default());
    Some(Receipt { client, seq: *seq, revision: *revision, applied })
}
