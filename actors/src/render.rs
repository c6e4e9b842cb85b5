//! Paints pictures in one place, one at a time; each takes the GPU, or all cores of the CPU's pool.

mod job;

use std::sync::Arc;
use std::time::Duration;

use parfocal_base::frame::FrameMut;
use parfocal_base::{Chunk, ChunkKey, FrameMeta, ImageMeta, OnDevice, PixelFormat, SourceId};
use parfocal_gl::GlError;
use parfocal_render::{AnnotationIndices, Cpu, DrawList, Resident, resolve};
use ractor::{Actor, ActorProcessingErr, ActorRef};

pub use self::job::{Job, Outcome};
use crate::machine::placement::{Place, Why};
use crate::renderers::Parcel;
use crate::session::view_board::ViewBoard;
use crate::shared::Shared;
use crate::supervise::Failure;
use crate::video::{Keeping, ViewFrame};

/// What a painter does.
pub enum RenderMsg {
    /// Paints a view.
    Paint(Parcel),
}

/// Bytes of the indices of annotations in one place: those of ten sessions with 100,000 each. The
/// views of a session are painted in one place, if they can.
const MAX_INDEX_BYTES: usize = 256 << 20;

/// What an actor keeps from picture to picture.
pub(crate) struct Painter {
    /// Where the CPU paints.
    cpu: Option<Cpu>,
    /// By session.
    annotations: AnnotationIndices<Arc<str>>,
}

