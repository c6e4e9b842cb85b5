//! The state channel.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use parfocal_base::{Domain, Instant};
use parfocal_scene::Reject;
use parfocal_scene::replica::{AnnotationMirror, Mirror, SyncError};
use parfocal_sync::limits::{MAX_SMALL_MESSAGE_BYTES, SILENCE_TIMEOUT};
use parfocal_sync::message::{ClientMessage, Hello, ServerMessage, Welcome};
use parfocal_sync::update::{Update, UpdateKind};
use parfocal_sync::{CloseReason, PROTOCOL_VERSION};

use super::pending::{Entry, Wish};
use super::{
    Acked, CONNECT_TIMEOUT, CURSOR_EVERY, Core, Event, Output, PING_EVERY, Phase, Step, Stop,
};

/// Between pings at least, whatever the server wants.
const LEAST_HEARTBEAT: Duration = Duration::from_millis(250);
/// Between two looks at a rate that held an intent back: the time in which one is refilled.
const PACE_CHECK: Duration = Duration::from_millis(10);
/// Longest resume vector that is sent: what the other fields leave of a hello. A longer one costs
/// more than a new mirror.
const MAX_RESUME_BYTES: usize = MAX_SMALL_MESSAGE_BYTES / 2;

impl Core {
    pub(super) fn connect(&mut self, now: Instant) {
        self.phase = Phase::Opening { step: Step::Connect, until: now + CONNECT_TIMEOUT };
        self.out.push_back(Output::ConnectState);
    }

    pub(super) fn greet(&mut self, now: Instant) {
        let Phase::Opening { step: Step::Connect, until } = self.phase else { return };
        self.phase = Phase::Opening { step: Step::Greet, until };
        self.heard = now;
        let hello = Hello {
            version: PROTOCOL_VERSION,
            session: self.config.session.clone(),
            token: self.config.token.clone(),
            client: self.config.client.iter().map(|byte| format!("{byte:02x}")).collect(),
            codecs: self.config.codecs.clone(),
            resume: self.resume(self.mirror.state_vector()),
            resume_annotations: self.resume(self.annotations.state_vector()),
        };
        self.send(&ClientMessage::Hello(hello));
    }

    fn resume(&self, vector: Result<Vec<u8>, SyncError>) -> Option<String> {
        let vector = vector.ok().filter(|_| self.has_mirror)?;
        Some(BASE64.encode(vector)).filter(|text| text.len() <= MAX_RESUME_BYTES)
    }

    pub(super) fn state_text(&mut self, now: Instant, text: &str) {
        if !self.is_open() {
            return;
        }
        self.heard = now;
        self.stats.state_bytes += text.len() as u64;
        match (ServerMessage::parse(text), self.phase) {
            // Coming back would bring the same message again.
            (Err(error), _) => self.event(Event::Fault(error.to_string())),
            (Ok(ServerMessage::Refused { code, message }), _) => self.stop(Stop { code, message }),
            (Ok(ServerMessage::Welcome(welcome)), Phase::Opening { step: Step::Greet, until }) => {
                self.welcome(welcome, until);
            }
            (Ok(ServerMessage::Welcome(_)), _) => self.fault(now, "a second welcome".to_owned()),
            (Ok(_), Phase::Opening { step: Step::Connect | Step::Greet, .. }) => {
                self.fault(now, "a message before the welcome".to_owned());
            }
            (Ok(message), _) => self.message(now, message),
        }
    }

    fn welcome(&mut self, welcome: Welcome, until: Instant) {
        if welcome.version != PROTOCOL_VERSION {
            let message = format!(
                "The server speaks protocol version {}, this client version {PROTOCOL_VERSION}: \
                 use programs of one release.",
                welcome.version
            );
            let code = CloseReason::VersionMismatch.as_str().to_owned();
            return self.stop(Stop { code, message });
        }
        if welcome.reset {
            self.forget_mirrors();
        }
        self.me = welcome.participant;
        let heartbeat = Duration::from_millis(u64::from(welcome.heartbeat_ms));
        self.ping_every = heartbeat.clamp(LEAST_HEARTBEAT, PING_EVERY);
        self.clock = None;
        self.phase = Phase::Opening { step: Step::Sync { answered: welcome.answered }, until };
        self.pixels.open(welcome.ticket.clone(), &mut self.out);
        self.welcome = Some(welcome);
    }

    fn forget_mirrors(&mut self) {
        self.mirror = Mirror::new();
        self.annotations = AnnotationMirror::new();
        self.has_mirror = false;
        self.revision = 0;
        self.pixels.revisions_restart();
    }

