//! Rate control towards one client whose messages all go over one ordered connection (TCP, a
//! WebSocket): losses cannot be seen, nor what a kernel or a proxy has buffered. All that is known
//! is when each message was handed over, and when the client said that it arrived and was shown.
//!
//! - `control`: [`RateControl`], the machine that the rest of the server talks to.
//!   `admission`: when the link is free again, and so whether a picture may be encoded.
//! - `capacity`: what the link carries. Every picture is a train of packets, so the time that it
//!   took beyond the shortest round trip measures the link, however little is sent.
//!   `spans`: what the last messages waited; `trains`: how fast they came; `beginning`: what the first
//!   ones say.
//! - `decoder`: what the client can decode.
//! - `flight`: messages under way; `way`: the shortest round trip; `line`: what their own length takes;
//!   `window`: extremes and sums over the last seconds.
//! - `link` (feature `model`): bad networks as plain data, for tests.
//!
//! What is measured, what is decided and why: `docs/rate-control.md`.

mod admission;
mod beginning;
mod capacity;
mod control;
mod decoder;
mod flight;
mod line;
#[cfg(feature = "model")]
pub mod link;
mod spans;
mod trains;
mod types;
mod way;
mod window;

pub use control::RateControl;
pub use flight::{MAX_BYTES_IN_FLIGHT, MAX_MESSAGES_IN_FLIGHT, MAX_PICTURES_IN_FLIGHT};
pub use types::{Admission, Kind, RateConfig, Reason, Report, State, Target};

#[cfg(test)]
mod tests;
