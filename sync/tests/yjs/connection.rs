//! The server's end of y-websocket, in virtual time.

use std::time::Duration;

use parfocal_base::Instant;
use parfocal_sync::yjs::limits::{DEAF_AFTER, DEAF_FOR, KEEP_ALIVE, MAX_FRAME_BYTES};
use parfocal_sync::yjs::message::{Message, Sync};
use parfocal_sync::yjs::{Access, Input, Output, Refusal, YServer, YWebsocket};
use proptest::prelude::*;
use serde_json::json;
use yrs::Doc;

use super::recorded;
use super::world::{World, annotations, set};

fn server(access: Access, asks: bool) -> YServer {
    let mut server = YServer::new(YWebsocket, access, asks, Instant::ZERO);
    server.start(Instant::ZERO);
    server
}

fn update(bytes: &[u8]) -> Vec<u8> {
    Message::Sync(Sync::Update(bytes)).encode()
}

fn sent(outputs: &[Output]) -> Vec<Message<'_>> {
    let frames = outputs.iter().filter_map(|output| match output {
        Output::Send(frame) => Some(Message::decode(frame).unwrap()),
        _ => None,
    });
    frames.flatten().collect()
}

/// The number of the one update that is to be admitted.
fn admit(outputs: &[Output]) -> u64 {
    match outputs {
        [Output::Admit { id, .. }] => *id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_real_client_synchronises_and_writes() {
    let mut world = World::new();
    let client = world.join("ada", Access::Write, Doc::with_client_id(1_u64));
    for what in ["open", "answer to step1", "edit", "cursor"] {
        for frame in recorded("y", what) {
            world.says(client, &frame);
        }
    }
    assert_eq!(world.peers[client].denied, Vec::<String>::new());
    let point = json!({"layer": 1, "shape": "point", "vertices": [[0.5, 12, -3.25]]});
    let with = |text: &str| {
        let mut point = point.clone();
        point["text"] = json!(text);
        point
    };
    let expected = json!({"a-1": with("new"), "there": with("changed")});
    assert_eq!(world.session.annotations(), expected);
    assert_eq!(world.session.document.subject_of(2001).as_deref(), Some("ada"));
    world.save();
    let listener = world.join("bob", Access::Read, Doc::with_client_id(2_u64));
    assert_eq!(annotations(&world.peers[listener].doc), expected);
}

#[test]
fn the_server_asks_first_so_that_offline_edits_come() {
    let doc = Doc::with_client_id(5_u64);
    set(&doc, "offline", "x");
    let mut world = World::new();
    world.join("ada", Access::Write, doc);
    assert_eq!(world.session.annotations()["offline"]["text"], "x");
    let reader = server(Access::Read, true).start(Instant::ZERO);
    assert_eq!(reader, [Output::AwarenessAll], "who may not write is not asked");
}

#[test]
fn what_was_put_back_is_put_back_at_the_sender_and_it_is_told_and_goes_on() {
    let mut world = World::new();
    let ada = world.join("ada", Access::Write, Doc::with_client_id(5_u64));
    let bob = world.join("bob", Access::Write, Doc::with_client_id(6_u64));
    world.edit(ada, "a", "one");
    world.edit(ada, "b", "locked");
    world.save();
    assert_eq!(world.peers[ada].denied.len(), 1);
    assert!(world.peers[ada].denied[0].starts_with("reverted: "), "{:?}", world.peers[ada].denied);
    world.edit(bob, "a", "two");
    world.save();
    world.assert_all_equal();
    let there = world.session.annotations();
    assert_eq!((&there["a"]["text"], there.get("b")), (&json!("two"), None));
    assert_eq!(world.peers[bob].denied.len(), 0);
}

#[test]
fn a_refusal_is_answered_and_reading_goes_on() {
    let mut world = World::new();
    let ada = world.join("ada", Access::Write, Doc::with_client_id(5_u64));
    world.edit(ada, "a", "one");
    world.save();
    let mallory = world.join("mallory", Access::Write, Doc::with_client_id(5_u64));
    world.edit(mallory, "a", "forged");
    assert!(world.peers[mallory].denied[0].starts_with("client_id: "));
    world.edit(ada, "a", "two");
    world.save();
    assert_eq!(world.session.annotations()["a"]["text"], "two");
    // What she sends later follows what was refused. She is asked once, and no more.
    let asked = world.peers[mallory].asked;
    for text in ["x", "y", "z"] {
        world.edit(mallory, "a", text);
    }
    assert!(world.peers[mallory].asked <= asked + 1);
    assert_eq!(world.session.annotations()["a"]["text"], "two");
}

#[test]
fn a_gap_is_answered_by_asking_for_everything_once() {
    let mut world = World::new();
    let ada = world.join("ada", Access::Write, Doc::with_client_id(5_u64));
    let lost = set(&world.peers[ada].doc, "a", "lost on the way");
    let updates = ["b", "c", "d"].map(|key| set(&world.peers[ada].doc, key, "x"));
    let asked = world.peers[ada].asked;
    let server = &mut world.peers[ada].server;
    // All three are with the gate before it answers.
    let ids = updates
        .each_ref()
        .map(|bytes| admit(&server.handle(Instant::ZERO, Input::Frame(&update(bytes)))));
    for id in ids {
        world.input(ada, Input::Refused { id, refusal: Refusal::Resync });
    }
    world.save();
    world.assert_all_equal();
    assert_eq!(world.session.annotations()["a"]["text"], "lost on the way");
    assert!(world.peers[ada].asked <= asked + 3);
    drop(lost);
}

#[test]
fn asking_is_not_repeated_while_the_answer_is_awaited() {
    let mut server = server(Access::Write, true);
    server.handle(Instant::ZERO, Input::StateVector(&[0]));
    server.handle(Instant::ZERO, Input::Frame(&Message::Sync(Sync::Step2(&[0, 0])).encode()));
    server.handle(Instant::ZERO, Input::Admitted { id: 0, notice: None });
    let ids =
        [1, 2, 3].map(|byte| admit(&server.handle(Instant::ZERO, Input::Frame(&update(&[byte])))));
    let mut asked = Vec::new();
    for id in ids {
        let refusal = Refusal::Resync;
        asked.extend(server.handle(Instant::ZERO, Input::Refused { id, refusal }));
    }
    assert_eq!(asked, [Output::StateVector]);
}

#[test]
fn who_keeps_sending_what_is_refused_is_not_listened_to_for_a_minute() {
    let mut server = server(Access::Write, true);
    let refusal = Refusal::Denied { code: "forbidden", message: "no" };
    for _ in 0..DEAF_AFTER {
        let id = admit(&server.handle(Instant::ZERO, Input::Frame(&update(&[1]))));
        let told = server.handle(Instant::ZERO, Input::Refused { id, refusal });
        assert_eq!(sent(&told), [Message::PermissionDenied("forbidden: no")]);
    }
    let outputs = server.handle(Instant::ZERO, Input::Frame(&update(&[1])));
    assert!(matches!(sent(&outputs)[..], [Message::PermissionDenied(_)]), "{outputs:?}");
    assert_eq!(outputs.len(), 1);
    // It still reads.
    let step1 = Message::Sync(Sync::Step1(&[0])).encode();
    let outputs = server.handle(Instant::ZERO, Input::Frame(&step1));
    assert_eq!(outputs, [Output::Diff(vec![0])]);
    server.handle(Instant::ZERO, Input::Diff(&[0, 0]));
    admit(&server.handle(Instant::ZERO + DEAF_FOR, Input::Frame(&update(&[1]))));
}

#[test]
fn frames_that_cannot_be_read_are_answered_and_never_end_the_connection() {
    let mut server = server(Access::Write, true);
    let long = vec![0; MAX_FRAME_BYTES + 1];
    for frame in [&[][..], &[0, 0, 5, 1], &[9, 9], &long] {
        let outputs = server.handle(Instant::ZERO, Input::Frame(frame));
        let [Message::PermissionDenied(reason)] = sent(&outputs)[..] else { panic!("{outputs:?}") };
        assert!(reason.starts_with("bad_frame: "), "{reason}");
        assert_eq!(outputs.len(), 1);
    }
    let bad_awareness = Message::Awareness(&[200]).encode();
    assert_eq!(server.handle(Instant::ZERO, Input::Frame(&bad_awareness)), []);
}

#[test]
fn a_state_vector_that_cannot_be_read_is_answered_and_makes_no_copy() {
    let mut server = server(Access::Write, true);
    server.handle(Instant::ZERO, Input::Frame(&Message::Sync(Sync::Step1(&[9])).encode()));
    let outputs = server.handle(Instant::ZERO, Input::Diff(&[]));
    assert!(matches!(sent(&outputs)[..], [Message::PermissionDenied(_)]));
    assert_eq!(server.handle(Instant::ZERO, Input::Broadcast(&update(&[1, 2]).into())), []);
}

#[test]
fn after_a_message_that_was_too_big_to_be_read_nobody_asks_for_it_again() {
    let mut server = YServer::new(YWebsocket, Access::Write, false, Instant::ZERO);
    assert_eq!(server.start(Instant::ZERO), [Output::AwarenessAll]);
    let id = admit(&server.handle(Instant::ZERO, Input::Frame(&update(&[1]))));
    let refusal = Refusal::Resync;
    let outputs = server.handle(Instant::ZERO, Input::Refused { id, refusal });
    assert!(matches!(sent(&outputs)[..], [Message::PermissionDenied(_)]));
    assert_eq!(server.handle(Instant::ZERO, Input::Restarted), []);
}

#[test]
fn a_viewer_reads_and_is_told_that_changes_are_not_shared() {
    let mut world = World::new();
    let ada = world.join("ada", Access::Write, Doc::with_client_id(5_u64));
    let viewer = world.join("viewer", Access::Read, Doc::with_client_id(6_u64));
    world.edit(viewer, "a", "mine");
    assert!(world.peers[viewer].denied[0].starts_with("read_only: "));
    world.edit(ada, "b", "one");
    world.save();
    assert_eq!(annotations(&world.peers[viewer].doc)["b"]["text"], "one");
    assert_eq!(world.session.annotations().get("a"), None);
    let outputs = server(Access::Read, true)
        .handle(Instant::ZERO, Input::Frame(&Message::Sync(Sync::Step2(&[0, 0])).encode()));
    assert_eq!(sent(&outputs).len(), 1, "not even a step 2 that nobody asked for");
}

#[test]
fn nothing_is_broadcast_before_the_client_has_a_whole_copy() {
    let mut server = server(Access::Write, true);
    assert_eq!(server.handle(Instant::ZERO, Input::Broadcast(&update(&[1, 2]).into())), []);
    server.handle(Instant::ZERO, Input::Frame(&Message::Sync(Sync::Step1(&[0])).encode()));
    assert_eq!(server.handle(Instant::ZERO, Input::Broadcast(&update(&[1, 2]).into())), []);
    let outputs = server.handle(Instant::ZERO, Input::Diff(&[7]));
    assert_eq!(sent(&outputs), [Message::Sync(Sync::Step2(&[7]))]);
    let outputs = server.handle(Instant::ZERO, Input::Broadcast(&update(&[1, 2]).into()));
    assert_eq!(sent(&outputs), [Message::Sync(Sync::Update(&[1, 2]))]);
}

#[test]
fn an_edit_that_the_server_lost_comes_again() {
    let mut world = World::new();
    let ada = world.join("ada", Access::Write, Doc::with_client_id(5_u64));
    let bob = world.join("bob", Access::Write, Doc::with_client_id(6_u64));
    world.edit(ada, "a", "saved");
    world.save();
    world.edit(ada, "a", "lost");
    world.edit(bob, "b", "lost too");
    world.session.crash(2);
    for at in [ada, bob] {
        world.input(at, Input::Restarted);
    }
    world.save();
    world.assert_all_equal();
    let there = world.session.annotations();
    assert_eq!((&there["a"]["text"], &there["b"]["text"]), (&json!("lost"), &json!("lost too")));
    for peer in &world.peers {
        assert_eq!(peer.denied, Vec::<String>::new());
    }
}

#[test]
fn something_is_sent_every_20_seconds() {
    let mut server = server(Access::Write, true);
    let before = Instant::ZERO + Duration::from_secs(19);
    assert_eq!(server.deadline(), Instant::ZERO + KEEP_ALIVE);
    assert_eq!(server.handle(before, Input::Tick), []);
    let outputs = server.handle(Instant::ZERO + KEEP_ALIVE, Input::Tick);
    assert_eq!(sent(&outputs), [Message::Awareness(&[0])]);
    server.handle(Instant::ZERO + KEEP_ALIVE * 2 - Duration::from_secs(1), Input::Awareness(&[0]));
    assert_eq!(server.handle(Instant::ZERO + KEEP_ALIVE * 2, Input::Tick), []);
}

#[test]
fn state_vectors_in_quick_succession_wait_and_the_last_one_is_answered() {
    let mut server = server(Access::Write, true);
    let mut asked = 0;
    for at in 0..20 {
        let frame = Message::Sync(Sync::Step1(&[1, 5, at])).encode();
        for output in server.handle(Instant::ZERO, Input::Frame(&frame)) {
            assert!(!server.wants_frames());
            assert!(matches!(output, Output::Diff(_)));
            asked += 1;
            server.handle(Instant::ZERO, Input::Diff(&[0, 0]));
        }
    }
    assert_eq!(asked, 8);
    let later = server.deadline();
    assert!(later <= Instant::ZERO + Duration::from_secs(1));
    let outputs = server.handle(later, Input::Tick);
    assert_eq!(outputs, [Output::Diff(vec![1, 5, 19])]);
}

#[test]
fn no_frame_is_read_while_too_much_is_with_the_gate_or_the_journal() {
    let mut server = server(Access::Write, true);
    let mut ids = Vec::new();
    while server.wants_frames() {
        ids.push(admit(&server.handle(Instant::ZERO, Input::Frame(&update(&[1])))));
        assert!(ids.len() <= 64);
    }
    assert_eq!(ids.len(), 64);
    server.handle(Instant::ZERO, Input::Admitted { id: ids[0], notice: None });
    assert!(!server.wants_frames());
    server.handle(Instant::ZERO, Input::Saved(ids[0]));
    assert!(server.wants_frames());
    server.handle(Instant::ZERO, Input::Restarted);
    let large = vec![0; MAX_FRAME_BYTES - 100];
    for _ in 0..2 {
        assert!(server.wants_frames());
        server.handle(Instant::ZERO, Input::Frame(&update(&large)));
    }
    assert!(!server.wants_frames());
}

#[test]
fn a_flood_of_awareness_is_thinned_out() {
    let mut server = server(Access::Write, true);
    let frame = Message::Awareness(&[0]).encode();
    let passed = |server: &mut YServer, now| {
        (0..500).filter(|_| !server.handle(now, Input::Frame(&frame)).is_empty()).count()
    };
    assert_eq!(passed(&mut server, Instant::ZERO), 120);
    assert_eq!(passed(&mut server, Instant::ZERO + Duration::from_secs(1)), 60);
}

#[derive(Clone, Debug)]
enum Step {
    Edit(usize, u8, bool),
    Forge(usize),
    Save,
    Crash,
    Reconnect(usize),
    Step1(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_usize, 0..20_u8, prop::bool::weighted(0.1)).prop_map(|(p, k, l)| Step::Edit(p, k, l)),
        1 => (0..3_usize).prop_map(Step::Forge),
        4 => Just(Step::Save),
        1 => Just(Step::Crash),
        1 => (0..3_usize).prop_map(Step::Reconnect),
        1 => (0..3_usize).prop_map(Step::Step1),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn honest_clients_end_with_equal_copies_whatever_happens(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new();
        for (id, subject) in [(5_u64, "ada"), (6, "bob"), (7, "cyn")] {
            world.join(subject, Access::Write, Doc::with_client_id(id));
        }
        let mallory = world.join("mallory", Access::Write, Doc::with_client_id(8_u64));
        let mut epoch = 1;
        for step in steps {
            match step {
                Step::Edit(peer, key, locked) => {
                    let key = format!("k{key}");
                    world.edit(peer, &key, if locked { "locked" } else { "free" });
                }
                Step::Forge(victim) => {
                    let forged = Doc::with_client_id(5 + victim as u64);
                    let frame = update(&set(&forged, "forged", "free"));
                    world.says(mallory, &frame);
                    world.says(mallory, &frame[..frame.len() / 2]);
                }
                Step::Save => world.save(),
                Step::Crash => {
                    epoch += 1;
                    world.session.crash(epoch);
                    for at in 0..world.peers.len() {
                        world.input(at, Input::Restarted);
                    }
                }
                Step::Reconnect(at) => {
                    world.save();
                    let peer = &mut world.peers[at];
                    peer.server = YServer::new(YWebsocket, peer.access, true, world.now);
                    let outputs = peer.server.start(world.now);
                    world.drive(at, outputs);
                    world.step1(at);
                }
                Step::Step1(at) => world.step1(at),
            }
            world.now = world.now + Duration::from_secs(2);
        }
        world.save();
        world.assert_all_equal();
        for peer in &world.peers[..3] {
            prop_assert!(peer.denied.iter().all(|reason| reason.starts_with("reverted")), "{:?}", peer.denied);
        }
    }
}
