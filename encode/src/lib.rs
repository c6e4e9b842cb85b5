//! Codecs: frames in, packets out.
//!
//! - [`codec`]: the [`Encoder`] trait, its settings, packets, errors and bounds.
//! - [`h264`]: software H.264, low delay. Its `raw` module is the crate's only unsafe code.
//! - [`jpeg`] with [`quality`]: motion for browsers without video; [`png`]: lossless stills.
//! - [`still`]: lossless stills in tiles, for views at rest.
//! - [`sps`] with [`vui`], [`nal`] and `bits`: the parameter set, rewritten so that decoders show
//!   every picture at once.
//! - [`convert`]: RGBA ↔ I420, and the formula that every crate follows.
//! - [`rate`]: what one client's link and decoder take; when a picture may be encoded for it.
//! - [`allocate`]: which viewers of one view share which encoder, at what size and rate.
//! - [`scale`]: smaller pictures for slower links.
//! - [`decode`]: software H.264 decoding, for clients without a browser.
//! - [`capability`]: what this build can do.
//! - `conformance` (feature `conformance`): what every encoder must pass.
//!
//! To add a codec: implement [`Encoder`], run the conformance kit over it, list it in
//! [`capability`]. This crate knows no network, no actors, no scene and no clock.

pub mod allocate;
mod bits;
pub mod capability;
pub mod codec;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod convert;
pub mod decode;
pub mod h264;
pub mod jpeg;
pub mod nal;
pub mod png;
pub mod quality;
pub mod rate;
pub mod scale;
pub mod sps;
pub mod still;
pub mod vui;

pub use capability::{Capability, capabilities};
pub use codec::{Codec, EncodeError, EncodedPacket, Encoder, EncoderConfig};
pub use decode::{DecodeError, Decoder};
pub use h264::H264Encoder;
pub use jpeg::JpegEncoder;
pub use png::PngEncoder;
pub use scale::Scaler;
