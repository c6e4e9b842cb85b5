//! The annotations' document: what it holds, how large it gets, and how replicas resume.
#![cfg(feature = "replica")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use parfocal_base::LayerId;
use parfocal_scene::replica::{AnnotationDocument, AnnotationMirror, ForeignWriter, SyncError};
use parfocal_scene::{Annotation, AnnotationId, AnnotationWrite, Feature, Shape};
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map, Out, ReadTxn, Transact, Update};

fn point(x: f64) -> Annotation {
    annotation(Shape::Point, vec![vec![0.0, 12.5, x]])
}

fn annotation(shape: Shape, vertices: Vec<Vec<f64>>) -> Annotation {
    Annotation {
        layer: LayerId(3),
        shape,
        vertices,
        face_color: None,
        edge_color: None,
        edge_width: None,
        size: None,
        symbol: None,
        text: None,
        features: BTreeMap::new(),
        measure: None,
        measured: None,
        author: "ada@example.org".to_owned(),
        created: 1_795_000_000_000,
    }
}

fn set(id: &str, annotation: Annotation) -> AnnotationWrite {
    AnnotationWrite { id: id.into(), before: None, after: Some(Arc::new(annotation)) }
}

fn removed(id: &str) -> AnnotationWrite {
    AnnotationWrite { id: id.into(), before: Some(Arc::new(point(0.0))), after: None }
}

/// What a mirror shows, and how many entries it had to pass over.
fn read(mirror: &AnnotationMirror) -> (BTreeMap<AnnotationId, Annotation>, usize) {
    let mut broken = 0;
    let all = mirror.annotations().unwrap();
    let all = all.filter_map(|(id, annotation)| {
        broken += usize::from(annotation.is_err());
        Some((id, annotation.ok()?))
    });
    (all.collect(), broken)
}

fn mirror_of(document: &AnnotationDocument) -> AnnotationMirror {
    let mut mirror = AnnotationMirror::new();
    mirror.apply(&document.full_state().unwrap()).unwrap();
    mirror
}

/// A replica as any program has it.
fn foreign(document: &AnnotationDocument) -> Doc {
    let doc = Doc::new();
    take(&doc, &document.full_state().unwrap());
    doc
}

fn take(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
}

#[test]
fn the_document_is_laid_out_as_documented() {
    let mut document = AnnotationDocument::new(7);
    let mut polygon =
        annotation(Shape::Polygon, vec![vec![0.5, 1.0], vec![2.0, 3.0], vec![4.0, 1.0]]);
    polygon.text = Some("nucleus".to_owned());
    polygon.features.insert("cells".to_owned(), Feature::Number(2.0));
    document.commit(&[set("a-1", polygon), set("b", point(1.0))]).unwrap();
    document.commit(&[removed("b")]).unwrap();
    let doc = foreign(&document);
    for root in ["annotations", "writers", "meta"] {
        doc.get_or_insert_map(root);
    }
    let all = serde_json::to_value(doc.to_json(&doc.transact())).unwrap();
    let expected = serde_json::json!({
        "annotations": {"a-1": {
            "layer": 3, "shape": "polygon", "vertices": [[0.5, 1.0], [2.0, 3.0], [4.0, 1.0]],
            "text": "nucleus", "features": {"cells": 2.0},
            "author": "ada@example.org", "created": 1_795_000_000_000.0_f64,
        }},
        "writers": {},
        "meta": {"schema": 1.0, "removals": 1.0},
    });
    let plain = |value: &serde_json::Value| value.to_string().replace(".0", "");
    assert_eq!(plain(&all), plain(&expected));
}

