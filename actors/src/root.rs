//! The top of the tree: store, data, renderers, and a supervisor for each session.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parfocal_sync::close::CloseReason;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};

use crate::address::Address;
use crate::data::DataActor;
use crate::machine::ledger::ClientId;
use crate::machine::placement::Place;
use crate::machine::restart::Kind;
use crate::render::RenderActor;
use crate::session::board::Board;
use crate::session::client::{ClientActor, ClientMsg};
use crate::session::member::Member;
use crate::session::seed::Seed;
use crate::session::supervisor::{SessionActor, close_all};
use crate::shared::Shared;
use crate::store::StoreActor;
use crate::supervise::{Children, Failure, Next};

/// What the root does.
pub enum RootMsg {
    /// Opens a session with these layers, if it is not open; answers with what went wrong, if
    /// anything.
    OpenSession(Opening, RpcReplyPort<Result<Arc<Board>, String>>),
    /// Saves and ends a session, if it is open, and sends everybody away for this reason; answers
    /// whether everything is on disk. Where it is not, the session goes on.
    CloseSession(String, CloseReason, RpcReplyPort<bool>),
    /// Starts the actor of a connection.
    OpenClient(Arc<Board>, Arc<Member>, RpcReplyPort<Address<ClientMsg>>),
    /// Ends the actor of a connection.
    CloseClient(Arc<Member>),
    /// Start a child again; sent to itself.
    Restart(String),
}

/// How a session is opened.
pub struct Opening {
    /// Its name.
    pub name: String,
    /// The layers that it has from its start.
    pub seeds: Arc<[Seed]>,
    /// Why nobody may change it, if so.
    pub read_only: Option<&'static str>,
}

/// Saving a session that is closed; meanwhile nobody comes in anywhere.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// The actor.
pub(crate) struct RootActor {
    pub(crate) shared: Arc<Shared>,
    pub(crate) store: PathBuf,
}

impl Actor for RootActor {
    type Msg = RootMsg;
    type State = Children;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<RootMsg>,
        (): (),
    ) -> Result<Children, ActorProcessingErr> {
        let shared = &self.shared;
        let mut children = Children::new(shared.clock);
        let path = self.store.clone();
        let in_use = Arc::clone(&shared.store_in_use);
        let store = move || (StoreActor { path: path.clone(), in_use: Arc::clone(&in_use) }, ());
        children.start(me.get_cell(), "store", Kind::Lasting, &shared.store, store).await?;
        let of = Arc::clone(shared);
        let data = move || (DataActor { shared: Arc::clone(&of) }, ());
        children.start(me.get_cell(), "data", Kind::Lasting, &shared.data, data).await?;
        for place in shared.renderers.places() {
            let of = Arc::clone(shared);
            let render = move || (RenderActor { shared: Arc::clone(&of), place }, ());
            let (name, address) = (render_name(place), shared.renderers.address(place));
            children.start(me.get_cell(), name, Kind::Lasting, address, render).await?;
        }
        Ok(children)
    }

    async fn handle(
        &self,
        me: ActorRef<RootMsg>,
        message: RootMsg,
        children: &mut Children,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RootMsg::OpenSession(opening, reply) => {
                let opened = self.open_session(&me, children, opening).await;
                reply.send(opened).ok();
            }
            RootMsg::CloseSession(name, reason, reply) => {
                let closed = self.close_session(children, &name, reason).await;
                reply.send(closed).ok();
            }
            RootMsg::OpenClient(board, member, reply) => {
                let name = client_name(&member);
                let address = Address::default();
                let make = move || {
                    let (board, member) = (Arc::clone(&board), Arc::clone(&member));
                    (ClientActor { board, member }, ())
                };
                if children.start(me.get_cell(), name, Kind::Passing, &address, make).await.is_ok()
                {
                    reply.send(address).ok();
                }
            }
            RootMsg::CloseClient(member) => children.stop(&client_name(&member)),
            RootMsg::Restart(name) => {
                let next = children.restart(me.get_cell(), name).await;
                self.follow(&me, next)?;
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        me: ActorRef<RootMsg>,
        event: SupervisionEvent,
        children: &mut Children,
    ) -> Result<(), ActorProcessingErr> {
        let next = children.ended(&event);
        self.follow(&me, next)
    }
}

impl RootActor {
    async fn open_session(
        &self,
        me: &ActorRef<RootMsg>,
        children: &mut Children,
        opening: Opening,
    ) -> Result<Arc<Board>, String> {
        let Opening { name, seeds, read_only } = opening;
        if let Some(open) = self.shared.sessions.read().get(&name) {
            return Ok(Arc::clone(open));
        }
        let mut board = Board::new(name.clone(), Arc::clone(&self.shared));
        board.read_only = read_only;
        let board = Arc::new(board);
        let (child, of) = (session_name(&name), Arc::clone(&board));
        let make = move || (SessionActor { board: Arc::clone(&of), seeds: Arc::clone(&seeds) }, ());
        let started =
            children.start(me.get_cell(), child, Kind::Lasting, &board.supervisor, make).await;
        started.map_err(|error| format!("session {name} could not be opened: {error}"))?;
        self.shared.sessions.write().insert(name, Arc::clone(&board));
        Ok(board)
    }

    async fn close_session(
        &self,
        children: &mut Children,
        name: &str,
        reason: CloseReason,
    ) -> bool {
        let Some(board) = self.shared.sessions.read().get(name).cloned() else { return true };
        close_all(&board, reason);
        let saved = tokio::time::timeout(CLOSE_TIMEOUT, board.flush()).await;
        if !matches!(saved, Ok(Ok(()))) {
            return false;
        }
        self.shared.sessions.write().remove(name);
        // Who came in meanwhile finds nobody there, and comes again.
        close_all(&board, CloseReason::Internal);
        let (session, scene) = (board.supervisor.get(), board.scene.get());
        children.stop(&session_name(name));
        // Until its writer is gone nobody may open the session again: there would be two.
        if let Some(session) = session {
            session.wait(Some(CLOSE_TIMEOUT)).await.ok();
        }
        if let Some(scene) = scene {
            scene.wait(Some(CLOSE_TIMEOUT)).await.ok();
        }
        true
    }

    fn follow(&self, me: &ActorRef<RootMsg>, next: Next) -> Result<(), ActorProcessingErr> {
        match next {
            Next::Nothing => Ok(()),
            Next::RestartAfter(name, wait) => {
                me.send_after(wait, move || RootMsg::Restart(name));
                Ok(())
            }
            Next::GiveUp(name) => Err(Failure(format!("{name} fails again and again")).into()),
        }
    }
}

fn render_name(place: Place) -> String {
    match place {
        Place::Gpu(number) => format!("render {number}"),
        Place::Cpu => "render cpu".to_owned(),
    }
}

fn session_name(name: &str) -> String {
    format!("session {name}")
}

fn client_name(member: &Arc<Member>) -> String {
    // The address of the member: the same participant may be connecting anew while its last
    // connection ends.
    format!("client {} {:p}", member.id, Arc::as_ptr(member))
}

/// The 128 bits of a client's id, which is written as 32 hexadecimal digits.
pub(crate) fn client_id(text: &str) -> Option<ClientId> {
    u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32).map(u128::to_be_bytes)
}
