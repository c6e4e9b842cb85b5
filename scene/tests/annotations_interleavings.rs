//! Any interleaving of foreign edits, intents, restarts, crashes and compactions leaves all copies
//! equal, and no bytes make the gate panic or change the document by half.
#![cfg(feature = "replica")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, VecDeque};

use parfocal_scene::replica::{
    Admitted, AnnotationDocument, AnnotationMirror, ForeignWriter, Refused, SyncError,
};
use parfocal_scene::{Annotation, AnnotationId, AnnotationWrite};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use yrs::updates::decoder::Decode;
use yrs::{Any, Map, Out, StateVector, Transact};

mod foreign;

use foreign::{Client, annotations, state_of};

/// What a client writes. The last three are what it may not.
#[derive(Clone, Copy, Debug)]
enum Edit {
    New,
    Set(Index),
    Remove(Index),
    Refused(Index),
    BadKey,
    Forged,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A client edits its copy; sent later.
    Edit(usize, Edit),
    /// The server takes the oldest of what a client has not sent yet.
    Send(usize),
    /// A client takes the oldest of what waits for it.
    Deliver(usize),
    /// A client loses its connection and all that was under way, and comes back.
    Reconnect(usize),
    /// Somebody's intent: make or change an annotation, remove one, undo a removal.
    Commit(Index),
    Remove(Index),
    Undo(Index),
    /// The server journals what it has, and sends it out.
    Save,
    /// The server goes down with what is not journalled, and comes up; compacting or not.
    Crash(bool),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => Just(Edit::New),
        5 => any::<Index>().prop_map(Edit::Set),
        2 => any::<Index>().prop_map(Edit::Remove),
        1 => any::<Index>().prop_map(Edit::Refused),
        1 => Just(Edit::BadKey),
        1 => Just(Edit::Forged),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0..3_usize, edit()).prop_map(|(client, edit)| Step::Edit(client, edit)),
        10 => (0..3_usize).prop_map(Step::Send),
        12 => (0..3_usize).prop_map(Step::Deliver),
        2 => (0..3_usize).prop_map(Step::Reconnect),
        4 => any::<Index>().prop_map(Step::Commit),
        1 => any::<Index>().prop_map(Step::Remove),
        1 => any::<Index>().prop_map(Step::Undo),
        6 => Just(Step::Save),
        1 => any::<bool>().prop_map(Step::Crash),
    ]
}

struct Peer {
    client: Client,
    subject: String,
    outbox: VecDeque<Vec<u8>>,
    inbox: VecDeque<Vec<u8>>,
}

struct World {
    document: AnnotationDocument,
    epoch: u64,
    journal: Vec<Vec<u8>>,
    /// Let in, and not yet journalled: nobody is told.
    unsaved: Vec<Vec<u8>>,
    /// What the reported changes make.
    model: BTreeMap<String, Value>,
    /// Names that were used once.
    used: Vec<String>,
    peers: Vec<Peer>,
    /// Hears what everybody is told, and never asks.
    listener: Client,
    made: u64,
}

impl World {
    fn new() -> Self {
        let peer = |at: u64| Peer {
            client: Client::new(1000 + at),
            subject: format!("subject {at}"),
            outbox: VecDeque::new(),
            inbox: VecDeque::new(),
        };
        Self {
            document: AnnotationDocument::new(1),
            epoch: 1,
            journal: Vec::new(),
            unsaved: Vec::new(),
            model: BTreeMap::new(),
            used: Vec::new(),
            peers: (0..3).map(peer).collect(),
            listener: Client::new(2000),
            made: 0,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Edit(peer, edit) => self.edit(peer, edit),
            Step::Send(peer) => {
                if let Some(update) = self.peers[peer].outbox.pop_front()
                    && self.admit(peer, &update) == Err(Refused::Resync)
                {
                    let all = self.peers[peer].client.step2(&self.document);
                    self.admit(peer, &all).unwrap();
                }
            }
            Step::Deliver(peer) => {
                let peer = &mut self.peers[peer];
                if let Some(update) = peer.inbox.pop_front() {
                    peer.client.take(&update);
                }
            }
            Step::Reconnect(peer) => self.reconnect(peer),
            Step::Commit(which) => {
                let key = match self.model.len() {
                    0 => self.name(),
                    keys => {
                        self.model.keys().nth(which.index(keys + 1)).cloned().unwrap_or_default()
                    }
                };
                let key = if key.is_empty() { self.name() } else { key };
                self.commit(&key, true);
            }
            Step::Remove(which) => {
                if !self.model.is_empty() {
                    let key =
                        self.model.keys().nth(which.index(self.model.len())).cloned().unwrap();
                    self.commit(&key, false);
                }
            }
            Step::Undo(which) => {
                if !self.used.is_empty() {
                    let key = which.get(&self.used).clone();
                    self.commit(&key, true);
                }
            }
            Step::Save => self.save(),
            Step::Crash(compact) => self.crash(compact),
        }
        self.used.extend(
            self.model.keys().filter(|key| !self.used.contains(key)).cloned().collect::<Vec<_>>(),
        );
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("n{}", self.made)
    }

