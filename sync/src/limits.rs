//! Bounds of the protocol. Both ends keep them; the server answers an excess with a coded error.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The first message must arrive within this time, or the socket is closed: an idle stranger
/// costs a file handle and nothing more.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// A client says something (a ping, if nothing else) at least this often.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// Silence after which an end is taken for dead: three heartbeats.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(15);
/// Largest message on a state channel from a client that was let in, in bytes: a polygon with as
/// many vertices as one may have (10,000), each with two coordinates in full precision and two that
/// are positions on an axis. A server keeps one such message of a client while it comes, and
/// [`MAX_WORK_BYTES`] that are worked on: 4.5 MiB for each client.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 512 * 1024;
/// Bytes of one client's messages that are worked on at a time; its socket is not read meanwhile.
pub const MAX_WORK_BYTES: usize = 4 * 1024 * 1024;
/// Largest first message of a channel, and largest message on a pixel channel from either end, in
/// bytes. A hello with a token and a resume vector of thousands of epochs fits.
pub const MAX_SMALL_MESSAGE_BYTES: usize = 64 * 1024;
/// Largest message from the server in bytes: the whole scene document, or one 4K still.
pub const MAX_SERVER_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// Longest token in bytes; a signed token with our claims takes about 300.
pub const MAX_TOKEN_BYTES: usize = 4 * 1024;
/// Intents of one participant per second, sustained: 60 for each of two things dragged at once.
pub const INTENTS_PER_SECOND: u32 = 120;
/// Intents accepted at once after silence: the replay of a second offline.
pub const INTENT_BURST: u32 = 240;
/// Intents that a client keeps without an answer before it stops accepting edits.
pub const MAX_PENDING_INTENTS: usize = 512;
/// Most participants of one session: the load the product is built for (500 viewers), and some
/// room.
pub const MAX_PARTICIPANTS: usize = 600;
/// An intent without an answer after this time is shown as late.
pub const LATE_AFTER: Duration = Duration::from_millis(250);
/// A ticket binds a pixel channel to its state channel once, within this time.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);
/// Tickets that wait for their pixel channel at a time: one per client that is just connecting.
/// Past it, a welcome has to wait.
pub const MAX_TICKETS: usize = 4096;
/// Longest name of a session in bytes: it stands in a link, and in the list of tabs.
pub const MAX_SESSION_BYTES: usize = 128;
/// Axes of a scene; bounds the coordinates of a cursor.
pub const MAX_AXES: usize = 16;
/// Longest ticket that is looked at; ours have 32 bytes.
pub const MAX_TICKET_BYTES: usize = 128;
/// Formats in a hello; there are three, and a newer client may know some more.
pub const MAX_CODECS: usize = 16;
/// Largest whole number that a JavaScript `number` holds exactly; bounds `seq`.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
/// A client that still misses its key picture after this time asks again.
pub const KEYFRAME_RETRY: Duration = Duration::from_millis(500);

/// How many people there may be in a session, and how fast each may edit. An excess is refused
/// with a code, and a message that names the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeopleLimits {
    /// Participants of one session at a time. Default, and most, [`MAX_PARTICIPANTS`].
    pub participants: usize,
    /// Intents of one participant per second, sustained; twice as many at once after silence.
    /// Default [`INTENTS_PER_SECOND`], at which clients hold themselves back.
    pub intents_per_second: u32,
}

impl Default for PeopleLimits {
    fn default() -> Self {
        Self { participants: MAX_PARTICIPANTS, intents_per_second: INTENTS_PER_SECOND }
    }
}