    fn message(&mut self, now: Instant, message: ServerMessage) {
        match message {
            ServerMessage::Ack { seq, revision, applied } => {
                self.acked(Acked { seq, revision, applied }, now);
            }
            ServerMessage::Reject { seq, code, message } => {
                if self.pending.answer(seq).is_some() {
                    self.stats.rejected += 1;
                    self.event(Event::Rejected { seq, reject: Reject::new(code, message) });
                }
            }
            ServerMessage::Steps { undo, redo } => self.event(Event::Steps { undo, redo }),
            ServerMessage::Resend => self.pending.requeue(),
            ServerMessage::Participants { participants } => {
                self.participants.clone_from(&participants);
                self.watch_again(now);
                self.event(Event::Participants(participants));
            }
            ServerMessage::Cursors { cursors } => self.event(Event::Cursors(cursors)),
            ServerMessage::Watching { view } => {
                self.watching = view;
                self.event(Event::Watching(view));
            }
            ServerMessage::Answer { id, answer } => self.event(Event::Answer { id, answer }),
            ServerMessage::Pong { time, server_us } => self.pong(now, time, server_us),
            ServerMessage::Notice { code, message } => self.event(Event::Notice { code, message }),
            // Handled before.
            ServerMessage::Welcome(_) | ServerMessage::Refused { .. } => {}
        }
    }

    fn acked(&mut self, acked: Acked, now: Instant) {
        let Some(entry) = self.pending.answer(acked.seq) else { return };
        self.stats.acked += 1;
        if acked.revision > self.revision {
            self.stats.early_acks += 1;
            self.event(Event::Fault(format!(
                "the ack of {} is of revision {}, the mirror of {}",
                acked.seq, acked.revision, self.revision
            )));
        }
        self.measure(&entry, acked.revision, now);
        if let Wish::Watch(watch) = entry.wish {
            self.watched = Some(watch);
        }
        self.event(Event::Acked(acked));
    }

    fn measure(&mut self, entry: &Entry, revision: u64, now: Instant) {
        let Some(sent) = entry.sent.filter(|_| !entry.replayed) else { return };
        self.stats.ack_time.record(now.since(sent));
        if matches!(entry.wish, Wish::Intent(_)) {
            self.pixels.latency.acked(sent, revision, &mut self.stats);
        }
    }

    /// Looks at what was looked at before, where the server has forgotten it.
    fn watch_again(&mut self, now: Instant) {
        if self.watch_checked {
            return;
        }
        self.watch_checked = true;
        let mine = self.participants.iter().find(|participant| participant.id == self.me);
        let Some((watched, mine)) = self.watched.zip(mine) else { return };
        if mine.watch != watched && !self.pending.has_watch() {
            // A full queue has worse troubles than the view.
            let _ = self.pending.add(now, Wish::Watch(watched));
        }
    }

    fn pong(&mut self, now: Instant, time: f64, server_us: u64) {
        let sent = Instant::from_micros((time * 1000.0).max(0.0) as u64);
        let trip = now.since(sent);
        self.stats.round_trip.record(trip);
        // The fastest round trip bounds the error of the clock best.
        if self.clock.is_none_or(|(best, _)| trip <= best) {
            let middle = sent.as_micros().saturating_add(now.as_micros()) / 2;
            self.clock = Some((trip, server_us.wrapping_sub(middle).cast_signed()));
        }
    }

    pub(super) fn state_binary(&mut self, now: Instant, bytes: &Bytes) {
        if !self.is_open() {
            return;
        }
        self.heard = now;
        self.stats.state_bytes += bytes.len() as u64;
        let (Phase::Live | Phase::Opening { step: Step::Sync { .. }, .. }) = self.phase else {
            return self.fault(now, "a mirror update before the welcome".to_owned());
        };
        let update = match Update::decode(bytes) {
            Ok(update) => update,
            Err(error) => return self.fault(now, error.to_string()),
        };
        let reset = update.kind == UpdateKind::Reset;
        let applied = match update.domain {
            Domain::Scene => {
                if reset {
                    self.mirror = Mirror::new();
                }
                self.mirror.apply(&update.bytes)
            }
            Domain::Annotations => {
                if reset {
                    self.annotations = AnnotationMirror::new();
                }
                self.annotations.apply(&update.bytes)
            }
        };
        if let Err(error) = applied {
            // After a gap the state vector still says what is missing; after anything else, what
            // is in the mirror cannot be trusted.
            if error != SyncError::Gap {
                self.forget_mirrors();
            }
            return self.fault(now, error.to_string());
        }
        let Update { domain, kind, revision, cause, .. } = update;
        self.stats.updates += 1;
        self.event(Event::Mirrored { domain, revision, cause });
        // Annotations as a whole are followed by the scene, and only then is everything there.
        if domain == Domain::Annotations && kind != UpdateKind::Update {
            return;
        }
        if reset {
            self.pixels.revisions_restart();
        }
        self.has_mirror = true;
        self.revision = revision;
        let whole = kind != UpdateKind::Update;
        if let (true, Phase::Opening { step: Step::Sync { answered }, .. }) = (whole, self.phase) {
            self.go_live(now, answered);
        }
    }

