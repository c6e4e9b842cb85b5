//! Volumes of the size of real ones, and how long their pictures take.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::{Chunk, Samples};
use parfocal_gl::{Bounds, Choice, Gl, GlError, GlRenderer};
use parfocal_render::conformance::rays;
use parfocal_render::draw_list::{
    Brick, Bricks, Content, DrawLayer, Mode, Transfer, Volume, VolumePaint,
};
use parfocal_render::{DrawList, colormap};
use parfocal_scene::{Blending, Camera3d};

use crate::times::{cell, times};

const CANVAS: [u32; 2] = [1920, 1080];
const SIDES: [usize; 3] = [256, 512, 1024];
/// Texels along each side of a chunk.
const BRICK: usize = 128;
/// Bright bodies.
const BODIES: usize = 300;
/// The medium's noise is below.
const NOISE: f64 = 24.0;
/// What is copied to learn the device's bandwidth.
const COPIED: usize = 512 << 20;
/// Room for the largest volume, as the device holds it.
const BOUNDS: Bounds = Bounds { resident: 0x7FFF_0000 };

/// The two looks: along the depth axis, and with no axis along another.
const VIEWS: [(&str, [f64; 3]); 2] =
    [("front", Camera3d::ANGLES), ("turned", [-20.0, 35.0, 120.0])];

/// Prints the table, of volumes up to `side`.
pub(crate) fn print(choice: Choice, frames: usize, side: usize) -> Result<(), Box<dyn Error>> {
    if SIDES[0] > side {
        return Ok(());
    }
    let mut gl = GlRenderer::open(choice, BOUNDS)?;
    let bandwidth = gl.run(bandwidth)??;
    println!("## Volumes, 8 bits, at {} × {}\n", CANVAS[0], CANVAS[1]);
    println!("Copies on the device: {:.0} GB a second, and as many written.\n", bandwidth / 1e9);
    println!(
        "p50 / p95 of {frames} frames, milliseconds. Floor: the volume's bytes, each read once.\n"
    );
    println!("| volume | picture | floor | first | at rest | moving |");
    println!("|{}", " --- |".repeat(6));
    for side in SIDES.into_iter().filter(|one| *one <= side) {
        let bricks = volume(side).ok_or("no volume")?;
        let floor = (side as f64).powi(3) / bandwidth * 1e3;
        for (name, mode, low, view, angles) in pictures(side) {
            let list = list(&bricks, mode, low, angles).ok_or("no such colormap")?;
            let row = gl.run(|gl| row(gl, &list, frames))??;
            let [first, rest, moving] = row.map(cell);
            println!("| {side}³ | {name}, {view} | {floor:.3} | {first} | {rest} | {moving} |");
        }
    }
    println!();
    Ok(())
}

/// What is seen, the lower contrast limit, and from where.
type Seen = (&'static str, Mode, f64, &'static str, [f64; 3]);

fn pictures(side: usize) -> Vec<Seen> {
    let modes: &[_] = &[
        ("MIP", Mode::Mip, NOISE),
        ("MIP with the noise", Mode::Mip, 0.0),
        ("average", Mode::Average, NOISE),
        ("attenuated MIP", Mode::AttenuatedMip { attenuation: 0.05 }, NOISE),
        ("translucent", Mode::Translucent, NOISE),
        ("translucent with the noise", Mode::Translucent, 0.0),
        ("iso", Mode::Iso { threshold: 110.0 }, NOISE),
    ];
    // What all sizes have to show is the MIP; average reads every sample.
    let count = if side == 512 { modes.len() } else { 3 };
    let views = |(name, mode, low): &(&'static str, Mode, f64)| {
        VIEWS.map(|(view, angles)| (*name, *mode, *low, view, angles))
    };
    modes.iter().take(count).flat_map(views).collect()
}

fn row(gl: &mut Gl, list: &DrawList, frames: usize) -> Result<[Vec<Duration>; 3], GlError> {
    let picture = gl.picture(list.canvas)?;
    let mut hasty = list.clone();
    hasty.hasten(2);
    let mut paint = |list: &DrawList, frames: usize| {
        times(frames, || {
            gl.paint(list, &picture)?;
            gl.finish()
        })
    };
    Ok([paint(list, 1)?, paint(list, frames)?, paint(&hasty, frames)?])
}

