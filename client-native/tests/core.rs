//! The client core against a scripted server, in virtual time.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod fake;

use std::time::Duration;

use fake::{Rig, header, hello_of};
use parfocal_client_native::core::{Event, Input, Output, Wish};
use parfocal_scene::{Intent, RejectCode, SettingsChange, Watch};
use parfocal_sync::CloseReason;
use parfocal_sync::limits::{KEYFRAME_RETRY, LATE_AFTER, MAX_PENDING_INTENTS, SILENCE_TIMEOUT};
use parfocal_sync::message::{ClientMessage, PixelClientMessage, ServerMessage};
use proptest::prelude::*;

fn bar(visible: bool) -> Wish {
    let change = SettingsChange::ScaleBarVisible(visible);
    Wish::Intent(Intent::SetSettings { change })
}

#[test]
fn a_client_greets_syncs_and_is_live() {
    let mut rig = Rig::new();
    assert_eq!(rig.outputs(), [Output::ConnectState]);
    rig.input(Input::StateConnected);
    let hello = hello_of(&rig.state_messages());
    assert_eq!((hello.version, hello.session.as_str(), hello.resume), (2, "main", None));
    rig.welcome(false, 0);
    assert!(!rig.core.is_live(), "not before the mirror is there");
    rig.sync();
    assert!(rig.core.is_live());
    assert!(rig.core.scene().unwrap().settings.scale_bar_visible);
    let outputs = rig.outputs();
    assert!(outputs.contains(&Output::ConnectPixels));
    assert!(outputs.iter().any(|o| matches!(o, Output::Event(Event::Live(_)))));
}

#[test]
fn an_acknowledged_edit_is_in_the_mirror() {
    let mut rig = Rig::live();
    let seq = rig.edit(bar(false)).unwrap();
    assert_eq!(rig.intents(), [seq]);
    assert!(rig.core.scene().unwrap().settings.scale_bar_visible, "the mirror, not the wish");
    rig.apply(seq);
    assert!(!rig.core.scene().unwrap().settings.scale_bar_visible);
    rig.ack(seq);
    let acked = |o: &Output| matches!(o, Output::Event(Event::Acked(acked)) if acked.seq == seq);
    assert!(rig.outputs().iter().any(acked));
    assert_eq!((rig.core.pending(), rig.core.stats().early_acks), (0, 0));
}

#[test]
fn an_ack_before_its_update_is_a_fault_of_the_server() {
    let mut rig = Rig::live();
    let seq = rig.edit(bar(false)).unwrap();
    rig.revision += 1;
    rig.ack(seq);
    assert_eq!(rig.core.stats().early_acks, 1);
    assert!(rig.outputs().iter().any(|o| matches!(o, Output::Event(Event::Fault(_)))));
}

#[test]
fn what_was_not_answered_is_sent_again_once_in_order_after_a_reconnect() {
    let mut rig = Rig::live();
    let seqs: Vec<u64> = (0..4).map(|n| rig.edit(bar(n % 2 == 0)).unwrap()).collect();
    assert_eq!(rig.intents(), seqs);
    rig.apply(seqs[0]);
    rig.ack(seqs[0]);
    rig.input(Input::StateClosed(Some(CloseReason::GoingAway.code())));
    let offline = rig.edit(bar(true)).unwrap();
    assert!(rig.intents().is_empty(), "nothing is sent without a connection");
    rig.wake();
    assert_eq!(rig.outputs(), [Output::ConnectState]);
    rig.input(Input::StateConnected);
    assert!(hello_of(&rig.state_messages()).resume.is_some());
    // The second was answered while the connection was down.
    rig.welcome(false, seqs[1]);
    assert!(rig.intents().is_empty(), "not before the mirror is there");
    rig.sync();
    let outputs = rig.outputs();
    let lost =
        |o: &Output| matches!(o, Output::Event(Event::AnswerLost { seq }) if *seq == seqs[1]);
    assert!(outputs.iter().any(lost));
    assert_eq!(Rig::intents_of(&outputs), [seqs[2], seqs[3], offline]);
    rig.advance(Duration::from_secs(1));
    assert!(rig.intents().is_empty(), "once");
    assert_eq!((rig.core.stats().replayed, rig.core.stats().answers_lost), (2, 1));
}

