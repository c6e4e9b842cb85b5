//! Identifiers: small numbers, one type each, so that they cannot be exchanged by mistake.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// One person (or program) in a session. Numbered from 1 by the server; 0 is the server itself.
    ParticipantId
}
id! {
    /// A layer of the scene, numbered by the server; never given again within a session.
    LayerId
}
id! {
    /// An opened data source (a file or a multiscale group) of the server.
    SourceId
}
id! {
    /// What one eye looks at. [`ViewId::STAGE`] is the session's shared view; a participant's own
    /// view has the participant's number.
    ViewId
}

impl ParticipantId {
    /// The server itself, as the author of a change.
    pub const SERVER: Self = Self(0);
}

impl SourceId {
    /// None: what a layer shows is not opened now, or it shows no file.
    pub const NONE: Self = Self(u32::MAX);
}

impl ViewId {
    /// The shared view of the session.
    pub const STAGE: Self = Self(0);

    /// The own view of `participant`.
    pub const fn own(participant: ParticipantId) -> Self {
        Self(participant.0)
    }

    /// Whether this is the shared view.
    pub const fn is_stage(self) -> bool {
        self.0 == 0
    }
}