/// The actor.
pub(crate) struct RenderActor {
    /// What it reads chunks from.
    pub shared: Arc<Shared>,
    /// Where it paints.
    pub place: Place,
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
        RenderMsg::Paint(parcel): RenderMsg,
        state: &mut Option<Painter>,
    ) -> Result<(), ActorProcessingErr> {
        let Some(mut painter) = state.take() else {
            return Err(Failure("the painter was lost".to_owned()).into());
        };
        let (shared, place) = (Arc::clone(&self.shared), self.place);
        let painted = tokio::task::spawn_blocking(move || {
            if let Some((job, why)) = parcel.open() {
                paint(&shared, place, &mut painter, job, why);
            }
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
        let cpu = (self.place == Place::Cpu).then(|| Cpu::new(self.shared.render_threads));
        let cpu = cpu.transpose().map_err(|error| Failure(error.to_string()))?;
        Ok(Painter { cpu, annotations: AnnotationIndices::new(MAX_INDEX_BYTES) })
    }
}

/// Paints a picture, or gives it to somebody who can.
fn paint(shared: &Shared, place: Place, painter: &mut Painter, mut job: Job, why: Why) {
    let renderers = &shared.renderers;
    // The GPU failed while the picture waited for it. What is on the CPU may always stay there.
    if place != Place::Cpu && renderers.has_left(&job, place) {
        return renderers.paint(job);
    }
    let Some(mut frame) = job.frame.take() else { return };
    let board = Arc::clone(&job.board);
    let scene = &job.snapshot.scene;
    let Some(view) = scene.views.get(&board.id) else {
        job.outcome = Outcome::NoView;
        return;
    };
    let begun = shared.clock.now();
    let trace = shared.trace.of(&board.session);
    let _span = trace.render(place, board.id, job.snapshot.revision, begun);
    let world = World(shared);
    let annotations = &job.snapshot.annotations;
    let index = painter.annotations.get(board.session.clone(), scene, view, annotations);
    let mut list = resolve(scene, view, &world, &world, &shared.budget, index);
    let hasty = job.hasty.filter(|_| list.has_volumes());
    if let Some(every) = hasty {
        list.hasten(every);
    }
    let hasty = hasty.is_some();
    let painted = match (place, &mut painter.cpu) {
        // Stills and pictures one by one are made in the host's memory.
        (Place::Gpu(gpu), _) => {
            let stays = !job.is_still() && frame.frame().format() == PixelFormat::I420;
            on_gpu(shared, gpu, &list, &mut frame, stays)
        }
        (Place::Cpu, Some(cpu)) => on_cpu(cpu, &board, &list, &mut frame).map(|()| None),
        (Place::Cpu, None) => Err(None),
    };
    let kept = match painted {
        Ok(kept) => kept,
        Err(elsewhere) => {
            job.frame = Some(frame);
            return match elsewhere {
                Some(Elsewhere::Cpu(error)) => {
                    renderers.send(job, Place::Cpu, Why::Refused(error.to_string().into()));
                }
                Some(Elsewhere::Any) => renderers.paint(job),
                None => {}
            };
        }
    };
    let took = shared.clock.now().since(begun);
    let complete = list.complete;
    let meta = FrameMeta {
        view: board.id,
        revision: job.snapshot.revision,
        captured: begun,
        render_us: micros(took),
        complete,
    };
    trace.painted(place, &meta);
    // Rows are copied from pictures of the CPU's alone.
    if place != Place::Cpu {
        drop(board.painted.take(frame.frame().format()));
    }
    let shown = match kept {
        Some((picture, keeping)) => ViewFrame::kept(picture, frame, meta, &keeping),
        None => {
            frame.frame().meta = meta;
            let lease = frame.publish();
            if place == Place::Cpu {
                board.painted.put(list, lease.clone());
            }
            ViewFrame::Host(lease)
        }
    };
    renderers.painted(&job, (place, why), took);
    match (job.still, shown) {
        (Some(generation), ViewFrame::Host(lease)) => {
            metrics::counter!("parfocal_stills_rendered_total").increment(1);
            board.put_still(lease, generation);
        }
        (_, shown) => board.publish(&shown),
    }
    job.outcome = Outcome::Painted { complete, hasty, took };
}

/// Who is to paint a picture that a GPU has not.
enum Elsewhere {
    /// The CPU, since the GPU cannot.
    Cpu(GlError),
    /// Where its view belongs now, since the GPU failed.
    Any,
}

/// A picture that stays on its GPU.
type Stays = (Arc<dyn OnDevice>, Arc<Keeping>);

/// Into `frame`, but where the picture `stays` on the GPU, if it can.
fn on_gpu(
    shared: &Shared,
    gpu: usize,
    list: &DrawList,
    frame: &mut FrameMut,
    stays: bool,
) -> Result<Option<Stays>, Option<Elsewhere>> {
    let renderers = &shared.renderers;
    let (gl, keeping) = renderers.gl(gpu).zip(renderers.keeping(gpu)).ok_or(None)?;
    let mut gl = gl.lock();
    let kept = match stays {
        true => keeping.paint(&shared.video.keep, &mut gl, list),
        false => Ok(None),
    };
    let painted = kept.and_then(|kept| match kept {
        Some(picture) => Ok(Some((picture, Arc::clone(keeping)))),
        None => gl.render(list, frame.frame()).map(|()| None),
    });
    match painted {
        Ok(kept) => Ok(kept),
        Err(error) if error.is_of_the_picture() => {
            tracing::debug!(%error, "the CPU paints this picture");
            Err(Some(Elsewhere::Cpu(error)))
        }
        Err(error) => {
            shared.renderers.failed(gpu, &error);
            gl.close();
            Err(Some(Elsewhere::Any))
        }
    }
}

/// Copies what has not changed since the last picture.
fn on_cpu(
    cpu: &mut Cpu,
    board: &ViewBoard,
    list: &DrawList,
    frame: &mut FrameMut,
) -> Result<(), Option<Elsewhere>> {
    let last = board.painted.take(frame.frame().format());
    let before = last.as_ref().map(|(list, frame)| (list, &**frame));
    cpu.render_after(before, list, frame.frame()).map_err(|error| {
        tracing::error!(%error, view = %board.id, "a picture could not be painted");
        None
    })
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
