//! The interface of token checking, whatever keys are behind it, and the ways in which it refuses.

use crate::claims::{EVERY_SESSION, Identity, MAX_TOKEN_BYTES, TokenName, session_of};
use crate::role::Role;

/// What a good token grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whom, where and as what.
    pub identity: Identity,
    /// What the token is called.
    pub token: TokenName,
    /// When it was made, in seconds since 1970.
    pub issued: u64,
    /// When it ends, in seconds since 1970. Check again then: a connection outlives a token.
    pub expires: u64,
}

impl Grant {
    /// The role, which is what most callers want.
    pub const fn role(&self) -> Role {
        self.identity.role
    }

    /// Whether it is for every session of the server.
    pub fn is_for_every_session(&self) -> bool {
        self.identity.session == EVERY_SESSION
    }

    /// What it grants in `session`, or in a version of it. Fails where it is for another one.
    pub fn in_session(mut self, session: &str) -> Result<Self, AuthError> {
        if !self.is_for_every_session() && self.identity.session != session_of(session) {
            return Err(AuthError::OtherSession);
        }
        session.clone_into(&mut self.identity.session);
        Ok(self)
    }
}

/// Makes tokens.
pub trait Issuer: Send + Sync {
    /// A token called `token` for `identity`, from `now` for `lifetime_s` seconds. Fails where a
    /// text is empty, too long or has control characters.
    fn mint(
        &self,
        identity: &Identity,
        token: &TokenName,
        now: u64,
        lifetime_s: u64,
    ) -> Result<String, AuthError>;
}

/// Checks tokens. A set of public keys would be another implementation.
pub trait Verifier: Send + Sync {
    /// What `token` grants at `now` (seconds since 1970), wherever that is.
    fn read(&self, token: &str, now: u64) -> Result<Grant, AuthError>;

    /// What `token` grants in `session` at `now`.
    fn verify(&self, token: &str, session: &str, now: u64) -> Result<Grant, AuthError> {
        self.read(token, now)?.in_session(session)
    }
}

/// Why a token was refused. The messages never hold the token, nor parts of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than {MAX_TOKEN_BYTES} bytes: use the link as it was given")]
    TooLong,
    /// Not a token, or one without a claim that is required.
    #[error("this is not a token of Parfocal: use the whole link, or ask for a new one")]
    Malformed,
    /// Signed by another method, or not at all.
    #[error("the token is not signed by the method that this server uses: ask for a new link")]
    Algorithm,
    /// Signed with another key, or changed.
    #[error(
        "the token's signature does not fit: the server has a new secret, or the link is damaged"
    )]
    Signature,
    /// Made by somebody else.
    #[error("the token was made by another issuer: ask this server for a link")]
    Issuer,
    /// Made for something else.
    #[error("the token is meant for another service: ask this server for a link")]
    Audience,
    /// Past its end.
    #[error("the token has expired: ask for a new link")]
    Expired,
    /// Made in the future, or ends before it begins.
    #[error("the token is not valid yet: check the clocks of both machines")]
    NotYetValid,
    /// For another session.
    #[error("the token is for another session: use the link of this one")]
    OtherSession,
    /// Withdrawn: see [`Revocations`](crate::Revocations).
    #[error("access was withdrawn by the session's owner: ask them for a new link")]
    Revoked,
    /// A text for a new token is empty, too long, or has control characters.
    #[error("names, users and sessions need 1 to 128 bytes without control characters")]
    BadIdentity,
    /// The signing itself failed.
    #[error("the token could not be signed: check the server's secret")]
    Signing,
}

impl AuthError {
    /// A stable code for the wire and for metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed => "token_invalid",
            Self::Algorithm => "token_algorithm",
            Self::Signature => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::OtherSession => "token_other_session",
            Self::Revoked => "token_revoked",
            Self::BadIdentity => "identity_invalid",
            Self::Signing => "token_signing",
        }
    }
}