#[test]
fn a_server_that_lost_its_mailbox_gets_everything_again() {
    let mut rig = Rig::live();
    let seqs: Vec<u64> = (0..3).map(|_| rig.edit(bar(true)).unwrap()).collect();
    rig.outputs();
    rig.ack(seqs[1]);
    rig.server(&ServerMessage::Resend);
    assert_eq!(rig.intents(), [seqs[0], seqs[2]]);
}

#[test]
fn a_rejected_edit_says_why() {
    let mut rig = Rig::live();
    let seq = rig.edit(bar(false)).unwrap();
    let message = "Only a presenter may.".to_owned();
    rig.server(&ServerMessage::Reject { seq, code: RejectCode::Forbidden, message });
    let rejected = |o: &Output| matches!(o, Output::Event(Event::Rejected { reject, .. }) if reject.code == RejectCode::Forbidden);
    assert!(rig.outputs().iter().any(rejected));
    assert_eq!(rig.core.pending(), 0);
}

#[test]
fn an_edit_without_an_answer_is_late_once() {
    let mut rig = Rig::live();
    let seq = rig.edit(bar(false)).unwrap();
    rig.outputs();
    rig.advance(LATE_AFTER - Duration::from_millis(1));
    assert!(rig.late().is_empty());
    rig.advance(Duration::from_millis(1));
    assert_eq!(rig.late(), [seq]);
    rig.advance(Duration::from_secs(1));
    assert!(rig.late().is_empty());
}

#[test]
fn edits_past_the_bound_are_refused_and_taken_again_after_an_answer() {
    let mut rig = Rig::live();
    rig.server_silent = true;
    for _ in 0..MAX_PENDING_INTENTS {
        rig.edit(bar(true)).unwrap();
    }
    assert!(rig.edit(bar(true)).is_err());
    rig.ack(1);
    assert!(rig.edit(bar(true)).is_ok());
}

#[test]
fn a_burst_of_edits_stays_below_the_rate_of_the_server() {
    let mut rig = Rig::paced();
    for _ in 0..400 {
        rig.edit(bar(true)).unwrap();
    }
    let first = rig.intents().len();
    assert!((100..=240).contains(&first), "{first}");
    let mut sent = first;
    while sent < 400 {
        rig.advance(Duration::from_millis(100));
        let more = rig.intents().len();
        assert!((1..=12).contains(&more), "{more} in 100 ms");
        sent += more;
    }
}

#[test]
fn a_reset_drops_the_mirror() {
    let mut rig = Rig::live();
    let seq = rig.edit(bar(false)).unwrap();
    rig.apply(seq);
    rig.new_epoch();
    rig.reset();
    assert!(rig.core.scene().unwrap().settings.scale_bar_visible);
    assert_eq!(rig.core.revision(), rig.revision);
    rig.input(Input::StateClosed(None));
    rig.new_epoch();
    rig.reconnect(true, 0);
    assert!(rig.core.is_live() && rig.core.scene().is_ok());
}

#[test]
fn an_update_that_does_not_fit_begins_a_new_mirror() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.update_bytes(&[9, 9, 9, 9]);
    let outputs = rig.outputs();
    assert!(outputs.contains(&Output::CloseState(CloseReason::Internal)), "{outputs:?}");
    rig.wake();
    rig.input(Input::StateConnected);
    assert_eq!(hello_of(&rig.state_messages()).resume, None);
}

