//! Blocking work (file reads, decompression) on tokio's blocking threads, a bounded number at a
//! time.
//!
//! Work that waits for its turn is given up when its future is dropped; work that runs is
//! finished, because a thread cannot be interrupted, and its result is thrown away.

use std::sync::{Arc, LazyLock};

use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use crate::error::DataError;

/// Reads at a time per core: one waits for the disk while the other decodes.
const READS_PER_CORE: usize = 2;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Arc::new(Semaphore::new(cores * READS_PER_CORE))
});

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `work` on a blocking thread when its turn comes.
///
/// # Errors
/// What `work` returns, or [`DataError::Stopped`] outside a tokio runtime or if it shuts down.
pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DataError> + Send + 'static,
) -> Result<T, DataError> {
    let stopped = |reason: String| DataError::Stopped(reason);
    let runtime = tokio::runtime::Handle::try_current().map_err(|e| stopped(e.to_string()))?;
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(|e| stopped(e.to_string()))?;
    let task = runtime.spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    let _abort = AbortOnDrop(task.abort_handle());
    task.await.map_err(|e| stopped(e.to_string()))?
}
