//! The pixel channel's queue towards one client, behind its [`Flow`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use parfocal_base::time::Clock;
use parfocal_base::{Instant, ParticipantId};
use parfocal_encode::rate::{Report, Target};
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::PixelServerMessage;
use parfocal_sync::pixel::{HEADER_BYTES, PixelHeader};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::machine::flow::{Admit, Flow};
use crate::machine::pace::Readers;
use crate::outbox::Out;
use crate::stills::{Next, Progress, Stills};
use crate::trace::Trace;

/// An encoded picture and what a client must know about it; the sequence is filled in per client.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Of which rendition.
    pub rendition: u64,
    /// Header, but for its sequence.
    pub header: PixelHeader,
    /// What a decoder must know first; the same for all pictures of a stream.
    pub stream: PixelServerMessage,
    /// The codec's bytes.
    pub payload: Bytes,
    /// Whether it can be decoded without its predecessors.
    pub key: bool,
}

/// What there is to tell about a client's link.
#[derive(Clone, Copy, Debug)]
pub struct LinkReport {
    /// How the link does.
    pub rate: Report,
    /// What the client could take.
    pub target: Target,
    /// The user's own limit of bits a second.
    pub ceiling: Option<u32>,
    /// How long it holds decoded pictures before it shows them.
    pub held: Duration,
    /// The rendition whose pictures it gets.
    pub rendition: Option<u64>,
}

#[derive(Debug, Default)]
struct Queue {
    attached: Option<u64>,
    next_attachment: u64,
    flow: Flow,
    /// The rendition whose pictures the client gets.
    on: Option<u64>,
    /// The rendition that it goes to, at that one's next key picture.
    to: Option<u64>,
    waiting: VecDeque<Out>,
    stream: Option<PixelServerMessage>,
    still: Progress,
    ceiling: Option<u32>,
    shown: u64,
    held: Duration,
    closed: Option<CloseReason>,
}

/// The queue. The encoders put, one socket task at a time takes.
#[derive(Debug)]
pub struct PixelQueue {
    clock: Clock,
    trace: (Trace, ParticipantId),
    queue: Mutex<Queue>,
    changed: Notify,
}

impl PixelQueue {
    /// An empty queue of a client that has no pixel channel yet.
    pub fn new(clock: Clock) -> Self {
        let trace = (Trace::default(), ParticipantId::default());
        Self { clock, trace, queue: Mutex::default(), changed: Notify::new() }
    }

    /// Records what becomes of each picture for this participant.
    pub(crate) fn traced(mut self, trace: Trace, of: ParticipantId) -> Self {
        self.trace = (trace, of);
        self
    }

    /// A pixel channel was opened; one that was open before ends.
    pub fn attach(&self) -> u64 {
        let mut queue = self.queue.lock();
        let id = queue.next_attachment;
        queue.begin(Some(id), id + 1);
        drop(queue);
        self.changed.notify_waiters();
        id
    }

    /// The pixel channel `id` ended.
    pub fn detach(&self, id: u64) {
        let mut queue = self.queue.lock();
        if queue.attached == Some(id) {
            let next = queue.next_attachment;
            queue.begin(None, next);
        }
    }

    /// The client leaves: an open channel ends for `reason`.
    pub fn close(&self, reason: CloseReason) {
        self.queue.lock().closed.get_or_insert(reason);
        self.changed.notify_waiters();
        self.changed.notify_one();
    }

    /// The client is to get the pictures of `rendition`, of that height in pixels, from its next
    /// key picture on.
    pub fn go(&self, rendition: u64, height: u32) {
        let mut queue = self.queue.lock();
        queue.to = Some(rendition);
        if queue.on == queue.to {
            queue.flow.plays(height);
        }
    }

    /// Whether, and when, the client could take a picture of `rendition`, and of which kind.
    pub fn readers(&self, rendition: u64, now: Instant) -> Readers {
        let queue = self.queue.lock();
        let (on, to) = (queue.on == Some(rendition), queue.to == Some(rendition));
        if queue.attached.is_none() || !(on || to) {
            return Readers::default();
        }
        let room = queue.flow.room(now);
        if on && !queue.flow.needs_key() {
            Readers { flowing: room, ..Readers::default() }
        } else {
            let starved = to && room.is_none_or(|at| at > now);
            Readers { flowing: None, joining: room.filter(|_| to), starved }
        }
    }

