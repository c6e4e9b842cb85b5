//! The handle that programs and tests hold.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use parfocal_base::{Frame, ParticipantId, ViewId};
use parfocal_scene::{Annotations, Intent, Reject, Scene, Watch};
use parfocal_sync::message::{Answer, Participant, PixelCodec, Query};
use parfocal_sync::pixel::PixelHeader;
use tokio::sync::{Mutex, broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::core::stats::Stats;
use crate::core::{Acked, Config, Core, EditError, Event, Stop, Wish};
use crate::decode_thread::DecodeThread;
use crate::engine::{Command, Engine, Published};
use crate::link::Link;

/// Commands that the client has not handled yet; past it, callers wait.
const MAX_COMMANDS: usize = 64;

/// What a client does besides mirroring the scene.
#[derive(Clone, Debug)]
pub struct Options {
    /// Formats to ask for, preferred first; empty: no pictures.
    pub codecs: Vec<PixelCodec>,
    /// Whether pictures are decoded; otherwise they are counted, and acknowledged at once.
    pub decode: bool,
    /// Whether each change of the mirror is read as a [`Scene`]; a load generator has no use for
    /// it, and then [`Client::scene`] stays empty.
    pub scene: bool,
    /// Whether intents are held back to stay below the server's rate.
    pub pace: bool,
    /// Writes the H.264 stream that is decoded to this file (Annex B).
    pub record: Option<PathBuf>,
    /// Size in pixels of the place for pictures.
    pub canvas: Option<[u32; 2]>,
    /// Names the client's intents; random where absent.
    pub client: Option<[u8; 16]>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            codecs: vec![PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png],
            decode: true,
            scene: true,
            pace: true,
            record: None,
            canvas: None,
            client: None,
        }
    }
}

/// Why there is no client, or none any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server does not want it, or it was closed.
    #[error("{} ({})", .0.message, .0.code)]
    Stopped(Stop),
    /// The recording or the decoding thread could not be started.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
    /// The system gave no random bytes.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Why an edit was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditFailure {
    /// The server refused it; nothing was changed.
    #[error("{0}")]
    Rejected(Reject),
    /// The server answered while the connection was down: the mirror shows the outcome.
    #[error("the answer was lost with the connection: look at the scene")]
    AnswerLost,
    /// It was not sent.
    #[error(transparent)]
    NotTaken(#[from] EditError),
}

/// A picture, decoded.
#[derive(Debug)]
pub struct DecodedFrame {
    /// What it shows.
    pub header: PixelHeader,
    /// I420 from H.264, RGBA from JPEG and PNG.
    pub frame: Frame,
}

/// Where a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Connecting, or waiting to connect again.
    Connecting,
    /// The mirror is up to date.
    Live,
    /// For good.
    Stopped(Stop),
}

/// A running client. Everything goes on in tasks of its own; dropping this ends them.
pub struct Client {
    commands: mpsc::Sender<Command>,
    published: Published,
    /// What [`Client::next_frame`] has not returned yet.
    unseen: Mutex<watch::Receiver<Option<Arc<DecodedFrame>>>>,
    engine: JoinHandle<()>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Client {
    /// Connects, and waits until the mirror is up to date. Tries again for as long as the server
    /// does not refuse.
    pub async fn connect(link: &Link, options: Options) -> Result<Self, ClientError> {
        let client = Self::start(link, options)?;
        client.live().await?;
        Ok(client)
    }

    /// Begins to connect; call within a tokio runtime.
    pub fn start(link: &Link, options: Options) -> Result<Self, ClientError> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(ClientError::Random)?;
        let (id, seed) = random.split_at(16);
        let config = Config {
            session: link.session.clone(),
            token: link.token.clone(),
            client: options.client.unwrap_or_else(|| id.try_into().unwrap_or_default()),
            codecs: options.codecs,
            decode: options.decode,
            pace: options.pace,
            seed: u64::from_le_bytes(seed.try_into().unwrap_or_default()),
        };
        let wanted = config.decode && !config.codecs.is_empty();
        let decoder = wanted.then(|| DecodeThread::start(options.record.as_deref())).transpose()?;
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let (engine, published) =
            Engine::new(link.address.clone(), receiver, decoder, options.scene);
        let unseen = Mutex::new(published.frame.clone());
        let make = move |now| Core::new(now, config);
        let engine = tokio::spawn(engine.run(make, options.canvas));
        Ok(Self { commands, published, unseen, engine })
    }

    /// Waits until the mirror is up to date.
    pub async fn live(&self) -> Result<(), ClientError> {
        let done = |status: &Status| *status != Status::Connecting;
        match self.until(&self.published.status, done).await? {
            Status::Stopped(stop) => Err(ClientError::Stopped(stop)),
            Status::Connecting | Status::Live => Ok(()),
        }
    }

    /// Asks for a change, and waits for the answer. Then the mirror shows the change.
    pub async fn edit(&self, intent: Intent) -> Result<Acked, EditFailure> {
        self.wish(Wish::Intent(intent)).await
    }

    /// Asks for another view, and waits for the answer.
    pub async fn watch(&self, target: Watch) -> Result<Acked, EditFailure> {
        self.wish(Wish::Watch(target)).await
    }

