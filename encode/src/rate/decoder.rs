//! What a client can decode: a slow phone must get fewer pictures, and then smaller ones.
//!
//! How long a decoder takes says little: it may work on several pictures at once, or wait for a
//! processor that is busy for a moment. What counts is whether pictures *wait*: who gets more than
//! they decode falls behind and stays there. So, as with the link, the shortest time is taken for
//! the way through, and what is beyond it for a queue.

use std::time::Duration;

use parfocal_base::Instant;

use super::window::{Mean, Minimum};

/// Heights that are stepped through, in pixels.
pub(crate) const HEIGHTS: [u32; 7] = [2160, 1440, 1080, 810, 720, 540, 360];
/// Share of the time that may be spent on decoding.
const LOAD: f64 = 0.75;
/// Below this frame rate smaller pictures are better than fewer.
const FPS_LOW: f64 = 24.0;
/// Least frame rate: what is slower is no motion.
const FPS_LEAST: f64 = 5.0;
/// How long the shortest way through the decoder is remembered.
const WAY_WINDOW: Duration = Duration::from_secs(10);
/// Late is who waited so many intervals between pictures, and so many seconds, beyond it.
const LATE_INTERVALS: f64 = 2.0;
const LATE_LEAST: f64 = 0.040;
/// A decoder is behind where so many pictures in a row were late, for so long: a machine that was
/// busy for a moment has caught up by then.
const LATE_PICTURES: u32 = 5;
const LATE_FOR: Duration = Duration::from_millis(500);
/// A step down leaves no more than this of the frame rate, and no less than that.
const DOWN_LEAST: f64 = 0.8;
const DOWN_MOST: f64 = 0.3;
/// After a step down what waited is decoded first.
const DOWN_INTERVAL: Duration = Duration::from_millis(1500);
/// Time without a late picture before a step up; twice as long each time that one was too much, up
/// to the longest.
const UP_AFTER: Duration = Duration::from_secs(5);
const UP_AFTER_MOST: Duration = Duration::from_secs(60);
/// A step up of the frame rate.
const UP: f64 = 1.3;

/// The decoder's limits.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    max_fps: f64,
    max_height: u32,
    fps: f64,
    height: u32,
    /// Height of the pictures that are decoded now.
    decoding: u32,
    /// Seconds from arrival to shown, as the client says, and between two that waited.
    time: Mean,
    service: Mean,
    /// The shortest from arrival to shown.
    way: Minimum,
    last: Option<Instant>,
    /// Late pictures in a row, and since when.
    late: u32,
    late_since: Option<Instant>,
    /// When the last picture was late, or the last step taken; and the last one down.
    calm_since: Instant,
    lowered: Option<Instant>,
    up_after: Duration,
    /// When the last step up was taken.
    raised: Option<Instant>,
}

impl Decoder {
    pub(super) fn new(max_fps: u32, max_height: u32) -> Self {
        let fps = f64::from(max_fps).max(FPS_LEAST);
        Self {
            max_fps: fps,
            max_height,
            fps,
            height: max_height,
            decoding: max_height,
            time: Mean::default(),
            service: Mean::default(),
            way: Minimum::new(WAY_WINDOW),
            last: None,
            late: 0,
            late_since: None,
            calm_since: Instant::ZERO,
            lowered: None,
            up_after: UP_AFTER,
            raised: None,
        }
    }

    pub(super) fn fps(&self) -> u32 {
        self.fps as u32
    }

    pub(super) const fn height(&self) -> u32 {
        self.height
    }

    /// How long decoding takes, as the client says.
    pub(super) fn time(&self) -> Duration {
        Duration::from_secs_f64(self.time.get().clamp(0.0, 60.0))
    }

    /// The client gets pictures of this height from now on.
    pub(super) fn plays(&mut self, height: u32) {
        if height != self.decoding {
            self.decoding = height;
            // Another height takes another time.
            self.way = Minimum::new(WAY_WINDOW);
            self.service = Mean::default();
            self.on_time();
        }
    }

    /// A picture was shown, or thrown away (`decode` is zero), `lag` after it arrived.
    pub(super) fn shown(&mut self, now: Instant, lag: Duration, decode: Duration) {
        if decode.is_zero() {
            return;
        }
        self.time.push(decode.as_secs_f64(), 1.0 / 8.0);
        let lag = lag.as_secs_f64();
        self.way.push(now, lag);
        let before = self.last.replace(now);
        if let Some(between) = before.map(|last| now.since(last).as_secs_f64()).filter(|&b| b < lag)
        {
            self.service.push(between, 1.0 / 8.0);
        }
        let beyond = lag - self.way.get().unwrap_or(lag);
        if beyond > (LATE_INTERVALS / self.fps).max(LATE_LEAST) {
            self.calm_since = now;
            if self.lowered.is_some_and(|lowered| now.since(lowered) < DOWN_INTERVAL) {
                return;
            }
            self.late += 1;
            let since = *self.late_since.get_or_insert(now);
            if self.late >= LATE_PICTURES && now.since(since) >= LATE_FOR {
                self.down(now);
            }
        } else {
            self.on_time();
            if now.since(self.calm_since) >= self.up_after {
                self.up(now);
            }
        }
    }

