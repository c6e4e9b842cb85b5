//! The index of annotations: however edits come and wherever a view looks, pictures are those of
//! all annotations there are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use common::{World, view, world};
use parfocal_base::{Chunk, ChunkKey, LayerId};
use parfocal_render::draw_list::Content;
use parfocal_render::marks::Marks;
use parfocal_render::{AnnotationIndex, AnnotationIndices, Budget, resolve};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationStyle, Annotations, ColorBy, Feature, LayerKind, Measured,
    Shape, Symbol, View,
};
use proptest::prelude::*;

const POINTS: LayerId = LayerId(1);
const SHAPES: LayerId = LayerId(2);
const TRACKS: LayerId = LayerId(3);
/// Coordinates of a vertex: t, z, y, x.
const AXES: usize = 4;

/// Layers of points, shapes and tracks in (t, z, y, x).
fn scene(color_by: &str) -> World {
    let mut world = world(&[("t", 9.0, 1.0), ("z", 9.0, 0.5), ("y", 99.0, 1.0), ("x", 99.0, 1.0)]);
    let colormap = "viridis".to_owned();
    let color_by = Some(ColorBy { feature: color_by.to_owned(), colormap, limits: None });
    let style = AnnotationStyle { color_by, tail_length: 3.0, ..AnnotationStyle::default() };
    for kind in [LayerKind::Points, LayerKind::Shapes, LayerKind::Tracks] {
        world.annotation_layer(kind, &[0, 1, 2, 3], style.clone());
    }
    world
}

/// What each layer shows, by an index that is up to date.
fn marks(world: &World, index: &AnnotationIndex, view: &View) -> Vec<Marks> {
    let chunks: HashMap<ChunkKey, Arc<Chunk>> = HashMap::new();
    let list = resolve(&world.scene, view, &world.metas, &chunks, &Budget::default(), index);
    let marks = list.layers.into_iter().map(|layer| match layer.content {
        Content::Marks(marks) => marks,
        Content::Sampled(_) | Content::Volume(_) => panic!("there is no image"),
    });
    marks.collect()
}

fn updated(world: &World, view: &View, annotations: &Annotations) -> AnnotationIndex {
    let mut index = AnnotationIndex::default();
    index.update(&world.scene, view, annotations);
    index
}

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![
        9 => -20.0..120.0_f64,
        3 => (0..20_i32).prop_map(f64::from),
        1 => -1e7..1e7_f64,
    ]
}

fn vertex() -> impl Strategy<Value = Vec<f64>> {
    let slow = || prop_oneof![3 => (0..10_i32).prop_map(f64::from), 1 => -1.0..11.0_f64];
    (slow(), slow().prop_map(|z| z / 2.0), coordinate(), coordinate())
        .prop_map(|(t, z, y, x)| vec![t, z, y, x])
}

fn annotation() -> impl Strategy<Value = Annotation> {
    let shape = proptest::sample::select(
        [
            (POINTS, Shape::Point, 1, 1),
            (SHAPES, Shape::Line, 2, 2),
            (SHAPES, Shape::Path, 2, 5),
            (SHAPES, Shape::Polygon, 3, 6),
            (SHAPES, Shape::Ellipse, 4, 4),
            (SHAPES, Shape::Text, 1, 1),
            (SHAPES, Shape::Vector, 2, 2),
            (TRACKS, Shape::Track, 1, 6),
        ]
        .as_slice(),
    );
    let feature = prop_oneof![
        Just(None),
        (-5.0..5.0_f64).prop_map(|number| Some(Feature::Number(number))),
        proptest::sample::select(["a", "b", "c"].as_slice())
            .prop_map(|text| Some(Feature::Text(text.to_owned()))),
    ];
    let text = proptest::option::weighted(0.2, Just("a cell".to_owned()));
    let own = (
        proptest::option::weighted(0.3, 0.0..60.0_f64),
        proptest::option::weighted(0.3, 0.0..30.0_f64),
        proptest::option::weighted(0.2, Just("#10c0ff80".to_owned())),
        proptest::option::weighted(0.2, Just(Symbol::Star)),
        proptest::option::weighted(0.1, Just(Measured::Angle { value: 12.0 })),
    );
    (shape, feature, text, own, 0_u64..5).prop_flat_map(|(shape, feature, text, own, created)| {
        let (layer, shape, least, most) = shape;
        proptest::collection::vec(vertex(), least..=most).prop_map(move |mut vertices| {
            if shape == Shape::Track {
                vertices.sort_by(|a, b| a[0].total_cmp(&b[0]));
            }
            let mut annotation = Annotation::new(layer, shape, vertices);
            annotation.features = feature.iter().map(|f| ("class".to_owned(), f.clone())).collect();
            let (size, edge_width, face_color, symbol, measured) = own.clone();
            annotation.text.clone_from(&text);
            (annotation.size, annotation.edge_width) = (size, edge_width);
            (annotation.face_color, annotation.symbol) = (face_color, symbol);
            (annotation.measured, annotation.created) = (measured, created);
            annotation
        })
    })
}

