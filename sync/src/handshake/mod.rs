//! How a connection begins, as two machines: no sockets, no clocks, no cryptography.
//!
//! - [`state`]: hello → token verified → established, on the state channel.
//! - [`pixels`]: attach → ticket redeemed → attached, on the pixel channel.
//!
//! Both take inputs with the present instant, answer with outputs to be carried out in order, and
//! end for certain: whoever calls `Tick` at [`ServerHandshake::deadline`] gets a close.

pub mod pixels;
pub mod state;

pub use pixels::{AttachInput, AttachOutput, PixelHandshake};
pub use state::{HandshakeInput, HandshakeOutput, Refusal, ServerHandshake};
