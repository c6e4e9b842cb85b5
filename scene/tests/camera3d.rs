//! Views of three axes: what a camera sees, and what intents make of it.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::array::from_fn;

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, Level, SourceId, ViewId};
use parfocal_scene::{
    Applied, Camera3d, Change, Directions, Intent, LayerKind, LayerSpec, Reject, RejectCode, Scene,
    View,
};
use proptest::prelude::*;

const CANVAS: [u32; 2] = [800, 600];

fn camera(angles: [f64; 3], perspective: f64) -> Camera3d {
    Camera3d { depth: 0, center: [10.0, 20.0, 30.0], zoom: 4.0, angles, perspective }
}

fn close<const N: usize>(a: [f64; N], b: [f64; N]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    from_fn(|d| a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3])
}

/// `v` about the unit vector `axis`, by the right hand in (depth, vertical, horizontal).
fn turned(v: [f64; 3], axis: [f64; 3], degrees: f64) -> [f64; 3] {
    let (s, c) = degrees.to_radians().sin_cos();
    let across = cross(axis, v);
    let along: f64 = v.iter().zip(axis).map(|(v, a)| v * a).sum();
    from_fn(|d| v[d] * c + across[d] * s + axis[d] * along * (1.0 - c))
}

#[test]
fn the_front_shows_vertical_down_horizontal_right_and_depth_towards_the_viewer() {
    let camera = camera(Camera3d::ANGLES, 0.0);
    let Directions { right, up, view } = camera.directions();
    assert!(close(right, [0.0, 0.0, 1.0]));
    assert!(close(up, [0.0, -1.0, 0.0]));
    assert!(close(view, [-1.0, 0.0, 0.0]));
    let [x, y, behind] = camera.project(CANVAS, [11.0, 22.0, 33.0]).unwrap();
    assert!(close([x, y, behind], [400.0 + 12.0, 300.0 + 8.0, -1.0]));
}

/// Values of napari's `Camera.view_direction` and `up_direction` for these angles.
#[test]
fn angles_mean_what_they_mean_in_napari() {
    let look = |angles| camera(angles, 0.0).directions();
    let (s, c) = 30_f64.to_radians().sin_cos();
    assert!(close(look([0.0, 0.0, 120.0]).view, [-c, -s, 0.0]));
    assert!(close(look([0.0, 30.0, 90.0]).view, [-c, 0.0, -s]));
    assert!(close(look([30.0, 0.0, 90.0]).view, [-1.0, 0.0, 0.0]));
    assert!(close(look([30.0, 0.0, 90.0]).up, [0.0, -c, s]));
    assert!(close(look([0.0, 0.0, 0.0]).view, [0.0, 1.0, 0.0]));
    assert!(close(look([0.0, 0.0, 0.0]).up, [-1.0, 0.0, 0.0]));
}

