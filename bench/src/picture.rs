//! The picture that everybody draws: the image covers the canvas, linear interpolation; each frame
//! shifts the camera by a fraction of a sample, so that nothing can be answered from a cache.
//! `peers/common.py` says the same in Python.

use std::sync::Arc;

use anyhow::{Context, Result};
use parfocal_base::Chunk;
use parfocal_render::DrawList;
use parfocal_render::colormap::{Table, colormap};
use parfocal_render::draw_list::{
    AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Tile, Transfer,
};
use parfocal_scene::Blending;

use crate::image::{CHUNK, Image, LIMITS, SHAPE};

/// The canvases that are measured.
pub(crate) const SIZES: [[u32; 2]; 2] = [[1280, 720], [1920, 1080]];
/// How many layers are drawn: one, or all.
pub(crate) const LAYERS: [usize; 2] = [1, SHAPE[0]];

/// Makes the draw list of any frame.
pub(crate) struct Picture {
    layers: Vec<(Arc<Table>, Vec<Arc<Chunk>>)>,
}

impl Picture {
    /// The first `count` layers of `image`: one in grey, or several in colours that add up.
    pub(crate) fn new(image: &Image, count: usize) -> Result<Self> {
        let names: &[&str] = if count == 1 { &["gray"] } else { &["magenta", "green", "cyan"] };
        let layer = |(index, name): (usize, &&str)| {
            let table = colormap(name).with_context(|| format!("no colormap {name}"))?;
            Ok((table, image.chunks(index)))
        };
        let layers = names.iter().take(count).enumerate().map(layer).collect::<Result<_>>()?;
        Ok(Self { layers })
    }

    /// The draw list of frame `at` on a canvas of this width and height.
    pub(crate) fn list(&self, canvas: [u32; 2], at: usize) -> DrawList {
        let map = maps(canvas, at);
        let layers = self.layers.iter().enumerate();
        let layers = layers.map(|(index, layer)| draw_layer(canvas, map, index, layer)).collect();
        DrawList { canvas, background: [0; 3], layers, overlays: Vec::new(), complete: true }
    }
}

/// Canvas to texel, vertical and horizontal.
fn maps([width, height]: [u32; 2], at: usize) -> [AxisMap; 2] {
    let [_, rows, columns] = SHAPE.map(|n| n as f64);
    let [width, height] = [width, height].map(f64::from);
    let step = 1.0 / (width / columns).max(height / rows);
    let shift = (at % 16) as f64;
    let along = |samples: f64, pixels: f64, shift: f64| AxisMap {
        origin: (samples - 1.0) / 2.0 + shift - step * pixels / 2.0,
        step,
    };
    [along(rows, height, 0.21 * shift), along(columns, width, 0.37 * shift)]
}

fn draw_layer(
    [width, height]: [u32; 2],
    map: [AxisMap; 2],
    index: usize,
    (table, chunks): &(Arc<Table>, Vec<Arc<Chunk>>),
) -> DrawLayer {
    let tile = |chunk: &Arc<Chunk>| {
        let across = chunk.shape().last().copied().unwrap_or(1);
        Some(Tile { chunk: Arc::clone(chunk), base: 0, strides: [across, 1] })
    };
    let plane = Plane {
        tile: [CHUNK, CHUNK],
        first: [0, 0],
        across: SHAPE[2].div_ceil(CHUNK),
        tiles: chunks.iter().map(tile).collect(),
    };
    let transfer = Transfer { table: Arc::clone(table), limits: LIMITS, gamma: 1.0, linear: true };
    let patch =
        Patch { pixels: [0..height, 0..width], plane: 0, map, texels: [0..SHAPE[1], 0..SHAPE[2]] };
    DrawLayer {
        opacity: 1.0,
        blending: if index == 0 { Blending::Opaque } else { Blending::Additive },
        content: Content::Sampled(Sampled {
            paint: Paint::Image(transfer),
            planes: vec![plane],
            patches: vec![patch],
        }),
    }
}

/// `1920x1080`.
pub(crate) fn name([width, height]: [u32; 2]) -> String {
    format!("{width}x{height}")
}
