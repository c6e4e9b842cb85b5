//! Awareness updates: who is here, and in what state
//! (<https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md>).

use serde_json::Value;

use super::lib0::{FrameError, Reader, put_bytes, put_number};
use super::limits::{MAX_AWARENESS_ENTRIES, MAX_FRAME_BYTES};

/// One client's state.
#[derive(Clone, Debug, PartialEq)]
pub struct AwarenessEntry<'a> {
    /// The client id of its Yjs document.
    pub client: u64,
    /// Rises with each state of this client.
    pub clock: u32,
    /// Its state as JSON; `null`: it is gone.
    pub state: &'a str,
}

/// Takes an update apart. The states are not looked at: a provider sends back what it heard of
/// others, and only its own counts.
///
/// # Errors
/// It is cut short, has too many entries, or something stands behind it.
pub fn decode(update: &[u8]) -> Result<Vec<AwarenessEntry<'_>>, FrameError> {
    let mut input = Reader::new(update, MAX_FRAME_BYTES)?;
    let count = input.number("number of awareness entries")?;
    // Each takes three bytes at least.
    if count.saturating_mul(3) > input.len() as u64 {
        return Err(FrameError::Truncated("awareness entries"));
    }
    if count > MAX_AWARENESS_ENTRIES {
        let limit = MAX_AWARENESS_ENTRIES as usize;
        return Err(FrameError::TooMuch { what: "number of awareness entries", limit });
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let client = input.number("client id")?;
        let clock = input.number("awareness clock")?;
        let clock = u32::try_from(clock).map_err(|_| FrameError::Malformed("awareness clock"))?;
        let state = input.text("awareness state", MAX_FRAME_BYTES)?;
        entries.push(AwarenessEntry { client, clock, state });
    }
    if input.is_empty() { Ok(entries) } else { Err(FrameError::Malformed("awareness update")) }
}

/// The update with these entries.
pub fn encode<'a>(entries: impl ExactSizeIterator<Item = AwarenessEntry<'a>>) -> Vec<u8> {
    let mut update = Vec::new();
    put_number(&mut update, entries.len() as u64);
    for entry in entries {
        put_number(&mut update, entry.client);
        put_number(&mut update, u64::from(entry.clock));
        put_bytes(&mut update, entry.state.as_bytes());
    }
    update
}

/// The update that says nothing: it keeps a connection alive.
pub const NOTHING: &[u8] = &[0];

/// A state with the user that its client is, whatever it said itself; `None`: it is no object.
pub(super) fn with_user(state: &str, user: &Value) -> Option<String> {
    let Ok(Value::Object(mut state)) = serde_json::from_str(state) else { return None };
    state.insert("user".to_owned(), user.clone());
    serde_json::to_string(&state).ok()
}
