//! Frames that are cut short, damaged or made up: errors, and nothing worse.

use parfocal_base::Instant;
use parfocal_sync::yjs::hocuspocus::HocuspocusFrame;
use parfocal_sync::yjs::limits::{MAX_FRAME_BYTES, MAX_STATE_VECTOR_BYTES};
use parfocal_sync::yjs::message::{Message, Sync};
use parfocal_sync::yjs::{
    Access, Awareness, FrameError, HocuspocusSocket, Identity, Input, SocketInput, YServer,
    YWebsocket, awareness,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{bytes, vectors};

/// All frames of a dialect that there are vectors of.
fn frames(dialect: &str) -> Vec<Vec<u8>> {
    let vectors = vectors();
    let frames = vectors["frames"].as_array().unwrap().iter();
    let frames = frames.filter(|vector| vector["dialect"] == dialect);
    frames.map(|vector| bytes(&vector["hex"])).collect()
}

#[test]
fn a_frame_that_was_cut_off_is_an_error_wherever_it_ends() {
    for frame in frames("y") {
        for end in 0..frame.len() {
            let error = Message::decode(&frame[..end]).unwrap_err();
            assert!(matches!(error, FrameError::Truncated(_)), "{error}");
        }
    }
    for frame in frames("hocuspocus") {
        for end in 0..frame.len() {
            // A token without the version and a close without a reason are whole, and so is a
            // request for a token.
            if let Ok(whole) = HocuspocusFrame::decode(&frame[..end]) {
                assert_eq!(whole.encode(), frame[..end], "{whole:?}");
                assert!(frame[12] == 2 || frame[12] == 7, "{whole:?}");
            }
        }
    }
}

#[test]
fn counts_and_lengths_that_are_only_claimed_reserve_nothing() {
    let claimed = [255, 255, 255, 255, 255, 255, 255, 15];
    for head in [&[0, 0][..], &[0, 1], &[0, 2], &[1], &[2, 0]] {
        let frame = [head, &claimed].concat();
        assert!(matches!(Message::decode(&frame), Err(FrameError::Truncated(_))));
    }
    for count in [&claimed[..], &[255, 255, 255, 122]] {
        assert!(matches!(awareness::decode(count), Err(FrameError::Truncated(_))));
    }
    let beyond = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    assert!(matches!(Message::decode(&beyond), Err(FrameError::Malformed(_))));
    assert!(matches!(HocuspocusFrame::decode(&claimed), Err(FrameError::Truncated(_))));
}

#[test]
fn what_is_too_long_is_said_to_be() {
    let long = vec![0; MAX_FRAME_BYTES + 1];
    assert!(matches!(Message::decode(&long), Err(FrameError::TooMuch { .. })));
    assert!(matches!(HocuspocusFrame::decode(&long), Err(FrameError::TooMuch { .. })));
    let vector = vec![0; MAX_STATE_VECTOR_BYTES + 1];
    let frame = Message::Sync(Sync::Step1(&vector)).encode();
    assert!(matches!(Message::decode(&frame), Err(FrameError::TooMuch { .. })));
    let entries: Vec<u8> = [vec![0x81, 0x20], [1, 1, 0].repeat(4097)].concat();
    assert!(matches!(awareness::decode(&entries), Err(FrameError::TooMuch { .. })));
}

#[test]
fn what_is_not_known_is_named() {
    let named = |frame: &[u8]| Message::decode(frame).unwrap_err().to_string();
    assert_eq!(named(&[4]), "message 4 is not known here");
    assert_eq!(named(&[0, 3, 0]), "sync message 3 is not known here");
    assert_eq!(named(&[2, 1]), "auth message 1 is not known here");
    // From server to server only.
    let broadcast = b"\x01x\x06\x02hi";
    let error = HocuspocusFrame::decode(broadcast).unwrap_err();
    assert_eq!(error, FrameError::Unknown { what: "message", value: 6 });
}

fn damaged(dialect: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::collection::vec((any::<Index>(), any::<u8>()), 1..5);
    (select(frames(dialect)), damage, any::<Index>(), any::<bool>()).prop_map(
        |(mut frame, damage, cut, whole)| {
            for (at, byte) in damage {
                let at = at.index(frame.len());
                frame[at] = byte;
            }
            if !whole {
                frame.truncate(cut.index(frame.len()));
            }
            frame
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_frame_makes_a_machine_panic(
        y in prop::collection::vec(damaged("y"), 1..20),
        hocuspocus in prop::collection::vec(damaged("hocuspocus"), 1..20),
        noise in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let now = Instant::ZERO;
        let mut server = YServer::new(YWebsocket, Access::Write, true, now);
        server.start(now);
        for frame in y.iter().chain([&noise]) {
            server.handle(now, Input::Frame(frame));
            if let Ok(messages) = Message::decode(frame) {
                let again: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
                prop_assert_eq!(Message::decode(&again).unwrap(), messages);
            }
        }
        let mut socket = HocuspocusSocket::new(true, now);
        for (at, frame) in hocuspocus.iter().chain([&noise]).enumerate() {
            socket.handle(now, SocketInput::Frame(frame));
            let result = if at % 3 == 0 { Err("no".to_owned()) } else { Ok(Access::Write) };
            socket.handle(now, SocketInput::Verified { address: "annotations", result });
        }
        let mut awareness = Awareness::new();
        let identity = Identity { subject: "a".into(), name: "A".into(), color: "#fff".into() };
        awareness.join(1, identity);
        for frame in y.iter().chain([&noise]) {
            let _ = awareness.apply(1, frame, now);
        }
    }
}
