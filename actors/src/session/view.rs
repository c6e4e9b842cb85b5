//! When a view needs a picture, and which chunks: the shell around
//! [`ViewScheduler`](parfocal_render::ViewScheduler).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parfocal_base::{Instant, PixelFormat};
use parfocal_render::{Haste, Input, Output, Pace, Plan, Rest, ViewScheduler, plan};
use parfocal_sync::message::PixelCodec;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::task::JoinHandle;

use super::board::{Board, Snapshot};
use super::encoder::input_of;
use super::renditions;
use super::view_board::{Poke, ViewBoard};
use crate::data::DataMsg;
use crate::machine::pace::Readers;
use crate::render::{Job, Outcome, World};

/// How long the last picture is kept while nothing of the next is in memory, so that scrubbing
/// through planes shows planes, and not black between them. Longer, and the view seems stuck.
const HOLD: Duration = Duration::from_millis(120);

/// How often it is looked at who shares which encoder: bad links are to be seen within a second.
const ALLOCATE_EVERY: Duration = Duration::from_millis(100);

/// What a view reacts to.
pub enum ViewMsg {
    /// The scene changed, chunks came, or somebody has room again: see the board.
    Poked,
    /// The renderer is done with a picture, or died.
    Painted(Outcome),
    /// A still could not be made.
    StillLost,
    /// The time that it wanted to wait for has come.
    Timer,
}

/// The actor.
pub(crate) struct ViewActor {
    pub(crate) board: Arc<Board>,
    pub(crate) view: Arc<ViewBoard>,
}

/// Its state.
pub(crate) struct ViewState {
    scheduler: ViewScheduler,
    /// The scene that was last looked at.
    seen: Snapshot,
    format: PixelFormat,
    /// Until when an edit waits for its first chunks.
    hold: Option<Instant>,
    rest: Rest,
    haste: Haste,
    /// When it is looked again at who shares which encoder, if anything happened since.
    allocate_at: Option<Instant>,
    allocated: Option<Instant>,
    timer: Option<JoinHandle<Result<(), ractor::MessagingErr<ViewMsg>>>>,
}

impl Actor for ViewActor {
    type Msg = ViewMsg;
    type State = ViewState;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<ViewMsg>,
        (): (),
    ) -> Result<ViewState, ActorProcessingErr> {
        // From now on, so that no poke is lost between the first message and the supervisor's note.
        self.view.address.set(me.clone());
        let pokes = self.view.take_pokes();
        drop(pokes);
        self.view.poke(Poke::Scene);
        me.send_message(ViewMsg::Poked)?;
        Ok(ViewState {
            scheduler: ViewScheduler::new(Pace::default()),
            seen: Snapshot::default(),
            format: PixelFormat::I420,
            hold: None,
            rest: Rest::default(),
            haste: Haste::default(),
            allocate_at: None,
            allocated: None,
            timer: None,
        })
    }

    async fn handle(
        &self,
        me: ActorRef<ViewMsg>,
        message: ViewMsg,
        state: &mut ViewState,
    ) -> Result<(), ActorProcessingErr> {
        let mut inputs = Vec::new();
        let poked = matches!(message, ViewMsg::Poked).then(|| self.view.take_pokes());
        self.allocate(state, poked.as_ref().is_some_and(|poked| poked(Poke::Viewers)));
        let room_at = self.readers(state, &mut inputs);
        match message {
            ViewMsg::Poked => {
                let poked = |why| poked.as_ref().is_some_and(|poked| poked(why));
                if poked(Poke::Lost) {
                    inputs.push(Input::Edited);
                }
                if poked(Poke::Scene) || poked(Poke::Chunks) {
                    self.look(state, poked(Poke::Chunks), &mut inputs);
                }
            }
            ViewMsg::Painted(Outcome::Lost) => inputs.push(Input::Failed),
            ViewMsg::Painted(outcome) => {
                let complete = matches!(outcome, Outcome::Painted { complete: true, .. });
                if let Outcome::Painted { hasty, took, .. } = outcome {
                    state.haste.painted(hasty, took);
                }
                state.rest.painted(self.now(), complete);
                inputs.push(Input::Finished { complete });
            }
            ViewMsg::StillLost => state.rest.lost(self.now()),
            ViewMsg::Timer => {
                if state.hold.is_some_and(|until| until <= self.now()) {
                    state.hold = None;
                    inputs.push(Input::Edited);
                }
                inputs.push(Input::Woken);
            }
        }
        if inputs.contains(&Input::Edited) {
            state.rest.moved();
            state.haste.moved(self.now());
        }
        if state.haste.take(self.now()) {
            inputs.push(Input::ChunkArrived); // there is more to see, and nothing else is new
        }
        let wake = match state.scheduler.handle_all(self.now(), inputs) {
            Some(Output::Render { .. }) => {
                // It shows the edit that was held back: what comes later only refines it.
                state.hold = None;
                state.rest.moved();
                self.render(state, None);
                None
            }
            Some(Output::WakeAt(at)) => Some(at),
            None => None,
        };
        // Where nobody wants a still it stays due: for who comes later, in another format.
        let wants_stills = self.wants_stills();
        if wants_stills && state.rest.take(self.now()) {
            self.render(state, Some(self.view.stills.generation()));
        }
        let still_at = state.rest.due().filter(|_| wants_stills);
        self.arm(&me, state, [wake, room_at, still_at, state.haste.due()]);
        Ok(())
    }
}

