//! What the server tells a client about its link: what it carries, what it is given, and why.

use serde::{Deserialize, Serialize};

/// How a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Less is sent than it carries.
    Idle,
    /// It is used, and carries it.
    Steady,
    /// It is used, carries it, and might carry more.
    Growing,
    /// A queue built up; the rate was lowered a moment ago.
    Congested,
    /// What was sent should have arrived by now.
    Stalled,
}

/// What keeps pictures from being larger or smoother.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// What the link carries.
    Link,
    /// The user's own ceiling.
    Ceiling,
    /// The client's decoder.
    Decoder,
    /// Others of the same stream, whose links carry less.
    Shared,
}

/// Pictures that were painted and did not go to this client since its connection began, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dropped {
    /// Too many pictures were under way.
    #[serde(skip_serializing_if = "is_none")]
    pub pictures: u64,
    /// Too many bytes were under way.
    #[serde(skip_serializing_if = "is_none")]
    pub bytes: u64,
    /// What was sent before should have arrived by then.
    #[serde(skip_serializing_if = "is_none")]
    pub late: u64,
    /// TCP begins slowly after a rest.
    #[serde(skip_serializing_if = "is_none")]
    pub slow_start: u64,
    /// The client's decoder was behind.
    #[serde(skip_serializing_if = "is_none")]
    pub decoder: u64,
    /// What was sent before still occupied the link.
    #[serde(skip_serializing_if = "is_none")]
    pub paced: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// How a client's link does, and what it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it carries, as far as is known, in bit/s.
    pub estimate_bps: u32,
    /// How long messages wait on the way, beyond the shortest round trip.
    pub queue_ms: u32,
    /// How it does.
    pub state: LinkState,
    /// What keeps pictures from being larger or smoother; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Limit>,
    /// Of the pictures, in pixels.
    pub width: u32,
    /// Of the pictures, in pixels.
    pub height: u32,
    /// Pictures a second at most.
    pub fps: u32,
    /// Bits a second of the stream at most.
    pub bitrate_bps: u32,
    /// How many get this stream, this client too.
    pub viewers: u32,
    /// Pictures that did not come.
    pub dropped: Dropped,
}
