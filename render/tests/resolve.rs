//! Plans and draw lists show the right samples, load the right chunks and survive any input.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use common::{World, level, pyramid, resolved, view, world};
use parfocal_base::{Chunk, ChunkKey, DType, ImageMeta, SourceId};
use parfocal_render::draw_list::{Content, DrawLayer, Patch, Sampled};
use parfocal_render::{Budget, plan};
use parfocal_scene::{LayerChange, LayerKind, View};
use proptest::prelude::*;

fn sampled(layer: &DrawLayer) -> &Sampled {
    let Content::Sampled(sampled) = &layer.content else { panic!("not an image") };
    sampled
}

/// What a layer shows at a pixel: the sample of the nearest texel.
fn shown(layer: &DrawLayer, at: [u32; 2]) -> Option<f64> {
    let layer = sampled(layer);
    let holds = |patch: &&Patch| (0..2).all(|d| patch.pixels[d].contains(&at[d]));
    let patch = layer.patches.iter().find(holds)?;
    let texel = |d: usize| {
        let texels = &patch.texels[d];
        let nearest = (patch.map[d].at(at[d]) + 0.5).floor();
        (nearest.max(0.0) as usize).clamp(texels.start, texels.end - 1)
    };
    layer.planes[patch.plane].get(texel(0), texel(1))
}

/// A number that tells every sample of a (t, z, y, x) image from every other.
fn code(index: &[f64]) -> f64 {
    index.iter().fold(0.0, |code, i| code * 16.0 + i.round())
}

fn four_axes() -> World {
    let axes = [("t", 2.0, 1.0), ("z", 9.0, 1.5), ("y", 11.0, 1.0), ("x", 7.0, 0.5)];
    let mut world = world(&axes);
    let scale = [1.0, 1.5, 1.0, 0.5];
    let fine = level(&[3, 7, 12, 15], &[1, 3, 5, 4], &scale, &[0.0, 0.0, 0.25, -0.1]);
    let value = |at: &[f64]| {
        let index: Vec<_> =
            (0..4).map(|i| (at[i] - [0.0, 0.0, 0.25, -0.1][i]) / scale[i]).collect();
        code(&index)
    };
    let source = world.image("tzyx", DType::U16, vec![fine], value);
    world.layer(source, [0.0, 65_535.0]);
    world
}