#[test]
fn a_message_that_is_not_understood_is_told_and_passed_over() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.input(Input::StateText(r#"{"type":"dance"}"#.to_owned()));
    assert!(matches!(rig.outputs().as_slice(), [Output::Event(Event::Fault(_))]));
    assert!(rig.core.is_live());
}

#[test]
fn pictures_that_are_not_understood_do_not_make_a_client_come_back_faster_and_faster() {
    let mut rig = Rig::live();
    let mut longest = Duration::ZERO;
    for _ in 0..6 {
        rig.outputs();
        rig.input(Input::PixelsBinary(bytes::Bytes::from_static(&[9, 9])));
        let begin = rig.now;
        rig.reconnect(false, 0);
        longest = longest.max(rig.now.since(begin));
    }
    assert!(longest >= Duration::from_secs(2), "{longest:?}");
}

#[test]
fn a_permanent_code_and_a_refusal_stop_the_client() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.input(Input::StateClosed(Some(CloseReason::Replaced.code())));
    assert_eq!(rig.stopped().as_deref(), Some("replaced"));
    assert_eq!(rig.core.next_wake(rig.now), None);

    let mut rig = Rig::new();
    rig.input(Input::StateConnected);
    let (code, message) = ("token_expired".to_owned(), "Ask for a new link.".to_owned());
    rig.server(&ServerMessage::Refused { code, message });
    assert_eq!(rig.stopped().as_deref(), Some("token_expired"));
}

#[test]
fn the_pixel_channels_end_waits_for_the_state_channels_code() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.input(Input::PixelsClosed(Some(CloseReason::StateClosed.code())));
    assert_eq!(rig.outputs(), []);
    rig.input(Input::StateClosed(Some(CloseReason::Replaced.code())));
    assert_eq!(rig.stopped().as_deref(), Some("replaced"));
}

#[test]
fn a_broken_pixel_channel_begins_everything_again() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.input(Input::PixelsClosed(None));
    assert!(rig.outputs().contains(&Output::CloseState(CloseReason::Normal)));
    rig.reconnect(false, 0);
    assert!(rig.core.is_live());
}

#[test]
fn silence_ends_a_connection() {
    let mut rig = Rig::live();
    rig.server_silent = true;
    rig.outputs();
    rig.advance(SILENCE_TIMEOUT - Duration::from_millis(1));
    assert!(rig.core.is_live());
    rig.advance(Duration::from_millis(1));
    assert!(rig.outputs().contains(&Output::CloseState(CloseReason::Silence)));
}

#[test]
fn a_living_client_pings_and_keeps_the_connection() {
    let mut rig = Rig::live();
    rig.outputs();
    rig.advance(Duration::from_secs(60));
    assert!(rig.core.is_live());
    let pings =
        rig.state_messages().iter().filter(|m| matches!(m, ClientMessage::Ping { .. })).count();
    assert!(pings >= 12, "{pings} in a minute");
}

#[test]
fn after_a_gap_nothing_is_decoded_until_a_key_and_one_is_asked_for() {
    let mut rig = Rig::live_pixels();
    rig.picture(header(0, true));
    rig.picture(header(1, false));
    assert_eq!(rig.decodes(), [0, 1]);
    rig.picture(header(3, false));
    rig.picture(header(4, false));
    let sent = rig.pixel_messages();
    assert_eq!(sent.iter().filter(|m| **m == PixelClientMessage::Keyframe).count(), 1);
    let returned =
        |m: &PixelClientMessage| matches!(m, PixelClientMessage::Shown { decode_us: 0, .. });
    assert_eq!(sent.iter().filter(|m| returned(m)).count(), 2, "their places are given back");
    rig.picture(header(5, true));
    assert_eq!(rig.decodes(), [5]);
    let stats = rig.core.stats();
    assert_eq!((stats.gaps, stats.dropped, stats.keyframes_asked), (1, 2, 1));
}

#[test]
fn a_key_that_does_not_come_is_asked_for_again_after_a_while() {
    let mut rig = Rig::live_pixels();
    rig.picture(header(0, true));
    rig.picture(header(2, false));
    rig.outputs();
    rig.advance(KEYFRAME_RETRY - Duration::from_millis(1));
    assert!(!rig.pixel_messages().contains(&PixelClientMessage::Keyframe));
    rig.advance(Duration::from_millis(1));
    assert!(rig.pixel_messages().contains(&PixelClientMessage::Keyframe));
}

