//! Views of three axes: pictures that a person has looked at, and the CPU renderer against the
//! definition.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::sync::Arc;

use common::golden::check;
use common::space::{SCALE, SHAPE, chiral, draw, image, looking, space};
use common::{World, level, resolved};
use parfocal_base::{DType, Frame, PixelFormat};
use parfocal_render::budget::Volumes;
use parfocal_render::conformance::{check_rays, volume_cases, volume_list};
use parfocal_render::draw_list::Content;
use parfocal_render::reference::{NearlyAll, RAYS};
use parfocal_render::{Budget, Cpu, DrawList, plan};
use parfocal_scene::{
    Annotation, AnnotationStyle, Blending, Camera3d, Interpolation, LayerKind, Rendering, Shape,
};
use proptest::prelude::*;

#[test]
fn nothing_is_mirrored_from_wherever_it_is_seen() {
    let world = chiral();
    let mut iso = chiral();
    for layer in &mut iso.scene.layers {
        layer.look.rendering = Rendering::Iso;
        layer.look.blending = Blending::Translucent;
    }
    let mut named = chiral();
    named.scene.settings.axes_visible = true;
    let view = looking(&named, [-20.0, 35.0, 120.0], 0.0);
    check("volume-axes", &draw(&named, &view));
    let views: [(&str, [f64; 3], f64); 5] = [
        ("front", Camera3d::ANGLES, 0.0),
        ("turned", [-20.0, 35.0, 120.0], 0.0),
        ("back", [0.0, 0.0, -90.0], 0.0),
        ("side", [0.0, 90.0, 90.0], 0.0),
        ("near", [-20.0, 35.0, 120.0], 60.0),
    ];
    for (name, angles, perspective) in views {
        let view = looking(&world, angles, perspective);
        check(&format!("volume-{name}"), &draw(&world, &view));
        check(&format!("volume-{name}-iso"), &draw(&iso, &view));
    }
}

#[test]
fn points_stand_in_space_the_nearest_in_front() {
    let mut world = chiral();
    let style = AnnotationStyle { size: 5.0, ..AnnotationStyle::default() };
    let layer = world.annotation_layer(LayerKind::Points, &[0, 1, 2], style);
    for (at, color) in [([30.0, 6.0, 36.0], "#ff00ff"), ([0.0, 8.0, 34.0], "#00ffff")] {
        let mut point = Annotation::new(layer, Shape::Point, vec![at.to_vec()]);
        point.face_color = Some(color.to_owned());
        world.annotate(point);
    }
    for (name, angles, perspective) in
        [("front", Camera3d::ANGLES, 0.0), ("turned", [-20.0, 35.0, 120.0], 60.0)]
    {
        let view = looking(&world, angles, perspective);
        check(&format!("volume-points-{name}"), &draw(&world, &view));
    }
}

/// Two soft bodies, one in the other, and grain.
fn soft(dtype: DType) -> World {
    let mut world = space();
    image(&mut world, dtype, |[z, y, x]| {
        let body = |c: [f64; 3], r: f64| {
            let far = (z - c[0]).powi(2) + (y - c[1]).powi(2) + (x - c[2]).powi(2);
            (-far / (2.0 * r * r)).exp()
        };
        let grain = ((x * 12.9 + y * 78.2 + z * 37.7).sin() * 43_758.5).fract().abs() * 0.1;
        let sum = 0.5 * body([14.0, 14.0, 18.0], 7.0) + 0.4 * body([20.0, 10.0, 24.0], 3.0) + grain;
        sum.min(1.0) * dtype.range()[1]
    });
    world.scene.layers[0].look.contrast_limits = dtype.range();
    world
}

#[test]
fn each_mode_shows_its_own_side_of_a_soft_body() {
    let mut world = soft(DType::U16);
    let view = looking(&world, [10.0, -25.0, 110.0], 0.0);
    for rendering in Rendering::ALL {
        let look = &mut world.scene.layers[0].look;
        look.rendering = rendering;
        look.colormap = "inferno".to_owned();
        look.opacity = if rendering == Rendering::Translucent { 0.2 } else { 1.0 };
        look.attenuation = 0.2;
        let name = format!("volume-{rendering:?}").to_lowercase();
        check(&name, &draw(&world, &view));
    }
    world.scene.layers[0].look.interpolation3d = Interpolation::Nearest;
    world.scene.layers[0].look.rendering = Rendering::Mip;
    check("volume-nearest", &draw(&world, &view));
    let mut hasty = draw(&world, &view);
    hasty.hasten(2);
    assert!(!hasty.complete);
    check("volume-hasty", &hasty);
}

#[test]
fn labels_are_seen_as_surfaces() {
    let mut world = space();
    image(&mut world, DType::U16, |[z, y, x]| {
        let cell = |c: [f64; 3], r: f64| {
            (z - c[0]).powi(2) + (y - c[1]).powi(2) + (x - c[2]).powi(2) < r * r
        };
        if cell([12.0, 12.0, 12.0], 9.0) {
            1.0
        } else {
            f64::from(u8::from(cell([18.0, 16.0, 28.0], 9.0))) * 2.0
        }
    });
    let layer = world.scene.layers.last_mut().unwrap();
    (layer.kind, layer.look.blending) = (LayerKind::Labels, Blending::Translucent);
    let view = looking(&world, [10.0, -25.0, 110.0], 0.0);
    check("volume-labels", &draw(&world, &view));
}