/// Any number, often one that is nearly sensible.
fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![3 => proptest::num::f64::ANY, 3 => -1e3..1e3_f64, 1 => -1e300..1e300_f64]
}

/// Mostly of as many coordinates as there must be.
fn wild_vertex() -> impl Strategy<Value = Vec<f64>> {
    let number = || prop_oneof![1 => wild(), 4 => -1e3..1e3_f64, 1 => -1e300..1e300_f64];
    prop_oneof![
        8 => proptest::collection::vec(number(), AXES),
        1 => proptest::collection::vec(wild(), 0..6),
    ]
}

/// Few names, so that annotations are changed and removed as often as added.
fn edit() -> impl Strategy<Value = (AnnotationId, Option<Annotation>)> {
    (0..40_u32, proptest::option::weighted(0.8, annotation()))
        .prop_map(|(id, to)| (format!("id{id}").as_str().into(), to))
}

fn look(world: &World) -> impl Strategy<Value = View> + use<> {
    let plain = view(world, [96, 64], [50.0, 50.0], 1.0);
    let displayed = proptest::sample::select([[2, 3], [3, 2], [1, 3], [0, 2], [1, 2]].as_slice());
    let camera = ([0.0..100.0_f64, 0.0..100.0_f64], prop_oneof![0.1..1.0_f64, 1.0..40.0_f64]);
    (displayed, vertex(), camera).prop_map(move |(displayed, point, (center, zoom))| {
        let mut view = View { displayed, point, ..plain.clone() };
        (view.camera.center, view.camera.zoom) = (center, zoom);
        view
    })
}

