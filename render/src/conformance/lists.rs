//! Draw lists of every kind, by chance.

use std::ops::Range;
use std::sync::Arc;

use parfocal_base::{Chunk, DType, Samples};
use parfocal_scene::Symbol;
use proptest::prelude::*;

use super::{BLENDINGS, DTYPES};
use crate::DrawList;
use crate::colormap::colormap;
use crate::draw_list::{AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Tile, Transfer};
use crate::marks::{Color, Marks, Path, PathKind, Point, Text};
use crate::overlay::Overlay;

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
    let symbol = proptest::sample::select(&Symbol::ALL);
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

/// Any draw list: a small canvas, up to four layers of images, labels and annotations, overlays.
pub fn draw_list() -> impl Strategy<Value = DrawList> {
    (1_u32..50, 1_u32..50).prop_flat_map(|(w, h)| {
        let layer = prop_oneof![3 => image([w, h]).boxed(), 2 => marks().boxed()];
        let layers = proptest::collection::vec(layer, 0..4);
        (layers, overlays(), any::<[u8; 3]>()).prop_map(move |(layers, overlays, background)| {
            DrawList { canvas: [w, h], background, layers, overlays, complete: false }
        })
    })
}
