//! Behaviour of [`Annotations`].

use std::sync::Arc;

use parfocal_base::LayerId;

use super::*;
use crate::model::testing::*;
use crate::model::{Intent, LayerChange, RejectCode, Scene};

mod foreign;

fn limits() -> Limits {
    Limits::default()
}

/// What `intent` made, by ann.
fn applied(all: &mut Annotations, scene: &Scene, intent: &Intent) -> (usize, Intent) {
    let (writes, intent) = all.apply(scene, intent, &ann(), &limits()).unwrap();
    for write in &writes {
        assert_eq!(all.get(&write.id), write.after.as_ref());
        assert_ne!(write.before, write.after);
    }
    (writes.len(), intent)
}

fn with(annotations: impl IntoIterator<Item = Annotation>) -> (Scene, Annotations) {
    let (scene, mut all) = (annotated(), Annotations::default());
    applied(&mut all, &scene, &adding(annotations));
    (scene, all)
}

fn change(id: &str, change: AnnotationChange) -> Intent {
    Intent::ChangeAnnotation { annotation: id.into(), change }
}

fn point() -> Annotation {
    drawn(POINTS, Shape::Point, &[[1.0, 2.0]])
}

fn square() -> Annotation {
    drawn(SHAPES, Shape::Polygon, &[[0.0, 0.0], [0.0, 4.0], [4.0, 4.0], [4.0, 0.0]])
}

#[test]
fn who_made_an_annotation_and_when_is_the_servers_to_say() {
    let mut forged = point();
    forged.author = "bob".to_owned();
    forged.created = 7;
    forged.measured = Some(Measured::Angle { value: 1.0 });
    let (_, all) = with([forged]);
    let made = all.get(&"a0".into()).unwrap();
    assert_eq!((made.author.as_str(), made.created, &made.measured), ("ann", 1000, &None));
}

#[test]
fn one_bad_annotation_refuses_all_and_is_named() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let mut bad = point();
    bad.vertices[0][2] = f64::NAN;
    let why = refused(&mut all, &scene, &adding([point(), bad]), &ann());
    assert_eq!(why.code, RejectCode::NotFinite);
    assert!(why.message.starts_with("a1: "), "{}", why.message);
}

#[test]
fn names_must_be_valid_and_free() {
    let (scene, mut all) = with([point()]);
    assert_eq!(refused(&mut all, &scene, &adding([point()]), &ann()).code, RejectCode::Taken);
    for name in ["", "a b", "é", &"x".repeat(41)] {
        let new = NewAnnotation { id: name.into(), annotation: point() };
        let intent = Intent::AddAnnotations { annotations: vec![new] };
        assert_eq!(refused(&mut all, &scene, &intent, &ann()).code, RejectCode::OutOfRange);
    }
}

#[test]
fn a_shape_is_taken_by_its_kind_of_layer_alone() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let cases = [
        (LayerId(0), RejectCode::NotApplicable),
        (PAINTED, RejectCode::NotApplicable),
        (SHAPES, RejectCode::NotApplicable),
        (LayerId(99), RejectCode::UnknownLayer),
    ];
    for (layer, code) in cases {
        let annotation = Annotation { layer, ..point() };
        assert_eq!(refused(&mut all, &scene, &adding([annotation]), &ann()).code, code);
    }
}

