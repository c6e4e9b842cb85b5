//! Reading and writing the JSON messages, with bounds and coded errors.
//!
//! Unknown fields are passed over (a later minor version may add some); an unknown `type`, `kind`
//! or value is an error.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::PROTOCOL_VERSION;
use crate::close::CloseReason;
use crate::limits::{
    MAX_AXES, MAX_CLIENT_MESSAGE_BYTES, MAX_CODECS, MAX_SAFE_INTEGER, MAX_SERVER_MESSAGE_BYTES,
    MAX_SESSION_BYTES, MAX_SMALL_MESSAGE_BYTES, MAX_TICKET_BYTES, MAX_TOKEN_BYTES,
};
use crate::message::{ClientMessage, Hello, PixelClientMessage, PixelServerMessage, ServerMessage};

/// Longest detail in an error: enough to name a field, too short to echo a message.
const MAX_DETAIL_CHARS: usize = 240;

/// Hexadecimal digits of a client id.
const CLIENT_ID_DIGITS: usize = 32;

/// A text message that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Larger than the bound.
    #[error("a message of {bytes} bytes is larger than the bound of {limit} bytes: send less")]
    TooBig {
        /// Of the message.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Not JSON at all.
    #[error("the message is not JSON: {detail}")]
    NotJson {
        /// Where and why.
        detail: String,
    },
    /// JSON, but no message of this version.
    #[error("not a message of protocol version {PROTOCOL_VERSION}: {detail}")]
    Invalid {
        /// What is wrong.
        detail: String,
        /// Of the intent or watch that it was meant to be, so that it can be rejected by number.
        seq: Option<u64>,
    },
}

impl MessageError {
    /// A stable name, for metrics and `refused` messages.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooBig { .. } => "too_big",
            Self::NotJson { .. } => "not_json",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// How to close the connection, where the message cannot be answered.
    pub const fn close(&self) -> CloseReason {
        match self {
            Self::TooBig { .. } => CloseReason::TooBig,
            Self::NotJson { .. } | Self::Invalid { .. } => CloseReason::BadMessage,
        }
    }

    /// Number of the intent or watch that was malformed: answer `reject` (`malformed`) with it,
    /// and keep the connection.
    pub const fn seq(&self) -> Option<u64> {
        match self {
            Self::Invalid { seq, .. } => *seq,
            Self::TooBig { .. } | Self::NotJson { .. } => None,
        }
    }

    fn from_json(error: &serde_json::Error) -> Self {
        let detail = short(&error.to_string());
        match error.classify() {
            serde_json::error::Category::Data => Self::Invalid { detail, seq: None },
            _ => Self::NotJson { detail },
        }
    }
}

/// What every message can say about itself, whatever else is wrong with it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    /// Which message it means to be.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// Of an intent.
    pub(crate) seq: Option<u64>,
    /// Of a hello.
    pub(crate) version: Option<u32>,
}

impl Envelope {
    /// Reads what can be read.
    pub(crate) fn peek(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// A message that knows its bound and what its types cannot express.
trait Wire: DeserializeOwned + Serialize {
    const LIMIT: usize;

    fn check(&self) -> Result<(), String>;

    fn read(text: &str) -> Result<Self, MessageError> {
        if text.len() > Self::LIMIT {
            return Err(MessageError::TooBig { bytes: text.len(), limit: Self::LIMIT });
        }
        // serde would also take an array of the fields in order.
        if !text.trim_start().starts_with('{') {
            return Err(MessageError::NotJson { detail: "a message is an object".to_owned() });
        }
        let message: Self =
            serde_json::from_str(text).map_err(|error| MessageError::from_json(&error))?;
        let invalid = |detail| MessageError::Invalid { detail, seq: None };
        message.check().map(|()| message).map_err(invalid)
    }

    /// These types hold no map with keys other than strings, the one thing that JSON cannot write.
    fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

macro_rules! wire {
    ($($message:ident)*) => { $(
        impl $message {
            /// Reads one text frame. Never panics, whatever the text.
            pub fn parse(text: &str) -> Result<Self, MessageError> {
                Wire::read(text).map_err(|error| locate(error, text))
            }

            /// The text frame. Numbers must be finite: JSON has no others.
            pub fn to_json(&self) -> String {
                Wire::write(self)
            }
        }
    )* };
}

wire! { ClientMessage ServerMessage PixelClientMessage PixelServerMessage }

impl Wire for ClientMessage {
    const LIMIT: usize = MAX_CLIENT_MESSAGE_BYTES;

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Hello(hello) => check_hello(hello),
            Self::Intent { seq, .. } | Self::Watch { seq, .. } => check_seq(*seq),
            Self::Cursor { position: Some(position), .. } if position.len() > MAX_AXES => {
                Err(format!("a position has at most {MAX_AXES} coordinates"))
            }
            Self::Doing(doing) => doing.check(),
            Self::Canvas { .. } | Self::Cursor { .. } | Self::Ask { .. } | Self::Ping { .. } => {
                Ok(())
            }
        }
    }
}

impl Wire for ServerMessage {
    const LIMIT: usize = MAX_SERVER_MESSAGE_BYTES;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Wire for PixelClientMessage {
    const LIMIT: usize = MAX_SMALL_MESSAGE_BYTES;

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Attach { ticket } if ticket.len() > MAX_TICKET_BYTES => {
                Err(format!("a ticket of {} bytes is too long", ticket.len()))
            }
            _ => Ok(()),
        }
    }
}

