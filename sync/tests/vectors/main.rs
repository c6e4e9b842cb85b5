//! The vectors that the Rust and the TypeScript tests share: `sync/vectors/*.json` must say what
//! this code says. With `PARFOCAL_UPDATE_VECTORS=1` the test writes them instead.
//!
//! Numbers in messages that a browser writes are such that Rust and JavaScript print them alike
//! (0.5, never 1.0).
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod bad;
mod binary;
mod client;
mod server;

use std::fs;
use std::path::PathBuf;

use parfocal_sync::CloseReason;
use parfocal_sync::message::{
    ClientMessage, PixelClientMessage, PixelServerMessage, ServerMessage,
};
use serde_json::{Value, json};

/// One message of a direction, and its name.
enum Case {
    Client(&'static str, ClientMessage),
    Server(&'static str, ServerMessage),
    PixelClient(&'static str, PixelClientMessage),
    PixelServer(&'static str, PixelServerMessage),
}

impl Case {
    /// The vector, after a check that its text reads back as the message.
    fn vector(self) -> Value {
        let (name, direction, text) = match self {
            Self::Client(name, message) => {
                let text = message.to_json();
                assert_eq!(ClientMessage::parse(&text), Ok(message), "{name}");
                (name, "client", text)
            }
            Self::Server(name, message) => {
                let text = message.to_json();
                assert_eq!(ServerMessage::parse(&text), Ok(message), "{name}");
                (name, "server", text)
            }
            Self::PixelClient(name, message) => {
                let text = message.to_json();
                assert_eq!(PixelClientMessage::parse(&text), Ok(message), "{name}");
                (name, "pixel-client", text)
            }
            Self::PixelServer(name, message) => {
                let text = message.to_json();
                assert_eq!(PixelServerMessage::parse(&text), Ok(message), "{name}");
                (name, "pixel-server", text)
            }
        };
        json!({ "name": name, "direction": direction, "json": text })
    }
}

/// Reads `text` as a message of `direction`, and writes it again.
fn reprint(direction: &str, text: &str) -> Result<String, String> {
    let printed = match direction {
        "client" => ClientMessage::parse(text).map(|m| m.to_json()),
        "server" => ServerMessage::parse(text).map(|m| m.to_json()),
        "pixel-client" => PixelClientMessage::parse(text).map(|m| m.to_json()),
        "pixel-server" => PixelServerMessage::parse(text).map(|m| m.to_json()),
        other => panic!("no direction {other}"),
    };
    printed.map_err(|error| error.to_string())
}

/// Compares the file with `expected`, or writes it.
fn check(file: &str, expected: &[Value]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    if std::env::var_os("PARFOCAL_UPDATE_VECTORS").is_some() {
        let lines: Vec<String> = expected.iter().map(|value| format!("  {value}")).collect();
        fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    let found: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(
            found, expected,
            "{file} differs from what the code says: if that is wanted (it breaks older peers!), \
             run this test with PARFOCAL_UPDATE_VECTORS=1"
        );
    }
    assert_eq!(found.len(), expected.len(), "{file}: run with PARFOCAL_UPDATE_VECTORS=1");
}

#[test]
fn messages_have_the_committed_text_and_bad_ones_are_refused() {
    let cases = client::cases().into_iter().chain(server::cases());
    let mut vectors: Vec<Value> = cases.map(Case::vector).collect();
    for (name, direction, text) in bad::cases() {
        assert!(reprint(direction, text).is_err(), "{name} was taken");
        vectors.push(json!({ "name": name, "direction": direction, "json": text, "bad": true }));
    }
    check("messages.json", &vectors);
}

#[test]
fn committed_messages_are_printed_again_byte_for_byte() {
    if std::env::var_os("PARFOCAL_UPDATE_VECTORS").is_some() {
        return;
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/messages.json");
    let vectors: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for vector in vectors.iter().filter(|vector| vector["bad"] != true) {
        let text = vector["json"].as_str().unwrap();
        assert_eq!(reprint(vector["direction"].as_str().unwrap(), text).as_deref(), Ok(text));
    }
}

#[test]
fn what_a_browser_writes_has_no_number_that_javascript_prints_otherwise() {
    let cases = client::cases().into_iter().map(Case::vector);
    for text in cases.map(|vector| vector["json"].as_str().unwrap().to_owned()) {
        let fraction_of_zero = text.split([',', ']', '}']).any(|part| part.ends_with(".0"));
        assert!(!fraction_of_zero, "{text}");
    }
}

#[test]
fn binary_headers_have_the_committed_bytes() {
    check("binary.json", &binary::vectors());
}

#[test]
fn close_codes_are_the_committed_ones() {
    let vector = |reason: CloseReason| {
        let permanent = reason.is_permanent();
        json!({ "code": reason.code(), "name": reason.as_str(), "permanent": permanent })
    };
    check("close.json", &CloseReason::ALL.map(vector));
}
