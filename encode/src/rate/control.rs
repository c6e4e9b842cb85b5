//! The machine: messages and receipts in; admission and target out.

use std::time::Duration;

use parfocal_base::Instant;

use super::capacity::{Capacity, Usage};
use super::decoder::Decoder;
use super::flight::Flight;
use super::window::{Meter, Minimum};
use super::{Kind, RateConfig, Reason, Report, State, Target};
use crate::codec::MIN_BITRATE;

/// Share of the estimate that is aimed at: queues drain by the rest.
const HEADROOM: f64 = 0.9;
/// Until this many messages arrived, one at a time is sent: no round trip is known yet.
pub(super) const FIRST_ALONE: u32 = 3;
/// What the first pictures are made for: a key picture of 360 lines, which is there within half a
/// second also at 0.3 Mbit/s, and fits into TCP's first window. What follows is larger where the
/// link carries more.
const FIRST_BPS: u32 = 400_000;
/// … until so many arrived: a long one and a short one tell what lengths take.
const KNOWN: u32 = 2;
/// TCP's window after a rest, in bytes (RFC 6928: ten segments), doubled with each round trip.
const INITIAL_WINDOW: f64 = 14_600.0;
/// TCP forgets its window when it rested for a retransmission timeout: the round trip and this.
const REST: f64 = 0.200;
/// Share of the target that counts as using it fully.
const FULL: f64 = 0.7;
/// How long the most that was delivered is remembered.
const DELIVERED_WINDOW: Duration = Duration::from_secs(10);
/// Rate control of one client's connection.
#[derive(Clone, Debug)]
pub struct RateControl {
    config: RateConfig,
    pub(super) capacity: Capacity,
    decoder: Decoder,
    pub(super) flight: Flight,
    sent: Meter,
    received: Meter,
    /// Greatest delivery rate, negated.
    delivered: Minimum,
    pub(super) arrivals: u32,
    last_sent: Option<Instant>,
    /// Bytes of the last picture.
    pub(super) last_bytes: usize,
    /// When something was last sent to a link that had been alone.
    pub(super) probed: Instant,
    /// What TCP's window is taken to be while it grows after a rest, in bytes.
    pub(super) window: Option<f64>,
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

    /// What this client could take.
    pub fn target(&self, _now: Instant) -> Target {
        let most = if self.arrivals < KNOWN { FIRST_BPS } else { u32::MAX };
        Target {
            bitrate_bps: (self.aim() as u32).min(most),
            fps: self.decoder.fps(),
            max_height: self.decoder.height(),
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
}

pub(super) fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value.clamp(0.0, 3600.0))
}