    async fn wish(&self, wish: Wish) -> Result<Acked, EditFailure> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Wish { wish, reply }).await;
        answer.await.unwrap_or(Err(EditFailure::NotTaken(EditError::Stopped)))
    }

    /// Asks a question, and waits for the answer.
    pub async fn ask(&self, query: Query) -> Result<Answer, EditError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Ask { query, reply }).await;
        answer.await.unwrap_or(Err(EditError::Stopped))
    }

    /// The place for pictures has this width and height in pixels.
    pub async fn canvas(&self, size: [u32; 2]) {
        self.command(Command::Canvas(size)).await;
    }

    /// Points there (world coordinates, one for each axis of the scene), or nowhere; with a laser
    /// pointer, what it shows fades.
    pub async fn cursor(&self, position: Option<Vec<f64>>, laser: bool) {
        self.command(Command::Cursor(position, laser)).await;
    }

    /// Breaks both connections, as a failing network would; the client comes back by itself.
    pub async fn interrupt(&self) {
        self.command(Command::Interrupt).await;
    }

    /// The scene as the mirror has it; `None` before the first one.
    pub fn scene(&self) -> Option<Arc<Scene>> {
        self.published.scene.borrow().clone()
    }

    /// Waits until the mirror shows what `wanted` wants.
    pub async fn wait_for(
        &self,
        mut wanted: impl FnMut(&Scene) -> bool,
    ) -> Result<Arc<Scene>, ClientError> {
        let good = |scene: &Option<Arc<Scene>>| scene.as_ref().is_some_and(|scene| wanted(scene));
        let scene = self.until(&self.published.scene, good).await?;
        scene.ok_or_else(|| self.stopped())
    }

    /// The annotations as their mirror has them.
    pub fn annotations(&self) -> Annotations {
        self.published.annotations.borrow().clone()
    }

    /// Waits until the annotations are as `wanted` wants them.
    ///
    /// # Errors
    /// The client stopped for good.
    pub async fn wait_for_annotations(
        &self,
        mut wanted: impl FnMut(&Annotations) -> bool,
    ) -> Result<Annotations, ClientError> {
        self.until(&self.published.annotations, |all| wanted(all)).await
    }

    /// The latest picture; `None` before the first one.
    pub fn frame(&self) -> Option<Arc<DecodedFrame>> {
        self.published.frame.borrow().clone()
    }

    /// The latest picture that this method has not returned yet; waits for one. Pictures that
    /// come faster than they are asked for are passed over.
    pub async fn next_frame(&self) -> Result<Arc<DecodedFrame>, ClientError> {
        let mut unseen = self.unseen.lock().await;
        unseen.changed().await.map_err(|_| self.stopped())?;
        let frame = unseen.borrow_and_update().clone();
        frame.ok_or_else(|| self.stopped())
    }

    /// Waits until the latest picture is one that `wanted` wants.
    pub async fn wait_frame(
        &self,
        mut wanted: impl FnMut(&PixelHeader) -> bool,
    ) -> Result<Arc<DecodedFrame>, ClientError> {
        let good = |frame: &Option<Arc<DecodedFrame>>| {
            frame.as_ref().is_some_and(|frame| wanted(&frame.header))
        };
        let frame = self.until(&self.published.frame, good).await?;
        frame.ok_or_else(|| self.stopped())
    }

    /// Everybody in the session, as the server said last.
    pub fn participants(&self) -> Vec<Participant> {
        self.published.participants.borrow().clone()
    }

    /// Waits until those in the session are as `wanted` wants.
    pub async fn wait_participants(
        &self,
        mut wanted: impl FnMut(&[Participant]) -> bool,
    ) -> Result<Vec<Participant>, ClientError> {
        self.until(&self.published.participants, |people| wanted(people)).await
    }

    /// This client's number in the session.
    pub fn me(&self) -> ParticipantId {
        *self.published.me.borrow()
    }

    /// The view that the client is shown.
    pub fn watching(&self) -> ViewId {
        *self.published.watching.borrow()
    }

    /// Where the client is.
    pub fn status(&self) -> Status {
        self.published.status.borrow().clone()
    }

    /// Waits for a status that `wanted` wants, such as the loss of the connection.
    pub async fn wait_status(
        &self,
        wanted: impl FnMut(&Status) -> bool,
    ) -> Result<Status, ClientError> {
        self.until(&self.published.status, wanted).await
    }

    /// Everything that happens from now on. A reader that falls behind misses the oldest.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.published.events.subscribe()
    }

    /// The numbers so far; of an ended client those at its end.
    pub async fn stats(&self) -> Stats {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Stats { reply }).await;
        match answer.await {
            Ok(stats) => stats,
            Err(_) => self.published.last_stats.borrow().clone(),
        }
    }

    /// Leaves, and waits until the server was told.
    pub async fn close(self) -> Stats {
        let Self { commands, published, engine, .. } = self;
        let _ = commands.send(Command::Leave).await;
        // Only a panic inside could make this fail, and then there is nothing left to wait for.
        let _ = engine.await;
        published.last_stats.borrow().clone()
    }

    async fn command(&self, command: Command) {
        // An ended client answers by dropping what was to carry the reply.
        let _ = self.commands.send(command).await;
    }

    async fn until<T: Clone>(
        &self,
        receiver: &watch::Receiver<T>,
        wanted: impl FnMut(&T) -> bool,
    ) -> Result<T, ClientError> {
        let mut receiver = receiver.clone();
        let value = receiver.wait_for(wanted).await.map_err(|_| self.stopped())?;
        Ok(value.clone())
    }

    fn stopped(&self) -> ClientError {
        let stop = match self.status() {
            Status::Stopped(stop) => stop,
            Status::Connecting | Status::Live => Stop {
                code: "ended".to_owned(),
                message: "The client's task has ended.".to_owned(),
            },
        };
        ClientError::Stopped(stop)
    }
}
