//! When the link is free again, and so whether a picture may be encoded.

use std::time::Duration;

use parfocal_base::Instant;

use super::control::{FIRST_ALONE, seconds};
use super::flight::{MAX_BYTES_IN_FLIGHT, MAX_PICTURES_IN_FLIGHT};
use super::{Admission, RateControl, Reason};

/// What may still occupy the link when a picture is encoded, in seconds.
const BACKLOG_PICTURE: f64 = 0.010;
/// What tiles of a still may occupy: a movement waits no longer than this for them.
const BACKLOG_STILL: f64 = 0.040;
/// A message that is later than this (and twice the jitter) holds up the next picture.
const LATE: f64 = 0.020;
/// The jitter counts up to this, in seconds.
const JITTER_MOST: f64 = 0.080;
/// A tile that may be sent where nothing is under way, however slow the link.
const LEAST_TILE: usize = 2 * 1024;
/// A stream that has not left the link alone for so long does so once: else the shortest round trip
/// is forgotten, and a queue that is always there is taken for the way.
const PROBE_EVERY: Duration = Duration::from_secs(4);
/// … for so many times what the last picture takes, in these bounds: what may stand there.
const PROBE_PICTURES: f64 = 2.0;
const PROBE_LEAST: f64 = 0.020;
const PROBE_MOST: f64 = 0.150;
/// Pictures that may wait for the client's decoder: a presenter's buffer of 100 ms at 60 frames/s,
/// and as much again.
const MAX_WAITING: usize = 12;
/// … and for so long: what is busy for a moment catches up.
const WAITING_MOST: Duration = Duration::from_millis(300);

impl RateControl {
    /// Whether a picture may be encoded for this client now.
    pub fn admission(&self, now: Instant) -> Admission {
        if self.flight.pictures() >= MAX_PICTURES_IN_FLIGHT {
            return Admission::Full(Reason::Pictures);
        }
        if self.is_decoder_behind(now) {
            return Admission::Full(Reason::Decoder);
        }
        if self.flight.bytes() == 0 {
            return Admission::Now;
        }
        if self.flight.bytes() >= MAX_BYTES_IN_FLIGHT {
            return Admission::Full(Reason::Bytes);
        }
        if self.arrivals < FIRST_ALONE || self.is_late(now) {
            return Admission::Full(Reason::Late);
        }
        if self.window.is_some_and(|window| self.flight.bytes() as f64 >= window) {
            return Admission::Full(Reason::SlowStart);
        }
        let free = self.free(now);
        let at = if now.since(self.probed) > PROBE_EVERY {
            free + self.probe()
        } else {
            free - seconds(BACKLOG_PICTURE)
        };
        if at > now { Admission::At(at) } else { Admission::Now }
    }

    /// Bytes of a still's tiles that may be sent now without holding up a movement. Where
    /// something is worth sending, they also find out whether the link carries more.
    pub fn room_for_still(&self, now: Instant) -> usize {
        let flying = self.flight.bytes();
        if flying > 0 && (self.arrivals < FIRST_ALONE || self.is_late(now)) {
            return 0;
        }
        let seconds = (BACKLOG_STILL - self.backlog(now)).max(0.0);
        let link = (seconds * self.capacity.estimate() / 8.0) as usize;
        let window =
            self.window.map_or(usize::MAX, |window| (window as usize).saturating_sub(flying));
        let room = link.min(window).min(MAX_BYTES_IN_FLIGHT.saturating_sub(flying));
        if flying == 0 { room.max(LEAST_TILE) } else { room }
    }

    /// How long the link is busy with what was sent, by the estimate.
    pub fn busy(&self, now: Instant) -> Duration {
        self.free(now).since(now)
    }

    /// When to ask again without having heard anything: the link is taken to be free then.
    pub fn next_wake(&self, now: Instant) -> Option<Instant> {
        match self.admission(now) {
            Admission::At(at) => Some(at),
            Admission::Now | Admission::Full(_) => {
                let wait = self.backlog(now);
                (wait > 0.0).then(|| now + seconds(wait))
            }
        }
    }

    fn is_decoder_behind(&self, now: Instant) -> bool {
        self.flight.waiting() >= MAX_WAITING
            && self.flight.waiting_since().is_some_and(|at| now.since(at) > WAITING_MOST)
    }

    /// Whether the oldest message should have arrived.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        let (Some(oldest), Some(rtt)) = (self.flight.flying().next(), self.capacity.recent())
        else {
            return true;
        };
        let begun = self.free_at().map_or(oldest.sent, |free| free.max(oldest.sent));
        let takes =
            rtt * (1.0 + oldest.rounds) + oldest.bytes as f64 * 8.0 / self.capacity.estimate();
        let slack = LATE + (2.0 * self.capacity.jitter()).min(JITTER_MOST);
        now.since(begun).as_secs_f64() > takes + slack
    }

    /// When the link was done with the last message that arrived.
    fn free_at(&self) -> Option<Instant> {
        Some(self.capacity.last_arrival()? - seconds(self.capacity.recent()?))
    }

    /// How long the link is left alone once.
    pub(super) fn probe(&self) -> Duration {
        let own = self.last_bytes as f64 * 8.0 / self.capacity.estimate();
        seconds((PROBE_PICTURES * own).clamp(PROBE_LEAST, PROBE_MOST))
    }

    /// Seconds until the link is done with all that was sent, by the estimate.
    fn backlog(&self, now: Instant) -> f64 {
        self.free(now).since(now).as_secs_f64()
    }

    /// When the link is done with all that was sent, by the estimate.
    pub(super) fn free(&self, now: Instant) -> Instant {
        let rtt = seconds(self.capacity.recent().unwrap_or(0.0));
        let rate = self.capacity.cautious();
        let mut free = self.free_at().unwrap_or(Instant::ZERO);
        for (n, message) in self.flight.flying().enumerate() {
            let takes = message.bytes as f64 * 8.0 / rate;
            free = free.max(message.sent) + seconds(takes);
            if n == 0 {
                // It has not arrived, so it left the link a round trip ago at the earliest.
                free = free.max(now - rtt);
            }
        }
        free
    }
}
