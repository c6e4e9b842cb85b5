//! What every encoder offers: the trait, its settings, its packets and its errors.

use bytes::Bytes;
use parfocal_base::{Frame, PixelFormat};

/// Lowest bit rate that an encoder is set to. Below it even an empty 720p picture does not fit.
pub const MIN_BITRATE: u32 = 64_000;
/// Highest bit rate: openh264 multiplies it by 50 in 32 bits, so 42.9 Mbit/s overflows.
pub const MAX_BITRATE: u32 = 40_000_000;
/// Highest frame rate: openh264 clamps to it.
pub const MAX_FPS: u32 = 60;
/// Smallest side of a picture in pixels: one macroblock.
pub const MIN_SIDE: u32 = 16;
/// Longer side of the largest picture in pixels: what openh264 takes, in either orientation.
pub const MAX_LONG_SIDE: u32 = 3840;
/// Shorter side of the largest picture in pixels.
pub const MAX_SHORT_SIDE: u32 = 2160;

/// How a packet's bytes are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264, Annex B byte stream, one access unit a packet.
    H264,
    /// One baseline JPEG file (JFIF) a packet.
    Jpeg,
    /// One PNG file a packet, lossless.
    Png,
}

/// One coded picture.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPacket {
    /// How the bytes are coded.
    pub codec: Codec,
    /// The bytes.
    pub data: Bytes,
    /// Whether a decoder can start here. H.264: parameter sets and an IDR picture are inside.
    pub key: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl std::fmt::Debug for EncodedPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { codec, data, key, width, height } = self;
        let kind = if *key { "key" } else { "delta" };
        write!(f, "{codec:?} {kind} {width}x{height}, {} bytes", data.len())
    }
}

/// What an encoder is made for. Rates out of range are clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderConfig {
    /// Width in pixels of the first frames; see [`Encoder::encode`] for others.
    pub width: u32,
    /// Height in pixels of the first frames.
    pub height: u32,
    /// Frames a second that share the bit rate, 1 to [`MAX_FPS`].
    pub fps: u32,
    /// Bits a second, [`MIN_BITRATE`] to [`MAX_BITRATE`].
    pub bitrate_bps: u32,
}

impl EncoderConfig {
    /// The same settings with every rate within its bounds.
    pub fn clamped(self) -> Self {
        Self {
            fps: self.fps.clamp(1, MAX_FPS),
            bitrate_bps: self.bitrate_bps.clamp(MIN_BITRATE, MAX_BITRATE),
            ..self
        }
    }
}

/// Why a frame was not encoded. The encoder may be used again with another frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The frame is laid out otherwise than [`Encoder::input`] says.
    #[error("the encoder reads {wanted:?} frames, not {got:?}: convert the frame first")]
    Format {
        /// What the encoder reads.
        wanted: PixelFormat,
        /// What it was given.
        got: PixelFormat,
    },
    /// The codec cannot code this size.
    #[error("cannot encode {width}x{height}: {reason}")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What to do instead.
        reason: &'static str,
    },
    /// The codec library failed.
    #[error("{library} failed to {doing} (code {code})")]
    Library {
        /// Name of the library.
        library: &'static str,
        /// What it was asked to do.
        doing: &'static str,
        /// Its own error number, 0 where it has none.
        code: i32,
    },
}

/// Turns pictures into packets: one packet for each picture, at once.
pub trait Encoder: Send {
    /// How the packets are coded.
    fn codec(&self) -> Codec;

    /// The layout of frames that [`Encoder::encode`] reads.
    fn input(&self) -> PixelFormat;

    /// Codes a frame into exactly one packet. A frame of another size than the last starts the
    /// stream anew: its packet is a key. `force_key` asks for a key in any case.
    ///
    /// H.264 refuses odd sizes and sizes outside of [`MIN_SIDE`], [`MAX_LONG_SIDE`] and
    /// [`MAX_SHORT_SIDE`]; the stills take 1 to 65,535 pixels a side.
    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, EncodeError>;

    /// Sets the bit rate from the next frame on, clamped; makes no key.
    fn set_bitrate(&mut self, bps: u32);

    /// Sets how many frames a second share the bit rate, clamped; makes no key.
    fn set_frame_rate(&mut self, fps: u32);

    /// What a browser needs to make a decoder: for video the WebCodecs codec string made from the
    /// stream's own parameter set (`avc1.42C02A`), for stills the media type (`image/jpeg`).
    fn codec_string(&self) -> String;
}

/// Checks that `frame` has the layout that the encoder reads.
pub(crate) fn expect_format(frame: &Frame, wanted: PixelFormat) -> Result<(), EncodeError> {
    let got = frame.format();
    if got == wanted { Ok(()) } else { Err(EncodeError::Format { wanted, got }) }
}
