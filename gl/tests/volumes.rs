//! Volumes as the reference defines them, on Mesa's llvmpipe, within [`RAYS`]; and what a renderer
//! holds of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use common::{SMALL, all_are_right, open, paint};
use parfocal_base::{Chunk, Frame, PixelFormat, Samples};
use parfocal_gl::{Bounds, GlError, GlRenderer};
use parfocal_render::DrawList;
use parfocal_render::conformance::{check_rays, volume_cases, volume_list};
use parfocal_render::draw_list::{Brick, Bricks, Content};
use parfocal_render::reference::{NearlyAll, RAYS};
use proptest::prelude::*;

#[test]
fn every_feature_is_painted_as_it_is_defined() {
    all_are_right(volume_cases(), |frame, list| check_rays(frame, list, RAYS));
}

thread_local! {
    /// One context for all lists: opening it takes longer than painting.
    static GL: RefCell<GlRenderer> = RefCell::new(open(Bounds::default()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_volume_is_painted_as_it_is_defined(list in volume_list()) {
        let frame = GL.with_borrow_mut(|gl| paint(gl, &list, PixelFormat::Rgba8));
        // A surface of few pixels has more of its pixels at its edge.
        let tolerance = NearlyAll { others: 0.03, ..RAYS };
        check_rays(&frame, &list, tolerance).map_err(TestCaseError::fail)?;
    }
}

/// One chunk of floats along each side of a cube.
fn cube(side: usize, value: f32) -> DrawList {
    let mut list = volume_cases().remove(0).list;
    let Some(Content::Volume(volume)) = list.layers.last_mut().map(|layer| &mut layer.content)
    else {
        panic!("it is no volume");
    };
    let samples = (0..side.pow(3)).map(|i| value + (i % 97) as f32 * 400.0).collect();
    let chunk = Chunk::new(vec![side; 3], Samples::F32(samples)).unwrap();
    let brick = Brick { chunk: Arc::new(chunk), base: 0, strides: [side * side, side, 1] };
    volume.bricks = Bricks {
        shape: [side; 3],
        brick: [side; 3],
        origin: [0; 3],
        grid: [1; 3],
        bricks: vec![Some(brick)],
        spacing: [1.0; 3],
    };
    list
}

#[test]
fn a_volume_larger_than_the_renderer_may_hold_is_refused_and_costs_nothing_else() {
    let mut gl = open(SMALL);
    let list = cube(180, 0.0);
    let mut frame = Frame::new(PixelFormat::Rgba8, list.canvas[0], list.canvas[1]);
    assert!(matches!(gl.render(&list, &mut frame), Err(GlError::TooMuch(_))));
    let list = cube(60, 0.0);
    check_rays(&paint(&mut gl, &list, PixelFormat::Rgba8), &list, RAYS).unwrap();
    assert_eq!(gl.reopened(), 0);
}

#[test]
fn a_film_of_volumes_stays_within_the_bound_and_is_painted_as_it_is_defined() {
    let mut gl = open(SMALL);
    // Each of 5 MB, two of which one picture shows: three fit.
    let films: Vec<_> = (0..6_u8).map(|time| cube(100, f32::from(time) * 3e3)).collect();
    for round in 0..3 {
        for (time, list) in films.iter().enumerate() {
            let mut list = list.clone();
            list.layers.extend(films[(time + 1) % films.len()].layers.clone());
            let frame = paint(&mut gl, &list, PixelFormat::Rgba8);
            if round == 2 {
                check_rays(&frame, &list, RAYS).unwrap();
            }
            let usage = gl.usage().unwrap();
            assert!(usage.resident <= SMALL.resident && usage.bound <= SMALL.resident, "{usage:?}");
            // One program for the mode, and one that finds what is empty.
            assert!(usage.live.buffers <= 8 && usage.live.programs <= 7, "{usage:?}");
        }
    }
    assert_eq!(gl.reopened(), 0);
}