    /// Puts a picture, if the client can use it and has room.
    pub fn offer(&self, picture: &Picture) {
        let now = self.clock.now();
        let mut queue = self.queue.lock();
        if queue.attached.is_none() {
            return;
        }
        let (on, of) = (queue.on, Some(picture.rendition));
        let enters = on != of && queue.to == of && picture.key;
        if on != of && !enters {
            return;
        }
        // A stream that is not the announced one can only be entered at a key picture.
        if !picture.key && queue.stream.as_ref() != Some(&picture.stream) {
            queue.flow.restart();
        }
        let bytes = HEADER_BYTES + picture.payload.len();
        let Admit::Send(sequence) = queue.flow.offer(now, picture.key, bytes) else {
            return;
        };
        queue.still.again();
        if enters {
            queue.on = of;
            queue.flow.plays(picture.header.height.into());
        }
        if queue.stream.as_ref() != Some(&picture.stream) {
            queue.stream = Some(picture.stream.clone());
            if let Ok(text) = serde_json::to_string(&picture.stream) {
                queue.waiting.push_back(Out::Text(text.into()));
            }
        }
        let header = PixelHeader { sequence, ..picture.header };
        queue.waiting.push_back(message(&header, &picture.payload));
        self.trace.0.queued(self.trace.1, queue.attached, &header);
        drop(queue);
        self.changed.notify_one();
    }

    /// Picture `sequence` arrived. False where it was not on its way.
    pub fn received(&self, sequence: u32) -> bool {
        let now = self.clock.now();
        self.heard(|queue| {
            self.trace.0.arrived(self.trace.1, queue.attached, sequence);
            queue.flow.received(now, sequence)
        })
    }

    /// The client is done with picture `sequence`, after so long in its decoder; decoded pictures
    /// are held for so long before they are shown. False where it was not on its way.
    pub fn shown(&self, sequence: u32, decode: Duration, held: Duration) -> bool {
        let now = self.clock.now();
        self.heard(|queue| {
            let shown = queue.flow.shown(now, sequence, decode);
            self.trace.0.shown(self.trace.1, queue.attached, sequence);
            queue.shown += u64::from(shown);
            queue.held = held;
            shown
        })
    }

    fn heard(&self, what: impl FnOnce(&mut Queue) -> bool) -> bool {
        let mut queue = self.queue.lock();
        let known = what(&mut queue);
        let tiles = queue.still.has_more();
        drop(queue);
        if tiles {
            self.look_again();
        }
        known
    }

    /// Whether another picture fits sooner or later without a word of the client, and how many
    /// were shown so far.
    pub fn progress(&self) -> (bool, u64) {
        let queue = self.queue.lock();
        (queue.flow.room(self.clock.now()).is_some(), queue.shown)
    }

    /// The client cannot go on without a key picture.
    pub fn restart(&self) {
        let mut queue = self.queue.lock();
        queue.flow.restart();
        queue.still.forget();
    }

    /// Whether the client has come to need a key picture since this was last asked.
    pub fn take_key_wanted(&self) -> bool {
        self.queue.lock().flow.take_key_wanted()
    }

    /// The user's own limit of bits a second.
    pub fn set_ceiling(&self, bps: Option<u32>) {
        let mut queue = self.queue.lock();
        queue.ceiling = bps;
        queue.flow.set_ceiling(bps);
    }

    /// What the client could take.
    pub fn target(&self, now: Instant) -> Target {
        self.queue.lock().flow.target(now)
    }

    /// A picture of `rendition` was painted and replaced before it was encoded.
    pub fn missed(&self, rendition: u64) {
        let now = self.clock.now();
        let mut queue = self.queue.lock();
        if queue.attached.is_some() && queue.on == Some(rendition) {
            queue.flow.missed(now);
        }
    }

    /// What there is to tell about the client's link; `None` without a pixel channel.
    pub fn report(&self, now: Instant) -> Option<LinkReport> {
        let queue = self.queue.lock();
        queue.attached.map(|_| LinkReport {
            rate: queue.flow.report(now),
            target: queue.flow.target(now),
            ceiling: queue.ceiling,
            held: queue.held,
            rendition: queue.on,
        })
    }

    /// The client watches a view with these stills, or wants none.
    pub fn watch(&self, stills: Option<Arc<Stills>>) {
        self.queue.lock().still.watch(stills);
        self.look_again();
    }

