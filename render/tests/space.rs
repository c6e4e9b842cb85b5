//! Annotations in views of three axes: pictures that a person has looked at, and where things are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::array::from_fn;

use common::golden::check;
use common::space::{CANVAS, chiral, draw, looking, space};
use common::{World, world};
use parfocal_base::LayerId;
use parfocal_render::draw_list::Content;
use parfocal_render::marks::{Marks, PathKind};
use parfocal_scene::{Annotation, AnnotationStyle, Camera3d, LayerKind, Shape, View};
use proptest::prelude::*;

const TURNED: [f64; 3] = [-20.0, 35.0, 120.0];

fn shape(layer: LayerId, shape: Shape, vertices: &[[f64; 3]]) -> Annotation {
    Annotation::new(layer, shape, vertices.iter().map(|at| at.to_vec()).collect())
}

/// A layer of shapes along (z, y, x).
fn shapes(world: &mut World) -> LayerId {
    let style = AnnotationStyle { edge_width: 1.5, ..AnnotationStyle::default() };
    world.annotation_layer(LayerKind::Shapes, &[0, 1, 2], style)
}

/// What is drawn of the only layer.
fn marks(world: &World, view: &View) -> Marks {
    let mut list = draw(world, view);
    match list.layers.pop().map(|layer| layer.content) {
        Some(Content::Marks(marks)) => marks,
        None => Marks::default(),
        Some(other) => panic!("{other:?}"),
    }
}

/// The outline of the F of [`chiral`] in front and behind, the bars' middles, and a few shapes.
fn drawn() -> World {
    let mut world = chiral();
    let layer = shapes(&mut world);
    let outline = [
        [4.5, 11.5],
        [4.5, 30.5],
        [9.5, 30.5],
        [9.5, 17.5],
        [13.5, 17.5],
        [13.5, 25.5],
        [18.5, 25.5],
        [18.5, 17.5],
        [26.5, 17.5],
        [26.5, 11.5],
    ];
    for (z, color) in [(13.0, "#8040ff"), (23.0, "#ffc000")] {
        let mut letter = shape(layer, Shape::Polygon, &outline.map(|[y, x]| [z, y, x]));
        (letter.edge_color, letter.face_color) = (Some(color.to_owned()), Some("#00000000".into()));
        world.annotate(letter);
    }
    for (end, color) in [
        ([0.0, 0.0, 39.0], "#ff0000"),
        ([0.0, 29.0, 0.0], "#00ff00"),
        ([30.0, 0.0, 0.0], "#0000ff"),
    ] {
        let mut bar = shape(layer, Shape::Vector, &[[0.0; 3], end]);
        bar.edge_color = Some(color.to_owned());
        world.annotate(bar);
    }
    let mut disc = shape(
        layer,
        Shape::Ellipse,
        &[[30.0, 20.0, 26.0], [30.0, 20.0, 38.0], [22.0, 28.0, 38.0], [22.0, 28.0, 26.0]],
    );
    (disc.face_color, disc.text) = (Some("#00ffff60".to_owned()), Some("disc".to_owned()));
    world.annotate(disc);
    let mut word = shape(layer, Shape::Text, &[[23.0, 2.0, 12.0]]);
    word.text = Some("F".to_owned());
    world.annotate(word);
    world
}

#[test]
fn shapes_lie_where_the_volume_has_what_they_outline_and_are_not_mirrored() {
    let world = drawn();
    for (name, angles, perspective) in [
        ("front", Camera3d::ANGLES, 0.0),
        ("turned", TURNED, 0.0),
        ("back", [0.0, 0.0, -90.0], 0.0),
        ("near", TURNED, 60.0),
    ] {
        let view = looking(&world, angles, perspective);
        check(&format!("space-shapes-{name}"), &draw(&world, &view));
    }
}

/// Axes t, z, y, x, and a track that climbs.
fn climbing() -> World {
    let mut world = world(&[("t", 9.0, 1.0), ("z", 30.0, 2.0), ("y", 29.0, 1.0), ("x", 39.0, 1.0)]);
    let style = AnnotationStyle { edge_width: 2.0, tail_length: 5.0, ..AnnotationStyle::default() };
    let layer = world.annotation_layer(LayerKind::Tracks, &[0, 1, 2, 3], style);
    for (turn, color) in [(0.0, "#ff8000"), (0.5, "#00c0ff")] {
        let at = |t: f64| {
            let (sin, cos) = ((t / 9.0 + turn) * std::f64::consts::TAU).sin_cos();
            vec![t, 3.0 * t, 14.5 + 12.0 * sin, 19.5 + 12.0 * cos]
        };
        let steps = (0..10).map(|t| at(f64::from(t)));
        let mut track = Annotation::new(layer, Shape::Track, steps.collect());
        track.edge_color = Some(color.to_owned());
        world.annotate(track);
    }
    world
}

