//! A joined client: what it says goes to its actor, what it is told comes out of its outbox.

use std::sync::Arc;
use std::time::Duration;

use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::MAX_WORK_BYTES;
use parfocal_sync::message::{ClientMessage, ServerMessage};
use parfocal_sync::ticket::TICKET_BYTES;
use ractor::call_t;

use super::{Engine, ROOT_TIMEOUT_MS};
use crate::address::Address;
use crate::outbox::Out;
use crate::root::RootMsg;
use crate::session::board::Board;
use crate::session::client::ClientMsg;
use crate::session::member::{MESSAGES_IN_FLIGHT, Member};

/// A joined state channel. Dropping it leaves the session.
pub struct Connection {
    engine: Engine,
    pub(super) board: Arc<Board>,
    pub(super) member: Arc<Member>,
    actor: Address<ClientMsg>,
    expires: u64,
}

impl Connection {
    pub(super) async fn open(
        engine: &Engine,
        board: Arc<Board>,
        member: Arc<Member>,
        expires: u64,
    ) -> Result<Self, CloseReason> {
        let (to, who) = (Arc::clone(&board), Arc::clone(&member));
        let actor = call_t!(engine.root, RootMsg::OpenClient, ROOT_TIMEOUT_MS, to, who);
        let actor = actor.map_err(|_| CloseReason::Internal);
        let engine = engine.clone();
        match actor {
            Ok(actor) => Ok(Self { engine, board, member, actor, expires }),
            Err(reason) => {
                board.leave(&member);
                Err(reason)
            }
        }
    }

    /// What opens the client's pixel channel, once.
    pub(super) fn mint_ticket(&self) -> Result<String, CloseReason> {
        let mut random = [0; TICKET_BYTES];
        getrandom::fill(&mut random).map_err(|_| CloseReason::Internal)?;
        let owner = (Arc::clone(&self.board), Arc::clone(&self.member));
        let now = self.engine.shared.clock.now();
        self.engine.shared.tickets.lock().mint(now, random, owner).ok_or(CloseReason::Full)
    }

    /// The next message for the client.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn outgoing(&self) -> Result<Out, CloseReason> {
        let out = self.member.outbox.take().await?;
        self.board.trace.answered(self.member.id, &out);
        Ok(out)
    }

    /// The next one, if it waits already.
    pub fn outgoing_now(&self) -> Option<Out> {
        let out = self.member.outbox.take_now();
        out.inspect(|out| self.board.trace.answered(self.member.id, out))
    }

    /// Says something to the client.
    pub fn say(&self, message: &ServerMessage) {
        self.member.outbox.say(message);
    }

    /// How long the token still is good at `now`, in seconds since 1970.
    pub const fn valid_for(&self, now: u64) -> Duration {
        Duration::from_secs(self.expires.saturating_sub(now))
    }

    /// Hands over what the client said, in so many bytes, once there is room for it.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn incoming(&self, message: ClientMessage, bytes: usize) -> Result<(), CloseReason> {
        let _span = self.board.trace.received(self.member.id, &message);
        let room = Arc::clone(&self.member.in_flight).acquire_many_owned(room_for(bytes)).await;
        let permit = room.map_err(|_| CloseReason::Internal)?;
        // While the actor is being restarted the message is lost; the client sees no answer to an
        // intent, and sends it again after the reconnect that this closing asks for.
        let message = ClientMsg::Said(Box::new(message), permit);
        if self.actor.send(message) { Ok(()) } else { Err(CloseReason::Internal) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.board.leave(&self.member);
        let member = Arc::clone(&self.member);
        self.engine.shared.tickets.lock().retain(|(_, owner)| !Arc::ptr_eq(owner, &member));
        self.engine.root.send_message(RootMsg::CloseClient(member)).ok();
    }
}

/// How many messages one of so many bytes counts for, so that neither their number nor their bytes
/// grow.
fn room_for(bytes: usize) -> u32 {
    const EACH: usize = MAX_WORK_BYTES / MESSAGES_IN_FLIGHT;
    u32::try_from(bytes.div_ceil(EACH).clamp(1, MESSAGES_IN_FLIGHT)).unwrap_or(1)
}