    fn edit(&mut self, at: usize, edit: Edit) {
        let name = self.name();
        let peer = &mut self.peers[at];
        let map = peer.client.doc.get_or_insert_map("annotations");
        let keys: Vec<String> = map.keys(&peer.client.doc.transact()).map(str::to_owned).collect();
        let existing = |which: &Index| if keys.is_empty() { &name } else { which.get(&keys) };
        let value = |v: &str| Any::from_json(&json!({ "v": v }).to_string()).unwrap();
        let update = peer.client.edit(|map, txn| match &edit {
            Edit::New => {
                map.insert(txn, name.as_str(), value(&name));
            }
            Edit::Set(which) => {
                map.insert(txn, existing(which).as_str(), value(&name));
            }
            Edit::Remove(which) => {
                map.remove(txn, existing(which));
            }
            Edit::Refused(which) => {
                map.insert(txn, existing(which).as_str(), value("no"));
            }
            Edit::BadKey => {
                map.insert(txn, format!("{name}!"), value("x"));
            }
            Edit::Forged => {}
        });
        if matches!(edit, Edit::Forged) {
            // Under the client id of somebody who is here, from a copy of what the server has.
            let mallory = Client::new(1000 + (at as u64 + 1) % 3);
            mallory.pull(&self.document);
            let forged = mallory.set("forged", "x");
            let before = state_of(&self.document);
            let refused = self.admit(at, &forged).unwrap_err();
            assert!(matches!(refused, Refused::ClientId(_)));
            assert_eq!(state_of(&self.document), before);
        } else if update.len() > 2 {
            peer.outbox.push_back(update);
        }
    }

    fn admit(&mut self, at: usize, update: &[u8]) -> Result<Admitted<()>, Refused> {
        let subject = self.peers[at].subject.clone();
        let taken = |client: u64| (1000..1003).contains(&client) && client != 1000 + at as u64;
        let sender = ForeignWriter { subject: &subject, taken: &taken };
        let force = |_: &AnnotationId, _: Option<&Value>, after: Option<&Value>| match after {
            Some(after) if after["v"] == json!("no") => Err(()),
            Some(after) => Ok(Some(json!({"v": after["v"], "author": subject.clone()}))),
            None => Ok(None),
        };
        let admitted = self.document.admit(update, &sender, force)?;
        for change in &admitted.changes {
            let key = change.id.0.to_string();
            assert_eq!(self.model.get(&key), change.before.as_ref());
            match &change.after {
                Some(after) => drop(self.model.insert(key, after.clone())),
                None => drop(self.model.remove(&key)),
            }
        }
        if !admitted.update.is_empty() {
            self.unsaved.push(admitted.update.clone());
        }
        assert_eq!(annotations(&self.document), json!(self.model));
        Ok(admitted)
    }

    fn commit(&mut self, key: &str, there: bool) {
        self.made += 1;
        let annotation: Annotation = serde_json::from_value(json!({
            "layer": 1, "shape": "point", "vertices": [[self.made]], "author": "", "created": 0,
        }))
        .unwrap();
        let after = there.then(|| std::sync::Arc::new(annotation));
        let update = self
            .document
            .commit(&[AnnotationWrite { id: key.into(), before: None, after }])
            .unwrap();
        self.unsaved.push(update);
        self.model = serde_json::from_value(annotations(&self.document)).unwrap();
        assert_eq!(self.model.contains_key(key), there);
    }

    fn save(&mut self) {
        let update = self.document.save().unwrap();
        if !update.is_empty() {
            self.journal.push(update);
        }
        for update in self.unsaved.drain(..) {
            self.listener.take(&update);
            for peer in &mut self.peers {
                peer.inbox.push_back(update.clone());
            }
        }
        assert_eq!(self.listener.state(), state_of(&self.document));
    }

    fn crash(&mut self, compact: bool) {
        self.epoch += 1;
        self.unsaved.clear();
        self.document = AnnotationDocument::new(self.epoch);
        for update in &self.journal {
            self.document.load(update).unwrap();
        }
        if compact {
            self.epoch += 1;
            self.document.compact(self.epoch).unwrap();
            self.journal = vec![self.document.full_state().unwrap()];
            self.document.save().unwrap();
        }
        self.model = serde_json::from_value(annotations(&self.document)).unwrap();
        self.listener.pull(&self.document);
        for peer in 0..3 {
            self.reconnect(peer);
        }
    }

