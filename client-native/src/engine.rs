//! The task that feeds the core and carries out what it says.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::time::Clock;
use parfocal_base::{Domain, Instant, ParticipantId, ViewId};
use parfocal_scene::{Annotations, Scene};
use parfocal_sync::message::{Answer, Participant, Query};
use parfocal_sync::pixel::PixelHeader;
use parfocal_sync::{PIXELS_PATH, STATE_PATH};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::client::{DecodedFrame, EditFailure, Status};
use crate::core::presenter::MAX_HELD;
use crate::core::stats::Stats;
use crate::core::{Acked, Core, EditError, Event, Input, Output, Wish};
use crate::decode_thread::{DecodeThread, Decoded, Failed};
use crate::socket::{Socket, SocketEvent};

/// Events that a slow reader may leave unread before it misses some.
const MAX_EVENTS: usize = 1024;
/// Questions without an answer; past it they are refused.
const MAX_QUESTIONS: usize = 64;
/// Sleep where nothing is due; any input ends it.
const IDLE: Duration = Duration::from_secs(3600);

type WishReply = oneshot::Sender<Result<Acked, EditFailure>>;
type AskReply = oneshot::Sender<Result<Answer, EditError>>;

/// What the handle asks of the task.
pub(crate) enum Command {
    Wish { wish: Wish, reply: WishReply },
    Ask { query: Query, reply: AskReply },
    Canvas([u32; 2]),
    Cursor(Option<Vec<f64>>, bool),
    Stats { reply: oneshot::Sender<Stats> },
    Interrupt,
    Leave,
}

/// What the task tells the handle.
pub(crate) struct Published {
    pub(crate) status: watch::Receiver<Status>,
    pub(crate) scene: watch::Receiver<Option<Arc<Scene>>>,
    pub(crate) annotations: watch::Receiver<Annotations>,
    pub(crate) frame: watch::Receiver<Option<Arc<DecodedFrame>>>,
    pub(crate) participants: watch::Receiver<Vec<Participant>>,
    pub(crate) me: watch::Receiver<ParticipantId>,
    pub(crate) watching: watch::Receiver<ViewId>,
    pub(crate) last_stats: watch::Receiver<Stats>,
    pub(crate) events: broadcast::Sender<Event>,
}

struct Publisher {
    status: watch::Sender<Status>,
    scene: watch::Sender<Option<Arc<Scene>>>,
    annotations: watch::Sender<Annotations>,
    frame: watch::Sender<Option<Arc<DecodedFrame>>>,
    participants: watch::Sender<Vec<Participant>>,
    me: watch::Sender<ParticipantId>,
    watching: watch::Sender<ViewId>,
    last_stats: watch::Sender<Stats>,
    events: broadcast::Sender<Event>,
}

fn publish() -> (Publisher, Published) {
    let (status, status_read) = watch::channel(Status::Connecting);
    let (scene, scene_read) = watch::channel(None);
    let (annotations, annotations_read) = watch::channel(Annotations::default());
    let (frame, frame_read) = watch::channel(None);
    let (participants, participants_read) = watch::channel(Vec::new());
    let (me, me_read) = watch::channel(ParticipantId::SERVER);
    let (watching, watching_read) = watch::channel(ViewId::STAGE);
    let (last_stats, last_stats_read) = watch::channel(Stats::default());
    let events = broadcast::Sender::new(MAX_EVENTS);
    let published = Published {
        status: status_read,
        scene: scene_read,
        annotations: annotations_read,
        frame: frame_read,
        participants: participants_read,
        me: me_read,
        watching: watching_read,
        last_stats: last_stats_read,
        events: events.clone(),
    };
    let publisher = Publisher {
        status,
        scene,
        annotations,
        frame,
        participants,
        me,
        watching,
        last_stats,
        events,
    };
    (publisher, published)
}

