//! The machine: messages and receipts in; admission and target out.

use std::time::Duration;

use parfocal_base::Instant;

use super::capacity::{Capacity, Usage};
use super::decoder::Decoder;
use super::flight::{Flight, MAX_BYTES_IN_FLIGHT, MAX_PICTURES_IN_FLIGHT};
use super::window::{Meter, Minimum};
use super::{Admission, Kind, RateConfig, Reason, Report, State, Target};
use crate::codec::MIN_BITRATE;

/// Share of the estimate that is aimed at: queues drain by the rest.
const HEADROOM: f64 = 0.9;
/// What may still occupy the link when a picture is encoded, in seconds.
const BACKLOG_PICTURE: f64 = 0.010;
/// What tiles of a still may occupy: a movement waits no longer than this for them.
const BACKLOG_STILL: f64 = 0.040;
/// A message that is later than this (and twice the jitter) holds up the next picture.
const LATE: f64 = 0.020;
/// The jitter counts up to this, in seconds.
const JITTER_MOST: f64 = 0.080;
/// Until this many messages arrived, one at a time is sent: no round trip is known yet.
const FIRST_ALONE: u32 = 3;
/// What the first pictures are made for: a key picture of 360 lines, which is there within half a
/// second also at 0.3 Mbit/s, and fits into TCP's first window. What follows is larger where the
/// link carries more.
const FIRST_BPS: u32 = 400_000;
/// … until so many arrived: a long one and a short one tell what lengths take.
const KNOWN: u32 = 2;
/// A tile that may be sent where nothing is under way, however slow the link.
const LEAST_TILE: usize = 2 * 1024;
/// TCP's window after a rest, in bytes (RFC 6928: ten segments), doubled with each round trip.
const INITIAL_WINDOW: f64 = 14_600.0;
/// TCP forgets its window when it rested for a retransmission timeout: the round trip and this.
const REST: f64 = 0.200;
/// Share of the target that counts as using it fully.
const FULL: f64 = 0.7;
/// A stream that has not left the link alone for so long does so once: else the shortest round trip
/// is forgotten, and a queue that is always there is taken for the way.
const PROBE_EVERY: Duration = Duration::from_secs(4);
/// … for so many times what the last picture takes, in these bounds: what may stand there.
const PROBE_PICTURES: f64 = 2.0;
const PROBE_LEAST: f64 = 0.020;
const PROBE_MOST: f64 = 0.150;
/// How long the most that was delivered is remembered.
const DELIVERED_WINDOW: Duration = Duration::from_secs(10);
/// Pictures that may wait for the client's decoder: a presenter's buffer of 100 ms at 60 frames/s,
/// and as much again.
const MAX_WAITING: usize = 12;

/// Rate control of one client's connection.
#[derive(Clone, Debug)]
pub struct RateControl {
    config: RateConfig,
    capacity: Capacity,
    decoder: Decoder,
    flight: Flight,
    sent: Meter,
    received: Meter,
    /// Greatest delivery rate, negated.
    delivered: Minimum,
    arrivals: u32,
    last_sent: Option<Instant>,
    /// Bytes of the last picture.
    last_bytes: usize,
    /// When something was last sent to a link that had been alone.
    probed: Instant,
    /// What TCP's window is taken to be while it grows after a rest, in bytes.
    window: Option<f64>,
    refused: [u64; 6],
}

impl RateControl {
    /// A connection that nothing is known about.
    pub fn new(config: RateConfig) -> Self {
        Self {
            config,
            capacity: Capacity::new(config.start_bps, config.min_bps, config.max_bps),
            decoder: Decoder::new(config.max_fps, config.max_height),
            flight: Flight::default(),
            sent: Meter::default(),
            received: Meter::default(),
            delivered: Minimum::new(DELIVERED_WINDOW),
            arrivals: 0,
            last_sent: None,
            last_bytes: 0,
            probed: Instant::ZERO,
            window: Some(INITIAL_WINDOW),
            refused: [0; 6],
        }
    }

    /// A message was handed to the connection. Sequence numbers are the caller's, each one once.
    pub fn sent(&mut self, now: Instant, sequence: u32, bytes: usize, kind: Kind) {
        let rtt = self.capacity.base().unwrap_or(0.0);
        let rested = self.last_sent.is_some_and(|at| now.since(at).as_secs_f64() > rtt + REST);
        if rested && self.flight.bytes() == 0 {
            self.window = Some(INITIAL_WINDOW);
        }
        let rounds = self.window.map_or(0.0, |window| {
            let windows = (self.flight.bytes() + bytes) as f64 / window;
            windows.log2().ceil().max(0.0)
        });
        if self.flight.bytes() == 0 || self.free(now) + self.probe() <= now {
            self.probed = now;
        }
        if kind != Kind::Still {
            self.last_bytes = bytes;
        }
        self.last_sent = Some(now);
        self.sent.push(now, bytes);
        self.flight.sent(now, sequence, bytes, kind, rounds);
    }

