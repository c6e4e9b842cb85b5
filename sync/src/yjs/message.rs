//! Messages of y-websocket: <https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md>.

use super::lib0::{FrameError, Reader, put_bytes, put_number};
use super::limits::{MAX_FRAME_BYTES, MAX_MESSAGES, MAX_STATE_VECTOR_BYTES};

/// Longest reason that is read; ours are sentences.
const MAX_REASON_BYTES: usize = 4096;

/// One step of synchronising a document, in either dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync<'a> {
    /// What the sender has (a state vector): it is answered with [`Sync::Step2`].
    Step1(&'a [u8]),
    /// What the other end lacks, as one update.
    Step2(&'a [u8]),
    /// One change.
    Update(&'a [u8]),
}

/// A message, from either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Synchronising the document.
    Sync(Sync<'a>),
    /// An awareness update (`awareness.rs`).
    Awareness(&'a [u8]),
    /// What was asked is not allowed, and why. From the server.
    PermissionDenied(&'a str),
    /// Asks for an [`Message::Awareness`] with all that is known.
    QueryAwareness,
}

impl<'a> Sync<'a> {
    pub(super) fn read(input: &mut Reader<'a>) -> Result<Self, FrameError> {
        match input.number("kind of sync message")? {
            0 => Ok(Self::Step1(input.bytes("state vector", MAX_STATE_VECTOR_BYTES)?)),
            1 => Ok(Self::Step2(input.bytes("update", MAX_FRAME_BYTES)?)),
            2 => Ok(Self::Update(input.bytes("update", MAX_FRAME_BYTES)?)),
            value => Err(FrameError::Unknown { what: "sync message", value }),
        }
    }

    pub(super) fn write(&self, frame: &mut Vec<u8>) {
        let (kind, bytes) = match self {
            Self::Step1(bytes) => (0, bytes),
            Self::Step2(bytes) => (1, bytes),
            Self::Update(bytes) => (2, bytes),
        };
        put_number(frame, kind);
        put_bytes(frame, bytes);
    }
}

impl<'a> Message<'a> {
    /// The messages of a frame; several may stand in one.
    ///
    /// # Errors
    /// The frame is too long, cut short, or holds something unknown: then nothing of it counts.
    pub fn decode(frame: &'a [u8]) -> Result<Vec<Self>, FrameError> {
        let mut input = Reader::new(frame, MAX_FRAME_BYTES)?;
        let mut messages = Vec::new();
        loop {
            messages.push(Self::read(&mut input)?);
            if input.is_empty() {
                return Ok(messages);
            }
            if messages.len() == MAX_MESSAGES {
                return Err(FrameError::TooMuch { what: "messages", limit: MAX_MESSAGES });
            }
        }
    }

    fn read(input: &mut Reader<'a>) -> Result<Self, FrameError> {
        match input.number("kind of message")? {
            0 => Ok(Self::Sync(Sync::read(input)?)),
            1 => Ok(Self::Awareness(input.bytes("awareness update", MAX_FRAME_BYTES)?)),
            2 => match input.number("kind of auth message")? {
                0 => Ok(Self::PermissionDenied(input.text("reason", MAX_REASON_BYTES)?)),
                value => Err(FrameError::Unknown { what: "auth message", value }),
            },
            3 => Ok(Self::QueryAwareness),
            value => Err(FrameError::Unknown { what: "message", value }),
        }
    }

    /// A frame with this message. Providers read one message of a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        match self {
            Self::Sync(sync) => {
                put_number(&mut frame, 0);
                sync.write(&mut frame);
            }
            Self::Awareness(update) => {
                put_number(&mut frame, 1);
                put_bytes(&mut frame, update);
            }
            Self::PermissionDenied(reason) => {
                frame.extend([2, 0]);
                put_bytes(&mut frame, reason.as_bytes());
            }
            Self::QueryAwareness => put_number(&mut frame, 3),
        }
        frame
    }
}