/// Everything that the core does not know: sockets, the decoder, who waits for what.
pub(crate) struct Engine {
    address: String,
    commands: mpsc::Receiver<Command>,
    state: Option<Socket>,
    pixels: Option<Socket>,
    /// The state channel that was closed last.
    closing: Option<JoinHandle<()>>,
    decoder: Option<DecodeThread>,
    /// Pictures that the decoder gave, oldest first, until the core says which is to be shown.
    decoded: VecDeque<DecodedFrame>,
    wishes: HashMap<u64, WishReply>,
    questions: HashMap<u32, AskReply>,
    publisher: Publisher,
    read_scene: bool,
    /// The mirror changed since the scene was read.
    scene_stale: bool,
    /// The same of the annotations.
    annotations_stale: bool,
}

/// What woke the task.
enum Wake {
    Command(Option<Command>),
    State(SocketEvent),
    Pixels(SocketEvent),
    Decoded(Option<Decoded>),
    Time,
}

impl Engine {
    pub(crate) fn new(
        address: String,
        commands: mpsc::Receiver<Command>,
        decoder: Option<DecodeThread>,
        read_scene: bool,
    ) -> (Self, Published) {
        let (publisher, published) = publish();
        let engine = Self {
            address,
            commands,
            state: None,
            pixels: None,
            closing: None,
            decoder,
            decoded: VecDeque::new(),
            wishes: HashMap::new(),
            questions: HashMap::new(),
            publisher,
            read_scene,
            scene_stale: false,
            annotations_stale: false,
        };
        (engine, published)
    }

    /// Runs until the client stops for good.
    pub(crate) async fn run(
        mut self,
        make: impl FnOnce(Instant) -> Core,
        canvas: Option<[u32; 2]>,
    ) {
        let clock = Clock::new();
        let mut core = make(clock.now());
        if let Some(canvas) = canvas {
            core.handle(clock.now(), Input::Canvas(canvas));
        }
        loop {
            self.carry_out(&mut core, clock.now());
            let now = clock.now();
            let Some(wake) = core.next_wake(now) else { break };
            let wake = self.wait(wake.since(now).min(IDLE)).await;
            self.woken(&mut core, clock.now(), wake);
        }
        self.publisher.last_stats.send_replace(core.stats().clone());
        if let Some(closing) = self.closing.take() {
            // It ends by itself, within its own timeout.
            let _ = closing.await;
        }
        if let Some(decoder) = self.decoder.take() {
            decoder.finish().await;
        }
    }

    async fn wait(&mut self, time: Duration) -> Wake {
        tokio::select! {
            command = self.commands.recv() => Wake::Command(command),
            event = next_event(&mut self.state) => Wake::State(event),
            event = next_event(&mut self.pixels) => Wake::Pixels(event),
            decoded = next_decoded(&mut self.decoder) => Wake::Decoded(decoded),
            () = tokio::time::sleep(time) => Wake::Time,
        }
    }

    fn woken(&mut self, core: &mut Core, now: Instant, wake: Wake) {
        match wake {
            Wake::Command(Some(command)) => self.command(core, now, command),
            // Nobody holds the client any more.
            Wake::Command(None) => core.handle(now, Input::Leave),
            Wake::State(event) => {
                if let SocketEvent::Closed(_) = event {
                    self.state = None;
                }
                core.handle(now, state_input(event));
            }
            Wake::Pixels(event) => {
                if let SocketEvent::Closed(_) = event {
                    self.pixels = None;
                }
                core.handle(now, pixels_input(event));
            }
            Wake::Decoded(Some(decoded)) => self.decoded(core, now, decoded),
            Wake::Decoded(None) => {
                tracing::error!("the decoding thread has ended");
                self.decoder = None;
            }
            Wake::Time => core.handle(now, Input::Tick),
        }
    }

