//! The server's end of one document on one connection, in either dialect.
//!
//! What it decides: when the client is asked for what the server lacks, when it is told why
//! something was not taken, and when it is not listened to any more. **It never closes**: providers
//! come back after most closes, with the same bytes.
//!
//! - A refused update is answered with the reason. One that follows something unknown is answered
//!   with the server's own sync step 1, once, until the client has said all that it has.
//! - Who keeps sending what is refused is not listened to for a minute; reading goes on.
//! - Nothing is broadcast to a client before its first step 2: that one holds it all.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use parfocal_base::Instant;

use super::awareness;
use super::dialect::{Dialect, Heard};
use super::io::{Access, Input, Output, Refusal, UpdateId};
use super::limits::{
    AWARENESS_BURST, AWARENESS_PER_SECOND, DIFF_BURST, DIFFS_PER_SECOND, KEEP_ALIVE,
    MAX_UNANSWERED, MAX_UNANSWERED_BYTES,
};
use super::message::Sync;
use super::patience::Patience;
use crate::rate::IntentRate;

/// How long a state vector waits that came too soon after others.
const LATER: Duration = Duration::from_secs(1);

/// An update that is with the gate.
struct Asked {
    id: UpdateId,
    bytes: usize,
    /// Whether it was a step 2, which holds all that the client has.
    whole: bool,
    /// How many of the client's messages are saved when it is.
    settles: u32,
}

/// The machine. Call [`Connection::start`] first.
pub struct Connection<D> {
    dialect: D,
    access: Access,
    /// Whether the client may be asked for what the server lacks.
    asks: bool,
    /// Whether it has been sent a step 2.
    synced: bool,
    /// The client's state vectors that are being answered.
    diffs: VecDeque<Vec<u8>>,
    /// Its last one, while it has to wait.
    later: Option<Vec<u8>>,
    diff_rate: IntentRate,
    next: UpdateId,
    with_gate: VecDeque<Asked>,
    unsaved: VecDeque<Asked>,
    /// Step 1s that wait for the document's state vector, by what their answers will settle.
    asking: VecDeque<u32>,
    /// Step 1s that were sent, and not answered yet.
    asked: VecDeque<u32>,
    /// Whether all that the client has was refused: asking again would bring the same.
    stuck: bool,
    patience: Patience,
    awareness: IntentRate,
    sent: Instant,
    out: Vec<Output>,
}

impl<D: Dialect> Connection<D> {
    /// A connection that may begin. `asks` is false after this participant's last connection had
    /// to be closed because a message was too big to be read: the answer to a step 1 would be the
    /// same message again.
    pub fn new(dialect: D, access: Access, asks: bool, now: Instant) -> Self {
        Self {
            dialect,
            access,
            asks,
            synced: false,
            diffs: VecDeque::new(),
            later: None,
            diff_rate: IntentRate::with_limits(now, DIFF_BURST, DIFFS_PER_SECOND),
            next: 0,
            with_gate: VecDeque::new(),
            unsaved: VecDeque::new(),
            asking: VecDeque::new(),
            asked: VecDeque::new(),
            stuck: false,
            patience: Patience::default(),
            awareness: IntentRate::with_limits(now, AWARENESS_BURST, AWARENESS_PER_SECOND),
            sent: now,
            out: Vec::new(),
        }
    }

    /// The first things to do: without a step 1 of the server's, what a client has changed while
    /// it was offline would never come.
    pub fn start(&mut self, now: Instant) -> Vec<Output> {
        self.sent = now;
        if self.dialect.asks_first() && self.access == Access::Write {
            self.ask(0);
        }
        self.out.push(Output::AwarenessAll);
        std::mem::take(&mut self.out)
    }

    /// The participant's role has changed.
    pub const fn set_access(&mut self, access: Access) {
        self.access = access;
    }

    /// Whether another frame may be read.
    pub fn wants_frames(&self) -> bool {
        let bytes: usize = self.with_gate.iter().map(|asked| asked.bytes).sum();
        self.with_gate.len() + self.unsaved.len() < MAX_UNANSWERED
            && bytes < MAX_UNANSWERED_BYTES
            && self.diffs.is_empty()
    }

    /// When to call with [`Input::Tick`].
    pub fn deadline(&self) -> Instant {
        if self.later.is_some() { self.sent + LATER } else { self.sent + KEEP_ALIVE }
    }

