//! What standard Yjs clients may write, and what becomes of the rest.
#![cfg(feature = "replica")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, LayerId, Level, SourceId};
use parfocal_scene::replica::{
    Admitted, AnnotationDocument, CommitError, ForeignWriter, MAX_FOREIGN_ENTRIES, Refused,
    Reverted, SERVER_CLIENTS, SyncError,
};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationWrite, Annotations, Author, Intent, LayerChange, LayerKind,
    LayerSpec, Limits, Reject, RejectCode, Scene, Shape,
};
use serde_json::{Value, json};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, Doc, In, Map, MapPrelim, ReadTxn, StateVector, Text, Transact, Update,
    WriteTxn,
};

mod foreign;

use foreign::{Client, annotations, state_of};

type Outcome = Result<Admitted<&'static str>, Refused>;

/// Everything goes, but "no" is refused and "loud" is made quiet.
fn check(
    _: &AnnotationId,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<Option<Value>, &'static str> {
    match (before.and_then(Value::as_str), after.and_then(Value::as_str)) {
        (Some("locked"), _) => Err("locked"),
        (_, Some("no")) => Err("not that"),
        (_, Some("loud")) => Ok(Some(json!("quiet"))),
        _ => Ok(None),
    }
}

fn admit(document: &mut AnnotationDocument, subject: &str, update: &[u8]) -> Outcome {
    let sender = ForeignWriter { subject, taken: &|_| false };
    document.admit(update, &sender, check)
}

/// Admits, and shows that a refusal changes nothing.
fn refused(document: &mut AnnotationDocument, subject: &str, update: &[u8]) -> Refused {
    let before = state_of(document);
    let refused = admit(document, subject, update).unwrap_err();
    assert_eq!(state_of(document), before, "{refused}");
    assert!(!refused.to_string().is_empty() && !refused.code().is_empty());
    refused
}

fn document() -> AnnotationDocument {
    AnnotationDocument::new(1_795_000_000_000)
}

#[test]
fn what_a_foreign_writer_sets_reaches_everybody_and_its_client_id_is_bound() {
    let mut document = document();
    let ada = Client::new(11);
    let admitted = admit(&mut document, "ada", &ada.set("a", "one")).unwrap();
    let change = &admitted.changes[0];
    assert_eq!((&*change.id.0, &change.before), ("a", &None));
    assert_eq!((&change.after, admitted.changes.len()), (&Some(json!("one")), 1));
    assert_eq!(document.subject_of(11).as_deref(), Some("ada"));
    let bob = Client::new(12);
    bob.take(&admitted.update);
    ada.take(&admitted.update);
    assert_eq!(bob.state(), ada.state());
    assert_eq!(bob.state(), state_of(&document));
    let meta = json!({"schema": 1});
    assert_eq!(bob.state().0, json!([{"a": "one"}, {"11": "ada"}, meta]));
    let change = &admit(&mut document, "bob", &bob.set("a", "two")).unwrap().changes[0];
    assert_eq!(change.before, Some(json!("one")));
}

#[test]
fn what_was_taken_before_changes_nothing() {
    let mut document = document();
    let ada = Client::new(11);
    let updates = [ada.set("a", "one"), ada.set("a", "two"), ada.remove("a")];
    for update in &updates {
        assert!(!admit(&mut document, "ada", update).unwrap().update.is_empty());
    }
    let before = state_of(&document);
    let all = ada.doc.transact().encode_diff_v1(&StateVector::default());
    for update in updates.iter().chain([&all]) {
        let again = admit(&mut document, "ada", update).unwrap();
        assert_eq!((again.update, again.changes), (Vec::new(), Vec::new()));
    }
    assert_eq!(state_of(&document), before);
}

