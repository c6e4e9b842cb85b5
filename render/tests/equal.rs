//! The CPU renderer shows what the reference defines; `parfocal_render::conformance` says what that
//! means.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use parfocal_base::{Chunk, Frame, PixelFormat, Samples};
use parfocal_render::conformance::{cases, check, check_i420, draw_list};
use parfocal_render::cpu::TOLERANCE;
use parfocal_render::draw_list::{
    AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Tile, Transfer,
};
use parfocal_render::{Cpu, DrawList, colormap};
use parfocal_scene::Blending;
use proptest::prelude::*;

fn painted(cpu: &mut Cpu, list: &DrawList, format: PixelFormat) -> Frame {
    let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
    cpu.render(list, &mut frame).unwrap();
    frame
}

/// One small change to a picture, as an edit, a stroke or a chunk that comes makes it.
fn change(list: &mut DrawList, kind: u8, at: usize, other: &DrawList) {
    let count = list.layers.len().max(1);
    let source = other.layers.get(at % other.layers.len().max(1));
    let Some(layer) = list.layers.get_mut(at % count) else { return };
    match (&mut layer.content, source.map(|layer| &layer.content)) {
        (Content::Sampled(sampled), from) => match kind {
            0 => sampled.patches.truncate(at % 3),
            1 => layer.opacity = 0.5,
            2 => list.overlays.clone_from(&other.overlays),
            3 => {
                if let (Paint::Image(own), Some(Content::Sampled(from))) =
                    (&mut sampled.paint, from)
                    && let Paint::Image(from) = &from.paint
                {
                    own.clone_from(from);
                }
            }
            _ => {
                let Some(plane) = sampled.planes.first_mut() else { return };
                let Some(Content::Sampled(from)) = from else { return };
                let tiles = plane.tiles.len();
                let tile = from.planes.first().and_then(|from| from.tiles.get(at % tiles).cloned());
                plane.tiles[at % tiles] = tile.flatten();
            }
        },
        (Content::Marks(own), Some(Content::Marks(from))) => match kind {
            0 => drop((own.points.pop(), own.paths.pop(), own.texts.pop())),
            1 => own.points.extend(from.points.first().copied()),
            2 => own.points.splice(0..0, from.points.iter().copied()).for_each(drop),
            3 => own.texts.extend(from.texts.first().cloned()),
            4 => own.paths.iter_mut().take(1).for_each(|path| path.color = [9, 200, 30, 255]),
            _ => {
                let count = own.vertices.len().max(1);
                if let Some(vertex) = own.vertices.get_mut(at % count) {
                    vertex[1] += 3.0;
                }
            }
        },
        (Content::Marks(_) | Content::Volume(_), _) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_copied_from_the_picture_before_is_what_would_have_been_painted(
        (first, other) in (draw_list(), draw_list()),
        changes in proptest::collection::vec((0_u8..7, 0_usize..9), 1..6),
    ) {
        let mut cpu = Cpu::new(2).unwrap();
        for format in [PixelFormat::Rgba8, PixelFormat::I420] {
            let mut before = (first.clone(), painted(&mut cpu, &first, format));
            for &(kind, at) in &changes {
                let mut list = before.0.clone();
                change(&mut list, kind, at, &other);
                let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
                cpu.render_after(Some((&before.0, &before.1)), &list, &mut frame).unwrap();
                let anew = painted(&mut cpu, &list, format);
                prop_assert!(frame.data() == anew.data(), "{kind} at {at}");
                before = (list, frame);
            }
        }
    }

    #[test]
    fn the_cpu_renderer_equals_the_reference(list in draw_list()) {
        let mut cpu = Cpu::new(2).unwrap();
        let frame = painted(&mut cpu, &list, PixelFormat::Rgba8);
        check(&frame, &list, TOLERANCE).map_err(TestCaseError::fail)?;
        // The direct path to I420 shows the same picture.
        let direct = painted(&mut cpu, &list, PixelFormat::I420);
        check_i420(&direct, &frame).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn every_feature_is_painted_as_it_is_defined() {
    let mut cpu = Cpu::new(2).unwrap();
    for case in cases() {
        let frame = painted(&mut cpu, &case.list, PixelFormat::Rgba8);
        check(&frame, &case.list, TOLERANCE).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    }
}

/// A list with one layer of `samples` (rows of `width`) shown one to one.
fn one_to_one(samples: Samples, width: usize, transfer: Transfer) -> DrawList {
    let height = samples.len() / width;
    let chunk = Arc::new(Chunk::new(vec![height, width], samples).unwrap());
    let tiles = vec![Some(Tile { chunk, base: 0, strides: [width, 1] })];
    let plane = Plane { tile: [height, width], first: [0; 2], across: 1, tiles };
    let map = AxisMap { origin: -0.5, step: 1.0 };
    let canvas = [u32::try_from(width).unwrap(), u32::try_from(height).unwrap()];
    let pixels = [0..canvas[1], 0..canvas[0]];
    let patch = Patch { pixels, plane: 0, map: [map; 2], texels: [0..height, 0..width] };
    let layer = DrawLayer {
        opacity: 1.0,
        blending: Blending::Translucent,
        content: Content::Sampled(Sampled {
            paint: Paint::Image(transfer),
            planes: vec![plane],
            patches: vec![patch],
        }),
    };
    DrawList {
        canvas,
        background: [0; 3],
        layers: vec![layer],
        overlays: Vec::new(),
        complete: true,
    }
}

#[test]
fn every_byte_is_its_own_grey() {
    for linear in [false, true] {
        let transfer =
            Transfer { table: colormap("gray").unwrap(), limits: [0.0, 255.0], gamma: 1.0, linear };
        let list = one_to_one(Samples::U8((0..=255).collect()), 16, transfer);
        let frame = painted(&mut Cpu::new(1).unwrap(), &list, PixelFormat::Rgba8);
        for (value, pixel) in (0..=255).zip(frame.data().chunks_exact(4)) {
            assert_eq!(pixel, [value, value, value, 255]);
        }
    }
}

#[test]
fn white_and_black_are_the_ends_of_limited_range() {
    let transfer = Transfer {
        table: colormap("gray").unwrap(),
        limits: [0.0, 1.0],
        gamma: 1.0,
        linear: false,
    };
    let list = one_to_one(Samples::U8([0, 0, 1, 1, 0, 0, 1, 1].into()), 4, transfer);
    let frame = painted(&mut Cpu::new(1).unwrap(), &list, PixelFormat::I420);
    let [y, u, v] = frame.planes().unwrap();
    assert_eq!(y, [16, 16, 235, 235, 16, 16, 235, 235]);
    assert_eq!([u, v], [[128; 2]; 2]);
}

#[test]
fn a_frame_of_another_size_is_refused() {
    let transfer = Transfer {
        table: colormap("gray").unwrap(),
        limits: [0.0, 1.0],
        gamma: 1.0,
        linear: false,
    };
    let list = one_to_one(Samples::U8(vec![0; 4]), 2, transfer);
    let mut frame = Frame::new(PixelFormat::Rgba8, 3, 2);
    assert!(Cpu::new(1).unwrap().render(&list, &mut frame).is_err());
}
