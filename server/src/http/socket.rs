//! What both channels' sockets do alike: open, hear, send, close.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{FuturesUnordered, SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use metrics::Counter;
use parfocal_actors::engine::{Connection, PixelChannel};
use parfocal_actors::outbox::Out;
use parfocal_actors::session::yjs::YjsSocket;
use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::MAX_CLIENT_MESSAGE_BYTES;

use super::{Front, origin};

pub(super) type Sink = SplitSink<WebSocket, Message>;
pub(super) type Stream = SplitStream<WebSocket>;

/// A socket that takes no bytes for so long is dead: its kernel buffer is full, and the peer does
/// not even acknowledge.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// What is read at once, in bytes: a message of the usual size. Every connection holds so much all
/// the time, and clears it whenever it looks whether something has come; what is larger is read in
/// several steps.
const READ_BYTES: usize = 1024;
/// Messages that wait are put into one write up to about here: what a socket takes at once.
const WRITE_BYTES: usize = 64 * 1024;

/// What a peer said.
pub(super) enum Heard {
    Text(Utf8Bytes),
    Binary,
    /// Nothing more will come.
    Ended(CloseReason),
}

/// Opens a socket for a page that may connect, and runs it.
pub(super) fn open<F>(
    front: Front,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    run: impl FnOnce(Front, Sink, Stream) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    open_with(front, headers, upgrade, MAX_CLIENT_MESSAGE_BYTES, run)
}

/// The same, with another bound for messages in bytes.
pub(super) fn open_with<F>(
    front: Front,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    largest: usize,
    run: impl FnOnce(Front, Sink, Stream) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    if !origin::may_connect(headers, &front.allowed_origins) {
        return (StatusCode::FORBIDDEN, "pages of this origin may not connect\n").into_response();
    }
    let upgrade = upgrade.read_buffer_size(READ_BYTES);
    upgrade.max_message_size(largest).max_frame_size(largest).on_upgrade(move |socket| {
        let (sink, stream) = socket.split();
        run(front, sink, stream)
    })
}

/// The next thing that the peer says; pings are passed over (the library answers them).
pub(super) async fn hear(stream: &mut Stream) -> Heard {
    loop {
        return match stream.next().await {
            Some(Ok(Message::Text(text))) => Heard::Text(text),
            Some(Ok(Message::Binary(_))) => Heard::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Err(error)) => Heard::Ended(reason_of(&error)),
            Some(Ok(Message::Close(_))) | None => Heard::Ended(CloseReason::Normal),
        };
    }
}

/// Where the messages for a client come from.
pub(super) trait Outgoing: Sync {
    /// The next one, or why there is none any more.
    fn next(&self) -> impl Future<Output = Result<Out, CloseReason>> + Send;

    /// One more, if it waits already.
    fn another(&self) -> Option<Out> {
        None
    }
}

impl Outgoing for Connection {
    fn next(&self) -> impl Future<Output = Result<Out, CloseReason>> + Send {
        self.outgoing()
    }

    fn another(&self) -> Option<Out> {
        self.outgoing_now()
    }
}

impl Outgoing for PixelChannel {
    fn next(&self) -> impl Future<Output = Result<Out, CloseReason>> + Send {
        self.outgoing()
    }
}

impl Outgoing for YjsSocket {
    fn next(&self) -> impl Future<Output = Result<Out, CloseReason>> + Send {
        self.outbox.take()
    }

    fn another(&self) -> Option<Out> {
        self.outbox.take_now()
    }
}

/// Something that goes on until a connection ends.
pub(super) type Going<'a> = Pin<Box<dyn Future<Output = CloseReason> + Send + 'a>>;

/// Runs them until the first has ended. Each is looked at only when it was woken itself: with
/// hundreds of readers, asking every socket for news at each message that it is sent costs as much
/// as the message.
pub(super) async fn first<const N: usize>(all: [Going<'_>; N]) -> CloseReason {
    let mut all: FuturesUnordered<_> = all.into_iter().collect();
    all.next().await.unwrap_or(CloseReason::Normal)
}

/// Sends all that comes, until there is no more.
pub(super) async fn send_all(
    sink: &mut Sink,
    channel: &'static str,
    from: &impl Outgoing,
) -> CloseReason {
    let sent = metrics::counter!("parfocal_sent_bytes_total", "channel" => channel);
    loop {
        let written = match from.next().await {
            Ok(out) => in_time(write(sink, out, from, &sent)).await,
            Err(reason) => Err(reason),
        };
        if let Err(reason) = written {
            return reason;
        }
    }
}

/// Writes a message, and in the same go what else waits.
async fn write(
    sink: &mut Sink,
    out: Out,
    from: &impl Outgoing,
    sent: &Counter,
) -> Result<(), axum::Error> {
    let mut bytes = 0;
    let mut next = Some(out);
    while let Some(out) = next.take() {
        bytes += out.len();
        sink.feed(into_message(out)).await?;
        if bytes < WRITE_BYTES {
            next = from.another();
        }
    }
    sent.increment(bytes as u64);
    sink.flush().await
}

pub(super) async fn send(sink: &mut Sink, message: Message) -> Result<(), CloseReason> {
    in_time(sink.send(message)).await
}

async fn in_time(
    sending: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), CloseReason> {
    match tokio::time::timeout(SEND_TIMEOUT, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(CloseReason::Normal),
        Err(_) => Err(CloseReason::TooSlow),
    }
}

pub(super) async fn close(sink: &mut Sink, reason: CloseReason, channel: &'static str) {
    metrics::counter!(
        "parfocal_connections_closed_total", "channel" => channel, "reason" => reason.as_str()
    )
    .increment(1);
    let frame = CloseFrame { code: reason.code(), reason: reason.as_str().into() };
    let _ = tokio::time::timeout(SEND_TIMEOUT, sink.send(Message::Close(Some(frame)))).await;
}

fn into_message(out: Out) -> Message {
    match out {
        // It was made as a string; what is not UTF-8 would be our own mistake, and says nothing.
        Out::Text(text) => Message::Text(Utf8Bytes::try_from(text).unwrap_or_default()),
        Out::Binary(bytes) => Message::Binary(bytes),
    }
}

/// axum hides tungstenite's error; its text is all there is.
pub(super) fn reason_of(error: &axum::Error) -> CloseReason {
    let text = error.to_string().to_lowercase();
    if text.contains("too long") || text.contains("too big") || text.contains("capacity") {
        CloseReason::TooBig
    } else if text.contains("utf-8") || text.contains("protocol") {
        CloseReason::BadMessage
    } else {
        CloseReason::Normal
    }
}
