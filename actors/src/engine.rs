//! What the server's front sees of the tree: start, open a session, join, attach, stop.
//!
//! - [`Connection`]: who has joined. [`PixelChannel`]: who gets pictures.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parfocal_auth::Grant;
use parfocal_base::time::Clock;
use parfocal_data::ChunkCache;
use parfocal_render::Budget;
use parfocal_scene::Limits;
use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::PeopleLimits;
use parfocal_sync::message::Hello;
use parfocal_sync::ticket::Tickets;
use parking_lot::{Mutex, RwLock};
use ractor::{Actor, ActorRef, ActorStatus, call_t};

mod connection;
mod pixel_channel;

pub use self::connection::Connection;
pub use self::pixel_channel::PixelChannel;

use crate::address::Address;
use crate::admin::{Kind, Unsaved};
use crate::budget::Encoders;
use crate::painter::{Found, GlDevices, Renderer};
use crate::renderers::Renderers;
use crate::root::{Opening, RootActor, RootMsg, client_id};
use crate::session::board::Board;
use crate::session::member::Who;
use crate::session::scene::{Resume, SceneMsg};
use crate::session::supervisor::close_all;
use crate::shared::{Images, Shared};
use crate::store::InUse;
use crate::trace::Trace;
use crate::video;

/// Waiting for the root, in milliseconds: it starts actors, and does nothing slow itself but to
/// load a session.
const ROOT_TIMEOUT_MS: u64 = 15_000;

/// What stopping may take: the commit of a slow disk, many times over.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How the tree is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The store's file.
    pub store: PathBuf,
    /// Bytes of decoded chunks kept in memory.
    pub cache_bytes: u64,
    /// Threads that paint.
    pub render_threads: usize,
    /// What paints.
    pub renderer: Renderer,
    /// On which devices of OpenGL, if that is not left to the server.
    pub gl_devices: Option<GlDevices>,
    /// What encodes video.
    pub encoder: video::Choice,
    /// Hardware to encode with.
    pub hardware: video::Source,
    /// Bits per second of a 1280 × 720 rendition; other sizes in proportion.
    pub bitrate_720p: u32,
    /// How much people may draw in one session.
    pub limits: Limits,
    /// How many people, and how fast each.
    pub people: PeopleLimits,
    /// The file that a trace is written to, if one is wanted.
    pub trace: Option<PathBuf>,
}

/// Why the tree could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(String);

/// The running tree.
#[derive(Clone)]
pub struct Engine {
    pub(crate) root: ActorRef<RootMsg>,
    pub(crate) shared: Arc<Shared>,
}

impl Engine {
    /// Starts store, data and renderers.
    ///
    /// # Errors
    /// What could not be started, e.g. a store in use by another process, or OpenGL where it is
    /// asked for and missing.
    pub async fn start(config: Config) -> Result<Self, EngineError> {
        let clock = Clock::new();
        let begin = |path: PathBuf| {
            let cannot = |error| format!("cannot write the trace {}: {error}", path.display());
            Trace::begin(&path, clock).map_err(|error| EngineError(cannot(error)))
        };
        let trace = config.trace.map(begin).transpose()?;
        let (renderer, devices) = (config.renderer, config.gl_devices);
        let find = move || Found::open(renderer, devices.as_ref());
        let found = tokio::task::spawn_blocking(find).await;
        let found = found.map_err(|error| EngineError(error.to_string()))?;
        let found = found.map_err(|error| EngineError(format!("OpenGL cannot paint: {error}")))?;
        let cache = usize::try_from(config.cache_bytes).unwrap_or(usize::MAX);
        let budget = Budget::new(cache, found.memory);
        let (choice, hardware) = (config.encoder, config.hardware);
        let open = move || video::Encoders::open(choice, &hardware, clock);
        let opened = tokio::task::spawn_blocking(open).await;
        let video = opened.map_err(|error| EngineError(error.to_string()))?;
        let video = video.map_err(|failure| {
            EngineError(format!(
                "NVENC cannot encode: {failure} (--encoder auto starts without it)"
            ))
        })?;
        let shared = Arc::new(Shared {
            clock,
            trace: trace.unwrap_or_default(),
            images: Arc::new(Images::default()),
            cache: ChunkCache::new(config.cache_bytes),
            store: Address::default(),
            data: Address::default(),
            renderers: Arc::new(Renderers::new(found, &video.keep, clock)),
            bitrate_720p: config.bitrate_720p,
            limits: config.limits,
            people: config.people,
            budget,
            histograms: Mutex::default(),
            render_threads: config.render_threads,
            encoders: Encoders::new(config.render_threads),
            video,
            tickets: Mutex::new(Tickets::default()),
            sessions: RwLock::default(),
            store_in_use: InUse::default(),
            scratch: config.store.parent().map_or_else(std::env::temp_dir, PathBuf::from),
            catalogue: RwLock::new(Arc::from([])),
            revocations: tokio::sync::RwLock::default(),
        });
        let root = RootActor { shared: Arc::clone(&shared), store: config.store };
        let started = Actor::spawn(None, root, ()).await;
        let (root, _) = started.map_err(|error| EngineError(deepest(&error)))?;
        Ok(Self { root, shared })
    }

