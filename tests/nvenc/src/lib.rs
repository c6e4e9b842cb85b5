//! A shared library with NVENC's two entry points and function table, for tests on machines without
//! such a device. It is strict: versions of structures, order of calls, ownership, what is left over
//! when a session ends. What breaks a rule of NVIDIA's header or programming guide is answered as the
//! driver does, and written down as a violation besides, where a driver would not say a word.
//!
//! H.264 is encoded by openh264 and can be decoded, with the parameter sets as some drivers write
//! them: without a word about reordering. HEVC is offered on request only, and is *not* HEVC: units
//! of the right types around zeros.
//!
//! - [`control`]: devices that tests make, script and ask (exported as `stand_in_…`). Tests in Rust do so
//!   by `nvidia/src/stand_in/`.
//! - `device`: what such a device remembers. `session`: the rules. `coder`: the packets.
//! - `list`: the entry points and the function table. `table`, `setup`, `pictures`: its functions.
//!
//! What this cannot prove: that the driver agrees with these rules, what its packets look like, and
//! that CUDA's memory and contexts are what it is given. `docs/nvidia.md` says so, too.
#![cfg(target_os = "linux")]

mod coder;
pub mod control;
mod device;
mod list;
mod pictures;
mod session;
mod setup;
mod status;
mod table;
