//! Likeness against bit rate: H.264 and JPEG on the same moving picture.

use anyhow::Result;
use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::conformance::psnr;
use parfocal_encode::convert::to_i420;
use parfocal_encode::{Decoder, Encoder, EncoderConfig, H264Encoder, JpegEncoder};
use parfocal_render::Cpu;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::Setup;
use crate::image::Image;
use crate::picture::Picture;
use crate::row::Report;

const CANVAS: [u32; 2] = [1280, 720];
const FPS: u32 = 30;
/// Bits a second.
const RATES: [u32; 5] = [500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000];
/// Pictures until the rate control of an encoder has settled, which are not looked at.
const SETTLE: usize = 15;
/// Every how many pictures likeness is measured.
const LOOK_AT: usize = 5;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let picture = Picture::new(&Image::generate(), 1)?;
    let mut cpu = Cpu::new(0)?;
    let mut frames = Vec::new();
    for at in 0..setup.frames.clamp(SETTLE + LOOK_AT, 60) {
        let mut frame = Frame::new(PixelFormat::Rgba8, CANVAS[0], CANVAS[1]);
        cpu.render(&picture.list(CANVAS, at), &mut frame)?;
        frames.push(frame);
    }
    for bitrate_bps in RATES {
        let [width, height] = CANVAS;
        let config = EncoderConfig { width, height, fps: FPS, bitrate_bps };
        let mut decoder = Decoder::new()?;
        let h264 = likeness(&mut H264Encoder::new(config)?, &frames, |data| {
            decoder.decode(data)?.ok_or_else(|| anyhow::anyhow!("no picture"))
        })?;
        let jpeg = likeness(&mut JpegEncoder::new(config), &frames, jpeg)?;
        for (codec, seen) in [("H.264", h264), ("JPEG", jpeg)] {
            let what =
                |name| format!("{codec} at {:.1} Mbit/s, {name}", f64::from(bitrate_bps) / 1e6);
            report.add("pixels", what("PSNR"), seen.psnr, "dB");
            report.add("pixels", what("SSIM"), 100.0 * seen.ssim, "%");
            report.add("pixels", what("rate it took"), seen.bps / 1e6, "Mbit/s");
        }
    }
    Ok(())
}

struct Seen {
    psnr: f64,
    ssim: f64,
    bps: f64,
}

fn likeness(
    encoder: &mut dyn Encoder,
    frames: &[Frame],
    mut decode: impl FnMut(&[u8]) -> Result<Frame>,
) -> Result<Seen> {
    let (mut psnrs, mut ssims, mut bytes, mut counted) = (0.0, 0.0, 0, 0);
    let mut looked = 0.0;
    for (at, frame) in frames.iter().enumerate() {
        let planar = to_i420(frame);
        let input = if encoder.input() == PixelFormat::I420 { &planar } else { frame };
        let packet = encoder.encode(input, false)?;
        let shown = decode(&packet.data)?;
        if at < SETTLE {
            continue;
        }
        bytes += packet.data.len();
        counted += 1;
        if at % LOOK_AT == 0 {
            let shown = if shown.format() == PixelFormat::I420 { shown } else { to_i420(&shown) };
            psnrs += psnr(&planar, &shown);
            ssims += ssim(&planar, &shown);
            looked += 1.0;
        }
    }
    let bps = bytes as f64 * 8.0 * f64::from(FPS) / f64::from(counted.max(1));
    Ok(Seen { psnr: psnrs / looked, ssim: ssims / looked, bps })
}

fn jpeg(data: &[u8]) -> Result<Frame> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(data), options);
    let mut frame = Frame::new(PixelFormat::Rgba8, CANVAS[0], CANVAS[1]);
    decoder.decode_into(frame.data_mut())?;
    Ok(frame)
}

/// Structural similarity of the luma planes, mean over blocks of 8 × 8 samples (Wang, Bovik, Sheikh
/// and Simoncelli 2004, with a flat window): 1 for equal pictures.
fn ssim(a: &Frame, b: &Frame) -> f64 {
    const SIDE: usize = 8;
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let (Some([a_luma, ..]), Some([b_luma, ..])) = (a.planes(), b.planes()) else {
        return f64::NAN;
    };
    let width = a.width() as usize;
    let (mut sum, mut blocks) = (0.0, 0.0);
    for top in (0..a.height() as usize - SIDE).step_by(SIDE) {
        for left in (0..width - SIDE).step_by(SIDE) {
            let (mut ma, mut mb, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for y in top..top + SIDE {
                let row = y * width + left..y * width + left + SIDE;
                for (&p, &q) in a_luma[row.clone()].iter().zip(&b_luma[row]) {
                    let (p, q) = (f64::from(p), f64::from(q));
                    ma += p;
                    mb += q;
                    aa += p * p;
                    bb += q * q;
                    ab += p * q;
                }
            }
            let n = (SIDE * SIDE) as f64;
            let (ma, mb) = (ma / n, mb / n);
            let (va, vb, cov) = (aa / n - ma * ma, bb / n - mb * mb, ab / n - ma * mb);
            sum += (2.0 * ma * mb + C1) * (2.0 * cov + C2)
                / ((ma * ma + mb * mb + C1) * (va + vb + C2));
            blocks += 1.0;
        }
    }
    sum / blocks
}
