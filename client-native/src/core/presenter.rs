//! When a decoded picture is shown.
//!
//! Pictures of something that moves leave the server evenly and arrive unevenly. Those that come
//! early are held until `captured + offset`, so that movement keeps the server's rhythm. The offset
//! follows the network slowly: it never turns a step of the network into a jump. What answers
//! somebody is not held at all: what comes after rest, a key, what is exact, and whatever is late.
//! Where the network is even, nothing is held.
//!
//! `client-web/src/core/presenter.ts` does the same; `sync/vectors/presenter.json` holds both to it,
//! to the microsecond. It counts in `i64`, and saturates: a wrong clock shows pictures at once.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

/// Longest time that a picture is held: three to four frames at 60 a second. More would be felt by
/// whoever drags; a link that is less even than that shows some pictures late.
pub const MAX_DELAY: Duration = Duration::from_millis(60);
/// Pictures held: [`MAX_DELAY`] at 60 a second. Past it the oldest is shown early. A browser's
/// decoder has few more to give before it waits for one to come back.
pub const MAX_HELD: usize = 4;
/// Where the scene was read nothing for so long before a picture, that picture answers somebody.
pub const REST: Duration = Duration::from_millis(150);
/// The offset changes by one part in so many of the time between two pictures: movement is 6 %
/// faster or slower meanwhile, which nobody sees.
pub const DRIFT: u32 = 16;
/// Pictures whose way is remembered: one second at 30 a second. So long it takes until a way that
/// has become shorter is believed; then what is held too long shrinks to nothing within
/// [`DRIFT`] × [`MAX_DELAY`], one more second.
pub const WINDOW: usize = 32;
/// One of so many may be late: a single stall is no reason to hold everything that follows.
const LATE_PART: usize = 8;
/// Lateness that no screen shows: a quarter of a frame at 60 a second.
const LATE_UNSEEN: Duration = Duration::from_millis(4);

/// What decides when a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// As in its header; counts up by one, and wraps.
    pub sequence: u32,
    /// As in its header: microseconds of the server's clock.
    pub captured_us: u64,
    /// It is a key, exact, or stands alone (JPEG, PNG): not to be held.
    pub at_once: bool,
}

/// What to do now with pictures, given back by the presenter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Step<T> {
    /// Show this one.
    pub show: Option<T>,
    /// Throw these away, oldest first: something newer is shown.
    pub drop: Vec<T>,
}

/// What the presenter does, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How long a picture that came by the fastest way is held.
    pub delay: Duration,
    /// By how much the slowest ways exceed the fastest one; late ones aside.
    pub jitter: Duration,
    /// Pictures held now.
    pub held: usize,
    /// Pictures shown since the start.
    pub shown: u64,
    /// Pictures thrown away since the start.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Held<T> {
    picture: T,
    due: i64,
}

/// The machine; it holds the pictures, whatever they are. Times are those of the client's clock,
/// and never fall.
#[derive(Clone, Debug)]
pub struct Presenter<T> {
    /// Sequence of the latest picture.
    latest: Option<u32>,
    /// When the scene of the latest picture was read, by the server's clock.
    captured: Option<i64>,
    /// The client's clock at which a picture is due, minus the server's at which it was captured.
    offset: Option<i64>,
    /// The client's clock at which pictures were ready, minus the server's; the latest last.
    ways: VecDeque<i64>,
    /// Oldest first, and due in this order.
    held: VecDeque<Held<T>>,
    shown: u64,
    dropped: u64,
}

impl<T> Default for Presenter<T> {
    fn default() -> Self {
        Self {
            latest: None,
            captured: None,
            offset: None,
            ways: VecDeque::new(),
            held: VecDeque::new(),
            shown: 0,
            dropped: 0,
        }
    }
}

