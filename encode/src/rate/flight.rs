//! Messages under way to one client: sent and not yet received, received and not yet shown.

use std::collections::VecDeque;

use parfocal_base::Instant;

use super::Kind;

/// Pictures on their way to one client: at 60 frames/s enough for a round trip of 300 ms, and as
/// much again for the presenter's own buffer and a decoder that is a little late.
pub const MAX_PICTURES_IN_FLIGHT: usize = 40;
/// Bytes on their way to one client: 40 Mbit/s over a round trip of 300 ms, and 100 ms of queue.
/// A picture larger than this goes out alone.
pub const MAX_BYTES_IN_FLIGHT: usize = 2 * 1024 * 1024;
/// Messages that are remembered, tiles of stills with them: at 8 KiB each they fill
/// [`MAX_BYTES_IN_FLIGHT`]. What is sent beyond is counted as a part of the last.
pub const MAX_MESSAGES_IN_FLIGHT: usize = 256;

/// One message, or several that can no longer be told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) sequence: u32,
    pub(super) bytes: usize,
    pub(super) pictures: usize,
    pub(super) sent: Instant,
    /// Round trips that TCP's slow start is expected to add.
    pub(super) rounds: f64,
}

/// What arrived at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// Bytes of all messages that arrived.
    pub(super) bytes: usize,
    /// When the first of them was sent.
    pub(super) first_sent: Instant,
    /// The last of them.
    pub(super) last: Message,
    /// The most round trips that slow start is expected to have added to one.
    pub(super) rounds: f64,
}

/// Both queues. Sums are kept along.
#[derive(Clone, Debug, Default)]
pub(super) struct Flight {
    flying: VecDeque<Message>,
    /// Sequence, pictures, when received.
    showing: VecDeque<(u32, usize, Instant)>,
    bytes: usize,
    pictures: usize,
}

impl Flight {
    pub(super) fn sent(
        &mut self,
        now: Instant,
        sequence: u32,
        bytes: usize,
        kind: Kind,
        rounds: f64,
    ) {
        let pictures = usize::from(kind != Kind::Still);
        self.bytes += bytes;
        self.pictures += pictures;
        let full = self.flying.len() >= MAX_MESSAGES_IN_FLIGHT;
        if let Some(last) = self.flying.back_mut().filter(|_| full) {
            last.sequence = sequence;
            last.bytes += bytes;
            last.pictures += pictures;
        } else {
            self.flying.push_back(Message { sequence, bytes, pictures, sent: now, rounds });
        }
    }

    /// `None` where no such message is under way.
    pub(super) fn received(&mut self, now: Instant, sequence: u32) -> Option<Arrival> {
        let index = self.flying.iter().position(|message| message.sequence == sequence)?;
        let mut arrival: Option<Arrival> = None;
        for message in self.flying.drain(..=index) {
            self.bytes -= message.bytes;
            if self.showing.len() >= MAX_MESSAGES_IN_FLIGHT
                && let Some((_, pictures, _)) = self.showing.pop_front()
            {
                self.pictures -= pictures;
            }
            self.showing.push_back((message.sequence, message.pictures, now));
            let before = arrival.unwrap_or(Arrival {
                bytes: 0,
                first_sent: message.sent,
                last: message,
                rounds: 0.0,
            });
            arrival = Some(Arrival {
                bytes: before.bytes + message.bytes,
                last: message,
                rounds: before.rounds.max(message.rounds),
                ..before
            });
        }
        arrival
    }

    /// Frees `sequence` and all before it; when it was received. `None` where it was not received.
    pub(super) fn shown(&mut self, sequence: u32) -> Option<Instant> {
        let index = self.showing.iter().position(|&(received, ..)| received == sequence)?;
        let mut at = None;
        for (_, pictures, received) in self.showing.drain(..=index) {
            self.pictures -= pictures;
            at = Some(received);
        }
        at
    }

    /// Messages that have not arrived, oldest first.
    pub(super) fn flying(&self) -> impl Iterator<Item = &Message> {
        self.flying.iter()
    }

    /// Bytes that have not arrived.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Pictures that were not shown.
    pub(super) const fn pictures(&self) -> usize {
        self.pictures
    }

    /// Pictures that arrived and were not shown.
    pub(super) fn waiting(&self) -> usize {
        self.showing.iter().map(|&(_, pictures, _)| pictures).sum()
    }

    /// When the oldest picture that was not shown arrived.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        self.showing.iter().find(|&&(_, pictures, _)| pictures > 0).map(|&(.., at)| at)
    }

    /// Messages that were not shown.
    pub(super) fn len(&self) -> usize {
        self.flying.len() + self.showing.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_always_those_of_what_is_under_way(
            steps in prop::collection::vec((0_u8..4, 0_usize..500_000, 0_u32..400), 0..600)
        ) {
            let (mut flight, mut next) = (Flight::default(), 0);
            for (what, bytes, sequence) in steps {
                match what {
                    0 | 1 => {
                        let kind = if what == 0 { Kind::Frame } else { Kind::Still };
                        flight.sent(Instant::ZERO, next, bytes, kind, 0.0);
                        next += 1;
                    }
                    2 => drop(flight.received(Instant::ZERO, sequence)),
                    _ => drop(flight.shown(sequence)),
                }
                prop_assert_eq!(flight.bytes, flight.flying.iter().map(|m| m.bytes).sum::<usize>());
                let flying: usize = flight.flying.iter().map(|m| m.pictures).sum();
                prop_assert_eq!(flight.pictures, flying + flight.waiting());
                prop_assert!(flight.len() <= 2 * MAX_MESSAGES_IN_FLIGHT);
            }
        }
    }

    #[test]
    fn a_message_that_is_not_under_way_frees_nothing() {
        let mut flight = Flight::default();
        flight.sent(Instant::ZERO, 7, 100, Kind::Key, 0.0);
        assert!(flight.received(Instant::ZERO, 8).is_none());
        assert!(flight.shown(7).is_none());
        assert!(flight.received(Instant::ZERO, 7).is_some());
        assert!(flight.received(Instant::ZERO, 7).is_none());
        assert!(flight.shown(7).is_some());
        assert_eq!((flight.bytes(), flight.pictures(), flight.len()), (0, 0, 0));
    }

    #[test]
    fn numbers_may_wrap() {
        let mut flight = Flight::default();
        flight.sent(Instant::ZERO, u32::MAX, 100, Kind::Frame, 0.0);
        flight.sent(Instant::ZERO, 0, 50, Kind::Frame, 0.0);
        assert_eq!(flight.received(Instant::ZERO, 0).map(|arrival| arrival.bytes), Some(150));
    }
}