proptest! {
    #[test]
    fn every_pixel_shows_the_sample_at_its_world_coordinate(
        displayed in (0_usize..4, 0_usize..4).prop_filter("different", |(a, b)| a != b),
        point in proptest::array::uniform4(0.0..9.0_f64),
        center in [0.0..8.0_f64, 0.0..8.0_f64],
        zoom in 0.3..40.0_f64,
    ) {
        let world = four_axes();
        let mut view = view(&world, [21, 17], center, zoom);
        (view.displayed, view.point) = ([displayed.0, displayed.1], point.to_vec());
        let list = resolved(&world, &view, &world.chunks, &Budget::default());
        prop_assert!(list.complete);
        let level = world.metas[&SourceId(1)].levels[0].clone();
        for y in 0..17 {
            for x in 0..21 {
                let [down, right] =
                    view.world_from_canvas(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let mut at = point;
                (at[displayed.0], at[displayed.1]) = (down, right);
                let index: Vec<f64> = (0..4)
                    .map(|i| ((at[i] - level.translate[i]) / level.scale[i] + 0.5).floor())
                    .collect();
                let inside = (0..4).all(|i| index[i] >= 0.0 && index[i] < level.shape[i] as f64);
                let found = list.layers.first().and_then(|layer| shown(layer, [y, x]));
                // A pixel middle on the border of two samples may fall to either.
                let border = displayed.0.max(displayed.1) < 4 && (0..4).any(|i| {
                    let place = (at[i] - level.translate[i]) / level.scale[i] + 0.5;
                    (place - place.round()).abs() < 1e-9
                });
                if !border {
                    prop_assert_eq!(found, inside.then(|| code(&index)), "pixel ({}, {})", x, y);
                }
            }
        }
    }

    #[test]
    fn missing_chunks_are_stood_in_for_and_the_planned_ones_complete_the_picture(
        keep in proptest::collection::vec(any::<bool>(), 400),
        center in [20.0..80.0_f64, 20.0..80.0_f64],
        zoom in 0.05..4.0_f64,
    ) {
        let mut world = world(&[("y", 99.0, 1.0), ("x", 99.0, 1.0)]);
        let fine = level(&[100, 90], &[16, 24], &[1.0; 2], &[0.0; 2]);
        let value = |at: &[f64]| (at[0] + at[1]).round() + 1.0;
        let source = world.image("yx", DType::U16, pyramid(fine, 3), value);
        world.layer(source, [0.0, 255.0]);
        let view = view(&world, [64, 48], center, zoom);
        let budget = Budget::default();
        let plan = plan(&world.scene, &view, &world.metas, &budget);

        let mut resident: HashMap<_, _> = world.chunks.iter().zip(&keep)
            .filter(|((key, _), keep)| key.level == 2 || **keep)
            .map(|((key, chunk), _)| (*key, Arc::clone(chunk)))
            .collect();
        let list = resolved(&world, &view, &resident, &budget);
        let all = resolved(&world, &view, &world.chunks, &budget);
        prop_assert!(all.complete);
        for y in 0..48 {
            for x in 0..64 {
                let part = list.layers.first().and_then(|layer| shown(layer, [y, x]));
                let full = all.layers.first().and_then(|layer| shown(layer, [y, x]));
                prop_assert_eq!(part.is_some(), full.is_some(), "({}, {})", x, y);
                // Levels sample one smooth ramp: a stand-in differs by its coarser step at most.
                let far = part.zip(full).map_or(0.0, |(a, b)| (a - b).abs());
                prop_assert!(far <= 8.0, "({}, {}): {:?} for {:?}", x, y, part, full);
            }
        }
        for key in &plan.wanted {
            resident.insert(*key, Arc::clone(&world.chunks[key]));
        }
        let list = resolved(&world, &view, &resident, &budget);
        prop_assert!(list.complete);
    }
}

#[test]
fn finer_chunks_stand_in_where_no_coarser_one_is_there() {
    let mut world = world(&[("y", 99.0, 1.0), ("x", 99.0, 1.0)]);
    let fine = level(&[96, 96], &[16, 16], &[1.0; 2], &[0.0; 2]);
    let source = world.image("yx", DType::U8, pyramid(fine, 3), |at| at[0] + at[1]);
    world.layer(source, [0.0, 255.0]);
    // Level 1: 3 x 3 chunks of 32 pixels of level 0.
    let view = view(&world, [48, 48], [47.5; 2], 0.5);
    assert_eq!(planned(&world, &view).layers[0].level, 1);
    world.chunks.retain(|key, _| {
        let at = key.index.to_vec();
        match key.level {
            0 => at[0] < 4,
            1 => at[1] == 0,
            _ => false,
        }
    });
    let list = resolved(&world, &view, &world.chunks, &Budget::default());
    assert!(!list.complete);
    let there = |at| list.layers.first().and_then(|layer| shown(layer, at)).is_some();
    let corners = [[8, 8], [8, 40], [40, 8], [40, 40]];
    assert_eq!(corners.map(there), [true, true, true, false]);
}

/// A large image of which nothing is loaded.
fn far_away(levels: usize) -> World {
    let mut world = world(&[("y", 65_535.0, 1.0), ("x", 65_535.0, 1.0)]);
    let fine = level(&[65_536; 2], &[512; 2], &[1.0; 2], &[0.0; 2]);
    let levels = pyramid(fine, levels);
    let axes = vec![common::axis("y"), common::axis("x")];
    let meta = ImageMeta { axes, dtype: DType::U16, levels };
    world.metas.insert(SourceId(1), Arc::new(meta));
    world.layer(SourceId(1), [0.0, 1.0]);
    world
}

fn planned(world: &World, view: &View) -> parfocal_render::Plan {
    plan(&world.scene, view, &world.metas, &Budget::default())
}

#[test]
fn the_level_follows_the_zoom() {
    let world = far_away(8);
    let cases = [(4.0, 0), (1.0, 0), (0.63, 0), (0.62, 1), (0.25, 2), (0.126, 3), (1e-4, 7)];
    for (zoom, level) in cases {
        let view = view(&world, [800, 600], [30_000.0; 2], zoom);
        assert_eq!(planned(&world, &view).layers[0].level, level, "zoom {zoom}");
    }
}

#[test]
fn an_axis_coarser_than_the_screen_does_not_hold_the_other_at_the_finest_level() {
    let mut world = world(&[("z", 4000.0, 40.0), ("y", 10.0, 1.0), ("x", 4095.0, 1.0)]);
    let fine = level(&[100, 11, 4096], &[1, 11, 512], &[40.0, 1.0, 1.0], &[0.0; 3]);
    let axes = ["z", "y", "x"].map(common::axis).into();
    let levels = pyramid(fine, 4);
    world.metas.insert(SourceId(1), Arc::new(ImageMeta { axes, dtype: DType::U8, levels }));
    world.layer(SourceId(1), [0.0, 1.0]);
    let mut view = view(&world, [400, 300], [2000.0, 2000.0], 0.13);
    view.displayed = [0, 2];
    assert_eq!(planned(&world, &view).layers[0].level, 3);
}

#[test]
fn chunks_are_wanted_once_coarse_first_and_from_the_middle_outwards() {
    let mut world = far_away(8);
    world.layer(SourceId(1), [0.0, 1.0]);
    let view = view(&world, [800, 600], [30_000.0, 20_000.0], 1.0);
    let parfocal_render::Plan { layers, wanted, coarsest } = planned(&world, &view);
    assert_eq!(layers.len(), 2);
    let (coarse, sharp) = wanted.split_at(coarsest);
    assert!(coarse.len() == 1 && coarse[0].level == 7);
    assert!(sharp.len() > 1 && sharp.iter().all(|key| key.level == 0));
    assert_eq!(sharp[0].index.to_vec(), [30_000 / 512, 20_000 / 512]);
    let mut sorted = wanted.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), wanted.len());
}

