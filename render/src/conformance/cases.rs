//! One list for each feature.

use std::sync::Arc;

use parfocal_base::{Chunk, DType, Samples};
use parfocal_scene::Blending;

use super::{BLENDINGS, DTYPES, marks, samples};
use crate::DrawList;
use crate::colormap::colormap;
use crate::draw_list::{AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Tile, Transfer};
use crate::overlay::Overlay;

/// A list, and the feature that it shows.
#[derive(Clone, Debug)]
pub struct Case {
    /// The feature, in words.
    pub name: String,
    /// What to paint.
    pub list: DrawList,
}

/// Of every case; no multiple of what painters work in.
pub(super) const CANVAS: [u32; 2] = [101, 67];
/// Texels of a tile, and tiles of a plane.
const TILE: [usize; 2] = [24, 31];
const GRID: [usize; 2] = [3, 4];

/// All features, one after another.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, layers: Vec<DrawLayer>| {
        cases.push(Case { name, list: list(layers) });
    };
    for dtype in DTYPES {
        for linear in [false, true] {
            let reading = if linear { "linear" } else { "nearest" };
            let layer = image(plane(dtype, wave), transfer(dtype, linear), 0.43);
            add(format!("{dtype:?} {reading} enlarged"), vec![layer]);
            let layer = image(plane(dtype, wave), transfer(dtype, linear), 1.37);
            add(format!("{dtype:?} {reading} reduced"), vec![layer]);
        }
        let numbers = plane(dtype, |v, u| if wave(v, u) < 0.5 { 0.0 } else { wave(v, u) });
        add(format!("{dtype:?} labels"), vec![labels(numbers)]);
    }
    for blending in BLENDINGS {
        for opacity in [1.0, 0.6] {
            let over = |mut layer: DrawLayer| {
                (layer.blending, layer.opacity) = (blending, opacity);
                vec![backdrop(), layer]
            };
            let image = image(plane(DType::U16, wave), transfer(DType::U16, true), 0.7);
            add(format!("image {blending:?} at {opacity}"), over(image));
            let holes = plane(DType::F32, |v, u| if v > 30.0 { f64::NAN } else { wave(v, u) });
            let layer = self::image(holes, transfer(DType::F32, false), 0.7);
            add(format!("image with NaN {blending:?} at {opacity}"), over(layer));
            let numbers = plane(DType::U8, |v, u| ((v / 9.0).floor() + (u / 7.0).floor()) / 255.0);
            add(format!("labels {blending:?} at {opacity}"), over(labels(numbers)));
            for (name, layer) in marks::layers() {
                add(format!("{name} {blending:?} at {opacity}"), over(layer));
            }
        }
    }
    for (name, layer) in odd() {
        add(name.to_owned(), vec![backdrop(), layer]);
    }
    for case in &mut cases {
        // Overlays are drawn on top of some.
        if case.name.contains("Minimum at 0.6") {
            case.list.overlays = overlays();
        }
    }
    cases
}

/// What is rarely seen, or has been painted wrongly somewhere.
fn odd() -> Vec<(&'static str, DrawLayer)> {
    let with = |plane: Plane, limits: [f64; 2], gamma: f64, linear: bool| {
        let transfer = Transfer { limits, gamma, ..transfer(DType::F64, linear) };
        image(plane, transfer, 0.8)
    };
    let far = |v: f64, u: f64| 1.7e9 + wave(v, u);
    let infinite = |v: f64, u: f64| [f64::INFINITY, f64::NEG_INFINITY, 0.4][(v + u) as usize % 3];
    let mut missing = image(plane(DType::U8, wave), transfer(DType::U8, true), 0.8);
    let mut transposed = missing.clone();
    let mut apart = missing.clone();
    if let Content::Sampled(sampled) = &mut missing.content {
        let tiles = sampled.planes.iter_mut().flat_map(|plane| &mut plane.tiles);
        tiles.step_by(3).for_each(|tile| *tile = None);
    }
    if let Content::Sampled(sampled) = &mut transposed.content {
        sampled.planes = vec![transposed_plane()];
    }
    if let Content::Sampled(sampled) = &mut apart.content {
        sampled.planes.push(plane(DType::U8, |v, u| 1.0 - wave(v, u)));
        let mut second = sampled.patches[0].clone();
        (sampled.patches[0].pixels[1], second.pixels[1]) = (0..40, 40..CANVAS[0]);
        second.plane = 1;
        sampled.patches.push(second);
    }
    vec![
        ("gamma below 1", with(plane(DType::F64, wave), [0.0, 1.0], 0.3, false)),
        ("gamma above 1", with(plane(DType::F32, wave), [0.0, 1.0], 2.2, true)),
        ("equal limits", with(plane(DType::F64, wave), [0.5, 0.5], 1.0, true)),
        ("a small range far from 0", with(plane(DType::F64, far), [1.7e9, 1.7e9 + 1.0], 1.0, true)),
        ("infinite samples, nearest", with(plane(DType::F64, infinite), [0.0, 1.0], 1.0, false)),
        ("infinite samples, linear", with(plane(DType::F32, infinite), [0.0, 1.0], 1.0, true)),
        ("infinite limits", with(plane(DType::F64, wave), [-1e308, 1e308], 1.0, true)),
        ("missing tiles", missing),
        ("a cut across the chunks' axes", transposed),
        ("patches of two planes", apart),
        ("one huge tile", image(huge(), transfer(DType::U16, true), 12.3)),
    ]
}

