//! Software H.264 by openh264, set up for low delay.
//!
//! One picture in gives one packet out, in the order of decoding. Keys come when they are asked
//! for, at the start, and when the size changes; each carries its parameter sets, rewritten by
//! [`crate::sps`]. The rate control gives every picture about `bitrate / fps` bits (a key four
//! times that), which is a buffer of about one frame; it changes with the next picture.

mod raw;
mod tuning;

use parfocal_base::{Frame, PixelFormat};

pub use self::tuning::{Content, Effort, Tuning};
use crate::codec::{
    Codec, EncodeError, EncodedPacket, Encoder, EncoderConfig, MAX_LONG_SIDE, MAX_SHORT_SIDE,
    MIN_SIDE, expect_format,
};
use crate::sps::{self, Sps};
use crate::{nal, sps::SpsError};

/// Largest picture of level 4.2, in macroblocks (ITU-T H.264 table A-1).
const LEVEL_4_2_MACROBLOCKS: u32 = 8704;

/// Level 4.2 for anything up to 2048×1088, else 5.2. Two levels only, so that a window that is
/// resized keeps its codec string, and a browser its decoder.
fn level(config: &EncoderConfig) -> openh264_sys2::ELevelIdc {
    let macroblocks = config.width.div_ceil(16) * config.height.div_ceil(16);
    if macroblocks <= LEVEL_4_2_MACROBLOCKS {
        openh264_sys2::LEVEL_4_2
    } else {
        openh264_sys2::LEVEL_5_2
    }
}

/// The software encoder. Reads I420.
pub struct H264Encoder {
    config: EncoderConfig,
    tuning: Tuning,
    raw: raw::RawEncoder,
    codec_string: String,
    /// Reused between pictures, so that a packet costs one allocation of its own size.
    scratch: Vec<u8>,
    /// The next packet must be a key: the stream has just begun, or the last picture failed.
    key_due: bool,
}

impl H264Encoder {
    /// An encoder with the settings that were measured to be best.
    pub fn new(config: EncoderConfig) -> Result<Self, EncodeError> {
        Self::with_tuning(config, Tuning::default())
    }

    /// An encoder with other settings.
    pub fn with_tuning(config: EncoderConfig, tuning: Tuning) -> Result<Self, EncodeError> {
        let config = config.clamped();
        let (raw, codec_string) = open(&config, &tuning)?;
        Ok(Self { config, tuning, raw, codec_string, scratch: Vec::new(), key_due: true })
    }

    fn resize(&mut self, width: u32, height: u32) -> Result<(), EncodeError> {
        let config = EncoderConfig { width, height, ..self.config };
        let (raw, codec_string) = open(&config, &self.tuning)?;
        (self.config, self.raw, self.codec_string) = (config, raw, codec_string);
        self.key_due = true;
        Ok(())
    }
}

impl Encoder for H264Encoder {
    fn codec(&self) -> Codec {
        Codec::H264
    }

    fn input(&self) -> PixelFormat {
        PixelFormat::I420
    }

    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, EncodeError> {
        expect_format(frame, PixelFormat::I420)?;
        let (width, height) = (frame.width(), frame.height());
        if (width, height) != (self.config.width, self.config.height) {
            self.resize(width, height)?;
        }
        if force_key || self.key_due {
            self.raw.force_key()?;
        }
        // Until this picture has succeeded a decoder may lack what the next one refers to.
        self.key_due = true;
        self.scratch.clear();
        let key = self.raw.encode(frame, &mut self.scratch)? == raw::Kind::Key;
        let data = if key {
            sps::rewrite_packet(&self.scratch).map_err(unreadable)?.into()
        } else {
            bytes::Bytes::copy_from_slice(&self.scratch)
        };
        self.key_due = false;
        Ok(EncodedPacket { codec: Codec::H264, data, key, width, height })
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.config = EncoderConfig { bitrate_bps: bps, ..self.config }.clamped();
        // The only failure is a rate out of range, which the clamp rules out.
        let _ = self.raw.set_bitrate(self.config.bitrate_bps);
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.config = EncoderConfig { fps, ..self.config }.clamped();
        let _ = self.raw.set_frame_rate(self.config.fps);
    }

    fn codec_string(&self) -> String {
        self.codec_string.clone()
    }
}

