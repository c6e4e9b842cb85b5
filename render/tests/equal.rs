//! The CPU renderer shows what the reference defines.
//!
//! "Equal" is: within one step of 8 bits of a colour that the definition gives for an intensity
//! within the renderer's stated tolerance. One step, because the renderer rounds a colour after it
//! was found at a rounded intensity: a value on the edge between two steps may fall to either side.
//! The reference carries both ends of the allowed intensities through gamma, colormap and blending.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::ops::Range;
use std::sync::Arc;

use parfocal_base::{Chunk, DType, Frame, PixelFormat, Samples};
use parfocal_render::cpu::TOLERANCE;
use parfocal_render::draw_list::{
    AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Tile, Transfer,
};
use parfocal_render::marks::{Color, Marks, Path, PathKind, Point, Text};
use parfocal_render::overlay::Overlay;
use parfocal_render::{Cpu, DrawList, colormap, reference};
use parfocal_scene::{Blending, Symbol};
use proptest::prelude::*;

const DTYPES: [DType; 8] = [
    DType::Bool,
    DType::U8,
    DType::U16,
    DType::U32,
    DType::I16,
    DType::I32,
    DType::F32,
    DType::F64,
];

fn any_samples(dtype: DType, n: usize) -> BoxedStrategy<Samples> {
    use proptest::collection::vec;
    let float = prop_oneof![
        20 => -2.0..3.0_f64,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
    ];
    match dtype {
        DType::Bool => vec(0_u8..2, n).prop_map(Samples::Bool).boxed(),
        DType::U8 => vec(any::<u8>(), n).prop_map(Samples::U8).boxed(),
        DType::U16 => vec(any::<u16>(), n).prop_map(Samples::U16).boxed(),
        DType::U32 => vec(any::<u32>(), n).prop_map(Samples::U32).boxed(),
        DType::I16 => vec(any::<i16>(), n).prop_map(Samples::I16).boxed(),
        DType::I32 => vec(any::<i32>(), n).prop_map(Samples::I32).boxed(),
        DType::F32 => vec(float.prop_map(|v| v as f32), n).prop_map(Samples::F32).boxed(),
        DType::F64 => vec(float, n).prop_map(Samples::F64).boxed(),
    }
}

/// A plane of 3 × 3 tiles of 5 × 7 texels; tiles may be missing, and lie anyhow in their chunks.
fn plane() -> impl Strategy<Value = Plane> {
    let dtype = proptest::sample::select(&DTYPES);
    let tile = |dtype: DType| {
        let chunk = (any_samples(dtype, 2 * 5 * 7), any::<bool>(), 0_usize..2);
        proptest::option::weighted(0.9, chunk).prop_map(|tile| {
            let (samples, transposed, slice) = tile?;
            let (shape, strides) =
                if transposed { (vec![2, 7, 5], [1, 5]) } else { (vec![2, 5, 7], [7, 1]) };
            let chunk = Arc::new(Chunk::new(shape, samples)?);
            Some(Tile { chunk, base: slice * 35, strides })
        })
    };
    dtype
        .prop_flat_map(move |dtype| proptest::collection::vec(tile(dtype), 9))
        .prop_map(|tiles| Plane { tile: [5, 7], first: [2, 1], across: 3, tiles })
}

fn range(most: u32) -> impl Strategy<Value = Range<u32>> {
    (0..=most, 0..=most).prop_map(|(a, b)| a.min(b)..a.max(b))
}

/// Texels of a patch: any part of the plane, not empty.
fn texels(first: usize, count: usize) -> impl Strategy<Value = Range<usize>> {
    (first..first + count)
        .prop_flat_map(move |start| (Just(start), start + 1..=first + count))
        .prop_map(|(start, end)| start..end)
}

fn map(first: usize) -> impl Strategy<Value = AxisMap> {
    let step = prop_oneof![0.001..0.2_f64, 0.2..2.0_f64, 2.0..50.0_f64, Just(1.0), Just(0.5)];
    (step, -10.0..20.0_f64)
        .prop_map(move |(step, shift)| AxisMap { origin: first as f64 + shift, step })
}

fn transfer() -> impl Strategy<Value = Transfer> {
    let name = proptest::sample::select(
        ["gray", "viridis", "turbo", "bop blue", "gray_r", "#f08010"].as_slice(),
    );
    let limits = prop_oneof![
        Just([0.0, 1.0]),
        Just([0.0, 255.0]),
        Just([0.0, 65_535.0]),
        Just([-1e9, 3e9]),
        Just([120.25, 121.0]),
        (-100.0..100.0_f64, 0.001..1e5_f64).prop_map(|(low, range)| [low, low + range]),
        Just([-1e308, 1e308]),
        Just([7.0, 7.0]),
    ];
    (name, limits, 0.05..5.0_f64, any::<bool>()).prop_map(|(name, limits, gamma, linear)| {
        Transfer { table: colormap(name).unwrap(), limits, gamma, linear }
    })
}

const BLENDINGS: [Blending; 4] =
    [Blending::Opaque, Blending::Translucent, Blending::Additive, Blending::Minimum];

const SYMBOLS: [Symbol; 9] = [
    Symbol::Disc,
    Symbol::Ring,
    Symbol::Square,
    Symbol::Diamond,
    Symbol::Cross,
    Symbol::X,
    Symbol::TriangleUp,
    Symbol::TriangleDown,
    Symbol::Star,
];

/// Mostly on a canvas of 50 × 50, sometimes far outside; sometimes at whole and half pixels.
fn place() -> impl Strategy<Value = f32> {
    prop_oneof![
        6 => -10.0..60.0_f32,
        3 => (-20..120_i32).prop_map(|half| half as f32 / 2.0),
        1 => -900.0..900.0_f32,
    ]
}

