//! JPEG, a picture at a time: for browsers that cannot decode video.
//!
//! Baseline JFIF, BT.601 full range as that format says, chroma at half the resolution (4:2:0) like
//! the video. Quality follows the bit rate; exact pixels come with the lossless still at rest.

use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder as Jpeg, SamplingFactor};
use parfocal_base::{Frame, PixelFormat};

use crate::codec::{Codec, EncodeError, EncodedPacket, Encoder, EncoderConfig, expect_format};
use crate::quality::Quality;

/// The JPEG encoder. Reads RGBA; alpha is ignored. Every packet is a key.
#[derive(Clone, Debug)]
pub struct JpegEncoder {
    config: EncoderConfig,
    quality: Quality,
    scratch: Vec<u8>,
}

impl JpegEncoder {
    /// An encoder that aims at `config`'s bit rate.
    pub fn new(config: EncoderConfig) -> Self {
        let config = config.clamped();
        let quality = Quality::new(config.bitrate_bps, config.fps);
        Self { config, quality, scratch: Vec::new() }
    }

    fn retarget(&mut self, config: EncoderConfig) {
        self.config = config.clamped();
        self.quality.set_target(self.config.bitrate_bps, self.config.fps);
    }
}

impl Encoder for JpegEncoder {
    fn codec(&self) -> Codec {
        Codec::Jpeg
    }

    fn input(&self) -> PixelFormat {
        PixelFormat::Rgba8
    }

    fn encode(&mut self, frame: &Frame, _force_key: bool) -> Result<EncodedPacket, EncodeError> {
        expect_format(frame, PixelFormat::Rgba8)?;
        let (width, height) = (frame.width(), frame.height());
        let [across, down] = sides(width, height)?;
        self.scratch.clear();
        let mut jpeg = Jpeg::new(&mut self.scratch, self.quality.value());
        jpeg.set_sampling_factor(SamplingFactor::R_4_2_0);
        jpeg.encode(frame.data(), across, down, ColorType::Rgba).map_err(|_| {
            EncodeError::Library { library: "jpeg-encoder", doing: "encode a picture", code: 0 }
        })?;
        self.quality.observe(self.scratch.len());
        let data = Bytes::copy_from_slice(&self.scratch);
        Ok(EncodedPacket { codec: Codec::Jpeg, data, key: true, width, height })
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.retarget(EncoderConfig { bitrate_bps: bps, ..self.config });
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.retarget(EncoderConfig { fps, ..self.config });
    }

    fn codec_string(&self) -> String {
        "image/jpeg".to_owned()
    }
}

/// Both sides as the format's 16-bit numbers; neither may be zero.
fn sides(width: u32, height: u32) -> Result<[u16; 2], EncodeError> {
    match (u16::try_from(width), u16::try_from(height)) {
        (Ok(across @ 1..), Ok(down @ 1..)) => Ok([across, down]),
        _ => {
            Err(EncodeError::Size { width, height, reason: "a JPEG has 1 to 65535 pixels a side" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_frames_are_refused_by_name() {
        let config = EncoderConfig { width: 2, height: 2, fps: 30, bitrate_bps: 1_000_000 };
        let mut encoder = JpegEncoder::new(config);
        let planar = Frame::new(PixelFormat::I420, 2, 2);
        let refused = encoder.encode(&planar, false).unwrap_err();
        assert!(matches!(refused, EncodeError::Format { got: PixelFormat::I420, .. }));
        let empty = Frame::new(PixelFormat::Rgba8, 0, 7);
        assert!(matches!(encoder.encode(&empty, false), Err(EncodeError::Size { .. })));
    }
}
