//! Standard Yjs clients: bytes that the npm packages made (`sync/vectors/yjs`), and the machines in
//! virtual time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod connection;
mod damage;
mod frames;
mod presence;
mod socket;
mod world;

use serde_json::Value;

/// `sync/vectors/yjs/vectors.json`.
fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/yjs/vectors.json")).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let digits = (0..hex.len()).step_by(2);
    digits.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The frames that the recorded client `dialect` sent, by what led to them.
fn recorded(dialect: &str, what: &str) -> Vec<Vec<u8>> {
    let vectors = vectors();
    let recordings = vectors["recordings"].as_array().unwrap();
    let recording = recordings.iter().find(|r| r["dialect"] == dialect).unwrap();
    let steps = recording["steps"].as_array().unwrap();
    let sent = steps.iter().filter(|step| step["from"] == "client" && step["what"] == what);
    let sent: Vec<_> = sent.map(|step| bytes(&step["hex"])).collect();
    assert!(!sent.is_empty(), "{what}");
    sent
}