impl ViewActor {
    fn now(&self) -> Instant {
        self.board.shared.clock.now()
    }

    /// Looks at the scene and at what is in memory: asks for chunks, and says what changed.
    fn look(&self, state: &mut ViewState, chunks: bool, inputs: &mut Vec<Input>) {
        let snapshot = self.board.snapshot();
        let edited = !shows_the_same(&state.seen, &snapshot, self.view.id);
        state.seen = snapshot;
        let _span = self.board.trace.look(self.view.id, state.seen.revision);
        if !edited && !chunks {
            return;
        }
        let Some(view) = state.seen.scene.views.get(&self.view.id) else { return };
        let world = World(&self.board.shared);
        let plan = plan(&state.seen.scene, view, &world, &self.board.shared.budget);
        let missing = self.first_chunks_missing(&plan);
        let want = DataMsg::Want(Arc::clone(&self.board), self.view.id, plan.wanted);
        self.board.shared.data.send(want);
        if edited && missing {
            state.hold.get_or_insert(self.now() + HOLD);
            state.rest.moved();
        } else if edited || (state.hold.is_some() && !missing) {
            state.hold = None;
            inputs.push(Input::Edited);
        } else if state.hold.is_none() {
            inputs.push(Input::ChunkArrived);
        }
    }

    /// Whether some layer has nothing in memory yet, not even its coarsest level.
    fn first_chunks_missing(&self, plan: &Plan) -> bool {
        let cache = &self.board.shared.cache;
        plan.wanted.iter().take(plan.coarsest).any(|key| !cache.contains(key))
    }

    /// Looks at who shares which encoder: at once where people came or went, else some times a
    /// second while anything happens.
    fn allocate(&self, state: &mut ViewState, at_once: bool) {
        let now = self.now();
        let due = state.allocated.map_or(now, |last| last + ALLOCATE_EVERY);
        if !at_once && due > now {
            state.allocate_at.get_or_insert(due);
            return;
        }
        state.allocate_at = None;
        state.allocated = Some(now);
        let Some(view) = self.board.snapshot().scene.views.get(&self.view.id).cloned() else {
            return;
        };
        renditions::allocate(&self.board, &self.view, now, view.canvas);
    }

    /// Who looks, who has room, and in which format they want their pictures.
    /// When there will be room, if there is none now.
    fn readers(&self, state: &mut ViewState, inputs: &mut Vec<Input>) -> Option<Instant> {
        let now = self.now();
        let viewers = self.view.viewers.read().len();
        let renditions = self.view.renditions.read();
        // Before the look: room that is made meanwhile is told of.
        self.view.starved.store(true, Ordering::SeqCst);
        let readers = renditions.iter().map(|rendition| rendition.could_read(now));
        let readers = readers.fold(Readers::default(), Readers::and);
        let room_at = readers.soonest();
        let room = room_at.is_some_and(|at| at <= now);
        self.view.starved.store(readers.starved && !room, Ordering::SeqCst);
        let rgba = renditions.iter().any(|r| input_of(r.codec) == PixelFormat::Rgba8);
        drop(renditions);
        inputs.push(Input::Viewers(viewers));
        inputs.push(Input::Room(room));
        let format = if rgba { PixelFormat::Rgba8 } else { PixelFormat::I420 };
        if format != state.format {
            state.format = format;
            inputs.push(Input::Edited);
        }
        room_at.filter(|_| !room)
    }

    /// Whether somebody watches who does not get every pixel as it is.
    fn wants_stills(&self) -> bool {
        let renditions = self.view.renditions.read();
        renditions.iter().any(|rendition| rendition.codec != PixelCodec::Png)
    }

    /// Has the view painted: its next picture, or a still of the picture `still`.
    fn render(&self, state: &ViewState, still: Option<u64>) {
        let Some(view) = state.seen.scene.views.get(&self.view.id) else {
            self.view.address.send(ViewMsg::Painted(Outcome::NoView));
            return;
        };
        let [width, height] = view.canvas;
        let format = if still.is_some() { PixelFormat::Rgba8 } else { state.format };
        let frame = self.view.pool.take(format, width, height);
        let job = Job {
            board: Arc::clone(&self.view),
            snapshot: state.seen.clone(),
            outcome: Outcome::Lost,
            frame,
            hasty: state.haste.hurry(self.now()).filter(|_| still.is_none()),
            still,
        };
        // Without a free buffer, and while the renderer is restarted, the job reports its own loss.
        if job.frame.is_some() {
            self.board.shared.renderers.paint(job);
        }
    }

    fn arm(&self, me: &ActorRef<ViewMsg>, state: &mut ViewState, wake: [Option<Instant>; 4]) {
        if let Some(timer) = state.timer.take() {
            timer.abort();
        }
        let own = [state.hold, state.allocate_at];
        if let Some(at) = own.into_iter().chain(wake).flatten().min() {
            state.timer = Some(me.send_after(at.since(self.now()), || ViewMsg::Timer));
        }
    }
}

/// Whether a view shows the same picture of both.
fn shows_the_same(before: &Snapshot, after: &Snapshot, view: parfocal_base::ViewId) -> bool {
    let (old, new) = (&before.scene, &after.scene);
    let same_scene = || {
        old.views.get(&view) == new.views.get(&view)
            && old.layers == new.layers
            && old.settings == new.settings
            && old.dims == new.dims
    };
    before.strokes == after.strokes
        && before.annotations.ptr_eq(&after.annotations)
        && (Arc::ptr_eq(old, new) || same_scene())
}
