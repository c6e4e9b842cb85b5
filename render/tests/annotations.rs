//! Pictures of annotations that a person has looked at; `common/golden.rs` says how they are
//! compared.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::f64::consts::TAU;

use common::golden::check;
use common::{World, level, resolved, view, world};
use parfocal_base::{DType, LayerId};
use parfocal_render::{Budget, DrawList};
use parfocal_scene::{
    Annotation, AnnotationStyle, Blending, ColorBy, Feature, LayerKind, Measured, Shape, Symbol,
    View,
};

const UNIT: &str = "micrometer";

fn draw(world: &World, view: &View) -> DrawList {
    resolved(world, view, &world.chunks, &Budget::default())
}

/// Axes y and x of this many micrometers, dark on the left and bright on the right.
fn bright_and_dark(canvas: [u32; 2]) -> (World, View) {
    let [w, h] = canvas.map(f64::from);
    let mut world = world(&[("y", h - 1.0, 1.0), ("x", w - 1.0, 1.0)]);
    let size = [canvas[1] as usize, canvas[0] as usize];
    let fine = level(&size, &size, &[1.0; 2], &[0.0; 2]);
    let value = move |at: &[f64]| if at[1] < w / 2.0 { 20.0 + at[0] / 8.0 } else { 235.0 };
    let source = world.image("yx", DType::U8, vec![fine], value);
    world.layer(source, [0.0, 255.0]);
    let view = view(&world, canvas, [(h - 1.0) / 2.0, (w - 1.0) / 2.0], 1.0);
    (world, view)
}

fn layer(world: &mut World, kind: LayerKind, style: AnnotationStyle) -> LayerId {
    let axes: Vec<_> = (0..world.scene.dims.axes.len()).collect();
    world.annotation_layer(kind, &axes, style)
}

fn shape(layer: LayerId, shape: Shape, vertices: &[[f64; 2]]) -> Annotation {
    Annotation::new(layer, shape, vertices.iter().map(|v| v.to_vec()).collect())
}

#[test]
fn every_symbol_is_seen_at_every_size() {
    let (mut world, view) = bright_and_dark([400, 300]);
    let points = layer(&mut world, LayerKind::Points, AnnotationStyle::default());
    for (column, symbol) in Symbol::ALL.into_iter().enumerate() {
        for (row, size) in [2.0, 4.0, 7.0, 12.0, 20.0, 34.0].into_iter().enumerate() {
            for half in [0.0, 200.0] {
                let x = 14.0 + column as f64 * 21.5 + half;
                let y = [8.0, 22.0, 42.0, 70.0, 110.0, 170.0][row] + (column % 2) as f64 * 0.4;
                let y = y + if size > 30.0 { (column % 3) as f64 * 40.0 } else { 0.0 };
                let mut point = shape(points, Shape::Point, &[[y, x]]);
                (point.symbol, point.size) = (Some(symbol), Some(size));
                world.annotate(point);
            }
        }
    }
    check("marks-symbols", &draw(&world, &view));
}

fn outline(center: [f64; 2], radii: &[f64]) -> Vec<[f64; 2]> {
    let at = |(i, radius): (usize, &f64)| {
        let (sin, cos) = (TAU * i as f64 / radii.len() as f64).sin_cos();
        [center[0] + radius * sin, center[1] + radius * cos]
    };
    radii.iter().enumerate().map(at).collect()
}

fn all_shapes(world: &mut World, layer: LayerId, left: f64) {
    let blob = [26.0, 22.0, 27.0, 30.0, 24.0, 20.0, 26.0, 31.0, 28.0];
    let mut add = |kind: Shape, vertices: &[[f64; 2]], change: &dyn Fn(&mut Annotation)| {
        let vertices: Vec<_> = vertices.iter().map(|[y, x]| [*y, x + left]).collect();
        let mut annotation = shape(layer, kind, &vertices);
        change(&mut annotation);
        world.annotate(annotation);
    };
    add(Shape::Polygon, &outline([38.0, 40.0], &blob), &|_| {});
    add(Shape::Rectangle, &[[15.0, 82.0], [15.0, 130.0], [58.0, 130.0], [58.0, 82.0]], &|a| {
        a.edge_color = Some("#4cc9f0".to_owned());
        a.face_color = Some("#4cc9f040".to_owned());
        a.edge_width = Some(1.0);
    });
    add(Shape::Ellipse, &[[14.0, 142.0], [26.0, 196.0], [60.0, 188.0], [48.0, 134.0]], &|a| {
        a.edge_color = Some("#f72585".to_owned());
        a.face_color = Some("#f7258500".to_owned());
        a.edge_width = Some(3.5);
    });
    add(Shape::Line, &[[84.0, 12.0], [118.0, 60.0]], &|_| {});
    let zigzag = [[85.0, 72.0], [115.0, 80.0], [85.0, 92.0], [115.0, 100.0], [90.0, 122.0]];
    add(Shape::Polyline, &zigzag, &|a| {
        a.edge_color = Some("#06d6a080".to_owned());
        a.edge_width = Some(8.0);
    });
    let wave = |i: usize| [100.0 + 12.0 * (i as f64 / 5.0).sin(), 132.0 + i as f64 * 0.6];
    add(Shape::Path, &(0..100).map(wave).collect::<Vec<_>>(), &|a| {
        a.edge_width = Some(0.6);
    });
    add(Shape::Text, &[[140.0, 12.0]], &|a| a.text = Some("Zellkern β, Ångström µm".to_owned()));
}

