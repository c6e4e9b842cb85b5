//! Painters that die, and GPUs that fail: on OpenGL in software, opened twice.

use std::sync::Arc;
use std::time::Duration;

use parfocal_base::{PixelFormat, ViewId};
use parfocal_scene::Limits;
use parfocal_sync::limits::PeopleLimits;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use crate::engine::{Config, Engine};
use crate::machine::placement::Place;
use crate::painter::{By, Renderer};
use crate::render::{Job, Outcome};
use crate::root::Opening;
use crate::session::board::Board;
use crate::session::view::ViewMsg;
use crate::session::view_board::ViewBoard;
use crate::video;

/// Longer than a picture takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Hears what becomes of a view's pictures.
struct Eye(Sender<Outcome>);

impl Actor for Eye {
    type Msg = ViewMsg;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<ViewMsg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<ViewMsg>,
        message: ViewMsg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        if let ViewMsg::Painted(outcome) = message {
            self.0.send(outcome).await?;
        }
        Ok(())
    }
}

struct Lab {
    engine: Engine,
    board: Arc<Board>,
    _folder: tempfile::TempDir,
}

impl Lab {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            store: folder.path().join("sessions.redb"),
            cache_bytes: 1 << 20,
            render_threads: 1,
            renderer: Renderer::Gl,
            gl_devices: Some("software,software".parse().unwrap()),
            encoder: video::Choice::Software,
            hardware: video::Source::default(),
            bitrate_720p: 1_000_000,
            limits: Limits::default(),
            people: PeopleLimits::default(),
            trace: None,
        };
        let engine = Engine::start(config).await.unwrap();
        let opening = Opening { name: "main".to_owned(), seeds: Arc::from([]), read_only: None };
        let board = engine.open_session(opening).await.unwrap();
        Self { engine, board, _folder: folder }
    }

    /// The stage of a session of this name, which shows what `main` does.
    async fn view(&self, session: &str) -> (Arc<ViewBoard>, Receiver<Outcome>) {
        let share = self.engine.shared().encoders.share();
        let view = Arc::new(ViewBoard::new(session.into(), ViewId::STAGE, share));
        let (told, hears) = channel(1);
        view.address.set(Actor::spawn(None, Eye(told), ()).await.unwrap().0);
        (view, hears)
    }

    fn ask(&self, view: &Arc<ViewBoard>) {
        let snapshot = self.board.snapshot();
        let [width, height] = snapshot.scene.views[&view.id].canvas;
        self.engine.shared().renderers.paint(Job {
            board: Arc::clone(view),
            snapshot,
            frame: view.pool.take(PixelFormat::Rgba8, width, height),
            outcome: Outcome::Lost,
            still: None,
            hasty: None,
        });
    }

    /// Has a picture painted; by what it was, and why.
    async fn paint(&self, view: &Arc<ViewBoard>, hears: &mut Receiver<Outcome>) -> (By, String) {
        self.ask(view);
        is_painted(hears).await;
        let used = self.engine.shared().renderers.used(&view.session, view.id);
        (used.by, used.why.to_string())
    }

    fn unplug(&self, gpu: usize, out: bool) {
        self.engine.shared().renderers.gl(gpu).unwrap().lock().unplug(out);
    }
}

async fn is_painted(hears: &mut Receiver<Outcome>) {
    let outcome = timeout(PATIENCE, hears.recv()).await.unwrap().unwrap();
    assert!(matches!(outcome, Outcome::Painted { .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_that_is_gone_costs_no_picture_and_is_used_again() {
    let lab = Lab::start().await;
    let (one, mut of_one) = lab.view("one").await;
    let (two, mut of_two) = lab.view("two").await;
    let place = |view: &ViewBoard| {
        let renderers = &lab.engine.shared().renderers;
        renderers.placement.lock().place_of(&(Arc::clone(&view.session), view.id)).unwrap()
    };
    for _ in 0..3 {
        let (by, why) = lab.paint(&one, &mut of_one).await;
        assert!(by == By::Gl && why.contains("least to do"), "{why}");
        assert_eq!(lab.paint(&two, &mut of_two).await.0, By::Gl);
    }
    assert_eq!([&one, &two].map(|view| place(view)), [Place::Gpu(0), Place::Gpu(1)]);
    lab.unplug(0, true);
    assert_eq!(lab.paint(&one, &mut of_one).await.0, By::Gl);
    assert_eq!(place(&one), Place::Gpu(1));
    lab.unplug(1, true);
    for (view, hears) in [(&one, &mut of_one), (&two, &mut of_two)] {
        let (by, why) = lab.paint(view, hears).await;
        assert_eq!(by, By::Cpu);
        assert!(why.contains("taken out") && why.contains("tried again"), "{why}");
    }
    lab.unplug(0, false);
    let again = async { while lab.paint(&two, &mut of_two).await.0 == By::Cpu {} };
    timeout(PATIENCE, again).await.unwrap();
    assert_eq!(place(&two), Place::Gpu(0));
    lab.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_painter_that_dies_is_painted_all_the_same() {
    let lab = Lab::start().await;
    let renderers = &lab.engine.shared().renderers;
    let mut views = Vec::new();
    for n in 0..12 {
        views.push(lab.view(&n.to_string()).await);
    }
    // Nothing is painted on a GPU until it is let go.
    let held: Vec<_> = [0, 1].map(|gpu| renderers.gl(gpu).unwrap().lock()).into();
    for (view, _) in &views {
        lab.ask(view);
    }
    let painters = [0, 1].map(|gpu| renderers.address(Place::Gpu(gpu)).get().unwrap());
    for painter in &painters {
        painter.kill();
    }
    // What was begun goes on by itself, the rest goes to the CPU at once.
    let mut by_cpu = 0;
    drop(held);
    for (view, hears) in &mut views {
        is_painted(hears).await;
        by_cpu += usize::from(renderers.used(&view.session, view.id).by == By::Cpu);
    }
    assert!(by_cpu >= 10, "{by_cpu}");
    let (first, hears) = &mut views[0];
    let again = async { while lab.paint(first, hears).await.0 == By::Cpu {} };
    timeout(PATIENCE, again).await.unwrap();
    lab.engine.stop().await;
}