    const fn on_time(&mut self) {
        (self.late, self.late_since) = (0, None);
    }

    fn down(&mut self, now: Instant) {
        if self.raised.take().is_some_and(|raised| now.since(raised) < self.up_after) {
            self.up_after = (self.up_after * 2).min(UP_AFTER_MOST);
        }
        (self.calm_since, self.lowered) = (now, Some(now));
        self.on_time();
        let service = self.service.get().max(1e-3);
        let fps = (LOAD / service).clamp(DOWN_MOST * self.fps, DOWN_LEAST * self.fps);
        let smaller = HEIGHTS.into_iter().find(|&height| height < self.decoding.min(self.height));
        if let Some(height) = smaller.filter(|_| fps < FPS_LOW) {
            self.height = height;
            self.fps = self.fps.min(FPS_LOW).max(fps);
        } else {
            self.fps = fps.max(FPS_LEAST);
        }
    }

    /// First the frame rate, then the height.
    fn up(&mut self, now: Instant) {
        let larger = HEIGHTS.into_iter().rev().find(|&height| height > self.height);
        if self.fps < self.max_fps {
            self.fps = (UP * self.fps).min(self.max_fps);
        } else if self.height < self.max_height && self.decoding >= self.height {
            self.height = larger.unwrap_or(self.max_height).min(self.max_height);
        } else {
            self.up_after = UP_AFTER;
            return;
        }
        self.calm_since = now;
        self.raised = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixty pictures a second through a decoder that takes so long for each at 1080 lines, after
    /// they were on their way through it for so long, and that gets no processor at some times.
    fn play(seconds: u64, service: f64, way: f64, busy: impl Fn(f64) -> bool) -> Decoder {
        let mut decoder = Decoder::new(60, 1080);
        let (mut arrives, mut free, mut shown) = (0.0, 0.0_f64, Vec::new());
        while arrives < seconds as f64 {
            let lines = f64::from(decoder.decoding) / 1080.0;
            // No more are let in where so many wait.
            if shown.len() >= 12 {
                arrives = shown.first().map_or(arrives, |&(at, _)| at);
            }
            let mut done = free.max(arrives) + service * lines * lines;
            while busy(done) {
                done += 0.001;
            }
            free = done;
            shown.push((done + way, arrives));
            // What was shown before the next one arrives is known.
            while let Some(&(at, arrived)) = shown.first().filter(|&&(at, _)| at <= arrives) {
                let lag = Duration::from_secs_f64(at - arrived);
                decoder.shown(Instant::from_micros((at * 1e6) as u64), lag, lag);
                shown.remove(0);
            }
            decoder.plays(decoder.height);
            arrives += 1.0 / decoder.fps;
        }
        decoder
    }

    #[test]
    fn a_decoder_that_follows_keeps_all() {
        let decoder = play(30, 0.010, 0.004, |_| false);
        assert_eq!((decoder.fps(), decoder.height()), (60, 1080));
    }

    #[test]
    fn a_long_way_through_a_decoder_is_not_a_slow_one() {
        let decoder = play(30, 0.008, 0.200, |_| false);
        assert_eq!((decoder.fps(), decoder.height()), (60, 1080));
    }

    #[test]
    fn a_machine_that_is_busy_for_a_moment_keeps_all() {
        // A third of a second in every two.
        let decoder = play(60, 0.006, 0.004, |at| at % 2.0 < 0.35);
        assert_eq!((decoder.fps(), decoder.height()), (60, 1080));
    }

    #[test]
    fn a_slow_decoder_gets_fewer_pictures_and_then_smaller_ones() {
        let fewer = play(30, 0.025, 0.004, |_| false);
        assert!((24..=45).contains(&fewer.fps()) && fewer.height() == 1080, "{fewer:?}");
        let smaller = play(30, 0.080, 0.004, |_| false);
        assert!(smaller.height() < 1080 && smaller.height() >= 540, "{smaller:?}");
        assert!(smaller.fps() >= 20, "{smaller:?}");
    }

    #[test]
    fn a_decoder_that_was_slow_for_a_while_gets_all_again() {
        // Three seconds of nearly nothing.
        let slow = |at: f64| (3.0..6.0).contains(&at) && at % 0.1 < 0.09;
        let during = play(6, 0.006, 0.004, slow);
        assert!(during.fps() < 60, "{during:?}");
        let after = play(90, 0.006, 0.004, slow);
        assert_eq!((after.fps(), after.height()), (60, 1080));
    }
}