    /// One step.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) -> Vec<Output> {
        match input {
            Input::Frame(frame) => self.frame(now, frame),
            Input::StateVector(vector) => {
                if let Some(settles) = self.asking.pop_front() {
                    self.asked.push_back(settles);
                    self.send(now, self.dialect.sync(Sync::Step1(vector)));
                }
            }
            Input::Diff(update) => self.diff(now, update),
            Input::Broadcast(frame) if self.synced => self.send(now, frame.clone()),
            Input::Broadcast(_) => {}
            Input::Awareness(update) => self.send(now, self.dialect.awareness(update)),
            Input::Admitted { id, notice } => self.admitted(now, id, notice),
            Input::Refused { id, refusal } => self.refused(now, id, refusal),
            Input::Saved(id) => self.saved(now, id),
            Input::Restarted => self.restarted(),
            Input::Tick => self.tick(now),
        }
        std::mem::take(&mut self.out)
    }

    fn diff(&mut self, now: Instant, update: &[u8]) {
        if self.diffs.pop_front().is_none() {
            return;
        }
        if update.is_empty() {
            self.patience.strike(now);
            return self.deny(now, "bad_frame", "the state vector cannot be read");
        }
        self.synced = true;
        self.send(now, self.dialect.sync(Sync::Step2(update)));
    }

    fn tick(&mut self, now: Instant) {
        if let Some(vector) = self.later.take() {
            self.step1(now, vector);
        }
        if now >= self.sent + KEEP_ALIVE {
            self.send(now, self.dialect.awareness(awareness::NOTHING));
        }
    }

    fn send(&mut self, now: Instant, frame: impl Into<Bytes>) {
        self.sent = now;
        self.out.push(Output::Send(frame.into()));
    }

    fn frame(&mut self, now: Instant, frame: &[u8]) {
        let dialect = self.dialect.clone();
        match dialect.decode(frame) {
            Ok(messages) => messages.into_iter().for_each(|message| self.hear(now, message)),
            Err(error) => {
                self.patience.strike(now);
                self.deny(now, "bad_frame", &error.to_string());
            }
        }
    }

    fn hear(&mut self, now: Instant, message: Heard<'_>) {
        match message {
            Heard::Sync(Sync::Step1(vector)) => self.step1(now, vector.to_vec()),
            Heard::Sync(Sync::Step2(update)) => self.step2(now, update),
            Heard::Sync(Sync::Update(update)) => self.update(now, update),
            Heard::Awareness(update) => match awareness::decode(update) {
                Ok(_) if self.awareness.allow(now) => {
                    self.out.push(Output::Awareness(update.to_vec()));
                }
                Ok(_) => {}
                Err(_) => self.patience.strike(now),
            },
            Heard::QueryAwareness if self.awareness.allow(now) => {
                self.out.push(Output::AwarenessAll);
            }
            Heard::QueryAwareness | Heard::Nothing => {}
        }
    }

    fn step1(&mut self, now: Instant, vector: Vec<u8>) {
        if !self.diff_rate.allow(now) {
            self.later = Some(vector);
            return;
        }
        self.diffs.push_back(vector.clone());
        self.out.push(Output::Diff(vector));
        if !self.dialect.asks_first() {
            self.ask(1);
        }
    }

    fn step2(&mut self, now: Instant, update: &[u8]) {
        let asked = self.asked.pop_front();
        let may = self.access == Access::Write || (asked.is_some() && self.dialect.counts());
        if may && !self.patience.is_over(now) {
            self.admit(update, true, asked.unwrap_or(1));
        } else {
            self.deny_update(now);
        }
    }

    fn update(&mut self, now: Instant, update: &[u8]) {
        if self.access == Access::Write && !self.patience.is_over(now) {
            self.admit(update, false, 1);
        } else {
            self.deny_update(now);
        }
    }

    fn admit(&mut self, update: &[u8], whole: bool, settles: u32) {
        let id = self.next;
        self.next += 1;
        self.with_gate.push_back(Asked { id, bytes: update.len(), whole, settles });
        self.out.push(Output::Admit { id, update: update.to_vec() });
    }

    fn deny_update(&mut self, now: Instant) {
        if self.access == Access::Read {
            self.deny(now, "read_only", "this link is for looking on: your change is not shared");
        } else {
            let message = "too much of this was refused: nothing is taken for a minute";
            self.deny(now, "rate_limited", message);
        }
        self.status(now, false);
    }

    fn admitted(&mut self, now: Instant, id: UpdateId, notice: Option<(&str, &str)>) {
        let Some(asked) = self.take(id) else { return };
        self.stuck &= !asked.whole;
        self.unsaved.push_back(asked);
        if let Some((code, message)) = notice {
            self.deny(now, code, message);
        }
    }

    fn refused(&mut self, now: Instant, id: UpdateId, refusal: Refusal<'_>) {
        let Some(asked) = self.take(id) else { return };
        self.stuck |= asked.whole;
        match refusal {
            Refusal::Resync if self.asks && !self.stuck => return self.ask_again(asked.settles),
            Refusal::Resync => {
                let message = "this copy holds something that is not taken: \
                               begin anew with a new document";
                self.deny(now, "resync", message);
            }
            Refusal::Denied { code, message } => {
                self.patience.strike(now);
                self.deny(now, code, message);
            }
        }
        self.status(now, false);
    }

    fn saved(&mut self, now: Instant, id: UpdateId) {
        let Some(at) = self.unsaved.iter().position(|asked| asked.id == id) else { return };
        let Some(asked) = self.unsaved.remove(at) else { return };
        for _ in 0..asked.settles {
            self.status(now, true);
        }
    }

    fn restarted(&mut self) {
        let lost = self.with_gate.drain(..).chain(self.unsaved.drain(..));
        let mut settles: u32 = lost.map(|asked| asked.settles).sum();
        settles += self.asking.drain(..).sum::<u32>();
        self.out.extend(self.diffs.iter().cloned().map(Output::Diff));
        if self.access == Access::Write || self.dialect.counts() {
            self.ask(settles);
        }
    }

    /// Asks the client for all that the server lacks.
    fn ask(&mut self, settles: u32) {
        if self.asks {
            self.asking.push_back(settles);
            self.out.push(Output::StateVector);
        }
    }

    /// The same, unless it is being asked already: that answer will hold this too.
    fn ask_again(&mut self, settles: u32) {
        match self.asking.back_mut().or(self.asked.back_mut()) {
            Some(pending) => *pending += settles,
            None => self.ask(settles),
        }
    }

    fn take(&mut self, id: UpdateId) -> Option<Asked> {
        let at = self.with_gate.iter().position(|asked| asked.id == id)?;
        self.with_gate.remove(at)
    }

    fn deny(&mut self, now: Instant, code: &str, message: &str) {
        self.send(now, self.dialect.denied(code, message));
    }

    fn status(&mut self, now: Instant, saved: bool) {
        if let Some(frame) = self.dialect.status(saved) {
            self.send(now, frame);
        }
    }
}
