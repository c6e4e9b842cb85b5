//! One direction of the link, which all connections share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parfocal_encode::rate::link::Random;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::shape::{Direction, Schedule, Way};

/// Bytes that pass together: what the bottleneck lets through in a millisecond, which is how
/// finely tokio's timers tell times apart; at least what a TCP segment carries.
const PACKET: (usize, usize) = (1448, 64 * 1024);
/// How long the jitter stays as it is, as in the simulation: what comes close together is held up
/// together.
const JITTER: Duration = Duration::from_millis(10);
/// Waits that are remembered: of a minute with a thousand messages a second.
const WAITS: usize = 60_000;

/// The bottleneck and the delay behind it. When bytes leave is known when they enter.
pub(super) struct Pipe {
    direction: Direction,
    state: Mutex<State>,
    /// Who waits for room, in the order in which they came.
    entrance: tokio::sync::Mutex<()>,
    /// Another schedule began.
    changed: Notify,
}

struct State {
    schedule: Schedule,
    begun: Instant,
    random: Random,
    /// The jitter, and for which slot of time it was drawn.
    jitter: (u128, Duration),
    /// What has not left yet: when it will, and its bytes.
    waiting: VecDeque<(Instant, usize)>,
    /// When the last byte leaves that has entered.
    free: Instant,
    passed: u64,
    most: usize,
    /// When bytes came, and how long they waited for those before them.
    waits: VecDeque<(Instant, Duration)>,
}

impl Pipe {
    pub(super) fn new(direction: Direction, schedule: Schedule, now: Instant) -> Self {
        let random = Random::new(schedule.seed);
        let state = State {
            schedule,
            begun: now,
            random,
            jitter: (u128::MAX, Duration::ZERO),
            waiting: VecDeque::new(),
            free: now,
            passed: 0,
            most: 0,
            waits: VecDeque::new(),
        };
        Self {
            direction,
            state: Mutex::new(state),
            entrance: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
        }
    }

    /// Begins another schedule. What has entered leaves as it would have.
    pub(super) fn begin(&self, schedule: Schedule, now: Instant) {
        let mut state = self.state();
        state.random = Random::new(schedule.seed);
        state.jitter.0 = u128::MAX;
        (state.schedule, state.begun) = (schedule, now);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Bytes to read at most before they enter.
    pub(super) fn packet(&self) -> usize {
        let (least, most) = PACKET;
        let rate = self.state().now(self.direction, Instant::now()).0.rate;
        rate.map_or(most, |rate| usize::try_from(rate / 8000).unwrap_or(most).clamp(least, most))
    }

    /// Waits for room before the bottleneck; says since when there is, and when the bytes arrive.
    ///
    /// They are there since `since`. The bottleneck works on while this process gets no processor:
    /// what comes late because of that leaves as if it had come in time.
    pub(super) async fn enter(&self, bytes: usize, mut since: Instant) -> (Instant, Instant) {
        let _first = self.entrance.lock().await;
        loop {
            let changed = self.changed.notified();
            let wait = match self.state().admit(self.direction, bytes, since) {
                Ok(arrives) => return (since, arrives),
                Err(wait) => wait,
            };
            tokio::select! {
                () = changed => {}
                () = until(wait) => since = wait.map_or(since, |wait| wait.max(since)),
            }
        }
    }

    /// Bytes that wait before the bottleneck.
    pub(super) fn queued(&self) -> usize {
        let mut state = self.state();
        state.forget(Instant::now());
        state.queued()
    }

    /// The most that waited at a time.
    pub(super) fn most_queued(&self) -> usize {
        self.state().most
    }

    /// How long what came together waited for what came before; the latest last.
    pub(super) fn waits(&self) -> Vec<(Instant, Duration)> {
        self.state().waits.iter().copied().collect()
    }

    /// Bytes that have left the bottleneck.
    pub(super) fn passed(&self) -> u64 {
        let mut state = self.state();
        state.forget(Instant::now());
        state.passed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

impl State {
    /// The link now, and when it changes.
    fn now(&self, direction: Direction, now: Instant) -> (Way, Option<Instant>) {
        let (way, next) = self.schedule.at(direction, now.duration_since(self.begun));
        (way, next.map(|next| self.begun + next))
    }

    /// When the bytes arrive, or when to ask again (`None`: at another schedule).
    fn admit(
        &mut self,
        direction: Direction,
        bytes: usize,
        since: Instant,
    ) -> Result<Instant, Option<Instant>> {
        let now = Instant::now();
        self.forget(now);
        let (way, next) = self.now(direction, now);
        let queued = self.queued();
        if queued > 0 && queued.saturating_add(bytes) > way.buffer {
            let leaves = self.waiting.front().map(|&(leaves, _)| leaves);
            return Err(leaves.into_iter().chain(next).min());
        }
        let start = self.free.max(since);
        // What follows at once is a part of the same message, and waits for its own beginning.
        if self.waits.back().is_none_or(|&(last, _)| last < since) {
            if self.waits.len() >= WAITS {
                self.waits.pop_front();
            }
            self.waits.push_back((since, start.duration_since(since)));
        }
        let start = start.duration_since(self.begun);
        let leaves = self.schedule.leaves(direction, start, bytes).ok_or(None)?;
        self.free = self.begun + leaves;
        self.waiting.push_back((self.free, bytes));
        self.most = self.most.max(self.queued());
        // The link is as it is when they leave.
        let (way, _) = self.schedule.at(direction, leaves);
        let arrives = leaves + way.delay + self.jitter(leaves, way.jitter);
        Ok(self.begun + next_batch(arrives, way.batch))
    }

    fn jitter(&mut self, leaves: Duration, mean: Duration) -> Duration {
        let slot = leaves.as_nanos() / JITTER.as_nanos();
        if self.jitter.0 != slot {
            let drawn = self.random.exponential(mean.as_secs_f64());
            self.jitter = (slot, Duration::from_secs_f64(drawn));
        }
        self.jitter.1
    }

    fn forget(&mut self, now: Instant) {
        let left = self.waiting.partition_point(|&(leaves, _)| leaves <= now);
        self.passed += self.waiting.drain(..left).map(|(_, bytes)| bytes as u64).sum::<u64>();
    }

    fn queued(&self) -> usize {
        self.waiting.iter().map(|&(_, bytes)| bytes).sum()
    }
}

/// When a proxy that works every `batch` hands on what came at `time`.
fn next_batch(time: Duration, batch: Duration) -> Duration {
    if batch.is_zero() {
        return time;
    }
    batch.mul_f64((time.as_secs_f64() / batch.as_secs_f64()).ceil())
}