#[test]
fn from_the_front_the_largest_sample_of_each_column_is_seen_as_it_is() {
    let mut world = soft(DType::U8);
    for level in &mut Arc::make_mut(world.metas.values_mut().next().unwrap()).levels {
        level.scale = vec![1.0; 3];
    }
    let mut view = looking(&world, Camera3d::ANGLES, 0.0);
    view.canvas = [40, 30];
    let camera = view.camera3d.as_mut().unwrap();
    (camera.zoom, camera.center) = (1.0, [7.5, 14.5, 19.5]);
    let list = draw(&world, &view);
    let frame = painted(&list);
    let Content::Volume(volume) = &list.layers[0].content else { panic!("it is a volume") };
    for (at, pixel) in frame.data().chunks_exact(4).enumerate() {
        let (y, x) = (at / 40, at % 40);
        let largest = (0..16).map(|z| volume.bricks.get([z, y, x])).fold(0.0, f64::max);
        assert_eq!(f64::from(pixel[0]), largest, "at {y}, {x}");
    }
}

#[test]
fn the_coarsest_level_is_wanted_first_and_stands_in() {
    let mut world = space();
    let levels = vec![
        level(&SHAPE, &[8, 16, 16], &SCALE, &[0.0; 3]),
        level(&[8, 15, 20], &[8, 16, 16], &[4.0, 2.0, 2.0], &[1.0, 0.5, 0.5]),
    ];
    let source = world.image("zyx", DType::U8, levels, |at| at[2] / 40.0);
    world.layer(source, [0.0, 255.0]);
    let view = looking(&world, Camera3d::ANGLES, 0.0);
    let budget = Budget::default();
    let plan = plan(&world.scene, &view, &world.metas, &budget);
    assert_eq!((plan.coarsest, plan.wanted.len(), plan.layers[0].level), (2, 2 + 12, 0));
    let shown = |resident: &dyn parfocal_render::Resident, budget: &Budget| {
        let list = resolved(&world, &view, resident, budget);
        let Content::Volume(volume) = &list.layers[0].content else { panic!("it is a volume") };
        (volume.bricks.shape, volume.bricks.origin, list.complete)
    };
    assert_eq!(shown(&world.chunks, &budget), (SHAPE, [0; 3], true));
    let mut some = world.chunks.clone();
    some.remove(&plan.wanted[5]);
    assert_eq!(shown(&some, &budget), ([8, 15, 20], [0; 3], false));
    let chunks = |chunks| Budget { volumes: Volumes { chunks, ..budget.volumes }, ..budget };
    let small = chunks(4);
    assert_eq!(shown(&world.chunks, &small), ([8, 15, 20], [0; 3], true));
    let tiny = chunks(1);
    assert_eq!(shown(&world.chunks, &tiny), ([8, 15, 16], [0; 3], true));
}

fn painted(list: &DrawList) -> Frame {
    let mut frame = Frame::new(PixelFormat::Rgba8, list.canvas[0], list.canvas[1]);
    Cpu::new(1).unwrap().render(list, &mut frame).unwrap();
    frame
}

#[test]
fn a_gpu_shows_samples_of_which_the_cpu_shows_half() {
    let mut world = space();
    let cube = |side: usize, scale: f64| level(&[side; 3], &[64; 3], &[scale; 3], &[0.0; 3]);
    let source = world.image("zyx", DType::U8, Vec::new(), |_| 0.0);
    let meta = world.metas.get_mut(&source).unwrap();
    Arc::make_mut(meta).levels = vec![cube(512, 0.1), cube(256, 0.2), cube(128, 0.4)];
    world.layer(source, [0.0, 255.0]);
    let mut view = looking(&world, Camera3d::ANGLES, 0.0);
    view.camera3d.as_mut().unwrap().zoom = 20.0;
    let level = |budget| plan(&world.scene, &view, &world.metas, &budget).layers[0].level;
    assert_eq!(level(Budget::new(1 << 30, None)), 1);
    assert_eq!(level(Budget::new(1 << 30, Some(1 << 30))), 0);
    // But not where the cache cannot hold it, nor the device.
    assert_eq!(level(Budget::new(1 << 27, Some(1 << 30))), 1);
    assert_eq!(level(Budget::new(1 << 30, Some(1 << 24))), 2);
}

#[test]
fn every_feature_is_painted_as_it_is_defined() {
    for case in volume_cases() {
        if let Err(error) = check_rays(&painted(&case.list), &case.list, RAYS) {
            panic!("{}: {error}", case.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_renderer_shows_what_is_defined(list in volume_list()) {
        // A surface of few pixels has more of its pixels at its edge.
        let tolerance = NearlyAll { others: 0.03, ..RAYS };
        check_rays(&painted(&list), &list, tolerance).map_err(TestCaseError::fail)?;
    }
}
