//! One TCP connection over a [`Bottleneck`], as an application feels it: everything arrives, in
//! order, late when something was lost; slow at the start and after a rest. Cubic, with selective
//! acknowledgements; no checksums, no handshake.

use std::collections::{BTreeMap, VecDeque};

use parfocal_base::Instant;
use parfocal_encode::rate::link::Bottleneck;

/// Payload of one packet.
const SEGMENT: u64 = 1448;
const INITIAL_WINDOW: f64 = 10.0 * SEGMENT as f64;
/// A packet is lost when one that was sent so many later has arrived.
const REORDER: u64 = 3 * SEGMENT;
const LEAST_TIMEOUT_US: u64 = 200_000;

/// What is to happen later, for the connection's own number to be added by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Later {
    /// A packet arrives at the client.
    Data { offset: u64, length: u64 },
    /// Its acknowledgement arrives at the server.
    Ack { offset: u64 },
    /// Look whether something was lost at the end.
    Timeout,
}

#[derive(Debug)]
struct Packet {
    length: u64,
    sent: Instant,
    lost: bool,
}

#[derive(Debug)]
pub struct Tcp {
    /// Sequence and end of each message in the stream of bytes.
    messages: VecDeque<(u32, u64)>,
    written: u64,
    next: u64,
    flying: BTreeMap<u64, Packet>,
    in_flight: u64,
    again: VecDeque<u64>,
    window: f64,
    threshold: f64,
    cubic: (f64, Instant),
    recover: u64,
    /// Smoothed round trip in seconds.
    rtt: Option<f64>,
    last_sent: Option<Instant>,
    progress: Instant,
    timer: bool,
    /// What the client has, beyond what it has without a gap.
    early: BTreeMap<u64, u64>,
    got: u64,
    pub losses: usize,
}

impl Tcp {
    pub fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            written: 0,
            next: 0,
            flying: BTreeMap::new(),
            in_flight: 0,
            again: VecDeque::new(),
            window: INITIAL_WINDOW,
            threshold: f64::INFINITY,
            cubic: (0.0, Instant::ZERO),
            recover: 0,
            rtt: None,
            last_sent: None,
            progress: Instant::ZERO,
            timer: false,
            early: BTreeMap::new(),
            got: 0,
            losses: 0,
        }
    }

    pub fn write(&mut self, sequence: u32, bytes: usize) {
        self.written += bytes as u64;
        self.messages.push_back((sequence, self.written));
    }

    /// Bytes that were written and not yet sent: what a kernel would hold.
    pub fn unsent(&self) -> u64 {
        self.written - self.next
    }

    fn timeout_us(&self) -> u64 {
        self.rtt.map_or(1_000_000, |rtt| LEAST_TIMEOUT_US + (rtt * 1e6) as u64)
    }

    /// Sends what the window allows.
    pub fn pump(&mut self, now: Instant, link: &mut Bottleneck, later: &mut Vec<(Instant, Later)>) {
        let rested =
            self.last_sent.is_some_and(|at| now.since(at).as_micros() as u64 > self.timeout_us());
        if rested && self.in_flight == 0 {
            self.window = self.window.min(INITIAL_WINDOW);
        }
        while (self.in_flight as f64) < self.window {
            let offset = match self.again.pop_front() {
                Some(offset) if self.flying.get(&offset).is_some_and(|packet| packet.lost) => {
                    offset
                }
                Some(_) => continue,
                None if self.next < self.written => {
                    let length = SEGMENT.min(self.written - self.next);
                    self.flying.insert(self.next, Packet { length, sent: now, lost: true });
                    self.next += length;
                    self.next - length
                }
                None => break,
            };
            let Some(packet) = self.flying.get_mut(&offset) else { continue };
            (packet.sent, packet.lost) = (now, false);
            self.in_flight += packet.length;
            self.last_sent = Some(now);
            let length = packet.length;
            if let Some(at) = link.send(now, length as usize) {
                later.push((at, Later::Data { offset, length }));
            }
        }
        if !self.timer && !self.flying.is_empty() {
            self.timer = true;
            self.progress = now;
            later.push((now + std::time::Duration::from_micros(self.timeout_us()), Later::Timeout));
        }
    }

    /// The client gets a packet: sequences of the messages that are now complete.
    pub fn data(&mut self, offset: u64, length: u64) -> Vec<u32> {
        if offset >= self.got {
            self.early.insert(offset, length);
        }
        while let Some((&offset, &length)) = self.early.first_key_value() {
            if offset > self.got {
                break;
            }
            self.early.pop_first();
            self.got = self.got.max(offset + length);
        }
        let mut complete = Vec::new();
        while let Some(&(sequence, _)) = self.messages.front().filter(|&&(_, end)| end <= self.got)
        {
            self.messages.pop_front();
            complete.push(sequence);
        }
        complete
    }

    pub fn ack(&mut self, now: Instant, offset: u64) {
        let Some(packet) = self.flying.remove(&offset) else { return };
        self.progress = now;
        if !packet.lost {
            self.in_flight -= packet.length;
            let rtt = now.since(packet.sent).as_secs_f64();
            self.rtt = Some(self.rtt.map_or(rtt, |mean| mean + (rtt - mean) / 8.0));
        }
        let limited = self.in_flight as f64 + 4.0 * SEGMENT as f64 >= self.window;
        if self.window < self.threshold {
            self.window += if limited { packet.length as f64 } else { 0.0 };
        } else if limited {
            let (most, since) = self.cubic;
            let segments = most / SEGMENT as f64;
            let k = (segments * 0.3 / 0.4).cbrt();
            let t = now.since(since).as_secs_f64() - k;
            let cubic = (0.4 * t * t * t + segments) * SEGMENT as f64;
            let reno = self.window + 0.5 * (SEGMENT * SEGMENT) as f64 / self.window;
            self.window = reno.max(cubic.min(self.window + packet.length as f64 / 2.0));
        }
        let lost: Vec<u64> = self
            .flying
            .range(..offset.saturating_sub(REORDER - 1))
            .filter(|(_, other)| !other.lost && other.sent <= packet.sent)
            .map(|(&offset, _)| offset)
            .collect();
        for offset in lost {
            self.lose(now, offset);
        }
    }

    fn lose(&mut self, now: Instant, offset: u64) {
        if let Some(packet) = self.flying.get_mut(&offset) {
            packet.lost = true;
            self.in_flight -= packet.length;
            self.again.push_back(offset);
        }
        if offset >= self.recover {
            self.losses += 1;
            self.recover = self.next;
            self.cubic = (self.window, now);
            self.window = (self.window * 0.7).max(2.0 * SEGMENT as f64);
            self.threshold = self.window;
        }
    }

    /// The last packets of a burst may be lost without one behind them.
    pub fn timeout(&mut self, now: Instant, later: &mut Vec<(Instant, Later)>) {
        self.timer = false;
        let due = self.progress + std::time::Duration::from_micros(self.timeout_us());
        if self.flying.is_empty() {
            return;
        }
        if due <= now {
            self.progress = now;
            let all: Vec<u64> =
                self.flying.iter().filter(|(_, packet)| !packet.lost).map(|(&at, _)| at).collect();
            for offset in all {
                self.lose(now, offset);
            }
        }
        self.timer = true;
        let due = self.progress + std::time::Duration::from_micros(self.timeout_us());
        later.push((due, Later::Timeout));
    }
}
