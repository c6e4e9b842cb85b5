//! Prints what the codecs and their settings cost: milliseconds, bytes and likeness, on a noisy
//! moving picture scaled up from 512², as a microscope's camera gives. Run in release mode:
//! `cargo run --release -p parfocal-encode --example measure`
#![allow(clippy::expect_used, reason = "a program for one's own terminal")]

use std::time::Instant;

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::conformance::{psnr, synthetic};
use parfocal_encode::h264::{Content, Effort, H264Encoder, Tuning};
use parfocal_encode::{Decoder, Encoder, EncoderConfig, JpegEncoder, PngEncoder, convert};

/// Frames of a run; half a loop of the source, then back.
const FRAMES: usize = 60;

fn main() {
    let sources: Vec<Frame> =
        (0..FRAMES as u32).map(|at| synthetic(PixelFormat::Rgba8, 512, 512, at)).collect();
    for (width, height, bitrate) in [(1280, 720, 6_000_000), (1920, 1080, 12_000_000)] {
        let rgba: Vec<Frame> = sources.iter().map(|s| enlarge(s, width, height)).collect();
        let i420: Vec<Frame> = rgba.iter().map(convert::to_i420).collect();
        conversions(&rgba, &i420);
        for fps in [30, 60] {
            let config = EncoderConfig { width, height, fps, bitrate_bps: bitrate };
            for (name, tuning) in tunings() {
                let mut encoder =
                    H264Encoder::with_tuning(config, tuning).expect("openh264 starts");
                report(&format!("{width}x{height}@{fps} h264 {name}"), &mut encoder, &i420);
            }
            report(&format!("{width}x{height}@{fps} jpeg"), &mut JpegEncoder::new(config), &rgba);
        }
        report(&format!("{width}x{height} png"), &mut PngEncoder, &rgba[..10]);
    }
}

fn conversions(rgba: &[Frame], i420: &[Frame]) {
    let (mut planar, mut packed) = (convert::to_i420(&rgba[0]), convert::to_rgba(&i420[0]));
    let start = Instant::now();
    rgba.iter().for_each(|frame| convert::write_i420(frame, &mut planar));
    println!("RGBA to I420: {:.2} ms", millis(start) / FRAMES as f64);
    let start = Instant::now();
    i420.iter().for_each(|frame| convert::write_rgba(frame, &mut packed));
    println!("I420 to RGBA: {:.2} ms", millis(start) / FRAMES as f64);
}

/// Milliseconds that this thread has been on a core, on Linux: what it costs however busy the
/// machine is.
fn core_millis() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

fn tunings() -> [(&'static str, Tuning); 4] {
    let base = Tuning::default();
    [
        ("default", base),
        ("medium", Tuning { effort: Effort::Medium, ..base }),
        ("screen", Tuning { content: Content::Screen, ..base }),
        ("background", Tuning { background: true, ..base }),
    ]
}

fn report(name: &str, encoder: &mut dyn Encoder, frames: &[Frame]) {
    let (mut times, mut core) = (Vec::new(), Vec::new());
    let mut packets = Vec::new();
    for frame in frames.iter().chain(frames.iter().rev()) {
        let (start, on_core) = (Instant::now(), core_millis());
        packets.push(encoder.encode(frame, false).expect("a frame is encoded"));
        core.push(core_millis() - on_core);
        times.push(millis(start));
    }
    let first = packets[0].data.len();
    // Without the first key and the frames in which the rate control settles.
    let settled = times.len() / 4;
    let bytes =
        packets[settled..].iter().map(|p| p.data.len()).sum::<usize>() / (packets.len() - settled);
    let largest = packets[settled..].iter().map(|p| p.data.len()).max().unwrap_or(0);
    let mut sorted = times[settled..].to_vec();
    sorted.sort_by(f64::total_cmp);
    let cpu = core[settled..].iter().sum::<f64>() / (core.len() - settled) as f64;
    let likeness = likeness(&packets, frames, settled);
    println!(
        "{name:40} median {:6.2} ms  p95 {:6.2} ms  core {cpu:6.2} ms  first {first:7} B  mean {bytes:7} B  largest {largest:7} B  {likeness}",
        sorted[sorted.len() / 2],
        sorted[sorted.len() * 95 / 100],
    );
}

fn likeness(
    packets: &[parfocal_encode::EncodedPacket],
    frames: &[Frame],
    settled: usize,
) -> String {
    let mut decoder = Decoder::new().expect("openh264 starts");
    let mut worst = f64::INFINITY;
    for (at, (packet, frame)) in
        packets.iter().zip(frames.iter().chain(frames.iter().rev())).enumerate()
    {
        if let Ok(Some(got)) = decoder.decode(&packet.data)
            && at >= settled
            && at % 10 == 0
        {
            worst = worst.min(psnr(&got, frame));
        }
    }
    // Stills are not decoded here: the conformance kit looks at them.
    if worst.is_finite() { format!("{worst:.1} dB") } else { "-".to_owned() }
}

/// Bilinear enlargement, which is what a viewer zoomed to fit shows.
fn enlarge(source: &Frame, width: u32, height: u32) -> Frame {
    let mut out = Frame::new(PixelFormat::Rgba8, width, height);
    let (side, data) = (source.width(), source.data());
    let at = |x: u32, y: u32, c: usize| {
        f32::from(data[((y.min(side - 1) * side + x.min(side - 1)) * 4) as usize + c])
    };
    for (index, pixel) in (0..).zip(out.data_mut().chunks_exact_mut(4)) {
        let (sx, sy) = (
            (index % width) as f32 * side as f32 / width as f32,
            (index / width) as f32 * side as f32 / height as f32,
        );
        let (x, y, fx, fy) = (sx as u32, sy as u32, sx.fract(), sy.fract());
        for (c, value) in pixel.iter_mut().enumerate() {
            let top = at(x, y, c) * (1.0 - fx) + at(x + 1, y, c) * fx;
            let bottom = at(x, y + 1, c) * (1.0 - fx) + at(x + 1, y + 1, c) * fx;
            *value = (top * (1.0 - fy) + bottom * fy) as u8;
        }
    }
    out
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