fn color() -> impl Strategy<Value = Color> {
    let alpha = prop_oneof![Just(255), any::<u8>()];
    (any::<[u8; 3]>(), alpha).prop_map(|([r, g, b], a)| [r, g, b, a])
}

/// A path with its own vertices.
fn path() -> impl Strategy<Value = (Vec<[f32; 3]>, PathKind, Color)> {
    let vertex = (place(), place(), prop_oneof![Just(1.0), 0.0..1.0_f32]);
    let vertices =
        proptest::collection::vec(vertex.prop_map(|(x, y, weight)| [x, y, weight]), 1..7);
    let width = prop_oneof![0.1..1.0_f32, 1.0..9.0_f32];
    let kind = prop_oneof![
        Just(PathKind::Fill),
        (width, any::<bool>()).prop_map(|(width, closed)| PathKind::Stroke { width, closed }),
    ];
    (vertices, kind, color())
}

fn point() -> impl Strategy<Value = Point> {
    let radius = prop_oneof![Just(0.0), 0.5..3.0_f32, 3.0..20.0_f32];
    let symbol = proptest::sample::select(&SYMBOLS);
    ([place(), place()], radius, 0.0..4.0_f32, color(), color(), symbol).prop_map(
        |(at, radius, edge_width, face, edge, symbol)| Point {
            at,
            radius,
            edge_width,
            face,
            edge,
            symbol,
        },
    )
}

fn text() -> impl Strategy<Value = Text> {
    let words = proptest::sample::select(["12.3 µm²", "Ωmega", "", "β-tubulin 45.2°"].as_slice());
    ([place(), place()], 4.0..20.0_f32, words, color(), color()).prop_map(
        |(at, size, words, color, halo)| Text { at, size, text: words.into(), color, halo },
    )
}

fn marks() -> impl Strategy<Value = DrawLayer> {
    use proptest::collection::vec;
    let lists = (vec(path(), 0..4), vec(point(), 0..5), vec(text(), 0..3));
    let opacity = prop_oneof![Just(1.0), 0.0..1.0_f64];
    let blending = proptest::sample::select(&BLENDINGS);
    (lists, opacity, blending).prop_map(|((lines, points, texts), opacity, blending)| {
        let mut marks = Marks { points, texts, ..Marks::default() };
        for (vertices, kind, color) in lines {
            let start = u32::try_from(marks.vertices.len()).unwrap();
            let end = start + u32::try_from(vertices.len()).unwrap();
            marks.vertices.extend(vertices);
            marks.paths.push(Path { vertices: start..end, kind, color });
        }
        DrawLayer { opacity, blending, content: Content::Marks(marks) }
    })
}

fn image(canvas: [u32; 2]) -> impl Strategy<Value = DrawLayer> {
    let paint = prop_oneof![4 => transfer().prop_map(Paint::Image), 1 => Just(Paint::Labels)];
    let blending = proptest::sample::select(&BLENDINGS);
    let patch =
        (range(canvas[1]), range(canvas[0]), texels(10, 15), texels(7, 21), map(10), map(7))
            .prop_map(|(rows, cols, v, u, down, right)| Patch {
                pixels: [rows, cols],
                plane: 0,
                map: [down, right],
                texels: [v, u],
            });
    (paint, prop_oneof![Just(1.0), 0.0..1.0_f64], blending, plane(), patch).prop_map(
        |(paint, opacity, blending, plane, patch)| DrawLayer {
            opacity,
            blending,
            content: Content::Sampled(Sampled { paint, planes: vec![plane], patches: vec![patch] }),
        },
    )
}

fn overlays() -> impl Strategy<Value = Vec<Overlay>> {
    let at = || [-20.0..60.0_f32, -20.0..60.0_f32];
    let rect = (at(), [0.0..40.0_f32, 0.0..40.0_f32], 0.0..9.0_f32, any::<[u8; 4]>())
        .prop_map(|(at, size, radius, color)| Overlay::Rect { at, size, radius, color });
    let text = (at(), 5.0..20.0_f32, any::<[u8; 4]>())
        .prop_map(|(at, size, color)| Overlay::Text { at, size, text: "10 µm".to_owned(), color });
    proptest::collection::vec(prop_oneof![rect, text], 0..3)
}

fn draw_list() -> impl Strategy<Value = DrawList> {
    (1_u32..50, 1_u32..50).prop_flat_map(|(w, h)| {
        let layer = prop_oneof![3 => image([w, h]).boxed(), 2 => marks().boxed()];
        let layers = proptest::collection::vec(layer, 0..4);
        (layers, overlays(), any::<[u8; 3]>()).prop_map(move |(layers, overlays, background)| {
            DrawList { canvas: [w, h], background, layers, overlays, complete: false }
        })
    })
}

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
        (Content::Marks(_), _) => {}
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
        let spans = reference::spans(&list, TOLERANCE);
        for (at, (pixel, span)) in frame.data().chunks_exact(4).zip(&spans).enumerate() {
            let (x, y) = (at % list.canvas[0] as usize, at / list.canvas[0] as usize);
            prop_assert_eq!(pixel[3], 255);
            for c in 0..3 {
                let value = f64::from(pixel[c]);
                let fits = value >= span.low[c] - 1.0 && value <= span.high[c] + 1.0;
                prop_assert!(fits, "({}, {}): {:?} is not in {:?}", x, y, pixel, span);
            }
        }
        // The direct path to I420 shows the same picture, within the rounding of fixed point.
        let direct = painted(&mut cpu, &list, PixelFormat::I420);
        let converted = reference::to_i420(&frame);
        for (at, (a, b)) in direct.data().iter().zip(converted.data()).enumerate() {
            prop_assert!(a.abs_diff(*b) <= 1, "byte {}: {} and {}", at, a, b);
        }
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