proptest! {
    #[test]
    fn the_picture_is_never_mirrored(angles in [-180.0..180.0, -180.0..180.0, -180.0..180.0_f64]) {
        let Directions { right, up, view } = camera(angles, 0.0).directions();
        // In (depth, vertical, horizontal), seen from the front: up, right and away from the viewer.
        prop_assert!(close(cross(right, up), view.map(|v| -v)));
    }

    #[test]
    fn the_middle_of_the_canvas_shows_the_center(
        angles in [-180.0..180.0, -180.0..180.0, -180.0..180.0_f64],
        perspective in prop_oneof![Just(0.0), 1.0..90.0_f64],
    ) {
        let camera = camera(angles, perspective);
        let seen = camera.project(CANVAS, camera.center).unwrap();
        prop_assert!(close(seen, [400.0, 300.0, 0.0]));
        let ray = camera.ray(CANVAS, 400.0, 300.0);
        prop_assert!(close(ray.direction, camera.directions().view));
    }

    #[test]
    fn what_lies_on_a_ray_is_seen_where_the_ray_goes_through_the_canvas(
        angles in [-180.0..180.0, -180.0..180.0, -180.0..180.0_f64],
        perspective in prop_oneof![Just(0.0), 1.0..90.0_f64],
        [x, y] in [0.0..800.0, 0.0..600.0_f64],
        share in 0.1..3.0_f64,
    ) {
        let camera = camera(angles, perspective);
        let ray = camera.ray(CANVAS, x, y);
        let far = camera.distance(CANVAS[1]).unwrap_or(100.0) * share;
        let at = from_fn(|d| ray.origin[d] + ray.direction[d] * far);
        let seen = camera.project(CANVAS, at).unwrap();
        prop_assert!((seen[0] - x).abs() < 1e-6 && (seen[1] - y).abs() < 1e-6, "{seen:?}");
    }

    #[test]
    fn a_camera_that_is_turned_and_turned_back_looks_as_before(
        angles in [-180.0..180.0, -180.0..180.0, -180.0..180.0_f64],
        turns in prop::collection::vec((any::<bool>(), -90.0..90.0_f64), 0..8),
    ) {
        let mut camera = camera(angles, 0.0);
        let before = camera.directions();
        let mut turn = |about_up: bool, degrees: f64| {
            let now = camera.directions();
            let axis = if about_up { now.up } else { now.right };
            let to = Directions {
                right: turned(now.right, axis, degrees),
                up: turned(now.up, axis, degrees),
                view: turned(now.view, axis, degrees),
            };
            camera.angles = Camera3d::angles_of(&to);
            let got = camera.directions();
            assert!(close(got.up, to.up) && close(got.view, to.view) && close(got.right, to.right));
        };
        for &(about_up, degrees) in &turns {
            turn(about_up, degrees);
        }
        for &(about_up, degrees) in turns.iter().rev() {
            turn(about_up, -degrees);
        }
        let after = camera.directions();
        let near = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        prop_assert!(near(after.view, before.view) && near(after.up, before.up));
    }
}

fn meta(axes: &[(&str, AxisKind, usize, f64)]) -> ImageMeta {
    let shape: Vec<usize> = axes.iter().map(|axis| axis.2).collect();
    let level = Level {
        chunk: shape.clone(),
        scale: axes.iter().map(|axis| axis.3).collect(),
        translate: vec![0.0; shape.len()],
        shape,
    };
    let axis = |(name, kind, ..): &(&str, AxisKind, usize, f64)| Axis {
        name: (*name).to_owned(),
        kind: *kind,
        unit: None,
    };
    ImageMeta { axes: axes.iter().map(axis).collect(), dtype: DType::U8, levels: vec![level] }
}

/// t 4 · z 11 (2 apart) · y 100 · x 200.
fn scene() -> Scene {
    use AxisKind::{Space, Time};
    let meta = meta(&[
        ("t", Time, 4, 1.0),
        ("z", Space, 11, 2.0),
        ("y", Space, 100, 1.0),
        ("x", Space, 200, 1.0),
    ]);
    let mut scene = Scene::new();
    scene.add_layer(&LayerSpec::new("a", LayerKind::Image, SourceId(1), "a", &meta)).unwrap();
    scene
}

fn ask(scene: &mut Scene, intent: Intent) -> Result<Applied, Reject> {
    let done = scene.apply(&Change::Intent(intent));
    scene.check().unwrap();
    done
}

fn stage(scene: &Scene) -> &View {
    &scene.views[&ViewId::STAGE]
}

const STAGE: ViewId = ViewId::STAGE;

fn show(ndisplay: u8) -> Intent {
    Intent::SetNdisplay { view: STAGE, ndisplay }
}

fn look(angles: [f64; 3], perspective: f64) -> Intent {
    let center = [10.0, 50.0, 100.0];
    Intent::SetCamera3d { view: STAGE, center, zoom: 3.0, angles, perspective }
}

