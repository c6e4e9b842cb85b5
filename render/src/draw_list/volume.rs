//! A volume of samples, seen along rays. This file defines what each painter has to show, to
//! within the rounding of single precision.
//!
//! **Texels.** All coordinates and vectors are in texels of the shown level, in the order (depth,
//! vertical, horizontal). Texel i has its centre at the integer i. The volume is the box from -0.5
//! to `shape - 0.5`. Distances are in *voxels*: the smallest spacing of the level along any axis in
//! the world. A vector of texels is √Σ(v · `spacing`)² voxels long.
//!
//! **Rays.** One for each block of `every` × `every` pixels; all pixels of a block get its colour. It
//! goes through the block's middle (x, y) in canvas pixels, at the point
//! P = `corner` + x · `across` + y · `down`. Without an eye it is P + s · `view`, for all s; with one it
//! is E + s · (P − E) / |P − E|, for s ≥ 0. Either way s is in voxels. With s₀ to s₁ the part of it
//! that lies in the box, its samples are at s₀ + (k + ½) · `step`, k = 0, 1, …, while that is below s₁.
//! So from the front, with cubic voxels and a step of 1, every sample is a texel's centre.
//!
//! **Samples.** The position is clamped between the first and the last texel of each axis. *Linear* mixes
//! the eight texels floor(p) and floor(p) + 1; *nearest* reads texel floor(p + ½). A texel of a brick that
//! is missing reads 0. A sample that is not a number is left out. A ray without a sample shows nothing.
//!
//! **Colour.** With lo, hi the contrast limits, t(v) = clamp((v − lo) / (hi − lo), 0, 1), and C(t) the
//! table's colour at t^gamma. What the samples v₀, v₁, … of a ray make is a colour and an alpha:
//!
//! | mode | colour | alpha |
//! | --- | --- | --- |
//! | [`Mode::Mip`] | C(t(max v)) | 1 |
//! | [`Mode::Minip`] | C(t(min v)) | 1 |
//! | [`Mode::Average`] | C(t(mean v)) | 1 |
//! | [`Mode::AttenuatedMip`] | C(max t(vₖ) · exp(−attenuation · step · Σ t(vⱼ), j < k)) | 1 |
//! | [`Mode::Translucent`] | front to back, below | below |
//! | [`Mode::Iso`] | lit surface, below | 1, or 0 where there is none |
//! | labels | lit surface, below | 1, or 0 where there is none |
//!
//! *Translucent*: sample k has alpha aₖ = 1 − (1 − opacity · t(vₖ)^gamma)^step, with the layer's opacity,
//! and colour C(t(vₖ)). Front to back, A = 0 and R = 0 become A + (1 − A) · aₖ and
//! R + (1 − A) · aₖ · C(t(vₖ)), until A exceeds [`OPAQUE`]. The colour is R / A, the alpha A, and the
//! layer's opacity is not applied again.
//!
//! *Iso*: the first sample k with vₖ ≥ threshold. If k > 0, the surface lies between s(k − 1) and s(k):
//! that interval is halved [`HALVINGS`] times, and its farther end moved to the middle where the
//! sample there is ≥ threshold, else the nearer end; the surface is at the farther end, p. The gradient
//! g has the components (v(p + e) − v(p − e)) / `spacing` for the texel vectors e of the three axes. With
//! D the ray's direction (each component times `spacing`, so that it is a unit vector), λ = |g · D| / |g|,
//! or 1 where g is 0 or not a number. The colour is C(t of the largest of the seven samples that were read)
//! × ([`AMBIENT`] + (1 − [`AMBIENT`]) · λ) + 255 · [`SHINE`] · λ^[`SHININESS`], at most 255: one lamp at the eye.
//! (Texels that are not numbers are passed over in the largest.)
//!
//! *Labels* (always nearest): the same with "is not 0" for "≥ threshold"; the colour is the label's at p,
//! and v(p ± e) is 1 where the label is that one, else 0; without shine.
//!
//! **Joining** what lies below, with the ray's alpha a (times the layer's opacity but in *translucent*; 0:
//! nothing changes): *opaque* a · c; *translucent* a · c + (1 − a) · d; *additive* min(d + a · c, 255);
//! *minimum* a · min(c, d) + (1 − a) · d; then rounded to 8 bits.

use std::sync::Arc;

use parfocal_base::Chunk;

use super::Content;
use super::{DrawList, Transfer};

/// Alpha at which fog hides all that lies behind it.
pub const OPAQUE: f32 = 0.99;
/// How often the last step before a surface is halved: to 1/64 of a step.
pub const HALVINGS: u32 = 6;
/// Share of a surface's colour that is seen where it faces away.
pub const AMBIENT: f32 = 0.25;
/// White that is added where a surface faces the viewer.
pub const SHINE: f32 = 0.15;
/// How narrow that is.
pub const SHININESS: i32 = 24;

/// The step of a picture that moves.
const HASTY_STEP: f64 = 2.0;

/// A layer seen in space.
#[derive(Clone, Debug)]
pub struct Volume {
    /// How samples become colours.
    pub paint: VolumePaint,
    /// The samples.
    pub bricks: Bricks,
    /// Where rays go.
    pub rays: Rays,
    /// Voxels between the samples of a ray; positive.
    pub step: f64,
    /// Pixels along each side of the blocks that share a ray: 1, 2 or 4.
    pub every: u32,
}

