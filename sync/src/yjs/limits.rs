//! Bounds for standard Yjs clients. What is past one is answered, not closed: every close makes
//! most providers come back at once, with the same bytes.

use std::time::Duration;

/// Longest frame in bytes that is looked at: the longest update that the gate for foreign writers
/// takes (4 MiB), and what stands before it. A longer one is answered with a denial.
pub const MAX_FRAME_BYTES: usize = (4 << 20) + 1024;
/// Longest message in bytes that the socket reads at all; past it nothing but a close (1009) is
/// left. Four times [`MAX_FRAME_BYTES`], so that what is merely too long still gets its answer.
pub const MAX_SOCKET_MESSAGE_BYTES: usize = 16 << 20;
/// Messages in one frame. Providers send one.
pub const MAX_MESSAGES: usize = 64;
/// Longest state vector in bytes; some 5000 clients that have written.
pub const MAX_STATE_VECTOR_BYTES: usize = 64 << 10;
/// Longest name of a document in bytes, with what Hocuspocus may add for several of one name.
pub const MAX_ADDRESS_BYTES: usize = 256;
/// Longest token in bytes, as on the state channel.
pub const MAX_TOKEN_BYTES: usize = crate::limits::MAX_TOKEN_BYTES;
/// Longest stateless message of Hocuspocus in bytes; none has a meaning here.
pub const MAX_STATELESS_BYTES: usize = 64 << 10;

/// Entries in one awareness update: a provider sends back all that it has heard.
pub const MAX_AWARENESS_ENTRIES: u64 = 4096;
/// Longest awareness state in bytes: a name, a colour, a cursor, a selection of some hundred ids.
pub const MAX_AWARENESS_STATE_BYTES: usize = 8 << 10;
/// An awareness entry that was not renewed for this long is removed; clients renew it twice as often.
pub const AWARENESS_TIMEOUT: Duration = Duration::from_secs(30);
/// Awareness updates of one connection in a second, sustained; those past it are passed over, and
/// a renewal brings the state 15 s later.
pub const AWARENESS_PER_SECOND: u32 = 60;
/// Awareness updates at once after silence.
pub const AWARENESS_BURST: u32 = 120;
/// Client ids of connections that have ended that are remembered, so that nobody else takes them.
pub const MAX_DEPARTED: usize = 1024;

/// Updates of one connection that are with the gate, or admitted and not yet journalled.
pub const MAX_UNANSWERED: usize = 64;
/// The bytes of those that are with the gate: two of the longest. Read no frame while there are
/// more.
pub const MAX_UNANSWERED_BYTES: usize = 8 << 20;
/// Refusals (and frames that are not understood) within [`DEAF_FOR`] after which a connection's
/// updates are denied unread: a refusal may have cost the gate its shadow.
pub const DEAF_AFTER: u32 = 8;
/// How long they are.
pub const DEAF_FOR: Duration = Duration::from_secs(60);
/// State vectors of one connection that are answered in a second, sustained: each costs a walk
/// over the document. One past it waits; a later one takes its place.
pub const DIFFS_PER_SECOND: u32 = 1;
/// State vectors that are answered at once after silence.
pub const DIFF_BURST: u32 = 8;
/// Something is sent at least this often: providers give a connection up after 30 s in which no
/// message came, and WebSocket pings do not count.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Frames that wait while a token is verified: a provider sends two at once, and a batch of edits.
pub const MAX_WAITING_FRAMES: usize = 64;
/// Their bytes.
pub const MAX_WAITING_BYTES: usize = 5 << 20;
/// A socket on which no token was good after this time is closed: fetching one may take a while.
pub const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(15);
/// Documents of one Hocuspocus socket: a session has two, and a program may open each several times.
pub const MAX_DOCUMENTS: usize = 8;
