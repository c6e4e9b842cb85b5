//! Milliseconds until a picture is in host memory: our CPU renderer, llvmpipe, VTK, napari.

use std::fs;
use std::path::Path;

use anyhow::Result;
use parfocal_base::{Frame, PixelFormat};
use parfocal_render::Cpu;

use crate::Setup;
use crate::image::Image;
use crate::peers::{LLVMPIPE, NAPARI, Task, VTK, values};
use crate::picture::{LAYERS, Picture, SIZES, name};
use crate::row::Report;
use crate::stats::Samples;

/// Frames before the measured ones, that fill caches and tables.
const WARM: usize = 5;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let image = Image::generate();
    let file = setup.peers.image(&image)?;
    for layers in LAYERS {
        let picture = Picture::new(&image, layers)?;
        for canvas in SIZES {
            let mut cpu = Cpu::new(0)?;
            let mut rgba = Samples::default();
            let mut i420 = Samples::default();
            measure(&mut cpu, &picture, canvas, setup.frames / 2, [&mut rgba, &mut i420])?;
            let task = file.as_deref().map(|image| Task {
                image,
                canvas,
                layers,
                frames: setup.frames,
                picture: None,
            });
            let peers = match task {
                Some(task) => beside(setup, task, &picture, &mut cpu)?,
                None => Vec::new(),
            };
            // Before and after the peers, so that a machine that changes its mind shows in p95.
            measure(&mut cpu, &picture, canvas, setup.frames / 2, [&mut rgba, &mut i420])?;
            let plural = if layers == 1 { "layer" } else { "layers" };
            let what = format!("{}, {layers} {plural} u16 linear", name(canvas));
            for (percent, key) in [(50.0, "p50"), (95.0, "p95")] {
                let metric = format!("{what}, RGBA, {key}");
                let others = values(&peers, &format!("/picture/{key}"));
                report.add_beside("render", metric, rgba.percentile(percent), "ms", others);
                let metric = format!("{what}, I420, {key}");
                report.add("render", metric, i420.percentile(percent), "ms");
            }
        }
    }
    file.map_or(Ok(()), fs::remove_file)?;
    Ok(())
}

fn measure(
    cpu: &mut Cpu,
    picture: &Picture,
    canvas: [u32; 2],
    frames: usize,
    [rgba, i420]: [&mut Samples; 2],
) -> Result<()> {
    for (format, samples) in [(PixelFormat::Rgba8, rgba), (PixelFormat::I420, i420)] {
        let mut frame = Frame::new(format, canvas[0], canvas[1]);
        for at in 0..frames + WARM {
            let list = picture.list(canvas, at);
            let mut one = Samples::default();
            one.time(|| cpu.render(&list, &mut frame))?;
            if at >= WARM {
                samples.push(one.mean());
            }
        }
    }
    Ok(())
}

/// The peers' reports, and on standard error how like ours their pictures are.
fn beside(
    setup: &Setup,
    task: Task<'_>,
    picture: &Picture,
    cpu: &mut Cpu,
) -> Result<Vec<(String, serde_json::Value)>> {
    let [width, height] = task.canvas;
    let mut ours = Frame::new(PixelFormat::Rgba8, width, height);
    cpu.render(&picture.list(task.canvas, 0), &mut ours)?;
    let theirs = task.image.with_extension("rgb");
    let task = Task { picture: Some(&theirs), ..task };
    let mut reports = Vec::new();
    for peer in [&LLVMPIPE, &VTK, &NAPARI] {
        let Some(report) = setup.peers.run(peer, task) else { continue };
        let like = likeness(&ours, &theirs);
        eprintln!("    {}: its picture against ours: {like:.1} dB", report.0);
        reports.push(report);
    }
    fs::remove_file(&theirs).ok();
    Ok(reports)
}

/// Peak signal-to-noise ratio in dB between our RGBA and a file of RGB bytes; NaN without it.
fn likeness(ours: &Frame, theirs: &Path) -> f64 {
    let bytes = fs::read(theirs).unwrap_or_default();
    if bytes.len() * 4 != ours.data().len() * 3 {
        return f64::NAN;
    }
    let ours = ours.data().iter().enumerate().filter(|(at, _)| at % 4 != 3).map(|(_, byte)| byte);
    let error: u64 = ours.zip(&bytes).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * bytes.len() as f64 / (error.max(1)) as f64).log10()
}
