//! The sole writer of a session's document. Journals a durable intent before it acknowledges it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use parfocal_auth::{Action, allows};
use parfocal_base::{Domain, ParticipantId};
use parfocal_scene::{
    Annotation, AnnotationId, Author, Change, Intent, Measured, Reject, RejectCode,
};
use parfocal_store::{Blob, JournalSize, Saved, Store};
use parfocal_sync::PROTOCOL_VERSION;
use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::HEARTBEAT;
use parfocal_sync::message::{Hello, ServerMessage, Welcome};
use parfocal_sync::update::{Update, UpdateKind};
use parfocal_sync::yjs::{Input, Output};
use ractor::{Actor, ActorProcessingErr, ActorRef, call_t};
use tokio::sync::OwnedSemaphorePermit;

use super::board::{Board, Snapshot};
use super::client::may;
use super::keeper::{Keeper, Opening};
use super::measure::measure;
use super::member::Member;
use super::painted::PaintedLayers;
use super::presence::PresenceMsg;
use super::requests::{Request, Waiting};
use super::scene_careful::{Asked, Careful};
use super::scene_journal::{answer_to, reject};
use super::seed::Seed;
use super::yjs::YjsDocument;
use crate::admin::Unsaved;
use crate::machine::journal::Journal;
use crate::machine::ledger::Seen;
use crate::outbox::Out;
use crate::store::{StoreMsg, version_of};
use crate::supervise::Failure;

/// Transient changes (camera, dims) are saved at least this often while there are any. A crash
/// loses at most so much looking around.
const SAVE_INTERVAL: Duration = Duration::from_secs(2);
/// Waiting for the store at the start, in milliseconds.
const LOAD_TIMEOUT_MS: u64 = 10_000;

/// State vectors of a client's mirrors.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    scene: Option<Vec<u8>>,
    annotations: Option<Vec<u8>>,
}

impl Resume {
    /// Those of a hello, where they are base64.
    pub(crate) fn of(hello: &Hello) -> Self {
        let vector = |text: &Option<String>| BASE64_STANDARD.decode(text.as_ref()?).ok();
        Self { scene: vector(&hello.resume), annotations: vector(&hello.resume_annotations) }
    }
}

/// What the scene actor does.
pub enum SceneMsg {
    /// A member has a good hello: welcome it and give it the document.
    Join {
        /// Who.
        member: Arc<Member>,
        /// The state vectors of its mirrors, if it has any.
        resume: Resume,
        /// Opens its pixel channel.
        ticket: String,
    },
    /// A member's intent that its role allows.
    Intent {
        /// Who.
        member: Arc<Member>,
        /// Which of theirs.
        seq: u64,
        /// What.
        intent: Intent,
        /// Given back when it was dealt with.
        permit: OwnedSemaphorePermit,
    },
    /// Changes by the server, then messages to members, then an answer.
    Serve {
        /// Applied in order; one that is refused is left out.
        changes: Vec<Change>,
        /// Said after the changes are in everybody's mirror.
        say: Vec<(ParticipantId, ServerMessage)>,
        /// Acknowledged last.
        answer: Option<(Arc<Member>, u64)>,
    },
    /// What was being written is on disk, or is not.
    Written(Result<(), Unsaved>),
    /// Saves what changed in passing; tries a failed write again.
    Save,
    /// What the server's own pages and programs ask.
    Request(Request),
    /// What a standard Yjs client's document wants done.
    Yjs(Arc<YjsDocument>, Output),
    /// Statistics that an annotation wanted.
    Measured {
        /// Of which.
        id: AnnotationId,
        /// As it was then.
        of: Arc<Annotation>,
        /// What was found.
        measured: Measured,
    },
    /// No standard Yjs client is here any more.
    YjsGone,
}

/// The actor.
pub(crate) struct SceneActor {
    pub(crate) board: Arc<Board>,
    pub(crate) seeds: Arc<[Seed]>,
}