    /// As a provider does: both ends say what they have and send what the other lacks.
    fn reconnect(&mut self, at: usize) {
        self.save();
        let peer = &mut self.peers[at];
        peer.inbox.clear();
        peer.outbox.clear();
        peer.client.pull(&self.document);
        let all = peer.client.step2(&self.document);
        self.admit(at, &all).unwrap();
    }

    fn settle(&mut self) {
        for _ in 0..2 {
            for peer in 0..3 {
                self.reconnect(peer);
            }
        }
        self.save();
        let expected = state_of(&self.document);
        let mut mirror = AnnotationMirror::new();
        mirror.apply(&self.document.full_state().unwrap()).unwrap();
        assert_eq!(vector(&mirror.state_vector()), vector(&self.document.state_vector()));
        for peer in &mut self.peers {
            for update in peer.inbox.drain(..) {
                peer.client.take(&update);
            }
            peer.client.pull(&self.document);
            assert_eq!(peer.client.state(), expected);
        }
    }
}

fn vector(bytes: &Result<Vec<u8>, SyncError>) -> StateVector {
    StateVector::decode_v1(bytes.as_ref().unwrap()).unwrap()
}

/// One update that overwrites, makes and removes, by a client who has written before.
fn honest() -> (AnnotationDocument, Client, Vec<u8>) {
    let mut document = AnnotationDocument::new(9);
    let client = Client::new(300);
    for key in ["a", "b", "c"] {
        admit(&mut document, &client.set(key, "old")).unwrap();
    }
    client.pull(&document);
    let update = client.edit(|map, txn| {
        map.insert(txn, "a", Any::from_json(r#"{"v":[1.5,"text",{"w":null}]}"#).unwrap());
        map.insert(txn, "a", 70_000);
        map.insert(txn, "new", "value");
        map.remove(txn, "b");
    });
    (document, client, update)
}

fn admit(document: &mut AnnotationDocument, update: &[u8]) -> Result<Admitted<()>, Refused> {
    let sender = ForeignWriter { subject: "ada", taken: &|_| false };
    document.admit(update, &sender, |_, _, _| Ok(None))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_interleaving_leaves_all_copies_equal(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        world.settle();
    }

    #[test]
    fn no_damaged_update_makes_the_gate_panic_or_changes_half_of_the_document(
        attempts in prop::collection::vec(
            (prop::collection::vec((any::<Index>(), any::<u8>()), 1..5), any::<Index>(), any::<bool>()),
            24,
        ),
    ) {
        let (mut document, client, update) = honest();
        for (damage, cut, whole) in attempts {
            let mut damaged = update.clone();
            for (at, byte) in damage {
                let at = at.index(damaged.len());
                damaged[at] = byte;
            }
            if !whole {
                damaged.truncate(cut.index(damaged.len()));
            }
            let before = state_of(&document);
            match admit(&mut document, &damaged) {
                Err(refused) => {
                    prop_assert_ne!(refused, Refused::Failed);
                    prop_assert_eq!(state_of(&document), before);
                }
                Ok(_) => {
                    // It meant something: then it means the same to everybody, and nothing else changed.
                    let after = state_of(&document);
                    prop_assert_eq!(&after.0[2]["schema"], &before.0[2]["schema"]);
                    let mut mirror = AnnotationMirror::new();
                    mirror.apply(&document.full_state().unwrap()).unwrap();
                    prop_assert_eq!(vector(&mirror.state_vector()), vector(&document.state_vector()));
                    let mut again = AnnotationDocument::new(10);
                    again.load(&document.full_state().unwrap()).unwrap();
                    prop_assert_eq!(state_of(&again), after);
                }
            }
        }
        // An honest writer, who has seen it all, goes on.
        let next = Client::new(301);
        next.pull(&document);
        let update = next.set("last", "word");
        let admitted = admit(&mut document, &update).unwrap();
        prop_assert_eq!(admitted.changes.len(), 1);
        let map = next.doc.get_or_insert_map("annotations");
        prop_assert_eq!(map.get(&next.doc.transact(), "last"), Some(Out::Any("word".into())));
        drop(client);
    }

    #[test]
    fn no_bytes_make_the_gate_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut document, _, _) = honest();
        let before = state_of(&document);
        if admit(&mut document, &bytes).is_err() {
            prop_assert_eq!(state_of(&document), before);
        }
    }
}
