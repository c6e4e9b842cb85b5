//! The state channel's queue towards one client, bounded in bytes. An overflow closes the
//! connection ("reconnect and resync"): a mirror update is never dropped in silence.

use std::collections::VecDeque;

use bytes::Bytes;
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::ServerMessage;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Bytes that wait for one client. A reader that is this far behind a stream of 100-byte updates
/// gets there faster with a fresh copy of the document.
pub const OUTBOX_BYTES: usize = 4 * 1024 * 1024;
/// Counted for each message besides its bytes: what a queue entry costs in memory.
const ENTRY_BYTES: usize = 64;

/// One WebSocket message.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// A JSON message, UTF-8; shared by all who get it.
    Text(Bytes),
    /// A mirror update; shared by all who get it.
    Binary(Bytes),
}

impl Out {
    /// Its length in bytes, without what the WebSocket adds.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn cost(&self) -> usize {
        ENTRY_BYTES + self.len()
    }
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Out>,
    bytes: usize,
    closed: Option<CloseReason>,
}

impl Queue {
    fn take(&mut self) -> Option<Out> {
        let out = self.waiting.pop_front()?;
        self.bytes -= out.cost();
        Some(out)
    }
}

/// The queue. One task takes, anybody puts.
#[derive(Debug, Default)]
pub struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
}

impl Outbox {
    /// Puts a message. One that finds room for a byte fits whole, however large the document is.
    pub fn put(&self, out: Out) {
        let mut queue = self.queue.lock();
        if queue.closed.is_some() {
            return;
        }
        if queue.bytes > OUTBOX_BYTES {
            metrics::counter!("parfocal_slow_clients_total").increment(1);
            queue.closed = Some(CloseReason::TooSlow);
            queue.waiting.clear();
        } else {
            queue.bytes += out.cost();
            queue.waiting.push_back(out);
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// Puts a JSON message.
    pub fn say(&self, message: &ServerMessage) {
        match serde_json::to_string(message) {
            Ok(text) => self.put(Out::Text(text.into())),
            Err(error) => tracing::error!(%error, "a message cannot be written as JSON"),
        }
    }

    /// Ends the channel after what waits has been taken; the first reason counts.
    pub fn close(&self, reason: CloseReason) {
        self.queue.lock().closed.get_or_insert(reason);
        self.changed.notify_one();
    }

    /// Whether the channel has ended.
    pub fn is_closed(&self) -> bool {
        self.queue.lock().closed.is_some()
    }

    /// The next message, or why there is none any more.
    ///
    /// # Errors
    /// The reason for the end, when all that waited was taken.
    pub async fn take(&self) -> Result<Out, CloseReason> {
        loop {
            {
                let mut queue = self.queue.lock();
                if let Some(out) = queue.take() {
                    return Ok(out);
                }
                if let Some(reason) = queue.closed {
                    return Err(reason);
                }
            }
            self.changed.notified().await;
        }
    }

    /// The next message, if one waits.
    pub fn take_now(&self) -> Option<Out> {
        self.queue.lock().take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_come_out_in_order_and_then_the_reason() {
        let outbox = Outbox::default();
        outbox.put(Out::Text("a".into()));
        outbox.put(Out::Text("b".into()));
        outbox.close(CloseReason::GoingAway);
        outbox.put(Out::Text("late".into()));
        assert_eq!(outbox.take().await, Ok(Out::Text("a".into())));
        assert_eq!(outbox.take().await, Ok(Out::Text("b".into())));
        assert_eq!(outbox.take().await, Err(CloseReason::GoingAway));
    }

    #[tokio::test]
    async fn a_reader_that_is_too_slow_is_told_to_resync() {
        let outbox = Outbox::default();
        let update = Bytes::from(vec![0; 1024 * 1024]);
        for _ in 0..6 {
            outbox.put(Out::Binary(update.clone()));
        }
        assert_eq!(outbox.take().await, Err(CloseReason::TooSlow));
    }

    #[tokio::test]
    async fn one_message_fits_however_large() {
        let outbox = Outbox::default();
        outbox.put(Out::Binary(Bytes::from(vec![0; 2 * OUTBOX_BYTES])));
        assert!(outbox.take().await.is_ok());
    }
}