#[test]
fn a_decoded_picture_is_shown_and_its_place_given_back() {
    let mut rig = Rig::live_pixels();
    rig.picture(header(7, true));
    let connection = rig.connection;
    rig.advance(Duration::from_millis(3));
    rig.outputs();
    rig.input(Input::Decoded { connection, sequence: 7 });
    let outputs = rig.outputs();
    assert!(outputs.contains(&Output::Present(header(7, true))));
    let shown = PixelClientMessage::Shown { sequence: 7, decode_us: 3000, held_us: 0 }.to_json();
    assert!(outputs.contains(&Output::SendPixels(shown)));
    rig.input(Input::Decoded { connection: connection + 1, sequence: 7 });
    assert_eq!(rig.outputs(), [], "an answer for another connection means nothing");
}

#[test]
fn a_picture_that_comes_early_in_movement_waits_for_its_time_and_its_place_does_not() {
    let mut rig = Rig::live_pixels();
    let presents = |outputs: &[Output]| outputs.iter().any(|o| matches!(o, Output::Present(_)));
    // Taken every 40 ms; the third one comes 20 ms early.
    for (sequence, pause) in [(0, 0), (1, 40), (2, 20)] {
        rig.advance(Duration::from_millis(pause));
        let mut picture = header(sequence, sequence == 0);
        picture.captured_us = 1_000_000 + u64::from(sequence) * 40_000;
        rig.picture(picture);
        rig.outputs();
        let connection = rig.connection;
        rig.input(Input::Decoded { connection, sequence });
        let outputs = rig.outputs();
        assert_eq!(presents(&outputs), sequence < 2);
        let shown = PixelClientMessage::Shown { sequence, decode_us: 0, held_us: 0 }.to_json();
        assert!(outputs.contains(&Output::SendPixels(shown)));
    }
    rig.advance(Duration::from_millis(10));
    assert!(!presents(&rig.outputs()));
    rig.advance(Duration::from_millis(10));
    assert!(presents(&rig.outputs()));
    let stats = rig.core.stats();
    assert_eq!((stats.decoded, stats.presented, stats.passed_over), (3, 3, 0));
    assert!(stats.presenter_delay.max() > Duration::from_millis(15));
}

#[test]
fn the_age_of_pictures_is_that_of_new_ones() {
    let mut rig = Rig::live_pixels();
    // The one that is there, a new one, and that one again, better.
    for (sequence, captured_us) in (0..).zip([1, 1_050_000, 1_050_000]) {
        let picture = header(sequence, sequence == 0);
        rig.picture(parfocal_sync::pixel::PixelHeader { captured_us, ..picture });
        let connection = rig.connection;
        rig.input(Input::Decoded { connection, sequence });
        rig.advance(Duration::from_millis(50));
    }
    let stats = rig.core.stats();
    assert_eq!((stats.presented, stats.picture_age.count()), (3, 1));
    assert!(stats.picture_age.max() < Duration::from_millis(1));
}

#[test]
fn a_decoder_that_fails_gets_a_key_and_at_last_another_format() {
    let mut rig = Rig::live_pixels();
    for sequence in 0..3 {
        rig.picture(header(sequence, true));
        let connection = rig.connection;
        rig.input(Input::DecodeFailed { connection, sequence });
        rig.advance(KEYFRAME_RETRY);
    }
    let sent = rig.pixel_messages();
    let another = |m: &PixelClientMessage| matches!(m, PixelClientMessage::Codec { .. });
    assert!(sent.contains(&PixelClientMessage::Keyframe));
    assert_eq!(sent.iter().filter(|m| another(m)).count(), 1);
}