#[test]
fn vertices_are_finite_within_the_world_and_as_many_as_the_shape_has() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let vertices = |shape, layer, yx: &[[f64; 2]]| drawn(layer, shape, yx);
    let two = [[0.0, 0.0], [1.0, 1.0]];
    let mut flat = point();
    flat.vertices[0].pop();
    let bad = [
        (flat, RejectCode::OutOfRange),
        (vertices(Shape::Point, POINTS, &two), RejectCode::OutOfRange),
        (vertices(Shape::Point, POINTS, &[]), RejectCode::OutOfRange),
        (vertices(Shape::Point, POINTS, &[[2e15, 0.0]]), RejectCode::OutOfRange),
        (vertices(Shape::Point, POINTS, &[[f64::INFINITY, 0.0]]), RejectCode::NotFinite),
        (vertices(Shape::Line, SHAPES, &two[..1]), RejectCode::OutOfRange),
        (vertices(Shape::Line, SHAPES, &[[1.0, 1.0]; 2]), RejectCode::OutOfRange),
        (vertices(Shape::Polygon, SHAPES, &two), RejectCode::OutOfRange),
        (vertices(Shape::Vector, VECTORS, &two[..1]), RejectCode::OutOfRange),
        (vertices(Shape::Path, SHAPES, &[[0.5, 0.5]; 10_001]), RejectCode::Limit),
    ];
    for (annotation, code) in bad {
        let why = refused(&mut all, &scene, &adding([annotation.clone()]), &ann());
        assert_eq!(why.code, code, "{annotation:?}: {}", why.message);
    }
    let nothing = vertices(Shape::Vector, VECTORS, &[[1.0, 1.0], [0.0, 0.0]]);
    applied(&mut all, &scene, &adding([nothing]));
}

#[test]
fn repeated_vertices_of_outlines_are_left_out_and_minus_zero_is_zero() {
    let corners = [[0.0, -0.0], [0.0, 0.0], [0.0, 4.0], [4.0, 4.0], [4.0, 4.0], [0.0, 0.0]];
    let (_, all) = with([drawn(SHAPES, Shape::Polygon, &corners)]);
    let kept = &all.get(&"a0".into()).unwrap().vertices;
    assert_eq!(kept.len(), 3);
    assert!(kept[0][3].is_sign_positive());
}

#[test]
fn closed_shapes_have_an_area_in_one_plane_and_do_not_cross_themselves() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let bow = [[0.0, 0.0], [4.0, 4.0], [0.0, 4.0], [4.0, 0.0]];
    let flat = [[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.0]];
    let kite = [[0.0, 0.0], [0.0, 4.0], [4.0, 5.0], [4.0, 0.0]];
    let mut tilted = square();
    tilted.vertices[2][1] = 1.0;
    let bad = [
        drawn(SHAPES, Shape::Polygon, &bow),
        drawn(SHAPES, Shape::Polygon, &flat),
        drawn(SHAPES, Shape::Rectangle, &flat),
        drawn(SHAPES, Shape::Ellipse, &kite),
        drawn(SHAPES, Shape::Rectangle, &bow),
        tilted,
    ];
    for annotation in bad {
        let why = refused(&mut all, &scene, &adding([annotation.clone()]), &ann());
        assert_eq!(why.code, RejectCode::OutOfRange, "{annotation:?}");
    }
    let turned = [[0.1, 0.0], [0.0, 0.3], [0.6, 0.5], [0.7, 0.2]].map(|[y, x]| [y + 1e6, x]);
    applied(&mut all, &scene, &adding([drawn(SHAPES, Shape::Rectangle, &turned)]));
}

#[test]
fn tracks_rise_in_time() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let track = |times: &[f64]| {
        let vertices = times.iter().map(|&t| vec![t, 0.0, 1.0, 1.0]).collect();
        Annotation::new(TRACKS, Shape::Track, vertices)
    };
    for times in [[0.0, 30.0, 30.0], [60.0, 30.0, 90.0]] {
        let why = refused(&mut all, &scene, &adding([track(&times)]), &ann());
        assert_eq!(why.code, RejectCode::OutOfRange);
    }
    applied(&mut all, &scene, &adding([track(&[0.0, 30.0, 60.0]), track(&[90.0])]));
}

