//! What a renderer is asked for beyond its bounds, and what it says where it cannot.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::sync::Arc;

use common::{SMALL, is_bounded, open, paint};
use parfocal_base::{Chunk, Frame, PixelFormat, Samples};
use parfocal_gl::{Choice, GlError, GlRenderer, TOLERANCE};
use parfocal_render::conformance::{Case, cases, check};
use parfocal_render::draw_list::{Content, DrawLayer};
use parfocal_render::marks::{Marks, Point};
use parfocal_render::{Cpu, DrawList};
use parfocal_scene::{Blending, Symbol};

#[test]
fn work_that_panics_costs_its_context_alone() {
    let Case { list, .. } = cases().remove(0);
    let mut gl = open(SMALL);
    let failed = gl.run(|_| panic!("of the test"));
    assert!(matches!(failed, Err(GlError::Thread(_))), "{failed:?}");
    assert!(gl.usage().is_none());
    paint(&mut gl, &list, PixelFormat::Rgba8);
    assert_eq!(gl.reopened(), 1);
}

#[test]
fn a_picture_that_reads_more_than_the_device_may_hold_is_painted_in_parts() {
    // 44 MB of samples, in one tile and thus in one patch.
    let mut list = cases().into_iter().find(|case| case.name == "one huge tile").unwrap().list;
    let Some(DrawLayer { content: Content::Sampled(sampled), .. }) = list.layers.last_mut() else {
        panic!("it is no image");
    };
    let size = [2300, 2400];
    let value =
        |i: usize| ((i % size[1]) as f64 / 31.0).sin() * ((i / size[1]) as f64 / 17.0).cos();
    let samples = Samples::F64((0..size[0] * size[1]).map(|i| 3e4 + 3e4 * value(i)).collect());
    let plane = &mut sampled.planes[0];
    plane.tile = size;
    let tile = plane.tiles[0].as_mut().unwrap();
    tile.chunk = Arc::new(Chunk::new(size.to_vec(), samples).unwrap());
    tile.strides = [size[1], 1];
    let patch = &mut sampled.patches[0];
    patch.texels = size.map(|size| 0..size);
    patch.map = patch.map.map(|mut map| {
        map.step = 24.1;
        map
    });
    let mut gl = open(SMALL);
    for _ in 0..2 {
        let frame = paint(&mut gl, &list, PixelFormat::Rgba8);
        check(&frame, &list, TOLERANCE).unwrap();
    }
    is_bounded(&gl.usage().unwrap(), SMALL);
}

#[test]
fn more_marks_than_one_batch_holds_are_painted_in_parts() {
    let place = |i: usize| {
        let [x, y] = [i * 37 % 701, i * 53 % 449].map(|v| v as f32 / 10.0);
        let color = [(i % 251) as u8, (i % 241) as u8, (i % 239) as u8, (i % 200) as u8];
        let symbol = Symbol::Disc;
        Point { at: [x, y], radius: 1.7, edge_width: 0.5, face: color, edge: color, symbol }
    };
    let marks = Marks { points: (0..500_000).map(place).collect(), ..Marks::default() };
    let content = Content::Marks(marks);
    let layer = DrawLayer { opacity: 0.9, blending: Blending::Additive, content };
    let list = DrawList {
        canvas: [70, 45],
        background: [0; 3],
        layers: vec![layer],
        overlays: Vec::new(),
        complete: true,
    };
    let mut gl = open(SMALL);
    let frame = paint(&mut gl, &list, PixelFormat::Rgba8);
    // Every pixel is white soon: what is compared is that each part of the canvas was painted.
    let mut expected = Frame::new(PixelFormat::Rgba8, 70, 45);
    Cpu::new(2).unwrap().render(&list, &mut expected).unwrap();
    let wrong =
        frame.data().iter().zip(expected.data()).filter(|(a, b)| a.abs_diff(**b) > 1).count();
    assert_eq!(wrong, 0);
    is_bounded(&gl.usage().unwrap(), SMALL);
}

#[test]
fn a_choice_that_cannot_be_met_says_what_there_is() {
    let error = GlRenderer::open(Choice::Device(63), SMALL).unwrap_err().to_string();
    assert!(error.contains("no device 63"), "{error}");
    let found = parfocal_gl::candidates().unwrap();
    let usable: Vec<_> = found.iter().filter_map(|one| one.outcome.as_ref().ok()).collect();
    assert!(usable.iter().any(|one| !one.hardware && one.max_side >= 4096), "{found:?}");
}
