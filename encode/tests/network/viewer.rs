//! One viewer, as the server sees them: an encoder tuned to them, in front of a view that moves;
//! and their decoder at the far end.

use std::collections::BTreeMap;
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_encode::allocate::ladder::{Canvas, Ladder, Limits, STEPS};
use parfocal_encode::rate::link::Random;
use parfocal_encode::rate::{Admission, Kind, RateConfig, RateControl};

use super::scenario::{Motion, SECONDS};

const CANVAS: Canvas = Canvas { width: 1920, height: 1080 };
const TILE: usize = 8 * 1024;
/// What the moving picture is worth at most: no encoder makes more of it.
const CONTENT_BPS: f64 = 25e6;

/// A picture that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub at: Instant,
    pub bytes: usize,
    pub kind: Kind,
    pub arrived: Option<Instant>,
}

pub struct Viewer {
    pub rate: RateControl,
    pub sent: BTreeMap<u32, Sent>,
    /// Aimed at, over time.
    pub aims: Vec<(Instant, u32)>,
    pub moves: Vec<(Instant, Instant)>,
    pub height: u32,
    pub fps: u32,
    uneven: f64,
    random: Random,
    ladder: Ladder,
    next: u32,
    last_picture: Option<Instant>,
    key: bool,
    /// Of the next key, in pictures: so many, up to twice as many.
    key_size: f64,
    still_left: usize,
    still_of: Option<Instant>,
    decode_ms: f64,
    decoder_free: Instant,
}

impl Viewer {
    pub fn new(motion: Motion, decode_ms: f64, begin: Instant, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let end = Instant::ZERO + Duration::from_secs(SECONDS);
        // Some pictures are as long as asked for, others only on average.
        let uneven = if random.unit() < 0.5 { 0.2 } else { 0.02 };
        let mut moves = Vec::new();
        match motion {
            Motion::Always => moves.push((begin, end)),
            Motion::Rest(ms) => {
                let rest = begin + Duration::from_secs(10);
                moves.extend([(begin, rest), (rest + Duration::from_millis(ms.into()), end)]);
            }
            Motion::Bursts => {
                let mut at = begin;
                while at < end {
                    let until = at + Duration::from_secs_f64(0.5 + 2.5 * random.unit());
                    moves.push((at, until.min(end)));
                    at = until + Duration::from_secs_f64(0.2 + 2.0 * random.unit());
                }
            }
        }
        let limits = Limits { max_height: 1080, max_fps: 60 };
        let rate = RateControl::new(RateConfig { max_height: 1080, ..RateConfig::default() });
        let first = rate.target(begin).bitrate_bps;
        Self {
            rate,
            sent: BTreeMap::new(),
            aims: Vec::new(),
            moves,
            height: 1080,
            fps: 30,
            uneven,
            random,
            ladder: Ladder::new(CANVAS, first, limits),
            next: 0,
            last_picture: None,
            key: true,
            key_size: 4.0,
            still_left: 0,
            still_of: None,
            decode_ms,
            decoder_free: Instant::ZERO,
        }
    }

    /// When the movement that is on at `now` began.
    pub fn moving(&self, now: Instant) -> Option<Instant> {
        self.moves.iter().find(|&&(from, to)| from <= now && now < to).map(|&(from, _)| from)
    }

    /// What is sent now; and when to ask again, if nothing else happens before.
    pub fn step(&mut self, now: Instant) -> (Vec<(u32, usize)>, Option<Instant>) {
        let target = self.rate.target(now);
        if self.aims.last().is_none_or(|&(_, aim)| aim != target.bitrate_bps) {
            self.aims.push((now, target.bitrate_bps));
        }
        let limits = Limits { max_height: target.max_height, max_fps: target.fps };
        let rung = self.ladder.follow(now, CANVAS, target.bitrate_bps, limits);
        let height = CANVAS.scaled(STEPS[rung.step]).height;
        self.fps = rung.fps;
        if height != self.height {
            // One for a smaller picture is made half as long.
            self.key_size = if height < self.height && self.next > 0 { 2.0 } else { 4.0 };
            self.height = height;
            self.key = true;
            self.rate.plays(height);
        }
        if self.moving(now).is_some() { self.motion(now) } else { self.rest(now) }
    }