#[test]
fn looks_are_put_in_order_or_refused() {
    let mut fancy = point();
    fancy.face_color = Some("#FFAA00".to_owned());
    fancy.edge_color = Some("#FFAA0080".to_owned());
    fancy.edge_width = Some(1e9);
    fancy.size = Some(-3.0);
    fancy.text = Some("  ".to_owned());
    let (scene, mut all) = with([fancy]);
    let kept = all.get(&"a0".into()).unwrap();
    assert_eq!(kept.face_color.as_deref(), Some("#ffaa00"));
    assert_eq!(kept.edge_color.as_deref(), Some("#ffaa0080"));
    assert_eq!((kept.edge_width, kept.size, &kept.text), (Some(100.0), Some(1e-15), &None));
    let colour = |text: &str| AnnotationChange::FaceColor(Some(text.to_owned()));
    for bad in ["red", "#fff", "#gg0000", "#ff00000", "ff0000", "#ffaa00ff0"] {
        let why = refused(&mut all, &scene, &change("a0", colour(bad)), &ann());
        assert_eq!(why.code, RejectCode::OutOfRange, "{bad}");
    }
    let size = AnnotationChange::Size(Some(f64::NAN));
    assert_eq!(refused(&mut all, &scene, &change("a0", size), &ann()).code, RejectCode::NotFinite);
    let text = |text: String| AnnotationChange::Text(Some(text));
    let why = refused(&mut all, &scene, &change("a0", text("x".repeat(4097))), &ann());
    assert_eq!(why.code, RejectCode::Limit);
    let why = refused(&mut all, &scene, &change("a0", text("a\0".to_owned())), &ann());
    assert_eq!(why.code, RejectCode::OutOfRange);
}

#[test]
fn a_text_says_something() {
    let (scene, mut all) = (annotated(), Annotations::default());
    let mut text = drawn(SHAPES, Shape::Text, &[[1.0, 1.0]]);
    let why = refused(&mut all, &scene, &adding([text.clone()]), &ann());
    assert_eq!(why.code, RejectCode::OutOfRange);
    text.text = Some("nucleus\n3".to_owned());
    applied(&mut all, &scene, &adding([text]));
    let emptied = change("a0", AnnotationChange::Text(None));
    assert_eq!(refused(&mut all, &scene, &emptied, &ann()).code, RejectCode::OutOfRange);
}

#[test]
fn a_feature_has_one_type_within_its_layer() {
    let feature = |value| AnnotationChange::Feature { name: "n".to_owned(), value };
    let mut first = point();
    first.features.insert("n".to_owned(), Feature::Number(1.0));
    let (scene, mut all) = with([first.clone(), point()]);
    let text = Feature::Text("one".to_owned());
    let why = refused(&mut all, &scene, &change("a1", feature(Some(text.clone()))), &ann());
    assert_eq!(why.code, RejectCode::NotApplicable);
    assert!(why.message.contains("feature n "), "{}", why.message);
    // The only one that has it can change the type; so can another once it is gone.
    applied(&mut all, &scene, &change("a0", feature(Some(text.clone()))));
    applied(&mut all, &scene, &change("a0", feature(None)));
    applied(&mut all, &scene, &change("a1", feature(Some(Feature::Bool(true)))));
    // Another layer is another table.
    let mut elsewhere = square();
    elsewhere.features.insert("n".to_owned(), text);
    let new = NewAnnotation { id: "b".into(), annotation: elsewhere };
    applied(&mut all, &scene, &Intent::AddAnnotations { annotations: vec![new] });
    // Two of one intent must agree too.
    let mut second = first.clone();
    second.features.insert("n".to_owned(), Feature::Text("two".to_owned()));
    let mut none = Annotations::default();
    let why = refused(&mut none, &scene, &adding([first, second]), &ann());
    assert_eq!(why.code, RejectCode::NotApplicable);
    let bad = feature(Some(Feature::Number(f64::INFINITY)));
    assert_eq!(refused(&mut all, &scene, &change("a1", bad), &ann()).code, RejectCode::NotFinite);
}

#[test]
fn a_locked_layer_takes_nothing_from_anybody() {
    let (mut scene, mut all) = with([point()]);
    let lock = Intent::SetLayer { layer: POINTS, change: LayerChange::Locked(true) };
    scene.apply_intent(&lock, &owner(), &limits()).unwrap();
    let ids = vec!["a0".into()];
    let intents = [
        Intent::AddAnnotations {
            annotations: vec![NewAnnotation { id: "b".into(), annotation: point() }],
        },
        change("a0", AnnotationChange::Size(Some(3.0))),
        Intent::MoveAnnotations { annotations: ids.clone(), by: vec![0.0; 4] },
        Intent::RemoveAnnotations { annotations: ids },
    ];
    for intent in intents {
        assert_eq!(refused(&mut all, &scene, &intent, &owner()).code, RejectCode::Locked);
    }
}