    fn go_live(&mut self, now: Instant, answered: u64) {
        self.phase = Phase::Live;
        self.backoff.connected();
        self.stats.connections += 1;
        self.ping_at = now;
        self.watch_checked = false;
        if let Some(welcome) = self.welcome.take() {
            self.event(Event::Live(welcome));
        }
        self.send_canvas();
        for entry in self.pending.settle(answered) {
            self.stats.answers_lost += 1;
            self.event(Event::AnswerLost { seq: entry.seq });
        }
        self.pending.requeue();
    }

    pub(super) fn send_canvas(&mut self) {
        if let (Some([width, height]), Phase::Live) = (self.canvas, self.phase) {
            self.send(&ClientMessage::Canvas { width, height });
        }
    }

    /// Sends what is due.
    pub(super) fn flush(&mut self, now: Instant) {
        if self.phase != Phase::Live {
            return;
        }
        let (rate, pace) = (&mut self.rate, self.config.pace);
        while let Some((message, again)) = self.pending.take(now, || !pace || rate.allow(now)) {
            *if again { &mut self.stats.replayed } else { &mut self.stats.sent } += 1;
            self.out.push_back(Output::SendState(message.to_json()));
        }
        if self.cursor.dirty && self.cursor_at() <= now {
            self.cursor.dirty = false;
            self.cursor.sent = Some(now);
            let (position, laser) = (self.cursor.position.clone(), self.cursor.laser);
            self.send(&ClientMessage::Cursor { position, laser });
        }
        if self.ping_at <= now {
            self.ping_at = now + self.ping_every;
            self.send(&ClientMessage::Ping { time: now.as_micros() as f64 / 1000.0 });
        }
    }

    fn cursor_at(&self) -> Instant {
        self.cursor.sent.map_or(Instant::ZERO, |sent| sent + CURSOR_EVERY)
    }

    pub(super) fn live_wake(&self, now: Instant) -> Option<Instant> {
        let cursor = self.cursor.dirty.then(|| self.cursor_at());
        let held = self.pending.has_queued().then(|| now + PACE_CHECK);
        let always = [Some(self.ping_at), Some(self.heard + SILENCE_TIMEOUT)];
        always.into_iter().chain([cursor, held]).flatten().min()
    }

    pub(super) fn tick(&mut self, now: Instant) {
        self.present_due(now);
        for seq in self.pending.mark_late(now) {
            self.stats.late += 1;
            self.event(Event::Late { seq });
        }
        match self.phase {
            Phase::Opening { until, .. } if now >= until => {
                self.retry(now, CloseReason::Silence, None);
            }
            Phase::Live if now.since(self.heard) >= SILENCE_TIMEOUT => {
                self.retry(now, CloseReason::Silence, None);
            }
            Phase::Waiting { until } if now >= until => self.connect(now),
            _ => self.pixels.tick(now, &mut self.stats, &mut self.out),
        }
    }

    pub(super) fn state_closed(&mut self, now: Instant, code: Option<u16>) {
        if !self.is_open() {
            return;
        }
        match code.filter(|&code| parfocal_sync::close::code_is_permanent(code)) {
            Some(code) => self.stop(stop_for(code)),
            None => self.retry(now, CloseReason::Normal, code),
        }
    }

    /// Ends the connection, and tries again later.
    pub(super) fn retry(&mut self, now: Instant, reason: CloseReason, code: Option<u16>) {
        self.close(reason);
        self.backoff.failed();
        self.phase = Phase::Waiting { until: now + self.backoff.pause() };
        self.event(Event::Disconnected { code });
    }

    pub(super) fn fault(&mut self, now: Instant, message: String) {
        self.event(Event::Fault(message));
        self.retry(now, CloseReason::Internal, None);
    }

    /// Ends the connection for good.
    pub(super) fn stop(&mut self, stop: Stop) {
        self.close(CloseReason::Normal);
        self.phase = Phase::Stopped;
        self.pending.clear();
        self.event(Event::Stopped(stop));
    }

    pub(super) fn leave(&mut self) {
        if self.phase != Phase::Stopped {
            self.stop(stop_for(CloseReason::Normal.code()));
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Opening { .. } | Phase::Live)
    }
}

pub(super) fn stop_for(code: u16) -> Stop {
    match CloseReason::from_code(code) {
        Some(reason) => {
            Stop { code: reason.as_str().to_owned(), message: reason.advice().to_owned() }
        }
        None => Stop {
            code: format!("close_{code}"),
            message: format!("The server closed the connection for good (code {code})."),
        },
    }
}
