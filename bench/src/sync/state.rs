//! A light client of Parfocal's own state channel: it counts answers, and applies nothing.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use parfocal_client_native::Link;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A participant who looks at no pictures.
pub(crate) struct State {
    socket: WebSocketStream<TcpStream>,
    seq: u64,
}

/// An answer to an intent.
pub(crate) struct Answer {
    pub(crate) seq: u64,
    /// What was applied.
    pub(crate) applied: Value,
}

impl State {
    /// Joins a session; `client` is an id that nobody has had.
    pub(crate) async fn join(link: &Link, client: u64) -> Result<Self> {
        let stream = TcpStream::connect(&link.address).await.context("cannot connect")?;
        stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
        let url = format!("ws://{}/v1/state", link.address);
        let (socket, _) = client_async(url, stream).await.context("no WebSocket")?;
        let mut state = Self { socket, seq: 0 };
        let hello = json!({
            "type": "hello", "version": 2, "session": link.session, "token": link.token,
            "client": format!("{client:032x}"), "codecs": [],
        });
        state.say(&hello).await?;
        timeout(PATIENCE, state.hear("welcome")).await.context("no welcome")??;
        Ok(state)
    }

    /// Adds a layer for annotations, and answers its number.
    pub(crate) async fn layer(&mut self, kind: &str) -> Result<u64> {
        let applied = self.edit(&json!({ "kind": "add_layer", "layer_kind": kind })).await?;
        applied["layer"].as_u64().context("a layer without a number")
    }

    /// Sends an intent, and answers its number.
    pub(crate) async fn ask(&mut self, intent: &Value) -> Result<u64> {
        self.seq += 1;
        self.say(&json!({ "type": "intent", "seq": self.seq, "intent": intent })).await?;
        Ok(self.seq)
    }

    /// The next acknowledgement; a rejection is an error. Safe to cancel.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        let mut ack = self.hear("ack").await?;
        let seq = ack["seq"].as_u64().context("an ack without a number")?;
        Ok(Answer { seq, applied: ack["applied"].take() })
    }

    /// Sends an intent, and waits for its answer.
    pub(crate) async fn edit(&mut self, intent: &Value) -> Result<Value> {
        let seq = self.ask(intent).await?;
        loop {
            let answer = timeout(PATIENCE, self.answer()).await.context("no answer")??;
            if answer.seq == seq {
                return Ok(answer.applied);
            }
        }
    }

    async fn say(&mut self, message: &Value) -> Result<()> {
        self.socket.send(Message::Text(message.to_string().into())).await.context("cannot send")
    }

    /// The next message of this type. A `reject` or `refused` is an error.
    async fn hear(&mut self, wanted: &str) -> Result<Value> {
        loop {
            let text = match self.socket.next().await.context("the server has closed")?? {
                Message::Text(text) => text,
                Message::Close(frame) => bail!("the server has closed: {frame:?}"),
                _ => continue,
            };
            let message: Value = serde_json::from_str(&text).context("not JSON")?;
            match message["type"].as_str() {
                Some(found) if found == wanted => return Ok(message),
                Some("reject" | "refused") => bail!("{text}"),
                _ => {}
            }
        }
    }
}
