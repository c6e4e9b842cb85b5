//! A WebSocket client: one connection, bounded messages, close codes as numbers. `ws` only; a
//! deployment with TLS puts it in front.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::close::CloseReason;
use crate::limits::{MAX_CLIENT_MESSAGE_BYTES, MAX_SERVER_MESSAGE_BYTES};

/// TCP connection and WebSocket upgrade together must be done within this time.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Unsent bytes that the socket may hold before a send waits for the peer: a burst of intents, or two of
/// the largest.
const MAX_WRITE_BUFFER: usize = 2 * MAX_CLIENT_MESSAGE_BYTES;
/// Bytes that one read from the kernel may bring; a 1080p picture takes a few.
const READ_BUFFER: usize = 64 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nothing answered in time.
    #[error("no answer from {0} within {CONNECT_TIMEOUT:?}: is the server running there?")]
    Timeout(String),
    /// The address cannot be reached.
    #[error("cannot reach {address}: {source}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something else than a Parfocal server answered, or it refused the upgrade.
    #[error("{address} did not accept a WebSocket: {message}")]
    Refused {
        /// Where.
        address: String,
        /// Why.
        message: String,
    },
    /// The connection broke while sending.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// What arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Bytes),
    /// The end: the close code, if the peer gave one. Nothing follows.
    Closed(Option<u16>),
}

/// The sending half.
#[derive(Debug)]
pub struct Sender(SplitSink<WebSocketStream<TcpStream>, Message>);

/// The receiving half.
#[derive(Debug)]
pub struct Receiver(SplitStream<WebSocketStream<TcpStream>>);

/// Connects to `path` (e.g. [`crate::STATE_PATH`]) of the server at `address` (`host:port`). With
/// the `Origin` that the server's own page has.
pub async fn connect(address: &str, path: &str) -> Result<(Sender, Receiver), TransportError> {
    tokio::time::timeout(CONNECT_TIMEOUT, open(address, path))
        .await
        .unwrap_or_else(|_| Err(TransportError::Timeout(address.to_owned())))
}

async fn open(address: &str, path: &str) -> Result<(Sender, Receiver), TransportError> {
    let unreachable = |source| TransportError::Unreachable { address: address.to_owned(), source };
    let refused = |error: Error| TransportError::Refused {
        address: address.to_owned(),
        message: error.to_string(),
    };
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    // Intents are small and must not wait for company.
    stream.set_nodelay(true).map_err(unreachable)?;
    let mut request = format!("ws://{address}{path}").into_client_request().map_err(refused)?;
    if let Ok(origin) = HeaderValue::from_str(&format!("http://{address}")) {
        request.headers_mut().insert("origin", origin);
    }
    let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config()));
    let (socket, _) = upgrade.await.map_err(refused)?;
    let (sender, receiver) = socket.split();
    Ok((Sender(sender), Receiver(receiver)))
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MAX_SERVER_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_SERVER_MESSAGE_BYTES))
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .write_buffer_size(0)
        .read_buffer_size(READ_BUFFER)
}

impl Sender {
    /// Sends one text frame; waits while the peer does not read.
    pub async fn text(&mut self, text: String) -> Result<(), TransportError> {
        self.send(Message::text(text)).await
    }

    /// Sends one text frame together with what follows it, at the next [`flush`](Self::flush) or send.
    pub async fn queue(&mut self, text: String) -> Result<(), TransportError> {
        self.0.feed(Message::text(text)).await.map_err(|error| broken(&error))
    }

    /// Sends what was queued; waits while the peer does not read.
    pub async fn flush(&mut self) -> Result<(), TransportError> {
        self.0.flush().await.map_err(|error| broken(&error))
    }

    /// Sends one binary frame (no client of version 1 does; tests of servers do).
    pub async fn binary(&mut self, bytes: Bytes) -> Result<(), TransportError> {
        self.send(Message::binary(bytes)).await
    }

    /// Says why, and ends sending.
    pub async fn close(&mut self, reason: CloseReason) -> Result<(), TransportError> {
        let code = CloseCode::from(reason.code());
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.as_str().into() }))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), TransportError> {
        self.0.send(message).await.map_err(|error| broken(&error))
    }
}

fn broken(error: &Error) -> TransportError {
    TransportError::Broken(error.to_string())
}

impl Receiver {
    /// The next frame. Safe to cancel: nothing is lost. After `Closed` it answers `Closed(None)`.
    pub async fn next(&mut self) -> Incoming {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Incoming::Text(text.to_string()),
                Some(Ok(Message::Binary(bytes))) => return Incoming::Binary(bytes),
                Some(Ok(Message::Close(frame))) => {
                    return Incoming::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                    return Incoming::Closed(Some(CloseReason::TooBig.code()));
                }
                // Pings are answered by the WebSocket library while it reads.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(_)) | None => return Incoming::Closed(None),
            }
        }
    }
}
