//! A real server, driven by headless clients.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod annotations;
mod api_access;
mod api_exchange;
mod api_links;
mod api_roles;
mod api_sessions;
mod api_versions;
mod bad_input;
#[cfg(target_os = "linux")]
mod encoders;
mod full_disk;
#[cfg(target_os = "linux")]
mod kept;
mod limits;
mod load;
mod painting;
mod place;
mod recovery;
mod relay;
mod renderers;
mod roles;
mod space;
mod stage;
mod stream;
mod trace;
mod unusable_store;
