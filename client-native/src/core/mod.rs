//! The client as a machine: no sockets, no clock, no decoder.
//!
//! Whoever drives it calls [`Core::handle`] for everything that happens, carries out all that
//! [`Core::poll`] gives, in order, and calls with [`Input::Tick`] at [`Core::next_wake`].
//!
//! - [`event`]: what goes in and comes out.
//! - `state`: the state channel (handshake, mirror, answers, heartbeat, coming back).
//! - `pixels`: the pixel channel (gate, decoding, giving places in flight back).
//! - [`presenter`]: when a decoded picture is shown.
//! - `pending`: what was asked for and has no answer yet.
//! - `gate`, `backoff`, [`latency`], [`stats`], [`histogram`]: one idea each.

mod backoff;
pub mod event;
mod gate;
pub mod histogram;
pub mod latency;
mod pending;
mod pixels;
pub mod presenter;
mod state;
pub mod stats;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::{Instant, ParticipantId, ViewId};
use parfocal_scene::replica::{AnnotationMirror, Mirror, SchemaError};
use parfocal_scene::{Annotations, Scene, Watch};
use parfocal_sync::CloseReason;
use parfocal_sync::message::{ClientMessage, Participant, PixelCodec, Query, Welcome};
use parfocal_sync::rate::IntentRate;

use backoff::Backoff;
pub use event::{Acked, Event, Input, Output, Picture, Stop};
use pending::Pending;
pub use pending::{EditError, Wish};
pub use pixels::MAX_DECODING;
use pixels::Pixels;
use stats::Stats;

/// From the attempt to connect to the first mirror; then the attempt has failed.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Between pings: more often than the heartbeat asks, so that the round trip is fresh.
const PING_EVERY: Duration = Duration::from_secs(2);
/// Between two cursor messages: smooth for the others, and few.
const CURSOR_EVERY: Duration = Duration::from_millis(40);
/// Intents sent at once and per second: below the protocol's bounds, as a network may push
/// messages together and a new connection may find the server's bucket half empty.
const PACE: (u32, u32) = (200, 110);

/// Who the client is and what it wants.
#[derive(Clone)]
pub struct Config {
    /// Name of the session.
    pub session: String,
    /// The signed token.
    pub token: String,
    /// Random; names this client's intents for ever.
    pub client: [u8; 16],
    /// Formats that are decoded, preferred first; empty: no pictures.
    pub codecs: Vec<PixelCodec>,
    /// Whether pictures are decoded; otherwise they are counted, and their places given back.
    pub decode: bool,
    /// Whether intents are held back to stay below the server's rate.
    pub pace: bool,
    /// For the jitter of reconnects.
    pub seed: u64,
}

/// Without the token.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("session", &self.session)
            .field("codecs", &self.codecs)
            .field("decode", &self.decode)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// Where the state channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Connecting, greeting or syncing; fails at `until`.
    Opening { step: Step, until: Instant },
    /// The mirror is up to date.
    Live,
    /// Connects again at `until`.
    Waiting { until: Instant },
    /// For good.
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The socket is being opened.
    Connect,
    /// `welcome` is awaited.
    Greet,
    /// `sync` is awaited; everything up to `answered` was answered.
    Sync { answered: u64 },
}

/// The machine.
pub struct Core {
    config: Config,
    phase: Phase,
    mirror: Mirror,
    annotations: AnnotationMirror,
    /// Whether the mirror holds anything to resume from.
    has_mirror: bool,
    /// Revision of the mirror.
    revision: u64,
    pending: Pending,
    rate: IntentRate,
    pixels: Pixels,
    backoff: Backoff,
    stats: Stats,
    /// Told to the program when the mirror is there too.
    welcome: Option<Welcome>,
    me: ParticipantId,
    participants: Vec<Participant>,
    watching: ViewId,
    heard: Instant,
    ping_at: Instant,
    ping_every: Duration,
    /// Shortest round trip of this connection, and the server's clock minus ours at it.
    clock: Option<(Duration, i64)>,
    /// Sent again on each connection.
    canvas: Option<[u32; 2]>,
    cursor: Cursor,
    /// The watch that was acknowledged last, to ask for again where the server forgot it.
    watched: Option<Watch>,
    watch_checked: bool,
    next_ask: u32,
    out: VecDeque<Output>,
}

#[derive(Clone, Debug, Default)]
struct Cursor {
    position: Option<Vec<f64>>,
    laser: bool,
    dirty: bool,
    sent: Option<Instant>,
}

