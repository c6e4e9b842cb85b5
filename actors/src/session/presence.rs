//! Who is here, whose view they look at, where they point: the shell around
//! [`People`](crate::machine::people::People).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parfocal_auth::{Action, allows};
use parfocal_base::ParticipantId;
use parfocal_scene::{Change, Watch};
use parfocal_sync::message::{Doing, ServerMessage};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::board::Board;
use super::member::Member;
use super::scene::SceneMsg;
use super::supervisor::SessionMsg;
use crate::machine::people::{Arrival, Effect, People};

/// What the presence actor reacts to.
pub enum PresenceMsg {
    /// A member has the document.
    Joined(Arc<Member>),
    /// A member's connection ended.
    Left(ParticipantId),
    /// A member wants to look at something else.
    Watch(Arc<Member>, u64, Watch, OwnedSemaphorePermit),
    /// The size of a member's window.
    Canvas(ParticipantId, [u32; 2]),
    /// The scene was reloaded.
    SceneRestarted,
    /// A member points somewhere else.
    Cursor(ParticipantId, Option<Vec<f64>>, bool),
    /// A member is busy with something else.
    Doing(ParticipantId, Doing),
    /// The time that the machine waits for has come.
    Tick,
}

/// The actor.
pub(crate) struct PresenceActor {
    pub(crate) board: Arc<Board>,
}

/// Its state.
pub(crate) struct PresenceState {
    people: People,
    timer: Option<JoinHandle<Result<(), ractor::MessagingErr<PresenceMsg>>>>,
}

impl Actor for PresenceActor {
    type Msg = PresenceMsg;
    type State = PresenceState;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<PresenceMsg>,
        (): (),
    ) -> Result<PresenceState, ActorProcessingErr> {
        let mut state = PresenceState { people: People::default(), timer: None };
        // After a restart, those who were here are here still, and look where they looked.
        let members: Vec<_> = self.board.members.iter().map(|m| Arc::clone(&m)).collect();
        for member in members.iter().filter(|m| m.synced.load(Ordering::Acquire)) {
            self.join(&mut state, member);
        }
        let now = self.board.shared.clock.now();
        for &view in self.board.snapshot().scene.views.keys().filter(|view| !view.is_stage()) {
            state.people.absent(now, ParticipantId(view.0));
        }
        if !state.people.is_empty() {
            self.board.say_to_all(&ServerMessage::Resend);
        }
        self.arm(&me, &mut state);
        Ok(state)
    }

    async fn handle(
        &self,
        me: ActorRef<PresenceMsg>,
        message: PresenceMsg,
        state: &mut PresenceState,
    ) -> Result<(), ActorProcessingErr> {
        let now = self.board.shared.clock.now();
        let effects = match message {
            PresenceMsg::Joined(member) => {
                self.join(state, &member);
                Vec::new()
            }
            PresenceMsg::Left(id) => state.people.leave(now, id),
            PresenceMsg::Watch(member, seq, target, permit) => {
                member.presence.lock().watch = target;
                let effects = state.people.watch(now, member.id, target);
                self.perform(effects, Some((member, seq)));
                drop(permit);
                Vec::new()
            }
            PresenceMsg::SceneRestarted => state.people.again(),
            PresenceMsg::Canvas(id, canvas) => {
                if let Some(member) = self.board.members.get(&id) {
                    member.presence.lock().canvas = Some(canvas);
                }
                state.people.canvas(id, canvas)
            }
            PresenceMsg::Cursor(id, position, laser) => {
                state.people.cursor(now, id, position, laser);
                Vec::new()
            }
            PresenceMsg::Doing(id, doing) => {
                if let Some(member) = self.board.members.get(&id) {
                    member.presence.lock().doing.clone_from(&doing);
                }
                state.people.doing(now, id, doing);
                Vec::new()
            }
            PresenceMsg::Tick => state.people.tick(now),
        };
        self.perform(effects, None);
        self.arm(&me, state);
        Ok(())
    }
}

impl PresenceActor {
    fn join(&self, state: &mut PresenceState, member: &Arc<Member>) {
        let kept = member.presence.lock().clone();
        let now = self.board.shared.clock.now();
        let (id, name, role) = (member.id, member.name.clone(), member.role.to_string());
        let subject = member.subject.clone();
        let leads = allows(member.role, Action::MoveStage);
        let mut effects =
            state.people.join(now, Arrival { id, name, subject, role, leads, watch: kept.watch });
        state.people.doing(now, id, kept.doing);
        // The machine may remember them from before; the next machine must know it too.
        member.presence.lock().watch = state.people.watch_of(id);
        if let Some(canvas) = kept.canvas {
            effects.extend(state.people.canvas(id, canvas));
        }
        let participants = state.people.list();
        member.outbox.say(&ServerMessage::Participants { participants });
        let cursors = state.people.cursors();
        if !cursors.is_empty() {
            member.outbox.say(&ServerMessage::Cursors { cursors });
        }
        self.perform(effects, None);
    }

    /// Performs effects; those that change the scene go to its actor, and with them what may be
    /// said only after the change is in everybody's mirror.
    fn perform(&self, effects: Vec<Effect>, answer: Option<(Arc<Member>, u64)>) {
        let (mut changes, mut say) = (Vec::new(), Vec::new());
        for effect in effects {
            match effect {
                Effect::Participants(participants) => {
                    self.board.say_to_all(&ServerMessage::Participants { participants });
                }
                Effect::Cursors(cursors) => {
                    self.board.say_to_all(&ServerMessage::Cursors { cursors });
                }
                Effect::Watching(who, view) => {
                    say.push((who, ServerMessage::Watching { view }));
                    if let Some(member) = self.board.members.get(&who) {
                        *member.watched.lock() = view;
                        self.board.supervisor.send(SessionMsg::Show(Arc::clone(&member)));
                    }
                }
                Effect::OpenView { view, from } => {
                    // An own view that is open is what its owner left: it stays as it was.
                    if !self.board.snapshot().scene.views.contains_key(&view) {
                        changes.push(Change::OpenView { view, from });
                    }
                }
                Effect::CloseView(view) => {
                    self.board.owners.remove(&ParticipantId(view.0));
                    changes.push(Change::CloseView(view));
                }
                Effect::SetCanvas(view, canvas) => {
                    changes.push(Change::SetCanvas { view, canvas });
                }
            }
        }
        if !changes.is_empty() || !say.is_empty() || answer.is_some() {
            self.board.scene.send(SceneMsg::Serve { changes, say, answer });
        }
    }

    fn arm(&self, me: &ActorRef<PresenceMsg>, state: &mut PresenceState) {
        if let Some(timer) = state.timer.take() {
            timer.abort();
        }
        if let Some(at) = state.people.next_timeout() {
            let wait = at.since(self.board.shared.clock.now());
            state.timer = Some(me.send_after(wait, || PresenceMsg::Tick));
        }
    }
}
