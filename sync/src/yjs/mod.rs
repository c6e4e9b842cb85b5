//! Standard Yjs clients: the protocols of y-websocket and Hocuspocus, without sockets and clocks.
//!
//! - [`message`], [`hocuspocus`]: frames of the two dialects. [`awareness`]: what awareness updates
//!   hold. `lib0.rs`: the encoding below them.
//! - [`connection`]: the server's end of one document on one connection; `io.rs`: what happens to it,
//!   and what it wants done. `dialect.rs`: what the dialects do differently. `change.rs`: one change
//!   for everybody. [`socket`]: the documents of a Hocuspocus socket, and its tokens.
//! - [`presence`]: everybody's awareness in a session.
//! - [`limits`]: every bound, with its reason.
//!
//! What the documents hold, and what may be written, is not known here (`docs/scene.md`).

pub mod awareness;
mod change;
pub mod connection;
mod dialect;
pub mod hocuspocus;
mod io;
mod lib0;
pub mod limits;
pub mod message;
mod patience;
pub mod presence;
pub mod socket;

pub use change::Change;
pub use connection::Connection;
pub use dialect::{Dialect, Hocuspocus, YWebsocket};
pub use io::{Access, Input, Output, Refusal, UpdateId};
pub use lib0::FrameError;
pub use presence::{Awareness, AwarenessChange, ConnectionId, Identity};
pub use socket::{HocuspocusSocket, SocketInput, SocketOutput};

/// The server's end of a y-websocket connection.
pub type YServer = Connection<YWebsocket>;
