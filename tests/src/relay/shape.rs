//! What a link is like, as plain data, and when bytes leave its bottleneck.

use std::time::Duration;

use parfocal_encode::rate::link::Link;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Bits per second of the bottleneck; 0: nothing passes; `None`: as fast as this machine is.
    pub rate: Option<u64>,
    /// From leaving the bottleneck to arriving.
    pub delay: Duration,
    /// Mean of what is added at random (exponentially, at most five times this). Nothing overtakes.
    pub jitter: Duration,
    /// A proxy hands on at multiples of this what came before; zero: there is none.
    pub batch: Duration,
    /// Bytes that wait before the bottleneck; past it the sender is not read, as TCP does.
    pub buffer: usize,
}

impl Way {
    /// No bottleneck and no delay.
    pub const OPEN: Self = Self {
        rate: None,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        batch: Duration::ZERO,
        buffer: usize::MAX,
    };

    /// A bottleneck of so many bits per second, which holds `buffer` bytes.
    pub const fn with_rate(rate: u64, delay: Duration, buffer: usize) -> Self {
        Self { rate: Some(rate), delay, buffer, ..Self::OPEN }
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

/// The links on which rate control is simulated: a bottleneck towards the client.
impl From<&Link> for Schedule {
    fn from(link: &Link) -> Self {
        let ms = |ms: f64| Duration::from_secs_f64(ms / 1000.0);
        let up = Way { delay: ms(link.delay_ms), jitter: ms(link.jitter_ms), ..Way::OPEN };
        let down = Way { batch: ms(link.batch_ms), buffer: link.buffer_bytes, ..up };
        let stalls = || link.stalls.iter().map(|stall| (stall.at_ms, stall.at_ms + stall.for_ms));
        let mut times: Vec<u32> = link.rates.iter().map(|rate| rate.at_ms).collect();
        times.extend(stalls().flat_map(|(from, to)| [from, to]));
        times.push(0);
        times.sort_unstable();
        times.dedup();
        let phase = |at: u32| {
            let from = Duration::from_millis(at.into());
            let stalled = stalls().any(|(from, to)| (from..to).contains(&at));
            let rate = if stalled { 0 } else { u64::from(link.bps(from)) };
            Phase { from, up, down: Way { rate: Some(rate), ..down } }
        };
        Self { phases: times.into_iter().map(phase).collect(), seed: 1 }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use parfocal_base::Instant;
    use parfocal_encode::rate::link::{Bottleneck, Rate, Stall};

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
    fn a_simulated_link_lets_bytes_through_when_the_simulation_does() {
        let rate = |at_ms, bps| Rate { at_ms, bps };
        let stall = |at_ms, for_ms| Stall { at_ms, for_ms };
        let link = Link {
            rates: Cow::Owned(vec![rate(0, 4_000_000), rate(150, 500_000), rate(400, 9_000_000)]),
            stalls: Cow::Owned(vec![stall(40, 70), stall(300, 50)]),
            buffer_bytes: 1 << 20,
            ..Link::steady(1, 30.0)
        };
        let schedule = Schedule::from(&link);
        let mut simulated = Bottleneck::new(link, Instant::ZERO, 1);
        let mut free = Duration::ZERO;
        for n in 0..60_u32 {
            let (now, bytes) = (11 * n * MS, 300 + 170 * n as usize);
            free = schedule.leaves(Direction::Down, free.max(now), bytes).unwrap();
            let (way, _) = schedule.at(Direction::Down, free);
            let arrives = simulated.send(Instant::ZERO + now, bytes).unwrap();
            let difference = (free + way.delay).abs_diff(arrives.since(Instant::ZERO));
            assert!(difference < Duration::from_micros(5), "{n}: {difference:?}");
        }
    }

    #[test]
    fn what_never_leaves_is_told_apart() {
        let schedule = Schedule::constant(Way::OPEN.stalled(), Way::OPEN);
        assert_eq!(schedule.leaves(Direction::Up, MS, 1), None);
        assert_eq!(schedule.leaves(Direction::Down, MS, 1), Some(MS));
        assert_eq!(Schedule::default().at(Direction::Up, MS), (Way::OPEN, None));
    }
}