#[test]
fn a_mirror_shows_what_was_written_and_resumes_from_what_it_has() {
    let mut document = AnnotationDocument::new(7);
    assert_eq!(document.commit(&[]).unwrap(), Vec::<u8>::new());
    let first = document.commit(&[set("a", point(1.0)), set("b", point(2.0))]).unwrap();
    let mut mirror = AnnotationMirror::new();
    assert_eq!(read(&mirror), (BTreeMap::new(), 0));
    mirror.apply(&first).unwrap();
    let mut late = mirror_of(&document);
    let second = document.commit(&[removed("a"), set("b", point(3.0))]).unwrap();
    let third = document.commit(&[set("c", point(4.0))]).unwrap();
    assert_eq!(late.apply(&third), Err(SyncError::Gap));
    for update in [&second, &second, &third] {
        mirror.apply(update).unwrap();
    }
    late.apply(&document.diff(&late.state_vector().unwrap()).unwrap()).unwrap();
    let expected = [("b".into(), point(3.0)), ("c".into(), point(4.0))];
    assert_eq!(read(&mirror), (BTreeMap::from(expected), 0));
    assert_eq!(read(&late), read(&mirror));
    assert_eq!(document.is_ahead(&late.state_vector().unwrap()), Ok(false));
}

#[test]
fn the_journal_of_saves_makes_the_same_document() {
    let mut document = AnnotationDocument::new(7);
    let mut journal = Vec::new();
    for step in 0..5_i32 {
        document.commit(&[set("a", point(f64::from(step)))]).unwrap();
        document.commit(&[set(&format!("n{step}"), point(0.0))]).unwrap();
        journal.push(document.save().unwrap());
    }
    document.commit(&[removed("n1")]).unwrap();
    journal.push(document.save().unwrap());
    assert_eq!(document.save().unwrap(), Vec::<u8>::new());
    let mut again = AnnotationDocument::new(8);
    for update in &journal {
        again.load(update).unwrap();
    }
    assert_eq!(read(&mirror_of(&again)), read(&mirror_of(&document)));
    assert_eq!(again.save().unwrap(), Vec::<u8>::new());
}

#[test]
fn an_epoch_that_is_not_above_the_last_one_is_raised() {
    let mut old = AnnotationDocument::new(70_000);
    old.commit(&[set("a", point(1.0))]).unwrap();
    let mirror = mirror_of(&old);
    for epoch in [70_000, 12] {
        let mut document = AnnotationDocument::new(epoch);
        document.load(&old.full_state().unwrap()).unwrap();
        let mut mirror = mirror_of(&old);
        mirror.apply(&document.commit(&[set("a", point(2.0))]).unwrap()).unwrap();
        assert_eq!(read(&mirror).0, BTreeMap::from([("a".into(), point(2.0))]));
        let writers = |bytes: &[u8]| yrs::StateVector::decode_v1(bytes).unwrap();
        let vector = writers(&document.state_vector().unwrap());
        let highest = vector.iter().max_by_key(|(client, _)| client.get()).unwrap();
        assert!(!writers(&old.state_vector().unwrap()).contains_client(highest.0));
    }
    assert_eq!(read(&mirror).0, BTreeMap::from([("a".into(), point(1.0))]));
}

#[test]
fn a_removal_that_the_server_lost_is_noticed() {
    let mut old = AnnotationDocument::new(1);
    old.commit(&[set("a", point(1.0))]).unwrap();
    let saved = old.save().unwrap();
    old.commit(&[removed("a")]).unwrap();
    let ahead = mirror_of(&old);
    let mut document = AnnotationDocument::new(2);
    document.load(&saved).unwrap();
    assert_eq!(document.is_ahead(&ahead.state_vector().unwrap()), Ok(true));
}

#[test]
fn entries_that_cannot_be_read_stand_beside_the_others() {
    let mut document = AnnotationDocument::new(1);
    let doc = Doc::new();
    let map = doc.get_or_insert_map("annotations");
    let mut txn = doc.transact_mut();
    map.insert(&mut txn, "text", "not an annotation");
    map.insert(&mut txn, "no name!", Any::Null);
    map.insert(&mut txn, "nested", yrs::MapPrelim::default());
    let good = serde_json::to_string(&point(1.0)).unwrap();
    map.insert(&mut txn, "good", Any::from_json(&good).unwrap());
    drop(txn);
    document.load(&doc.transact().encode_diff_v1(&yrs::StateVector::default())).unwrap();
    let (all, broken) = read(&mirror_of(&document));
    assert_eq!((all, broken), (BTreeMap::from([("good".into(), point(1.0))]), 3));
}

