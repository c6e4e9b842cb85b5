//! Draw lists painted on a GPU: OpenGL 4.3 compute shaders, on EGL without a window.
//!
//! The same draw list as the CPU renderer's gives the same picture, within [`TOLERANCE`]. The way of
//! a picture:
//!
//! 1. [`GlRenderer`] is the handle: it may go to any thread, and owns the one on which all happens.
//!    Where the context is lost it opens another. [`open_gpus`] makes one for each GPU.
//! 2. [`Gl`] owns a context (`context` finds the device) and all that lives in it.
//! 3. `patches` and `marks` turn layers into operations of a `batch`: numbers that shaders read, and
//!    what to run. `taps` finds the texels of each pixel; `lut` makes tables of colours.
//!    `volumes` does so with what is seen along rays.
//! 4. `memory` holds the samples that are read, as `bricks` of chunks, within a bound
//!    (`residents`, `pool`); `staging` is their way to the device.
//! 5. The shaders in `src/shaders/` paint into a texture. `output` reads it back, as RGBA or I420;
//!    or it stays on the device (`keep`), where encoders of that device read it.
//!
//! The steps of a picture ([`Picture`]), [`Scratch`] and losses are for `examples/golden`, which
//! measures and drills, and for tests.
//!
//! `raw` makes all calls into drivers; it and the handle hold the crate's only unsafe code.

mod batch;
mod bricks;
mod context;
mod error;
mod gl;
mod gpus;
#[cfg(target_os = "linux")]
mod keep;
mod limits;
mod lut;
mod marks;
mod memory;
mod output;
mod patches;
mod pool;
mod raw;
mod renderer;
mod residents;
mod scratch;
mod sprites;
mod staging;
mod taps;
mod volumes;

pub use context::{Candidate, Choice, Description, Listed, candidates, devices};
pub use error::GlError;
pub use gl::{Gl, Picture};
pub use gpus::open_gpus;
pub use limits::{Bounds, TOLERANCE, Usage};
pub use raw::api::Live;
pub use renderer::GlRenderer;
pub use scratch::Scratch;
