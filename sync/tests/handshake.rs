//! Both handshakes without a socket, in virtual time.
#![expect(clippy::panic, reason = "helpers of tests may fail the test")]

use parfocal_base::Instant;
use parfocal_sync::PROTOCOL_VERSION;
use parfocal_sync::close::CloseReason;
use parfocal_sync::handshake::{
    AttachInput, AttachOutput, HandshakeInput as In, HandshakeOutput as Out, PixelHandshake,
    Refusal, ServerHandshake,
};
use parfocal_sync::limits::HELLO_TIMEOUT;
use parfocal_sync::message::ServerMessage;
use proptest::prelude::*;

const NOW: Instant = Instant::ZERO;

fn hello(version: u32) -> String {
    let client = "0123456789abcdef0123456789abcdef";
    format!(
        r#"{{"type":"hello","version":{version},"session":"main","token":"t0","client":"{client}","codecs":["h264"]}}"#
    )
}

/// The code and text of the refusal, and the close reason.
fn refused(outputs: Vec<Out<u8>>) -> (String, String, CloseReason) {
    match <[Out<u8>; 2]>::try_from(outputs) {
        Ok([Out::Send(ServerMessage::Refused { code, message }), Out::Close(reason)]) => {
            (code, message, reason)
        }
        other => panic!("not a refusal: {other:?}"),
    }
}

fn step(machine: &mut ServerHandshake, input: In<'_, u8>) -> Vec<Out<u8>> {
    machine.handle(NOW, input)
}

#[test]
fn a_good_hello_is_verified_and_established_without_its_token() {
    let mut machine = ServerHandshake::new(NOW);
    let outputs = step(&mut machine, In::Text(&hello(PROTOCOL_VERSION)));
    assert!(
        matches!(&outputs[..], [Out::VerifyToken { token, session }] if token == "t0" && !session.is_empty())
    );
    let outputs = step(&mut machine, In::Verified(Ok(7)));
    let [Out::Established { hello, grant: 7 }] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!((hello.version, hello.token.as_str()), (PROTOCOL_VERSION, ""));
    assert!(machine.is_over() && machine.deadline().is_none());
}

#[test]
fn a_refused_token_closes_with_the_reason_given() {
    let mut machine = ServerHandshake::new(NOW);
    step(&mut machine, In::Text(&hello(PROTOCOL_VERSION)));
    let refusal = Refusal::new(CloseReason::Unauthorized, "token_expired", "Ask for a new link.");
    let (code, _, reason) = refused(step(&mut machine, In::Verified(Err(refusal))));
    assert_eq!((code.as_str(), reason), ("token_expired", CloseReason::Unauthorized));
    assert_eq!(machine, ServerHandshake::Closed);
}

#[test]
fn another_version_is_told_both_versions_even_where_its_hello_has_other_fields() {
    let future = r#"{"type":"hello","version":9,"proof":[1,2,3]}"#;
    for (text, version) in [(hello(9), "9"), (future.to_owned(), "9"), (hello(0), "0")] {
        let mut machine = ServerHandshake::new(NOW);
        let (code, message, reason) = refused(step(&mut machine, In::Text(&text)));
        assert_eq!((code.as_str(), reason), ("version_mismatch", CloseReason::VersionMismatch));
        assert!(
            message.contains(version) && message.contains(&format!("version {PROTOCOL_VERSION}")),
            "{message}"
        );
    }
}