/// Its state.
pub(crate) struct SceneState {
    pub(super) keeper: Keeper,
    pub(super) journal: Journal<Waiting>,
    pub(super) size: JournalSize,
    pub(super) careful: Careful,
}

impl Actor for SceneActor {
    type Msg = SceneMsg;
    type State = SceneState;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<SceneMsg>,
        (): (),
    ) -> Result<SceneState, ActorProcessingErr> {
        let store = self.board.shared.store.get();
        let store = store.ok_or_else(|| Failure("the store is not there".to_owned()))?;
        let saved = call_t!(store, StoreMsg::Load, LOAD_TIMEOUT_MS, self.board.name.clone())?;
        let saved = saved.map_err(|error| Failure(error.to_string()))?;
        let blobs = self.blobs().await?;
        let size = saved.as_ref().map_or_else(JournalSize::default, journal_size);
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Failure(error.to_string()))?;
        let shared = &self.board.shared;
        let opening = Opening {
            saved,
            epoch: (u64::from_le_bytes(random), unix_ms()),
            revision_at_least: self.board.snapshot().revision,
            limits: self.board.shared.limits.clone(),
            painted: PaintedLayers::new(Arc::clone(&shared.images), shared.cache.clone()),
            blobs,
        };
        let keeper = Keeper::load(opening, &self.seeds)?;
        let journal = Journal::default();
        *self.board.unsaved.lock() = None;
        let careful = Careful::of(self.board.careful.swap(0, Ordering::AcqRel));
        let mut state = SceneState { keeper, journal, size, careful };
        self.publish(&state);
        self.restore_members(&state)?;
        self.write(&me, &mut state)?;
        // What the server itself had changed in passing may be lost with the last life.
        self.board.presence.send(PresenceMsg::SceneRestarted);
        me.send_interval(SAVE_INTERVAL, || SceneMsg::Save);
        Ok(state)
    }

    async fn handle(
        &self,
        me: ActorRef<SceneMsg>,
        message: SceneMsg,
        state: &mut SceneState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SceneMsg::Join { member, resume, ticket } => {
                self.join(state, &member, &resume, ticket)?;
            }
            SceneMsg::Intent { member, seq, intent, permit } => {
                state.careful.push(Asked { member, seq, intent, permit });
                self.deal_with_asks(state);
                self.write_if_waited_for(&me, state)?;
            }
            SceneMsg::Serve { changes, say, answer } => self.serve(state, changes, say, answer),
            SceneMsg::Written(result) => self.written(&me, state, result)?,
            SceneMsg::Save => {
                self.board.tick_awareness();
                match state.journal.again() {
                    Some(entries) => self.append(&me, entries),
                    None => self.write(&me, state)?,
                }
            }
            SceneMsg::Yjs(document, output) => {
                self.yjs(state, &document, output);
                self.write_if_waited_for(&me, state)?;
            }
            SceneMsg::Measured { id, of, measured } => {
                state.keeper.measuring.done();
                let updates = state.keeper.measured(&id, &of, measured)?;
                self.spread_by_server(state, updates);
            }
            SceneMsg::YjsGone => state.keeper.drawn.rest(),
            SceneMsg::Request(request) => {
                self.request(state, request).await;
                self.write_if_waited_for(&me, state)?;
            }
        }
        self.measure_next(state);
        Ok(())
    }
}

impl SceneActor {
    /// What is painted, as the store has it.
    async fn blobs(&self) -> Result<Vec<Blob>, Failure> {
        let session = self.board.name.clone();
        let read = move |store: &Store| match version_of(&session) {
            Some((name, number)) => store.version_blobs(name, number, b""),
            None => store.blobs(&session, b""),
        };
        let blobs = self.ask_store(read).await.map_err(Failure)?;
        blobs.map_err(|error| Failure(error.to_string()))
    }

    /// Has the next annotation measured that wants statistics.
    fn measure_next(&self, state: &mut SceneState) {
        while let Some(id) = state.keeper.measuring.next() {
            let wanted = state.keeper.annotations.get(&id).filter(|a| a.wants_statistics());
            if let Some(annotation) = wanted.cloned() {
                let (board, scene) = (Arc::clone(&self.board), Arc::clone(&state.keeper.scene));
                return measure(board, scene, id, annotation);
            }
            state.keeper.measuring.done();
        }
    }

