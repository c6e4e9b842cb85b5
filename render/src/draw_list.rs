//! A draw list: all that a painter needs to know about a picture, as plain data.
//!
//! **Sampling.** The pixel (x, y) of the canvas is sampled at its middle, (x + 0.5, y + 0.5).
//! [`AxisMap`] gives the texel coordinate there; texel i has its centre at the integer i.
//! *Nearest* reads texel floor(u + 0.5), *linear* mixes floor(u) and floor(u) + 1; both are first
//! clamped into the patch's texels. A NaN among the texels read makes the pixel transparent.
//!
//! **Colour.** With lo, hi the contrast limits: t = clamp((v − lo) / (hi − lo), 0, 1), colour =
//! table at t^gamma. Layers are painted bottom first; after each the picture has 8 bits a channel,
//! as a GPU's frame buffer has. See [`Blending`] for how they join, and [`marks`](crate::marks) for
//! how annotations are painted.

mod volume;

use std::ops::Range;
use std::sync::Arc;

use parfocal_base::Chunk;
use parfocal_scene::Blending;

use crate::colormap::Table;
use crate::marks::Marks;
use crate::overlay::Overlay;

pub use volume::{
    AMBIENT, Brick, Bricks, HALVINGS, Mode, OPAQUE, Ray, Rays, SHINE, SHININESS, Volume,
    VolumePaint,
};

/// One picture.
#[derive(Clone, Debug)]
pub struct DrawList {
    /// Width and height in pixels.
    pub canvas: [u32; 2],
    /// What is seen where no layer is.
    pub background: [u8; 3],
    /// Bottom first.
    pub layers: Vec<DrawLayer>,
    /// Drawn last, in this order.
    pub overlays: Vec<Overlay>,
    /// Whether every chunk was there at the wanted level (no coarser stand-in, nothing missing).
    pub complete: bool,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct DrawLayer {
    /// 0 to 1.
    pub opacity: f64,
    /// How colours join what lies below.
    pub blending: Blending,
    /// What is seen.
    pub content: Content,
}

/// What a layer shows.
#[derive(Clone, Debug)]
pub enum Content {
    /// Samples of an image.
    Sampled(Sampled),
    /// Annotations.
    Marks(Marks),
    /// Samples of an image, seen in space. Its file defines how.
    Volume(Box<Volume>),
}

/// An image's samples.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// How samples become colours.
    pub paint: Paint,
    /// Planes that patches refer to.
    pub planes: Vec<Plane>,
    /// Parts of the canvas; no two overlap.
    pub patches: Vec<Patch>,
}

/// How samples become colours.
#[derive(Clone, Debug)]
pub enum Paint {
    /// Intensities.
    Image(Transfer),
    /// Object numbers, nearest always; 0 is transparent.
    Labels,
}

/// Intensity to colour.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Colours.
    pub table: Arc<Table>,
    /// Sample values of the first and the last colour.
    pub limits: [f64; 2],
    /// Exponent on the normalised intensity.
    pub gamma: f64,
    /// Whether to mix the four nearest texels.
    pub linear: bool,
}

/// A part of the canvas that one plane fills.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// Canvas pixels (vertical, horizontal).
    pub pixels: [Range<u32>; 2],
    /// Which of the layer's planes.
    pub plane: usize,
    /// Canvas to texel (vertical, horizontal).
    pub map: [AxisMap; 2],
    /// Texels that may be read (vertical, horizontal); not empty; reads are clamped into it.
    pub texels: [Range<usize>; 2],
}

/// Canvas coordinate to texel coordinate along one axis: `origin + step · canvas`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisMap {
    /// Texel coordinate of the canvas's edge.
    pub origin: f64,
    /// Texels per pixel; positive.
    pub step: f64,
}

impl AxisMap {
    /// Texel coordinate at the middle of `pixel`.
    pub fn at(&self, pixel: u32) -> f64 {
        self.origin + self.step * (f64::from(pixel) + 0.5)
    }
}

/// A 2-D cut through one level of an image, as a grid of tiles.
#[derive(Clone, Debug)]
pub struct Plane {
    /// Texels of a tile (vertical, horizontal); positive.
    pub tile: [usize; 2],
    /// Position of the first tile in the level's grid.
    pub first: [usize; 2],
    /// Tiles in a row of the grid.
    pub across: usize,
    /// Rows of tiles; `None` where the chunk is missing.
    pub tiles: Vec<Option<Tile>>,
}

/// The part of a plane that lies in one chunk.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The samples.
    pub chunk: Arc<Chunk>,
    /// Where the tile's first texel is in the chunk's samples.
    pub base: usize,
    /// Samples between neighbours (vertical, horizontal).
    pub strides: [usize; 2],
}

impl Plane {
    /// The tile that holds texel (`v`, `u`), and the texel at which that tile begins.
    pub fn tile_at(&self, v: usize, u: usize) -> Option<(&Tile, [usize; 2])> {
        let grid = [v / self.tile[0].max(1), u / self.tile[1].max(1)];
        let row = grid[0].checked_sub(self.first[0])?;
        let col = grid[1].checked_sub(self.first[1])?;
        if col >= self.across {
            return None;
        }
        let tile = self.tiles.get(row * self.across + col)?.as_ref()?;
        Some((tile, [grid[0] * self.tile[0], grid[1] * self.tile[1]]))
    }

    /// The sample at texel (`v`, `u`); `None` where the chunk is missing.
    pub fn get(&self, v: usize, u: usize) -> Option<f64> {
        let (tile, origin) = self.tile_at(v, u)?;
        let at = (v - origin[0]) * tile.strides[0] + (u - origin[1]) * tile.strides[1];
        tile.chunk.samples().get(tile.base + at)
    }
}

impl Transfer {
    /// `hi − lo`, kept positive so that equal limits make a step instead of NaN.
    pub fn range(&self) -> f64 {
        let range = self.limits[1] - self.limits[0];
        if range > Self::MIN_RANGE { range } else { Self::MIN_RANGE }
    }

    /// Below, single precision can no longer hold the normalised intensity of a 16-bit sample.
    const MIN_RANGE: f64 = 1e-30;
}
