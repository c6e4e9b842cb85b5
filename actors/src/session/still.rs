//! Codes a view's stills, and shows them to everybody who watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parfocal_encode::still::StillMaker;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::view::ViewMsg;
use super::view_board::ViewBoard;
use crate::render::micros;
use crate::shared::Shared;
use crate::stills::StillPicture;

/// What it reacts to.
pub enum StillMsg {
    /// A frame is there.
    Poked,
}

/// The actor.
pub(crate) struct StillActor {
    pub(crate) shared: Arc<Shared>,
    pub(crate) view: Arc<ViewBoard>,
}

/// Versions of tiles that one life of an actor may give: at 40 tiles a still and ten stills a
/// second more than a year of them.
const VERSIONS_PER_LIFE: u64 = 1 << 40;
/// Lives of these actors in this process: a version is never given twice.
static LIVES: AtomicU64 = AtomicU64::new(0);

impl Actor for StillActor {
    type Msg = StillMsg;
    /// `None` only while a still is being coded.
    type State = Option<StillMaker>;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<StillMsg>,
        (): (),
    ) -> Result<Option<StillMaker>, ActorProcessingErr> {
        self.view.still.set(me);
        // What the last life was given is lost.
        self.view.address.send(ViewMsg::StillLost);
        let life = LIVES.fetch_add(1, Ordering::Relaxed);
        Ok(Some(StillMaker::new(life.wrapping_mul(VERSIONS_PER_LIFE))))
    }

    async fn handle(
        &self,
        _: ActorRef<StillMsg>,
        StillMsg::Poked: StillMsg,
        state: &mut Option<StillMaker>,
    ) -> Result<(), ActorProcessingErr> {
        let Some((frame, generation)) = self.view.stills.take() else { return Ok(()) };
        let Some(mut maker) = state.take() else { return Ok(()) };
        let (clock, begun) = (self.shared.clock, self.shared.clock.now());
        let threads = self.shared.render_threads;
        let _span = self.shared.trace.of(&self.view.session).code_tiles(&frame.meta);
        let coded = tokio::task::spawn_blocking(move || {
            let still = maker.make(&frame, threads);
            (maker, still)
        });
        let (maker, still) = coded.await?;
        *state = Some(maker);
        let took = clock.now().since(begun);
        metrics::histogram!("parfocal_encode_seconds", "codec" => "still")
            .record(took.as_secs_f64());
        let picture = StillPicture { view: self.view.id, still: still?, encode_us: micros(took) };
        if self.view.stills.show(picture, generation) {
            self.view.viewers.read().iter().for_each(|viewer| viewer.pixels.look_again());
        }
        Ok(())
    }
}
