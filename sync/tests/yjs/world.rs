//! A session as the machines see it: the document behind its gate, and a journal that is written
//! when a test says so.

use std::collections::VecDeque;

use parfocal_base::Instant;
use parfocal_scene::replica::{AnnotationDocument, ForeignWriter, Refused};
use parfocal_sync::yjs::awareness::{self, AwarenessEntry};
use parfocal_sync::yjs::message::{Message, Sync};
use parfocal_sync::yjs::{
    Access, Awareness, Change, Identity, Input, Output, Refusal, UpdateId, YServer, YWebsocket,
};
use serde_json::Value;
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, Map, ReadTxn, StateVector, Transact, Update};

use super::{bytes, vectors};

pub(super) struct Session {
    pub(super) document: AnnotationDocument,
    pub(super) awareness: Awareness,
    /// Admitted and not journalled: the connection, its number for it, and what everybody is told.
    pub(super) unsaved: Vec<(usize, UpdateId, Vec<u8>)>,
    /// What was journalled.
    pub(super) journal: Vec<Vec<u8>>,
}

/// What a client needs from its session now, or later.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    StateVector(Vec<u8>),
    Diff(Vec<u8>),
    Admitted(UpdateId, Option<String>),
    Refused(UpdateId, Option<(&'static str, String)>),
    Saved(UpdateId),
}

impl Answer {
    pub(super) fn input(&self) -> Input<'_> {
        match self {
            Self::StateVector(bytes) => Input::StateVector(bytes),
            Self::Diff(bytes) => Input::Diff(bytes),
            Self::Admitted(id, notice) => {
                let notice = notice.as_deref().map(|message| ("reverted", message));
                Input::Admitted { id: *id, notice }
            }
            Self::Refused(id, why) => {
                let refusal = match why {
                    None => Refusal::Resync,
                    Some((code, message)) => Refusal::Denied { code, message },
                };
                Input::Refused { id: *id, refusal }
            }
            Self::Saved(id) => Input::Saved(*id),
        }
    }
}

impl Session {
    /// A session with the annotation that the recorded clients know of.
    pub(super) fn new() -> Self {
        let mut document = AnnotationDocument::new(1);
        let vectors = vectors();
        let frames = vectors["frames"].as_array().unwrap();
        let there = frames.iter().find(|frame| frame["name"] == "y-step2").unwrap();
        document.load(&bytes(&there["message"]["bytes"])).unwrap();
        let journal = vec![document.full_state().unwrap()];
        let awareness = Awareness::new();
        Self { document, awareness, unsaved: Vec::new(), journal }
    }

    /// Answers what a connection asks, as its participant may.
    pub(super) fn answer(
        &mut self,
        connection: usize,
        subject: &str,
        access: Access,
        output: &Output,
    ) -> Vec<Answer> {
        match output {
            Output::StateVector => {
                vec![Answer::StateVector(self.document.state_vector().unwrap())]
            }
            Output::Diff(vector) => {
                // Of what is journalled alone: what a copy has seen cannot be lost any more.
                let mut journalled = AnnotationDocument::new(0);
                self.journal.iter().for_each(|update| journalled.load(update).unwrap());
                vec![Answer::Diff(journalled.diff(vector).unwrap_or_default())]
            }
            Output::Admit { id, update } if access == Access::Read => {
                if self.document.knows(update).unwrap() {
                    vec![Answer::Admitted(*id, None), Answer::Saved(*id)]
                } else {
                    vec![Answer::Refused(*id, Some(("read_only", "no".to_owned())))]
                }
            }
            Output::Admit { id, update } => self.admit(connection, subject, *id, update),
            Output::Send(_) | Output::Awareness(_) | Output::AwarenessAll => Vec::new(),
        }
    }

    fn admit(&mut self, at: usize, subject: &str, id: UpdateId, update: &[u8]) -> Vec<Answer> {
        let awareness = &self.awareness;
        let sender = ForeignWriter { subject, taken: &|id| awareness.is_taken(id, subject) };
        let locked = |value: Option<&Value>| value.is_some_and(|value| value["text"] == "locked");
        let check = |_: &_, before: Option<&Value>, after: Option<&Value>| {
            if locked(before) || locked(after) { Err("it is locked") } else { Ok(None) }
        };
        match self.document.admit(update, &sender, check) {
            Ok(admitted) => {
                let notice = admitted.reverted.first().map(|put_back| format!("{put_back:?}"));
                let mut answers = vec![Answer::Admitted(id, notice)];
                if admitted.update.is_empty() {
                    answers.push(Answer::Saved(id));
                } else {
                    self.unsaved.push((at, id, admitted.update));
                }
                answers
            }
            Err(Refused::Resync) => vec![Answer::Refused(id, None)],
            Err(refused) => vec![Answer::Refused(id, Some((refused.code(), refused.to_string())))],
        }
    }

    /// Writes the journal; what everybody is to be told.
    pub(super) fn save(&mut self) -> Vec<(usize, UpdateId, Vec<u8>)> {
        let update = self.document.save().unwrap();
        if !update.is_empty() {
            self.journal.push(update);
        }
        std::mem::take(&mut self.unsaved)
    }

    /// Goes down with what is not journalled, and comes up.
    pub(super) fn crash(&mut self, epoch: u64) {
        self.unsaved.clear();
        self.document = AnnotationDocument::new(epoch);
        for update in &self.journal {
            self.document.load(update).unwrap();
        }
    }