    fn command(&mut self, core: &mut Core, now: Instant, command: Command) {
        match command {
            Command::Wish { wish, reply } => match core.edit(now, wish) {
                Ok(seq) => {
                    self.wishes.insert(seq, reply);
                }
                Err(error) => answer(reply, Err(error.into())),
            },
            Command::Ask { query, reply } => {
                let room = self.questions.len() < MAX_QUESTIONS;
                match if room { core.ask(query) } else { Err(EditError::TooManyPending) } {
                    Ok(id) => {
                        self.questions.insert(id, reply);
                    }
                    Err(error) => answer(reply, Err(error)),
                }
            }
            Command::Canvas(size) => core.handle(now, Input::Canvas(size)),
            Command::Cursor(position, laser) => core.handle(now, Input::Cursor(position, laser)),
            Command::Stats { reply } => answer(reply, core.stats().clone()),
            Command::Interrupt => {
                self.state.take().into_iter().chain(self.pixels.take()).for_each(Socket::abort);
                core.handle(now, Input::StateClosed(None));
            }
            Command::Leave => core.handle(now, Input::Leave),
        }
    }

    fn decoded(&mut self, core: &mut Core, now: Instant, decoded: Decoded) {
        let Decoded { picture, frame } = decoded;
        let (connection, header) = (picture.connection, picture.header);
        let sequence = header.sequence;
        let input = match frame {
            Ok(frame) => {
                // Of a still, what the last tile made whole.
                let [width, height] = header.canvas;
                let whole = PixelHeader { width, height, tile: None, ..header };
                let header = if header.tile.is_some() { whole } else { header };
                // The core holds fewer: what is older was passed over.
                if self.decoded.len() > MAX_HELD {
                    self.decoded.pop_front();
                }
                self.decoded.extend(frame.map(|frame| DecodedFrame { header, frame }));
                Input::Decoded { connection, sequence }
            }
            Err(Failed) => Input::DecodeFailed { connection, sequence },
        };
        core.handle(now, input);
    }

    /// Does everything that the core wants.
    fn carry_out(&mut self, core: &mut Core, now: Instant) {
        while let Some(output) = core.poll() {
            match output {
                Output::ConnectState => {
                    self.state = Some(Socket::open(self.address.clone(), STATE_PATH));
                }
                Output::ConnectPixels => {
                    self.decoded.clear();
                    self.pixels = Some(Socket::open(self.address.clone(), PIXELS_PATH));
                }
                Output::SendState(text) => {
                    if self.state.as_ref().is_some_and(|socket| !socket.send(text)) {
                        self.state = None;
                        core.handle(now, Input::StateClosed(None));
                    }
                }
                Output::SendPixels(text) => {
                    if self.pixels.as_ref().is_some_and(|socket| !socket.send(text)) {
                        self.pixels = None;
                        core.handle(now, Input::PixelsClosed(None));
                    }
                }
                Output::CloseState(reason) => {
                    if let Some(socket) = self.state.take() {
                        self.closing = Some(socket.close(reason));
                    }
                }
                Output::ClosePixels => self.pixels = None,
                Output::Decode(picture) => {
                    let refused = match &self.decoder {
                        Some(decoder) => decoder.push(picture).err(),
                        None => Some(picture),
                    };
                    if let Some(picture) = refused {
                        let (connection, sequence) = (picture.connection, picture.header.sequence);
                        core.handle(now, Input::DecodeFailed { connection, sequence });
                    }
                }
                Output::Present(header) => self.present(&header),
                Output::Event(event) => self.event(core, event),
            }
        }
        self.publish_scene(core);
    }

    fn present(&mut self, header: &PixelHeader) {
        let is_it = |decoded: &DecodedFrame| decoded.header.sequence == header.sequence;
        let Some(at) = self.decoded.iter().position(is_it) else { return };
        if let Some(frame) = self.decoded.drain(..=at).next_back() {
            self.publisher.frame.send_replace(Some(Arc::new(frame)));
        }
    }