#[test]
fn nobody_writes_under_the_client_id_of_somebody_else() {
    let mut document = document();
    let (ada, mallory) = (Client::new(11), Client::new(11));
    let forged = mallory.set("a", "mallory");
    // Even before she has written: she is there under that id.
    let sender = ForeignWriter { subject: "mallory", taken: &|client| client == 11 };
    assert_eq!(document.admit(&forged, &sender, check), Err(Refused::ClientId(11)));
    admit(&mut document, "ada", &ada.set("a", "ada")).unwrap();
    // What is known of her clocks is passed over, and what is new is refused.
    assert_eq!(admit(&mut document, "mallory", &forged).unwrap().update, Vec::<u8>::new());
    let forged = mallory.set("a", "again");
    assert_eq!(refused(&mut document, "mallory", &forged), Refused::ClientId(11));
    admit(&mut document, "ada", &ada.set("b", "still hers")).unwrap();
    assert_eq!(annotations(&document), json!({"a": "ada", "b": "still hers"}));
    // Nor under the server's, whether it has written or will.
    for id in [SERVER_CLIENTS, SERVER_CLIENTS + 1_795_000_000_000, (1 << 53) - 1] {
        let mallory = Client::new(id);
        mallory.pull(&document);
        let forged = mallory.set("a", "server");
        assert_eq!(refused(&mut document, "mallory", &forged), Refused::ClientId(id));
    }
}

#[test]
fn a_binding_outlives_the_server() {
    let mut old = document();
    let ada = Client::new(11);
    admit(&mut old, "ada", &ada.set("a", "one")).unwrap();
    let saved = old.save().unwrap();
    for compacted in [false, true] {
        let mut document = AnnotationDocument::new(1_795_000_000_001);
        document.load(&saved).unwrap();
        if compacted {
            document.compact(1_795_000_000_002).unwrap();
        }
        let mallory = Client::new(11);
        mallory.pull(&document);
        let forged = mallory.set("b", "forged");
        assert_eq!(refused(&mut document, "mallory", &forged), Refused::ClientId(11));
    }
}

#[test]
fn an_id_that_has_written_and_is_bound_to_nobody_is_nobodys() {
    let mut document = document();
    let imported = Client::new(40);
    imported.set("a", "old");
    document.load(&imported.doc.transact().encode_diff_v1(&StateVector::default())).unwrap();
    let more = imported.set("b", "more");
    assert_eq!(refused(&mut document, "ada", &more), Refused::ClientId(40));
}

#[test]
fn a_gap_in_the_clocks_asks_for_what_is_missing() {
    let mut document = document();
    let ada = Client::new(11);
    let (first, second) = (ada.set("a", "one"), ada.set("b", "two"));
    assert_eq!(refused(&mut document, "ada", &second), Refused::Resync);
    let all = ada.step2(&document);
    admit(&mut document, "ada", &all).unwrap();
    assert_eq!(annotations(&document), json!({"a": "one", "b": "two"}));
    assert_eq!(admit(&mut document, "ada", &first).unwrap().update, Vec::<u8>::new());
}

#[test]
fn what_follows_something_unknown_is_not_kept_waiting() {
    let mut document = document();
    let (ada, bob) = (Client::new(11), Client::new(12));
    let hidden = ada.set("a", "not sent");
    bob.take(&hidden);
    let over = bob.set("a", "over it");
    assert_eq!(refused(&mut document, "bob", &over), Refused::Resync);
    // Nor are deletions of it.
    let gone = Client::new(13);
    gone.take(&hidden);
    let removal = gone.remove("a");
    assert_eq!(refused(&mut document, "cy", &removal), Refused::Resync);
    admit(&mut document, "ada", &hidden).unwrap();
    admit(&mut document, "bob", &over).unwrap();
    let put = admit(&mut document, "cy", &removal).unwrap();
    assert_eq!(put.changes, Vec::new());
    for client in [&ada, &bob, &gone] {
        client.pull(&document);
        assert_eq!(client.state(), state_of(&document));
    }
}

#[test]
fn poison_is_not_left_pending() {
    let mut document = document();
    let ada = Client::new(11);
    admit(&mut document, "ada", &ada.set("a", "one")).unwrap();
    // Two clients whose entries wait for each other, and one that waits for itself.
    let circle = [2, 1, 21, 0, 0xa8, 22, 0, 1, 126, 1, 22, 0, 0xa8, 21, 0, 1, 126, 0].as_slice();
    let itself = [1, 1, 21, 0, 0xa8, 21, 0, 1, 126, 0].as_slice();
    for poison in [circle, itself] {
        assert_eq!(refused(&mut document, "mallory", poison), Refused::Resync);
        // Joining and writing go on.
        admit(&mut document, "ada", &ada.set("a", "more")).unwrap();
        assert!(document.diff(&[0]).unwrap().len() > 10);
    }
}