    fn motion(&mut self, now: Instant) -> (Vec<(u32, usize)>, Option<Instant>) {
        (self.still_left, self.still_of) = (0, None);
        let interval = Duration::from_micros(1_000_000 / u64::from(self.fps));
        let due = self.last_picture.map_or(now, |last| last + interval);
        if due > now {
            return (Vec::new(), Some(due));
        }
        match self.rate.admission(now) {
            Admission::At(at) => (Vec::new(), Some(at)),
            Admission::Full(reason) => {
                self.rate.refuse(reason);
                (Vec::new(), Some(now + Duration::from_millis(100)))
            }
            Admission::Now => {
                // The encoder does not catch up: the next one is due an interval after this one.
                let late = self.last_picture.map_or(interval, |last| now.since(last));
                self.last_picture = Some(if late < interval * 3 / 2 { due } else { now });
                let picture = self.picture(now);
                (vec![picture], Some(now + interval))
            }
        }
    }

    fn picture(&mut self, now: Instant) -> (u32, usize) {
        let bps = f64::from(self.rate.target(now).bitrate_bps).min(CONTENT_BPS);
        let noise = (1.0 + self.uneven * self.random.normal()).clamp(0.4, 1.8);
        let key = if self.key { self.key_size * (1.0 + self.random.unit()) } else { 1.0 };
        let bytes = (bps / 8.0 / f64::from(self.fps) * noise * key).max(300.0) as usize;
        let kind = if self.key { Kind::Key } else { Kind::Frame };
        self.key = false;
        (self.send(now, bytes, kind), bytes)
    }

    fn send(&mut self, now: Instant, bytes: usize, kind: Kind) -> u32 {
        let sequence = self.next;
        self.next += 1;
        self.rate.sent(now, sequence, bytes, kind);
        self.sent.insert(sequence, Sent { at: now, bytes, kind, arrived: None });
        sequence
    }

    /// A still of a few hundred kilobytes, 150 ms after the movement ended.
    fn rest(&mut self, now: Instant) -> (Vec<(u32, usize)>, Option<Instant>) {
        let ended = self.moves.iter().map(|&(_, to)| to).filter(|&to| to <= now).max();
        let again = self.moves.iter().map(|&(from, _)| from).find(|&from| from > now);
        let Some(ended) = ended.filter(|_| self.moves.len() > 3) else {
            return (Vec::new(), again);
        };
        let begin = ended + Duration::from_millis(150);
        if now < begin {
            return (Vec::new(), Some(begin));
        }
        if self.still_of != Some(ended) {
            self.still_of = Some(ended);
            self.still_left = 200_000 + (1_300_000.0 * self.random.unit()) as usize;
        }
        let mut out = Vec::new();
        while self.still_left > 0 {
            let tile = self.still_left.min(TILE);
            let room = self.rate.room_for_still(now);
            if room < tile.min(2048) {
                break;
            }
            let tile = tile.min(room);
            self.still_left -= tile;
            out.push((self.send(now, tile, Kind::Still), tile));
        }
        let soon = (self.still_left > 0).then(|| now + Duration::from_millis(10));
        (out, [soon, again].into_iter().flatten().min())
    }

    /// A message is complete at the client: when it is shown, and how long decoding took.
    pub fn arrived(&mut self, now: Instant, sequence: u32) -> (Instant, Duration) {
        let Some(sent) = self.sent.get_mut(&sequence) else { return (now, Duration::ZERO) };
        sent.arrived = Some(now);
        if sent.kind == Kind::Still {
            return (now, Duration::ZERO);
        }
        let ratio = f64::from(self.height) / 1080.0;
        let noise = 0.8 + 0.4 * self.random.unit();
        let takes = Duration::from_secs_f64(self.decode_ms / 1e3 * ratio * ratio * noise);
        self.decoder_free = self.decoder_free.max(now) + takes;
        (self.decoder_free, takes)
    }
}