    /// What all actors share.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Opens a session that is not open, as it was saved, and adds the layers that it lacks.
    ///
    /// # Errors
    /// When its journal cannot be read.
    pub async fn open_session(&self, opening: Opening) -> Result<Arc<Board>, EngineError> {
        let opened = call_t!(self.root, RootMsg::OpenSession, ROOT_TIMEOUT_MS, opening);
        opened.map_err(|error| EngineError(error.to_string()))?.map_err(EngineError)
    }

    /// The open session of this name.
    pub fn session(&self, name: &str) -> Option<Arc<Board>> {
        self.shared.sessions.read().get(name).cloned()
    }

    /// Whether everybody can do everything: sessions can be opened, joined and edited. Else why not,
    /// in a sentence for an operator; who is here goes on looking.
    ///
    /// # Errors
    /// What fails now, and may be well in a moment.
    pub fn readiness(&self) -> Result<(), String> {
        let sessions = self.shared.sessions.read();
        if self.root.get_status() != ActorStatus::Running {
            return Err("the server is stopping".to_owned());
        }
        let unsaved = sessions.values().find_map(|board| *board.unsaved.lock());
        if let Some(Unsaved { why, .. }) = unsaved {
            return Err(format!("edits are refused, since {why}"));
        }
        if !self.shared.store.is_alive() {
            return Err("edits are refused, since the store is not open; the log says why".into());
        }
        let restarting = sessions.iter().find(|(_, board)| !board.scene.is_alive());
        restarting.map_or(Ok(()), |(name, _)| Err(format!("session {name} is being restarted")))
    }

    /// A connection with a good hello joins its session. Its welcome comes out of the outbox.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn join(&self, hello: Hello, grant: Grant) -> Result<Connection, CloseReason> {
        let session = grant.identity.session.clone();
        let board = self.find(&session).await.map_err(|error| match error.kind {
            Kind::NotFound => CloseReason::Unauthorized,
            _ => CloseReason::Internal,
        })?;
        let client = client_id(&hello.client).ok_or(CloseReason::BadMessage)?;
        // Every format of the protocol can be encoded; the first is the one that the client prefers.
        let codec = hello.codecs.first().copied();
        let expires = grant.expires;
        let member = board.enter(client, Who::of(grant), codec)?;
        let connection = Connection::open(self, board, member, expires).await?;
        // It may have been withdrawn between the handshake and now.
        self.admit(&connection.member.grant).await.map_err(|error| match error.code {
            "token_revoked" => CloseReason::Revoked,
            _ => CloseReason::Internal,
        })?;
        let resume = Resume::of(&hello);
        let ticket = connection.mint_ticket()?;
        let (member, scene) = (Arc::clone(&connection.member), &connection.board.scene);
        if scene.send(SceneMsg::Join { member, resume, ticket }) {
            Ok(connection)
        } else {
            Err(CloseReason::Internal)
        }
    }

    /// The pixel channel that a ticket opens; it works once.
    pub fn attach(&self, ticket: &str) -> Option<PixelChannel> {
        let now = self.shared.clock.now();
        let (board, member) = self.shared.tickets.lock().redeem(now, ticket)?;
        Some(PixelChannel::attach(board, member, now))
    }

    /// Waits until the tree has ended, which it does not by itself while it can do its work.
    pub async fn ended(&self) {
        self.root.wait(None).await.ok();
    }

    /// Tells every client to come back later, and ends the tree after the journal is written, or
    /// could not be for [`STOP_TIMEOUT`].
    pub async fn stop(&self) {
        let boards: Vec<_> = self.shared.sessions.read().values().cloned().collect();
        for board in &boards {
            close_all(board, CloseReason::GoingAway);
        }
        let flush = async {
            for board in &boards {
                board.flush().await.ok();
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, flush).await.is_err() {
            tracing::error!("the last changes could not be saved in time");
        }
        self.root.stop_and_wait(None, Some(STOP_TIMEOUT)).await.ok();
        let trace = self.shared.trace.clone();
        tokio::task::spawn_blocking(move || trace.end()).await.ok();
        // Whoever starts the server again finds the file free.
        tokio::time::timeout(STOP_TIMEOUT, self.shared.store_in_use.write()).await.ok();
    }
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), deepest)
}
