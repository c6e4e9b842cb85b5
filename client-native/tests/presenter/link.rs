//! Pictures on their way, in virtual time.

use parfocal_base::Instant;
use parfocal_client_native::core::presenter::{self, Ready, Step};

pub(crate) type Presenter = presenter::Presenter<Packet>;

/// A picture: when the server took it (its clock), and when it is decoded here (ours); microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) sequence: u32,
    pub(crate) captured: u64,
    pub(crate) ready: u64,
    pub(crate) at_once: bool,
}

impl Packet {
    pub(crate) fn header(&self) -> Ready {
        Ready { sequence: self.sequence, captured_us: self.captured, at_once: self.at_once }
    }
}

/// What the presenter said at one time.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) now: u64,
    /// The picture that became ready; none at a tick.
    pub(crate) packet: Option<Packet>,
    pub(crate) shown: Option<Packet>,
    pub(crate) dropped: Vec<Packet>,
    pub(crate) wake: Option<u64>,
    pub(crate) held: usize,
    pub(crate) delay: u64,
    pub(crate) jitter: u64,
}

pub(crate) fn at(micros: u64) -> Instant {
    Instant::from_micros(micros)
}

/// Feeds the packets, with each tick at its time, to the end.
pub(crate) fn play(packets: &[Packet]) -> (Vec<Event>, Presenter) {
    let mut presenter = Presenter::default();
    let mut events = Vec::new();
    for packet in packets {
        ticks(&mut presenter, packet.ready, &mut events);
        let step = presenter.ready(at(packet.ready), packet.header(), *packet);
        events.push(event(&presenter, packet.ready, Some(*packet), step));
    }
    ticks(&mut presenter, u64::MAX, &mut events);
    (events, presenter)
}

fn ticks(presenter: &mut Presenter, until: u64, events: &mut Vec<Event>) {
    while let Some(wake) = presenter.next_wake().map(Instant::as_micros) {
        if wake > until {
            return;
        }
        let step = presenter.tick(at(wake));
        events.push(event(presenter, wake, None, step));
    }
}

pub(crate) fn event(
    presenter: &Presenter,
    now: u64,
    packet: Option<Packet>,
    step: Step<Packet>,
) -> Event {
    let report = presenter.report();
    Event {
        now,
        packet,
        shown: step.show,
        dropped: step.drop,
        wake: presenter.next_wake().map(Instant::as_micros),
        held: report.held,
        delay: report.delay.as_micros() as u64,
        jitter: report.jitter.as_micros() as u64,
    }
}
