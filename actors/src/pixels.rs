//! The pixel channel's queue towards one client, behind its [`Flow`].

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::PixelServerMessage;
use parfocal_sync::pixel::{HEADER_BYTES, PixelHeader};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::machine::flow::{Admit, Flow};
use crate::machine::pace::Readers;
use crate::outbox::Out;
use crate::stills::{Progress, Stills};

/// An encoded picture and what a client must know about it; the sequence is filled in per client.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Header, but for its sequence.
    pub header: PixelHeader,
    /// What a decoder must know first; the same for all pictures of a stream.
    pub stream: PixelServerMessage,
    /// The codec's bytes.
    pub payload: Bytes,
    /// Whether it can be decoded without its predecessors.
    pub key: bool,
}

#[derive(Debug, Default)]
struct Queue {
    attached: Option<u64>,
    next_attachment: u64,
    flow: Flow,
    waiting: VecDeque<Out>,
    stream: Option<PixelServerMessage>,
    still: Progress,
    shown: u64,
    closed: Option<CloseReason>,
}

/// The queue. The encoders put, one socket task at a time takes.
#[derive(Debug, Default)]
pub struct PixelQueue {
    queue: Mutex<Queue>,
    changed: Notify,
}

impl PixelQueue {
    /// A pixel channel was opened; one that was open before ends.
    pub fn attach(&self) -> u64 {
        let mut queue = self.queue.lock();
        let id = queue.next_attachment;
        let closed = queue.closed;
        let mut still = std::mem::take(&mut queue.still);
        still.forget();
        let next_attachment = id + 1;
        *queue = Queue { attached: Some(id), next_attachment, closed, still, ..Queue::default() };
        drop(queue);
        self.changed.notify_waiters();
        id
    }

    /// The pixel channel `id` ended.
    pub fn detach(&self, id: u64) {
        let mut queue = self.queue.lock();
        if queue.attached == Some(id) {
            let (next_attachment, closed) = (queue.next_attachment, queue.closed);
            let still = std::mem::take(&mut queue.still);
            *queue = Queue { next_attachment, closed, still, ..Queue::default() };
        }
    }

    /// The client leaves: an open channel ends for `reason`.
    pub fn close(&self, reason: CloseReason) {
        self.queue.lock().closed.get_or_insert(reason);
        self.changed.notify_waiters();
        self.changed.notify_one();
    }

    /// Whether the client could take a picture now, and of which kind.
    pub fn readers(&self) -> Readers {
        let queue = self.queue.lock();
        let room = queue.attached.is_some() && queue.flow.has_room();
        let joining = queue.flow.needs_key();
        Readers { flowing: room && !joining, joining: room && joining }
    }

    /// Puts a picture, if the client can use it and has room.
    pub fn offer(&self, picture: &Picture) {
        let mut queue = self.queue.lock();
        if queue.attached.is_none() {
            return;
        }
        // A stream that is not the announced one can only be entered at a key picture.
        if queue.stream.as_ref() != Some(&picture.stream) {
            queue.flow.restart();
        }
        let Admit::Send(sequence) = queue.flow.offer(picture.key, picture.payload.len()) else {
            return;
        };
        if queue.stream.as_ref() != Some(&picture.stream) {
            queue.stream = Some(picture.stream.clone());
            if let Ok(text) = serde_json::to_string(&picture.stream) {
                queue.waiting.push_back(Out::Text(text.into()));
            }
        }
        let header = PixelHeader { sequence, ..picture.header };
        queue.waiting.push_back(message(&header, &picture.payload));
        drop(queue);
        self.changed.notify_one();
    }

    /// The client showed picture `sequence`; false where that was not on its way.
    pub fn shown(&self, sequence: u32) -> bool {
        let mut queue = self.queue.lock();
        let shown = queue.flow.shown(sequence);
        queue.shown += u64::from(shown);
        drop(queue);
        self.look_again();
        shown
    }

    /// Whether another picture fits, and how many were shown so far.
    pub fn progress(&self) -> (bool, u64) {
        let queue = self.queue.lock();
        (queue.flow.has_room(), queue.shown)
    }

    /// The client cannot go on without a key picture.
    pub fn restart(&self) {
        let mut queue = self.queue.lock();
        queue.flow.restart();
        queue.still.forget();
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
            {
                let mut queue = self.queue.lock();
                if let Some(reason) = queue.closed {
                    return Err(reason);
                }
                if queue.attached != Some(id) {
                    return Err(CloseReason::Replaced);
                }
                if let Some(out) = queue.waiting.pop_front() {
                    return Ok(out);
                }
                if let Some(out) = queue.tile() {
                    return Ok(out);
                }
            }
            changed.await;
        }
    }
}

impl Queue {
    /// The next tile of the view's still, if there is room for it.
    fn tile(&mut self) -> Option<Out> {
        if !self.flow.has_room_for_tile() {
            return None;
        }
        let (header, data) = self.still.next_tile()?;
        let sequence = self.flow.tile(HEADER_BYTES + data.len());
        Some(message(&PixelHeader { sequence, ..header }, &data))
    }
}

fn message(header: &PixelHeader, payload: &[u8]) -> Out {
    let mut message = BytesMut::with_capacity(HEADER_BYTES + payload.len());
    message.put_slice(&header.encode());
    message.put_slice(payload);
    Out::Binary(message.freeze())
}
