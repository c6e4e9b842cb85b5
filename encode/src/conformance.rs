//! What every encoder must pass. Call [`check`] from a test; it panics with what is wrong.
#![allow(clippy::panic, clippy::expect_used, reason = "a test kit speaks by panicking")]

use parfocal_base::{Frame, PixelFormat};

use crate::codec::{Codec, EncodedPacket, Encoder, EncoderConfig};
use crate::{convert, nal};

/// Frames of one pass.
const FRAMES: u32 = 24;
/// The frame that a pass forces a key at.
const FORCED: u32 = 15;
/// Settings of a pass: a small view at a generous rate.
const CONFIG: EncoderConfig =
    EncoderConfig { width: 320, height: 240, fps: 30, bitrate_bps: 3_000_000 };

/// Makes an encoder.
pub type MakeEncoder<'a> = &'a dyn Fn(EncoderConfig) -> Box<dyn Encoder>;
/// Decodes a packet into the picture that it holds, if any; a new one is made for each pass.
pub type Decode = Box<dyn FnMut(&EncodedPacket) -> Option<Frame>>;

/// An encoder to be checked, and a decoder for what it makes.
pub struct Subject<'a> {
    /// Makes the encoder.
    pub encoder: MakeEncoder<'a>,
    /// Makes the decoder.
    pub decoder: &'a dyn Fn() -> Decode,
    /// Least peak signal-to-noise ratio in dB of any plane of any picture, from the third on.
    pub psnr: f64,
    /// Whether the bit rate matters (a lossless codec takes what it takes).
    pub follows_bitrate: bool,
}

/// Runs every check.
pub fn check(subject: &Subject<'_>) {
    pictures_come_back_one_by_one(subject);
    keys_come_when_asked_for(subject);
    if subject.follows_bitrate {
        bitrate_moves_the_size_and_makes_no_key(subject);
    }
    a_new_size_starts_the_stream_anew(subject);
    a_frame_of_the_wrong_layout_is_refused(subject);
}

fn pictures_come_back_one_by_one(subject: &Subject<'_>) {
    let (mut encoder, mut decode) = ((subject.encoder)(CONFIG), (subject.decoder)());
    let mut last = None;
    for at in 0..FRAMES {
        let frame = synthetic(encoder.input(), CONFIG.width, CONFIG.height, at);
        let packet = encoder.encode(&frame, false).expect("a frame gives a packet");
        assert_eq!((packet.width, packet.height), (CONFIG.width, CONFIG.height));
        assert_eq!(packet.codec, encoder.codec());
        let got = decode(&packet).unwrap_or_else(|| panic!("packet {at} gave no picture at once"));
        let likeness = psnr(&got, &frame);
        let needed = if at < 3 { subject.psnr - 6.0 } else { subject.psnr };
        assert!(likeness >= needed, "picture {at}: {likeness:.1} dB, {needed:.1} are needed");
        if let Some(last) = &last {
            assert!(psnr(&got, last) < likeness, "picture {at} looks like the one before it");
        }
        last = Some(frame);
    }
}

fn keys_come_when_asked_for(subject: &Subject<'_>) {
    let mut encoder = (subject.encoder)(CONFIG);
    let promised = encoder.codec_string();
    let mut joined = None;
    for at in 0..FRAMES {
        let frame = synthetic(encoder.input(), CONFIG.width, CONFIG.height, at);
        let packet = encoder.encode(&frame, at == FORCED).expect("a frame gives a packet");
        let asked = at == 0 || at == FORCED;
        match packet.codec {
            Codec::H264 => assert_eq!(packet.key, asked, "packet {at} asked for a key: {asked}"),
            Codec::Jpeg | Codec::Png => assert!(packet.key, "every still is a key"),
        }
        if packet.codec == Codec::H264 {
            assert_eq!(nal::is_key(&packet.data), packet.key, "a key has its parameter sets");
        }
        // Somebody who joins at the forced key sees every picture from there on.
        if at >= FORCED {
            let decode = joined.get_or_insert_with(|| (subject.decoder)());
            assert!(decode(&packet).is_some(), "a joiner sees nothing at packet {at}");
        }
    }
    assert_eq!(encoder.codec_string(), promised, "the codec string was known in advance");
}

