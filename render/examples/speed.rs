//! How long a frame takes: prints medians over many frames of 1920 × 1080.
//!
//! `cargo run --release --package parfocal-render --example speed [threads]`

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use parfocal_base::{DType, Frame, PixelFormat};
use parfocal_render::conformance::waves;
use parfocal_render::draw_list::{
    AxisMap, Content, DrawLayer, DrawList, Paint, Patch, Plane, Sampled, Transfer,
};
use parfocal_render::{Cpu, colormap};
use parfocal_scene::Blending;

const CANVAS: [u32; 2] = [1920, 1080];
const IMAGE: usize = 2048;
const TILE: usize = 512;
const FRAMES: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let threads = std::env::args().nth(1).map_or(Ok(2), |text| text.parse())?;
    let mut cpu = Cpu::new(threads)?;
    let plane = |dtype| (dtype, waves(dtype, TILE, [IMAGE / TILE; 2]));
    let planes: HashMap<DType, Plane> = [DType::U8, DType::U16, DType::F32].map(plane).into();
    println!("median of {FRAMES} frames, {CANVAS:?}, {threads} threads\n");
    println!("| layers | samples | reading | texels/px | RGBA ms | I420 ms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (layers, dtype, linear, step) in cases() {
        let Some(plane) = planes.get(&dtype) else { continue };
        let list = list(plane, dtype, layers, linear, step).ok_or("no such colormap")?;
        let [rgba, yuv] = [PixelFormat::Rgba8, PixelFormat::I420].map(|format| {
            let mut frame = Frame::new(format, CANVAS[0], CANVAS[1]);
            median(&mut cpu, &list, &mut frame)
        });
        let reading = if linear { "linear" } else { "nearest" };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (rgba, yuv) = (ms(rgba?), ms(yuv?));
        println!("| {layers} | {dtype:?} | {reading} | {step} | {rgba:.2} | {yuv:.2} |");
    }
    Ok(())
}

fn cases() -> Vec<(usize, DType, bool, f64)> {
    let mut cases = Vec::new();
    for layers in [1, 3] {
        for dtype in [DType::U8, DType::U16, DType::F32] {
            for linear in [false, true] {
                cases.push((layers, dtype, linear, 0.93));
            }
        }
    }
    cases.extend([(1, DType::U16, true, 0.1), (1, DType::U16, false, 0.1)]);
    cases
}

fn median(cpu: &mut Cpu, list: &DrawList, frame: &mut Frame) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let start = Instant::now();
        cpu.render(list, frame)?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times.get(FRAMES / 2).copied().unwrap_or_default())
}

fn list(plane: &Plane, dtype: DType, layers: usize, linear: bool, step: f64) -> Option<DrawList> {
    let names = ["green", "magenta", "bop blue"];
    let layer = |name: &str| {
        let transfer = Transfer {
            table: colormap(if layers == 1 { "viridis" } else { name })?,
            limits: dtype.range().map(|v| v * 0.8),
            gamma: 0.8,
            linear,
        };
        let map = AxisMap { origin: 3.3, step };
        let texels = [0..IMAGE, 0..IMAGE];
        let patch = Patch { pixels: [0..CANVAS[1], 0..CANVAS[0]], plane: 0, map: [map; 2], texels };
        let paint = Paint::Image(transfer);
        Some(DrawLayer {
            opacity: 1.0,
            blending: if layers == 1 { Blending::Translucent } else { Blending::Additive },
            content: Content::Sampled(Sampled {
                paint,
                planes: vec![plane.clone()],
                patches: vec![patch],
            }),
        })
    };
    let layers = names.into_iter().take(layers).map(layer).collect::<Option<_>>()?;
    let (background, overlays) = ([0; 3], Vec::new());
    Some(DrawList { canvas: CANVAS, background, layers, overlays, complete: true })
}
