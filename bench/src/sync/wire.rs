//! A light client of a Yjs server: its frames are looked at, not applied, so that five hundred of
//! them cost little.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::edits::Writer;
use super::frames::{Dialect, Heard};
use super::target::Acks;
use crate::stats::millis;

/// A hundred thousand annotations come in one message.
const LARGEST: usize = 1 << 28;
/// Small, since there are many clients; a large message is read past it.
const READ_BUFFER: usize = 4 << 10;

/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a document is.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) path: String,
    /// WebSocket subprotocols, if the server wants some.
    pub(crate) protocols: Option<String>,
    pub(crate) dialect: Dialect,
}

/// A connected client.
pub(crate) struct Wire {
    socket: WebSocketStream<TcpStream>,
    pub(crate) dialect: Dialect,
}

/// The first look at a document.
pub(crate) struct Opened {
    pub(crate) wire: Wire,
    /// From connecting to the last byte of sync step 2.
    pub(crate) millis: f64,
    /// The one with sync step 2.
    pub(crate) frame: Bytes,
}

impl Wire {
    /// Connects without a word.
    pub(crate) async fn connect(door: &Door) -> Result<Self> {
        let stream = TcpStream::connect(&door.address).await.context("cannot connect")?;
        stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
        let url = format!("ws://{}{}", door.address, door.path);
        let mut request = url.into_client_request().context("not a URL")?;
        if let Some(protocols) = &door.protocols {
            let value = HeaderValue::from_str(protocols).context("not a subprotocol")?;
            request.headers_mut().insert("Sec-WebSocket-Protocol", value);
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let connected = client_async_with_config(request, stream, Some(config)).await;
        let (socket, _) = connected.context("no WebSocket")?;
        Ok(Self { socket, dialect: door.dialect.clone() })
    }

    /// Connects, and reads all that there is.
    pub(crate) async fn open(door: &Door) -> Result<Opened> {
        let start = Instant::now();
        let mut wire = Self::connect(door).await?;
        for message in wire.dialect.opening() {
            wire.send(message).await?;
        }
        loop {
            let frame = wire.next().await?;
            let millis = millis(start);
            let heard = wire.dialect.read(&frame);
            if let Some(Heard::Denied(why)) = heard.iter().find(|h| matches!(h, Heard::Denied(_))) {
                bail!("no entry: {}", String::from_utf8_lossy(why));
            }
            if heard.contains(&Heard::Step2) {
                return Ok(Opened { wire, millis, frame });
            }
        }
    }

    pub(crate) async fn send(&mut self, frame: Vec<u8>) -> Result<()> {
        self.socket.send(Message::Binary(frame.into())).await.context("cannot send")
    }

    /// Reads a frame into `writer`, and answers how many updates it acknowledges. Safe to cancel.
    pub(crate) async fn acknowledged(&mut self, writer: &Writer, acks: Acks) -> Result<usize> {
        let frame = timeout(PATIENCE, self.next()).await.context("no acknowledgement")??;
        let mut count = 0;
        for heard in self.dialect.read(&frame) {
            match heard {
                Heard::Status(true) if acks == Acks::Status => count += 1,
                Heard::Update(update) => {
                    writer.apply(update)?;
                    // Nobody else writes.
                    count += usize::from(acks == Acks::Returned);
                }
                Heard::Status(false) => bail!("the server refused an update"),
                Heard::Denied(why) => bail!("refused: {}", String::from_utf8_lossy(why)),
                _ => {}
            }
        }
        Ok(count)
    }

    /// The next binary frame. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Result<Bytes> {
        loop {
            match self.socket.next().await.context("the server has closed")?? {
                Message::Binary(frame) => return Ok(frame),
                Message::Close(frame) => bail!("the server has closed: {frame:?}"),
                _ => {}
            }
        }
    }
}
