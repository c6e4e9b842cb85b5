//! One per connection: may this participant ask this, and how often. What it lets through goes to
//! the actor that does it.

use std::sync::Arc;
use std::time::Duration;

use parfocal_auth::{Action, allows, refusal};
use parfocal_base::ViewId;
use parfocal_scene::{Intent, Need, Reject, RejectCode};
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::{Answer, ClientMessage, Query, ServerMessage};
use parfocal_sync::rate::IntentRate;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::board::Board;
use super::member::Member;
use super::presence::PresenceMsg;
use super::probe;
use super::scene::SceneMsg;

/// What a client actor reacts to.
pub enum ClientMsg {
    /// The peer said something. The permit is given back when it has been dealt with.
    Said(Box<ClientMessage>, OwnedSemaphorePermit),
    /// A window size that came too soon may be sent now.
    Canvas,
}

/// The actor.
pub(crate) struct ClientActor {
    pub(crate) board: Arc<Board>,
    pub(crate) member: Arc<Member>,
}

/// Questions of one client a second, and at once: a cursor's values while the hand moves.
const QUESTIONS: [u32; 2] = [30, 60];
/// Questions of one client that are worked on at a time: each may read and decode a chunk.
const QUESTIONS_AT_ONCE: usize = 2;
/// Window sizes of one client a second, and at once: each is a commit that everybody gets.
const CANVASES: [u32; 2] = [8, 8];
/// How long a window size that came too soon waits.
const CANVAS_WAIT: Duration = Duration::from_millis(150);
/// Cursor positions of one client a second, and at once: twice a display's rate.
const CURSORS: [u32; 2] = [120, 240];

/// Words of one client about what it is busy with a second, and at once: hands change tools slowly.
const DOINGS: [u32; 2] = [10, 40];

/// Its state. When the actor ends, however it ends, so does the connection: the client comes back,
/// and sends again what had no answer.
pub(crate) struct ClientState {
    member: Arc<Member>,
    intents: IntentRate,
    questions: IntentRate,
    canvases: IntentRate,
    cursors: IntentRate,
    doings: IntentRate,
    asking: Arc<Semaphore>,
    /// The last window size that came too soon, sent when it may be.
    canvas: Option<[u32; 2]>,
}

impl Drop for ClientState {
    fn drop(&mut self) {
        self.member.outbox.close(CloseReason::Internal);
    }
}

impl Actor for ClientActor {
    type Msg = ClientMsg;
    type State = ClientState;
    type Arguments = ();

    async fn pre_start(
        &self,
        _: ActorRef<ClientMsg>,
        (): (),
    ) -> Result<ClientState, ActorProcessingErr> {
        let now = self.board.shared.clock.now();
        let rate =
            |[each_second, burst]: [u32; 2]| IntentRate::with_limits(now, burst, each_second);
        let each_second = self.board.shared.people.intents_per_second;
        Ok(ClientState {
            member: Arc::clone(&self.member),
            intents: rate([each_second, each_second.saturating_mul(2)]),
            questions: rate(QUESTIONS),
            canvases: rate(CANVASES),
            cursors: rate(CURSORS),
            doings: rate(DOINGS),
            asking: Arc::new(Semaphore::new(QUESTIONS_AT_ONCE)),
            canvas: None,
        })
    }

