//! What the two dialects do differently.

use serde_json::json;

use super::hocuspocus::{HocuspocusFrame, HocuspocusMessage};
use super::lib0::FrameError;
use super::message::{Message, Sync};

/// What a client says, in either dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// Synchronising the document.
    Sync(Sync<'a>),
    /// An awareness update.
    Awareness(&'a [u8]),
    /// Asks for all awareness.
    QueryAwareness,
    /// Something without a meaning here.
    Nothing,
}

/// A dialect, towards one client about one document.
pub trait Dialect: Clone {
    /// Reads a frame.
    ///
    /// # Errors
    /// It cannot be read; then nothing of it counts.
    fn decode<'a>(&self, frame: &'a [u8]) -> Result<Vec<Heard<'a>>, FrameError>;

    /// A frame that synchronises.
    fn sync(&self, sync: Sync<'_>) -> Vec<u8>;

    /// A frame with an awareness update.
    fn awareness(&self, update: &[u8]) -> Vec<u8>;

    /// A frame that says why something was not taken.
    fn denied(&self, code: &str, message: &str) -> Vec<u8>;

    /// A frame that says whether a step 2 or update is saved, where the dialect has one.
    fn status(&self, saved: bool) -> Option<Vec<u8>>;

    /// Whether the client counts what is not saved yet.
    fn counts(&self) -> bool;

    /// Whether the server asks at the start; otherwise after each time that the client does.
    fn asks_first(&self) -> bool;
}

/// y-websocket.
#[derive(Clone, Copy, Debug, Default)]
pub struct YWebsocket;

impl Dialect for YWebsocket {
    fn decode<'a>(&self, frame: &'a [u8]) -> Result<Vec<Heard<'a>>, FrameError> {
        let messages = Message::decode(frame)?;
        Ok(messages.into_iter().map(Heard::from).collect())
    }

    fn sync(&self, sync: Sync<'_>) -> Vec<u8> {
        Message::Sync(sync).encode()
    }

    fn awareness(&self, update: &[u8]) -> Vec<u8> {
        Message::Awareness(update).encode()
    }

    fn denied(&self, code: &str, message: &str) -> Vec<u8> {
        Message::PermissionDenied(&format!("{code}: {message}")).encode()
    }

    fn status(&self, _saved: bool) -> Option<Vec<u8>> {
        None
    }

    fn counts(&self) -> bool {
        false
    }

    fn asks_first(&self) -> bool {
        true
    }
}

impl<'a> From<Message<'a>> for Heard<'a> {
    fn from(message: Message<'a>) -> Self {
        match message {
            Message::Sync(sync) => Self::Sync(sync),
            Message::Awareness(update) => Self::Awareness(update),
            Message::QueryAwareness => Self::QueryAwareness,
            Message::PermissionDenied(_) => Self::Nothing,
        }
    }
}

/// Hocuspocus, about the document with this address.
#[derive(Clone, Debug)]
pub struct Hocuspocus {
    pub(super) address: std::sync::Arc<str>,
}

impl Hocuspocus {
    fn frame(&self, message: HocuspocusMessage<'_>) -> Vec<u8> {
        HocuspocusFrame::Document { address: &self.address, message }.encode()
    }

    /// The frame that lets a client in.
    pub(super) fn authenticated(&self, readonly: bool) -> Vec<u8> {
        self.frame(HocuspocusMessage::Authenticated { readonly })
    }

    /// The frame that does not.
    pub(super) fn permission_denied(&self, reason: &str) -> Vec<u8> {
        self.frame(HocuspocusMessage::PermissionDenied(reason))
    }
}

impl Dialect for Hocuspocus {
    fn decode<'a>(&self, frame: &'a [u8]) -> Result<Vec<Heard<'a>>, FrameError> {
        Ok(match HocuspocusFrame::decode(frame)? {
            HocuspocusFrame::Document { message, .. } => vec![Heard::from(message)],
            HocuspocusFrame::Ping | HocuspocusFrame::Pong => Vec::new(),
        })
    }

    fn sync(&self, sync: Sync<'_>) -> Vec<u8> {
        self.frame(HocuspocusMessage::Sync(sync))
    }

    fn awareness(&self, update: &[u8]) -> Vec<u8> {
        self.frame(HocuspocusMessage::Awareness(update))
    }

    /// A stateless message with a JSON object: a permission denied would end the provider.
    fn denied(&self, code: &str, message: &str) -> Vec<u8> {
        let text = json!({"type": "denied", "code": code, "message": message}).to_string();
        self.frame(HocuspocusMessage::Stateless(&text))
    }

    fn status(&self, saved: bool) -> Option<Vec<u8>> {
        Some(self.frame(HocuspocusMessage::SyncStatus(saved)))
    }

    fn counts(&self) -> bool {
        true
    }

    fn asks_first(&self) -> bool {
        false
    }
}

impl<'a> From<HocuspocusMessage<'a>> for Heard<'a> {
    fn from(message: HocuspocusMessage<'a>) -> Self {
        match message {
            HocuspocusMessage::Sync(sync) | HocuspocusMessage::SyncReply(sync) => Self::Sync(sync),
            HocuspocusMessage::Awareness(update) => Self::Awareness(update),
            HocuspocusMessage::QueryAwareness => Self::QueryAwareness,
            _ => Self::Nothing,
        }
    }
}