impl<T> Presenter<T> {
    /// `picture` can be shown from `now` on.
    pub fn ready(&mut self, now: Instant, header: Ready, picture: T) -> Step<T> {
        let Ready { sequence, captured_us, at_once } = header;
        if self.latest.is_some_and(|latest| sequence.wrapping_sub(latest).cast_signed() <= 0) {
            self.dropped += 1;
            return Step { show: None, drop: vec![picture] };
        }
        self.latest = Some(sequence);
        let captured = signed(captured_us);
        let before = self.captured.replace(captured);
        let interval = before.map_or(0, |before| captured.saturating_sub(before));
        let way = micros(now).saturating_sub(captured);
        // A picture of the same moment is the same picture, better.
        let moves = interval > 0 && interval <= span(REST);
        let due = if moves && !at_once {
            captured.saturating_add(self.follow(way, interval))
        } else {
            // What follows goes on from here, instead of waiting for the old rhythm.
            self.offset = self.offset.map(|offset| offset.min(way));
            micros(now)
        };
        self.held.push_back(Held { picture, due });
        self.tick(now)
    }

    /// Time passed; to be called at [`Presenter::next_wake`]. Later is no harm: the latest picture
    /// that is due is shown.
    pub fn tick(&mut self, now: Instant) -> Step<T> {
        let due = self.held.iter().rposition(|held| held.due <= micros(now));
        let due = due.map_or(0, |last| last.saturating_add(1));
        let count = due.max(self.held.len().saturating_sub(MAX_HELD));
        let mut drop: Vec<T> = self.held.drain(..count).map(|held| held.picture).collect();
        let show = drop.pop();
        self.shown += u64::from(show.is_some());
        self.dropped += drop.len() as u64;
        Step { show, drop }
    }

    /// When to call [`Presenter::tick`].
    pub fn next_wake(&self) -> Option<Instant> {
        self.held.front().map(|held| Instant::from_micros(u64::try_from(held.due).unwrap_or(0)))
    }

    /// Another connection: sequences begin anew, and maybe the server's clock. What was learned is
    /// forgotten, and what was held given back to be thrown away.
    pub fn restart(&mut self) -> Vec<T> {
        let old = std::mem::take(self);
        let drop: Vec<T> = old.held.into_iter().map(|held| held.picture).collect();
        self.shown = old.shown;
        self.dropped = old.dropped.saturating_add(drop.len() as u64);
        drop
    }

    /// The numbers.
    pub fn report(&self) -> Report {
        let (fastest, slowest) = self.spread().unwrap_or_default();
        let offset = self.offset.unwrap_or(fastest);
        Report {
            delay: length(offset.saturating_sub(fastest)),
            jitter: length(slowest.saturating_sub(fastest)),
            held: self.held.len(),
            shown: self.shown,
            dropped: self.dropped,
        }
    }

    /// The offset for a picture that took this way, `interval` after the one before.
    fn follow(&mut self, way: i64, interval: i64) -> i64 {
        if self.ways.len() >= WINDOW {
            self.ways.pop_front();
        }
        self.ways.push_back(way);
        let (fastest, slowest) = self.spread().unwrap_or((way, way));
        let most = fastest.saturating_add(span(MAX_DELAY));
        let wanted = slowest.saturating_sub(span(LATE_UNSEEN)).clamp(fastest, most);
        let step = interval / i64::from(DRIFT);
        let offset = self.offset.map_or(way, |offset| {
            offset.saturating_add(wanted.saturating_sub(offset).clamp(-step, step))
        });
        // Below the fastest way everything is late whatever the offset; and nothing is held longer
        // than the bound, even where a network becomes much faster at once.
        let offset = offset.max(fastest).min(way.saturating_add(span(MAX_DELAY)));
        self.offset = Some(offset);
        offset
    }

    /// The fastest way, and the slowest one but for those that may be late.
    fn spread(&self) -> Option<(i64, i64)> {
        let mut ways: Vec<i64> = self.ways.iter().copied().collect();
        ways.sort_unstable();
        let late = ways.len() / LATE_PART;
        ways.first().copied().zip(ways.iter().rev().nth(late).copied())
    }
}

fn micros(instant: Instant) -> i64 {
    signed(instant.as_micros())
}

fn signed(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn length(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
