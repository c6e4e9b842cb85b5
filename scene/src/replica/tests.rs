//! Behaviour of documents and mirrors.

use parfocal_base::{LayerId, ViewId};
use serde_json::json;
use yrs::Transact;
use yrs::types::ToJson;

use super::{CommitError, Document, Mirror, SchemaError, SyncError, scan};
use crate::model::testing::embryo;
use crate::model::{Change, Intent, LayerChange, Scene, Write};

const STAGE: ViewId = ViewId::STAGE;

/// A document that holds `scene`.
fn document(epoch: u64, scene: &Scene) -> Document {
    let mut document = Document::new(epoch);
    document.commit(&scene.to_writes()).unwrap();
    document
}

fn mirror_of(document: &Document) -> Mirror {
    let mut mirror = Mirror::new();
    mirror.apply(&document.full_state().unwrap()).unwrap();
    mirror
}

/// Applies `change` and commits what came of it.
fn commit(scene: &mut Scene, document: &mut Document, change: &Change) -> Vec<u8> {
    let applied = scene.apply(change).unwrap();
    document.commit(&applied.writes).unwrap()
}

fn camera(view: ViewId, at: u32) -> Change {
    let center = [f64::from(at % 50) + 0.1, f64::from(at % 99) + 0.1];
    Change::Intent(Intent::SetCamera { view, center, zoom: 3.0 + f64::from(at % 7) })
}

fn point(view: ViewId, at: u32) -> Change {
    Change::Intent(Intent::SetPoint { view, axis: 0, value: f64::from(at % 10) * 30.0 })
}

#[test]
fn the_document_is_laid_out_as_documented() {
    let mut scene = embryo();
    let layer = LayerId(0);
    scene.apply(&Change::OpenView { view: ViewId(3), from: STAGE }).unwrap();
    let change = LayerChange::Opacity(0.25);
    let own = Intent::SetOverride { view: ViewId(3), layer, change };
    scene.apply(&Change::Intent(own)).unwrap();
    let mirror = mirror_of(&document(1, &scene));
    let any = mirror.doc_for_tests().to_json(&mirror.doc_for_tests().transact());
    let all = super::json::to_json(&any);
    let head = &all["scene"];
    assert_eq!(head["schema"], 1);
    assert_eq!((&head["order"], &head["next_layer"]), (&json!([0, 1]), &json!(2)));
    let t =
        json!({"name": "t", "kind": "time", "unit": "second", "start": 0, "stop": 270, "step": 30});
    assert_eq!(head["axes"][0], t);
    assert_eq!(
        all["settings"],
        json!({"scale_bar_visible": true, "axes_visible": false, "dims_label_visible": false})
    );
    let expected = json!({
        "id": 0, "name": "embryo", "kind": "image",
        "source": {"source": 1, "path": "embryo.tif", "channel": null, "axes": [0, 1, 2, 3]},
        "contrast_limits_range": [0, 65535], "contrast_limits_auto": [0, 65535],
        "visible": true, "opacity": 1, "blending": "translucent", "interpolation2d": "nearest",
        "colormap": "gray", "contrast_limits": [0, 65535], "gamma": 1,
        "rendering": "mip", "attenuation": 0.05, "iso_threshold": null, "interpolation3d": "linear",
        "locked": false, "edit_scope": "all"
    });
    assert_eq!(all["layers"]["0"], expected);
    let view = &all["views"]["3"];
    assert_eq!(view["overrides"], json!({"0": [{"property": "opacity", "value": 0.25}]}));
    assert_eq!((&view["displayed"], &view["canvas"]), (&json!([2, 3]), &json!([1280, 720])));
    assert_eq!(view["camera"]["center"], json!([24.75, 49.75]));
    assert_eq!(all["bookmarks"], json!({}));
    assert_eq!(all.as_object().unwrap().len(), 5);
}

