//! Frames: what the npm packages write is read, and written to the same bytes.

use parfocal_sync::yjs::awareness;
use parfocal_sync::yjs::hocuspocus::{HocuspocusFrame, HocuspocusMessage, document_name};
use parfocal_sync::yjs::message::{Message, Sync};
use serde_json::{Value, json};

use super::{bytes, hex, vectors};

fn sync_as_json(sync: &Sync<'_>) -> Value {
    let (kind, bytes) = match sync {
        Sync::Step1(bytes) => ("step1", bytes),
        Sync::Step2(bytes) => ("step2", bytes),
        Sync::Update(bytes) => ("update", bytes),
    };
    json!({"type": "sync", "kind": kind, "bytes": hex(bytes)})
}

fn y_as_json(message: &Message<'_>) -> Value {
    match message {
        Message::Sync(sync) => sync_as_json(sync),
        Message::Awareness(update) => json!({"type": "awareness", "bytes": hex(update)}),
        Message::PermissionDenied(reason) => json!({"type": "denied", "reason": reason}),
        Message::QueryAwareness => json!({"type": "query-awareness"}),
    }
}

fn hocuspocus_as_json(frame: &HocuspocusFrame<'_>) -> Value {
    let HocuspocusFrame::Document { address, message } = frame else { panic!("{frame:?}") };
    let mut value = match message {
        HocuspocusMessage::Sync(sync) | HocuspocusMessage::SyncReply(sync) => sync_as_json(sync),
        HocuspocusMessage::Awareness(update) => json!({"type": "awareness", "bytes": hex(update)}),
        HocuspocusMessage::Token { token, version } => {
            json!({"type": "token", "token": token, "version": version})
        }
        HocuspocusMessage::TokenRequest => json!({"type": "token-request"}),
        HocuspocusMessage::PermissionDenied(reason) => json!({"type": "denied", "reason": reason}),
        HocuspocusMessage::Authenticated { readonly } => {
            json!({"type": "authenticated", "readonly": readonly})
        }
        HocuspocusMessage::QueryAwareness => json!({"type": "query-awareness"}),
        HocuspocusMessage::Stateless(text) => json!({"type": "stateless", "text": text}),
        HocuspocusMessage::Close(reason) => json!({"type": "close", "reason": reason}),
        HocuspocusMessage::SyncStatus(saved) => json!({"type": "status", "saved": saved}),
    };
    value["address"] = json!(address);
    value
}

#[test]
fn every_vector_is_read_and_written_to_the_same_bytes() {
    let vectors = vectors();
    let frames = vectors["frames"].as_array().unwrap();
    assert!(frames.len() > 20);
    for vector in frames {
        let (name, frame) = (&vector["name"], bytes(&vector["hex"]));
        if vector["dialect"] == "y" {
            let messages = Message::decode(&frame).unwrap();
            assert_eq!(messages.len(), 1, "{name}");
            assert_eq!(y_as_json(&messages[0]), vector["message"], "{name}");
            assert_eq!(hex(&messages[0].encode()), vector["hex"], "{name}");
        } else {
            let message = HocuspocusFrame::decode(&frame).unwrap();
            assert_eq!(hocuspocus_as_json(&message), vector["message"], "{name}");
            assert_eq!(hex(&message.encode()), vector["hex"], "{name}");
        }
    }
}

#[test]
fn awareness_updates_are_read_and_written_to_the_same_bytes() {
    for vector in vectors()["awareness"].as_array().unwrap() {
        let update = bytes(&vector["hex"]);
        let entries = awareness::decode(&update).unwrap();
        let found: Vec<Value> = entries
            .iter()
            .map(|e| json!({"client": e.client, "clock": e.clock, "state": e.state}))
            .collect();
        assert_eq!(json!(found), vector["entries"]);
        assert_eq!(hex(&awareness::encode(entries.into_iter())), vector["hex"]);
    }
}

#[test]
fn everything_that_the_real_providers_sent_is_understood() {
    let vectors = vectors();
    for recording in vectors["recordings"].as_array().unwrap() {
        for step in recording["steps"].as_array().unwrap() {
            let frame = bytes(&step["hex"]);
            let again = if recording["dialect"] == "y" {
                let messages = Message::decode(&frame).unwrap();
                messages.iter().flat_map(Message::encode).collect()
            } else {
                HocuspocusFrame::decode(&frame).unwrap().encode()
            };
            assert_eq!(hex(&again), step["hex"], "{}", step["what"]);
        }
    }
}

#[test]
fn several_messages_may_stand_in_one_frame() {
    let messages =
        [Message::Sync(Sync::Step1(&[0])), Message::QueryAwareness, Message::Awareness(&[0])];
    let frame: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
    assert_eq!(Message::decode(&frame).unwrap(), messages);
    let many = vec![3; 65];
    assert!(Message::decode(&many).is_err());
}

#[test]
fn an_address_may_tell_several_documents_of_one_name_apart() {
    assert_eq!(document_name("annotations\0k2x"), "annotations");
    assert_eq!(document_name("annotations"), "annotations");
    let message = HocuspocusMessage::QueryAwareness;
    let frame = HocuspocusFrame::Document { address: "annotations\0k2x", message };
    assert_eq!(HocuspocusFrame::decode(&frame.encode()).unwrap(), frame);
    assert_eq!(HocuspocusFrame::decode(&[9]).unwrap(), HocuspocusFrame::Ping);
    assert_eq!(HocuspocusFrame::Pong.encode(), [10]);
}
