//! Flow control towards one client: what it has been sent, which pictures it can use, and when it
//! may be sent the next. Pictures are dropped before they are encoded where possible; a client that
//! cannot take a difference picture of a shared stream waits for the next key picture.

use std::time::Duration;

use parfocal_base::Instant;
use parfocal_encode::rate::{Admission, Kind, RateConfig, RateControl, Reason, Report, Target};

/// A picture that was encoded for others is sent to a client, too, whose link is busy with what was
/// sent for at most this long: that costs it some delay, and a skipped one a key picture.
const BEHIND: Duration = Duration::from_millis(100);

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
    needs_key: bool,
    key_wanted: bool,
    rate: RateControl,
}

impl Default for Flow {
    fn default() -> Self {
        let rate = RateControl::new(RateConfig::default());
        Self { next: 0, needs_key: true, key_wanted: false, rate }
    }
}

impl Flow {
    /// When another picture may be encoded for this client; `None`: not before it says something.
    pub fn room(&self, now: Instant) -> Option<Instant> {
        match self.rate.admission(now) {
            Admission::Now => Some(now),
            Admission::At(at) => Some(at),
            Admission::Full(_) => None,
        }
    }

    /// Whether the client can show nothing before a key picture.
    pub const fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Whether it has come to need one since this was last asked.
    pub const fn take_key_wanted(&mut self) -> bool {
        std::mem::replace(&mut self.key_wanted, false)
    }

    /// Decides about a picture of `bytes` bytes.
    pub fn offer(&mut self, now: Instant, key: bool, bytes: usize) -> Admit {
        if self.needs_key && !key {
            return Admit::Skip;
        }
        if let Some(reason) = self.refusal(now) {
            self.rate.refuse(reason);
            self.restart();
            return Admit::Skip;
        }
        self.needs_key = false;
        Admit::Send(self.send(now, bytes, if key { Kind::Key } else { Kind::Frame }))
    }

    /// A picture was painted and replaced before it was encoded; counted where that was for want of
    /// room here.
    pub fn missed(&mut self, now: Instant) {
        match self.rate.admission(now) {
            Admission::Now => {}
            Admission::At(_) => self.rate.refuse(Reason::Paced),
            Admission::Full(reason) => self.rate.refuse(reason),
        }
    }

    /// Bytes of a still's tiles that may go out now.
    pub fn room_for_still(&self, now: Instant) -> usize {
        self.rate.room_for_still(now)
    }

    /// When to look for room again, though nothing is heard of the client.
    pub fn next_wake(&self, now: Instant) -> Option<Instant> {
        self.rate.next_wake(now)
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self, now: Instant) -> bool {
        self.rate.report(now).bytes_in_flight == 0
    }

    /// A still's tile goes out: it needs no key, and is none.
    pub fn tile(&mut self, now: Instant, bytes: usize) -> u32 {
        self.send(now, bytes, Kind::Still)
    }

    /// Picture `sequence` arrived, and all before it. False where it was not on its way.
    pub fn received(&mut self, now: Instant, sequence: u32) -> bool {
        self.rate.received(now, sequence)
    }

    /// The client is done with picture `sequence`, and all before it. False where it was not on
    /// its way.
    pub fn shown(&mut self, now: Instant, sequence: u32, decode: Duration) -> bool {
        self.rate.shown(now, sequence, decode)
    }

    /// The client lost its place in the stream, or begins another stream. What is on its way
    /// still counts: it fills the same pipe.
    pub const fn restart(&mut self) {
        self.key_wanted = true;
        self.needs_key = true;
    }

    /// The client gets pictures of this height from now on, in pixels.
    pub fn plays(&mut self, height: u32) {
        self.rate.plays(height);
    }

    /// The user's own limit of bits a second.
    pub const fn set_ceiling(&mut self, bps: Option<u32>) {
        self.rate.set_ceiling(bps);
    }

    /// What the client could take.
    pub fn target(&self, now: Instant) -> Target {
        self.rate.target(now)
    }

    /// What there is to tell about the link.
    pub fn report(&self, now: Instant) -> Report {
        self.rate.report(now)
    }