#[test]
fn an_image_without_a_pyramid_shows_its_middle_within_the_budget() {
    let world = far_away(1);
    let view = view(&world, [800, 600], [32_768.0; 2], 0.01);
    let plan = planned(&world, &view);
    assert!(plan.layers[0].narrowed);
    // Here the number of texels is what limits. Tiles at the edge are wanted whole.
    let (texels, most) = (plan.wanted.len() << 18, Budget::default().texels);
    assert!(texels <= most * 5 / 4 && texels >= most / 4, "{texels}");
    let middle = [32_768 / 512 - 1, 32_768 / 512];
    assert!(plan.wanted[0].index.to_vec().iter().all(|i| middle.contains(i)));
}

#[test]
fn a_point_outside_a_layer_hides_it() {
    let world = four_axes();
    let mut view = view(&world, [64, 64], [5.0, 4.0], 4.0);
    for (z, there) in [(0.0, true), (-0.74, true), (-0.8, false), (9.7, true), (9.8, false)] {
        view.point[1] = z;
        let list = resolved(&world, &view, &world.chunks, &Budget::default());
        assert_eq!(list.layers.len(), usize::from(there), "z = {z}");
    }
}

#[test]
fn a_layer_without_a_shown_axis_is_not_drawn_and_one_without_a_hidden_axis_is() {
    let mut world = world(&[("z", 3.0, 1.0), ("y", 7.0, 1.0), ("x", 7.0, 1.0)]);
    let flat = level(&[8, 8], &[8, 8], &[1.0; 2], &[0.0; 2]);
    let source = world.image("yx", DType::U8, vec![flat], |at| at[1]);
    world.layer(source, [0.0, 8.0]);
    let mut view = view(&world, [64, 64], [4.0; 2], 4.0);
    view.point[0] = 3.0;
    assert_eq!(planned(&world, &view).layers.len(), 1);
    view.displayed = [0, 2];
    assert_eq!(planned(&world, &view).layers.len(), 0);
}

