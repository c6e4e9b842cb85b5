//! NVIDIA devices: pictures that are converted and encoded where they were painted.
//!
//! Everything is opened at run time, so that one program starts on machines with and without a
//! driver; what is missing, too old or refused is an error that says what to do.
//!
//! - [`cuda`]: devices, leases of pictures, RGBA → NV12 or I420 with scaling, GL textures and pictures
//!   of them that stay, read-back.
//! - [`nvenc`]: H.264 and HEVC by the device's encoder.
//! - [`nvjpeg`]: JPEG on the device.
//! - [`fallback`]: what to do when NVENC fails, and when to try it again.
//! - [`reference`]: the kernels' arithmetic on the CPU.
//! - `stand_in` (feature `stand-in`, which no crate of the product asks for): devices without hardware,
//!   for tests.
//!
//! The server uses [`nvenc`] for H.264 with [`fallback`], from pictures that stay where they were painted
//! ([`cuda::DevicePicture`]) or come from the host's memory, and asks [`nvjpeg`] for its version. JPEG
//! and HEVC it does not make here. `examples/h200` runs everything, holds it against [`mod@reference`]
//! and measures it.
//!
//! There is something to open on Linux only; elsewhere the crate is [`fallback`] alone.
//! `docs/nvidia.md` says what of this was proven on hardware. Knows no scene, no actors, no clock.

#[cfg(target_os = "linux")]
pub mod cuda;
pub mod fallback;
#[cfg(target_os = "linux")]
pub mod nvenc;
#[cfg(target_os = "linux")]
pub mod nvjpeg;
#[cfg(target_os = "linux")]
pub mod reference;
#[cfg(all(target_os = "linux", feature = "stand-in"))]
pub mod stand_in;
