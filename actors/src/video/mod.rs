//! What encodes video: hardware where there is any, and software where there is none, or while that
//! fails; a picture is never lost to failing hardware.
//!
//! - [`Choice`], [`Source`]: what is asked for, and how hardware is opened.
//! - [`Hardware`], [`HardwareEncoder`]: what hardware has to offer. `nvenc`: NVIDIA's.
//! - `stream`: the encoder of one stream, which falls back and comes back.
//! - `keeping`, `frame`: pictures that stay on the GPU that painted them, for hardware to read there.
//! - `scaled`: the size of a rendition, in front of its encoder.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use parfocal_base::time::Clock;
use parfocal_base::{Frame, OnDevice};
use parfocal_encode::{
    EncodeError, EncodedPacket, Encoder, EncoderConfig, JpegEncoder, PngEncoder,
};
use parfocal_gl::{GlError, GlRenderer};
use parfocal_nvidia::fallback::Reason;
use parfocal_render::DrawList;
use parfocal_sync::message::PixelCodec;
use parking_lot::Mutex;
use serde::Deserialize;

mod frame;
mod keeping;
#[cfg(target_os = "linux")]
pub mod nvenc;
mod scaled;
mod stream;

pub(crate) use self::frame::ViewFrame;
pub(crate) use self::keeping::{Keep, Keeping};
pub(crate) use self::scaled::{Scaled, Unencoded};
use self::stream::Stream;

/// What is to encode video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// NVENC where there is one, else software.
    #[default]
    Auto,
    /// Software: openh264.
    Software,
    /// NVENC, and no server without it.
    Nvenc,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "software" => Ok(Self::Software),
            "nvenc" => Ok(Self::Nvenc),
            _ => Err(format!("auto, software or nvenc, not {text:?}")),
        }
    }
}

/// Why hardware does not encode.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// Whether and when it is asked again.
    pub reason: Reason,
    /// What is wrong, and what to do.
    pub text: String,
}

/// Hardware that encodes H.264.
pub trait Hardware: fmt::Debug + Send + Sync {
    /// Its name, for people.
    fn name(&self) -> String;

    /// Begins a stream; where there is a choice, on the device that `near` is on. May block.
    ///
    /// # Errors
    /// Why it does not take this stream, or none.
    fn open(
        &self,
        config: EncoderConfig,
        near: Option<&dyn OnDevice>,
    ) -> Result<Box<dyn HardwareEncoder>, Failure>;
}

/// One stream of such hardware.
pub trait HardwareEncoder: Send {
    /// As [`Encoder::encode`]; the first packet is a key.
    ///
    /// # Errors
    /// Why there is no packet.
    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, Failure>;

    /// Whether it reads that picture where it is.
    fn reads(&self, picture: &dyn OnDevice) -> bool;

    /// As [`HardwareEncoder::encode`], of a picture that it reads, scaled to `size` on the device.
    ///
    /// # Errors
    /// Why there is no packet.
    fn encode_on_device(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        force_key: bool,
    ) -> Result<EncodedPacket, Failure>;

    /// Bits and pictures a second from the next picture on.
    fn set_rates(&mut self, bitrate_bps: u32, fps: u32);

    /// As [`Encoder::codec_string`].
    fn codec_string(&self) -> String;
}

/// An encoder of a view's pictures.
pub(crate) trait ViewEncoder: Encoder {
    /// As [`Encoder::encode`], of a picture on a device, scaled to `size` there. `None` where it does
    /// not read that, or fails to: it is to be given the picture as a frame then.
    fn encode_on_device(
        &mut self,
        _picture: &dyn OnDevice,
        _size: [u32; 2],
        _force_key: bool,
    ) -> Option<EncodedPacket> {
        None
    }
}

impl ViewEncoder for JpegEncoder {}
impl ViewEncoder for PngEncoder {}

/// What encodes a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The processor.
    #[default]
    Software,
    /// NVIDIA's encoder.
    Nvenc,
}

impl By {
    /// As the API and the metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Nvenc => "nvenc",
        }
    }
}

/// What encodes a stream at the moment, and why that.
#[derive(Clone, Debug)]
pub struct Used {
    /// What does.
    pub by: By,
    /// Why, in a sentence for who runs the server.
    pub why: Arc<str>,
}

impl Default for Used {
    fn default() -> Self {
        Self { by: By::Software, why: "nothing was encoded yet".into() }
    }
}