    async fn handle(
        &self,
        me: ActorRef<ClientMsg>,
        message: ClientMsg,
        state: &mut ClientState,
    ) -> Result<(), ActorProcessingErr> {
        let now = self.board.shared.clock.now();
        let (message, permit) = match message {
            ClientMsg::Said(message, permit) => (*message, permit),
            ClientMsg::Canvas => {
                self.canvas(&me, state, None);
                return Ok(());
            }
        };
        match message {
            ClientMessage::Intent { seq, intent } => {
                let _span = self.board.trace.allow(self.member.id, seq);
                let admitted =
                    state.intents.allow(now).then_some(()).ok_or_else(|| self.too_many());
                match admitted.and_then(|()| self.may(&intent)) {
                    Ok(()) => {
                        let member = Arc::clone(&self.member);
                        self.board.scene.send(SceneMsg::Intent { member, seq, intent, permit });
                    }
                    Err(refused) => self.reject(seq, refused),
                }
            }
            ClientMessage::Watch { seq, target } => {
                if state.intents.allow(now) {
                    let member = Arc::clone(&self.member);
                    self.board.presence.send(PresenceMsg::Watch(member, seq, target, permit));
                } else {
                    self.reject(seq, self.too_many());
                }
            }
            ClientMessage::Canvas { width, height } => {
                self.canvas(&me, state, Some([width, height]));
            }
            ClientMessage::Cursor { position, laser } => {
                // Where it is gone is always told; of the positions between, some may be lost.
                if position.is_none() || state.cursors.allow(now) {
                    let id = self.member.id;
                    self.board.presence.send(PresenceMsg::Cursor(id, position, laser));
                }
            }
            ClientMessage::Doing(doing) => {
                if state.doings.allow(now) {
                    self.board.presence.send(PresenceMsg::Doing(self.member.id, doing));
                }
            }
            ClientMessage::Ask { id, query } => self.ask(state, id, query, permit),
            ClientMessage::Ping { time } => {
                let server_us = now.as_micros();
                self.member.outbox.say(&ServerMessage::Pong { time, server_us });
            }
            // The handshake is over; the socket's task closes on a second hello.
            ClientMessage::Hello(_) => {}
        }
        Ok(())
    }
}

impl ClientActor {
    /// Passes on the window's size, or keeps it until it may be passed on: the last one counts.
    fn canvas(&self, me: &ActorRef<ClientMsg>, state: &mut ClientState, size: Option<[u32; 2]>) {
        // One timer at a time: it is armed by the first size that waits, and by itself.
        let armed = size.is_some() && state.canvas.is_some();
        let Some(size) = size.or(state.canvas) else { return };
        if state.canvases.allow(self.board.shared.clock.now()) {
            state.canvas = None;
            self.board.presence.send(PresenceMsg::Canvas(self.member.id, size));
            return;
        }
        state.canvas = Some(size);
        if !armed {
            me.send_after(CANVAS_WAIT, || ClientMsg::Canvas);
        }
    }

    fn ask(&self, state: &mut ClientState, id: u32, query: Query, permit: OwnedSemaphorePermit) {
        let (board, member) = (Arc::clone(&self.board), Arc::clone(&self.member));
        let asking = Arc::clone(&state.asking);
        if !state.questions.allow(board.shared.clock.now()) {
            let message = "too many questions at once; ask again in a second".to_owned();
            let answer = Answer::Unavailable { message };
            return member.outbox.say(&ServerMessage::Answer { id, answer });
        }
        tokio::spawn(async move {
            let Ok(_turn) = asking.acquire().await else { return };
            let answer = probe::answer(&board, &member, query).await;
            member.outbox.say(&ServerMessage::Answer { id, answer });
            drop(permit);
        });
    }

    fn may(&self, intent: &Intent) -> Result<(), Reject> {
        if let Some(why) = self.board.read_only.filter(|_| intent.is_durable()) {
            return Err(Reject::new(RejectCode::ReadOnly, why));
        }
        may(&self.member, intent.need())
    }

    fn reject(&self, seq: u64, refused: Reject) {
        let Reject { code, message } = refused;
        self.member.outbox.say(&ServerMessage::Reject { seq, code, message });
    }

    fn too_many(&self) -> Reject {
        metrics::counter!("parfocal_intents_total", "result" => "rate_limited").increment(1);
        let text = format!(
            "more than {} edits a second (people.intents_per_second); this one was not applied",
            self.board.shared.people.intents_per_second
        );
        Reject::new(RejectCode::RateLimited, text)
    }
}

/// Whether a member's role has the right `need`.
pub(super) fn may(member: &Member, need: Need) -> Result<(), Reject> {
    let role = member.role;
    let action = match need {
        Need::MoveOwnView(view) if view == ViewId::own(member.id) => Action::MoveOwnView,
        Need::MoveOwnView(_) => {
            let text = "this view belongs to somebody else; switch to your own";
            return Err(Reject::new(RejectCode::Forbidden, text));
        }
        Need::MoveStage => Action::MoveStage,
        Need::EditLayers => Action::EditLayers,
        Need::Annotate => Action::Annotate,
        Need::ManageLayers => Action::ManageLayers,
        Need::EditSettings => Action::EditSettings,
    };
    if allows(role, action) {
        return Ok(());
    }
    metrics::counter!("parfocal_intents_total", "result" => "forbidden").increment(1);
    Err(Reject::new(RejectCode::Forbidden, refusal(role, action)))
}
