//! Ways to send exactly the rendered pixels: time to code, and size.

use anyhow::Result;
use image_webp::{ColorType, WebPEncoder};
use parfocal_base::{Frame, FramePool, PixelFormat};
use parfocal_encode::still::StillMaker;
use parfocal_render::Cpu;

use crate::image::Image;
use crate::picture::{LAYERS, Picture, SIZES, name};
use crate::row::Report;
use crate::stats::Samples;

/// How often each is measured.
const TIMES: usize = 10;

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let image = Image::generate();
    for layers in LAYERS {
        let picture = Picture::new(&image, layers)?;
        for canvas in SIZES {
            let frame = drawn(&picture, canvas)?;
            let mut row = |way: &str, (took, bytes): (Samples, usize)| {
                let plural = if layers == 1 { "grey layer" } else { "colour layers" };
                let what = format!("still, {}, {layers} {plural}, {way}", name(canvas));
                report.add("pixels", format!("{what}, p50"), took.percentile(50.0), "ms");
                report.add("pixels", format!("{what}, size"), bytes as f64 / 1024.0, "KiB");
            };
            row("PNG tiles, 1 thread (ours)", tiles(&picture, canvas, 1)?);
            row("PNG tiles, 2 threads (ours)", tiles(&picture, canvas, 2)?);
            for (way, level) in [
                ("whole PNG, fast", png::Compression::Fast),
                ("whole PNG, balanced", png::Compression::Balanced),
            ] {
                row(way, measured(|| whole_png(&frame, level))?);
            }
            row("WebP lossless (image-webp)", measured(|| webp(&frame))?);
        }
    }
    Ok(())
}

fn measured(mut code: impl FnMut() -> Result<Vec<u8>>) -> Result<(Samples, usize)> {
    let (mut took, mut bytes) = (Samples::default(), 0);
    for _ in 0..TIMES {
        bytes = took.time(&mut code)?.len();
    }
    Ok((took, bytes))
}

fn tiles(picture: &Picture, canvas: [u32; 2], threads: usize) -> Result<(Samples, usize)> {
    let mut cpu = Cpu::new(0)?;
    let pool = FramePool::new(TIMES);
    let (mut took, mut bytes) = (Samples::default(), 0);
    for at in 0..TIMES {
        let Some(mut frame) = pool.take(PixelFormat::Rgba8, canvas[0], canvas[1]) else { continue };
        cpu.render(&picture.list(canvas, at), frame.frame())?;
        let frame = frame.publish();
        // A new maker each time: nothing is known of the still before.
        let still = took.time(|| StillMaker::new(0).make(&frame, threads))?;
        bytes = still.tiles.iter().map(|tile| tile.data.len()).sum();
    }
    Ok((took, bytes))
}

fn drawn(picture: &Picture, canvas: [u32; 2]) -> Result<Frame> {
    let mut frame = Frame::new(PixelFormat::Rgba8, canvas[0], canvas[1]);
    Cpu::new(0)?.render(&picture.list(canvas, 0), &mut frame)?;
    Ok(frame)
}

fn rgb(frame: &Frame) -> Vec<u8> {
    frame.data().as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect()
}

fn whole_png(frame: &Frame, level: png::Compression) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, frame.width(), frame.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(level);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb(frame))?;
    writer.finish()?;
    Ok(data)
}

fn webp(frame: &Frame) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let encoder = WebPEncoder::new(&mut data);
    encoder.encode(&rgb(frame), frame.width(), frame.height(), ColorType::Rgb8)?;
    Ok(data)
}