fn put(annotations: &mut Annotations, edits: Vec<(AnnotationId, Option<Annotation>)>) {
    for (id, to) in edits {
        annotations.set(id, to.map(Arc::new));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_index_that_followed_edits_shows_what_a_new_one_shows(
        first in proptest::collection::vec(edit(), 0..60),
        steps in proptest::collection::vec(
            (proptest::collection::vec(edit(), 0..6), look(&scene("class"))), 1..8),
    ) {
        let world = scene("class");
        let mut annotations = Annotations::default();
        put(&mut annotations, first);
        let mut index = AnnotationIndex::default();
        for (edits, view) in steps {
            put(&mut annotations, edits);
            index.update(&world.scene, &view, &annotations);
            let anew = updated(&world, &view, &annotations);
            prop_assert_eq!(marks(&world, &index, &view), marks(&world, &anew, &view));
        }
    }

    #[test]
    fn what_is_seen_is_found(
        edits in proptest::collection::vec(edit(), 0..80),
        view in look(&scene("class")),
    ) {
        let world = scene("class");
        let mut annotations = Annotations::default();
        put(&mut annotations, edits);
        let index = updated(&world, &view, &annotations);
        // An index that was made for another plane looks at every annotation.
        let [down, right] = view.displayed;
        let other = View { displayed: [right, down], ..view.clone() };
        let all = updated(&world, &other, &annotations);
        prop_assert_eq!(marks(&world, &index, &view), marks(&world, &all, &view));
    }

    #[test]
    fn no_annotation_and_no_view_ends_the_process(
        vertices in proptest::collection::vec(wild_vertex(), 0..6),
        shape in proptest::sample::select([Shape::Point, Shape::Polygon, Shape::Ellipse,
            Shape::Vector, Shape::Track, Shape::Text, Shape::Path].as_slice()),
        numbers in proptest::collection::vec(wild(), 8),
        displayed in (0_usize..6, 0_usize..6),
    ) {
        let mut world = scene("class");
        let mut annotations = Annotations::default();
        for layer in [POINTS, SHAPES, TRACKS] {
            let mut annotation = Annotation::new(layer, shape, vertices.clone());
            (annotation.size, annotation.edge_width) = (Some(numbers[0]), Some(numbers[1]));
            annotation.text = Some("?\n\n".to_owned());
            annotation.measured = Some(Measured::Length { value: numbers[2], unit: None });
            let value = Feature::Number(numbers[2]);
            annotation.features.insert("class".to_owned(), value);
            annotations.set(format!("{layer}").as_str().into(), Some(Arc::new(annotation)));
        }
        for layer in &mut world.scene.layers {
            let style = layer.style.as_mut().unwrap();
            (style.text_size, style.tail_length) = (numbers[3], numbers[4]);
            (style.size, style.edge_width) = (numbers[5], numbers[6]);
        }
        let mut view = view(&world, [64, 64], [numbers[5], numbers[6]], numbers[7]);
        (view.point, view.displayed) = (numbers, [displayed.0, displayed.1]);
        let index = updated(&world, &view, &annotations);
        let chunks: HashMap<ChunkKey, Arc<Chunk>> = HashMap::new();
        let budget = Budget::default();
        let list = resolve(&world.scene, &view, &world.metas, &chunks, &budget, &index);
        let mut frame =
            parfocal_base::Frame::new(parfocal_base::PixelFormat::I420, list.canvas[0], list.canvas[1]);
        parfocal_render::Cpu::new(1).unwrap().render(&list, &mut frame).unwrap();
    }
}

fn points(count: usize) -> Annotations {
    let mut annotations = Annotations::default();
    for at in 0..count {
        let place = vec![0.0, 0.0, (at % 97) as f64, (at % 89) as f64];
        let annotation = Annotation::new(POINTS, Shape::Point, vec![place]);
        annotations.set(format!("p{at}").as_str().into(), Some(Arc::new(annotation)));
    }
    annotations
}

#[test]
fn many_changes_at_once_are_followed_too() {
    let world = scene("class");
    let view = view(&world, [96, 64], [50.0, 50.0], 1.0);
    let mut annotations = points(1000);
    let mut index = updated(&world, &view, &annotations);
    for at in (0..1000).step_by(2) {
        annotations.set(format!("p{at}").as_str().into(), None);
    }
    index.update(&world.scene, &view, &annotations);
    let anew = updated(&world, &view, &annotations);
    assert_eq!(marks(&world, &index, &view), marks(&world, &anew, &view));
}

#[test]
fn a_layer_that_is_gone_is_forgotten() {
    let mut world = scene("class");
    let view = view(&world, [96, 64], [50.0, 50.0], 1.0);
    let annotations = points(100);
    let mut index = updated(&world, &view, &annotations);
    assert!(index.bytes() > 0);
    world.scene.layers.clear();
    index.update(&world.scene, &view, &annotations);
    assert_eq!(index.bytes(), 0);
}

#[test]
fn indices_of_sessions_that_rest_make_room() {
    let world = scene("class");
    let view = view(&world, [96, 64], [50.0, 50.0], 1.0);
    let annotations = points(500);
    let one = updated(&world, &view, &annotations).bytes();
    let mut indices = AnnotationIndices::new(one * 5 / 2);
    for session in 0..4 {
        let index = indices.get(session, &world.scene, &view, &annotations);
        assert_eq!(marks(&world, index, &view)[0].points.len(), marks_of_all(&world, &view));
        assert!(indices.bytes() <= one * 5 / 2);
    }
    assert!(indices.bytes() > one);
    indices.remove(&3);
    indices.remove(&2);
    assert_eq!(indices.bytes(), 0);
}

fn marks_of_all(world: &World, view: &View) -> usize {
    let index = updated(world, view, &points(500));
    marks(world, &index, view)[0].points.len()
}

#[test]
fn vertices_of_another_number_of_axes_are_left_out() {
    let world = scene("class");
    let view = view(&world, [96, 64], [50.0, 50.0], 1.0);
    let mut annotations = Annotations::default();
    for place in [vec![0.0; AXES - 1], vec![0.0; AXES + 1], vec![f64::NAN; AXES]] {
        let id = format!("{}", annotations.len());
        let annotation = Annotation::new(POINTS, Shape::Point, vec![place]);
        annotations.set(id.as_str().into(), Some(Arc::new(annotation)));
    }
    let mut index = updated(&world, &view, &annotations);
    assert!(marks(&world, &index, &view).is_empty());
    for id in ["0", "1", "2"] {
        annotations.set(id.into(), None);
        index.update(&world.scene, &view, &annotations);
    }
    assert!(marks(&world, &index, &view).is_empty());
}