#[test]
fn bombs_are_refused_before_they_are_decoded() {
    let mut document = document();
    for bomb in [
        vec![255, 255, 255, 122],
        vec![1, 255, 255, 255, 122, 1, 0],
        vec![0, 255, 255, 255, 122],
        vec![0, 1, 5, 255, 255, 255, 122],
        [
            vec![1, 1, 9, 0, 0x28, 1, 11],
            b"annotations\x01k\x01".to_vec(),
            vec![117, 255, 255, 255, 122],
        ]
        .concat(),
    ] {
        let found = refused(&mut document, "mallory", &bomb);
        assert!(matches!(found, Refused::Invalid(SyncError::Malformed(_))), "{found:?}");
    }
    let mut deep = [&[1, 1, 9, 0, 0x28, 1, 11][..], b"annotations\x01k\x01"].concat();
    deep.extend(std::iter::repeat_n([117, 1], 1_000_000).flatten());
    let found = refused(&mut document, "mallory", &deep);
    assert_eq!(found, Refused::Invalid(SyncError::Malformed("a value is nested too deep")));
    let found = refused(&mut document, "mallory", &vec![0; Limits::MOST_UPDATE_BYTES + 1]);
    assert_eq!(found.code(), "too_large");
}

#[test]
fn only_the_root_of_annotations_is_written_to() {
    let mut document = document();
    let ada = Client::new(11);
    admit(&mut document, "ada", &ada.set("a", "one")).unwrap();
    for root in ["evil", "writers", "meta", ""] {
        let mallory = Client::new(12);
        let update = mallory.edit_root(root, |map, txn| {
            map.insert(txn, "a", 1);
        });
        let found = refused(&mut document, "mallory", &update);
        assert_eq!(found, Refused::Forbidden(format!("the root {root:?}")));
    }
    // Over an entry that is there, and by removing one: neither shows the root before it is applied.
    for (root, key) in [("writers", "11"), ("meta", "schema")] {
        let mallory = Client::new(12);
        mallory.pull(&document);
        let over = mallory.edit_root(root, |map, txn| {
            map.insert(txn, key, "mallory");
        });
        let found = refused(&mut document, "mallory", &over);
        assert_eq!(found, Refused::Forbidden(format!("the root {root:?}")));
        let mallory = Client::new(12);
        mallory.pull(&document);
        let removal = mallory.edit_root(root, |map, txn| {
            map.remove(txn, key);
        });
        let found = refused(&mut document, "mallory", &removal);
        assert_eq!(found, Refused::Forbidden(format!("the root {root:?}")));
    }
    admit(&mut document, "ada", &ada.set("a", "two")).unwrap();
    assert_eq!(annotations(&document), json!({"a": "two"}));
}

#[test]
fn only_plain_values_are_taken() {
    let mut document = document();
    let mut found = |value: In| {
        let update = Client::new(11).edit(|map, txn| {
            map.insert(txn, "a", value);
        });
        refused(&mut document, "ada", &update).code()
    };
    assert_eq!(found(MapPrelim::default().into()), "forbidden");
    assert_eq!(found(ArrayPrelim::default().into()), "malformed");
    assert_eq!(found(In::Doc(Doc::new())), "malformed");
    assert_eq!(found(Any::Buffer(vec![1, 2, 3].into()).into()), "forbidden");
    assert_eq!(found((i64::MAX - 1).into()), "forbidden");
    let long = Client::new(11).set(&"k".repeat(300), "v");
    assert_eq!(refused(&mut document, "ada", &long).code(), "forbidden");
    let doc = Doc::with_client_id(11_u64);
    let array = doc.get_or_insert_array("annotations");
    let mut txn = doc.transact_mut();
    array.push_back(&mut txn, 1);
    txn.get_or_insert_text("annotations").push(&mut txn, "x");
    let update = txn.encode_update_v1();
    assert_eq!(refused(&mut document, "ada", &update).code(), "malformed");
}