    /// Why a picture that is there already is not sent.
    fn refusal(&self, now: Instant) -> Option<Reason> {
        match self.rate.admission(now) {
            Admission::Now => None,
            // That the link is to be left alone for a moment is no reason: a skipped picture costs
            // it more.
            Admission::At(_) => (self.rate.busy(now) > BEHIND).then_some(Reason::Paced),
            Admission::Full(reason @ (Reason::Late | Reason::SlowStart)) => {
                let Report { bytes_in_flight, estimate_bps, .. } = self.rate.report(now);
                let busy = bytes_in_flight as f64 * 8.0 / f64::from(estimate_bps.max(1));
                (busy > BEHIND.as_secs_f64()).then_some(reason)
            }
            Admission::Full(reason) => Some(reason),
        }
    }

    fn send(&mut self, now: Instant, bytes: usize, kind: Kind) -> u32 {
        let sequence = self.next;
        self.next = self.next.wrapping_add(1);
        self.rate.sent(now, sequence, bytes, kind);
        sequence
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use parfocal_encode::rate::link::{Bottleneck, Link};

    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    const NONE: Duration = Duration::ZERO;

    #[test]
    fn a_stream_begins_with_a_key_picture() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(at(0), false, 100), Admit::Skip);
        assert_eq!(flow.offer(at(0), true, 100), Admit::Send(0));
        assert_eq!(flow.offer(at(0), false, 100), Admit::Send(1));
        assert!(!flow.take_key_wanted());
    }

    #[test]
    fn who_has_too_much_on_its_way_skips_and_then_waits_for_a_key() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(at(0), true, 1000), Admit::Send(0));
        let mut sent = 0;
        while let Admit::Send(sequence) = flow.offer(at(0), false, 20_000) {
            sent = sequence;
        }
        assert!(sent < 10, "{sent} pictures on a link that nothing is known of");
        assert!(flow.take_key_wanted() && !flow.take_key_wanted());
        assert!(flow.shown(at(50), sent, NONE));
        assert_eq!(flow.room(at(50)), Some(at(50)));
        assert_eq!(flow.offer(at(50), false, 10), Admit::Skip);
        assert_eq!(flow.offer(at(50), true, 10), Admit::Send(sent + 1));
    }

    #[test]
    fn a_picture_that_was_begun_is_sent_though_the_link_is_to_be_left_alone() {
        let link = Link { buffer_bytes: 1 << 20, ..Link::steady(500_000, 20.0) };
        let (mut link, mut flow) = (Bottleneck::new(link, at(0), 1), Flow::default());
        let (mut encoding, mut receipts) = (None, VecDeque::new());
        let (mut sent, mut skipped) = (0, 0);
        for now in (0..600_000).map(at) {
            while let Some((_, sequence)) = receipts.pop_front_if(|(back, _)| *back <= now) {
                flow.shown(now, sequence, NONE);
            }
            // Between 56 and 80 ms of the link, which is to be left alone for longer than a picture
            // may wait. One is ready 15 ms after there was room for it.
            if encoding.take_if(|done| *done <= now).is_some() {
                let bytes = 3500 + sent % 7 * 250;
                match flow.offer(now, flow.needs_key(), bytes) {
                    Admit::Send(sequence) => {
                        let there = link.send(now, bytes).unwrap();
                        receipts.push_back((link.back(there), sequence));
                        sent += 1;
                    }
                    // Nothing is known of the link in the first second.
                    Admit::Skip => skipped += u32::from(now > at(1000)),
                }
            } else if encoding.is_none() && flow.room(now).is_some_and(|room| room <= now) {
                encoding = Some(now + Duration::from_millis(15));
            }
        }
        assert!(sent > 6000 && skipped == 0, "{skipped} skipped, {sent} sent");
    }

    #[test]
    fn a_large_picture_goes_out_alone() {
        let mut flow = Flow::default();
        assert_eq!(flow.offer(at(0), true, 10 << 20), Admit::Send(0));
        assert_eq!(flow.room(at(0)), None);
        flow.shown(at(100), 0, NONE);
        assert_eq!(flow.room(at(100)), Some(at(100)));
    }
}
