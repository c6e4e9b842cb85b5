//! What volumes show in the tests of painters, and how it is looked at.

use std::sync::Arc;

use parfocal_base::{Chunk, DType};
use parfocal_scene::{Blending, Camera3d};

use super::cases::spread;
use crate::colormap::colormap;
use crate::draw_list::{
    Brick, Bricks, Content, DrawLayer, Mode, Rays, Transfer, Volume, VolumePaint,
};

/// No multiple of what painters work in.
pub(super) const CANVAS: [u32; 2] = [83, 61];
/// Axes of a world whose texels are twice as far apart in depth.
pub(super) const FLAT: [f64; 3] = [2.0, 1.0, 1.0];

/// How a volume is seen; thresholds are shares of the type's range.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) mode: Mode,
    pub(super) linear: bool,
    pub(super) table: &'static str,
    pub(super) gamma: f64,
    pub(super) opacity: f64,
    pub(super) blending: Blending,
    pub(super) angles: [f64; 3],
    pub(super) perspective: f64,
    pub(super) zoom: f64,
    pub(super) step: f64,
    pub(super) every: u32,
    pub(super) canvas: [u32; 2],
}

impl Look {
    pub(super) fn new(mode: Mode, angles: [f64; 3]) -> Self {
        Self {
            mode,
            linear: true,
            table: "viridis",
            gamma: 0.8,
            opacity: if mode == Mode::Translucent { 0.2 } else { 1.0 },
            blending: Blending::Translucent,
            angles,
            perspective: 0.0,
            zoom: 1.2,
            step: 1.0,
            every: 1,
            canvas: CANVAS,
        }
    }

    pub(super) fn of(&self, bricks: Bricks) -> DrawLayer {
        let first = bricks.bricks.iter().flatten().next();
        let [low, high] = first.map_or([0.0, 1.0], |b| b.chunk.samples().dtype().range());
        let at = |share: f64| low + share * (high - low);
        let mode = match self.mode {
            Mode::Iso { threshold } => Mode::Iso { threshold: at(threshold) },
            mode => mode,
        };
        let (table, limits) = (colormap(self.table).unwrap(), [at(0.1), at(0.9)]);
        let transfer = Transfer { table, limits, gamma: self.gamma, linear: self.linear };
        self.layer(VolumePaint::Image(transfer, mode), bricks)
    }

    pub(super) fn labels(&self, bricks: Bricks) -> DrawLayer {
        self.layer(VolumePaint::Labels, bricks)
    }

    fn layer(&self, paint: VolumePaint, bricks: Bricks) -> DrawLayer {
        let Self { zoom, angles, perspective, .. } = *self;
        let camera = Camera3d { depth: 0, center: [0.0; 3], zoom, angles, perspective };
        let rays = rays(&camera, self.canvas, &bricks);
        let volume = Volume { paint, bricks, rays, step: self.step, every: self.every };
        let content = Content::Volume(Box::new(volume));
        DrawLayer { opacity: self.opacity, blending: self.blending, content }
    }
}

/// The rays of a camera that looks at the middle of `bricks`, a voxel of which is one world unit.
pub fn rays(camera: &Camera3d, canvas: [u32; 2], bricks: &Bricks) -> Rays {
    let to = camera.directions();
    let texels = |v: [f64; 3]| std::array::from_fn(|d| v[d] / bricks.spacing[d]);
    let middle = bricks.shape.map(|size| (size as f64 - 1.0) / 2.0);
    let place = |v: [f64; 3]| std::array::from_fn(|d| v[d] / bricks.spacing[d] + middle[d]);
    let camera = Camera3d { center: [0.0; 3], ..*camera };
    let flat = Camera3d { perspective: 0.0, ..camera };
    Rays {
        corner: place(flat.ray(canvas, 0.0, 0.0).origin),
        across: texels(to.right.map(|v| v / camera.zoom)),
        down: texels(to.up.map(|v| -v / camera.zoom)),
        view: texels(to.view),
        eye: (camera.perspective > 0.0).then(|| place(camera.ray(canvas, 0.0, 0.0).origin)),
    }
}

