//! The `parfocal` server: what stands between the supervision tree and the outside.
//!
//! - [`cli`]: the commands; [`config`]: the file, and how both become [`config::Settings`].
//! - [`serve`](mod@serve): opens the data, starts the tree and the listener, prints the links.
//! - [`open`](mod@open): paths on the command line become layers of a session.
//! - [`http`]: the pages, the two WebSockets, health and metrics.
//! - [`ask`]: commands that ask a running server.
//! - [`load`]: many clients of a running server, and what they see.
//! - [`access`]: the secret, tokens and links; [`doctor`]: what this machine can do.
//! - [`telemetry`]: logs and metrics.

pub mod access;
pub mod ask;
pub mod cli;
pub mod config;
pub mod doctor;
mod files;
pub mod http;
pub mod load;
#[cfg(target_os = "linux")]
mod nvidia;
pub mod open;
pub mod serve;
pub mod telemetry;