#[test]
fn an_empty_document_is_no_scene_and_an_empty_scene_is() {
    assert_eq!(Mirror::new().scene(), Err(SchemaError::Empty));
    let scene = Scene::new();
    assert_eq!(mirror_of(&document(1, &scene)).scene().unwrap(), scene);
}

#[test]
fn a_long_drag_leaves_a_small_document() {
    let mut scene = embryo();
    let mut document = document(1, &scene);
    let mut mirror = mirror_of(&document);
    for at in 0..100_000 {
        mirror.apply(&commit(&mut scene, &mut document, &camera(STAGE, at))).unwrap();
    }
    assert_eq!(mirror.scene().unwrap(), scene);
    let bytes = document.full_state().unwrap().len();
    println!("100,000 camera overwrites: {bytes} bytes");
    assert!(bytes < 6_000, "{bytes} bytes");
}

#[test]
fn many_views_moved_in_turn_for_long_leave_a_small_document() {
    let mut scene = embryo();
    let views: Vec<ViewId> = (0..8).map(ViewId).collect();
    for &view in &views[1..] {
        scene.apply(&Change::OpenView { view, from: STAGE }).unwrap();
    }
    let mut document = document(1, &scene);
    let mut mirror = mirror_of(&document);
    for at in 0..200_000_u32 {
        let view = views[at as usize / 2 % views.len()];
        let change = if at % 2 == 0 { camera(view, at) } else { point(view, at / 16) };
        let update = commit(&mut scene, &mut document, &change);
        if !update.is_empty() {
            mirror.apply(&update).unwrap();
        }
    }
    assert_eq!(mirror.scene().unwrap(), scene);
    let bytes = document.full_state().unwrap().len();
    println!("200,000 overwrites of 8 views in turn: {bytes} bytes");
    assert!(bytes < 64_000, "{bytes} bytes");
}

#[test]
fn a_mirror_catches_up_from_what_it_has() {
    let mut scene = embryo();
    let mut document = document(1, &scene);
    let mut mirror = mirror_of(&document);
    for at in 0..20 {
        commit(&mut scene, &mut document, &camera(STAGE, at));
    }
    let late = commit(&mut scene, &mut document, &point(STAGE, 5));
    assert_eq!(mirror.apply(&late), Err(SyncError::Gap));
    let missing = document.diff(&mirror.state_vector().unwrap()).unwrap();
    assert!(missing.len() < 200, "{} bytes", missing.len());
    mirror.apply(&missing).unwrap();
    mirror.apply(&late).unwrap();
    assert_eq!(mirror.scene().unwrap(), scene);
}

#[test]
fn who_saw_what_the_server_lost_is_told_apart_from_who_is_behind() {
    let mut scene = embryo();
    let mut old = document(1, &scene);
    let saved = old.full_state().unwrap();
    let behind = mirror_of(&old);
    commit(&mut scene, &mut old, &camera(STAGE, 1));
    let ahead = mirror_of(&old);
    // A new start from what was saved.
    let mut document = Document::new(2);
    document.load(&saved).unwrap();
    let mut scene = document.scene().unwrap();
    commit(&mut scene, &mut document, &point(STAGE, 2));
    assert!(!document.is_ahead(&behind.state_vector().unwrap()).unwrap());
    assert!(document.is_ahead(&ahead.state_vector().unwrap()).unwrap());
    assert_eq!(mirror_of(&document).scene().unwrap(), scene);
}

#[test]
fn a_removal_that_the_server_lost_is_noticed_too() {
    let mut scene = embryo();
    scene.apply(&Change::OpenView { view: ViewId(3), from: STAGE }).unwrap();
    let mut old = document(1, &scene);
    let saved = old.full_state().unwrap();
    commit(&mut scene, &mut old, &Change::CloseView(ViewId(3)));
    let ahead = mirror_of(&old);
    let mut document = Document::new(2);
    document.load(&saved).unwrap();
    assert!(document.is_ahead(&ahead.state_vector().unwrap()).unwrap());
}

