//! Bounds of the protocol. Both ends keep them; the server answers an excess with a coded error.

use std::time::Duration;

/// The first message must arrive within this time, or the socket is closed: an idle stranger
/// costs a file handle and nothing more.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// A client says something (a ping, if nothing else) at least this often.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// Silence after which an end is taken for dead: three heartbeats.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(15);
/// Largest message from a client in bytes. A hello with a token and a resume vector of thousands
/// of epochs fits; no intent comes near.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 64 * 1024;
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
