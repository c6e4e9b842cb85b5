//! Milliseconds and likeness of H.264 and JPEG; libx264 beside as a reference, where ffmpeg is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::conformance::psnr;
use parfocal_encode::{Decoder, Encoder, EncoderConfig, H264Encoder, JpegEncoder};
use parfocal_render::Cpu;
use zune_jpeg::zune_core::bytestream::ZCursor;

use crate::Setup;
use crate::image::Image;
use crate::picture::{Picture, SIZES, name};
use crate::pipeline::BITRATES;
use crate::row::Report;
use crate::stats::Samples;

/// Frames a second that share the bit rate.
const FPS: u32 = 30;
/// Every how many frames likeness is measured.
const LOOK_AT: usize = 10;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let image = Image::generate();
    let picture = Picture::new(&image, 3)?;
    for (canvas, bitrate_bps) in SIZES.into_iter().zip(BITRATES) {
        let config = EncoderConfig { width: canvas[0], height: canvas[1], fps: FPS, bitrate_bps };
        let frames = setup.frames.min(60);
        let rgba = drawn(&picture, canvas, PixelFormat::Rgba8, frames)?;
        let i420 = drawn(&picture, canvas, PixelFormat::I420, frames)?;
        let h264 = measure(&mut H264Encoder::new(config)?, &i420)?;
        let x264 = x264(&i420, config);
        let jpeg = measure(&mut JpegEncoder::new(config), &rgba)?;
        let rate = bitrate_bps / 1_000_000;
        add(
            report,
            &format!("{}, H.264 {rate} Mbit/s, 1 thread", name(canvas)),
            &h264,
            x264.as_ref(),
        );
        add(report, &format!("{}, JPEG", name(canvas)), &jpeg, None);
    }
    Ok(())
}

/// What an encoder took and gave.
struct Measured {
    millis: Samples,
    /// Bytes a frame.
    bytes: f64,
    /// Mean of dB.
    likeness: f64,
}

fn add(report: &mut Report, what: &str, ours: &Measured, x264: Option<&Measured>) {
    let beside = |value: &dyn Fn(&Measured) -> f64| {
        x264.iter().map(|m| ("libx264 ultrafast".to_owned(), value(m))).collect()
    };
    let mut row = |metric: &str, unit, value: &dyn Fn(&Measured) -> f64| {
        let metric = format!("{what}, {metric}");
        report.add_beside("encode", metric, value(ours), unit, beside(value));
    };
    row("p50", "ms", &|m| m.millis.percentile(50.0));
    row("size of a frame", "KiB", &|m| m.bytes / 1024.0);
    row("PSNR", "dB", &|m| m.likeness);
    let p95 = ours.millis.percentile(95.0);
    report.add("encode", format!("{what}, p95"), p95, "ms");
}

fn drawn(
    picture: &Picture,
    canvas: [u32; 2],
    format: PixelFormat,
    frames: usize,
) -> Result<Vec<Frame>> {
    let mut cpu = Cpu::new(0)?;
    let draw = |at| {
        let mut frame = Frame::new(format, canvas[0], canvas[1]);
        cpu.render(&picture.list(canvas, at), &mut frame)?;
        Ok(frame)
    };
    (0..frames).map(draw).collect()
}

fn measure(encoder: &mut dyn Encoder, frames: &[Frame]) -> Result<Measured> {
    let mut decoder = Decoder::new()?;
    let (mut millis, mut likeness, mut bytes) = (Samples::default(), Samples::default(), 0);
    for (at, frame) in frames.iter().enumerate() {
        let packet = millis.time(|| encoder.encode(frame, false))?;
        bytes += packet.data.len();
        let shown = match frame.format() {
            PixelFormat::I420 => decoder.decode(&packet.data)?,
            PixelFormat::Rgba8 if at % LOOK_AT == 0 => Some(decode_jpeg(&packet.data, frame)?),
            PixelFormat::Rgba8 => None,
        };
        if let Some(shown) = shown.filter(|_| at % LOOK_AT == 0) {
            likeness.push(psnr(frame, &shown));
        }
    }
    let bytes = bytes as f64 / frames.len() as f64;
    Ok(Measured { millis, bytes, likeness: likeness.mean() })
}