#[test]
fn shapes_are_smooth_on_bright_and_dark() {
    let (mut world, view) = bright_and_dark([424, 160]);
    let shapes = layer(&mut world, LayerKind::Shapes, AnnotationStyle::default());
    all_shapes(&mut world, shapes, 0.0);
    all_shapes(&mut world, shapes, 212.0);
    check("marks-shapes", &draw(&world, &view));
}

#[test]
fn shapes_join_as_their_layer_says() {
    for (name, blending) in [
        ("opaque", Blending::Opaque),
        ("additive", Blending::Additive),
        ("minimum", Blending::Minimum),
    ] {
        let (mut world, view) = bright_and_dark([424, 160]);
        let shapes = layer(&mut world, LayerKind::Shapes, AnnotationStyle::default());
        let look = &mut world.scene.layers.last_mut().unwrap().look;
        (look.blending, look.opacity) = (blending, 0.8);
        all_shapes(&mut world, shapes, 0.0);
        all_shapes(&mut world, shapes, 212.0);
        check(&format!("marks-shapes-{name}"), &draw(&world, &view));
    }
}

#[test]
fn zoomed_in_shapes_are_cut_and_stay_exact() {
    let (mut world, mut view) = bright_and_dark([424, 160]);
    let shapes = layer(&mut world, LayerKind::Shapes, AnnotationStyle::default());
    all_shapes(&mut world, shapes, 0.0);
    (view.camera.zoom, view.camera.center) = (14.0, [52.0, 137.0]);
    check("marks-zoomed", &draw(&world, &view));
}

#[test]
fn points_beside_their_slice_shrink_and_fade() {
    let mut world =
        world(&[("t", 4.0, 1.0), ("z", 40.0, 1.0), ("y", 79.0, 1.0), ("x", 319.0, 1.0)]);
    let style = AnnotationStyle { size: 24.0, edge_width: 1.5, ..AnnotationStyle::default() };
    let points = layer(&mut world, LayerKind::Points, style.clone());
    for z in 0..13 {
        let at = [0.0, f64::from(z) + 8.0, 25.0, 20.0 + f64::from(z) * 23.0];
        world.annotate(Annotation::new(points, Shape::Point, vec![at.to_vec()]));
        // Another time: never seen.
        let at = [1.0, 14.0, 55.0, 20.0 + f64::from(z) * 23.0];
        world.annotate(Annotation::new(points, Shape::Point, vec![at.to_vec()]));
    }
    // A layer without z and t is in every slice; one that hides what is beside it shows one point.
    let plain = world.annotation_layer(LayerKind::Points, &[2, 3], style.clone());
    world.annotate(shape(plain, Shape::Point, &[[55.0, 20.0]]));
    let strict = AnnotationStyle { out_of_slice_display: false, ..style };
    let strict = layer(&mut world, LayerKind::Points, strict);
    for z in 0..13 {
        let at = [0.4, f64::from(z) + 8.0, 55.0, 60.0 + f64::from(z) * 20.0];
        world.annotate(Annotation::new(strict, Shape::Point, vec![at.to_vec()]));
    }
    let mut view = view(&world, [320, 80], [39.5, 159.5], 1.0);
    view.point = vec![0.0, 14.0, 0.0, 0.0];
    check("marks-slices", &draw(&world, &view));
}

#[test]
fn tracks_have_a_head_and_a_tail_that_fades() {
    let mut world = world(&[("t", 60.0, 1.0), ("y", 199.0, 1.0), ("x", 299.0, 1.0)]);
    let style = AnnotationStyle {
        edge_width: 3.0,
        color_by: Some(ColorBy {
            feature: "track".to_owned(),
            colormap: "turbo".to_owned(),
            limits: Some([0.0, 12.0]),
        }),
        ..AnnotationStyle::default()
    };
    let tracks = layer(&mut world, LayerKind::Tracks, style);
    for track in 0..12 {
        let phase = f64::from(track);
        let at = |t: u32| {
            let (t, turn) = (f64::from(t), f64::from(t) / 9.0 + phase);
            let y = 20.0 + phase * 14.0 + 12.0 * turn.sin();
            vec![t, y, 20.0 + t * 4.0 + 30.0 * (turn * 0.7).cos()]
        };
        // Some end before now, some begin later.
        let times = if track % 4 == 3 { 0..35 } else { track..60 };
        let mut track = Annotation::new(tracks, Shape::Track, times.map(at).collect());
        track.features.insert("track".to_owned(), Feature::Number(phase));
        track.text = (phase == 2.0).then(|| "cell 2".to_owned());
        world.annotate(track);
    }
    let mut view = view(&world, [300, 200], [99.5, 149.5], 1.0);
    view.point[0] = 50.0;
    check("marks-tracks", &draw(&world, &view));
}