#[test]
fn overrides_of_the_view_are_drawn() {
    let mut world = four_axes();
    let mut view = view(&world, [64, 64], [5.0, 4.0], 4.0);
    let id = world.scene.layers[0].id;
    view.overrides.insert(id, vec![LayerChange::Opacity(0.25)]);
    let list = resolved(&world, &view, &world.chunks, &Budget::default());
    assert_eq!(list.layers[0].opacity, 0.25);
    view.overrides.insert(id, vec![LayerChange::Visible(false)]);
    assert!(planned(&world, &view).wanted.is_empty());
    view.overrides.clear();
    world.scene.layers[0].kind = LayerKind::Labels;
    assert_eq!(planned(&world, &view).layers.len(), 1);
}

#[test]
fn a_chunk_of_the_wrong_shape_counts_as_missing() {
    let world = four_axes();
    let view = view(&world, [64, 64], [5.0, 4.0], 4.0);
    let wrong = Arc::new(
        Chunk::new(vec![1, 3, 2, 2], common::samples(DType::U16, (0..12).map(f64::from))).unwrap(),
    );
    let chunks: HashMap<ChunkKey, _> =
        world.chunks.keys().map(|key| (*key, Arc::clone(&wrong))).collect();
    let list = resolved(&world, &view, &chunks, &Budget::default());
    assert!(!list.complete);
    assert!(sampled(&list.layers[0]).patches.is_empty());
}

fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0..100.0_f64,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(0.0),
        1 => Just(f64::INFINITY),
        1 => Just(1e-300),
    ]
}

proptest! {
    #[test]
    fn nonsense_neither_panics_nor_wants_more_than_the_budget(
        shape in proptest::collection::vec(prop_oneof![0_usize..5, Just(usize::MAX), Just(1 << 40)], 0..4),
        chunk in proptest::collection::vec(prop_oneof![0_usize..5, Just(usize::MAX), Just(1)], 0..4),
        scale in proptest::collection::vec(wild(), 0..4),
        translate in proptest::collection::vec(wild(), 0..4),
        center in [wild(), wild()],
        zoom in wild(),
        displayed in [0_usize..5, 0_usize..5],
        width in prop_oneof![0_u32..300, Just(u32::MAX)],
        height in 0_u32..300,
        point in proptest::collection::vec(wild(), 0..4),
    ) {
        let mut world = world(&[("z", 3.0, 1.0), ("y", 7.0, 1.0), ("x", 7.0, 1.0)]);
        let axes = ["z", "y", "x"].map(common::axis).into();
        let level = parfocal_base::Level { shape, chunk, scale, translate };
        let meta = ImageMeta { axes, dtype: DType::U8, levels: vec![level.clone(), level] };
        world.metas.insert(SourceId(1), Arc::new(meta));
        world.layer(SourceId(1), [f64::NAN, f64::INFINITY]);
        world.scene.settings.scale_bar_visible = true;
        world.scene.settings.axes_visible = true;
        world.scene.settings.dims_label_visible = true;
        let mut view = view(&world, [width, height], center, zoom);
        (view.displayed, view.point) = (displayed, point);
        let plan = planned(&world, &view);
        prop_assert!(plan.wanted.len() <= 2 * Budget::default().chunks);
        let list = resolved(&world, &view, &world.chunks, &Budget::default());
        prop_assert!(list.layers.len() <= 1);
    }
}
