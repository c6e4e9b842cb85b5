//! Starts and restarts a session's actors; opens and ends views and encoders as people come and go.

use std::sync::Arc;

use parfocal_base::ViewId;
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::PixelCodec;
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};

use super::board::{Board, Member, Poke, Rendition, ViewBoard};
use super::encoder::EncoderActor;
use super::presence::PresenceActor;
use super::scene::SceneActor;
use super::seed::Seed;
use super::still::StillActor;
use super::view::ViewActor;
use crate::data::DataMsg;
use crate::machine::restart::Kind;
use crate::supervise::{Children, Failure, Next};

/// What a session's supervisor does.
pub enum SessionMsg {
    /// Show a member the view that it watches, in its format.
    Show(Arc<Member>),
    /// A member left.
    Gone(Arc<Member>),
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
            SessionMsg::Gone(member) => self.drop_reader(children, &member, None),
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

    /// Moves a member to the rendition of the view that it watches.
    async fn show(
        &self,
        me: &ActorRef<SessionMsg>,
        children: &mut Children,
        member: &Arc<Member>,
    ) -> Result<(), ActorProcessingErr> {
        let codec = *member.codec.read();
        let Some(codec) = codec.filter(|_| !member.outbox.is_closed()) else { return Ok(()) };
        let view = *member.watched.lock();
        self.drop_reader(children, member, Some((view, codec)));
        let board = self.open_view(me, children, view).await?;
        let rendition = self.open_rendition(me, children, &board, codec).await?;
        let mut readers = rendition.readers.write();
        if !readers.iter().any(|reader| Arc::ptr_eq(reader, member)) {
            readers.push(Arc::clone(member));
            member.pixels.restart();
            // A stream of lossless pictures needs no stills.
            let lossy = codec != PixelCodec::Png;
            member.pixels.watch(lossy.then(|| Arc::clone(&board.stills)));
        }
        drop(readers);
        rendition.poke();
        board.poke(Poke::Readers);
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
        let view = Arc::new(ViewBoard::new(self.board.name.as_str().into(), id));
        self.board.views.insert(id, Arc::clone(&view));
        let (board, of) = (Arc::clone(&self.board), Arc::clone(&view));
        let make = move || (ViewActor { board: Arc::clone(&board), view: Arc::clone(&of) }, ());
        children.start(me.get_cell(), view_name(id), Kind::Lasting, &view.address, make).await?;
        let (shared, of) = (Arc::clone(&self.board.shared), Arc::clone(&view));
        let make = move || (StillActor { shared: Arc::clone(&shared), view: Arc::clone(&of) }, ());
        children.start(me.get_cell(), still_name(id), Kind::Lasting, &view.still, make).await?;
        Ok(view)
    }

    async fn open_rendition(
        &self,
        me: &ActorRef<SessionMsg>,
        children: &mut Children,
        view: &Arc<ViewBoard>,
        codec: PixelCodec,
    ) -> Result<Arc<Rendition>, ActorProcessingErr> {
        let same = |rendition: &&Arc<Rendition>| rendition.codec == codec;
        if let Some(rendition) = view.renditions.read().iter().find(same) {
            return Ok(Arc::clone(rendition));
        }
        let rendition = Arc::new(Rendition::new(view.id, codec));
        view.renditions.write().push(Arc::clone(&rendition));
        let shared = Arc::clone(&self.board.shared);
        let (view, of) = (Arc::clone(view), Arc::clone(&rendition));
        let name = encoder_name(view.id, codec);
        let make = move || {
            let (shared, view) = (Arc::clone(&shared), Arc::clone(&view));
            (EncoderActor { shared, view, rendition: Arc::clone(&of) }, ())
        };
        children.start(me.get_cell(), name, Kind::Lasting, &rendition.address, make).await?;
        Ok(rendition)
    }

    /// Takes a member out of every rendition but `keep`, and ends what nobody reads any more.
    fn drop_reader(
        &self,
        children: &mut Children,
        member: &Arc<Member>,
        keep: Option<(ViewId, PixelCodec)>,
    ) {
        let mut unused = Vec::new();
        for view in &self.board.views {
            view.renditions.write().retain(|rendition| {
                let mut readers = rendition.readers.write();
                let kept = keep == Some((view.id, rendition.codec));
                readers.retain(|reader| kept || !Arc::ptr_eq(reader, member));
                let used = kept || !readers.is_empty();
                if !used {
                    children.stop(&encoder_name(view.id, rendition.codec));
                }
                used
            });
            let watched = keep.is_some_and(|(kept, _)| kept == view.id);
            if view.renditions.read().is_empty() && !watched {
                unused.push(view.id);
            }
        }
        for view in unused {
            self.board.views.remove(&view);
            // From here, so that it comes before whatever the same view wants when opened again.
            let forget = DataMsg::Forget(Arc::clone(&self.board), view);
            self.board.shared.data.send(forget);
            children.stop(&still_name(view));
            children.stop(&view_name(view));
        }
    }
}

fn view_name(view: ViewId) -> String {
    format!("view {view}")
}

fn still_name(view: ViewId) -> String {
    format!("still {view}")
}

fn encoder_name(view: ViewId, codec: PixelCodec) -> String {
    format!("encoder {view} {codec:?}")
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
