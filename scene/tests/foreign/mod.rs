//! A standard Yjs client, as the tests of the gate need it.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use parfocal_scene::replica::AnnotationDocument;
use serde_json::{Value, json};
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, Map, MapRef, ReadTxn, StateVector, Transact, TransactionMut, Update};

/// A program with a Yjs document.
pub struct Client {
    pub doc: Doc,
}

impl Client {
    pub fn new(id: u64) -> Self {
        Self { doc: Doc::with_client_id(id) }
    }

    pub fn edit(&self, edit: impl FnOnce(&MapRef, &mut TransactionMut<'_>)) -> Vec<u8> {
        self.edit_root("annotations", edit)
    }

    pub fn edit_root(
        &self,
        root: &'static str,
        edit: impl FnOnce(&MapRef, &mut TransactionMut<'_>),
    ) -> Vec<u8> {
        let map = self.doc.get_or_insert_map(root);
        let mut txn = self.doc.transact_mut();
        edit(&map, &mut txn);
        txn.commit();
        txn.encode_update_v1()
    }

    pub fn set(&self, key: &str, value: &str) -> Vec<u8> {
        self.edit(|map, txn| {
            map.insert(txn, key, value);
        })
    }

    pub fn remove(&self, key: &str) -> Vec<u8> {
        self.edit(|map, txn| {
            map.remove(txn, key);
        })
    }

    pub fn take(&self, update: &[u8]) {
        self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    /// All that the server lacks (sync step 2).
    pub fn step2(&self, document: &AnnotationDocument) -> Vec<u8> {
        let have = StateVector::decode_v1(&document.state_vector().unwrap()).unwrap();
        self.doc.transact().encode_diff_v1(&have)
    }

    /// Takes all that it lacks.
    pub fn pull(&self, document: &AnnotationDocument) {
        let have = self.doc.transact().state_vector().encode_v1();
        self.take(&document.diff(&have).unwrap());
    }

    pub fn state(&self) -> State {
        state(&self.doc)
    }
}

/// All three roots, and the state vector.
pub type State = (Value, Vec<(u64, u32)>);

pub fn state(doc: &Doc) -> State {
    let roots = ["annotations", "writers", "meta"].map(|root| doc.get_or_insert_map(root));
    let txn = doc.transact();
    let all = roots.map(|root| serde_json::to_value(root.to_json(&txn)).unwrap());
    let vector = txn.state_vector();
    let mut vector: Vec<_> = vector.iter().map(|(id, clock)| (id.get(), *clock)).collect();
    vector.sort_unstable();
    (json!(all), vector)
}

pub fn state_of(document: &AnnotationDocument) -> State {
    let copy = Client::new(1);
    copy.pull(document);
    copy.state()
}

pub fn annotations(document: &AnnotationDocument) -> Value {
    state_of(document).0[0].clone()
}