fn at_time(world: &World, time: f64, perspective: f64) -> View {
    let mut view = looking(world, TURNED, perspective);
    (view.point, view.displayed) = (vec![time, 0.0, 0.0, 0.0], [2, 3]);
    view.camera3d = view.camera3d.map(|camera| Camera3d { depth: 1, ..camera });
    view
}

#[test]
fn tracks_climb_through_space_with_their_tails_behind_them() {
    let world = climbing();
    let view = at_time(&world, 6.0, 50.0);
    check("space-tracks", &draw(&world, &view));
    let marks = marks(&world, &view);
    assert_eq!((marks.paths.len(), marks.points.len()), (2, 2));
    for (path, head) in marks.paths.iter().zip(&marks.points) {
        let tail = marks.vertices_of(path);
        let [(first, last)] = [(tail[0], tail[tail.len() - 1])];
        assert_eq!((first[2], last[2]), (0.0, 1.0), "it fades into the past");
        assert_eq!([last[0], last[1]], head.at);
    }
}

#[test]
fn what_is_at_another_time_is_not_drawn() {
    let mut world = climbing();
    let layer =
        world.annotation_layer(LayerKind::Shapes, &[0, 1, 2, 3], AnnotationStyle::default());
    let line = [vec![3.0, 0.0, 0.0, 0.0], vec![3.0, 30.0, 29.0, 39.0]];
    world.annotate(Annotation::new(layer, Shape::Line, line.to_vec()));
    let seen = |time| draw(&world, &at_time(&world, time, 0.0)).layers.len();
    assert_eq!((seen(3.0), seen(4.0)), (2, 1));
}

#[test]
fn what_is_nearer_is_drawn_over_what_is_farther() {
    let mut world = space();
    let layer = shapes(&mut world);
    // Made in the wrong order.
    for (z, color) in [(30.0, "#ff0000"), (0.0, "#00ff00"), (14.0, "#0000ff")] {
        let mut line = shape(layer, Shape::Line, &[[z, 5.0, 5.0], [z, 25.0, 35.0]]);
        line.edge_color = Some(color.to_owned());
        world.annotate(line);
    }
    let colors = |angles, perspective| {
        let marks = marks(&world, &looking(&world, angles, perspective));
        marks.paths.iter().map(|path| path.color).collect::<Vec<_>>()
    };
    let [red, green, blue] = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]];
    // From the front the depth axis comes towards the viewer.
    assert_eq!(colors(Camera3d::ANGLES, 0.0), [green, blue, red]);
    assert_eq!(colors([0.0, 0.0, -90.0], 60.0), [red, blue, green]);
}

#[test]
fn what_was_drawn_on_one_slice_keeps_its_order_from_wherever_it_is_seen() {
    let mut world = space();
    let layer = shapes(&mut world);
    let area = |y: f64, x: f64, size: f64, color: &str| {
        let corner = |dy: f64, dx: f64| [12.0, y + dy * size, x + dx * size];
        let corners = [corner(-1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0), corner(1.0, -1.0)];
        let mut area = shape(layer, Shape::Polygon, &corners);
        (area.face_color, area.edge_width) = (Some(color.to_owned()), Some(0.0));
        area
    };
    world.annotate(area(14.5, 19.5, 12.0, "#ff0000"));
    for (y, x) in [(6.0, 10.0), (22.0, 28.0), (5.0, 30.0), (24.0, 9.0)] {
        world.annotate(area(y, x, 2.0, "#00ff00"));
    }
    for angles in [Camera3d::ANGLES, TURNED, [0.0, 0.0, -90.0], [30.0, -50.0, 60.0]] {
        for perspective in [0.0, 45.0] {
            let marks = marks(&world, &looking(&world, angles, perspective));
            let reds = marks.paths.iter().map(|path| path.color[0]);
            assert_eq!(reds.collect::<Vec<_>>(), [255, 0, 0, 0, 0], "{angles:?}");
        }
    }
}

