//! Standard Yjs clients.

use std::collections::VecDeque;

use parfocal_scene::Author;
use parfocal_scene::replica::AnnotationDocument;
use serde_json::Value;
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Any, Doc, Map, ReadTxn, StateVector, Transact, Update};

use super::intents;
use super::random::Random;
use crate::session::keeper::Keeper;

pub(super) struct Foreign {
    doc: Doc,
    subject: String,
    number: u64,
    /// How many documents it has begun.
    life: u64,
    pub(super) outbox: VecDeque<Vec<u8>>,
    inbox: VecDeque<Vec<u8>>,
    is_here: bool,
}

impl Foreign {
    pub(super) fn all() -> Vec<Self> {
        let foreign = |(number, subject): (u64, &str)| Self {
            doc: Doc::with_client_id(number * 1000),
            subject: subject.to_owned(),
            number,
            life: 0,
            outbox: VecDeque::new(),
            inbox: VecDeque::new(),
            is_here: false,
        };
        [(7, "ann"), (8, "yuri")].map(foreign).into()
    }

    pub(super) fn author(&self, now_ms: u64) -> Author {
        Author { subject: self.subject.clone(), edits_all: false, now_ms }
    }

    /// Writes something into the own document, at any time; mostly what is allowed.
    pub(super) fn edit(&mut self, random: &mut Random, keeper: &Keeper, name: u64) {
        let annotation = intents::annotation(random, &keeper.scene);
        let value = serde_json::to_string(&annotation).unwrap();
        let good = Any::from_json(&value).unwrap();
        let choice = random.below(13);
        if choice == 12 {
            let noise = (0..random.below(40)).map(|_| random.next() as u8).collect();
            return self.outbox.push_back(noise);
        }
        let root = if choice == 0 { "elsewhere" } else { "annotations" };
        let map = self.doc.get_or_insert_map(root);
        let mut txn = self.doc.transact_mut();
        let mut keys: Vec<String> = map.keys(&txn).map(str::to_owned).collect();
        keys.sort_unstable();
        let some = random.of(&keys);
        match (choice, some) {
            (1, _) => drop(map.insert(&mut txn, "no name!", good)),
            (2, Some(key)) => drop(map.insert(&mut txn, key, "nonsense")),
            (3 | 4, Some(key)) => drop(map.remove(&mut txn, &key)),
            (5..8, Some(key)) => drop(map.insert(&mut txn, key, good)),
            _ => drop(map.insert(&mut txn, format!("y{name}"), good)),
        }
        txn.commit();
        let update = txn.encode_update_v1();
        drop(txn);
        if self.is_here {
            self.outbox.push_back(update);
        }
    }

    pub(super) fn say(&mut self, update: &[u8]) {
        if self.is_here {
            self.inbox.push_back(update.to_vec());
        }
    }

    pub(super) fn hear(&mut self) {
        if let Some(update) = self.inbox.pop_front() {
            self.take(&update);
        }
    }

    pub(super) fn hear_all(&mut self) {
        while !self.inbox.is_empty() {
            self.hear();
        }
    }

    fn take(&mut self, update: &[u8]) {
        self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    pub(super) fn cut(&mut self) {
        self.is_here = false;
        self.inbox.clear();
        self.outbox.clear();
    }

    pub(super) fn begin_anew(&mut self) {
        self.cut();
        self.life += 1;
        self.doc = Doc::with_client_id(self.number * 1000 + self.life);
    }

    /// Takes all that it lacks, and sends all that the server lacks.
    pub(super) fn sync(&mut self, document: &AnnotationDocument) {
        self.cut();
        self.is_here = true;
        let have = self.doc.transact().state_vector().encode_v1();
        self.take(&document.diff(&have).unwrap());
        let have = StateVector::decode_v1(&document.state_vector().unwrap()).unwrap();
        let lacks = self.doc.transact().encode_diff_v1(&have);
        if document.knows(&lacks) != Ok(true) {
            self.outbox.push_back(lacks);
        }
    }

    /// The same, in what is there and in what was seen.
    pub(super) fn check(&mut self, document: &AnnotationDocument) {
        let server = Self::server(document);
        assert_eq!(self.seen(), server, "{} differs", self.subject);
    }

    fn server(document: &AnnotationDocument) -> (Value, Vec<(u64, u32)>) {
        let mut copy = Self::all().remove(0);
        copy.take(&document.full_state().unwrap());
        copy.seen()
    }

    fn seen(&self) -> (Value, Vec<(u64, u32)>) {
        let roots = ["annotations", "writers", "meta"].map(|root| self.doc.get_or_insert_map(root));
        let txn = self.doc.transact();
        let all = roots.map(|root| serde_json::to_value(root.to_json(&txn)).unwrap());
        let vector = txn.state_vector();
        let mut vector: Vec<_> = vector.iter().map(|(id, clock)| (id.get(), *clock)).collect();
        vector.sort_unstable();
        (Value::from(all.to_vec()), vector)
    }
}