#[test]
fn an_edits_time_to_the_screen_ends_with_the_first_picture_of_its_revision() {
    let mut rig = Rig::live_pixels();
    let seq = rig.edit(bar(false)).unwrap();
    rig.advance(Duration::from_millis(5));
    rig.apply(seq);
    rig.ack(seq);
    rig.picture(header(0, true));
    let connection = rig.connection;
    rig.input(Input::Decoded { connection, sequence: 0 });
    assert_eq!(rig.core.stats().picture_time.count(), 0, "of an older revision");
    rig.advance(Duration::from_millis(6));
    let mut next = header(1, false);
    next.revision = rig.revision;
    rig.picture(next);
    rig.input(Input::Decoded { connection, sequence: 1 });
    let stats = rig.core.stats();
    assert_eq!(stats.ack_time.max(), Duration::from_millis(5));
    assert_eq!(stats.picture_time.max(), Duration::from_millis(11));
}

#[test]
fn canvas_and_watched_view_are_told_again_after_a_reconnect() {
    let mut rig = Rig::live();
    rig.input(Input::Canvas([640, 480]));
    let seq = rig.edit(Wish::Watch(Watch::Own)).unwrap();
    rig.ack(seq);
    rig.outputs();
    rig.input(Input::StateClosed(None));
    rig.reconnect(false, seq);
    rig.participants(Watch::Stage);
    let sent = rig.state_messages();
    assert!(sent.contains(&ClientMessage::Canvas { width: 640, height: 480 }));
    let again = ClientMessage::Watch { seq: seq + 1, target: Watch::Own };
    assert!(sent.contains(&again), "{sent:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A server that applies each number once, behind a connection that breaks at any point.
    #[test]
    fn every_edit_is_applied_exactly_once_whatever_breaks(
        steps in prop::collection::vec(0_u8..6, 1..60)
    ) {
        let mut rig = Rig::live();
        let (mut applied, mut wire, mut made) = (Vec::<u64>::new(), Vec::<u64>::new(), 0_usize);
        for step in steps.into_iter().chain([4, 2, 3]) {
            match step {
                0 | 1 => {
                    rig.edit(bar(step == 0)).unwrap();
                    made += 1;
                }
                // The server hears what was sent.
                2 => {
                    for seq in std::mem::take(&mut wire) {
                        if !applied.contains(&seq) {
                            rig.apply(seq);
                            applied.push(seq);
                        }
                    }
                }
                // Its answers arrive.
                3 => applied.iter().for_each(|&seq| rig.ack(seq)),
                4 => {
                    wire.clear();
                    rig.input(Input::StateClosed(None));
                    rig.reconnect(false, applied.last().copied().unwrap_or(0));
                }
                _ => {
                    rig.advance(Duration::from_millis(50));
                }
            }
            wire.extend(rig.intents());
        }
        prop_assert_eq!(&applied, &(1..=made as u64).collect::<Vec<_>>());
        prop_assert_eq!(rig.core.pending(), 0);
        prop_assert_eq!(rig.core.stats().early_acks, 0);
        prop_assert_eq!(rig.core.scene().unwrap(), rig.scene());
    }

    #[test]
    fn with_random_losses_only_decodable_pictures_reach_the_decoder(
        pictures in prop::collection::vec((0_u8..10, any::<bool>()), 1..80)
    ) {
        let mut rig = Rig::live_pixels();
        let mut intact = false;
        let mut expected = Vec::new();
        for (sequence, (fate, key)) in (0_u32..).zip(pictures) {
            if fate < 2 {
                intact = false;
                continue;
            }
            intact |= key;
            rig.picture(header(sequence, key));
            if intact {
                expected.push(sequence);
                let connection = rig.connection;
                let decoded = rig.decodes();
                prop_assert_eq!(decoded.as_slice(), &[sequence][..]);
                rig.input(Input::Decoded { connection, sequence });
            } else {
                prop_assert!(rig.decodes().is_empty());
            }
        }
        prop_assert_eq!(rig.core.stats().decoded, expected.len() as u64);
    }
}
