//! What goes into a rate control and what comes out.

use std::time::Duration;

use parfocal_base::Instant;

use crate::codec::{MAX_BITRATE, MAX_FPS, MAX_SHORT_SIDE, MIN_BITRATE};

/// What a rate control starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateConfig {
    /// What the link is taken to carry before anything was measured, in bit/s.
    pub start_bps: u32,
    /// Least bit rate that is ever aimed at.
    pub min_bps: u32,
    /// Greatest bit rate that is ever aimed at.
    pub max_bps: u32,
    /// The user's own ceiling.
    pub ceiling_bps: Option<u32>,
    /// Greatest frame rate.
    pub max_fps: u32,
    /// Greatest height of a picture in pixels.
    pub max_height: u32,
}

impl Default for RateConfig {
    /// Starts at 2 Mbit/s, which nearly every link carries and which shows 720p; else the bounds
    /// of the encoders.
    fn default() -> Self {
        Self {
            start_bps: 2_000_000,
            min_bps: MIN_BITRATE,
            max_bps: MAX_BITRATE,
            ceiling_bps: None,
            max_fps: MAX_FPS,
            max_height: MAX_SHORT_SIDE,
        }
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A difference picture.
    Frame,
    /// A key picture.
    Key,
    /// A tile of a lossless still. It is not counted as a picture.
    Still,
}

/// Whether a picture may be encoded for this client now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Now,
    /// Not before this instant: what was sent still occupies the link.
    At(Instant),
    /// Not before the client has said something.
    Full(Reason),
}

/// Why no picture may be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Too many pictures are under way.
    Pictures,
    /// Too many bytes are under way.
    Bytes,
    /// The oldest message should have arrived by now: the link is slower than thought, or stalled.
    Late,
    /// TCP begins slowly after a rest, and has not got further yet.
    SlowStart,
    /// Pictures arrived, and wait for the client's decoder.
    Decoder,
    /// The link is occupied by what was sent ([`Admission::At`]).
    Paced,
}

impl Reason {
    /// All of them, in the order of [`Report::refused`].
    pub const ALL: [Self; 6] =
        [Self::Pictures, Self::Bytes, Self::Late, Self::SlowStart, Self::Decoder, Self::Paced];

    /// A stable name, for metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Bytes => "bytes",
            Self::Late => "late",
            Self::SlowStart => "slow_start",
            Self::Decoder => "decoder",
            Self::Paced => "paced",
        }
    }
}

/// What this client could take; what the allocator works from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Bit/s of an encoder made for this client alone.
    pub bitrate_bps: u32,
    /// Most frames a second that its decoder follows.
    pub fps: u32,
    /// Greatest height in pixels that its decoder follows.
    pub max_height: u32,
}

/// How the link does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Less is sent than the link carries: the estimate is kept.
    #[default]
    Idle,
    /// The link is used, and carries it.
    Steady,
    /// The link is used, carries it, and might carry more.
    Growing,
    /// A queue built up; the rate was lowered a moment ago.
    Congested,
    /// The oldest message is late.
    Stalled,
}

impl State {
    /// A stable name, for the page and for metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Steady => "steady",
            Self::Growing => "growing",
            Self::Congested => "congested",
            Self::Stalled => "stalled",
        }
    }
}

/// What there is to tell about one client's link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Estimated capacity in bit/s; [`Target::bitrate_bps`] is a little less.
    pub estimate_bps: u32,
    /// Shortest round trip of the last seconds.
    pub min_rtt: Duration,
    /// How long messages have lately waited beyond the shortest round trip and their own length.
    pub queue: Duration,
    /// Mean deviation of that, which is not taken for a queue.
    pub jitter: Duration,
    /// Bytes sent and not yet received.
    pub bytes_in_flight: usize,
    /// Messages sent and not yet shown.
    pub messages_in_flight: usize,
    /// Bytes sent in the last second, as bit/s.
    pub sent_bps: u32,
    /// Whether less was sent than the link would take.
    pub application_limited: bool,
    /// Mean time that decoding a picture takes.
    pub decode: Duration,
    /// How the link does.
    pub state: State,
    /// How often a picture was refused, in the order of [`Reason::ALL`].
    pub refused: [u64; 6],
}