/// How samples become colours.
#[derive(Clone, Debug)]
pub enum VolumePaint {
    /// Intensities; `linear` of the transfer mixes eight texels.
    Image(Transfer, Mode),
    /// Object numbers: the first surface that is not 0.
    Labels,
}

/// What the samples of a ray make.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the head of this file says it")]
pub enum Mode {
    Mip,
    Minip,
    Average,
    AttenuatedMip { attenuation: f64 },
    Translucent,
    Iso { threshold: f64 },
}

/// One level of an image along the three shown axes, as a grid of bricks.
#[derive(Clone, Debug)]
pub struct Bricks {
    /// Texels (depth, vertical, horizontal); positive.
    pub shape: [usize; 3],
    /// Texels of a brick; positive. The last one of an axis may be cut.
    pub brick: [usize; 3],
    /// Texel of the whole level at which texel 0 lies: not 0 where only a part is shown.
    pub origin: [usize; 3],
    /// Bricks along each axis.
    pub grid: [usize; 3],
    /// Planes of rows of bricks; `None` where the chunk is missing.
    pub bricks: Vec<Option<Brick>>,
    /// Spacing along each axis in the world, over the smallest of the three: 1 or more.
    pub spacing: [f64; 3],
}

/// The part of a volume that lies in one chunk.
#[derive(Clone, Debug)]
pub struct Brick {
    /// The samples.
    pub chunk: Arc<Chunk>,
    /// Where the brick's first texel is in the chunk's samples.
    pub base: usize,
    /// Samples between neighbours (depth, vertical, horizontal).
    pub strides: [usize; 3],
}

/// Where the rays of a picture go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rays {
    /// The point of the plane through the camera's center that the canvas's top left corner shows.
    pub corner: [f64; 3],
    /// From there to the next pixel to the right.
    pub across: [f64; 3],
    /// To the next pixel below.
    pub down: [f64; 3],
    /// Away from the viewer, one voxel.
    pub view: [f64; 3],
    /// The eye; `None`: rays are parallel.
    pub eye: Option<[f64; 3]>,
}

/// One ray.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it is at s = 0.
    pub origin: [f64; 3],
    /// One voxel of it.
    pub direction: [f64; 3],
    /// The first s that is seen.
    pub from: f64,
}

impl Rays {
    /// The ray through the canvas point (`x`, `y`), of a volume with this spacing.
    pub fn at(&self, x: f64, y: f64, spacing: [f64; 3]) -> Ray {
        let at = |d: usize| self.corner[d] + x * self.across[d] + y * self.down[d];
        let Some(origin) = self.eye else {
            let origin = std::array::from_fn(at);
            return Ray { origin, direction: self.view, from: f64::NEG_INFINITY };
        };
        let to: [f64; 3] = std::array::from_fn(|d| at(d) - origin[d]);
        let length = to.iter().zip(spacing).map(|(t, s)| (t * s).powi(2)).sum::<f64>().sqrt();
        Ray { origin, direction: to.map(|t| t / length), from: 0.0 }
    }
}

impl Ray {
    /// The part of it that lies in the box of `shape` texels: s₀ and s₁, or nothing.
    pub fn within(&self, shape: [usize; 3]) -> Option<[f64; 2]> {
        let (mut near, mut far) = (self.from, f64::INFINITY);
        for ((&origin, &step), &size) in self.origin.iter().zip(&self.direction).zip(&shape) {
            let ends = [-0.5, size as f64 - 0.5];
            if step == 0.0 {
                if origin < ends[0] || origin >= ends[1] {
                    return None;
                }
                continue;
            }
            let [a, b] = ends.map(|end| (end - origin) / step);
            near = near.max(a.min(b));
            far = far.min(a.max(b));
        }
        (near < far && near.is_finite() && far.is_finite()).then_some([near, far])
    }
}

impl Bricks {
    /// The sample at a texel, 0 where its brick is missing.
    pub fn get(&self, texel: [usize; 3]) -> f64 {
        let sample = || {
            let at: [usize; 3] = std::array::from_fn(|d| texel[d] / self.brick[d].max(1));
            let number = (at[0] * self.grid[1] + at[1]) * self.grid[2] + at[2];
            let brick = self.bricks.get(number)?.as_ref()?;
            let within = |d: usize| texel[d] - at[d] * self.brick[d];
            let offset: usize = (0..3).map(|d| within(d) * brick.strides[d]).sum();
            brick.chunk.samples().get(brick.base + offset)
        };
        sample().unwrap_or(0.0)
    }
}

impl Brick {
    /// Whether both are the same samples. The one holds its chunk, so that no other is in its place.
    pub fn same(a: Option<&Self>, b: Option<&Self>) -> bool {
        match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                Arc::ptr_eq(&a.chunk, &b.chunk) && a.base == b.base && a.strides == b.strides
            }
            _ => false,
        }
    }
}

impl DrawList {
    /// Whether something is seen along rays: that takes long, and can be done with less care.
    pub fn has_volumes(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer.content, Content::Volume(_)))
    }

    /// The same picture with fewer rays and half the samples on each, for while it moves; it is not
    /// complete then. `every` as in [`Volume`]. Without volumes it stays as it is.
    pub fn hasten(&mut self, every: u32) {
        for layer in &mut self.layers {
            if let Content::Volume(volume) = &mut layer.content {
                (volume.step, volume.every) = (HASTY_STEP, every);
                self.complete = false;
            }
        }
    }
}