    /// The client says that `sequence` arrived, and so all before it. False, and nothing is
    /// learnt, where that message is not on its way.
    pub fn received(&mut self, now: Instant, sequence: u32) -> bool {
        let Some(arrival) = self.flight.received(now, sequence) else { return false };
        self.arrivals = self.arrivals.saturating_add(1);
        self.received.push(now, arrival.bytes);
        self.delivered.push(now, -self.received.bps(now));
        let usage = Usage {
            full: !self.is_application_limited(now),
            delivered: -self.delivered.get().unwrap_or(0.0),
        };
        let alone = self.arrivals <= FIRST_ALONE;
        self.capacity.arrived(now, &arrival, usage, alone);
        self.window = self.window.map(|window| window + arrival.bytes as f64).filter(|&window| {
            let rtt = self.capacity.recent().unwrap_or(0.0);
            window < 2.0 * self.capacity.estimate() / 8.0 * rtt + 65_536.0
        });
        true
    }

    /// The client has shown `sequence`, or thrown it away, and so is done with all before it.
    /// `decode` is how long decoding took, zero where it was not decoded. Says that it arrived,
    /// too, where that was not said. False where that message was not under way.
    pub fn shown(&mut self, now: Instant, sequence: u32, decode: Duration) -> bool {
        self.received(now, sequence);
        let Some(received) = self.flight.shown(sequence) else { return false };
        self.decoder.shown(now, now.since(received), decode);
        true
    }

    /// The client gets pictures of this height from now on, in pixels.
    pub fn plays(&mut self, height: u32) {
        self.decoder.plays(height);
    }

    /// Sets the user's own ceiling, in bit/s.
    pub const fn set_ceiling(&mut self, bps: Option<u32>) {
        self.config.ceiling_bps = bps;
    }

    /// A picture was not encoded for this client; for the report.
    pub fn refuse(&mut self, reason: Reason) {
        if let Some(count) = self.refused.get_mut(reason as usize) {
            *count += 1;
        }
    }

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

    /// What this client could take.
    pub fn target(&self, _now: Instant) -> Target {
        let most = if self.arrivals < KNOWN { FIRST_BPS } else { u32::MAX };
        Target {
            bitrate_bps: (self.aim() as u32).min(most),
            fps: self.decoder.fps(),
            max_height: self.decoder.height(),
        }
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

    /// What there is to tell.
    pub fn report(&self, now: Instant) -> Report {
        Report {
            estimate_bps: self.capacity.estimate() as u32,
            min_rtt: seconds(self.capacity.base().unwrap_or(0.0)),
            queue: seconds(self.capacity.standing()),
            jitter: seconds(self.capacity.jitter()),
            bytes_in_flight: self.flight.bytes(),
            messages_in_flight: self.flight.len(),
            sent_bps: self.sent.bps(now) as u32,
            application_limited: self.is_application_limited(now),
            decode: self.decoder.time(),
            state: self.state(now),
            refused: self.refused,
        }
    }

    fn state(&self, now: Instant) -> State {
        if self.flight.bytes() > 0 && self.is_late(now) {
            State::Stalled
        } else if self.capacity.is_congested(now) {
            State::Congested
        } else if self.is_application_limited(now) {
            State::Idle
        } else if self.capacity.is_growing() {
            State::Growing
        } else {
            State::Steady
        }
    }

    fn aim(&self) -> f64 {
        let ceiling = self.config.ceiling_bps.unwrap_or(u32::MAX).max(MIN_BITRATE);
        let most = f64::from(self.config.max_bps.min(ceiling));
        (HEADROOM * self.capacity.estimate()).max(f64::from(self.config.min_bps)).min(most)
    }

    fn is_application_limited(&self, now: Instant) -> bool {
        self.sent.bps(now) < FULL * HEADROOM * self.capacity.estimate()
    }

    fn is_decoder_behind(&self, now: Instant) -> bool {
        let patience = Duration::from_millis(300);
        self.flight.waiting() >= MAX_WAITING
            && self.flight.waiting_since().is_some_and(|at| now.since(at) > patience)
    }

    /// Whether the oldest message should have arrived.
    fn is_late(&self, now: Instant) -> bool {
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
    fn probe(&self) -> Duration {
        let own = self.last_bytes as f64 * 8.0 / self.capacity.estimate();
        seconds((PROBE_PICTURES * own).clamp(PROBE_LEAST, PROBE_MOST))
    }

    /// Seconds until the link is done with all that was sent, by the estimate.
    fn backlog(&self, now: Instant) -> f64 {
        self.free(now).since(now).as_secs_f64()
    }

    /// When the link is done with all that was sent, by the estimate.
    fn free(&self, now: Instant) -> Instant {
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

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value.clamp(0.0, 3600.0))
}