    pub(super) fn annotations(&self) -> Value {
        let doc = Doc::new();
        take(&doc, &self.document.full_state().unwrap());
        annotations(&doc)
    }
}

pub(super) fn take(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
}

pub(super) fn annotations(doc: &Doc) -> Value {
    let map = doc.get_or_insert_map("annotations");
    serde_json::to_value(map.to_json(&doc.transact())).unwrap()
}

/// A y-websocket client, as the provider behaves, and the server's machine for it.
pub(super) struct Peer {
    pub(super) subject: &'static str,
    pub(super) access: Access,
    pub(super) doc: Doc,
    pub(super) server: YServer,
    /// Reasons that it was given.
    pub(super) denied: Vec<String>,
    /// How often it was asked for all that it has.
    pub(super) asked: usize,
}

pub(super) fn set(doc: &Doc, key: &str, text: &str) -> Vec<u8> {
    let map = doc.get_or_insert_map("annotations");
    let mut txn = doc.transact_mut();
    let value = serde_json::json!({"layer": 1, "shape": "point", "vertices": [[1]], "text": text});
    map.insert(&mut txn, key, yrs::Any::from_json(&value.to_string()).unwrap());
    txn.encode_update_v1()
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) session: Session,
    pub(super) peers: Vec<Peer>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { now: Instant::ZERO, session: Session::new(), peers: Vec::new() }
    }

    /// A client connects; both ends say what they have.
    pub(super) fn join(&mut self, subject: &'static str, access: Access, doc: Doc) -> usize {
        let server = YServer::new(YWebsocket, access, true, self.now);
        let peer = Peer { subject, access, doc, server, denied: Vec::new(), asked: 0 };
        self.peers.push(peer);
        let at = self.peers.len() - 1;
        let (name, color) = (subject.to_owned(), "#123456".to_owned());
        let identity = Identity { subject: subject.to_owned(), name, color };
        self.session.awareness.join(at as u64, identity);
        let outputs = self.peers[at].server.start(self.now);
        self.drive(at, outputs);
        self.step1(at);
        let client = self.peers[at].doc.client_id().get();
        let entry = AwarenessEntry { client, clock: 1, state: "{}" };
        let update = awareness::encode([entry].into_iter());
        self.says(at, &Message::Awareness(&update).encode());
        at
    }

    pub(super) fn step1(&mut self, at: usize) {
        let vector = self.peers[at].doc.transact().state_vector().encode_v1();
        self.says(at, &Message::Sync(Sync::Step1(&vector)).encode());
    }

    /// The client sends a frame.
    pub(super) fn says(&mut self, at: usize, frame: &[u8]) {
        self.input(at, Input::Frame(frame));
    }

    pub(super) fn input(&mut self, at: usize, input: Input<'_>) {
        let outputs = self.peers[at].server.handle(self.now, input);
        self.drive(at, outputs);
    }

    /// The client changes its document, and sends that.
    pub(super) fn edit(&mut self, at: usize, key: &str, text: &str) {
        let update = set(&self.peers[at].doc, key, text);
        self.says(at, &Message::Sync(Sync::Update(&update)).encode());
    }

    /// Does what the machine says, and what the client and the session answer, to the end.
    pub(super) fn drive(&mut self, at: usize, outputs: Vec<Output>) {
        let mut queue = VecDeque::from(outputs);
        while let Some(output) = queue.pop_front() {
            let peer = &mut self.peers[at];
            if let Output::Send(frame) = &output {
                if let Some(reply) = peer.hear(frame) {
                    queue.extend(peer.server.handle(self.now, Input::Frame(&reply)));
                }
                continue;
            }
            if let Output::Awareness(update) = &output {
                self.session.awareness.apply(at as u64, update, self.now).unwrap();
            }
            for answer in self.session.answer(at, peer.subject, peer.access, &output) {
                queue.extend(peer.server.handle(self.now, answer.input()));
            }
        }
    }

    /// The journal is written; everybody hears.
    pub(super) fn save(&mut self) {
        for (from, id, update) in self.session.save() {
            let frame = Change::new(&update).plain();
            for at in 0..self.peers.len() {
                self.input(at, Input::Broadcast(&frame));
            }
            self.input(from, Input::Saved(id));
        }
    }

    pub(super) fn assert_all_equal(&self) {
        for peer in &self.peers {
            assert_eq!(annotations(&peer.doc), self.session.annotations(), "{}", peer.subject);
        }
    }
}

impl Peer {
    /// What the provider does with a frame, and what it answers.
    fn hear(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let messages = Message::decode(frame).unwrap();
        assert_eq!(messages.len(), 1, "providers read one message of a frame");
        match messages[0] {
            Message::Sync(Sync::Step1(vector)) => {
                self.asked += 1;
                let have = StateVector::decode_v1(vector).unwrap();
                let all = self.doc.transact().encode_diff_v1(&have);
                return Some(Message::Sync(Sync::Step2(&all)).encode());
            }
            Message::Sync(Sync::Step2(update) | Sync::Update(update)) => take(&self.doc, update),
            Message::PermissionDenied(reason) => self.denied.push(reason.to_owned()),
            Message::Awareness(_) | Message::QueryAwareness => {}
        }
        None
    }
}