/// Bytes that a copy reads in a second.
fn bandwidth(gl: &mut Gl) -> Result<f64, GlError> {
    const COPIES: usize = 20;
    // As much as the device has, but for software.
    let bytes = if gl.describe().hardware { COPIED } else { COPIED / 16 };
    let scratch = gl.scratch(bytes)?;
    let mut took = times(5, || {
        (0..COPIES).for_each(|_| scratch.copy());
        gl.finish()
    })?;
    took.sort();
    let best = took.first().copied().unwrap_or_default().as_secs_f64();
    Ok((bytes * COPIES) as f64 / best)
}

fn list(bricks: &Bricks, mode: Mode, low: f64, angles: [f64; 3]) -> Option<DrawList> {
    let table = colormap("inferno")?;
    let transfer = Transfer { table, limits: [low, 255.0], gamma: 1.0, linear: true };
    // The volume fills the canvas's height.
    let zoom = f64::from(CANVAS[1]) / bricks.shape[0] as f64;
    let camera = Camera3d { depth: 0, center: [0.0; 3], zoom, angles, perspective: 0.0 };
    let volume = Volume {
        paint: VolumePaint::Image(transfer, mode),
        rays: rays(&camera, CANVAS, bricks),
        bricks: bricks.clone(),
        step: 1.0,
        every: 1,
    };
    let opacity = if mode == Mode::Translucent { 0.1 } else { 1.0 };
    let content = Content::Volume(Box::new(volume));
    let layers = vec![DrawLayer { opacity, blending: Blending::Translucent, content }];
    let background = [0; 3];
    Some(DrawList { canvas: CANVAS, background, layers, overlays: Vec::new(), complete: true })
}

/// A bright body with a soft edge.
struct Body {
    middle: [f32; 3],
    radius: f32,
    light: f32,
}

/// Cells in a noisy medium.
fn volume(side: usize) -> Option<Bricks> {
    let place = |i: usize, by: f32| ((i + 1) as f32 * by).fract();
    let bodies: Vec<Body> = (0..BODIES)
        .map(|i| Body {
            middle: [0.618_034, 0.754_877_7, 0.569_840_3].map(|by| place(i, by) * side as f32),
            radius: (0.02 + 0.03 * place(i, 0.414_213_6)) * side as f32,
            light: 60.0 + 170.0 * place(i, 0.732_050_8),
        })
        .collect();
    let grid = side / BRICK;
    let mut bricks: Vec<Option<Brick>> = vec![None; grid.pow(3)];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = bricks.len().div_ceil(threads);
    std::thread::scope(|scope| {
        for (thread, bricks) in bricks.chunks_mut(share).enumerate() {
            let bodies = &bodies;
            scope.spawn(move || {
                for (number, brick) in (thread * share..).zip(bricks) {
                    *brick = self::brick(number, grid, bodies);
                }
            });
        }
    });
    Some(Bricks {
        shape: [side; 3],
        brick: [BRICK; 3],
        origin: [0; 3],
        grid: [grid; 3],
        bricks,
        spacing: [1.0; 3],
    })
}

fn brick(number: usize, grid: usize, bodies: &[Body]) -> Option<Brick> {
    let first = [number / grid / grid, number / grid % grid, number % grid].map(|n| n * BRICK);
    let far = |body: &Body, p: [f32; 3]| {
        (0..3).map(|d| (p[d] - body.middle[d]).powi(2)).sum::<f32>().sqrt() / body.radius
    };
    let near: Vec<&Body> = bodies
        .iter()
        .filter(|body| {
            let nearest = std::array::from_fn(|d| {
                body.middle[d].clamp(first[d] as f32, (first[d] + BRICK) as f32)
            });
            far(body, nearest) < 1.0
        })
        .collect();
    let mut noise = number as u32 ^ 0x9E37_79B9;
    let texel = |i: usize| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let within = [i / BRICK / BRICK, i / BRICK % BRICK, i % BRICK];
        let p = std::array::from_fn(|d| (first[d] + within[d]) as f32);
        let light = |body: &&Body| body.light * (1.0 - far(body, p)).clamp(0.0, 0.25) * 4.0;
        let light = near.iter().map(light).fold(0.0, f32::max);
        (light + (noise >> 24) as f32 / 256.0 * NOISE as f32).min(255.0) as u8
    };
    let samples = Samples::U8((0..BRICK.pow(3)).map(texel).collect());
    let chunk = Arc::new(Chunk::new(vec![BRICK; 3], samples)?);
    Some(Brick { chunk, base: 0, strides: [BRICK * BRICK, BRICK, 1] })
}