/// The annotations and the state vector of a replica of any kind.
fn state(doc: &Doc) -> (Any, Vec<(u64, u32)>) {
    let map = doc.get_or_insert_map("annotations");
    let txn = doc.transact();
    let vector = txn.state_vector();
    let mut vector: Vec<_> = vector.iter().map(|(id, clock)| (id.get(), *clock)).collect();
    vector.sort_unstable();
    (map.to_json(&txn), vector)
}

#[test]
fn replicas_that_have_the_past_agree_with_a_compacted_document() {
    let mut document = AnnotationDocument::new(1);
    let stranger = Doc::with_client_id(77_u64);
    let map = stranger.get_or_insert_map("annotations");
    let value = |text: &str| Any::String(text.into());
    for key in ["mine", "taken", "gone"] {
        map.insert(&mut stranger.transact_mut(), key, value("stranger"));
    }
    let all = |doc: &Doc| doc.transact().encode_diff_v1(&yrs::StateVector::default());
    document.load(&all(&stranger)).unwrap();
    document.commit(&[set("taken", point(1.0)), set("ours", point(2.0))]).unwrap();
    for step in 0..9_u32 {
        document.commit(&[set("ours", point(f64::from(step)))]).unwrap();
    }
    let behind = foreign(&document);
    document.commit(&[removed("gone")]).unwrap();
    let knows = foreign(&document);
    let update = document.compact(2).unwrap();
    take(&knows, &update);
    take(&stranger, &document.full_state().unwrap());
    let vector = behind.transact().state_vector();
    take(&behind, &document.diff(&yrs::updates::encoder::Encode::encode_v1(&vector)).unwrap());
    let fresh = foreign(&document);
    for doc in [&knows, &stranger, &behind] {
        assert_eq!(state(doc), state(&fresh));
    }
    // Life goes on, from either side.
    let later = document.commit(&[set("mine", point(5.0)), removed("ours")]).unwrap();
    for doc in [&knows, &stranger, &behind, &fresh] {
        take(doc, &later);
    }
    let map = behind.get_or_insert_map("annotations");
    map.insert(&mut behind.transact_mut(), "mine", value("again"));
    let vector = fresh.transact().state_vector();
    let update = behind.transact().encode_diff_v1(&vector);
    for doc in [&knows, &stranger, &fresh] {
        take(doc, &update);
        assert_eq!(state(doc), state(&behind));
        let map = doc.get_or_insert_map("annotations");
        assert_eq!(map.get(&doc.transact(), "mine"), Some(Out::Any(value("again"))));
    }
}

#[test]
fn many_annotations_edited_in_turn_for_long_are_compacted() {
    let mut document = AnnotationDocument::new(1_795_000_000_000);
    let edit = |document: &mut AnnotationDocument, at: u32| {
        document.commit(&[set(&format!("annotation-{}", at % 1000), point(f64::from(at)))]).unwrap()
    };
    for at in 0..1000 {
        edit(&mut document, at);
    }
    let fresh = document.full_state().unwrap().len();
    let mut mirror = mirror_of(&document);
    for at in 1000..101_000 {
        mirror.apply(&edit(&mut document, at)).unwrap();
    }
    let before = document.full_state().unwrap().len();
    assert_eq!(document.is_wasteful(), Ok(true));
    let shown = read(&mirror);
    let journal = document.save().unwrap();
    let mut again = AnnotationDocument::new(1_795_000_000_001);
    again.load(&journal).unwrap();
    let update = again.compact(1_795_000_000_002).unwrap();
    let after = again.full_state().unwrap().len();
    println!("1,000 annotations: {fresh} bytes; 100,000 edits later {before}, compacted {after}");
    assert!(after < fresh + 2000, "{after} bytes");
    assert_eq!(again.is_wasteful(), Ok(false));
    assert_eq!(again.is_ahead(&mirror.state_vector().unwrap()), Ok(false));
    mirror.apply(&update).unwrap();
    assert_eq!(read(&mirror), shown);
    assert_eq!(read(&mirror_of(&again)), shown);
    assert!(!again.save().unwrap().is_empty());
}

