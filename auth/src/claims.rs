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

/// Whom a token is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user, the same in every token of theirs (`sub`).
    pub subject: String,
    /// What others see (`name`).
    pub name: String,
    /// The session that it opens.
    pub session: String,
    /// What it allows there.
    pub role: Role,
}

/// All claims; each is required. Others are ignored.
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
}

impl Claims {
    /// Whether every text has 1 to [`MAX_FIELD_BYTES`] bytes and no control characters, which
    /// would break a log line.
    pub fn is_tidy(&self) -> bool {
        let tidy = |text: &String| {
            (1..=MAX_FIELD_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        [&self.iss, &self.aud, &self.sub, &self.name, &self.session].into_iter().all(tidy)
    }
}