    fn join(
        &self,
        state: &SceneState,
        member: &Arc<Member>,
        resume: &Resume,
        ticket: String,
    ) -> Result<(), Failure> {
        let keeper = &state.keeper;
        let (scene, annotations) = (resume.scene.as_deref(), resume.annotations.as_deref());
        let (reset, missing) = keeper.missing(scene, annotations)?;
        member.outbox.say(&ServerMessage::Welcome(Welcome {
            version: PROTOCOL_VERSION,
            session: self.board.name.clone(),
            participant: member.id,
            role: member.role.to_string(),
            subject: member.subject.clone(),
            reset,
            answered: keeper.ledger.answered_up_to(&member.client),
            ticket,
            heartbeat_ms: HEARTBEAT.as_millis() as u32,
        }));
        for part in missing {
            member.outbox.put(update(
                UpdateKind::Sync,
                ParticipantId::SERVER,
                keeper.revision,
                part,
            ));
        }
        member.synced.store(true, Ordering::Release);
        self.tell_steps(state, &member.subject);
        self.board.presence.send(PresenceMsg::Joined(Arc::clone(member)));
        Ok(())
    }

    /// After a restart every mirror is replaced: it may hold transient changes that were lost.
    fn restore_members(&self, state: &SceneState) -> Result<(), Failure> {
        let revision = state.keeper.revision;
        let resets = state
            .keeper
            .full_states()?
            .map(|part| update(UpdateKind::Reset, ParticipantId::SERVER, revision, part));
        for document in self.board.yjs_documents() {
            document.feed(Input::Restarted);
        }
        for member in &self.board.members {
            // Whose hello was lost with the mailbox connects anew.
            if !member.synced.load(Ordering::Acquire) {
                member.outbox.close(CloseReason::Internal);
            }
        }
        resets.iter().for_each(|reset| self.board.broadcast(reset));
        self.board.say_to_all(&ServerMessage::Resend);
        Ok(())
    }

    /// Deals with the asks whose turn it is.
    pub(super) fn deal_with_asks(&self, state: &mut SceneState) {
        while let Some(asked) = state.careful.next(state.journal.is_idle()) {
            let Asked { member, seq, intent, permit } = asked;
            let _span = self.board.trace.apply(member.id, seq);
            self.intent(state, &member, seq, intent);
            drop(permit);
        }
    }

    fn intent(&self, state: &mut SceneState, member: &Arc<Member>, seq: u64, intent: Intent) {
        // An answer that still waits for the journal comes by itself.
        if state.journal.holds(&member.client, seq) {
            return;
        }
        match state.keeper.ledger.seen(&member.client, seq) {
            Seen::New => {}
            Seen::Answered(answer) => return member.outbox.say(&answer),
            Seen::Forgotten => {
                let text = "this was answered long ago; the mirror shows the outcome";
                let refused = Reject::new(RejectCode::Malformed, text);
                return member.outbox.say(&reject(seq, refused));
            }
        }
        let durable = intent.is_durable();
        // What one may take back is seen only here.
        let allowed = may(member, state.keeper.need(&intent, &member.subject));
        let edited = if let Err(refused) = allowed {
            Err(refused)
        } else if let Some(why) = state.unsaved().filter(|_| durable) {
            Err(not_now(why))
        } else {
            let by = Author {
                subject: member.subject.clone(),
                edits_all: allows(member.role, Action::EditLayers),
                now_ms: unix_ms(),
            };
            state.keeper.ask(intent, &by)
        };
        let edit = match edited {
            Ok(edit) => edit,
            Err(refused) => {
                count("rejected");
                return self.answer(state, member, seq, reject(seq, refused));
            }
        };
        count("acked");
        let changed = !edit.updates.is_empty();
        self.spread(state, member.id, edit.updates);
        let revision = state.keeper.revision;
        let ack = ServerMessage::Ack { seq, revision, applied: edit.applied };
        if durable {
            self.tell_steps(state, &member.subject);
        }
        if durable && changed {
            state.journal.durable(answer_to(member, seq, ack));
        } else {
            self.answer(state, member, seq, ack);
        }
    }