fn bitrate_moves_the_size_and_makes_no_key(subject: &Subject<'_>) {
    let mut encoder = (subject.encoder)(CONFIG);
    let mean = |encoder: &mut dyn Encoder, from: u32| {
        let size = |at: u32| {
            let frame = synthetic(encoder.input(), CONFIG.width, CONFIG.height, at);
            let packet = encoder.encode(&frame, false).expect("a frame gives a packet");
            let key = packet.codec == Codec::H264 && packet.key && at > 0;
            assert!(!key, "packet {at} is a key that nobody asked for");
            packet.data.len()
        };
        let sizes: Vec<usize> = (from..from + FRAMES).map(size).collect();
        let settled = &sizes[sizes.len() / 2..];
        settled.iter().sum::<usize>() as f64 / settled.len() as f64
    };
    let before = mean(encoder.as_mut(), 0);
    encoder.set_bitrate(CONFIG.bitrate_bps / 4);
    let low = mean(encoder.as_mut(), FRAMES);
    encoder.set_bitrate(CONFIG.bitrate_bps);
    let after = mean(encoder.as_mut(), 2 * FRAMES);
    assert!(low < 0.7 * before, "a quarter of the rate: {before:.0} bytes became {low:.0}");
    assert!(after > 1.3 * low, "the rate came back: {low:.0} bytes became {after:.0}");
}

fn a_new_size_starts_the_stream_anew(subject: &Subject<'_>) {
    let (mut encoder, mut decode) = ((subject.encoder)(CONFIG), (subject.decoder)());
    for (at, (width, height)) in
        (0..).zip([(320, 240), (320, 240), (418, 202), (418, 202), (64, 98)])
    {
        let frame = synthetic(encoder.input(), width, height, at);
        let packet = encoder.encode(&frame, false).expect("a frame of another size gives a packet");
        assert_eq!((packet.width, packet.height), (width, height));
        assert!(packet.key || at == 1 || at == 3, "packet {at} begins a size without a key");
        let got = decode(&packet).unwrap_or_else(|| panic!("packet {at} gave no picture at once"));
        assert_eq!((got.width(), got.height()), (width, height));
    }
}

fn a_frame_of_the_wrong_layout_is_refused(subject: &Subject<'_>) {
    let mut encoder = (subject.encoder)(CONFIG);
    let other = match encoder.input() {
        PixelFormat::Rgba8 => PixelFormat::I420,
        PixelFormat::I420 => PixelFormat::Rgba8,
    };
    assert!(encoder.encode(&Frame::new(other, CONFIG.width, CONFIG.height), false).is_err());
    let right = synthetic(encoder.input(), CONFIG.width, CONFIG.height, 0);
    assert!(encoder.encode(&right, false).is_ok(), "it goes on after a refusal");
}

/// A moving picture like fluorescence microscopy: bright round cells that drift over a dark
/// background, green and magenta, with sensor noise. The same for the same arguments.
pub fn synthetic(format: PixelFormat, width: u32, height: u32, at: u32) -> Frame {
    let mut frame = Frame::new(PixelFormat::Rgba8, width, height);
    let (pixels, _) = frame.data_mut().as_chunks_mut::<4>();
    let cells = cells(width, height, at);
    for (index, pixel) in (0_u32..).zip(pixels) {
        let (x, y) = ((index % width) as f32, (index / width) as f32);
        let noise = f32::from((hash(index ^ at.wrapping_mul(0x9E37_79B9)) & 15) as u8);
        let glow = |first: usize| -> f32 {
            let near = |&(cx, cy, r): &(f32, f32, f32)| {
                let d = ((x - cx).powi(2) + (y - cy).powi(2)) / (r * r);
                if d < 4.0 { 200.0 * (-d).exp() } else { 0.0 }
            };
            cells.iter().skip(first).step_by(2).map(near).sum()
        };
        let (green, magenta) = (glow(0) + noise, glow(1) + noise);
        *pixel = [magenta, green, (magenta + green) / 2.0, 255.0].map(|v| v.min(255.0) as u8);
    }
    match format {
        PixelFormat::Rgba8 => frame,
        PixelFormat::I420 => convert::to_i420(&frame),
    }
}

