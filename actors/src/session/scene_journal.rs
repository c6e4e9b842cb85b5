//! What the scene actor writes, and what it says once that is on disk.

use std::sync::atomic::Ordering;

use parfocal_scene::{Reject, RejectCode};
use parfocal_store::{Entry, should_compact};
use parfocal_sync::message::ServerMessage;
use ractor::ActorRef;

use super::member::Member;
use super::requests::Waiting;
use super::scene::{SceneActor, SceneMsg, SceneState, unix_ms};
use crate::admin::Unsaved;
use crate::machine::journal::{Answer, Flight};
use crate::store::{StoreMsg, Written};
use crate::supervise::Failure;

impl SceneActor {
    /// Waits until all that there is now is on disk.
    pub(super) fn wait(&self, state: &mut SceneState, waiting: Waiting) {
        if let Some(waiting) = state.journal.wait(waiting, state.keeper.unsaved) {
            self.tell(state, waiting);
        }
    }

    /// Answers what needs no journal, behind what waits for it.
    pub(super) fn answer(
        &self,
        state: &mut SceneState,
        member: &Member,
        seq: u64,
        message: ServerMessage,
    ) {
        if let Some(answer) = state.journal.transient(answer_to(member, seq, message)) {
            self.say(state, answer);
        }
    }

    /// Says an answer to who is connected as that client now, and remembers it.
    pub(super) fn say(&self, state: &mut SceneState, answer: Answer) {
        let Answer { to, client, seq, message } = answer;
        if let Some(member) = self.board.members.get(&to)
            && member.client == client
        {
            member.outbox.say(&message);
        }
        state.keeper.ledger.answered(client, seq, message);
    }

    pub(super) fn write_if_waited_for(
        &self,
        me: &ActorRef<SceneMsg>,
        state: &mut SceneState,
    ) -> Result<(), Failure> {
        if state.journal.is_idle() { Ok(()) } else { self.write(me, state) }
    }

    /// Writes all that the journal lacks, unless a write is under way.
    pub(super) fn write(
        &self,
        me: &ActorRef<SceneMsg>,
        state: &mut SceneState,
    ) -> Result<(), Failure> {
        if !state.journal.is_due(state.keeper.unsaved) {
            return Ok(());
        }
        let whole = should_compact(state.size);
        if whole {
            let updates = state.keeper.compact(unix_ms())?;
            self.spread_by_server(state, updates);
        }
        let SceneState { keeper, journal, size, .. } = state;
        let written = journal.write(keeper.unsaved, |answers| keeper.draft(answers, whole))?;
        if let Some(entries) = written {
            *size = size.after(&entries);
            self.append(me, entries);
        }
        Ok(())
    }

    pub(super) fn append(&self, me: &ActorRef<SceneMsg>, entries: Vec<Entry>) {
        let me = me.clone();
        let span = self.board.trace.write();
        let written = Written::new(move |result| {
            drop(span);
            me.send_message(SceneMsg::Written(result)).ok();
        });
        let session = self.board.name.clone();
        // Where the store is not there, dropping the message says so.
        self.board.shared.store.send(StoreMsg::Append { session, entries, written });
    }

    pub(super) fn written(
        &self,
        me: &ActorRef<SceneMsg>,
        state: &mut SceneState,
        result: Result<(), Unsaved>,
    ) -> Result<(), Failure> {
        if result == Err(Unsaved::REFUSED) {
            return Err(self.give_up(state));
        }
        if let Err(failed) = result {
            let Unsaved { why, .. } = failed;
            if state.unsaved().is_none() {
                let code = "not_saved".to_owned();
                let message = format!("Changes cannot be saved: {why}. The server tries again.");
                self.board.say_to_all(&ServerMessage::Notice { code, message });
            }
            tracing::error!(session = self.board.name, why, "the journal could not be written");
            state.journal.failed(failed);
            *self.board.unsaved.lock() = state.unsaved();
            return Ok(());
        }
        *self.board.unsaved.lock() = None;
        if let Some(Flight { shown, answers, waiting, .. }) = state.journal.written() {
            for answer in answers {
                self.board.trace.durable(answer.to, answer.seq);
                self.say(state, answer);
            }
            // Who wrote it first: hundreds may look on.
            for waiting in waiting {
                self.tell(state, waiting);
            }
            for (domain, update) in shown {
                self.board.show_yjs(domain, &update);
            }
        }
        state.careful.written();
        self.deal_with_asks(state);
        self.write_if_waited_for(me, state)
    }

    /// The store will never take what was to be written: who asked for it is told so, and the actor
    /// goes back to what is stored, so that everybody else goes on. Of several asks the next life
    /// finds out which one it was: they come again, and are written one by one.
    pub(super) fn give_up(&self, state: &mut SceneState) -> Failure {
        let refused = state.journal.written();
        let asks = refused.as_ref().map_or(0, |flight| flight.asks);
        if asks > 1 {
            self.board.careful.store(asks, Ordering::Release);
        } else if let Some(Answer { to, client, seq, .. }) =
            refused.filter(|_| asks == 1).and_then(|flight| flight.answers.into_iter().next())
        {
            let text = "this is more than can be saved; it was not made. Ask for less at once";
            let refused = reject(seq, Reject::new(RejectCode::Limit, text));
            self.say(state, Answer { to, client, seq, message: refused });
        }
        Failure("the store refuses what was to be written".to_owned())
    }
}

pub(super) fn answer_to(member: &Member, seq: u64, message: ServerMessage) -> Answer {
    Answer { to: member.id, client: member.client, seq, message }
}

pub(super) fn reject(seq: u64, refused: Reject) -> ServerMessage {
    ServerMessage::Reject { seq, code: refused.code, message: refused.message }
}
