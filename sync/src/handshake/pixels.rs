//! The server's end of the pixel channel's beginning.

use parfocal_base::Instant;

use crate::close::CloseReason;
use crate::limits::HELLO_TIMEOUT;
use crate::message::PixelClientMessage;

/// What happens to a pixel channel that is just beginning. `T` is the ticket's owner.
#[derive(Debug)]
pub enum AttachInput<'a, T> {
    /// A text frame.
    Text(&'a str),
    /// A binary frame.
    Binary,
    /// Time passed.
    Tick,
    /// The answer to [`AttachOutput::Redeem`].
    Redeemed(Option<T>),
    /// The peer went away.
    Ended,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachOutput<T> {
    /// Redeem this ticket, and answer with [`AttachInput::Redeemed`].
    Redeem(String),
    /// Close the socket; nothing follows.
    Close(CloseReason),
    /// Pictures for this owner go here from now on; `stream` comes first.
    Attached(T),
}

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelHandshake {
    /// Connected, nothing said yet.
    AwaitingAttach {
        /// When it is closed.
        deadline: Instant,
    },
    /// The ticket is being redeemed.
    Redeeming {
        /// When it is closed.
        deadline: Instant,
    },
    /// Handed over.
    Attached,
    /// Closed.
    Closed,
}

impl PixelHandshake {
    /// A connection that was accepted `now`.
    pub fn new(now: Instant) -> Self {
        Self::AwaitingAttach { deadline: now + HELLO_TIMEOUT }
    }

    /// When to call with [`AttachInput::Tick`].
    pub const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::AwaitingAttach { deadline } | Self::Redeeming { deadline } => Some(*deadline),
            Self::Attached | Self::Closed => None,
        }
    }

    /// Whether it has ended, well or not.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Attached | Self::Closed)
    }

    /// One step; at most one thing is to be done.
    pub fn handle<T>(
        &mut self,
        now: Instant,
        input: AttachInput<'_, T>,
    ) -> Option<AttachOutput<T>> {
        let deadline = self.deadline()?;
        if now >= deadline {
            return self.close(CloseReason::HelloTimeout);
        }
        match (*self, input) {
            (_, AttachInput::Tick) => None,
            (_, AttachInput::Ended) => {
                *self = Self::Closed;
                None
            }
            (Self::AwaitingAttach { .. }, AttachInput::Text(text)) => self.attach(deadline, text),
            (Self::Redeeming { .. }, AttachInput::Redeemed(Some(owner))) => {
                *self = Self::Attached;
                Some(AttachOutput::Attached(owner))
            }
            (Self::Redeeming { .. }, AttachInput::Redeemed(None)) => {
                self.close(CloseReason::BadTicket)
            }
            (_, AttachInput::Redeemed(_)) => None,
            (_, AttachInput::Text(_) | AttachInput::Binary) => self.close(CloseReason::BadMessage),
        }
    }

    fn attach<T>(&mut self, deadline: Instant, text: &str) -> Option<AttachOutput<T>> {
        match PixelClientMessage::parse(text) {
            Ok(PixelClientMessage::Attach { ticket }) => {
                *self = Self::Redeeming { deadline };
                Some(AttachOutput::Redeem(ticket))
            }
            Ok(_) => self.close(CloseReason::BadMessage),
            Err(error) => self.close(error.close()),
        }
    }

    const fn close<T>(&mut self, reason: CloseReason) -> Option<AttachOutput<T>> {
        *self = Self::Closed;
        Some(AttachOutput::Close(reason))
    }
}