fn open(config: &EncoderConfig, tuning: &Tuning) -> Result<(raw::RawEncoder, String), EncodeError> {
    check_size(config.width, config.height)?;
    let mut raw = raw::RawEncoder::open(config, tuning)?;
    let mut sets = Vec::new();
    raw.parameter_sets(&mut sets)?;
    let set = nal::units(&sets).find(|unit| nal::kind(unit) == nal::SPS).unwrap_or_default();
    let codec_string = Sps::parse(set).map_err(unreadable)?.codec_string();
    Ok((raw, codec_string))
}

fn check_size(width: u32, height: u32) -> Result<(), EncodeError> {
    let (long, short) = (width.max(height), width.min(height));
    let reason = if width % 2 == 1 || height % 2 == 1 {
        "both sides must be even: round the canvas down"
    } else if short < MIN_SIDE {
        "a side is shorter than 16 pixels"
    } else if long > MAX_LONG_SIDE || short > MAX_SHORT_SIDE {
        "the largest picture is 3840x2160 or 2160x3840"
    } else {
        return Ok(());
    };
    Err(EncodeError::Size { width, height, reason })
}

fn unreadable(_: SpsError) -> EncodeError {
    EncodeError::Library { library: "openh264", doing: "write a readable parameter set", code: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::synthetic;

    const CONFIG: EncoderConfig =
        EncoderConfig { width: 320, height: 240, fps: 30, bitrate_bps: 2_000_000 };

    fn frame(width: u32, height: u32, at: u32) -> Frame {
        synthetic(PixelFormat::I420, width, height, at)
    }

    #[test]
    fn impossible_sizes_are_refused_with_what_to_do() {
        for (width, height) in
            [(321, 240), (320, 241), (8, 240), (3842, 2160), (2162, 2162), (0, 0)]
        {
            let config = EncoderConfig { width, height, ..CONFIG };
            let refused = H264Encoder::new(config).err();
            assert!(
                matches!(refused, Some(EncodeError::Size { .. })),
                "{width}x{height}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_refused_resize_leaves_the_stream_as_it_was() {
        let mut encoder = H264Encoder::new(CONFIG).unwrap();
        assert!(encoder.encode(&frame(320, 240, 0), false).unwrap().key);
        assert!(encoder.encode(&frame(321, 240, 1), false).is_err());
        assert!(!encoder.encode(&frame(320, 240, 2), false).unwrap().key);
    }

    #[test]
    fn the_codec_string_stays_over_resizes_up_to_full_hd() {
        let mut encoder = H264Encoder::new(CONFIG).unwrap();
        assert_eq!(encoder.codec_string(), "avc1.42C02A");
        for (width, height) in [(1920, 1080), (64, 64), (1080, 1920)] {
            let packet = encoder.encode(&frame(width, height, 0), false).unwrap();
            let set = nal::units(&packet.data).find(|unit| nal::kind(unit) == nal::SPS).unwrap();
            assert_eq!(Sps::parse(set).unwrap().codec_string(), "avc1.42C02A");
            assert_eq!(encoder.codec_string(), "avc1.42C02A");
        }
        encoder.encode(&frame(3840, 2160, 0), false).unwrap();
        assert_eq!(encoder.codec_string(), "avc1.42C034");
    }

    #[test]
    fn every_rate_is_taken_and_noise_is_never_skipped() {
        let mut encoder = H264Encoder::new(CONFIG).unwrap();
        for (at, bps) in (0..).zip([0, 1, 64_000, 500_000, u32::MAX, 40_000_000, 64_000]) {
            encoder.set_bitrate(bps);
            encoder.set_frame_rate(at * 20);
            for step in 0..5 {
                let packet = encoder.encode(&frame(320, 240, at * 5 + step), false).unwrap();
                assert!(!packet.data.is_empty());
                assert_eq!(packet.key, at == 0 && step == 0);
            }
        }
    }

    #[test]
    fn encoders_on_several_threads_do_not_disturb_one_another() {
        let alone = packets(3);
        std::thread::scope(|scope| {
            let others: Vec<_> = (0..6).map(|_| scope.spawn(|| packets(3))).collect();
            for other in others {
                assert_eq!(other.join().unwrap(), alone);
            }
        });
    }

    /// What several encoders, one after another, make of the same pictures.
    fn packets(rounds: u32) -> Vec<EncodedPacket> {
        let round = |_| {
            let mut encoder = H264Encoder::new(CONFIG).unwrap();
            (0..6).map(move |at| encoder.encode(&frame(320, 240, at), at == 3).unwrap())
        };
        (0..rounds).flat_map(round).collect()
    }
}
