//! The server's end of a Hocuspocus socket, in virtual time.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_sync::CloseReason;
use parfocal_sync::yjs::hocuspocus::{HocuspocusFrame, HocuspocusMessage};
use parfocal_sync::yjs::message::Sync;
use parfocal_sync::yjs::{
    Access, Change, HocuspocusSocket, Input, Output, Refusal, SocketInput, SocketOutput,
};
use proptest::prelude::*;
use serde_json::Value;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, StateVector, Transact};

use super::recorded;
use super::world::{Session, annotations, set, take};

const NAME: &str = "annotations";

fn frame(message: HocuspocusMessage<'_>) -> Vec<u8> {
    HocuspocusFrame::Document { address: NAME, message }.encode()
}

fn document<'a>(input: Input<'a>) -> SocketInput<'a> {
    SocketInput::Document { address: NAME, input }
}

/// A provider: its document, and what it counts as not saved.
struct Provider {
    doc: Doc,
    unsynced: u32,
    readonly: Option<bool>,
    denied: Vec<String>,
    stateless: Vec<Value>,
}

struct World {
    now: Instant,
    session: Session,
    access: Access,
    socket: HocuspocusSocket,
    provider: Provider,
}

impl World {
    fn new(access: Access) -> Self {
        let doc = Doc::with_client_id(30_u64);
        let now = Instant::ZERO;
        let provider = Provider {
            doc,
            unsynced: 0,
            readonly: None,
            denied: Vec::new(),
            stateless: Vec::new(),
        };
        let socket = HocuspocusSocket::new(true, now);
        Self { now, session: Session::new(), access, socket, provider }
    }

    /// What a provider does when the socket opens.
    fn open(&mut self) {
        self.says(HocuspocusMessage::Token { token: "a.b.c", version: Some("4.8.0") });
        self.start();
    }

    fn start(&mut self) {
        self.provider.unsynced = 1;
        let vector = self.provider.doc.transact().state_vector().encode_v1();
        self.says(HocuspocusMessage::Sync(Sync::Step1(&vector)));
    }

    fn edit(&mut self, key: &str, text: &str) {
        self.provider.unsynced += 1;
        let update = set(&self.provider.doc, key, text);
        self.says(HocuspocusMessage::Sync(Sync::Update(&update)));
    }

    fn says(&mut self, message: HocuspocusMessage<'_>) {
        self.input(SocketInput::Frame(&frame(message)));
    }

