//! PNG: the still that shows exactly the pixels that were rendered, once a view has come to rest.

use bytes::Bytes;
use parfocal_base::{Frame, PixelFormat};
use png::{BitDepth, ColorType, Compression};

use crate::codec::{Codec, EncodeError, EncodedPacket, Encoder, expect_format};

/// The PNG encoder. Reads RGBA and writes RGB: rendered pictures are opaque. Every packet is a
/// key, and the bit rate does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct PngEncoder;

impl Encoder for PngEncoder {
    fn codec(&self) -> Codec {
        Codec::Png
    }

    fn input(&self) -> PixelFormat {
        PixelFormat::Rgba8
    }

    fn encode(&mut self, frame: &Frame, _force_key: bool) -> Result<EncodedPacket, EncodeError> {
        expect_format(frame, PixelFormat::Rgba8)?;
        let (width, height) = (frame.width(), frame.height());
        if !(1..=u16::MAX.into()).contains(&width) || !(1..=u16::MAX.into()).contains(&height) {
            let reason = "a still has 1 to 65535 pixels a side";
            return Err(EncodeError::Size { width, height, reason });
        }
        let data = write(width, height, &rgb(frame.data())).map_err(|_| EncodeError::Library {
            library: "png",
            doing: "encode a picture",
            code: 0,
        })?;
        Ok(EncodedPacket { codec: Codec::Png, data: Bytes::from(data), key: true, width, height })
    }

    fn set_bitrate(&mut self, _bps: u32) {}

    fn set_frame_rate(&mut self, _fps: u32) {}

    fn codec_string(&self) -> String {
        "image/png".to_owned()
    }
}

fn rgb(rgba: &[u8]) -> Vec<u8> {
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut rgb = vec![0; pixels.len() * 3];
    for (to, &[r, g, b, _]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
        *to = [r, g, b];
    }
    rgb
}

fn write(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut data = Vec::with_capacity(rgb.len() / 2);
    let mut encoder = png::Encoder::new(&mut data, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(data)
}