#[test]
fn in_a_layer_of_own_annotations_one_changes_ones_own_unless_one_edits_all() {
    let (mut scene, mut all) = with([point()]);
    let own = Intent::SetLayer { layer: POINTS, change: LayerChange::EditScope(EditScope::Own) };
    scene.apply_intent(&own, &owner(), &limits()).unwrap();
    let grow = |size| change("a0", AnnotationChange::Size(Some(size)));
    let remove = Intent::RemoveAnnotations { annotations: vec!["a0".into()] };
    assert_eq!(refused(&mut all, &scene, &grow(3.0), &bob()).code, RejectCode::NotYours);
    assert_eq!(refused(&mut all, &scene, &remove, &bob()).code, RejectCode::NotYours);
    all.apply(&scene, &grow(4.0), &ann(), &limits()).unwrap();
    all.apply(&scene, &grow(5.0), &owner(), &limits()).unwrap();
    assert_eq!(all.get(&"a0".into()).unwrap().author, "ann");
}

#[test]
fn vertices_are_moved_inserted_and_removed_one_by_one() {
    let (scene, mut all) = with([square()]);
    let at = |y: f64, x: f64| vec![0.0, 0.0, y, x];
    let vertices = |all: &Annotations| all.get(&"a0".into()).unwrap().vertices.clone();
    let ask = |all: &mut Annotations, to| applied(all, &scene, &change("a0", to));
    ask(&mut all, AnnotationChange::MoveVertex { index: 2, to: at(6.0, 6.0) });
    assert_eq!(vertices(&all)[2], at(6.0, 6.0));
    ask(&mut all, AnnotationChange::InsertVertex { index: 4, at: at(2.0, -1.0) });
    assert_eq!(vertices(&all).len(), 5);
    ask(&mut all, AnnotationChange::RemoveVertex { index: 0 });
    assert_eq!(vertices(&all)[0], at(0.0, 4.0));
    let crossing = AnnotationChange::MoveVertex { index: 1, to: at(-9.0, 1.0) };
    let beyond = AnnotationChange::RemoveVertex { index: 4 };
    let (far, flat) = (
        AnnotationChange::InsertVertex { index: 5, at: at(0.0, 0.0) },
        AnnotationChange::MoveVertex { index: 0, to: vec![0.0] },
    );
    for bad in [crossing, beyond, far, flat] {
        let why = refused(&mut all, &scene, &change("a0", bad), &ann());
        assert_eq!(why.code, RejectCode::OutOfRange);
    }
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let (scene, mut all) = with([square()]);
    let same = square().vertices;
    let nothing = [
        change("a0", AnnotationChange::Vertices(same)),
        change("a0", AnnotationChange::FaceColor(None)),
        Intent::MoveAnnotations { annotations: vec!["a0".into()], by: vec![0.0; 4] },
        Intent::RemoveAnnotations { annotations: vec!["b".into()] },
        Intent::AddAnnotations { annotations: Vec::new() },
    ];
    for intent in nothing {
        assert_eq!(applied(&mut all, &scene, &intent).0, 0, "{intent:?}");
    }
}