    fn input(&mut self, input: SocketInput<'_>) {
        let mut queue = VecDeque::from(self.socket.handle(self.now, input));
        while let Some(output) = queue.pop_front() {
            match output {
                SocketOutput::Send(frame) => {
                    if let Some(reply) = self.provider.hear(&frame) {
                        queue.extend(self.socket.handle(self.now, SocketInput::Frame(&reply)));
                    }
                }
                SocketOutput::Verify { address, name, token } => {
                    assert_eq!((&*name, &*token), (NAME, "a.b.c"));
                    let result = Ok(self.access);
                    let verified = SocketInput::Verified { address: &address, result };
                    queue.extend(self.socket.handle(self.now, verified));
                }
                SocketOutput::Document { output, .. } => {
                    for answer in self.session.answer(0, "ada", self.access, &output) {
                        queue.extend(self.socket.handle(self.now, document(answer.input())));
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn save(&mut self) {
        for (_, id, update) in self.session.save() {
            let frame = Change::new(&update).named(&NAME.into());
            self.input(document(Input::Broadcast(&frame)));
            self.input(document(Input::Saved(id)));
        }
    }

    fn assert_equal(&self) {
        assert_eq!(annotations(&self.provider.doc), self.session.annotations());
    }
}

impl Provider {
    fn hear(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let HocuspocusFrame::Document { address, message } =
            HocuspocusFrame::decode(bytes).unwrap()
        else {
            return None;
        };
        assert_eq!(address, NAME);
        match message {
            HocuspocusMessage::Sync(Sync::Step1(vector)) => {
                let have = StateVector::decode_v1(vector).unwrap();
                let all = self.doc.transact().encode_diff_v1(&have);
                return Some(frame(HocuspocusMessage::Sync(Sync::Step2(&all))));
            }
            HocuspocusMessage::Sync(Sync::Step2(update) | Sync::Update(update)) => {
                take(&self.doc, update);
            }
            HocuspocusMessage::SyncStatus(true) => self.unsynced = self.unsynced.saturating_sub(1),
            HocuspocusMessage::SyncStatus(false) | HocuspocusMessage::Awareness(_) => {}
            HocuspocusMessage::Authenticated { readonly } => self.readonly = Some(readonly),
            HocuspocusMessage::PermissionDenied(why) => self.denied.push(why.to_owned()),
            HocuspocusMessage::Stateless(text) => {
                self.stateless.push(serde_json::from_str(text).unwrap());
            }
            // The provider of today does not know a sync reply.
            other => panic!("{other:?}"),
        }
        None
    }
}

#[test]
fn a_real_provider_is_let_in_synchronises_and_writes() {
    let mut world = World::new(Access::Write);
    for what in ["open", "answer to step1", "edit"] {
        for frame in recorded("hocuspocus", what) {
            world.input(SocketInput::Frame(&frame));
        }
    }
    assert_eq!(world.provider.readonly, Some(false));
    world.save();
    let there = world.session.annotations();
    assert_eq!(there["a-1"]["text"], "new");
    assert_eq!(there.get("offline"), None);
    assert_eq!(world.session.document.subject_of(3001).as_deref(), Some("ada"));
    for frame in recorded("hocuspocus", "answer to ping") {
        assert_eq!(world.socket.handle(world.now, SocketInput::Frame(&frame)), []);
    }
    let gone = &recorded("hocuspocus", "gone")[0];
    let left = world.socket.handle(world.now, SocketInput::Frame(gone));
    assert_eq!(left, [SocketOutput::Left(NAME.into())]);
}

#[test]
fn saved_is_said_only_when_it_is_in_the_journal() {
    let mut world = World::new(Access::Write);
    set(&world.provider.doc, "offline", "x");
    world.open();
    assert_eq!(world.provider.unsynced, 1);
    world.save();
    assert_eq!(world.provider.unsynced, 0);
    world.edit("a", "one");
    world.edit("a", "two");
    assert_eq!(world.provider.unsynced, 2);
    world.save();
    assert_eq!(world.provider.unsynced, 0);
    world.assert_equal();
    // What says nothing new is saved already.
    world.start();
    assert_eq!(world.provider.unsynced, 0);
}

#[test]
fn what_is_refused_stays_unsaved_and_what_is_put_back_is_said() {
    let mut world = World::new(Access::Write);
    world.open();
    world.edit("a", "locked");
    world.save();
    assert_eq!(world.provider.unsynced, 0, "it is settled: the copy shows what is there");
    assert_eq!(world.provider.stateless[0]["code"], "reverted");
    world.assert_equal();
    let frame = frame(HocuspocusMessage::Sync(Sync::Update(&[1, 1])));
    world.provider.unsynced += 1;
    world.input(SocketInput::Frame(&frame));
    assert_eq!((world.provider.unsynced, world.provider.stateless.len()), (1, 2));
    assert_eq!(world.provider.stateless[1]["type"], "denied");
    assert_eq!(world.provider.stateless[1]["code"], "malformed");
    assert_eq!(world.provider.denied.len(), 0, "that would end the provider");
}

#[test]
fn what_the_server_lost_comes_again_and_is_counted_once() {
    let mut world = World::new(Access::Write);
    world.open();
    world.edit("a", "saved");
    world.save();
    world.edit("a", "lost");
    world.edit("b", "lost");
    world.session.crash(2);
    world.input(document(Input::Restarted));
    assert_eq!(world.provider.unsynced, 2);
    world.save();
    assert_eq!(world.provider.unsynced, 0);
    assert_eq!(world.session.annotations()["b"]["text"], "lost");
    // Without being told of the restart: by the gap.
    world.edit("c", "lost");
    world.session.crash(3);
    world.edit("d", "after");
    world.edit("e", "after");
    world.save();
    assert_eq!(world.session.annotations()["c"]["text"], "lost");
    assert_eq!(world.session.annotations()["e"]["text"], "after");
}

#[test]
fn a_viewer_is_let_in_for_reading_and_only_what_is_known_counts_as_saved() {
    let mut world = World::new(Access::Read);
    world.open();
    assert_eq!((world.provider.readonly, world.provider.unsynced), (Some(true), 0));
    assert_eq!(annotations(&world.provider.doc)["there"]["text"], "älter");
    world.edit("a", "mine");
    assert_eq!(world.provider.unsynced, 1);
    world.start();
    assert_eq!(world.provider.unsynced, 1, "its copy holds what is not shared");
    assert_eq!(world.session.annotations().get("a"), None);
}

#[test]
fn a_token_that_is_no_good_is_answered_and_nothing_else_is_heard() {
    let now = Instant::ZERO;
    let mut socket = HocuspocusSocket::new(true, now);
    let open = recorded("hocuspocus", "open");
    let asked = socket.handle(now, SocketInput::Frame(&open[0]));
    assert!(matches!(&asked[..], [SocketOutput::Verify { token, .. }] if token == "a.b.c"));
    assert_eq!(socket.handle(now, SocketInput::Frame(&open[1])), []);
    let result = Err("the link has expired".to_owned());
    let refused = socket.handle(now, SocketInput::Verified { address: NAME, result });
    let expected = frame(HocuspocusMessage::PermissionDenied("the link has expired"));
    assert_eq!(refused, [SocketOutput::Send(expected.into())]);
    for frame in open.iter().skip(1).chain(&recorded("hocuspocus", "edit")) {
        assert_eq!(socket.handle(now, SocketInput::Frame(frame)), []);
    }
    // An answer that comes too late.
    let late = SocketInput::Verified { address: NAME, result: Ok(Access::Write) };
    assert_eq!(socket.handle(now, late), []);
    let end = now + Duration::from_secs(15);
    assert_eq!(socket.deadline(), Some(end));
    let closed = socket.handle(end, SocketInput::Tick);
    assert_eq!(closed, [SocketOutput::Close(CloseReason::HelloTimeout)]);
}

#[test]
fn a_new_token_changes_the_right_on_a_living_connection() {
    let mut world = World::new(Access::Write);
    world.open();
    world.edit("a", "one");
    world.access = Access::Read;
    world.says(HocuspocusMessage::Token { token: "a.b.c", version: None });
    assert_eq!(world.provider.readonly, Some(true));
    world.edit("a", "two");
    assert_eq!(world.session.annotations()["a"]["text"], "one");
    let result = Err("withdrawn".to_owned());
    let outputs = world.socket.handle(world.now, SocketInput::Verified { address: NAME, result });
    assert!(matches!(&outputs[..], [SocketOutput::Send(_), SocketOutput::Left(_)]));
}

#[test]
fn what_waits_for_a_token_is_bounded() {
    let now = Instant::ZERO;
    let mut socket = HocuspocusSocket::new(true, now);
    let open = recorded("hocuspocus", "open");
    socket.handle(now, SocketInput::Frame(&open[0]));
    for _ in 0..64 {
        assert_eq!(socket.handle(now, SocketInput::Frame(&open[2])), []);
    }
    let outputs = socket.handle(now, SocketInput::Frame(&open[2]));
    assert!(matches!(&outputs[..], [SocketOutput::Send(_)]));
    // Documents are, too.
    for at in 0..9 {
        let address = format!("annotations\0{at}");
        let message = HocuspocusMessage::Token { token: "t", version: None };
        let frame = HocuspocusFrame::Document { address: &address, message }.encode();
        let outputs = socket.handle(now, SocketInput::Frame(&frame));
        let asked = matches!(&outputs[..], [SocketOutput::Verify { .. }]);
        assert_eq!(asked, at < 8);
    }
}

#[test]
fn frames_that_cannot_be_read_are_answered_and_never_end_the_socket() {
    let mut world = World::new(Access::Write);
    world.open();
    for bytes in [&[][..], &[5, 1], b"\x0bannotations\x06\x01x", b"\x0bannotations\0\x02\x7f"] {
        let before = world.provider.stateless.len();
        world.input(SocketInput::Frame(bytes));
        assert_eq!(world.provider.stateless[before]["code"], "bad_frame");
    }
    world.edit("a", "still");
    assert_eq!(world.session.annotations()["a"]["text"], "still");
}

#[test]
fn a_ping_is_answered_and_silence_is_kept_short() {
    let mut world = World::new(Access::Write);
    let pong = world.socket.handle(world.now, SocketInput::Frame(&[9]));
    assert_eq!(pong, [SocketOutput::Send(vec![10].into())]);
    world.open();
    let deadline = world.socket.deadline().unwrap();
    assert_eq!(deadline, world.now + Duration::from_secs(20));
    let outputs = world.socket.handle(deadline, SocketInput::Tick);
    assert_eq!(outputs, [SocketOutput::Send(frame(HocuspocusMessage::Awareness(&[0])).into())]);
}

#[test]
fn several_documents_on_one_socket_are_told_apart() {
    let now = Instant::ZERO;
    let mut socket = HocuspocusSocket::new(true, now);
    for address in ["annotations", "scene"] {
        let says = |message| HocuspocusFrame::Document { address, message }.encode();
        let token = says(HocuspocusMessage::Token { token: "t", version: None });
        socket.handle(now, SocketInput::Frame(&token));
        socket.handle(now, SocketInput::Verified { address, result: Ok(Access::Read) });
        let step1 = says(HocuspocusMessage::Sync(Sync::Step1(&[0])));
        for output in socket.handle(now, SocketInput::Frame(&step1)) {
            let SocketOutput::Document { address: about, output } = output else { panic!() };
            assert_eq!(&*about, address);
            assert!(matches!(output, Output::Diff(_) | Output::StateVector), "{output:?}");
        }
    }
    let input = Input::Diff(&[0, 0]);
    let outputs = socket.handle(now, SocketInput::Document { address: "scene", input });
    let [SocketOutput::Send(bytes)] = &outputs[..] else { panic!("{outputs:?}") };
    let Ok(HocuspocusFrame::Document { address, .. }) = HocuspocusFrame::decode(bytes) else {
        panic!()
    };
    assert_eq!(address, "scene");
}

#[derive(Clone, Debug)]
enum Step {
    Edit(u8, bool),
    Save,
    Crash,
    Refuse,
    Start,
}

proptest! {
    #[test]
    fn a_provider_counts_nothing_when_all_is_saved(
        steps in prop::collection::vec(
            prop_oneof![
                6 => (0..9_u8, prop::bool::weighted(0.1)).prop_map(|(k, l)| Step::Edit(k, l)),
                3 => Just(Step::Save),
                1 => Just(Step::Crash),
                1 => Just(Step::Refuse),
                1 => Just(Step::Start),
            ],
            1..60,
        ),
    ) {
        let mut world = World::new(Access::Write);
        world.open();
        let mut epoch = 1;
        for step in steps {
            match step {
                Step::Edit(key, locked) => {
                    world.edit(&format!("k{key}"), if locked { "locked" } else { "free" });
                }
                Step::Save => world.save(),
                Step::Crash => {
                    epoch += 1;
                    world.session.crash(epoch);
                    world.input(document(Input::Restarted));
                }
                // An answer about something that was never asked.
                Step::Refuse => world.input(document(Input::Refused { id: 999, refusal: Refusal::Resync })),
                Step::Start => {
                    // As on a forced sync: when nothing is under way.
                    world.save();
                    world.start();
                }
            }
            world.now = world.now + Duration::from_secs(2);
            world.input(SocketInput::Tick);
        }
        world.save();
        world.assert_equal();
        prop_assert_eq!(world.provider.unsynced, 0);
    }
}