/// Between 0 and 1, and different at each texel.
fn wave(v: f64, u: f64) -> f64 {
    0.5 + 0.3 * (u / 6.1).sin() * (v / 4.7).cos() + 0.2 * (u / 29.0 + v / 17.0).sin()
}

fn transfer(dtype: DType, linear: bool) -> Transfer {
    let limits = dtype.range().map(|limit| limit * 0.9);
    Transfer { table: colormap("viridis").unwrap(), limits, gamma: 0.8, linear }
}

pub(super) fn list(layers: Vec<DrawLayer>) -> DrawList {
    let background = [30, 60, 90];
    DrawList { canvas: CANVAS, background, layers, overlays: Vec::new(), complete: true }
}

/// A bright picture below others.
fn backdrop() -> DrawLayer {
    let mut transfer = transfer(DType::U8, true);
    transfer.table = colormap("bop orange").unwrap();
    image(plane(DType::U8, |v, u| wave(u, v * 1.7)), transfer, 0.61)
}

fn overlays() -> Vec<Overlay> {
    let text = "12.5 µm".to_owned();
    vec![
        Overlay::Rect {
            at: [-3.5, 40.0],
            size: [60.0, 20.5],
            radius: 6.0,
            color: [12, 14, 18, 170],
        },
        Overlay::Triangle {
            corners: [[70.0, 5.0], [95.0, 20.0], [60.0, 30.0]],
            color: [250, 40, 90, 200],
        },
        Overlay::Text { at: [4.0, 55.0], size: 12.0, text, color: [255, 255, 255, 255] },
    ]
}

pub(super) fn layer(content: Content) -> DrawLayer {
    DrawLayer { opacity: 1.0, blending: Blending::Translucent, content }
}

/// A plane shown a little beyond its edges, at `step` texels a pixel.
fn image(plane: Plane, transfer: Transfer, step: f64) -> DrawLayer {
    sampled(plane, Paint::Image(transfer), step)
}

fn labels(plane: Plane) -> DrawLayer {
    sampled(plane, Paint::Labels, 0.9)
}

fn sampled(plane: Plane, paint: Paint, step: f64) -> DrawLayer {
    let rows = plane.tiles.len() / plane.across;
    let texels = [0..rows * plane.tile[0], 0..plane.across * plane.tile[1]];
    let map = [AxisMap { origin: -3.3, step }, AxisMap { origin: -2.6, step }];
    let patch = Patch { pixels: [2..CANVAS[1] - 3, 1..CANVAS[0]], plane: 0, map, texels };
    layer(Content::Sampled(Sampled { paint, planes: vec![plane], patches: vec![patch] }))
}

/// Samples of `dtype`; values from 0 to 1 are spread over the type's range.
pub(super) fn spread(dtype: DType, values: impl Iterator<Item = f64>) -> Samples {
    let [low, high] = dtype.range();
    let value = |v: f64| if dtype.is_integer() { (low + v * (high - low)).round() } else { v };
    samples(dtype, values.map(value))
}

/// Tiles that each lie in the second slice of their chunk.
fn plane(dtype: DType, value: impl Fn(f64, f64) -> f64) -> Plane {
    let [height, width] = TILE;
    let tile = |at: usize| {
        let (top, left) = (at / GRID[1] * height, at % GRID[1] * width);
        let texel = |i: usize| {
            let i = i % (height * width);
            value((top + i / width) as f64, (left + i % width) as f64)
        };
        let samples = spread(dtype, (0..2 * height * width).map(texel));
        let chunk = Chunk::new(vec![2, height, width], samples)?;
        Some(Tile { chunk: Arc::new(chunk), base: height * width, strides: [width, 1] })
    };
    let tiles = (0..GRID[0] * GRID[1]).map(tile).collect();
    Plane { tile: TILE, first: [0; 2], across: GRID[1], tiles }
}

/// The same picture, from chunks whose first axis runs to the right.
fn transposed_plane() -> Plane {
    let upright = plane(DType::U8, wave);
    let [height, width] = TILE;
    let turn = |tile: &Option<Tile>| {
        let tile = tile.as_ref()?;
        let texel =
            |i: usize| tile.chunk.samples().get(tile.base + i % height * width + i / height);
        let values = (0..height * width).map(|i| texel(i).unwrap_or(0.0) as u8).collect();
        let chunk = Chunk::new(vec![width, 1, height], Samples::U8(values))?;
        Some(Tile { chunk: Arc::new(chunk), base: 0, strides: [1, height] })
    };
    Plane { tiles: upright.tiles.iter().map(turn).collect(), ..upright }
}

/// One tile larger than what painters cut their work into.
fn huge() -> Plane {
    let [height, width] = [760, 1300];
    let value = |i: usize| wave((i / width) as f64 / 9.0, (i % width) as f64 / 11.0);
    let samples = spread(DType::U16, (0..height * width).map(value));
    let chunk = Arc::new(Chunk::new(vec![height, width], samples).unwrap());
    let tile = Tile { chunk, base: 0, strides: [width, 1] };
    Plane { tile: [height, width], first: [0; 2], across: 1, tiles: vec![Some(tile)] }
}