/// A camera right at the origin of the world, seen from 10 units in front.
fn close() -> View {
    let mut view = looking(&space(), Camera3d::ANGLES, 90.0);
    view.camera3d = view.camera3d.map(|camera| {
        let zoom = f64::from(CANVAS[1]) / 20.0;
        Camera3d { center: [0.0; 3], zoom, ..camera }
    });
    view
}

#[test]
fn behind_the_eye_nothing_is_drawn_and_what_comes_from_there_is_cut() {
    let view = close();
    // The eye is at z = 10, and looks towards smaller z.
    let behind = [[11.0, 2.0, 2.0], [40.0, 5.0, 3.0], [12.0, -3.0, 4.0]];
    for kind in [Shape::Path, Shape::Polygon, Shape::Text, Shape::Line] {
        let mut world = space();
        let layer = shapes(&mut world);
        let count = if kind == Shape::Text { 1 } else { 3 };
        let mut hidden = shape(layer, kind, &behind[..count]);
        hidden.text = Some("behind".to_owned());
        world.annotate(hidden);
        assert!(marks(&world, &view).is_empty(), "{kind:?}");
    }
    let mut world = space();
    let layer = shapes(&mut world);
    world.annotate(shape(layer, Shape::Line, &[[0.0, 1.0, 1.0], [30.0, 9.0, 16.0]]));
    let cut = marks(&world, &view);
    let middle = CANVAS.map(|side| side as f32 / 2.0);
    assert_eq!(cut.paths.len(), 1);
    for [x, y, _] in cut.vertices_of(&cut.paths[0]) {
        // It goes to the right and down until it leaves the canvas, and never comes back mirrored.
        assert!(x > &middle[0] && y > &middle[1], "{x}, {y}");
        assert!(*x < CANVAS[0] as f32 + 9.0 && *y < CANVAS[1] as f32 + 9.0, "{x}, {y}");
    }
}

#[test]
fn an_area_that_reaches_behind_the_eye_is_filled_as_far_as_it_is_seen() {
    let mut world = space();
    let layer = shapes(&mut world);
    // A floor below the eye.
    let floor = [[-90.0, 3.0, -50.0], [-90.0, 3.0, 50.0], [60.0, 3.0, 50.0], [60.0, 3.0, -50.0]];
    world.annotate(shape(layer, Shape::Polygon, &floor));
    let marks = marks(&world, &close());
    let fill = marks.paths.iter().find(|path| path.kind == PathKind::Fill).unwrap();
    let places = marks.vertices_of(fill);
    let rows: Vec<_> = places.iter().map(|place| place[1]).collect();
    let (top, bottom) =
        (rows.iter().copied().fold(f32::MAX, f32::min), rows.iter().copied().fold(0.0, f32::max));
    // The horizon is the canvas's middle; 100 units away it is 1.8 pixels below that.
    assert!((top - 61.8).abs() < 0.01, "{top}");
    assert!((bottom - CANVAS[1] as f32).abs() <= 2.5, "{bottom}");
}

proptest! {
    #[test]
    fn every_vertex_is_drawn_where_the_ray_through_it_meets_the_canvas(
        angles in [-180.0..180.0, -180.0..180.0, -180.0..180.0_f64],
        perspective in prop_oneof![Just(0.0), 1.0..90.0_f64],
        vertices in prop::collection::vec([10.0..20.0_f64, 9.0..20.0_f64, 14.0..25.0_f64], 3..6),
    ) {
        let mut world = space();
        let layer = shapes(&mut world);
        world.annotate(shape(layer, Shape::Path, &vertices));
        let view = looking(&world, angles, perspective);
        let marks = marks(&world, &view);
        prop_assert_eq!(marks.paths.len(), 1);
        let camera = view.camera3d.unwrap();
        // Those that nearly fall together are left out.
        for [x, y, _] in marks.vertices_of(&marks.paths[0]) {
            let ray = camera.ray(CANVAS, f64::from(*x), f64::from(*y));
            let off = |at: &[f64; 3]| {
                let from: [f64; 3] = from_fn(|d| at[d] - ray.origin[d]);
                let along: f64 = from_fn::<_, 3, _>(|d| from[d] * ray.direction[d]).iter().sum();
                (0..3).map(|d| (from[d] - along * ray.direction[d]).powi(2)).sum::<f64>().sqrt()
            };
            let nearest = vertices.iter().map(off).fold(f64::INFINITY, f64::min);
            prop_assert!(nearest < 1e-3, "{nearest}");
        }
    }
}
