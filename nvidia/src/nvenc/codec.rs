//! NVENC as one encoder among others.

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::{Codec, EncodeError, EncodedPacket, Encoder, EncoderConfig};

use super::encoder::{NvencEncoder, Packet};
use super::settings::VideoCodec;
use super::status::NvencError;

/// H.264 only: the protocol has no number for HEVC yet. An encoder of that is driven by
/// [`NvencEncoder::encode_picture`].
impl Encoder for NvencEncoder {
    fn codec(&self) -> Codec {
        Codec::H264
    }

    fn input(&self) -> PixelFormat {
        PixelFormat::I420
    }

    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, EncodeError> {
        let (wanted, got) = (PixelFormat::I420, frame.format());
        if got != wanted {
            return Err(EncodeError::Format { wanted, got });
        }
        if self.settings.codec != VideoCodec::H264 {
            return Err(NvencError::Codec(self.settings.codec).into_encode_error());
        }
        let (width, height) = (frame.width(), frame.height());
        let Packet { data, key, .. } =
            self.encode_frame(frame, force_key).map_err(NvencError::into_encode_error)?;
        Ok(EncodedPacket { codec: Codec::H264, data: data.into(), key, width, height })
    }

    fn set_bitrate(&mut self, bps: u32) {
        let config = &mut self.settings.config;
        *config = EncoderConfig { bitrate_bps: bps, ..*config }.clamped();
    }

    fn set_frame_rate(&mut self, fps: u32) {
        let config = &mut self.settings.config;
        *config = EncoderConfig { fps, ..*config }.clamped();
    }

    fn codec_string(&self) -> String {
        self.codec_string.clone()
    }
}
