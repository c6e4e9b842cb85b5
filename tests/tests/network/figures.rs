//! What a run over a link was like.

use std::fmt;
use std::time::{Duration, Instant};

use parfocal_tests::relay::{Direction, Relay};

use crate::rig::{Seen, Viewer};

/// What waits longer before the bottleneck waits in a queue: three pictures of the slowest link,
/// where one takes 34 ms (with the full rates of the simulation it takes a quarter of that).
const QUEUED: Duration = Duration::from_millis(100);
/// Without anything that waits so long for so long the queue is gone.
const SETTLED: Duration = Duration::from_secs(1);
/// Over which time rates are counted.
const RATE_OVER: Duration = Duration::from_secs(1);

/// What one viewer saw, and what the bottleneck before them saw.
pub(crate) struct Run {
    /// When the link began.
    pub(crate) begun: Instant,
    pub(crate) pictures: Vec<Seen>,
    /// What came to the bottleneck waited so long for what came before it.
    waits: Vec<(Instant, Duration)>,
}

impl Run {
    /// All that has come since `begun`.
    pub(crate) fn of(viewer: &Viewer, relay: Option<&Relay>, begun: Instant) -> Self {
        let mut pictures = viewer.pictures();
        pictures.retain(|seen| seen.at >= begun);
        let waits = relay.map(|relay| relay.waits(Direction::Down)).unwrap_or_default();
        let waits = waits.into_iter().map(|(at, wait)| (at.into_std(), wait));
        Self { begun, pictures, waits: waits.filter(|&(at, _)| at >= begun).collect() }
    }

    /// From `from` milliseconds on until `to`.
    pub(crate) fn between(&self, from: u64, to: u64) -> Figures {
        let [from, to] = [from, to].map(|ms| self.begun + Duration::from_millis(ms));
        let pictures: Vec<_> =
            self.pictures.iter().filter(|seen| seen.at >= from && seen.at < to).collect();
        let waits = || self.waits.iter().filter(|(at, _)| *at >= from && *at < to);
        let ages = || pictures.iter().map(|seen| seen.age);
        let gaps = pictures.windows(2).map(|pair| pair[1].at - pair[0].at);
        let seconds = (to - from).as_secs_f64();
        let bytes: usize = pictures.iter().map(|seen| seen.bytes).sum();
        Figures {
            keys: pictures.iter().filter(|seen| seen.header.key).count(),
            fps: pictures.len() as f64 / seconds,
            bps: bytes as f64 * 8.0 / seconds,
            queue: [0.5, 0.95].map(|q| quantile(waits().map(|&(_, wait)| wait), q)),
            age: [0.5, 0.95].map(|q| quantile(ages(), q)),
            freeze: gaps.max().map_or(f64::INFINITY, millis),
        }
    }

    pub(crate) fn from(&self, from: u64) -> Figures {
        let last = self.pictures.last().map_or(0, |seen| (seen.at - self.begun).as_millis());
        self.between(from, u64::try_from(last).unwrap_or(0).max(from + 1))
    }

    /// Milliseconds from `from` (in milliseconds) to the end of the queue.
    pub(crate) fn settle(&self, from: u64) -> f64 {
        let from = self.begun + Duration::from_millis(from);
        let mut settled = from;
        for &(at, _) in self.waits.iter().filter(|&&(at, wait)| at > from && wait > QUEUED) {
            if at > settled + SETTLED {
                break;
            }
            settled = at;
        }
        millis(settled - from)
    }

    /// Milliseconds from `from` (in milliseconds) until the pictures of a second have `bps` bits.
    pub(crate) fn recovery(&self, from: u64, bps: f64) -> f64 {
        let from = self.begun + Duration::from_millis(from);
        let reached = self.pictures.iter().filter(|seen| seen.at > from).find(|last| {
            let within = |seen: &&Seen| seen.at + RATE_OVER > last.at && seen.at <= last.at;
            let bytes: usize = self.pictures.iter().filter(within).map(|seen| seen.bytes).sum();
            bytes as f64 * 8.0 / RATE_OVER.as_secs_f64() >= bps
        });
        reached.map_or(f64::INFINITY, |seen| millis(seen.at - from))
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Milliseconds that the `q`th part of all does not exceed.
fn quantile(values: impl Iterator<Item = Duration>, q: f64) -> f64 {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    let at = ((values.len() as f64 * q) as usize).min(values.len().saturating_sub(1));
    values.get(at).copied().map_or(0.0, millis)
}

/// Some seconds of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) keys: usize,
    /// Pictures a second.
    pub(crate) fps: f64,
    /// Bits a second.
    pub(crate) bps: f64,
    /// Milliseconds before the bottleneck that half of all, and 95 of 100, waited at most.
    pub(crate) queue: [f64; 2],
    /// Milliseconds from the server's reading of the scene to the arrival.
    pub(crate) age: [f64; 2],
    /// Longest time without a picture, in milliseconds.
    pub(crate) freeze: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, fps, bps, queue, age, freeze } = self;
        write!(
            f,
            "{fps:.0} pictures/s ({keys} keys), {:.2} Mbit/s, queue p50 {:.0} p95 {:.0} ms, age \
             p50 {:.0} p95 {:.0} ms, longest gap {freeze:.0} ms",
            bps / 1e6,
            queue[0],
            queue[1],
            age[0],
            age[1],
        )
    }
}