/// How hardware is opened: that of this machine, if nothing else is said.
#[derive(Clone)]
pub struct Source {
    open: Arc<Open>,
    keep: Keep,
}

type Open = dyn Fn() -> Result<Arc<dyn Hardware>, Failure> + Send + Sync;

impl Source {
    /// Other hardware than this machine's.
    pub fn new(
        open: impl Fn() -> Result<Arc<dyn Hardware>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Arc::new(open), keep: Keep::default() }
    }

    /// Another way for pictures to stay on what paints them than this machine's.
    #[must_use]
    pub fn keeping(
        self,
        paint: impl Fn(&mut GlRenderer, &DrawList) -> Result<Arc<dyn OnDevice>, GlError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { keep: Keep::new(paint), ..self }
    }
}

impl Default for Source {
    fn default() -> Self {
        #[cfg(target_os = "linux")]
        return Self::new(|| Ok(Arc::new(nvenc::Nvenc::system()?)));
        #[cfg(not(target_os = "linux"))]
        return Self::new(|| {
            let text = "NVENC is used on Linux only".to_owned();
            Err(Failure { reason: Reason::Never, text })
        });
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// Makes the encoders of all streams.
#[derive(Debug)]
pub(crate) struct Encoders {
    clock: Clock,
    hardware: Option<Arc<dyn Hardware>>,
    /// Why there is no hardware.
    why: Arc<str>,
    /// How pictures stay on what paints them.
    pub(crate) keep: Keep,
}

impl Encoders {
    /// Opens what `choice` asks for, and says in the log what encodes, and why. May block.
    ///
    /// # Errors
    /// If hardware is asked for, and there is none.
    pub(crate) fn open(choice: Choice, source: &Source, clock: Clock) -> Result<Self, Failure> {
        let keep = source.keep.clone();
        let software = |why: &str, keep| Self { clock, hardware: None, why: why.into(), keep };
        if choice == Choice::Software {
            tracing::info!("software encodes video, as asked for");
            return Ok(software("software was asked for (--encoder software)", keep));
        }
        match (source.open)() {
            Ok(hardware) => {
                tracing::info!(device = %hardware.name(), "NVENC encodes video");
                Ok(Self { clock, hardware: Some(hardware), why: "".into(), keep })
            }
            Err(failure) if choice == Choice::Nvenc => Err(failure),
            Err(failure) => {
                tracing::info!(reason = %failure, "software encodes video: NVENC cannot");
                Ok(software(&failure.text, keep))
            }
        }
    }

    /// An encoder for one stream, which keeps `used` true.
    pub(crate) fn encoder(
        &self,
        codec: PixelCodec,
        config: EncoderConfig,
        used: &Arc<Mutex<Used>>,
    ) -> Result<Box<dyn ViewEncoder>, EncodeError> {
        let still = |encoder: Box<dyn ViewEncoder>| {
            *used.lock() = Used { by: By::Software, why: "pictures one by one".into() };
            Ok(encoder)
        };
        match codec {
            PixelCodec::H264 => Ok(Box::new(Stream::new(self, config, Arc::clone(used))?)),
            PixelCodec::Jpeg => still(Box::new(JpegEncoder::new(config))),
            PixelCodec::Png => still(Box::new(PngEncoder)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!("nvenc".parse(), Ok(Choice::Nvenc));
        assert!("cuda".parse::<Choice>().unwrap_err().contains("auto, software or nvenc"));
    }

    #[test]
    fn what_is_asked_for_and_missing_is_an_error_and_what_is_not_asked_for_is_a_reason() {
        let none = Source::new(|| {
            Err(Failure { reason: Reason::Never, text: "the device has no encoder".to_owned() })
        });
        let open = |choice| Encoders::open(choice, &none, Clock::new());
        assert_eq!(open(Choice::Nvenc).unwrap_err().text, "the device has no encoder");
        let used = Arc::default();
        let config = EncoderConfig { width: 64, height: 64, fps: 30, bitrate_bps: 1_000_000 };
        let auto = open(Choice::Auto).unwrap().encoder(PixelCodec::H264, config, &used);
        assert!(auto.is_ok());
        let Used { by, why } = used.lock().clone();
        assert_eq!((by, &*why), (By::Software, "the device has no encoder"));
        assert!(open(Choice::Software).is_ok());
    }
}
