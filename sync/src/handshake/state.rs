//! The server's end of the state channel's beginning.

use parfocal_base::Instant;

use crate::PROTOCOL_VERSION;
use crate::close::CloseReason;
use crate::limits::{HELLO_TIMEOUT, MAX_SMALL_MESSAGE_BYTES};
use crate::message::{ClientMessage, Hello, ServerMessage};
use crate::parse::{Envelope, MessageError};

/// Why a hello was not good: what the client is told, and the code with which it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The close code.
    pub reason: CloseReason,
    /// Stable, e.g. `token_expired`.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(reason: CloseReason, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, code: code.into(), message: message.into() }
    }

    fn malformed(error: &MessageError) -> Self {
        Self::new(error.close(), error.code(), error.to_string())
    }

    fn order(message: &str) -> Self {
        Self::new(CloseReason::BadMessage, CloseReason::BadMessage.as_str(), message)
    }

    fn version(client: u32) -> Self {
        let newer = if client > PROTOCOL_VERSION {
            "Update the server."
        } else {
            "Reload the page, or update the client."
        };
        let message = format!(
            "The client speaks protocol version {client}, this server version {PROTOCOL_VERSION}. {newer}"
        );
        Self::new(CloseReason::VersionMismatch, CloseReason::VersionMismatch.as_str(), message)
    }
}

/// What happens to a connection that is just beginning. `G` is what a good token grants.
#[derive(Debug)]
pub enum HandshakeInput<'a, G> {
    /// A text frame.
    Text(&'a str),
    /// A binary frame.
    Binary,
    /// Time passed.
    Tick,
    /// The answer to [`HandshakeOutput::VerifyToken`].
    Verified(Result<G, Refusal>),
    /// The peer went away.
    Ended,
}

/// What is to be done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum HandshakeOutput<G> {
    /// Find out what this token grants, and answer with [`HandshakeInput::Verified`].
    VerifyToken {
        /// The client's token.
        token: String,
        /// The session that it must be for.
        session: String,
    },
    /// Send a text frame.
    Send(ServerMessage),
    /// Close the socket; nothing follows.
    Close(CloseReason),
    /// The hello was good (its token is taken out): hand the connection to the session, which
    /// sends `welcome`.
    Established {
        /// What the client said.
        hello: Hello,
        /// What its token grants.
        grant: G,
    },
}

/// The steps.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerHandshake {
    /// Connected, nothing said yet.
    AwaitingHello {
        /// When it is closed.
        deadline: Instant,
    },
    /// The token is being verified.
    Verifying {
        /// When it is closed.
        deadline: Instant,
        /// What the client said, without its token.
        hello: Hello,
    },
    /// Handed to the session.
    Established,
    /// Closed.
    Closed,
}

impl ServerHandshake {
    /// A connection that was accepted `now`.
    pub fn new(now: Instant) -> Self {
        Self::AwaitingHello { deadline: now + HELLO_TIMEOUT }
    }

    /// When to call with [`HandshakeInput::Tick`].
    pub const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::AwaitingHello { deadline } | Self::Verifying { deadline, .. } => Some(*deadline),
            Self::Established | Self::Closed => None,
        }
    }

    /// Whether it has ended, well or not.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Established | Self::Closed)
    }

    /// One step.
    pub fn handle<G>(
        &mut self,
        now: Instant,
        input: HandshakeInput<'_, G>,
    ) -> Vec<HandshakeOutput<G>> {
        match input {
            HandshakeInput::Tick => self.tick(now),
            HandshakeInput::Text(text) => self.text(now, text),
            HandshakeInput::Binary => self.binary(),
            HandshakeInput::Verified(result) => self.verified(result),
            HandshakeInput::Ended => {
                if !self.is_over() {
                    *self = Self::Closed;
                }
                Vec::new()
            }
        }
    }

    fn tick<G>(&mut self, now: Instant) -> Vec<HandshakeOutput<G>> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let reason = CloseReason::HelloTimeout;
        let seconds = HELLO_TIMEOUT.as_secs();
        let message = format!("No good hello within {seconds} s. Connect again.");
        self.refuse(Refusal::new(reason, reason.as_str(), message))
    }

    fn text<G>(&mut self, now: Instant, text: &str) -> Vec<HandshakeOutput<G>> {
        match self {
            Self::AwaitingHello { deadline } if now >= *deadline => self.tick(now),
            Self::AwaitingHello { deadline } => {
                let deadline = *deadline;
                match read_hello(text) {
                    Ok(mut hello) => {
                        let token = std::mem::take(&mut hello.token);
                        let session = hello.session.clone();
                        *self = Self::Verifying { deadline, hello };
                        vec![HandshakeOutput::VerifyToken { token, session }]
                    }
                    Err(refusal) => self.refuse(refusal),
                }
            }
            Self::Verifying { .. } => {
                self.refuse(Refusal::order("Say nothing between `hello` and `welcome`."))
            }
            Self::Established | Self::Closed => Vec::new(),
        }
    }

    fn binary<G>(&mut self) -> Vec<HandshakeOutput<G>> {
        if self.is_over() {
            return Vec::new();
        }
        self.refuse(Refusal::order("A client sends text frames only; the first is `hello`."))
    }

    fn verified<G>(&mut self, result: Result<G, Refusal>) -> Vec<HandshakeOutput<G>> {
        match (std::mem::replace(self, Self::Established), result) {
            (Self::Verifying { hello, .. }, Ok(grant)) => {
                vec![HandshakeOutput::Established { hello, grant }]
            }
            (Self::Verifying { .. }, Err(refusal)) => self.refuse(refusal),
            // An answer that nobody asked for, or that comes after the deadline.
            (before, _) => {
                *self = before;
                Vec::new()
            }
        }
    }

    fn refuse<G>(&mut self, refusal: Refusal) -> Vec<HandshakeOutput<G>> {
        *self = Self::Closed;
        let Refusal { reason, code, message } = refusal;
        vec![
            HandshakeOutput::Send(ServerMessage::Refused { code, message }),
            HandshakeOutput::Close(reason),
        ]
    }
}

/// The version is looked at first: a hello of another version may have other fields.
fn read_hello(text: &str) -> Result<Hello, Refusal> {
    let (bytes, limit) = (text.len(), MAX_SMALL_MESSAGE_BYTES);
    if bytes > limit {
        return Err(Refusal::malformed(&MessageError::TooBig { bytes, limit }));
    }
    let error = match ClientMessage::parse(text) {
        Ok(ClientMessage::Hello(hello)) if hello.version == PROTOCOL_VERSION => return Ok(hello),
        Ok(ClientMessage::Hello(hello)) => return Err(Refusal::version(hello.version)),
        Ok(_) => return Err(Refusal::order("The first message must be `hello`.")),
        Err(error) => error,
    };
    if matches!(error, MessageError::Invalid { .. }) {
        let envelope = Envelope::peek(text);
        let hello = envelope.kind.as_deref() == Some("hello");
        if let Some(version) = envelope.version.filter(|&v| hello && v != PROTOCOL_VERSION) {
            return Err(Refusal::version(version));
        }
    }
    Err(Refusal::malformed(&error))
}
