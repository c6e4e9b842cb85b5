//! Draw lists of the size of real pictures.

use parfocal_base::DType;
use parfocal_render::conformance::waves;
use parfocal_render::draw_list::{
    AxisMap, Content, DrawLayer, Paint, Patch, Plane, Sampled, Transfer,
};
use parfocal_render::marks::{Marks, Path, PathKind, Point};
use parfocal_render::{DrawList, colormap};
use parfocal_scene::{Blending, Symbol};

/// Side of a chunk.
const TILE: usize = 512;
/// Texels a pixel.
const STEP: f64 = 0.93;

/// A list, and what it shows.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) list: DrawList,
    /// Bytes of samples that it reads.
    pub(crate) bytes: usize,
}

/// Pictures on this canvas.
pub(crate) fn worlds(canvas: [u32; 2]) -> Option<Vec<World>> {
    let u8s = plane(DType::U8, canvas);
    let u16s = plane(DType::U16, canvas);
    let f32s = plane(DType::F32, canvas);
    let one = |name, plane: &Plane, linear| {
        let layers = vec![image(plane, canvas, "viridis", Blending::Translucent, linear)?];
        Some(World { name, bytes: bytes(&layers), list: list(canvas, layers) })
    };
    let three = || {
        ["green", "magenta", "bop blue"]
            .into_iter()
            .map(|name| image(&u16s, canvas, name, Blending::Additive, true))
            .collect::<Option<Vec<_>>>()
    };
    // The chunks are shared: they are sent once.
    let channels = World {
        name: "three channels u16, linear",
        bytes: bytes(&three()?) / 3,
        list: list(canvas, three()?),
    };
    let mut marked = vec![image(&u8s, canvas, "gray", Blending::Translucent, true)?];
    marked.push(marks(canvas));
    let marked = World {
        name: "u8, linear, 100,000 points, 1,000 areas and lines",
        bytes: bytes(&marked),
        list: list(canvas, marked),
    };
    Some(vec![
        one("u8, nearest", &u8s, false)?,
        one("u16, linear", &u16s, true)?,
        one("f32, linear", &f32s, true)?,
        channels,
        marked,
    ])
}

fn list(canvas: [u32; 2], layers: Vec<DrawLayer>) -> DrawList {
    DrawList { canvas, background: [0; 3], layers, overlays: Vec::new(), complete: true }
}

fn bytes(layers: &[DrawLayer]) -> usize {
    let sampled = layers.iter().filter_map(|layer| match &layer.content {
        Content::Sampled(sampled) => Some(sampled),
        Content::Marks(_) | Content::Volume(_) => None,
    });
    let planes = sampled.flat_map(|sampled| &sampled.planes);
    planes.flat_map(|plane| &plane.tiles).flatten().map(|tile| tile.chunk.bytes()).sum()
}

fn image(
    plane: &Plane,
    canvas: [u32; 2],
    name: &str,
    blending: Blending,
    linear: bool,
) -> Option<DrawLayer> {
    let dtype = plane.tiles.first()?.as_ref()?.chunk.samples().dtype();
    let limits = dtype.range().map(|v| v * 0.8);
    let transfer = Transfer { table: colormap(name)?, limits, gamma: 0.8, linear };
    let map = AxisMap { origin: 3.3, step: STEP };
    let rows = plane.tiles.len() / plane.across;
    let texels = [0..rows * TILE, 0..plane.across * TILE];
    let patch = Patch { pixels: [0..canvas[1], 0..canvas[0]], plane: 0, map: [map; 2], texels };
    let content = Content::Sampled(Sampled {
        paint: Paint::Image(transfer),
        planes: vec![plane.clone()],
        patches: vec![patch],
    });
    Some(DrawLayer { opacity: 1.0, blending, content })
}

fn plane(dtype: DType, canvas: [u32; 2]) -> Plane {
    let [columns, rows] =
        canvas.map(|side| ((f64::from(side) * STEP + 8.0) / TILE as f64).ceil() as usize);
    waves(dtype, TILE, [rows, columns])
}

fn marks(canvas: [u32; 2]) -> DrawLayer {
    let [width, height] = canvas.map(|side| side as f32);
    let at = |i: usize| {
        [(i as f32 * 0.618_034).fract() * width, (i as f32 * 0.414_213_56).fract() * height]
    };
    let color = |i: usize| [(i * 37) as u8, (i * 59) as u8, (i * 83) as u8, 200];
    let points = (0..100_000).map(|i| Point {
        at: at(i),
        radius: 3.0,
        edge_width: 1.0,
        face: color(i),
        edge: [0, 0, 0, 255],
        symbol: [Symbol::Disc, Symbol::Square, Symbol::Cross][i % 3],
    });
    let mut marks = Marks { points: points.collect(), ..Marks::default() };
    for i in 0..1000 {
        let ([x, y], start) = (at(i * 7), marks.vertices.len() as u32);
        let place = |k: usize| {
            let angle = k as f32 / 12.0 * std::f32::consts::TAU;
            [x + 30.0 * angle.cos(), y + 24.0 * angle.sin(), 1.0]
        };
        marks.vertices.extend((0..12).map(place));
        let stroke = PathKind::Stroke { width: 2.0, closed: true };
        for kind in [PathKind::Fill, stroke] {
            marks.paths.push(Path { vertices: start..start + 12, kind, color: color(i) });
        }
    }
    let content = Content::Marks(marks);
    DrawLayer { opacity: 0.8, blending: Blending::Translucent, content }
}
