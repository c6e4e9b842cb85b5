//! One WebSocket in a task of its own. Its directions do not wait for each other, so that a peer
//! that does not read cannot keep us from reading.

use std::time::Duration;

use bytes::Bytes;
use parfocal_sync::CloseReason;
use parfocal_sync::limits::MAX_PENDING_INTENTS;
use parfocal_sync::transport::{self, Incoming, Receiver, Sender};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Frames received and not handled. Past it the socket is not read: the server's queue fills, and
/// it decides.
const MAX_EVENTS: usize = 64;
/// Frames to send that the socket has not taken: a replay of everything pending, and as much again
/// of the rest. Past it the connection is taken for broken.
const MAX_COMMANDS: usize = 2 * MAX_PENDING_INTENTS;
/// The peer's own close is awaited this long.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What comes from a socket.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    Connected,
    Text(String),
    Binary(Bytes),
    /// Nothing follows.
    Closed(Option<u16>),
}

enum Command {
    Text(String),
    Close(CloseReason),
}

/// The handle; dropping it closes the socket.
pub(crate) struct Socket {
    events: mpsc::Receiver<SocketEvent>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Begins to connect.
    pub(crate) fn open(address: String, path: &'static str) -> Self {
        let (event_sender, events) = mpsc::channel(MAX_EVENTS);
        let (commands, command_receiver) = mpsc::channel(MAX_COMMANDS);
        let task = tokio::spawn(run(address, path, event_sender, command_receiver));
        Self { events, commands, task }
    }

    /// The next event. Safe to cancel.
    pub(crate) async fn next(&mut self) -> SocketEvent {
        self.events.recv().await.unwrap_or(SocketEvent::Closed(None))
    }

    /// Sends soon; `false` where the peer has not read for too long.
    pub(crate) fn send(&self, text: String) -> bool {
        self.commands.try_send(Command::Text(text)).is_ok()
    }

    /// Says why, after what was sent before, and ends with the task that is returned.
    pub(crate) fn close(self, reason: CloseReason) -> JoinHandle<()> {
        // Where the queue is full nobody reads a reason either.
        let _ = self.commands.try_send(Command::Close(reason));
        self.task
    }

    /// Ends without a word.
    pub(crate) fn abort(self) {
        self.task.abort();
    }
}

async fn run(
    address: String,
    path: &'static str,
    events: mpsc::Sender<SocketEvent>,
    commands: mpsc::Receiver<Command>,
) {
    let (sender, receiver) = match transport::connect(&address, path).await {
        Ok(halves) => halves,
        Err(error) => {
            tracing::debug!(%error, path, "no connection");
            let _ = events.send(SocketEvent::Closed(None)).await;
            return;
        }
    };
    tokio::join!(write(sender, commands), read(receiver, events));
}

async fn write(mut sender: Sender, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        // What waits goes out in one write: a picture has two receipts.
        let mut waiting = Some(command);
        while let Some(command) = waiting {
            let queued = match command {
                Command::Text(text) => sender.queue(text).await,
                Command::Close(reason) => {
                    let _ = sender.close(reason).await;
                    return;
                }
            };
            // The reader sees the end too, and tells.
            if queued.is_err() {
                return;
            }
            waiting = commands.try_recv().ok();
        }
        if sender.flush().await.is_err() {
            return;
        }
    }
    let _ = sender.close(CloseReason::Normal).await;
}

async fn read(mut receiver: Receiver, events: mpsc::Sender<SocketEvent>) {
    if events.send(SocketEvent::Connected).await.is_err() {
        return;
    }
    loop {
        let incoming = tokio::select! {
            incoming = receiver.next() => incoming,
            () = events.closed() => break,
        };
        let (event, end) = match incoming {
            Incoming::Text(text) => (SocketEvent::Text(text), false),
            Incoming::Binary(bytes) => (SocketEvent::Binary(bytes), false),
            Incoming::Closed(code) => (SocketEvent::Closed(code), true),
        };
        if events.send(event).await.is_err() {
            break;
        }
        if end {
            return;
        }
    }
    // Unread bytes would turn our close into a reset, and its code would be lost.
    let drain = async { while !matches!(receiver.next().await, Incoming::Closed(_)) {} };
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, drain).await;
}
