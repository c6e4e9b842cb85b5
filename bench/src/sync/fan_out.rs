//! One writer, many observers: how long until each has an edit, and until the writer knows that
//! it was taken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::edits::{Writer, marks, polygon};
use super::target::Target;
use super::wire::{Door, Wire};
use crate::stats::{Samples, millis};

/// Edits a second.
const RATE: u32 = 25;
/// Edits before those that are counted.
const WARM: usize = 25;
/// Edits that are counted: with a single observer, p99 rests on three of them.
const EDITS: usize = 300;
/// Annotations that are edited in turn.
const KEYS: usize = 50;
/// What has not come after this time will not.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was measured with one number of observers.
pub(crate) struct FanOut {
    /// From sending to each observer's receipt, milliseconds.
    pub(crate) receipt: Samples,
    /// From sending to the writer's acknowledgement, milliseconds.
    pub(crate) ack: Samples,
    /// The server's processor time for each receipt, microseconds.
    pub(crate) cpu: f64,
    /// Receipts that never came.
    pub(crate) missing: usize,
}

/// Measures with this many observers; `client` is an id that nobody has had in the document.
pub(crate) fn measure(
    target: &Target,
    observers: usize,
    layer: u64,
    client: u64,
) -> Result<FanOut> {
    let log = Arc::new(Log::new(observers));
    let reader = target.reader()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // One word is ever said.
    let (go, wait) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        // The writer has a thread of its own, or it would wait for the observers' frames.
        let edits = log.clone();
        let writing = scope.spawn(move || {
            wait.recv().context("the observers did not get in")?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(write(target, &edits, layer, client))
        });
        let ended = runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for wire in connect(&reader, observers).await? {
                tasks.spawn(observe(wire, log.clone()));
            }
            go.send(()).context("the writer has ended")?;
            let span = (WARM + EDITS) as u32 * Duration::from_secs(1) / RATE;
            // What is missing then is counted.
            timeout(span + PATIENCE, log.done.notified()).await.ok();
            if let Some(Ok(Err(error))) = tasks.try_join_next() {
                return Err(error.context("an observer was lost"));
            }
            target.process().cpu_seconds()
        });
        drop(go);
        let written = writing.join().map_err(|_| anyhow!("the writer panicked"))?;
        let (to, (ack, from)) = (ended?, written?);
        let receipt = log.take();
        let cpu = 1e6 * (to - from) / receipt.count() as f64;
        let missing = (observers * EDITS).saturating_sub(receipt.count());
        Ok(FanOut { receipt, ack, cpu, missing })
    })
}

/// So many readers of the document, one after the other.
pub(crate) async fn connect(door: &Door, count: usize) -> Result<Vec<Wire>> {
    let mut wires = Vec::new();
    for _ in 0..count {
        wires.push(timeout(PATIENCE, Wire::open(door)).await.context("no sync step 2")??.wire);
    }
    Ok(wires)
}

/// When edits were sent, and how long they took.
struct Log {
    sent: Vec<OnceLock<Instant>>,
    receipts: Mutex<Samples>,
    /// Receipts that have not come, those of warm edits included.
    waiting: AtomicUsize,
    done: Notify,
}

impl Log {
    fn new(observers: usize) -> Self {
        Self {
            sent: (0..WARM + EDITS).map(|_| OnceLock::new()).collect(),
            receipts: Mutex::default(),
            waiting: AtomicUsize::new(observers * (WARM + EDITS)),
            done: Notify::new(),
        }
    }

    fn receive(&self, edit: usize, at: Instant) {
        let Some(sent) = self.sent.get(edit).and_then(OnceLock::get) else { return };
        if edit >= WARM {
            let took = at.duration_since(*sent).as_secs_f64() * 1e3;
            self.receipts.lock().unwrap_or_else(PoisonError::into_inner).push(took);
        }
        if self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.done.notify_one();
        }
    }

    fn take(&self) -> Samples {
        std::mem::take(&mut *self.receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes each edit once, when it is first seen; ends when the connection does.
async fn observe(mut wire: Wire, log: Arc<Log>) -> Result<()> {
    let mut next = 0;
    loop {
        let frame = wire.next().await?;
        let now = Instant::now();
        for edit in marks(&frame) {
            if edit >= next {
                next = edit + 1;
                log.receive(edit, now);
            }
        }
    }
}

/// Sends the edits, and answers the times to their acknowledgements, and the server's processor
/// time at the first edit that counts.
async fn write(target: &Target, log: &Log, layer: u64, client: u64) -> Result<(Samples, f64)> {
    let mut wire = Wire::open(&target.writer()?).await?.wire;
    let writer = Writer::new(client);
    let mut beat = interval(Duration::from_secs(1) / RATE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ack, mut cpu) = (Samples::default(), 0.0);
    let (mut sent, mut acked) = (0, 0);
    while acked < log.sent.len() {
        tokio::select! {
            _ = beat.tick(), if sent < log.sent.len() => {
                if sent == WARM {
                    cpu = target.process().cpu_seconds()?;
                }
                let key = format!("edit-{client}-{}", sent % KEYS);
                let update = writer.set(&[(key, polygon(layer, sent))])?;
                let frame = wire.dialect.update(&update);
                log.sent.get(sent).map(|at| at.set(Instant::now()));
                wire.send(frame).await?;
                sent += 1;
            }
            count = wire.acknowledged(&writer, target.acks()) => {
                for _ in 0..count? {
                    let at = log.sent.get(acked).and_then(OnceLock::get);
                    let at = at.context("more acknowledgements than edits")?;
                    if acked >= WARM {
                        ack.push(millis(*at));
                    }
                    acked += 1;
                }
            }
        }
    }
    Ok((ack, cpu))
}
