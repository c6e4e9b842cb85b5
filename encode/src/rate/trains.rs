//! Trains of packets: bytes over the time for which they kept the link busy.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

use super::spans::TRAIN_SHORTEST;

/// A train counts from this many bytes …
const TRAIN_BYTES: f64 = 8_000.0;
/// … and seconds; or from many more bytes, where the link is fast: it is not to take longer until
/// enough trains agree that it has become so.
const TRAIN_SECONDS: f64 = 0.010;
const LONG_TRAIN_BYTES: f64 = 64_000.0;
const LONG_TRAIN_SECONDS: f64 = 0.3;
/// Trains that are remembered, and for how long.
const TRAINS: usize = 16;
pub(super) const TRAINS_WINDOW: Duration = Duration::from_secs(3);
/// Trains that must be there.
const ENOUGH: usize = 3;

/// The last trains.
#[derive(Clone, Debug, Default)]
pub(super) struct Trains {
    /// Bits and busy seconds of the train being measured.
    train: (f64, f64),
    trains: VecDeque<(Instant, f64)>,
}

impl Trains {
    /// Adds to the train. It ends when it is long enough.
    pub(super) fn push(
        &mut self,
        now: Instant,
        estimate: f64,
        (bits, busy): (f64, f64),
        queued: bool,
    ) {
        self.train.0 += bits;
        self.train.1 += busy;
        let (bits, busy) = self.train;
        let long_seconds = LONG_TRAIN_SECONDS * estimate / 8.0;
        let long = bits >= long_seconds.clamp(TRAIN_BYTES, LONG_TRAIN_BYTES) * 8.0;
        // Between messages that wait for one another a train goes on a little: receipts may have
        // been held up and arrive together.
        let enough = if queued { 3.0 * TRAIN_SECONDS } else { TRAIN_SECONDS };
        if long || (bits >= TRAIN_BYTES * 8.0 && busy >= enough) {
            self.train = (0.0, 0.0);
            if self.trains.len() >= TRAINS {
                self.trains.pop_front();
            }
            self.trains.push_back((now, bits / busy.max(TRAIN_SHORTEST)));
        }
    }

    /// The rate that three quarters of the trains since `from` stay below.
    pub(super) fn since(&self, from: Instant) -> Option<f64> {
        let mut rates: Vec<f64> =
            self.trains.iter().filter(|&&(at, _)| at >= from).map(|&(_, rate)| rate).collect();
        if rates.len() < ENOUGH {
            return None;
        }
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() * 3 / 4).copied()
    }
}
