//! Frames a second of renderer and H.264 encoder together, on two threads and this machine's
//! cores, against what remote views of others reach.

use std::fs;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use parfocal_base::{FrameLease, FramePool, PixelFormat};
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder};
use parfocal_render::Cpu;

use crate::Setup;
use crate::image::Image;
use crate::peers::{NAPARI, Task, VTK, values};
use crate::picture::{LAYERS, Picture, SIZES, name};
use crate::row::Report;

/// How long each pipeline runs: past the caches' warming up and a processor's first boost.
const RUN: Duration = Duration::from_secs(4);
/// Frames in flight: one being drawn, one waiting, one being encoded.
const IN_FLIGHT: usize = 3;
/// Bits a second for each canvas of [`SIZES`].
pub(crate) const BITRATES: [u32; 2] = [6_000_000, 12_000_000];

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let image = Image::generate();
    let file = setup.peers.image(&image)?;
    for layers in LAYERS {
        let picture = Picture::new(&image, layers)?;
        for (canvas, bitrate_bps) in SIZES.into_iter().zip(BITRATES) {
            let config =
                EncoderConfig { width: canvas[0], height: canvas[1], fps: 60, bitrate_bps };
            let before = sustained(&picture, config)?;
            let task = file.as_deref().map(|image| Task {
                image,
                canvas,
                layers,
                frames: setup.frames,
                picture: None,
            });
            let peers = [&VTK, &NAPARI];
            let reports: Vec<_> = task
                .iter()
                .flat_map(|task| peers.map(|peer| setup.peers.run(peer, *task)))
                .flatten()
                .collect();
            let rate = (before + sustained(&picture, config)?) / 2.0;
            let plural = if layers == 1 { "layer" } else { "layers" };
            let metric = format!(
                "{}, {layers} {plural}, render + H.264 (peers: their picture + JPEG)",
                name(canvas)
            );
            report.add_beside("pipeline", metric, rate, "frames/s", values(&reports, "/fps"));
        }
    }
    file.map_or(Ok(()), fs::remove_file)?;
    Ok(())
}

/// Frames a second that come out of the encoder.
fn sustained(picture: &Picture, config: EncoderConfig) -> Result<f64> {
    let (sender, receiver) = sync_channel::<FrameLease>(1);
    let canvas = [config.width, config.height];
    thread::scope(|scope| {
        let encoding = scope.spawn(move || -> Result<u32> {
            let mut encoder = H264Encoder::new(config)?;
            let mut frames = 0;
            for frame in receiver {
                encoder.encode(&frame, false)?;
                frames += 1;
            }
            Ok(frames)
        });
        let start = Instant::now();
        draw(picture, canvas, start, &sender)?;
        drop(sender);
        let frames = encoding.join().map_err(|_| anyhow!("the encoding thread failed"))??;
        Ok(f64::from(frames) / start.elapsed().as_secs_f64())
    })
}

/// Draws frames into the channel until the time is over.
fn draw(
    picture: &Picture,
    canvas: [u32; 2],
    start: Instant,
    sender: &std::sync::mpsc::SyncSender<FrameLease>,
) -> Result<()> {
    let pool = FramePool::new(IN_FLIGHT);
    let mut cpu = Cpu::new(0)?;
    let mut at = 0;
    while start.elapsed() < RUN {
        let Some(mut frame) = pool.take(PixelFormat::I420, canvas[0], canvas[1]) else {
            thread::yield_now();
            continue;
        };
        cpu.render(&picture.list(canvas, at), frame.frame())?;
        sender.send(frame.publish()).context("the encoder ended early")?;
        at += 1;
    }
    Ok(())
}