#[test]
fn annotations_move_together_once_each_and_directions_stay() {
    let arrow = drawn(VECTORS, Shape::Vector, &[[1.0, 1.0], [0.0, 2.0]]);
    let (scene, mut all) = with([arrow, square()]);
    let shift = |ids: &[&str], by: &[f64]| Intent::MoveAnnotations {
        annotations: ids.iter().map(|id| AnnotationId::from(*id)).collect(),
        by: by.to_vec(),
    };
    applied(&mut all, &scene, &shift(&["a0", "a0"], &[30.0, 0.0, 1.0, 0.0]));
    let moved = all.get(&"a0".into()).unwrap();
    assert_eq!(moved.vertices, [vec![30.0, 0.0, 2.0, 1.0], vec![0.0, 0.0, 0.0, 2.0]]);
    let bad = [
        (shift(&["a0", "a1"], &[0.0; 4]), RejectCode::NotApplicable),
        (shift(&["a0", "gone"], &[0.0; 4]), RejectCode::UnknownAnnotation),
        (shift(&["a0"], &[0.0; 3]), RejectCode::OutOfRange),
        (shift(&["a0"], &[2e15, 0.0, 0.0, 0.0]), RejectCode::OutOfRange),
        (shift(&["a0"], &[f64::NAN, 0.0, 0.0, 0.0]), RejectCode::NotFinite),
    ];
    for (intent, code) in bad {
        assert_eq!(refused(&mut all, &scene, &intent, &ann()).code, code, "{intent:?}");
    }
}

#[test]
fn removing_takes_those_that_are_still_there() {
    let (scene, mut all) = with([point(), point()]);
    let ids = ["a1", "gone", "a1"].map(AnnotationId::from).to_vec();
    let remove = Intent::RemoveAnnotations { annotations: ids };
    let (writes, done) = applied(&mut all, &scene, &remove);
    assert_eq!(writes, 1);
    assert_eq!(done, Intent::RemoveAnnotations { annotations: vec!["a1".into()] });
    assert_eq!(all.len(), 1);
}

#[test]
fn every_bound_is_a_limit_that_names_itself() {
    let scene = annotated();
    let small = Limits {
        annotations_per_layer: 2,
        annotations: 3,
        features: 1,
        annotations_per_intent: 3,
        vertices_per_intent: 4,
        ..Limits::default()
    };
    let mut wide = point();
    wide.features.insert("a".to_owned(), Feature::Bool(true));
    wide.features.insert("b".to_owned(), Feature::Bool(true));
    let line = drawn(SHAPES, Shape::Line, &[[0.0, 0.0], [1.0, 1.0]]);
    let cases = [
        (adding(vec![point(); 3]), "2"),
        (adding([wide]), "1"),
        (adding(vec![point(); 4]), "3"),
        (adding(vec![line; 3]), "4"),
        (Intent::RemoveAnnotations { annotations: vec!["a".into(); 4] }, "3"),
    ];
    for (intent, bound) in cases {
        let mut all = Annotations::default();
        let why = all.apply(&scene, &intent, &ann(), &small).unwrap_err();
        assert_eq!(why.code, RejectCode::Limit, "{}", why.message);
        assert!(why.message.contains(bound), "{}", why.message);
    }
}

#[test]
fn a_measure_must_fit_the_shape_and_the_layer_that_it_is_of() {
    let bent = drawn(SHAPES, Shape::Polyline, &[[0.0, 0.0], [0.0, 3.0], [4.0, 3.0]]);
    let (scene, mut all) = with([bent, square()]);
    let measure = |id, measure| change(id, AnnotationChange::Measure(Some(measure)));
    let bad = [
        (measure("a0", Measure::Area), RejectCode::NotApplicable),
        (measure("a1", Measure::Length), RejectCode::NotApplicable),
        (measure("a1", Measure::Angle), RejectCode::NotApplicable),
        (measure("a1", Measure::Statistics(LayerId(1))), RejectCode::NotApplicable),
        (measure("a1", Measure::Statistics(LayerId(77))), RejectCode::UnknownLayer),
    ];
    for (intent, code) in bad {
        assert_eq!(refused(&mut all, &scene, &intent, &ann()).code, code, "{intent:?}");
    }
    applied(&mut all, &scene, &measure("a0", Measure::Angle));
    let longer = AnnotationChange::InsertVertex { index: 3, at: vec![0.0, 0.0, 9.0, 9.0] };
    let why = refused(&mut all, &scene, &change("a0", longer), &ann());
    assert_eq!(why.code, RejectCode::NotApplicable);
    applied(&mut all, &scene, &measure("a1", Measure::Statistics(LayerId(0))));
}
