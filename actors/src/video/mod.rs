//! What encodes video: hardware where there is any, and software where there is none, or while that
//! fails; a picture is never lost to failing hardware.
//!
//! - [`Choice`], [`Source`]: what is asked for, and how hardware is opened.
//! - [`Hardware`], [`HardwareEncoder`]: what hardware has to offer. `nvenc`: NVIDIA's.
//! - `stream`: the encoder of one stream, which falls back and comes back.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use parfocal_base::Frame;
use parfocal_base::time::Clock;
use parfocal_encode::{
    EncodeError, EncodedPacket, Encoder, EncoderConfig, JpegEncoder, PngEncoder,
};
use parfocal_nvidia::fallback::Reason;
use parfocal_sync::message::PixelCodec;
use parking_lot::Mutex;
use serde::Deserialize;

#[cfg(target_os = "linux")]
pub mod nvenc;
mod stream;

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

    /// Begins a stream. May block.
    ///
    /// # Errors
    /// Why it does not take this stream, or none.
    fn open(&self, config: EncoderConfig) -> Result<Box<dyn HardwareEncoder>, Failure>;
}

/// One stream of such hardware.
pub trait HardwareEncoder: Send {
    /// As [`Encoder::encode`]; the first packet is a key.
    ///
    /// # Errors
    /// Why there is no packet.
    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, Failure>;

    /// Bits and pictures a second from the next picture on.
    fn set_rates(&mut self, bitrate_bps: u32, fps: u32);

    /// As [`Encoder::codec_string`].
    fn codec_string(&self) -> String;
}

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
pub struct Source(Arc<dyn Fn() -> Result<Arc<dyn Hardware>, Failure> + Send + Sync>);

impl Source {
    /// Other hardware than this machine's.
    pub fn new(
        open: impl Fn() -> Result<Arc<dyn Hardware>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(open))
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
}

impl Encoders {
    /// Opens what `choice` asks for, and says in the log what encodes, and why. May block.
    ///
    /// # Errors
    /// If hardware is asked for, and there is none.
    pub(crate) fn open(choice: Choice, source: &Source, clock: Clock) -> Result<Self, Failure> {
        let software = |why: &str| Self { clock, hardware: None, why: why.into() };
        if choice == Choice::Software {
            tracing::info!("software encodes video, as asked for");
            return Ok(software("software was asked for (--encoder software)"));
        }
        match source.0() {
            Ok(hardware) => {
                tracing::info!(device = %hardware.name(), "NVENC encodes video");
                Ok(Self { clock, hardware: Some(hardware), why: "".into() })
            }
            Err(failure) if choice == Choice::Nvenc => Err(failure),
            Err(failure) => {
                tracing::info!(reason = %failure, "software encodes video: NVENC cannot");
                Ok(software(&failure.text))
            }
        }
    }

    /// An encoder for one stream, which keeps `used` true.
    pub(crate) fn encoder(
        &self,
        codec: PixelCodec,
        config: EncoderConfig,
        used: &Arc<Mutex<Used>>,
    ) -> Result<Box<dyn Encoder>, EncodeError> {
        let still = |encoder: Box<dyn Encoder>| {
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
