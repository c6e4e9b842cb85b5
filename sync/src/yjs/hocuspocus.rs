//! Frames of Hocuspocus 4 (`@hocuspocus/provider`, `@hocuspocus/common`): each begins with the
//! address of a document, and holds one message. Types 2 differs from y-websocket, so the two
//! dialects need routes of their own.

use super::lib0::{FrameError, Reader, put_bytes, put_number};
use super::limits::{MAX_ADDRESS_BYTES, MAX_FRAME_BYTES, MAX_STATELESS_BYTES, MAX_TOKEN_BYTES};
use super::message::Sync;

/// Longest reason and version that are read.
const MAX_WORDS_BYTES: usize = 4096;

/// A message about one document, from either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HocuspocusMessage<'a> {
    /// Synchronising; an answer with a step 1 of one's own is wanted.
    Sync(Sync<'a>),
    /// The same; no such answer is wanted.
    SyncReply(Sync<'a>),
    /// An awareness update.
    Awareness(&'a [u8]),
    /// From the client: its token, and its version where it says so.
    Token {
        /// The token; empty where it came another way.
        token: &'a str,
        /// Of the provider.
        version: Option<&'a str>,
    },
    /// From the server: send your token.
    TokenRequest,
    /// From the server: the token is no good, and why.
    PermissionDenied(&'a str),
    /// From the server: the token is good; whether for reading only.
    Authenticated {
        /// Whether nothing may be written.
        readonly: bool,
    },
    /// Asks for all awareness.
    QueryAwareness,
    /// A text that the protocol gives no meaning to.
    Stateless(&'a str),
    /// The document is left; the server says why.
    Close(Option<&'a str>),
    /// From the server: whether a step 2 or update of the client is saved.
    SyncStatus(bool),
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HocuspocusFrame<'a> {
    /// About a document.
    Document {
        /// Its name, and behind a NUL what tells several of one name apart. Answers carry it whole.
        address: &'a str,
        /// What is said.
        message: HocuspocusMessage<'a>,
    },
    /// About the connection: answer with [`HocuspocusFrame::Pong`].
    Ping,
    /// The answer.
    Pong,
}

/// The name of a document in its address.
pub fn document_name(address: &str) -> &str {
    address.split_once('\0').map_or(address, |(name, _)| name)
}

impl<'a> HocuspocusFrame<'a> {
    /// Reads a frame. What stands behind its message is passed over: newer providers append fields.
    ///
    /// # Errors
    /// The frame is too long, cut short, or holds something unknown.
    pub fn decode(frame: &'a [u8]) -> Result<Self, FrameError> {
        match frame {
            [9] => return Ok(Self::Ping),
            [10] => return Ok(Self::Pong),
            _ => {}
        }
        let mut input = Reader::new(frame, MAX_FRAME_BYTES)?;
        let address = input.text("document name", MAX_ADDRESS_BYTES)?;
        Ok(Self::Document { address, message: HocuspocusMessage::read(&mut input)? })
    }

    /// The frame's bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ping => vec![9],
            Self::Pong => vec![10],
            Self::Document { address, message } => {
                let mut frame = Vec::new();
                put_bytes(&mut frame, address.as_bytes());
                message.write(&mut frame);
                frame
            }
        }
    }
}

impl<'a> HocuspocusMessage<'a> {
    fn read(input: &mut Reader<'a>) -> Result<Self, FrameError> {
        match input.number("kind of message")? {
            0 => Ok(Self::Sync(Sync::read(input)?)),
            1 => Ok(Self::Awareness(input.bytes("awareness update", MAX_FRAME_BYTES)?)),
            2 => Self::read_auth(input),
            3 => Ok(Self::QueryAwareness),
            4 => Ok(Self::SyncReply(Sync::read(input)?)),
            5 => Ok(Self::Stateless(input.text("stateless message", MAX_STATELESS_BYTES)?)),
            7 if input.is_empty() => Ok(Self::Close(None)),
            7 => Ok(Self::Close(Some(input.text("reason", MAX_WORDS_BYTES)?))),
            8 => Ok(Self::SyncStatus(input.number("sync status")? == 1)),
            // 6 goes between servers only.
            value => Err(FrameError::Unknown { what: "message", value }),
        }
    }

    fn read_auth(input: &mut Reader<'a>) -> Result<Self, FrameError> {
        match input.number("kind of auth message")? {
            0 if input.is_empty() => Ok(Self::TokenRequest),
            0 => {
                let token = input.text("token", MAX_TOKEN_BYTES)?;
                let version = match input.is_empty() {
                    true => None,
                    false => Some(input.text("version", MAX_WORDS_BYTES)?),
                };
                Ok(Self::Token { token, version })
            }
            1 => Ok(Self::PermissionDenied(input.text("reason", MAX_WORDS_BYTES)?)),
            2 => {
                let scope = input.text("scope", MAX_WORDS_BYTES)?;
                Ok(Self::Authenticated { readonly: scope == "readonly" })
            }
            value => Err(FrameError::Unknown { what: "auth message", value }),
        }
    }

    fn write(&self, frame: &mut Vec<u8>) {
        match self {
            Self::Sync(sync) => {
                put_number(frame, 0);
                sync.write(frame);
            }
            Self::Awareness(update) => {
                put_number(frame, 1);
                put_bytes(frame, update);
            }
            Self::TokenRequest => frame.extend([2, 0]),
            Self::Token { token, version } => {
                frame.extend([2, 0]);
                put_bytes(frame, token.as_bytes());
                if let Some(version) = version {
                    put_bytes(frame, version.as_bytes());
                }
            }
            Self::PermissionDenied(reason) => {
                frame.extend([2, 1]);
                put_bytes(frame, reason.as_bytes());
            }
            Self::Authenticated { readonly } => {
                frame.extend([2, 2]);
                put_bytes(frame, if *readonly { b"readonly" } else { b"read-write" });
            }
            Self::QueryAwareness => put_number(frame, 3),
            Self::SyncReply(sync) => {
                put_number(frame, 4);
                sync.write(frame);
            }
            Self::Stateless(text) => {
                put_number(frame, 5);
                put_bytes(frame, text.as_bytes());
            }
            Self::Close(reason) => {
                put_number(frame, 7);
                if let Some(reason) = reason {
                    put_bytes(frame, reason.as_bytes());
                }
            }
            // A signed number: small ones are the same.
            Self::SyncStatus(saved) => frame.extend([8, u8::from(*saved)]),
        }
    }
}
