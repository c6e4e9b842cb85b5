//! What a client can decode: a slow phone must get fewer pictures, and then smaller ones.

use std::time::Duration;

use parfocal_base::Instant;

use super::window::Mean;

/// Heights that are stepped through, in pixels.
pub(crate) const HEIGHTS: [u32; 7] = [2160, 1440, 1080, 810, 720, 540, 360];
/// Share of the time that may be spent on decoding.
const LOAD: f64 = 0.75;
/// Below this frame rate smaller pictures are better than fewer.
const FPS_LOW: f64 = 24.0;
/// Least frame rate: what is slower is no motion.
const FPS_LEAST: f64 = 5.0;
/// From arrival to shown; a presenter's own buffer is well below.
const LAG: Duration = Duration::from_millis(300);
/// Time between two steps down.
const DOWN_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two steps up.
const UP_INTERVAL: Duration = Duration::from_secs(5);

/// The decoder's limits.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    max_fps: f64,
    max_height: u32,
    fps: f64,
    height: u32,
    /// Height of the pictures that are decoded now.
    decoding: u32,
    /// Seconds a picture.
    time: Mean,
    changed: Instant,
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
            changed: Instant::ZERO,
        }
    }

    pub(super) fn fps(&self) -> u32 {
        self.fps as u32
    }

    pub(super) const fn height(&self) -> u32 {
        self.height
    }

    pub(super) fn time(&self) -> Duration {
        Duration::from_secs_f64(self.time.get().clamp(0.0, 60.0))
    }

    /// The client gets pictures of this height from now on.
    pub(super) fn plays(&mut self, height: u32) {
        if height != self.decoding {
            let ratio = f64::from(height.max(1)) / f64::from(self.decoding.max(1));
            let scaled = self.time.get() * (ratio * ratio);
            self.time = Mean::default();
            if scaled > 0.0 {
                self.time.push(scaled, 1.0);
            }
            self.decoding = height;
        }
    }

    /// A picture was shown, or thrown away (`decode` is zero), `lag` after it arrived.
    pub(super) fn shown(&mut self, now: Instant, lag: Duration, decode: Duration) {
        if !decode.is_zero() {
            self.time.push(decode.as_secs_f64(), 1.0 / 8.0);
        }
        let time = self.time.get();
        let follows = if time > 0.0 { LOAD / time } else { self.max_fps };
        let since = now.since(self.changed);
        if lag > LAG && since >= DOWN_INTERVAL {
            self.down(now, (self.fps * 0.7).min(follows));
        } else if follows < self.fps && since >= DOWN_INTERVAL {
            self.down(now, follows);
        } else if since >= UP_INTERVAL && lag < LAG / 2 {
            self.up(now, follows);
        }
    }

    fn down(&mut self, now: Instant, fps: f64) {
        self.changed = now;
        let smaller = HEIGHTS.into_iter().find(|&height| height < self.decoding.min(self.height));
        if let Some(height) = smaller.filter(|_| fps < FPS_LOW) {
            self.height = height;
        } else {
            self.fps = fps.clamp(FPS_LEAST, self.max_fps);
        }
    }

    /// First the frame rate, then the height, if the decoder is certain to follow.
    fn up(&mut self, now: Instant, follows: f64) {
        if self.fps < self.max_fps && follows > 1.15 * self.fps {
            self.changed = now;
            self.fps = (1.3 * self.fps).min(follows).min(self.max_fps);
        } else if self.height < self.max_height && self.decoding >= self.height {
            let larger = HEIGHTS.into_iter().rev().find(|&height| height > self.height);
            let height = larger.unwrap_or(self.max_height).min(self.max_height);
            let ratio = f64::from(height) / f64::from(self.height.max(1));
            if follows > 1.3 * FPS_LOW.max(0.8 * self.fps) * (ratio * ratio) {
                self.changed = now;
                self.height = height;
            }
        }
    }
}
