//! The rig that the tests of the whole share.
//!
//! - [`api`]: asks a server over HTTP.
//! - `card`: a card that encodes, of a library that stands in for NVENC.
//! - [`counter`]: pictures that say which one they are.
//! - [`files`]: small images that are made for a test.
//! - [`lab`]: a server within the test's process, and clients of it.
//! - [`process`]: the `parfocal` program itself, to be killed and started again.
//! - [`relay`]: a bad network between them.
//! - [`picture`]: what a client sees, held against the slow reference renderer.
//!
//! Tests are named after what a user does or sees. Nothing sleeps: each wait is for an event, and
//! [`within`] bounds it.

use std::time::Duration;

pub mod api;
#[cfg(target_os = "linux")]
pub mod card;
pub mod counter;
pub mod draw;
pub mod files;
pub mod lab;
pub mod picture;
pub mod process;
pub mod relay;

pub use lab::Lab;

/// How long an event may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `event`, and fails with `what` if it does not come.
///
/// # Panics
/// When it does not come in time.
#[expect(clippy::panic, reason = "a test's own failure")]
pub async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(value) => value,
        Err(_) => panic!("did not happen within {PATIENCE:?}: {what}"),
    }
}