/// Centres and radii at frame `at`.
fn cells(width: u32, height: u32, at: u32) -> Vec<(f32, f32, f32)> {
    let (w, h, t) = (width as f32, height as f32, at as f32);
    let unit = |seed: u32| (hash(seed) & 0xffff) as f32 / 65536.0;
    (0..12)
        .map(|cell| {
            let (x, y) = (unit(cell * 4) * w + t * 2.3, unit(cell * 4 + 1) * h + t * 1.1);
            (x % w, y % h, (0.04 + 0.06 * unit(cell * 4 + 2)) * w)
        })
        .collect()
}

/// Bob Jenkins' one-at-a-time finaliser over the four bytes of `seed`.
fn hash(seed: u32) -> u32 {
    let mixed = seed.to_le_bytes().iter().fold(0_u32, |h, &byte| {
        let h = h.wrapping_add(byte.into());
        let h = h.wrapping_add(h << 10);
        h ^ h >> 6
    });
    let h = mixed.wrapping_add(mixed << 3);
    let h = h ^ h >> 11;
    h.wrapping_add(h << 15)
}

/// Peak signal-to-noise ratio in dB of the worst of Y, Cb and Cr; 99 where both are equal.
pub fn psnr(a: &Frame, b: &Frame) -> f64 {
    let (a, b) = (convert::to_i420(a), convert::to_i420(b));
    assert_eq!((a.width(), a.height()), (b.width(), b.height()), "pictures of one size");
    let (Some(a), Some(b)) = (a.planes(), b.planes()) else { panic!("I420 has planes") };
    let plane = |(a, b): (&[u8], &[u8])| {
        let error: u64 = a.iter().zip(b).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum();
        if error == 0 { 99.0 } else { 10.0 * (65025.0 * a.len() as f64 / error as f64).log10() }
    };
    a.into_iter().zip(b).map(plane).fold(99.0, f64::min)
}

#[cfg(test)]
mod tests {
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    use super::*;
    use crate::{Decoder, H264Encoder, JpegEncoder, PngEncoder};

    fn rgba(width: u32, height: u32, data: &[u8]) -> Frame {
        let mut frame = Frame::new(PixelFormat::Rgba8, width, height);
        frame.data_mut().copy_from_slice(data);
        frame
    }

    #[test]
    fn software_h264_conforms() {
        check(&Subject {
            encoder: &|config| Box::new(H264Encoder::new(config).unwrap()),
            decoder: &|| {
                let mut decoder = Decoder::new().unwrap();
                Box::new(move |packet| decoder.decode(&packet.data).unwrap())
            },
            psnr: 32.0,
            follows_bitrate: true,
        });
    }

    #[test]
    fn jpeg_conforms() {
        check(&Subject {
            encoder: &|config| Box::new(JpegEncoder::new(config)),
            decoder: &|| {
                Box::new(|packet| {
                    let options =
                        DecoderOptions::new_fast().jpeg_set_out_colorspace(ColorSpace::RGBA);
                    let bytes = ZCursor::new(&packet.data[..]);
                    let mut jpeg = zune_jpeg::JpegDecoder::new_with_options(bytes, options);
                    Some(rgba(packet.width, packet.height, &jpeg.decode().unwrap()))
                })
            },
            psnr: 30.0,
            follows_bitrate: true,
        });
    }

    #[test]
    fn png_conforms_and_is_lossless() {
        check(&Subject {
            encoder: &|_| Box::new(PngEncoder),
            decoder: &|| {
                Box::new(|packet| {
                    let mut png = png::Decoder::new(std::io::Cursor::new(&packet.data[..]));
                    png.set_transformations(png::Transformations::ALPHA);
                    let mut reader = png.read_info().unwrap();
                    let mut data = vec![0; reader.output_buffer_size().unwrap()];
                    reader.next_frame(&mut data).unwrap();
                    Some(rgba(packet.width, packet.height, &data))
                })
            },
            psnr: 99.0,
            follows_bitrate: false,
        });
    }
}