    fn serve(
        &self,
        state: &mut SceneState,
        changes: Vec<Change>,
        say: Vec<(ParticipantId, ServerMessage)>,
        answer: Option<(Arc<Member>, u64)>,
    ) {
        for change in changes {
            match state.keeper.change(&change) {
                Ok(edit) => self.spread(state, ParticipantId::SERVER, edit.updates),
                Err(refused) => tracing::debug!(%refused, ?change, "a change was not possible"),
            }
        }
        for (to, message) in say {
            if let Some(member) = self.board.members.get(&to) {
                member.outbox.say(&message);
            }
        }
        if let Some((member, seq)) = answer {
            let revision = state.keeper.revision;
            self.answer(state, &member, seq, ServerMessage::Ack { seq, revision, applied: None });
        }
    }

    /// Tells a user, wherever they are, what they could take back now.
    pub(super) fn tell_steps(&self, state: &SceneState, subject: &str) {
        let (undo, redo) = state.keeper.steps(subject);
        let Ok(steps) = serde_json::to_string(&ServerMessage::Steps { undo, redo }) else { return };
        let steps = Bytes::from(steps);
        for member in self.board.members.iter().filter(|member| member.subject == subject) {
            // Many may share a link, and so a subject: they hear only what is news to them.
            let mut told = member.told_steps.lock();
            if member.synced.load(Ordering::Acquire) && *told != steps {
                told.clone_from(&steps);
                member.outbox.put(Out::Text(steps.clone()));
            }
        }
    }

    /// Shows everybody what the server did itself.
    pub(super) fn spread_by_server(&self, state: &SceneState, parts: Vec<(Domain, Bytes)>) {
        self.spread(state, ParticipantId::SERVER, parts);
    }

    /// Shows a commit to everybody, and to the views.
    pub(super) fn spread(
        &self,
        state: &SceneState,
        cause: ParticipantId,
        parts: Vec<(Domain, Bytes)>,
    ) {
        if parts.is_empty() {
            return;
        }
        for part in parts {
            self.board.broadcast(&update(UpdateKind::Update, cause, state.keeper.revision, part));
        }
        self.publish(state);
    }

    fn publish(&self, state: &SceneState) {
        let Keeper { scene, annotations, revision, strokes, .. } = &state.keeper;
        let (scene, annotations) = (Arc::clone(scene), annotations.clone());
        let (revision, strokes) = (*revision, *strokes);
        self.board.trace.publish(revision);
        self.board.publish(Snapshot { scene, annotations, strokes, revision });
    }
}

impl SceneState {
    /// Why nothing can be saved at the moment, if so.
    pub(super) const fn unsaved(&self) -> Option<Unsaved> {
        self.journal.failure()
    }
}

/// What is said to who asks for a change while nothing can be saved.
pub(super) fn not_now(Unsaved { why, .. }: Unsaved) -> Reject {
    let text = format!("{why}: this change was not made. Try again later");
    Reject::new(RejectCode::Unavailable, text)
}

fn update(
    kind: UpdateKind,
    cause: ParticipantId,
    revision: u64,
    (domain, bytes): (Domain, impl Into<Bytes>),
) -> Out {
    Out::Binary(Update { domain, kind, cause, revision, bytes: bytes.into() }.encode())
}

fn journal_size(saved: &Saved) -> JournalSize {
    let updates = || saved.scene.updates.iter().chain(&saved.annotations.updates);
    JournalSize {
        entries: updates().count() as u64,
        bytes: updates().map(|update| update.len() as u64).sum(),
    }
}

/// Milliseconds since 1970.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn count(result: &'static str) {
    metrics::counter!("parfocal_intents_total", "result" => result).increment(1);
}
