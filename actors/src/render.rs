//! Paints pictures, one at a time; each takes the GPU, or all cores of the renderer's pool.

use std::sync::Arc;
use std::time::Duration;

use parfocal_base::frame::FrameMut;
use parfocal_base::{Chunk, ChunkKey, FrameLease, FrameMeta, ImageMeta, SourceId};
use parfocal_render::{AnnotationIndices, Cpu, Resident, resolve};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::painter::paint as paint_list;
use crate::session::board::Snapshot;
use crate::session::view::ViewMsg;
use crate::session::view_board::ViewBoard;
use crate::shared::Shared;
use crate::supervise::Failure;

/// What the renderer does.
pub enum RenderMsg {
    /// Paints a view.
    Paint(Job),
}

/// One picture to be painted. Dropped unpainted (the renderer died), it tells its view.
pub struct Job {
    pub(crate) board: Arc<ViewBoard>,
    pub(crate) snapshot: Snapshot,
    pub(crate) frame: Option<FrameMut>,
    pub(crate) outcome: Outcome,
    /// It is to be a still, of what the view shows as this picture.
    pub(crate) still: Option<u64>,
    /// It may be painted with less care, if that is quicker: `every` of `DrawList::hasten`.
    pub(crate) hasty: Option<u32>,
}

/// How painting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not at all; the view tries again.
    Lost,
    /// Published.
    Painted {
        /// Every chunk was there at the wanted level.
        complete: bool,
        /// It was painted with less care.
        hasty: bool,
        /// How long it took.
        took: Duration,
    },
    /// The view is not in the scene any more.
    NoView,
}

impl Drop for Job {
    fn drop(&mut self) {
        match (self.still, self.outcome) {
            (None, outcome) => self.board.address.send(ViewMsg::Painted(outcome)),
            (Some(_), Outcome::Lost) => self.board.address.send(ViewMsg::StillLost),
            (Some(_), _) => true,
        };
    }
}

/// Bytes of the indices of annotations: those of ten sessions with 100,000 each.
const MAX_INDEX_BYTES: usize = 256 << 20;

/// What pictures are painted with.
pub(crate) struct Painter {
    cpu: Cpu,
    /// By session.
    annotations: AnnotationIndices<Arc<str>>,
}

/// The actor.
pub(crate) struct RenderActor {
    /// What it reads chunks from.
    pub shared: Arc<Shared>,
}

impl Actor for RenderActor {
    type Msg = RenderMsg;
    /// `None` only while a picture is painted.
    type State = Option<Painter>;
    type Arguments = ();

    async fn pre_start(
        &self,
        _: ActorRef<RenderMsg>,
        (): (),
    ) -> Result<Option<Painter>, ActorProcessingErr> {
        Ok(Some(self.painter()?))
    }

    async fn handle(
        &self,
        _: ActorRef<RenderMsg>,
        RenderMsg::Paint(mut job): RenderMsg,
        state: &mut Option<Painter>,
    ) -> Result<(), ActorProcessingErr> {
        let Some(mut painter) = state.take() else {
            return Err(Failure("the painter was lost".to_owned()).into());
        };
        let shared = Arc::clone(&self.shared);
        let painted = tokio::task::spawn_blocking(move || {
            paint(&shared, &mut painter, &mut job);
            painter
        });
        // A panic costs this picture and a new painter, not the renderer: another view may be fine.
        *state = match painted.await {
            Ok(painter) => Some(painter),
            Err(error) => {
                tracing::error!(%error, "painting failed");
                Some(self.painter()?)
            }
        };
        Ok(())
    }
}

impl RenderActor {
    fn painter(&self) -> Result<Painter, Failure> {
        let cpu = Cpu::new(self.shared.render_threads);
        let cpu = cpu.map_err(|error| Failure(error.to_string()))?;
        Ok(Painter { cpu, annotations: AnnotationIndices::new(MAX_INDEX_BYTES) })
    }
}

fn paint(shared: &Shared, painter: &mut Painter, job: &mut Job) {
    let Some(mut frame) = job.frame.take() else { return };
    let scene = &job.snapshot.scene;
    let Some(view) = scene.views.get(&job.board.id) else {
        job.outcome = Outcome::NoView;
        return;
    };
    let begun = shared.clock.now();
    let trace = shared.trace.of(&job.board.session);
    let _span = trace.render(job.board.id, job.snapshot.revision, begun);
    let world = World(shared);
    let annotations = &job.snapshot.annotations;
    let index = painter.annotations.get(job.board.session.clone(), scene, view, annotations);
    let mut list = resolve(scene, view, &world, &world, &shared.budget, index);
    let hasty = job.hasty.filter(|_| list.has_volumes());
    if let Some(every) = hasty {
        list.hasten(every);
    }
    let hasty = hasty.is_some();
    let last = job.board.painted.take(frame.frame().format());
    let before = last.as_ref().map(|(list, frame)| (list, &**frame));
    let mut gpu = shared.gpu.lock();
    let by_cpu = match paint_list(&mut gpu, &mut painter.cpu, before, &list, frame.frame(), begun) {
        Ok(by_cpu) => by_cpu,
        Err(error) => {
            tracing::error!(%error, view = %job.board.id, "a picture could not be painted");
            return;
        }
    };
    drop((gpu, last));
    let took = shared.clock.now().since(begun);
    let complete = list.complete;
    frame.frame().meta = FrameMeta {
        view: job.board.id,
        revision: job.snapshot.revision,
        captured: begun,
        render_us: micros(took),
        complete,
    };
    metrics::histogram!("parfocal_render_seconds").record(took.as_secs_f64());
    let lease: FrameLease = frame.publish();
    trace.painted(&lease.meta);
    // Rows are copied from pictures of the same painter alone.
    if by_cpu {
        job.board.painted.put(list, lease.clone());
    }
    match job.still {
        Some(generation) => {
            metrics::counter!("parfocal_stills_rendered_total").increment(1);
            job.board.put_still(lease, generation);
        }
        None => {
            metrics::counter!("parfocal_frames_rendered_total").increment(1);
            job.board.publish(&lease);
        }
    }
    job.outcome = Outcome::Painted { complete, hasty, took };
}

/// Microseconds, at most what a header can say (71 minutes).
pub(crate) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// What planning and painting look up.
pub(crate) struct World<'a>(pub(crate) &'a Shared);

impl parfocal_render::Images for World<'_> {
    fn meta(&self, source: SourceId) -> Option<Arc<ImageMeta>> {
        self.0.images.meta(source)
    }
}

impl Resident for World<'_> {
    fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>> {
        self.0.cache.get(key)
    }
}
