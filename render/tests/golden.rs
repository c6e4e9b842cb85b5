//! Pictures of images and overlays that a person has looked at; `common/golden.rs` says how they are
//! compared.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::golden::check;
use common::{World, level, pyramid, resolved, view, world};
use parfocal_base::{ChunkKey, DType};
use parfocal_render::{Budget, DrawList, colormap};
use parfocal_scene::{Blending, Interpolation, LayerKind, View};

const CANVAS: [u32; 2] = [160, 120];

fn draw(world: &World, view: &View) -> DrawList {
    resolved(world, view, &world.chunks, &Budget::default())
}

/// An F, which no mirroring or transposition leaves as it is: 7 rows, 5 columns.
fn letter(row: f64, col: f64) -> f64 {
    const F: [&[u8; 5]; 7] = [b".....", b".###.", b".#...", b".##..", b".#...", b".#...", b"....."];
    let inside = F.get(row as usize).and_then(|line| line.get(col as usize));
    if inside == Some(&b'#') { 1.0 } else { 0.0 }
}

/// A soft blob around (`y`, `x`) with this radius.
fn blob(at: &[f64], center: [f64; 2], radius: f64) -> f64 {
    let [y, x] = [at[at.len() - 2] - center[0], at[at.len() - 1] - center[1]];
    (-(y * y + x * x) / (2.0 * radius * radius)).exp()
}

fn cells(at: &[f64]) -> f64 {
    let spots = [[30.0, 40.0, 14.0], [70.0, 60.0, 18.0], [40.0, 110.0, 16.0], [90.0, 125.0, 12.0]];
    spots.iter().map(|[y, x, r]| blob(at, [*y, *x], *r)).sum::<f64>()
}

/// One image of 120 × 160 samples, one micrometer apart, shown one to one.
fn picture(dtype: DType, limits: [f64; 2], value: impl Fn(&[f64]) -> f64) -> (World, View) {
    let mut world = world(&[("y", 119.0, 1.0), ("x", 159.0, 1.0)]);
    let fine = level(&[120, 160], &[32, 64], &[1.0; 2], &[0.0; 2]);
    let source = world.image("yx", dtype, vec![fine], value);
    world.layer(source, limits);
    let view = view(&world, CANVAS, [59.5, 79.5], 1.0);
    (world, view)
}

#[test]
fn an_f_stands_upright() {
    let mut world = world(&[("y", 6.0, 1.0), ("x", 4.0, 1.0)]);
    let fine = level(&[7, 5], &[4, 2], &[1.0; 2], &[0.0; 2]);
    let source = world.image("yx", DType::U8, vec![fine], |at| letter(at[0], at[1]));
    world.layer(source, [-0.3, 1.0]);
    let mut view = view(&world, CANVAS, [3.0, 2.0], 16.0);
    check("orientation", &draw(&world, &view));
    view.displayed = [1, 0];
    view.camera.center = [2.0, 3.0];
    check("orientation-transposed", &draw(&world, &view));
}

#[test]
fn a_cut_along_z_and_x_shows_the_f_of_that_plane() {
    let mut world = world(&[("z", 12.0, 2.0), ("y", 3.0, 1.0), ("x", 4.0, 1.0)]);
    let fine = level(&[7, 4, 5], &[2, 2, 3], &[2.0, 1.0, 1.0], &[0.0; 3]);
    let value = |at: &[f64]| if at[1] == 2.0 { letter(at[0] / 2.0, at[2]) } else { 0.5 };
    let source = world.image("zyx", DType::F32, vec![fine], value);
    world.layer(source, [-0.3, 1.0]);
    let mut view = view(&world, CANVAS, [6.0, 2.0], 8.0);
    (view.displayed, view.point) = ([0, 2], vec![0.0, 2.2, 0.0]);
    check("cut-z-x", &draw(&world, &view));
}

#[test]
fn enlarging_is_in_blocks_or_smooth() {
    let checker =
        |at: &[f64]| f64::from(u8::from((at[0] + at[1]) % 2.0 == 0.0)) * 200.0 + at[1] * 5.0;
    let mut world = world(&[("y", 5.0, 1.0), ("x", 7.0, 1.0)]);
    let fine = level(&[6, 8], &[3, 4], &[1.0; 2], &[0.0; 2]);
    let source = world.image("yx", DType::U8, vec![fine], checker);
    world.layer(source, [0.0, 240.0]).look.colormap = "magma".to_owned();
    let view = view(&world, CANVAS, [2.5, 3.5], 18.3);
    check("enlarged-nearest", &draw(&world, &view));
    world.scene.layers[0].look.interpolation2d = Interpolation::Linear;
    check("enlarged-linear", &draw(&world, &view));
}

#[test]
fn colormaps_run_from_left_to_right() {
    let names = parfocal_render::colormap_strips();
    let mut world = world(&[("y", 119.0, 1.0), ("x", 159.0, 1.0)]);
    for (at, strip) in names.iter().enumerate() {
        let fine = level(&[6, 160], &[6, 160], &[1.0; 2], &[at as f64 * 7.0 + 1.0, 0.0]);
        let source = world.image("yx", DType::U8, vec![fine], |at| at[1]);
        world.layer(source, [0.0, 159.0]).look.colormap = strip.name.to_owned();
        assert!(colormap(strip.name).is_some());
    }
    let view = view(&world, CANVAS, [59.5, 79.5], 1.0);
    check("colormaps", &draw(&world, &view));
}

#[test]
fn contrast_and_gamma_shape_a_ramp() {
    let (mut world, view) = picture(DType::U16, [10_000.0, 50_000.0], |at| at[1] * 400.0);
    world.scene.layers[0].look.gamma = 2.2;
    check("contrast-gamma", &draw(&world, &view));
}

