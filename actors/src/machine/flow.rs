//! Flow control towards one client: what it has been sent and has not shown, and which pictures
//! it can use. Pictures are dropped before they are encoded where possible; a client that cannot
//! take a difference picture of a shared stream waits for the next key picture.

use std::collections::VecDeque;

/// Pictures on their way to one client: at 60 frames/s enough to cover a round trip of 130 ms.
pub const MAX_PICTURES_IN_FLIGHT: usize = 8;
/// Bytes on their way to one client: about half a second of a 12 Mbit/s stream, or one large
/// still. A picture larger than this goes out alone.
pub const MAX_BYTES_IN_FLIGHT: usize = 768 * 1024;

/// Bytes of a still on their way to one client: the next movement waits behind them.
pub const MAX_TILE_BYTES_IN_FLIGHT: usize = 128 * 1024;

/// What becomes of a picture that was encoded for several clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Send it, with this sequence number.
    Send(u32),
    /// There is no room; for a difference codec, nothing is sent before the next key picture.
    Skip,
}

/// One client's pixel channel.
#[derive(Debug)]
pub struct Flow {
    next: u32,
    in_flight: VecDeque<(u32, usize)>,
    bytes: usize,
    needs_key: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self { next: 0, in_flight: VecDeque::new(), bytes: 0, needs_key: true }
    }
}

impl Flow {
    /// Whether another picture may be sent now.
    pub fn has_room(&self) -> bool {
        self.in_flight.is_empty()
            || (self.in_flight.len() < MAX_PICTURES_IN_FLIGHT && self.bytes < MAX_BYTES_IN_FLIGHT)
    }

    /// Whether the client can show nothing before a key picture.
    pub const fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Pictures sent and not yet shown.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Decides about a picture of `bytes` bytes.
    pub fn offer(&mut self, key: bool, bytes: usize) -> Admit {
        if (self.needs_key && !key) || !self.has_room() {
            self.needs_key = true;
            return Admit::Skip;
        }
        self.needs_key = false;
        Admit::Send(self.send(bytes))
    }

    /// A still's tile goes out: it needs no key, and is none.
    pub fn tile(&mut self, bytes: usize) -> u32 {
        self.send(bytes)
    }

    fn send(&mut self, bytes: usize) -> u32 {
        let sequence = self.next;
        self.next = self.next.wrapping_add(1);
        self.in_flight.push_back((sequence, bytes));
        self.bytes += bytes;
        sequence
    }

    /// Whether a still's tile may go out now.
    pub fn has_room_for_tile(&self) -> bool {
        self.in_flight.is_empty() || (self.has_room() && self.bytes < MAX_TILE_BYTES_IN_FLIGHT)
    }

    /// The client showed picture `sequence`, and so is done with all before it. False, and nothing
    /// is freed, where that picture is not on its way.
    pub fn shown(&mut self, sequence: u32) -> bool {
        if !self.in_flight.iter().any(|&(sent, _)| sent == sequence) {
            return false;
        }
        while let Some((sent, bytes)) = self.in_flight.pop_front() {
            self.bytes -= bytes;
            if sent == sequence {
                break;
            }
        }
        true
    }

    /// The client lost its place in the stream, or begins another stream. What is on its way
    /// still counts: it fills the same pipe.
    pub const fn restart(&mut self) {
        self.needs_key = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stream_begins_with_a_key_picture() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(false, 100), Admit::Skip);
        assert_eq!(flow.offer(true, 100), Admit::Send(0));
        assert_eq!(flow.offer(false, 100), Admit::Send(1));
    }

    #[test]
    fn a_full_window_skips_and_then_waits_for_a_key() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(true, 10), Admit::Send(0));
        for n in 1..MAX_PICTURES_IN_FLIGHT as u32 {
            assert_eq!(flow.offer(false, 10), Admit::Send(n));
        }
        assert_eq!(flow.offer(false, 10), Admit::Skip);
        flow.shown(MAX_PICTURES_IN_FLIGHT as u32 - 1);
        assert!(flow.has_room());
        assert_eq!(flow.offer(false, 10), Admit::Skip);
        assert_eq!(flow.offer(true, 10), Admit::Send(MAX_PICTURES_IN_FLIGHT as u32));
    }

    #[test]
    fn a_picture_larger_than_the_window_goes_out_alone() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(true, 10 * MAX_BYTES_IN_FLIGHT), Admit::Send(0));
        assert!(!flow.has_room());
        flow.shown(0);
        assert!(flow.has_room());
    }

    proptest! {
        #[test]
        fn bytes_in_flight_are_always_the_sum_of_what_is_in_flight(
            steps in prop::collection::vec((any::<bool>(), 0_usize..500_000, 0_u32..40), 0..200)
        ) {
            let mut flow = Flow::default();
            for (key, bytes, shown) in steps {
                flow.offer(key, bytes);
                flow.shown(shown);
                prop_assert_eq!(flow.bytes, flow.in_flight.iter().map(|&(_, b)| b).sum::<usize>());
                prop_assert!(flow.in_flight.len() <= MAX_PICTURES_IN_FLIGHT);
            }
        }
    }
}
