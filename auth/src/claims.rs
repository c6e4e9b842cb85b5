//! What a token says.

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// Longest token that is read. Ours take about 400 bytes, and the longest that [`Claims`] allows about 2,000.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// Longest name, subject, session, issuer or audience in bytes: it is shown in lists and logs.
pub const MAX_FIELD_BYTES: usize = 128;
/// Seconds by which two machines' clocks may differ: a token is good for so long after its expiry,
/// and before the moment at which it says it was made.
pub const LEEWAY_S: u64 = 30;

/// In place of a session's name: every session of the server.
pub const EVERY_SESSION: &str = "*";

/// The session whose token opens `session`: an old version of one is looked at as `NAME@NUMBER`.
pub fn session_of(session: &str) -> &str {
    session.split_once('@').map_or(session, |(name, _)| name)
}

/// Whom a token is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user, the same in every token of theirs (`sub`).
    pub subject: String,
    /// What others see (`name`).
    pub name: String,
    /// The session that it opens; [`EVERY_SESSION`] for all of them.
    pub session: String,
    /// What it allows there.
    pub role: Role,
}

/// What a token is called, so that it can be withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenName {
    /// This token's alone (`jti`), made at random by who mints it: [`TokenName::random`]. A token
    /// without one can be withdrawn by its subject only.
    pub id: Option<String>,
    /// The invitation that it was made for (`inv`).
    pub invitation: Option<String>,
}

impl TokenName {
    /// A name from so many random bytes that no two are alike, for this invitation if one is given.
    pub fn random(bytes: [u8; 16], invitation: Option<String>) -> Self {
        Self { id: Some(format!("{:032x}", u128::from_be_bytes(bytes))), invitation }
    }
}

/// All claims; each is required but where it says otherwise. Others are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made the token.
    pub iss: String,
    /// What it is for.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// What others see.
    pub name: String,
    /// The session.
    pub session: String,
    /// The role.
    pub role: Role,
    /// When it was made, in seconds since 1970.
    pub iat: u64,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    /// The token's own name. Optional: tokens were made without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The invitation that it was made for, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inv: Option<String>,
}

impl Claims {
    /// Whether every text has 1 to [`MAX_FIELD_BYTES`] bytes and no control characters, which
    /// would break a log line.
    pub fn is_tidy(&self) -> bool {
        let tidy = |text: &String| {
            (1..=MAX_FIELD_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        let texts = [&self.iss, &self.aud, &self.sub, &self.name, &self.session];
        texts.into_iter().chain(&self.jti).chain(&self.inv).all(tidy)
    }
}
