//! Starts and restarts a session's actors; opens and ends views and encoders as people come and go.

use std::sync::Arc;

use parfocal_base::ViewId;
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::PixelCodec;
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};

use super::board::Board;
use super::encoder::EncoderActor;
use super::member::Member;
use super::presence::PresenceActor;
use super::rendition::Rendition;
use super::scene::SceneActor;
use super::seed::Seed;
use super::still::StillActor;
use super::view::ViewActor;
use super::view_board::{Poke, ViewBoard};
use crate::data::DataMsg;
use crate::machine::restart::Kind;
use crate::supervise::{Children, Failure, Next};

/// What a session's supervisor does.
pub enum SessionMsg {
    /// Show a member the view that it watches, in its format.
    Show(Arc<Member>),
    /// A member left.
    Gone(Arc<Member>),
    /// A view has a new rendition: start its encoder.
    Encode(Arc<ViewBoard>, Arc<Rendition>),
    /// A view does not need this rendition any more.
    EndEncoding(Arc<Rendition>),
    /// Start a child again; sent to itself.
    Restart(String),
}

/// The actor.
pub(crate) struct SessionActor {
    pub(crate) board: Arc<Board>,
    pub(crate) seeds: Arc<[Seed]>,
}

const SCENE: &str = "scene";
const PRESENCE: &str = "presence";

impl Actor for SessionActor {
    type Msg = SessionMsg;
    type State = Children;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<SessionMsg>,
        (): (),
    ) -> Result<Children, ActorProcessingErr> {
        let mut children = Children::new(self.board.shared.clock);
        let (board, seeds) = (Arc::clone(&self.board), Arc::clone(&self.seeds));
        let scene =
            move || (SceneActor { board: Arc::clone(&board), seeds: Arc::clone(&seeds) }, ());
        children.start(me.get_cell(), SCENE, Kind::Vital, &self.board.scene, scene).await?;
        let board = Arc::clone(&self.board);
        let presence = move || (PresenceActor { board: Arc::clone(&board) }, ());
        children
            .start(me.get_cell(), PRESENCE, Kind::Vital, &self.board.presence, presence)
            .await?;
        // After a restart the views begin anew for who is here.
        self.board.views.clear();
        for member in &self.board.members {
            me.send_message(SessionMsg::Show(Arc::clone(&member)))?;
        }
        Ok(children)
    }

    async fn handle(
        &self,
        me: ActorRef<SessionMsg>,
        message: SessionMsg,
        children: &mut Children,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SessionMsg::Show(member) => self.show(&me, children, &member).await?,
            SessionMsg::Gone(member) => self.drop_viewer(children, &member, None),
            SessionMsg::Encode(view, rendition) => {
                self.start_encoder(&me, children, &view, &rendition).await?;
            }
            SessionMsg::EndEncoding(rendition) => children.stop(&encoder_name(&rendition)),
            SessionMsg::Restart(name) => {
                let next = children.restart(me.get_cell(), name).await;
                self.follow(&me, next)?;
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        me: ActorRef<SessionMsg>,
        event: SupervisionEvent,
        children: &mut Children,
    ) -> Result<(), ActorProcessingErr> {
        let next = children.ended(&event);
        self.follow(&me, next)
    }
}

impl SessionActor {
    fn follow(&self, me: &ActorRef<SessionMsg>, next: Next) -> Result<(), ActorProcessingErr> {
        match next {
            Next::Nothing => Ok(()),
            Next::RestartAfter(name, wait) => {
                me.send_after(wait, move || SessionMsg::Restart(name));
                Ok(())
            }
            // Scene and presence are the session: without them it begins anew.
            Next::GiveUp(name) => Err(Failure(format!("{name} fails again and again")).into()),
        }
    }

    /// Moves a member to the view that it watches; that view's actor finds its rendition.
    async fn show(
        &self,
        me: &ActorRef<SessionMsg>,
        children: &mut Children,
        member: &Arc<Member>,
    ) -> Result<(), ActorProcessingErr> {
        let codec = *member.codec.read();
        let Some(codec) = codec.filter(|_| !member.outbox.is_closed()) else { return Ok(()) };
        let view = *member.watched.lock();
        self.drop_viewer(children, member, Some(view));
        let board = self.open_view(me, children, view).await?;
        let mut viewers = board.viewers.write();
        if !viewers.iter().any(|viewer| Arc::ptr_eq(viewer, member)) {
            viewers.push(Arc::clone(member));
            member.pixels.restart();
        }
        drop(viewers);
        // A stream of lossless pictures needs no stills.
        let lossy = codec != PixelCodec::Png;
        member.pixels.watch(lossy.then(|| Arc::clone(&board.stills)));
        board.poke(Poke::Viewers);
        Ok(())
    }