impl Wire for PixelServerMessage {
    const LIMIT: usize = MAX_SMALL_MESSAGE_BYTES;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

fn check_seq(seq: u64) -> Result<(), String> {
    if (1..=MAX_SAFE_INTEGER).contains(&seq) {
        return Ok(());
    }
    Err(format!("`seq` must be from 1 to {MAX_SAFE_INTEGER}, not {seq}"))
}

fn check_hello(hello: &Hello) -> Result<(), String> {
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if hello.token.len() > MAX_TOKEN_BYTES {
        return Err(format!("a token of {} bytes is too long", hello.token.len()));
    }
    if !(1..=MAX_SESSION_BYTES).contains(&hello.session.len()) {
        return Err(format!("`session` must have from 1 to {MAX_SESSION_BYTES} bytes"));
    }
    if hello.client.len() != CLIENT_ID_DIGITS || !hello.client.bytes().all(hex) {
        return Err(format!("`client` must be {CLIENT_ID_DIGITS} lower-case hexadecimal digits"));
    }
    if hello.codecs.len() > MAX_CODECS {
        return Err(format!("more than {MAX_CODECS} codecs"));
    }
    Ok(())
}

/// Finds the number of a malformed intent.
fn locate(error: MessageError, text: &str) -> MessageError {
    let MessageError::Invalid { detail, .. } = error else { return error };
    let envelope = Envelope::peek(text);
    let numbered = matches!(envelope.kind.as_deref(), Some("intent" | "watch"));
    let seq = envelope.seq.filter(|&seq| numbered && check_seq(seq).is_ok());
    MessageError::Invalid { detail, seq }
}

fn short(detail: &str) -> String {
    detail.chars().take(MAX_DETAIL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_malformed_intent_keeps_its_number_so_that_it_can_be_rejected() {
        let text = r#"{"type":"intent","seq":7,"intent":{"kind":"fly"}}"#;
        let error = ClientMessage::parse(text).unwrap_err();
        assert_eq!((error.code(), error.seq()), ("invalid", Some(7)));
        assert!(error.to_string().contains("fly"), "{error}");
        assert_eq!(ClientMessage::parse(r#"{"type":"fly","seq":7}"#).unwrap_err().seq(), None);
    }

    #[test]
    fn a_message_past_its_bound_is_refused_before_it_is_read() {
        let text = "x".repeat(MAX_CLIENT_MESSAGE_BYTES + 1);
        let error = ClientMessage::parse(&text).unwrap_err();
        assert_eq!((error.code(), error.close()), ("too_big", CloseReason::TooBig));
    }

    #[test]
    fn an_error_does_not_echo_a_whole_message() {
        let text = format!(r#"{{"type":"{}"}}"#, "a".repeat(10_000));
        let error = ClientMessage::parse(&text).unwrap_err();
        assert!(error.to_string().len() < 400);
    }

    #[test]
    fn debug_output_of_a_hello_has_no_token() {
        let text = format!(
            r#"{{"type":"hello","version":2,"session":"main","token":"secret","client":"{}","codecs":[]}}"#,
            "0".repeat(32)
        );
        let message = ClientMessage::parse(&text).unwrap();
        assert!(!format!("{message:?}").contains("secret"));
    }

    #[test]
    fn codecs_of_a_newer_client_are_passed_over() {
        let text = format!(
            r#"{{"type":"hello","version":2,"session":"main","token":"","client":"{}","codecs":["av1","png"]}}"#,
            "0".repeat(32)
        );
        let Ok(ClientMessage::Hello(hello)) = ClientMessage::parse(&text) else { panic!() };
        assert_eq!(hello.codecs, [crate::message::PixelCodec::Png]);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,200}") {
            let _ = ClientMessage::parse(&text);
            let _ = ServerMessage::parse(&text);
            let _ = PixelClientMessage::parse(&text);
            let _ = PixelServerMessage::parse(&text);
        }

        #[test]
        fn numbers_arrive_exactly_as_they_were_sent(x in proptest::num::f64::NORMAL, y in -1e9..1e9) {
            let message = ClientMessage::Cursor { position: Some(vec![x, y]), laser: false };
            prop_assert_eq!(ClientMessage::parse(&message.to_json()), Ok(message));
        }
    }
}
