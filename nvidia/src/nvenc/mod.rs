//! NVENC: the device's encoder, through the driver's library.
//!
//! - [`Api`]: the library, its version, its function table.
//! - [`NvencEncoder`]: a session; it passes the conformance kit of `parfocal_encode`.
//! - [`InputMemory`], [`Surface`]: the memory that it reads, CUDA's with NVIDIA's library.
//! - [`NvencError`], [`Status`], [`Reason`]: why not.

mod api;
mod codec;
mod encoder;
mod limits;
mod picture;
mod probe;
mod session;
mod settings;
mod status;
mod surface;
mod symbols;

pub use self::api::{Api, NEEDED};
pub use self::encoder::{NvencEncoder, Packet};
pub use self::limits::Limits;
pub use self::probe::{Capabilities, capabilities};
pub use self::settings::{Preset, Settings, VideoCodec};
pub use self::status::{NvencError, Status};
pub use self::surface::{CudaMemory, InputMemory, Surface};
pub use crate::fallback::Reason;