    async fn open_view(
        &self,
        me: &ActorRef<SessionMsg>,
        children: &mut Children,
        id: ViewId,
    ) -> Result<Arc<ViewBoard>, ActorProcessingErr> {
        if let Some(view) = self.board.views.get(&id) {
            return Ok(Arc::clone(&view));
        }
        let view = Arc::new(ViewBoard::new(
            self.board.name.as_str().into(),
            id,
            self.board.shared.encoders.share(),
        ));
        self.board.views.insert(id, Arc::clone(&view));
        let (board, of) = (Arc::clone(&self.board), Arc::clone(&view));
        let make = move || (ViewActor { board: Arc::clone(&board), view: Arc::clone(&of) }, ());
        children.start(me.get_cell(), view_name(id), Kind::Lasting, &view.address, make).await?;
        let (shared, of) = (Arc::clone(&self.board.shared), Arc::clone(&view));
        let make = move || (StillActor { shared: Arc::clone(&shared), view: Arc::clone(&of) }, ());
        children.start(me.get_cell(), still_name(id), Kind::Lasting, &view.still, make).await?;
        Ok(view)
    }

    async fn start_encoder(
        &self,
        me: &ActorRef<SessionMsg>,
        children: &mut Children,
        view: &Arc<ViewBoard>,
        rendition: &Arc<Rendition>,
    ) -> Result<(), ActorProcessingErr> {
        // Nobody may watch any more by now.
        let open = self.board.views.get(&view.id).is_some_and(|open| Arc::ptr_eq(&open, view));
        let wanted = view.renditions.read().iter().any(|other| Arc::ptr_eq(other, rendition));
        if !open || !wanted {
            return Ok(());
        }
        let shared = Arc::clone(&self.board.shared);
        let (view, of) = (Arc::clone(view), Arc::clone(rendition));
        let name = encoder_name(rendition);
        let make = move || {
            let (shared, view) = (Arc::clone(&shared), Arc::clone(&view));
            (EncoderActor { shared, view, rendition: Arc::clone(&of) }, ())
        };
        children.start(me.get_cell(), name, Kind::Lasting, &rendition.address, make).await?;
        Ok(())
    }

    /// Takes a member out of every view but `keep`, and ends those that nobody watches any more.
    fn drop_viewer(&self, children: &mut Children, member: &Arc<Member>, keep: Option<ViewId>) {
        let mut unused = Vec::new();
        for view in self.board.views.iter().filter(|view| keep != Some(view.id)) {
            let mut viewers = view.viewers.write();
            let before = viewers.len();
            viewers.retain(|viewer| !Arc::ptr_eq(viewer, member));
            if viewers.is_empty() {
                unused.push(view.id);
            } else if viewers.len() < before {
                view.poke(Poke::Viewers);
            }
        }
        for id in unused {
            let Some((_, view)) = self.board.views.remove(&id) else { continue };
            // From here, so that it comes before whatever the same view wants when opened again.
            let forget = DataMsg::Forget(Arc::clone(&self.board), id);
            self.board.shared.data.send(forget);
            self.board.shared.renderers.forget(&view.session, id);
            for rendition in view.renditions.write().drain(..) {
                children.stop(&encoder_name(&rendition));
            }
            children.stop(&still_name(id));
            children.stop(&view_name(id));
        }
    }
}

fn view_name(view: ViewId) -> String {
    format!("view {view}")
}

fn still_name(view: ViewId) -> String {
    format!("still {view}")
}

fn encoder_name(rendition: &Rendition) -> String {
    format!("encoder {} {}", rendition.view, rendition.serial)
}

/// Ends every connection of a session.
pub(crate) fn close_all(board: &Board, reason: CloseReason) {
    for member in &board.members {
        member.outbox.close(reason);
        member.pixels.close(reason);
    }
    for document in board.yjs_documents() {
        document.close(reason);
    }
}
