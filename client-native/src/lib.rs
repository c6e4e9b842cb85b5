//! A client without a screen: for tests, measurements and scripts.
//!
//! - [`core`]: the client as a machine: handshake, mirror, pending intents, keyframe gate,
//!   reconnects, statistics. No sockets, no clock, no decoder.
//! - [`client`]: the handle that programs hold; [`link`]: what it connects to.
//! - [`decode`]: from an encoded picture to pixels.
//! - `engine`: the task that drives the core; `socket` and `decode_thread`: its hands.
//!
//! It shows the mirror, never its own wish. This crate knows neither actors nor rendering.

pub mod client;
pub mod core;
pub mod decode;
mod decode_thread;
mod engine;
pub mod link;
mod socket;
mod still;

pub use client::{Client, ClientError, DecodedFrame, EditFailure, Options, Status};
pub use link::{Link, LinkError};