/// Chunks, each with its bricks' texels in the second slice of four axes, every other one transposed.
pub(super) fn bricks(
    shape: [usize; 3],
    brick: [usize; 3],
    spacing: [f64; 3],
    dtype: DType,
    value: impl Fn([f64; 3]) -> f64,
) -> Bricks {
    let grid: [usize; 3] = std::array::from_fn(|d| shape[d].div_ceil(brick[d]));
    let texels: usize = brick.iter().product();
    let make = |n: usize| {
        let at = [n / grid[2] / grid[1], n / grid[2] % grid[1], n % grid[2]];
        let turned = n % 2 == 1;
        let texel = |i: usize| {
            let i = i % texels;
            let within = match turned {
                false => [i / brick[2] / brick[1], i / brick[2] % brick[1], i % brick[2]],
                true => [i % brick[0], i / brick[0] % brick[1], i / brick[0] / brick[1]],
            };
            value(std::array::from_fn(|d| (at[d] * brick[d] + within[d]) as f64 * spacing[d]))
        };
        let samples = spread(dtype, (0..2 * texels).map(texel));
        let [a, b, c] = brick;
        let (shape, strides) = match turned {
            false => (vec![2, a, b, c], [b * c, c, 1]),
            true => (vec![2, c, b, a], [1, a, a * b]),
        };
        Brick { chunk: Arc::new(Chunk::new(shape, samples).unwrap()), base: texels, strides }
    };
    let bricks = (0..grid.iter().product()).map(|n| Some(make(n))).collect();
    Bricks { shape, brick, origin: [0; 3], grid, bricks, spacing }
}

/// A soft body in another, and something that waves, at a place of the world.
pub(super) fn soft([z, y, x]: [f64; 3]) -> f64 {
    let body = |c: [f64; 3], r: f64| {
        let far = (z - c[0]).powi(2) + (y - c[1]).powi(2) + (x - c[2]).powi(2);
        (-far / (2.0 * r * r)).exp()
    };
    let wave = 0.1 * (0.5 + 0.5 * (x * 0.7).sin() * (y * 0.4).cos() * (z * 0.5).sin());
    (0.5 * body([18.0, 20.0, 22.0], 9.0) + 0.4 * body([24.0, 14.0, 30.0], 4.0) + wave).min(1.0)
}

/// Two cells that touch, labels `before` + 1 and `before` + 2, in nothing.
pub(super) fn numbers(dtype: DType, before: f64) -> Bricks {
    let [low, high] = dtype.range();
    // What is spread over the range comes out as the number again.
    let share = move |number: f64| match dtype.is_integer() {
        true => (number - low) / (high - low),
        false => number,
    };
    bricks([19, 44, 52], [8, 16, 20], FLAT, dtype, move |[z, y, x]| {
        let cell = |c: [f64; 3], r: f64| {
            (z - c[0]).powi(2) + (y - c[1]).powi(2) + (x - c[2]).powi(2) < r * r
        };
        let number = if cell([16.0, 16.0, 16.0], 12.0) {
            before + 1.0
        } else if cell([20.0, 22.0, 34.0], 12.0) {
            before + 2.0
        } else {
            0.0
        };
        share(if dtype == DType::Bool { number.min(1.0) } else { number })
    })
}

/// An F that is thick in z and stands before the farthest corner, from which three bars go: along x
/// (red), y (green) and z (blue).
pub(super) fn chiral(look: &Look) -> Vec<DrawLayer> {
    let within = |v: f64, low: f64, high: f64| v >= low && v <= high;
    let letter = move |[z, y, x]: [f64; 3]| {
        let stem = within(x, 12.0, 17.0) && within(y, 5.0, 26.0);
        let top = within(x, 12.0, 30.0) && within(y, 5.0, 9.0);
        let arm = within(x, 12.0, 25.0) && within(y, 14.0, 18.0);
        f64::from(u8::from(within(z, 14.0, 22.0) && (stem || top || arm)))
    };
    let blending = match look.mode {
        Mode::Iso { .. } => Blending::Translucent,
        _ => Blending::Additive,
    };
    let look = |table| Look { table, blending, ..*look };
    let solid =
        |value: &dyn Fn([f64; 3]) -> f64| bricks([16, 30, 40], [8, 16, 16], FLAT, DType::U8, value);
    let mut layers = vec![look("gray").of(solid(&letter))];
    for (along, table) in [(2, "red"), (1, "green"), (0, "blue")] {
        let bar = move |at: [f64; 3]| {
            f64::from(u8::from((0..3).filter(|&d| d != along).all(|d| at[d] <= 2.0)))
        };
        layers.push(look(table).of(solid(&bar)));
    }
    layers
}
