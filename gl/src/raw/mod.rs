//! EGL and OpenGL as the drivers have them, opened at run time, behind safe methods: EGL's functions
//! are looked up here, OpenGL's by `glow`.
//!
//! All calls into a driver are made here. What makes them sound: pointers come from slices that
//! outlive the call; mapped memory is lent as a slice that ends with the mapping; an [`Api`] and all
//! that holds one stays on the thread of its context.

pub(crate) mod api;
mod context;
pub(crate) mod egl;
#[cfg(target_os = "linux")]
mod kept;
mod objects;
mod program;

pub(crate) use api::Api;
pub(crate) use context::Context;
#[cfg(target_os = "linux")]
pub(crate) use kept::Kept;
pub(crate) use objects::{Buffer, Mapping, Texture, Usage};
pub(crate) use program::{Fence, Program};