    fn event(&mut self, core: &Core, event: Event) {
        match &event {
            Event::Live(welcome) => {
                self.publisher.me.send_replace(welcome.participant);
                self.publish_scene(core);
                self.publisher.status.send_replace(Status::Live);
            }
            Event::Mirrored { domain: Domain::Scene, .. } => self.scene_stale = true,
            Event::Mirrored { domain: Domain::Annotations, .. } => self.annotations_stale = true,
            Event::Acked(acked) => self.settle(core, acked.seq, Ok(acked.clone())),
            Event::Rejected { seq, reject } => {
                self.settle(core, *seq, Err(EditFailure::Rejected(reject.clone())));
            }
            Event::AnswerLost { seq } => self.settle(core, *seq, Err(EditFailure::AnswerLost)),
            Event::Answer { id, answer: found } => {
                if let Some(reply) = self.questions.remove(id) {
                    answer(reply, Ok(found.clone()));
                }
            }
            Event::Participants(people) => {
                self.publisher.participants.send_replace(people.clone());
            }
            Event::Watching(view) => {
                self.publisher.watching.send_replace(*view);
            }
            Event::Disconnected { .. } => {
                self.forget_questions(EditError::NotConnected);
                self.publisher.status.send_replace(Status::Connecting);
            }
            Event::Stopped(stop) => {
                self.forget_questions(EditError::Stopped);
                self.wishes.clear();
                self.publisher.status.send_replace(Status::Stopped(stop.clone()));
            }
            Event::Fault(message) => tracing::warn!(message, "the server broke the protocol"),
            Event::Late { .. }
            | Event::Cursors(_)
            | Event::Steps { .. }
            | Event::Notice { .. }
            | Event::Stream { .. }
            | Event::Picture { .. } => {}
        }
        // Without a reader there is nobody to tell.
        let _ = self.publisher.events.send(event);
    }

    /// Whoever hears of an ack finds the change in the scene.
    fn settle(&mut self, core: &Core, seq: u64, result: Result<Acked, EditFailure>) {
        self.publish_scene(core);
        if let Some(reply) = self.wishes.remove(&seq) {
            answer(reply, result);
        }
    }

    fn publish_scene(&mut self, core: &Core) {
        if !self.read_scene {
            return;
        }
        if std::mem::take(&mut self.annotations_stale) {
            match core.annotations() {
                Ok(all) => drop(self.publisher.annotations.send_replace(all)),
                Err(error) => tracing::warn!(%error, "the mirror holds no readable annotations"),
            }
        }
        if !std::mem::take(&mut self.scene_stale) {
            return;
        }
        match core.scene() {
            Ok(scene) => {
                self.publisher.scene.send_replace(Some(Arc::new(scene)));
            }
            Err(error) => tracing::warn!(%error, "the mirror holds no readable scene"),
        }
    }

    fn forget_questions(&mut self, error: EditError) {
        self.questions.drain().for_each(|(_, reply)| answer(reply, Err(error)));
    }
}

/// Whoever asked may have gone.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}

async fn next_event(socket: &mut Option<Socket>) -> SocketEvent {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn next_decoded(decoder: &mut Option<DecodeThread>) -> Option<Decoded> {
    match decoder {
        Some(decoder) => decoder.next().await,
        None => std::future::pending().await,
    }
}

fn state_input(event: SocketEvent) -> Input {
    match event {
        SocketEvent::Connected => Input::StateConnected,
        SocketEvent::Text(text) => Input::StateText(text),
        SocketEvent::Binary(bytes) => Input::StateBinary(bytes),
        SocketEvent::Closed(code) => Input::StateClosed(code),
    }
}

fn pixels_input(event: SocketEvent) -> Input {
    match event {
        SocketEvent::Connected => Input::PixelsConnected,
        SocketEvent::Text(text) => Input::PixelsText(text),
        SocketEvent::Binary(bytes) => Input::PixelsBinary(bytes),
        SocketEvent::Closed(code) => Input::PixelsClosed(code),
    }
}
