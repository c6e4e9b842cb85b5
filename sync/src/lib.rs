//! The wire, protocol version 1. `docs/protocol.md` is its description; the vectors in
//! `sync/vectors/` are its bytes, which the Rust and the TypeScript tests share.
//!
//! - [`message`]: the JSON messages of the state channel and of the pixel channel.
//! - [`parse`]: reading and writing them, with bounds and coded errors.
//! - [`update`]: the binary mirror update of the state channel.
//! - [`pixel`]: the header before each encoded picture of the pixel channel.
//! - [`handshake`]: how both channels begin, as machines.
//! - [`ticket`]: what binds a pixel channel to its state channel.
//! - [`rate`]: how many intents a participant may send.
//! - [`close`]: why a connection ended.
//! - [`yjs`]: the protocols of standard Yjs clients (y-websocket, Hocuspocus).
//! - [`link`]: what a client is told about its link.
//! - [`limits`]: every bound, with its reason.
//! - `transport` (feature): a WebSocket client. The rest knows no sockets and no clock.

pub mod close;
pub mod handshake;
pub mod limits;
pub mod link;
pub mod message;
pub mod parse;
pub mod pixel;
pub mod rate;
pub mod ticket;
#[cfg(feature = "transport")]
pub mod transport;
pub mod update;
mod wire;
pub mod yjs;

pub use close::CloseReason;
pub use parse::MessageError;
pub use wire::WireError;

/// The protocol that this crate speaks.
pub const PROTOCOL_VERSION: u32 = 2;
/// HTTP path of the state channel.
pub const STATE_PATH: &str = "/v1/state";
/// HTTP path of the pixel channel.
pub const PIXELS_PATH: &str = "/v1/pixels";
