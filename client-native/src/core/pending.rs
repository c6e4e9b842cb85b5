//! What was asked for and has no answer yet.

use std::collections::VecDeque;

use parfocal_base::Instant;
use parfocal_scene::{Intent, Watch};
use parfocal_sync::limits::{LATE_AFTER, MAX_CLIENT_MESSAGE_BYTES, MAX_PENDING_INTENTS};
use parfocal_sync::message::ClientMessage;

/// What a participant asks for and gets an answer to.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A change of the scene.
    Intent(Intent),
    /// Another view to look at.
    Watch(Watch),
}

/// Why an edit was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// [`MAX_PENDING_INTENTS`] are waiting.
    #[error(
        "{MAX_PENDING_INTENTS} edits are waiting for an answer: wait until the connection is back"
    )]
    TooManyPending,
    /// The server would close the connection, and after the next one the edit would come again.
    #[error(
        "an edit takes at most {} KiB as JSON: make several smaller ones, or import a file",
        MAX_CLIENT_MESSAGE_BYTES >> 10
    )]
    TooLarge,
    /// The client will not connect again.
    #[error("the client has stopped: nothing can be changed any more")]
    Stopped,
    /// Questions, unlike edits, are not kept until the connection is back.
    #[error("there is no connection now: ask again when it is back")]
    NotConnected,
}

/// One wish.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) wish: Wish,
    made: Instant,
    /// When it was sent for the first time.
    pub(super) sent: Option<Instant>,
    /// To be sent on the present connection.
    queued: bool,
    /// Sent more than once, so that times measured on it say nothing.
    pub(super) replayed: bool,
    late: bool,
}

impl Entry {
    fn message(&self) -> ClientMessage {
        match &self.wish {
            Wish::Intent(intent) => ClientMessage::Intent { seq: self.seq, intent: intent.clone() },
            Wish::Watch(target) => ClientMessage::Watch { seq: self.seq, target: *target },
        }
    }
}

/// All of them, in order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    entries: VecDeque<Entry>,
    /// The number given last.
    last: u64,
}

impl Pending {
    /// Numbers a wish and keeps it until it is answered.
    pub(super) fn add(&mut self, now: Instant, wish: Wish) -> Result<u64, EditError> {
        if self.entries.len() >= MAX_PENDING_INTENTS {
            return Err(EditError::TooManyPending);
        }
        let seq = self.last + 1;
        let entry =
            Entry { seq, wish, made: now, sent: None, queued: true, replayed: false, late: false };
        if entry.message().to_json().len() > MAX_CLIENT_MESSAGE_BYTES {
            return Err(EditError::TooLarge);
        }
        self.last = seq;
        self.entries.push_back(entry);
        Ok(seq)
    }

    /// The next message to send; `allow` is asked once there is one. The flag: sent before.
    pub(super) fn take(
        &mut self,
        now: Instant,
        allow: impl FnOnce() -> bool,
    ) -> Option<(ClientMessage, bool)> {
        let entry = self.entries.iter_mut().find(|entry| entry.queued)?;
        if !allow() {
            return None;
        }
        entry.queued = false;
        entry.replayed = entry.sent.is_some();
        entry.sent.get_or_insert(now);
        Some((entry.message(), entry.replayed))
    }

    /// Whether something is to be sent.
    pub(super) fn has_queued(&self) -> bool {
        self.entries.iter().any(|entry| entry.queued)
    }

    /// Whether a watch waits for its answer.
    pub(super) fn has_watch(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.wish, Wish::Watch(_)))
    }

    /// Everything is to be sent again.
    pub(super) fn requeue(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.queued = true);
    }

    /// Takes out the wish that was answered.
    pub(super) fn answer(&mut self, seq: u64) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.seq == seq)?;
        self.entries.remove(at)
    }

    /// Takes out all up to `answered`, which were answered while nobody listened.
    pub(super) fn settle(&mut self, answered: u64) -> VecDeque<Entry> {
        let (settled, rest) = self.entries.drain(..).partition(|entry| entry.seq <= answered);
        self.entries = rest;
        self.last = self.last.max(answered);
        settled
    }

    /// Marks what is late by now.
    pub(super) fn mark_late(&mut self, now: Instant) -> Vec<u64> {
        let late = |entry: &&mut Entry| !entry.late && now.since(entry.made) >= LATE_AFTER;
        let mark = |entry: &mut Entry| {
            entry.late = true;
            entry.seq
        };
        self.entries.iter_mut().filter(late).map(mark).collect()
    }

    /// When the next one becomes late.
    pub(super) fn late_at(&self) -> Option<Instant> {
        let next = self.entries.iter().find(|entry| !entry.late)?;
        Some(next.made + LATE_AFTER)
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}