#[test]
fn anything_but_a_hello_first_is_refused() {
    let long = "x".repeat(70_000);
    let ping = r#"{"type":"ping","time":0.5}"#;
    let cases = [
        (In::Text(ping), CloseReason::BadMessage),
        (In::Text("hello"), CloseReason::BadMessage),
        (In::Text(r#"{"type":"hello","version":2}"#), CloseReason::BadMessage),
        (In::Text(&long), CloseReason::TooBig),
        (In::Binary, CloseReason::BadMessage),
    ];
    for (input, expected) in cases {
        let mut machine = ServerHandshake::new(NOW);
        assert_eq!(refused(step(&mut machine, input)).2, expected);
    }
}

#[test]
fn a_second_hello_before_the_welcome_is_refused() {
    let mut machine = ServerHandshake::new(NOW);
    step(&mut machine, In::Text(&hello(PROTOCOL_VERSION)));
    let (_, _, reason) = refused(step(&mut machine, In::Text(&hello(PROTOCOL_VERSION))));
    assert_eq!(reason, CloseReason::BadMessage);
    assert!(step(&mut machine, In::Verified(Ok(1))).is_empty(), "too late");
}

#[test]
fn silence_and_a_slow_verification_end_at_the_deadline() {
    let deadline = NOW + HELLO_TIMEOUT;
    for text in [None, Some(hello(PROTOCOL_VERSION))] {
        let mut machine = ServerHandshake::new(NOW);
        if let Some(text) = text {
            step(&mut machine, In::Text(&text));
        }
        assert_eq!(machine.deadline(), Some(deadline));
        assert!(step(&mut machine, In::Tick).is_empty());
        let (_, _, reason) = refused(machine.handle(deadline, In::Tick));
        assert_eq!(reason, CloseReason::HelloTimeout);
    }
}

#[test]
fn a_ticket_attaches_a_pixel_channel() {
    let mut machine = PixelHandshake::new(NOW);
    let text = r#"{"type":"attach","ticket":"abc"}"#;
    let output = machine.handle::<u8>(NOW, AttachInput::Text(text));
    assert_eq!(output, Some(AttachOutput::Redeem("abc".to_owned())));
    let output = machine.handle(NOW, AttachInput::Redeemed(Some(3)));
    assert_eq!(output, Some(AttachOutput::Attached(3)));
    assert!(machine.is_over());
}

#[test]
fn a_pixel_channel_without_a_good_ticket_is_closed() {
    let close = |reason| Some(AttachOutput::<u8>::Close(reason));
    let mut machine = PixelHandshake::new(NOW);
    machine.handle::<u8>(NOW, AttachInput::Text(r#"{"type":"attach","ticket":"abc"}"#));
    let output = machine.handle(NOW, AttachInput::Redeemed(None));
    assert_eq!(output, close(CloseReason::BadTicket));

    let mut machine = PixelHandshake::new(NOW);
    let output = machine.handle(NOW, AttachInput::Text(r#"{"type":"keyframe"}"#));
    assert_eq!(output, close(CloseReason::BadMessage));

    let mut machine = PixelHandshake::new(NOW);
    let output = machine.handle(NOW + HELLO_TIMEOUT, AttachInput::Tick);
    assert_eq!(output, close(CloseReason::HelloTimeout));
}

/// What a peer and its surroundings may do at any time.
fn anything() -> impl Strategy<Value = (u8, String, u64)> {
    let text = prop_oneof![
        Just(hello(PROTOCOL_VERSION)),
        Just(hello(PROTOCOL_VERSION + 1)),
        Just(r#"{"type":"attach","ticket":"abc"}"#.to_owned()),
        Just(r#"{"type":"ping","time":0.5}"#.to_owned()),
        "\\PC{0,40}",
    ];
    (0_u8..6, text, 0_u64..3_000_000)
}

proptest! {
    #[test]
    fn in_any_order_of_inputs_the_state_handshake_ends_once(
        steps in prop::collection::vec(anything(), 0..20)
    ) {
        let mut machine = ServerHandshake::new(NOW);
        let mut now = NOW;
        let mut ends = 0;
        for (kind, text, micros) in steps.into_iter().chain([(0, String::new(), 5_000_000)]) {
            now = Instant::from_micros(now.as_micros() + micros);
            let refusal = Refusal::new(CloseReason::Full, "full", "Full.");
            let input = match kind {
                0 => In::Tick,
                1 => In::Binary,
                2 => In::Verified(Ok(1_u8)),
                3 => In::Verified(Err(refusal)),
                _ => In::Text(&text),
            };
            let outputs = machine.handle(now, input);
            let end = |o: &&Out<u8>| matches!(o, Out::Close(_) | Out::Established { .. });
            ends += outputs.iter().filter(end).count();
        }
        prop_assert!(machine.is_over());
        prop_assert_eq!(ends, 1);
    }

    #[test]
    fn in_any_order_of_inputs_the_pixel_handshake_ends_once(
        steps in prop::collection::vec(anything(), 0..20)
    ) {
        let mut machine = PixelHandshake::new(NOW);
        let mut now = NOW;
        let mut ends = 0;
        for (kind, text, micros) in steps.into_iter().chain([(0, String::new(), 5_000_000)]) {
            now = Instant::from_micros(now.as_micros() + micros);
            let input = match kind {
                0 => AttachInput::Tick,
                1 => AttachInput::Binary,
                2 => AttachInput::Redeemed(Some(1_u8)),
                3 => AttachInput::Redeemed(None),
                _ => AttachInput::Text(&text),
            };
            let output = machine.handle(now, input);
            ends += usize::from(matches!(output, Some(AttachOutput::Close(_) | AttachOutput::Attached(_))));
        }
        prop_assert!(machine.is_over());
        prop_assert_eq!(ends, 1);
    }
}
