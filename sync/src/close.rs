//! Why a connection ended: WebSocket close codes, and what a client should do.
//!
//! Codes below 4000 mean what RFC 6455 and its registry say. 4400–4499: trying again the same way
//! fails again. 4500–4599: connect again and resume.

/// Every reason for which either end closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer left on purpose.
    Normal,
    /// The server stops; reconnect soon.
    GoingAway,
    /// A message is larger than the bound.
    TooBig,
    /// The server failed; reconnect.
    Internal,
    /// The client reads too slowly and its queue is full; reconnect and resync.
    TooSlow,
    /// A message could not be understood, or came out of order.
    BadMessage,
    /// The token is not valid (any more).
    Unauthorized,
    /// The token was revoked, or the participant sent away.
    Revoked,
    /// The session was archived or deleted.
    SessionEnded,
    /// The page's origin may not connect.
    ForbiddenOrigin,
    /// The peers speak different versions.
    VersionMismatch,
    /// The hello did not arrive in time.
    HelloTimeout,
    /// Nothing was heard for too long.
    Silence,
    /// The ticket is unknown, used, or too old.
    BadTicket,
    /// The session or the server is full.
    Full,
    /// The state channel of this pixel channel has ended.
    StateClosed,
    /// Another connection of the same client took over.
    Replaced,
}

impl CloseReason {
    /// Every reason, by code.
    pub const ALL: [Self; 17] = [
        Self::Normal,
        Self::GoingAway,
        Self::TooBig,
        Self::Internal,
        Self::TooSlow,
        Self::BadMessage,
        Self::Unauthorized,
        Self::Revoked,
        Self::ForbiddenOrigin,
        Self::SessionEnded,
        Self::VersionMismatch,
        Self::HelloTimeout,
        Self::BadTicket,
        Self::Replaced,
        Self::Full,
        Self::Silence,
        Self::StateClosed,
    ];

    /// The WebSocket close code.
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::TooBig => 1009,
            Self::Internal => 1011,
            Self::TooSlow => 1013,
            Self::BadMessage => 4400,
            Self::Unauthorized => 4401,
            Self::Revoked => 4402,
            Self::ForbiddenOrigin => 4403,
            Self::SessionEnded => 4404,
            Self::VersionMismatch => 4406,
            Self::HelloTimeout => 4408,
            Self::BadTicket => 4409,
            Self::Replaced => 4410,
            Self::Full => 4429,
            Self::Silence => 4508,
            Self::StateClosed => 4512,
        }
    }

    /// The reason that has this code; `None` for a code that this protocol does not use.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether connecting again by itself is of no use: a person has to do something first.
    pub const fn is_permanent(self) -> bool {
        code_is_permanent(self.code())
    }

    /// A stable name, for metrics and for the reason text of the close frame.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::GoingAway => "going_away",
            Self::TooBig => "too_big",
            Self::Internal => "internal",
            Self::TooSlow => "too_slow",
            Self::BadMessage => "bad_message",
            Self::Unauthorized => "unauthorized",
            Self::Revoked => "revoked",
            Self::ForbiddenOrigin => "forbidden_origin",
            Self::SessionEnded => "session_ended",
            Self::VersionMismatch => "version_mismatch",
            Self::HelloTimeout => "hello_timeout",
            Self::BadTicket => "bad_ticket",
            Self::Replaced => "replaced",
            Self::Full => "full",
            Self::Silence => "silence",
            Self::StateClosed => "state_closed",
        }
    }

    /// What the closed end, or the person before it, should do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Normal => "The session was left. Open the link again to come back.",
            Self::GoingAway => "The server is stopping. Connect again in a moment.",
            Self::TooBig => "A message was larger than the protocol allows. Connect again.",
            Self::Internal => "The server failed. Connect again; if it goes on, see its log.",
            Self::TooSlow => "The connection was too slow to keep up. Connect again.",
            Self::BadMessage => "The server did not understand a message. Reload the page.",
            Self::Unauthorized => "The link is not valid or has expired. Ask for a new link.",
            Self::Revoked => "Your access was withdrawn. Ask the session's owner.",
            Self::SessionEnded => "The session was closed by its owner.",
            Self::ForbiddenOrigin => "This page may not connect. Open the server's own link.",
            Self::VersionMismatch => "Client and server differ in version. Reload, or update.",
            Self::HelloTimeout => "The connection was made but nothing was said. Try again.",
            Self::BadTicket => "The picture channel's ticket is used or too old. Connect again.",
            Self::Replaced => "This client is connected from somewhere else. Use that one.",
            Self::Full => "The session is full. Try again when somebody has left.",
            Self::Silence => "Nothing was heard for too long. Connect again.",
            Self::StateClosed => "The state channel ended. Connect again.",
        }
    }
}

/// Whether a close code, known or not, says that connecting again by itself is of no use:
/// 4400–4499.
pub const fn code_is_permanent(code: u16) -> bool {
    code >= 4400 && code <= 4499
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_code_and_name_and_is_found_by_its_code() {
        let codes: HashSet<u16> = CloseReason::ALL.iter().map(|r| r.code()).collect();
        let names: HashSet<&str> = CloseReason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!((codes.len(), names.len()), (17, 17));
        for reason in CloseReason::ALL {
            assert_eq!(CloseReason::from_code(reason.code()), Some(reason));
            assert!(reason.as_str().len() <= 123, "a close frame holds 123 bytes of text");
        }
        assert_eq!(CloseReason::from_code(1006), None);
    }

    #[test]
    fn what_heals_by_itself_is_not_permanent() {
        for reason in [CloseReason::GoingAway, CloseReason::Silence, CloseReason::StateClosed] {
            assert!(!reason.is_permanent());
        }
        assert!(CloseReason::Unauthorized.is_permanent());
        assert!(code_is_permanent(4499) && !code_is_permanent(4500));
    }
}
