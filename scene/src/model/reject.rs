//! Why an intent was refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason that a program can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectCode {
    /// No such layer.
    UnknownLayer,
    /// No such view (its owner may have left).
    UnknownView,
    /// No such axis in the scene.
    UnknownAxis,
    /// No colormap of that name.
    UnknownColormap,
    /// No such annotation (somebody may have removed it).
    UnknownAnnotation,
    /// An annotation of this name is there already.
    Taken,
    /// The layer is locked.
    Locked,
    /// It belongs to somebody else, and this layer lets annotators change their own only.
    NotYours,
    /// One more than there may be; the message names the bound.
    Limit,
    /// The session is archived, or an old version of it is looked at.
    ReadOnly,
    /// Not a finite number where one is needed.
    NotFinite,
    /// A value out of its range, an empty or too long name.
    OutOfRange,
    /// Not possible for this kind of layer or view.
    NotApplicable,
    /// The role may not do this.
    Forbidden,
    /// Too many intents in a short time.
    RateLimited,
    /// The message was not an intent.
    Malformed,
    /// The server could not store it; nothing was changed.
    Unavailable,
}

impl RejectCode {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownLayer => "unknown_layer",
            Self::UnknownView => "unknown_view",
            Self::UnknownAxis => "unknown_axis",
            Self::UnknownColormap => "unknown_colormap",
            Self::UnknownAnnotation => "unknown_annotation",
            Self::Taken => "taken",
            Self::Locked => "locked",
            Self::NotYours => "not_yours",
            Self::Limit => "limit",
            Self::ReadOnly => "read_only",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::NotApplicable => "not_applicable",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::Malformed => "malformed",
            Self::Unavailable => "unavailable",
        }
    }
}

/// A refusal: the code, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// What a program acts on.
    pub code: RejectCode,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Reject {
    /// A refusal.
    pub fn new(code: RejectCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Reject {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_on_the_wire() {
        for code in [RejectCode::UnknownLayer, RejectCode::NotYours, RejectCode::ReadOnly] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
