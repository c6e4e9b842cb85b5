//! What becomes of failures: every call of the library fails in turn, and nothing is left behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::conformance::synthetic;
use parfocal_encode::{Decoder, EncodeError, Encoder};
use parfocal_nvidia::nvenc::{NvencError, Reason, Status};
use parfocal_nvidia::stand_in::{CONFIG, Device};
use proptest::prelude::*;

/// The library's answers that the tests give.
const LOST: u32 = 5;
const FULL: u32 = 10;
const BUSY: u32 = 18;
const GENERIC: u32 = 20;

fn frame(at: u32) -> Frame {
    synthetic(PixelFormat::I420, 320, 240, at)
}

#[test]
fn a_full_card_opens_no_session_until_another_is_closed() {
    let device = Device::new();
    device.set("session limit", 2);
    let first = device.encoder(CONFIG).unwrap();
    let second = device.encoder(CONFIG).unwrap();
    let refused = device.encoder(CONFIG).unwrap_err();
    assert_eq!(refused, NvencError::Open(Status::OutOfMemory));
    assert_eq!(refused.reason(), Reason::Full);
    drop(first);
    let third = device.encoder(CONFIG).unwrap();
    drop((second, third));
    device.assert_clean();
}

#[test]
fn a_new_session_for_a_new_size_fits_a_card_that_allows_one() {
    let device = Device::new();
    device.set("session limit", 1);
    let mut encoder = device.encoder(CONFIG).unwrap();
    encoder.encode(&frame(0), false).unwrap();
    let tall = Frame::new(PixelFormat::I420, 1080, 1920);
    assert!(encoder.encode(&tall, false).unwrap().key);
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_busy_encoder_is_asked_a_few_times_and_then_said_to_be_busy() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    device.fail("encode", 1, BUSY);
    device.fail("encode", 2, BUSY);
    assert!(encoder.encode(&frame(0), false).unwrap().key);
    for call in 4..20 {
        device.fail("encode", call, BUSY);
    }
    let refused = encoder.encode(&frame(1), false).unwrap_err();
    assert_eq!(refused, library("take a picture", BUSY));
    // The session was kept; the next picture is a key, for nobody saw this one.
    for _ in 0..3 {
        let _ = encoder.encode(&frame(2), false);
    }
    assert_eq!(device.get("calls open"), 1);
    drop(encoder);
    device.assert_clean();
}

fn library(doing: &'static str, code: u32) -> EncodeError {
    EncodeError::Library { library: "NVENC", doing, code: i32::try_from(code).unwrap() }
}

#[test]
fn an_answer_that_no_header_knows_is_an_error_like_others() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    device.fail("lock", 1, 4711);
    assert_eq!(encoder.encode(&frame(0), false).unwrap_err(), library("give a packet", 4711));
    assert!(encoder.encode(&frame(1), false).unwrap().key);
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_lost_device_is_an_error_at_every_call_and_leaves_nothing() {
    for call in 1..=calls() {
        let device = Device::new();
        device.set("lost at", call);
        let opened = device.encoder(CONFIG);
        if let Ok(mut encoder) = opened {
            let mut failed = false;
            for at in 0..3 {
                if let Err(error) = encoder.encode(&frame(at), false) {
                    failed = true;
                    assert!(matches!(error, EncodeError::Library { code: 5, .. }), "{error:?}");
                }
            }
            assert!(failed || call > device.get("calls *") - 6, "lost at {call} went unseen");
            // It comes back.
            device.set("lost at", 0);
            assert!(!failed || encoder.encode(&frame(3), false).unwrap().key);
        } else if let Err(error) = opened {
            let lost = Status::from_code(LOST).unwrap();
            let seen = match &error {
                NvencError::Open(status) | NvencError::Call { status, .. } => *status,
                other => panic!("{other:?}"),
            };
            assert_eq!((seen, error.reason()), (lost, Reason::Lost));
        }
        device.assert_clean();
    }
}

#[test]
fn every_call_may_fail_without_a_leak_and_the_next_picture_is_a_key() {
    for answer in [GENERIC, FULL] {
        for call in 1..=calls() {
            let device = Device::new();
            device.fail("*", call, answer);
            let Ok(mut encoder) = device.encoder(CONFIG) else {
                device.assert_clean();
                continue;
            };
            let mut decoder = Decoder::new().unwrap();
            let mut key_due = true;
            for at in 0..4 {
                match encoder.encode(&frame(at), false) {
                    Ok(packet) => {
                        assert_eq!(packet.key, key_due, "call {call}, picture {at}");
                        assert!(decoder.decode(&packet.data).unwrap().is_some());
                        key_due = false;
                    }
                    Err(_) => key_due = true,
                }
            }
            drop(encoder);
            device.assert_clean();
        }
    }
}

/// How many calls three pictures take, from the first to the last.
fn calls() -> u64 {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    for at in 0..3 {
        encoder.encode(&frame(at), false).unwrap();
    }
    drop(encoder);
    let calls = device.get("calls *");
    assert!(calls > 30, "{calls}");
    calls
}

/// One step of somebody who uses an encoder.
#[derive(Clone, Debug)]
enum Step {
    Encode(u32, u32, bool),
    Rates(u32, u32),
    Fail(u64, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let side = || (20_u32..60).prop_map(|half| 2 * half);
    let step = prop_oneof![
        4 => (side(), side(), any::<bool>()).prop_map(|(w, h, key)| Step::Encode(w, h, key)),
        1 => (any::<u32>(), any::<u32>()).prop_map(|(bps, fps)| Step::Rates(bps, fps)),
        1 => (1_u64..12, 1_u32..30).prop_map(|(later, answer)| Step::Fail(later, answer)),
    ];
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_no_rule_is_broken_and_every_stream_begins_with_a_key(steps in steps()) {
        let device = Device::new();
        let mut encoder = device.encoder(CONFIG).unwrap();
        let (mut decoder, mut last) = (Decoder::new().unwrap(), None);
        for (at, step) in (0..).zip(steps) {
            match step {
                Step::Rates(bps, fps) => {
                    encoder.set_bitrate(bps);
                    encoder.set_frame_rate(fps);
                }
                Step::Fail(later, answer) => {
                    device.fail("*", device.get("calls *") + later, answer);
                }
                Step::Encode(width, height, key) => {
                    let picture = synthetic(PixelFormat::I420, width, height, at);
                    let Ok(packet) = encoder.encode(&picture, key) else {
                        last = None;
                        continue;
                    };
                    prop_assert!(packet.key || (!key && last == Some((width, height))));
                    let got = decoder.decode(&packet.data).unwrap().unwrap();
                    prop_assert_eq!((got.width(), got.height()), (width, height));
                    last = Some((width, height));
                }
            }
        }
        drop(encoder);
        device.assert_clean();
    }
}
