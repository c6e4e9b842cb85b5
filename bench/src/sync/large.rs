//! Opening a document with very many annotations.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::edits::{Writer, point};
use super::memory::put;
use super::target::Target;
use super::wire::Wire;
use crate::stats::{Samples, millis};

/// How many.
pub(crate) const ANNOTATIONS: usize = 100_000;
/// Annotations of one update: every server takes a message of that size.
const AT_ONCE: usize = 200;
/// Times that it is opened.
const OPENED: usize = 7;
/// Until a server has put away what filling took, and has saved.
const SETTLE: Duration = Duration::from_secs(12);

/// What was measured.
pub(crate) struct Large {
    /// From connecting to the last byte, milliseconds, of a document that the server holds.
    pub(crate) open: Samples,
    /// From starting the server to the last byte, milliseconds.
    pub(crate) cold: f64,
    /// Of what is sent.
    pub(crate) bytes: usize,
    /// Resident memory of the server that has just started and sent it once, KiB.
    pub(crate) memory: f64,
}

pub(crate) async fn measure(target: &mut Target, layer: u64, client: u64) -> Result<Large> {
    let writer = Writer::new(client);
    let mut wire = Wire::open(&target.writer()?).await?.wire;
    for first in (0..ANNOTATIONS).step_by(AT_ONCE) {
        let values: Vec<_> = (first..first + AT_ONCE).map(|at| point(layer, at)).collect();
        put(target, &mut wire, &writer, &values).await?;
    }
    sleep(SETTLE).await;
    let mut open = Samples::default();
    for _ in 0..OPENED {
        open.push(Wire::open(&target.reader()?).await?.millis);
    }
    drop(wire);
    let start = target.restart()?;
    let opened = Wire::open(&target.reader()?).await?;
    let cold = millis(start);
    let name = point(layer, 0).0;
    let found = opened.frame.windows(name.len()).filter(|bytes| bytes.starts_with(b"point-"));
    let found = found.count();
    ensure!(found == ANNOTATIONS, "it came back with {found} annotations");
    sleep(Duration::from_secs(1)).await;
    Ok(Large { open, cold, bytes: opened.frame.len(), memory: target.process().memory_kib()? })
}