#[test]
fn vectors_are_arrows() {
    let (mut world, view) = bright_and_dark([320, 160]);
    let vectors = layer(&mut world, LayerKind::Vectors, AnnotationStyle::default());
    for row in 0..8 {
        for column in 0..16 {
            let (y, x) = (10.0 + f64::from(row) * 20.0, 10.0 + f64::from(column) * 20.0);
            let (sin, cos) = ((x - y) / 30.0).sin_cos();
            let length = 1.0 + f64::from(column) * 1.1;
            let way = [length * sin, length * cos];
            world.annotate(shape(vectors, Shape::Vector, &[[y, x], way]));
        }
    }
    check("marks-vectors", &draw(&world, &view));
}

#[test]
fn measured_values_are_read_on_bright_and_dark() {
    let (mut world, view) = bright_and_dark([680, 220]);
    let shapes = layer(&mut world, LayerKind::Shapes, AnnotationStyle::default());
    let unit = || Some(UNIT.to_owned());
    for left in [0.0, 340.0] {
        let mut add = |kind: Shape, vertices: &[[f64; 2]], measured: Measured, text: &str| {
            let vertices: Vec<_> = vertices.iter().map(|[y, x]| [*y, x + left]).collect();
            let mut annotation = shape(shapes, kind, &vertices);
            annotation.measured = Some(measured);
            annotation.text = (!text.is_empty()).then(|| text.to_owned());
            world.annotate(annotation);
        };
        let length = |value| Measured::Length { value, unit: unit() };
        add(Shape::Line, &[[60.0, 20.0], [25.0, 110.0]], length(96.6), "");
        add(
            Shape::Polyline,
            &[[30.0, 205.0], [75.0, 150.0], [75.0, 220.0]],
            Measured::Angle { value: 39.3 },
            "",
        );
        let blob = [30.0, 26.0, 33.0, 36.0, 28.0, 26.0, 32.0];
        let area = Measured::Area { value: 2810.4, perimeter: 190.0, unit: unit() };
        add(Shape::Polygon, &outline([140.0, 45.0], &blob), area, "nucleus");
        let statistics = Measured::Statistics {
            layer: LayerId(1),
            count: 1520,
            min: 3.0,
            max: 251.0,
            mean: 102.37,
            std: 8.33,
            histogram: vec![1; 8],
        };
        let corners = [[110.0, 150.0], [110.0, 190.0], [148.0, 190.0], [148.0, 150.0]];
        add(Shape::Rectangle, &corners, statistics, "");
        add(Shape::Line, &[[190.0, 100.0], [206.0, 250.0]], length(0.42), "Å");
    }
    check("marks-measured", &draw(&world, &view));
}

#[test]
fn features_give_colours() {
    let (mut world, view) = bright_and_dark([320, 100]);
    let by = |feature: &str| {
        let colormap = "viridis".to_owned();
        Some(ColorBy { feature: feature.to_owned(), colormap, limits: None })
    };
    let style = |feature| AnnotationStyle {
        color_by: by(feature),
        face_color: "#ffffffff".to_owned(),
        edge_color: "#ffffff".to_owned(),
        edge_width: 1.0,
        ..AnnotationStyle::default()
    };
    for (row, feature) in [(0.0, "area"), (1.0, "class")] {
        let points = layer(&mut world, LayerKind::Points, style(feature));
        for column in 0..15_u32 {
            let at = [25.0 + row * 45.0, 20.0 + f64::from(column) * 20.0];
            let mut point = shape(points, Shape::Point, &[at]);
            point.size = Some(15.0);
            let area = Feature::Number(f64::from(column * column));
            let class =
                Feature::Text(["mitosis", "apoptosis", "resting"][column as usize % 3].to_owned());
            point.features = [("area".to_owned(), area), ("class".to_owned(), class)].into();
            if column == 7 {
                point.features.clear();
            }
            point.text = (column % 5 == 4).then(|| format!("№ {column}"));
            world.annotate(point);
        }
    }
    check("marks-features", &draw(&world, &view));
}

#[test]
fn what_is_smaller_than_a_pixel_is_a_pixel() {
    let (mut world, mut view) = bright_and_dark([200, 120]);
    let points = layer(&mut world, LayerKind::Points, AnnotationStyle::default());
    let shapes = layer(&mut world, LayerKind::Shapes, AnnotationStyle::default());
    for i in 0..400_u32 {
        let (y, x) = (f64::from(i * 37 % 1200), f64::from(i * 61 % 2000));
        world.annotate(shape(points, Shape::Point, &[[y, x]]));
        let mut area = shape(shapes, Shape::Polygon, &outline([y + 7.0, x + 31.0], &[6.0; 9]));
        area.edge_color = Some("#f72585".to_owned());
        world.annotate(area);
    }
    (view.camera.zoom, view.camera.center) = (0.1, [600.0, 1000.0]);
    check("marks-small", &draw(&world, &view));
}