/// The picture in a JPEG file, as a frame like `model`.
fn decode_jpeg(data: &[u8], model: &Frame) -> Result<Frame> {
    let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(data));
    let rgb = decoder.decode().context("our JPEG cannot be decoded")?;
    let mut frame = Frame::new(PixelFormat::Rgba8, model.width(), model.height());
    for (pixel, rgb) in frame.data_mut().chunks_exact_mut(4).zip(rgb.chunks_exact(3)) {
        pixel[..3].copy_from_slice(rgb);
        pixel[3] = 255;
    }
    Ok(frame)
}

/// libx264 at its fastest, one thread, the same rate; `None`, and said so, where ffmpeg is not.
fn x264(frames: &[Frame], config: EncoderConfig) -> Option<Measured> {
    let folder = std::env::temp_dir().join(format!("parfocal-x264-{}", std::process::id()));
    let measured = fs::create_dir_all(&folder)
        .context("no temporary folder")
        .and_then(|()| run_x264(frames, config, &folder));
    fs::remove_dir_all(&folder).ok();
    measured.inspect_err(|error| eprintln!("PEER NOT MEASURED: libx264: {error:#}")).ok()
}

fn run_x264(frames: &[Frame], config: EncoderConfig, folder: &Path) -> Result<Measured> {
    let EncoderConfig { width, height, fps, bitrate_bps } = config;
    let raw: Vec<u8> = frames.iter().flat_map(Frame::data).copied().collect();
    let (source, coded, back) =
        (folder.join("in.yuv"), folder.join("out.h264"), folder.join("b.yuv"));
    fs::write(&source, raw)?;
    let rate = bitrate_bps.to_string();
    let buffer = (bitrate_bps / fps).to_string();
    let mut encode = ffmpeg();
    encode.args(["-benchmark", "-f", "rawvideo", "-pix_fmt", "yuv420p"]);
    encode.args([
        "-video_size",
        &format!("{width}x{height}"),
        "-framerate",
        &fps.to_string(),
        "-i",
    ]);
    encode.arg(&source).args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]);
    encode.args([
        "-threads", "1", "-g", "9999", "-b:v", &rate, "-maxrate", &rate, "-bufsize", &buffer,
    ]);
    let log = output(encode.arg(&coded))?;
    // `bench: utime=0.4s stime=0.1s rtime=0.5s`
    let seconds = log
        .split("rtime=")
        .nth(1)
        .and_then(|text| text.split('s').next()?.trim().parse::<f64>().ok())
        .context("ffmpeg printed no time")?;
    output(
        ffmpeg().arg("-i").arg(&coded).args(["-f", "rawvideo", "-pix_fmt", "yuv420p"]).arg(&back),
    )?;
    let mut millis = Samples::default();
    millis.push(seconds * 1e3 / frames.len() as f64);
    let decoded = fs::read(&back)?;
    let mut likeness = Samples::default();
    let size = PixelFormat::I420.bytes(width, height);
    for (frame, shown) in frames.iter().zip(decoded.chunks_exact(size)).step_by(LOOK_AT) {
        let mut copy = Frame::new(PixelFormat::I420, width, height);
        copy.data_mut().copy_from_slice(shown);
        likeness.push(psnr(frame, &copy));
    }
    let bytes = fs::metadata(&coded)?.len() as f64 / frames.len() as f64;
    Ok(Measured { millis, bytes, likeness: likeness.mean() })
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-y"]).stdin(Stdio::null());
    command
}

/// Runs `command` and gives what it wrote to standard error.
fn output(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot run ffmpeg")?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("ffmpeg failed: {}", log.trim().lines().last().unwrap_or_default());
    }
    Ok(log)
}
