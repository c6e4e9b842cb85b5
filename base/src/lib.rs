//! The words that every Parfocal crate shares, and nothing else.
//!
//! - [`id`]: who and what (participants, layers, views, sources).
//! - [`time`]: a monotonic instant that machines take as an argument.
//! - [`array`]: samples of an n-dimensional image, and the description of one.
//! - [`chunk_key`]: names of chunks.
//! - [`device`]: pictures that stay on the device that painted them.
//! - [`domain`]: the documents of a session.
//! - [`frame`]: rendered pictures, and the counted leases under which they are read.
//!
//! Belongs here: a type that two or more crates need, with no behaviour beyond keeping its own
//! invariant. This crate knows no network, no actors, no CRDT and no file.

pub mod array;
pub mod chunk_key;
pub mod device;
pub mod domain;
pub mod frame;
pub mod id;
pub mod time;

pub use array::{Axis, AxisKind, Chunk, DType, ImageMeta, Level, Samples};
pub use chunk_key::{ChunkIndex, ChunkKey};
pub use device::{DeviceError, OnDevice};
pub use domain::Domain;
pub use frame::{Frame, FrameLease, FrameMeta, FramePool, PixelFormat};
pub use id::{LayerId, ParticipantId, SourceId, ViewId};
pub use time::Instant;