#[test]
fn an_epoch_is_never_used_twice() {
    let saved = document(7, &embryo()).full_state().unwrap();
    let mut again = Document::new(7);
    assert_eq!(again.load(&saved), Err(SyncError::EpochReused(7)));
}

#[test]
fn writes_of_another_scene_are_refused_and_change_nothing() {
    let scene = embryo();
    let mut document = document(1, &scene);
    let before = document.full_state().unwrap();
    let stray = |layer| Write::Layer { layer, key: "visible", value: false.into() };
    let writes = [stray(LayerId(0)), stray(LayerId(40))];
    assert_eq!(document.commit(&writes), Err(CommitError::UnknownLayer(LayerId(40))));
    let writes = [Write::View { view: ViewId(9), key: "point", value: json!([]) }];
    assert_eq!(document.commit(&writes), Err(CommitError::UnknownView(ViewId(9))));
    assert_eq!(document.full_state().unwrap(), before);
}

#[test]
fn small_bombs_are_refused_before_they_are_decoded() {
    let document = document(1, &embryo());
    let refused = |have: &[u8]| assert!(document.diff(have).is_err(), "{have:?}");
    refused(&[255, 255, 255, 122]);
    refused(&[]);
    refused(&[1, 5]);
    refused(&[0, 0]);
    refused(&vec![0x80; scan::MAX_STATE_VECTOR + 1]);
    assert!(document.diff(&[0]).is_ok());
    // An array that nests a million deep would overflow the stack.
    let mut deep = vec![1, 1, 9, 0, 0x28, 1, 1, b'a', 1, b'b', 1];
    deep.extend(std::iter::repeat_n([117, 1], 1_000_000).flatten());
    let mut mirror = Mirror::new();
    assert_eq!(mirror.apply(&deep), Err(SyncError::Malformed("a value is nested too deep")));
    let huge = [255, 255, 255, 122];
    assert!(matches!(mirror.apply(&huge), Err(SyncError::Malformed(_))));
}

#[test]
fn the_size_of_annotations_is_counted_as_they_change() {
    use super::{AnnotationDocument, ForeignWriter, size};
    use crate::model::{Annotation, AnnotationWrite, Shape};
    use yrs::{Doc, Map, ReadTxn};

    let mut document = AnnotationDocument::new(1);
    let foreign = Doc::with_client_id(5_u64);
    let map = foreign.get_or_insert_map("annotations");
    let sender = ForeignWriter { subject: "ada", taken: &|_| false };
    for step in 0..40_usize {
        let annotation = Annotation::new(LayerId(1), Shape::Path, vec![vec![0.5; step % 7]; step]);
        let after = (step % 5 != 0).then(|| std::sync::Arc::new(annotation));
        let id = format!("a{}", step % 9).as_str().into();
        document.commit(&[AnnotationWrite { id, before: None, after }]).unwrap();
        let mut txn = foreign.transact_mut();
        let key = format!("a{}", step % 11);
        match step % 4 {
            0 => drop(map.remove(&mut txn, &key)),
            _ => {
                map.insert(&mut txn, key, "x".repeat(step));
            }
        }
        txn.commit();
        let update = txn.encode_update_v1();
        drop(txn);
        let check = |_: &_, _: Option<&_>, _: Option<&_>| {
            if step % 3 == 0 { Err(()) } else { Ok(None) }
        };
        document.admit(&update, &sender, check).unwrap();
        let vector = foreign.transact().state_vector();
        let more = document.diff(&yrs::updates::encoder::Encode::encode_v1(&vector)).unwrap();
        let more = yrs::updates::decoder::Decode::decode_v1(&more).unwrap();
        foreign.transact_mut().apply_update(more).unwrap();
        let txn = document.doc.transact();
        let counted = document.layout.size(&txn);
        assert_eq!(counted, size::all(&document.layout.annotations, &txn), "step {step}");
    }
}

#[test]
fn replicas_can_move_between_threads() {
    fn sendable<T: Send>() {}
    sendable::<Document>();
    sendable::<Mirror>();
}