    /// There may be a tile to be sent.
    pub fn look_again(&self) {
        self.changed.notify_one();
    }

    /// The next message of channel `id`, or why it ended.
    ///
    /// # Errors
    /// The reason for the end.
    pub async fn take(&self, id: u64) -> Result<Out, CloseReason> {
        loop {
            let changed = self.changed.notified();
            let now = self.clock.now();
            let wake = {
                let mut queue = self.queue.lock();
                if let Some(reason) = queue.closed {
                    return Err(reason);
                }
                if queue.attached != Some(id) {
                    return Err(CloseReason::Replaced);
                }
                if let Some(out) = queue.waiting.pop_front() {
                    self.trace.0.sent(self.trace.1, queue.attached, &out);
                    return Ok(out);
                }
                match queue.tile(now) {
                    Tile::Out(out) => {
                        self.trace.0.sent(self.trace.1, queue.attached, &out);
                        return Ok(out);
                    }
                    Tile::Waits => queue.flow.next_wake(now),
                    Tile::None => None,
                }
            };
            match wake {
                Some(at) => {
                    tokio::time::timeout(at.since(now).max(LEAST_WAIT), changed).await.ok();
                }
                None => changed.await,
            }
        }
    }
}

/// Between two looks whether the link is free for a tile: shorter is not told apart by a timer.
const LEAST_WAIT: Duration = Duration::from_millis(2);

/// What there is of a still.
enum Tile {
    Out(Out),
    /// One, but no room for it.
    Waits,
    None,
}

impl Queue {
    /// Another channel, or none.
    fn begin(&mut self, attached: Option<u64>, next_attachment: u64) {
        let mut still = std::mem::take(&mut self.still);
        still.forget();
        let (to, ceiling, closed) = (self.to, self.ceiling, self.closed);
        *self = Self { attached, next_attachment, to, ceiling, closed, still, ..Self::default() };
        self.flow.set_ceiling(ceiling);
    }

    /// The next tile of the view's still, if there is room for it.
    fn tile(&mut self, now: Instant) -> Tile {
        let Self { flow, still, .. } = self;
        let room = flow.room_for_still(now);
        // One that is larger than the link likes goes out alone.
        let fits = |bytes| room > 0 && (bytes <= room || flow.is_empty(now));
        match still.next_tile(fits) {
            Next::Tile(header, data) => {
                let sequence = flow.tile(now, HEADER_BYTES + data.len());
                Tile::Out(message(&PixelHeader { sequence, ..header }, &data))
            }
            Next::Waits => Tile::Waits,
            Next::Nothing => Tile::None,
        }
    }
}

fn message(header: &PixelHeader, payload: &[u8]) -> Out {
    let mut message = BytesMut::with_capacity(HEADER_BYTES + payload.len());
    message.put_slice(&header.encode());
    message.put_slice(payload);
    Out::Binary(message.freeze())
}

#[cfg(test)]
mod tests {
    use parfocal_base::ViewId;
    use parfocal_sync::message::PixelCodec;

    use super::*;

    #[test]
    fn who_needs_a_key_picture_and_has_no_room_waits_for_the_clients_word() {
        let clock = Clock::new();
        let queue = PixelQueue::new(clock);
        queue.attach();
        queue.go(7, 720);
        let now = clock.now();
        let joins = Readers { joining: Some(now), ..Readers::default() };
        assert_eq!(queue.readers(7, now), joins);

        let (view, codec) = (ViewId(1), PixelCodec::Jpeg);
        let header = PixelHeader {
            codec,
            key: true,
            complete: true,
            exact: false,
            sequence: 0,
            view,
            width: 8,
            height: 8,
            revision: 1,
            captured_us: 0,
            render_us: 0,
            encode_us: 0,
            tile: None,
            canvas: [8; 2],
        };
        let stream =
            PixelServerMessage::Stream { view, codec, config: String::new(), width: 8, height: 8 };
        let payload = Bytes::from_static(&[0; 100]);
        queue.offer(&Picture { rendition: 7, header, stream, payload, key: true });
        // The first picture goes out alone.
        assert_eq!(queue.readers(7, clock.now()), Readers::default());
        queue.restart();
        assert!(queue.readers(7, clock.now()).starved);
        assert!(queue.received(0) && !queue.received(9));
        assert!(!queue.readers(7, clock.now()).starved);
    }
}