/// The resident memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[ignore = "a measurement: cargo test --release --test annotations_document -- --ignored --nocapture"]
fn a_hundred_thousand_annotations() {
    for (name, sides) in [("points", 1_u32), ("polygons of 8", 8)] {
        let base = resident();
        let mut document = AnnotationDocument::new(1_795_000_000_000);
        let start = Instant::now();
        for block in 0..100_u32 {
            let writes: Vec<_> = (0..1000_u32)
                .map(|at| {
                    let id =
                        format!("{:08x}-{:04x}-4000-8000-{:012x}", at * 77_777, block, at * 31);
                    let vertex = |i: u32| {
                        vec![f64::from(block), f64::from(at * i) + 0.37, f64::from(i) * 1.13]
                    };
                    let shape = if sides == 1 { Shape::Point } else { Shape::Polygon };
                    set(&id, annotation(shape, (0..sides).map(vertex).collect()))
                })
                .collect();
            document.commit(&writes).unwrap();
        }
        let written = start.elapsed();
        let memory = resident() - base;
        let start = Instant::now();
        let state = document.full_state().unwrap();
        let encoded = start.elapsed();
        let base = resident();
        let start = Instant::now();
        let mut mirror = AnnotationMirror::new();
        mirror.apply(&state).unwrap();
        let loaded = start.elapsed();
        let copy = resident() - base;
        let start = Instant::now();
        let count = mirror.annotations().unwrap().filter(|(_, a)| a.is_ok()).count();
        let read = start.elapsed();
        assert_eq!(count, 100_000);
        let mut times: Vec<_> = (0..2000_u32)
            .map(|at| {
                let id = format!(
                    "{:08x}-{:04x}-4000-8000-{:012x}",
                    at % 1000 * 77_777,
                    at % 100,
                    at % 1000 * 31
                );
                let write = set(&id, point(f64::from(at)));
                let start = Instant::now();
                let update = document.commit(&[write]).unwrap();
                let commit = start.elapsed();
                let start = Instant::now();
                mirror.apply(&update).unwrap();
                (commit, start.elapsed())
            })
            .collect();
        times.sort();
        let foreign = Doc::with_client_id(5_u64);
        let map = foreign.get_or_insert_map("annotations");
        let sender = ForeignWriter { subject: "ada", taken: &|_| false };
        let mut admitted: Vec<_> = (0..1001_u32)
            .map(|at| {
                let mut txn = foreign.transact_mut();
                map.insert(&mut txn, format!("foreign-{at}"), at);
                let update = txn.encode_update_v1();
                let start = Instant::now();
                document.admit(&update, &sender, |_, _, _| Ok::<_, ()>(None)).unwrap();
                start.elapsed()
            })
            .collect();
        let first = admitted.remove(0);
        admitted.sort();
        println!("admitted: first {first:?}, p50 {:?} p99 {:?}", admitted[500], admitted[990]);
        let start = Instant::now();
        let compaction = document.compact(1_795_000_000_001).unwrap().len();
        println!(
            "{name}: {} bytes, written in {written:?}, {memory} KiB (copy {copy}), encoded {encoded:?}, loaded {loaded:?}, \
             read {read:?}, commit p50 {:?} p99 {:?}, compacted in {:?} ({compaction} bytes)",
            state.len(),
            times[1000].0,
            times[1980].0,
            start.elapsed(),
        );
    }
}