#[test]
fn what_the_role_may_not_do_is_put_back_in_every_copy() {
    let mut document = document();
    let ada = Client::new(11);
    for (key, value) in [("a", "locked"), ("b", "one"), ("c", "one")] {
        admit(&mut document, "ada", &ada.set(key, value)).unwrap();
    }
    let bob = Client::new(12);
    bob.pull(&document);
    let update = bob.edit(|map, txn| {
        map.insert(txn, "a", "over");
        map.insert(txn, "b", "loud");
        map.insert(txn, "new", "no");
        map.insert(txn, "not a name", "x");
        map.remove(txn, "c");
    });
    let admitted = admit(&mut document, "bob", &update).unwrap();
    let expected = json!({"a": "locked", "b": "quiet"});
    assert_eq!(annotations(&document), expected);
    let changes: Vec<_> =
        admitted.changes.iter().map(|change| (&*change.id.0, change.after.clone())).collect();
    assert_eq!(changes, [("b", Some(json!("quiet"))), ("c", None)]);
    let put_back = |key: &str, why| Reverted { key: key.to_owned(), why };
    let expected = [
        put_back("a", Some("locked")),
        put_back("new", Some("not that")),
        put_back("not a name", None),
    ];
    assert_eq!(admitted.reverted, expected);
    for client in [&ada, &bob] {
        client.take(&admitted.update);
        client.pull(&document);
        assert_eq!(client.state(), state_of(&document));
    }
    // And the writer goes on.
    let next = admit(&mut document, "bob", &bob.set("b", "three")).unwrap();
    assert_eq!(next.reverted, Vec::new());
}

#[test]
fn deletions_alone_are_checked_and_show_in_the_state_vector() {
    let mut document = document();
    let ada = Client::new(11);
    admit(&mut document, "ada", &ada.set("a", "locked")).unwrap();
    admit(&mut document, "ada", &ada.set("b", "free")).unwrap();
    let bob = Client::new(12);
    bob.pull(&document);
    let removal = bob.remove("a");
    assert!(Update::decode_v1(&removal).unwrap().insertions(true).is_empty());
    let admitted = admit(&mut document, "bob", &removal).unwrap();
    assert_eq!((admitted.changes.len(), admitted.reverted.len()), (0, 1));
    assert_eq!(annotations(&document), json!({"a": "locked", "b": "free"}));
    bob.take(&admitted.update);
    let before = document.state_vector().unwrap();
    let admitted = admit(&mut document, "bob", &bob.remove("b")).unwrap();
    assert_eq!(admitted.changes[0].after, None);
    assert_ne!(document.state_vector().unwrap(), before);
    bob.take(&admitted.update);
    ada.pull(&document);
    assert_eq!(bob.state(), ada.state());
    assert_eq!(bob.state().0[0], json!({"a": "locked"}));
    assert_eq!(document.subject_of(12), None, "who only deletes needs no client id");
}

