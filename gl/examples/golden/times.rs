//! How long pictures take, step by step. Each step is waited for, so that the steps add up to more
//! than a picture takes as a whole.

use std::error::Error;
use std::time::{Duration, Instant};

use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::{Gl, GlError, GlRenderer};
use parfocal_render::conformance::fresh;
use parfocal_render::{Cpu, DrawList};

use crate::worlds::{World, worlds};

const CANVASES: [[u32; 2]; 2] = [[1920, 1080], [3840, 2160]];
/// Frames whose samples are all new: each costs a copy of them on the host, too.
const FRESH: usize = 12;

/// Prints the table.
pub(crate) fn print(gl: &mut GlRenderer, frames: usize) -> Result<(), Box<dyn Error>> {
    println!("## Times\n\np50 / p95 of {frames} frames ({FRESH} with new samples), milliseconds\n");
    println!(
        "| canvas | picture | new samples MB | paint, samples new | paint | to I420 | fetch I420 | \
         fetch RGBA | whole, I420 | CPU renderer, I420 |"
    );
    println!("|{}", " --- |".repeat(10));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut cpu = Cpu::new(threads)?;
    for canvas in CANVASES {
        for world in worlds(canvas).ok_or("no such colormap")? {
            let row = gl.run(|gl| row(gl, &world, frames))??;
            let mut frame = Frame::new(PixelFormat::I420, canvas[0], canvas[1]);
            let on_cpu = times(frames.min(30), || cpu.render(&world.list, &mut frame))?;
            let World { name, bytes, .. } = world;
            let megabytes = bytes as f64 / 1e6;
            let cells: Vec<_> = row.into_iter().chain([on_cpu]).map(cell).collect();
            let [width, height] = canvas;
            println!("| {width} × {height} | {name} | {megabytes:.1} | {} |", cells.join(" | "));
        }
    }
    println!("\nCPU renderer: {threads} threads\n");
    Ok(())
}

fn row(gl: &mut Gl, world: &World, frames: usize) -> Result<Vec<Vec<Duration>>, GlError> {
    let list = &world.list;
    let [width, height] = list.canvas;
    let picture = gl.picture(list.canvas)?;
    let new: Vec<DrawList> = (0..FRESH).map(|_| fresh(list)).collect();
    let mut new = new.iter();
    let uploaded = times(FRESH, || {
        let list = new.next().unwrap_or(list);
        gl.paint(list, &picture)?;
        gl.finish()
    })?;
    let painted = times(frames, || {
        gl.paint(list, &picture)?;
        gl.finish()
    })?;
    let converted = times(frames, || {
        gl.convert(&picture, PixelFormat::I420)?;
        gl.finish()
    })?;
    let [i420, rgba] = [PixelFormat::I420, PixelFormat::Rgba8].map(|format| {
        let mut frame = Frame::new(format, width, height);
        let mut out = Vec::new();
        for _ in 0..frames {
            gl.convert(&picture, format)?;
            gl.finish()?;
            let start = Instant::now();
            gl.fetch(&mut frame)?;
            out.push(start.elapsed());
        }
        Ok::<_, GlError>(out)
    });
    let mut frame = Frame::new(PixelFormat::I420, width, height);
    let whole = times(frames, || gl.render(list, &mut frame))?;
    Ok(vec![uploaded, painted, converted, i420?, rgba?, whole])
}

pub(crate) fn times<E>(
    frames: usize,
    mut work: impl FnMut() -> Result<(), E>,
) -> Result<Vec<Duration>, E> {
    let mut out = Vec::with_capacity(frames);
    for _ in 0..frames {
        let start = Instant::now();
        work()?;
        out.push(start.elapsed());
    }
    Ok(out)
}

pub(crate) fn cell(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    format!("{:.2} / {:.2}", at(50), at(95))
}