#[test]
fn three_channels_add_up() {
    let mut world = world(&[("y", 119.0, 1.0), ("x", 159.0, 1.0)]);
    let fine = || vec![level(&[120, 160], &[64, 64], &[1.0; 2], &[0.0; 2])];
    let spots =
        [("bop blue", [50.0, 60.0]), ("bop orange", [50.0, 100.0]), ("bop purple", [80.0, 80.0])];
    for (name, center) in spots {
        let source = world.image("yx", DType::U16, fine(), |at| blob(at, center, 24.0) * 4000.0);
        let look = &mut world.layer(source, [100.0, 4000.0]).look;
        (look.colormap, look.blending) = (name.to_owned(), Blending::Additive);
    }
    let view = view(&world, CANVAS, [59.5, 79.5], 1.0);
    check("additive", &draw(&world, &view));
}

#[test]
fn layers_join_by_their_blending() {
    let bars = |at: &[f64]| (at[1] / 20.0).floor() % 2.0;
    for (name, blending) in [
        ("opaque", Blending::Opaque),
        ("translucent", Blending::Translucent),
        ("minimum", Blending::Minimum),
    ] {
        let (mut world, view) = picture(DType::U8, [0.0, 1.0], bars);
        world.scene.layers[0].look.colormap = "cyan".to_owned();
        let fine = level(&[60, 100], &[60, 100], &[1.0; 2], &[30.0, 30.0]);
        let holes = |at: &[f64]| if blob(at, [60.0, 80.0], 15.0) > 0.5 { f64::NAN } else { at[0] };
        let source = world.image("yx", DType::F32, vec![fine], holes);
        let look = &mut world.layer(source, [30.0, 90.0]).look;
        (look.colormap, look.blending, look.opacity) = ("inferno".to_owned(), blending, 0.75);
        check(&format!("blend-{name}"), &draw(&world, &view));
    }
}

#[test]
fn labels_lie_over_the_image_that_they_name() {
    let (mut world, view) = picture(DType::U8, [0.0, 255.0], |at| cells(at) * 220.0);
    let fine = level(&[120, 160], &[32, 64], &[1.0; 2], &[0.0; 2]);
    let number = |at: &[f64]| {
        if cells(at) < 0.45 {
            0.0
        } else {
            (1.0 + (at[0] / 60.0).floor() * 2.0 + (at[1] / 80.0).floor()) * 7.0
        }
    };
    let source = world.image("yx", DType::U32, vec![fine], number);
    let layer = world.layer(source, [0.0, 1.0]);
    (layer.kind, layer.look.opacity) = (LayerKind::Labels, 0.5);
    check("labels", &draw(&world, &view));
}

#[test]
fn coarse_chunks_stand_in_for_missing_ones() {
    let (mut world, view) = picture(DType::U8, [0.0, 255.0], |_| 0.0);
    let fine = level(&[120, 160], &[40, 40], &[1.0; 2], &[0.0; 2]);
    world.scene.layers.clear();
    let rings = |at: &[f64]| 128.0 + 127.0 * ((at[0] - 60.0).hypot(at[1] - 80.0) / 4.0).cos();
    let source = world.image("yx", DType::U8, pyramid(fine, 3), rings);
    world.layer(source, [0.0, 255.0]).look.colormap = "viridis".to_owned();
    let gone = |key: &ChunkKey| key.index.to_vec().iter().sum::<usize>() % 3 == 1;
    world.chunks.retain(|key, _| key.source != source || key.level == 2 || !gone(key));
    world.chunks.retain(|key, _| key.source != source || key.level != 1);
    let list = draw(&world, &view);
    assert!(!list.complete);
    check("stand-ins", &list);
}

fn with_overlays(world: &mut World) {
    world.scene.settings.scale_bar_visible = true;
    world.scene.settings.axes_visible = true;
    world.scene.settings.dims_label_visible = true;
}

#[test]
fn overlays_are_legible_on_light_and_dark() {
    for (name, value) in [("light", 255.0), ("dark", 0.0)] {
        let mut world =
            world(&[("t", 20.0, 1.0), ("z", 9.0, 0.6), ("y", 239.0, 1.0), ("x", 319.0, 1.0)]);
        world.scene.dims.axes[0].unit = None;
        let size = [1, 1, 240, 320];
        let fine = level(&size, &size, &[1.0, 0.6, 1.0, 1.0], &[12.0, 1.8, 0.0, 0.0]);
        let source = world.image("tzyx", DType::U8, vec![fine], |_| value);
        world.layer(source, [0.0, 255.0]);
        with_overlays(&mut world);
        let mut view = view(&world, [320, 240], [119.5, 159.5], 1.0);
        view.point = vec![12.0, 1.8, 0.0, 0.0];
        check(&format!("overlays-{name}"), &draw(&world, &view));
    }
}

#[test]
fn a_categorical_axis_shows_its_label_and_text_grows_with_the_canvas() {
    let mut world = world(&[("well", 2.0, 1.0), ("z", 3.0, 1.0), ("x", 639.0, 0.25)]);
    world.scene.dims.axes[0].unit = None;
    world.scene.dims.axes[0].labels = ["A01", "A02", "B01"].map(str::to_owned).into();
    let fine = level(&[10, 40], &[10, 40], &[4.0; 2], &[0.0; 2]);
    let source =
        world.image("zx", DType::U8, vec![fine], |at| blob(at, [20.0, 60.0], 25.0) * 255.0);
    world.layer(source, [0.0, 255.0]).look.colormap = "magma".to_owned();
    with_overlays(&mut world);
    let mut view = view(&world, [640, 360], [20.0, 80.0], 6.0);
    view.point[0] = 1.2;
    check("overlays-large", &draw(&world, &view));
}