impl Core {
    /// A client that starts to connect at once.
    pub fn new(now: Instant, config: Config) -> Self {
        let mut core = Self {
            phase: Phase::Stopped,
            mirror: Mirror::new(),
            annotations: AnnotationMirror::new(),
            has_mirror: false,
            revision: 0,
            pending: Pending::default(),
            rate: IntentRate::with_limits(now, PACE.0, PACE.1),
            pixels: Pixels::new(&config),
            backoff: Backoff::new(config.seed),
            stats: Stats::default(),
            welcome: None,
            me: ParticipantId::SERVER,
            participants: Vec::new(),
            watching: ViewId::STAGE,
            heard: now,
            ping_at: now,
            ping_every: PING_EVERY,
            clock: None,
            canvas: None,
            cursor: Cursor::default(),
            watched: None,
            watch_checked: false,
            next_ask: 0,
            out: VecDeque::new(),
            config,
        };
        core.connect(now);
        core
    }

    /// Something happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::StateConnected => self.greet(now),
            Input::StateText(text) => self.state_text(now, &text),
            Input::StateBinary(bytes) => self.state_binary(now, &bytes),
            Input::StateClosed(code) => self.state_closed(now, code),
            Input::PixelsConnected => self.pixels.connected(&mut self.out),
            Input::PixelsText(text) => self.pixels_text(now, &text),
            Input::PixelsBinary(bytes) => self.pixels_binary(now, &bytes),
            Input::PixelsClosed(code) => self.pixels_closed(now, code),
            Input::Decoded { connection, sequence } => self.decoded(now, connection, sequence),
            Input::DecodeFailed { connection, sequence } => {
                self.decode_failed(now, connection, sequence);
            }
            Input::Tick => self.tick(now),
            Input::Canvas(canvas) => {
                self.canvas = Some(canvas);
                self.send_canvas();
            }
            Input::Cursor(position, laser) => {
                (self.cursor.position, self.cursor.laser) = (position, laser);
                self.cursor.dirty = true;
            }
            Input::Leave => self.leave(),
        }
        self.flush(now);
    }

    /// Asks for a change, or for another view. Numbers it; the answer names the number.
    pub fn edit(&mut self, now: Instant, wish: Wish) -> Result<u64, EditError> {
        if self.phase == Phase::Stopped {
            return Err(EditError::Stopped);
        }
        let seq = self.pending.add(now, wish)?;
        self.flush(now);
        Ok(seq)
    }

    /// Asks a question; the answer has the number. It is lost if the connection ends first.
    pub fn ask(&mut self, query: Query) -> Result<u32, EditError> {
        match self.phase {
            Phase::Live => {
                let id = self.next_ask;
                self.next_ask = self.next_ask.wrapping_add(1);
                self.send(&ClientMessage::Ask { id, query });
                Ok(id)
            }
            Phase::Stopped => Err(EditError::Stopped),
            Phase::Opening { .. } | Phase::Waiting { .. } => Err(EditError::NotConnected),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to call with [`Input::Tick`] at the latest.
    pub fn next_wake(&self, now: Instant) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Opening { until, .. } | Phase::Waiting { until } => Some(until),
            Phase::Live => self.live_wake(now),
            Phase::Stopped => return None,
        };
        [phase, self.pending.late_at(), self.pixels.next_wake()].into_iter().flatten().min()
    }

    /// The annotations as their mirror has them; those that cannot be read are left out.
    ///
    /// # Errors
    /// The document is of another version.
    pub fn annotations(&self) -> Result<Annotations, SchemaError> {
        let mut all = Annotations::default();
        for (id, annotation) in self.annotations.annotations()? {
            if let Ok(annotation) = annotation {
                all.set(id, Some(Arc::new(annotation)));
            }
        }
        Ok(all)
    }

    /// The scene as the mirror has it.
    ///
    /// # Errors
    /// [`SchemaError::Empty`] before the first `sync`.
    pub fn scene(&self) -> Result<Scene, SchemaError> {
        self.mirror.scene()
    }

    /// Revision of the mirror.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether the mirror is up to date and edits are sent at once.
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// This client's number in the session.
    pub const fn me(&self) -> ParticipantId {
        self.me
    }

    /// Everybody in the session, as the server said last.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    /// The view that the client is shown.
    pub const fn watching(&self) -> ViewId {
        self.watching
    }

    /// Edits that wait for an answer.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The numbers.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    fn send(&mut self, message: &ClientMessage) {
        self.out.push_back(Output::SendState(message.to_json()));
    }

    fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    fn close(&mut self, reason: CloseReason) {
        self.pixels.close(&mut self.out);
        self.out.push_back(Output::CloseState(reason));
    }
}
