//! What a link is like, as plain data, and when bytes leave its bottleneck.

use std::time::Duration;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Bits per second of the bottleneck; 0: nothing passes; `None`: as fast as this machine is.
    pub rate: Option<u64>,
    /// From leaving the bottleneck to arriving.
    pub delay: Duration,
    /// Up to so much is added at random. Nothing overtakes.
    pub jitter: Duration,
    /// Bytes that wait before the bottleneck; past it the sender is not read, as TCP does.
    pub buffer: usize,
}

impl Way {
    /// No bottleneck and no delay.
    pub const OPEN: Self =
        Self { rate: None, delay: Duration::ZERO, jitter: Duration::ZERO, buffer: usize::MAX };

    /// A bottleneck of so many bits per second, which holds `buffer` bytes.
    pub const fn with_rate(rate: u64, delay: Duration, buffer: usize) -> Self {
        Self { rate: Some(rate), delay, jitter: Duration::ZERO, buffer }
    }

    /// The same link while nothing passes.
    pub const fn stalled(self) -> Self {
        Self { rate: Some(0), ..self }
    }
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From client to server.
    Up,
    /// From server to client.
    Down,
}

/// What a link is like from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Since the schedule began.
    pub from: Duration,
    /// From client to server.
    pub up: Way,
    /// From server to client.
    pub down: Way,
}

/// What a link is like over time. Before the first phase it is open, and the last one lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// In the order of their times.
    pub phases: Vec<Phase>,
    /// Of the jitter.
    pub seed: u64,
}

impl Schedule {
    /// A link that does not change.
    pub fn constant(up: Way, down: Way) -> Self {
        Self { phases: vec![Phase { from: Duration::ZERO, up, down }], seed: 1 }
    }

    /// A link whose way to the client changes: `(from, way)`.
    pub fn down(up: Way, phases: &[(Duration, Way)]) -> Self {
        let phase = |&(from, down)| Phase { from, up, down };
        Self { phases: phases.iter().map(phase).collect(), seed: 1 }
    }

    /// The link at a time, and when it changes next.
    pub fn at(&self, direction: Direction, time: Duration) -> (Way, Option<Duration>) {
        let next = self.phases.iter().position(|phase| phase.from > time);
        let now = next.unwrap_or(self.phases.len()).checked_sub(1);
        let way =
            now.and_then(|at| self.phases.get(at)).map_or(Way::OPEN, |phase| match direction {
                Direction::Up => phase.up,
                Direction::Down => phase.down,
            });
        (way, next.and_then(|at| self.phases.get(at)).map(|phase| phase.from))
    }

    /// When the last of `bytes` leaves the bottleneck that begins with them at `start`; `None`
    /// where it never does.
    pub fn leaves(&self, direction: Direction, start: Duration, bytes: usize) -> Option<Duration> {
        let (mut time, mut bits) = (start, bytes as f64 * 8.0);
        loop {
            let (way, until) = self.at(direction, time);
            let Some(rate) = way.rate else { return Some(time) };
            let takes = bits / rate as f64;
            let Some(until) = until else {
                return (rate > 0).then(|| time + Duration::from_secs_f64(takes));
            };
            let there = (until - time).as_secs_f64();
            if takes <= there {
                return Some(time + Duration::from_secs_f64(takes));
            }
            bits -= there * rate as f64;
            time = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn bytes_pass_at_the_rate_of_each_phase_and_not_at_all_in_a_stall() {
        let fast = Way::with_rate(8_000_000, Duration::ZERO, 1000);
        let slow = Way::with_rate(800_000, Duration::ZERO, 1000);
        let phases = [(Duration::ZERO, fast), (10 * MS, fast.stalled()), (60 * MS, slow)];
        let schedule = Schedule::down(Way::OPEN, &phases);
        let leaves = |start, bytes| schedule.leaves(Direction::Down, start, bytes);
        assert_eq!(leaves(Duration::ZERO, 5_000), Some(5 * MS));
        // 8 ms of it before the stall, the rest ten times slower.
        assert_eq!(leaves(2 * MS, 9_000), Some(70 * MS));
        assert_eq!(leaves(20 * MS, 100), Some(61 * MS));
        assert_eq!(schedule.leaves(Direction::Up, MS, 1 << 20), Some(MS));
    }

    #[test]
    fn what_never_leaves_is_told_apart() {
        let schedule = Schedule::constant(Way::OPEN.stalled(), Way::OPEN);
        assert_eq!(schedule.leaves(Direction::Up, MS, 1), None);
        assert_eq!(schedule.leaves(Direction::Down, MS, 1), Some(MS));
        assert_eq!(Schedule::default().at(Direction::Up, MS), (Way::OPEN, None));
    }
}