#[test]
fn a_view_goes_to_three_axes_and_back_to_what_it_showed() {
    let mut scene = scene();
    let flat = stage(&scene).clone();
    assert_eq!((flat.ndisplay(), flat.displayed3d()), (2, None));
    ask(&mut scene, show(3)).unwrap();
    let deep = stage(&scene);
    assert_eq!((deep.ndisplay(), deep.displayed3d()), (3, Some([1, 2, 3])));
    let camera = deep.camera3d.unwrap();
    assert_eq!((camera.center, camera.angles), ([10.0, 49.5, 99.5], Camera3d::ANGLES));
    assert_eq!((camera.zoom, camera.perspective), (flat.camera.zoom, 0.0));
    assert!(ask(&mut scene, show(3)).unwrap().writes.is_empty());
    ask(&mut scene, show(2)).unwrap();
    assert_eq!(*stage(&scene), flat);
}

#[test]
fn what_is_out_of_bounds_is_clamped_or_refused() {
    let mut scene = scene();
    let code = |done: Result<Applied, Reject>| done.map(|_| ()).map_err(|why| why.code);
    assert_eq!(code(ask(&mut scene, look([0.0; 3], 0.0))), Err(RejectCode::NotApplicable));
    assert_eq!(code(ask(&mut scene, show(4))), Err(RejectCode::OutOfRange));
    ask(&mut scene, show(3)).unwrap();
    let nan = look([f64::NAN, 0.0, 0.0], 0.0);
    assert_eq!(code(ask(&mut scene, nan)), Err(RejectCode::NotFinite));
    let applied = ask(&mut scene, look([-190.0, 180.0, 720.5], 400.0)).unwrap();
    let Some(Intent::SetCamera3d { angles, perspective, .. }) = applied.intent else {
        panic!("the camera was set")
    };
    assert_eq!((angles, perspective), ([170.0, 180.0, 0.5], 90.0));
    ask(&mut scene, look([0.0; 3], 0.3)).unwrap();
    assert_eq!(stage(&scene).camera3d.unwrap().perspective, 0.0);
    ask(&mut scene, Intent::ResetView { view: STAGE }).unwrap();
    assert_eq!(stage(&scene).camera3d.unwrap().angles, Camera3d::ANGLES);
}

#[test]
fn a_scene_of_two_axes_has_nothing_in_depth() {
    let meta = meta(&[("y", AxisKind::Space, 10, 1.0), ("x", AxisKind::Space, 10, 1.0)]);
    let mut scene = Scene::new();
    scene.add_layer(&LayerSpec::new("a", LayerKind::Image, SourceId(1), "a", &meta)).unwrap();
    assert_eq!(ask(&mut scene, show(3)).unwrap_err().code, RejectCode::NotApplicable);
}

#[test]
fn other_axes_take_the_place_of_the_depth() {
    let mut scene = scene();
    ask(&mut scene, show(3)).unwrap();
    let display = |displayed| Intent::SetDisplayed { view: STAGE, displayed };
    ask(&mut scene, display([1, 3])).unwrap();
    assert_eq!(stage(&scene).displayed3d(), Some([2, 1, 3]));
    ask(&mut scene, display([3, 1])).unwrap();
    assert_eq!(stage(&scene).displayed3d(), Some([2, 3, 1]));
}

#[test]
fn a_view_written_before_there_were_three_axes_shows_two() {
    let scene = scene();
    let json = serde_json::to_value(stage(&scene)).unwrap();
    assert!(json.get("camera3d").is_none());
    assert_eq!(serde_json::from_value::<View>(json).unwrap().ndisplay(), 2);
    let mut layer = serde_json::to_value(&scene.layers[0]).unwrap();
    for new in ["rendering", "attenuation", "iso_threshold", "interpolation3d"] {
        assert!(layer.as_object_mut().unwrap().remove(new).is_some());
    }
    let read: parfocal_scene::Layer = serde_json::from_value(layer).unwrap();
    assert_eq!(read, scene.layers[0]);
}