#[test]
fn truncated_updates_are_refused_wherever_they_end() {
    let mut document = document();
    let ada = Client::new(11);
    admit(&mut document, "ada", &ada.set("a", "one")).unwrap();
    let update = ada.edit(|map, txn| {
        map.insert(
            txn,
            "a",
            Any::from_json(r#"{"x":[1.5,-2,"text",null,true,{"y":70000000000}]}"#).unwrap(),
        );
        map.insert(txn, "b", 300_000);
        map.remove(txn, "a");
    });
    for end in 0..update.len() {
        let found = refused(&mut document, "ada", &update[..end]);
        assert_eq!(found.code(), "malformed", "cut at {end}");
    }
    let longer = [&update[..], &[0]].concat();
    assert_eq!(refused(&mut document, "ada", &longer).code(), "malformed");
    admit(&mut document, "ada", &update).unwrap();
}

#[test]
fn more_than_is_looked_at_at_once_is_refused() {
    let mut document = document();
    let ada = Client::new(11);
    let many = |entries: u64| {
        ada.edit(|map, txn| {
            for at in 0..entries {
                map.insert(txn, format!("k{at}"), 0);
            }
        })
    };
    let first = many(MAX_FOREIGN_ENTRIES);
    assert_eq!(admit(&mut document, "ada", &first).unwrap().changes.len(), 16_384);
    let more = many(MAX_FOREIGN_ENTRIES + 1);
    assert_eq!(refused(&mut document, "ada", &more), Refused::TooMany);
    let devices = Client::new(50);
    for id in 100..165 {
        let device = Client::new(id);
        devices.take(&device.set("x", "y"));
    }
    let all = devices.doc.transact().encode_diff_v1(&StateVector::default());
    assert_eq!(refused(&mut document, "bob", &all), Refused::TooMany);
}

#[test]
fn the_number_of_client_ids_is_bounded() {
    let mut document = document();
    for id in 0..4096_u64 {
        let client = Client::new(1000 + id);
        admit(&mut document, "ada", &client.set(&format!("k{}", id % 7), "v")).unwrap();
    }
    let next = Client::new(9999).set("k", "v");
    assert_eq!(refused(&mut document, "ada", &next), Refused::TooManyWriters);
    let known = Client::new(1000);
    known.pull(&document);
    admit(&mut document, "ada", &known.set("k", "v")).unwrap();
    let vector = document.state_vector().unwrap().len();
    assert!(vector < 40_000, "{vector} bytes");
}

#[test]
fn intents_and_foreign_updates_take_turns() {
    let mut document = document();
    let ada = Client::new(11);
    admit(&mut document, "ada", &ada.set("a", "one")).unwrap();
    let write = |id: &str| AnnotationWrite { id: id.into(), before: None, after: None };
    for step in 0..20 {
        document.commit(&[write("a")]).unwrap();
        if step % 2 == 0 {
            ada.pull(&document);
        }
        if step == 10 {
            document.rest();
        }
        if step == 15 {
            document.compact(1_795_000_000_001).unwrap();
            ada.pull(&document);
        }
        let admitted = admit(&mut document, "ada", &ada.set("b", &step.to_string())).unwrap();
        assert_eq!((admitted.changes.len(), admitted.reverted.len()), (1, 0), "step {step}");
    }
    ada.pull(&document);
    assert_eq!(ada.state(), state_of(&document));
}

#[test]
fn a_full_document_takes_nothing_that_makes_it_larger() {
    let mut document = document();
    let large = |numbers: usize| {
        let annotation = Annotation::new(LayerId(1), Shape::Path, vec![vec![0.5; numbers]]);
        Some(Arc::new(annotation))
    };
    let write = |id: String, before: Option<usize>, after: Option<usize>| AnnotationWrite {
        id: id.as_str().into(),
        before: before.and_then(large),
        after: after.and_then(large),
    };
    let mut there = 0;
    while document.commit(&[write(format!("a{there}"), None, Some(1_000_000))]).is_ok() {
        there += 1;
    }
    assert!((4..8).contains(&there), "{there}");
    let full = document.commit(&[write("a0".into(), Some(1_000_000), Some(1_000_001))]);
    assert_eq!(full, Err(CommitError::Full(Limits::MOST_DOCUMENT_BYTES)));
    let ada = Client::new(11);
    let more = ada.set("b", "more");
    assert_eq!(refused(&mut document, "ada", &more), Refused::Full(Limits::MOST_DOCUMENT_BYTES));
    // What is saved can be loaded, full as it is.
    let saved = document.full_state().unwrap();
    let mut again = AnnotationDocument::new(1_795_000_000_001);
    again.load(&saved).unwrap();
    assert_eq!(
        again.commit(&[write("b".into(), None, Some(1))]),
        Err(CommitError::Full(Limits::MOST_DOCUMENT_BYTES))
    );
    again.commit(&[write("a0".into(), Some(1_000_000), Some(10))]).unwrap();
    again.commit(&[write("b".into(), None, Some(1))]).unwrap();
    admit(&mut again, "ada", &more).unwrap();
}

/// What the model says to an update, one annotation after another.
fn by_the_model(
    document: &mut AnnotationDocument,
    scene: &Scene,
    all: &mut Annotations,
    by: &Author,
    update: &[u8],
) -> Admitted<Reject> {
    let mut next = all.clone();
    let limits = Limits::default();
    let sender = ForeignWriter { subject: &by.subject, taken: &|_| false };
    let admitted = document.admit(update, &sender, |id, _, after| {
        let before = next.get(id).cloned();
        let after = next.check_foreign(scene, by, &limits, id, before.as_deref(), after)?;
        let value = after.as_ref().and_then(|after| serde_json::to_value(after).ok());
        next.set(id.clone(), after.map(Arc::new));
        Ok(value)
    });
    let admitted = admitted.unwrap();
    admitted.changes.iter().for_each(|change| all.write(&change.to_write().unwrap()));
    assert_eq!(*all, next);
    admitted
}

#[test]
fn the_model_decides_about_layers_locks_and_authors() {
    let axes =
        ["y", "x"].map(|name| Axis { name: name.to_owned(), kind: AxisKind::Space, unit: None });
    let (shape, ones) = (vec![50, 50], vec![1.0; 2]);
    let level = Level { chunk: shape.clone(), shape, scale: ones, translate: vec![0.0; 2] };
    let meta = ImageMeta { axes: axes.to_vec(), dtype: DType::U8, levels: vec![level] };
    let mut scene = Scene::new();
    let spec = LayerSpec::new("image", LayerKind::Image, SourceId(1), "image", &meta);
    scene.add_layer(&spec).unwrap();
    let (server, limits) = (Author::server(0), Limits::default());
    let add = Intent::AddLayer { layer_kind: LayerKind::Points, name: None, layer: None };
    scene.apply_intent(&add, &server, &limits).unwrap();
    let mut all = Annotations::default();
    let mut document = document();
    let ada = Client::new(11);
    let by = |subject: &str| Author { subject: subject.into(), edits_all: false, now_ms: 77 };
    let put = |client: &Client, id: &str, layer: u32| {
        let point = json!({"layer": layer, "shape": "point", "vertices": [[3, 4.5]], "mine": 1});
        let value = Any::from_json(&point.to_string()).unwrap();
        client.edit(|map, txn| {
            map.insert(txn, id, value);
        })
    };
    let update = put(&ada, "a", 1);
    let admitted = by_the_model(&mut document, &scene, &mut all, &by("ada"), &update);
    assert_eq!((admitted.reverted.len(), all.len()), (0, 1));
    let stored = &annotations(&document)["a"];
    assert_eq!((&stored["author"], &stored["created"]), (&json!("ada"), &json!(77)));
    assert_eq!(stored.get("mine"), None, "what is not known is left out");
    let update = put(&ada, "b", 9);
    let admitted = by_the_model(&mut document, &scene, &mut all, &by("ada"), &update);
    let why = admitted.reverted[0].why.clone().unwrap();
    assert_eq!(why.code, RejectCode::UnknownLayer);
    let lock = Intent::SetLayer { layer: LayerId(1), change: LayerChange::Locked(true) };
    scene.apply_intent(&lock, &server, &limits).unwrap();
    ada.pull(&document);
    let update = ada.remove("a");
    let admitted = by_the_model(&mut document, &scene, &mut all, &by("ada"), &update);
    assert_eq!(admitted.reverted[0].why.clone().unwrap().code, RejectCode::Locked);
    assert_eq!(all.len(), 1);
    ada.take(&admitted.update);
    ada.pull(&document);
    assert_eq!(ada.state(), state_of(&document));
    assert!(document.knows(&ada.step2(&document)).unwrap());
    assert!(!document.knows(&ada.set("c", "new")).unwrap());
    assert!(!document.knows(&ada.remove("a")).unwrap());
}

#[test]
fn a_document_with_its_gate_can_move_between_threads() {
    fn sendable<T: Send>() {}
    sendable::<AnnotationDocument>();
}
