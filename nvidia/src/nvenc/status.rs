//! What NVENC answers, and why there is no packet.

use parfocal_encode::EncodeError;

use super::settings::VideoCodec;
use crate::cuda::CudaError;
use crate::fallback::Reason;

/// Longest explanation by the driver that is kept. Bytes.
pub(super) const MAX_DETAIL_BYTES: usize = 256;

/// Declares [`Status`] from NVENC's numbers.
macro_rules! statuses {
    ($($name:ident = $number:literal: $text:literal,)*) => {
        /// An answer of NVENC other than success (`NVENCSTATUS`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Status {
            $(#[doc = $text] $name,)*
            /// A number that this version of the interface does not know.
            Unknown(u32),
        }

        impl Status {
            /// `None` for success.
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    0 => None,
                    $($number => Some(Self::$name),)*
                    other => Some(Self::Unknown(other)),
                }
            }

            /// NVENC's number.
            pub const fn code(self) -> u32 {
                match self {
                    $(Self::$name => $number,)*
                    Self::Unknown(code) => code,
                }
            }

            /// In words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown(_) => "an answer that is not in the interface",
                }
            }
        }
    };
}

statuses! {
    NoEncodeDevice = 1: "no device can encode",
    UnsupportedDevice = 2: "the device has no encoder",
    InvalidEncoderDevice = 3: "not a session, or not a device to encode on",
    InvalidDevice = 4: "not a device",
    DeviceNotExist = 5: "the device is gone",
    InvalidPtr = 6: "an invalid pointer",
    InvalidEvent = 7: "an invalid event",
    InvalidParam = 8: "an invalid setting",
    InvalidCall = 9: "called out of order",
    OutOfMemory = 10: "out of memory, or no session left",
    EncoderNotInitialized = 11: "the encoder was not started",
    UnsupportedParam = 12: "a setting that the device does not support",
    LockBusy = 13: "the packet is not ready",
    NotEnoughBuffer = 14: "the packet does not fit its buffer",
    InvalidVersion = 15: "an invalid version of a structure",
    MapFailed = 16: "the picture cannot be mapped",
    NeedMoreInput = 17: "more pictures are needed first",
    EncoderBusy = 18: "the encoder is busy",
    EventNotRegistered = 19: "the event is not registered",
    Generic = 20: "an internal failure",
    IncompatibleClientKey = 21: "no session left for this kind of card",
    Unimplemented = 22: "not implemented",
    ResourceRegisterFailed = 23: "the picture cannot be registered",
    ResourceNotRegistered = 24: "the picture is not registered",
    ResourceNotMapped = 25: "the picture is not mapped",
    NeedMoreOutput = 26: "more output buffers are needed",
}

/// Why NVENC does not encode, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NvencError {
    /// No `libnvidia-encode.so.1`.
    #[error(
        "no NVENC library ({0}): install the driver's, or give the container the `video` capability"
    )]
    NoLibrary(String),
    /// The driver speaks an older interface only.
    #[error(
        "the driver's NVENC speaks {}.{}, and {}.{} is needed: install driver 530 or later",
        driver.0, driver.1, needed.0, needed.1
    )]
    TooOld {
        /// Major and minor version of the driver's interface.
        driver: (u32, u32),
        /// What is needed.
        needed: (u32, u32),
    },
    /// The library does not fill its function table.
    #[error("the NVENC library lacks {0}: it is damaged, or not NVIDIA's")]
    Incomplete(&'static str),
    /// The device does not encode this codec.
    #[error("the device's encoder does not make {0:?}")]
    Codec(VideoCodec),
    /// The device does not encode pictures of this size.
    #[error("the device's encoder does not take {width}x{height}: {reason}")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What it takes.
        reason: &'static str,
    },
    /// NVENC opened no session.
    #[error("NVENC opens no session: {} (code {})", .0.text(), .0.code())]
    Open(Status),
    /// NVENC refused or failed.
    #[error("NVENC failed to {doing}: {} (code {}){detail}", status.text(), status.code())]
    Call {
        /// What it was asked to do.
        doing: &'static str,
        /// Its answer.
        status: Status,
        /// The driver's own words, after a colon; empty where it has none.
        detail: String,
    },
    /// The encoder did not take a picture, though it was asked several times. The session goes on.
    #[error("NVENC is busy: it takes no picture at the moment")]
    Busy,
    /// The packet is not what was asked for.
    #[error("NVENC gave a packet that is {0}")]
    Packet(&'static str),
    /// The device's memory.
    #[error(transparent)]
    Cuda(#[from] CudaError),
}

impl NvencError {
    /// What kind of failure it is.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NoLibrary(_) | Self::TooOld { .. } | Self::Incomplete(_) => Reason::Never,
            Self::Codec(_) | Self::Size { .. } => Reason::Refused,
            Self::Busy => Reason::Busy,
            Self::Packet(_) => Reason::Lost,
            Self::Cuda(CudaError::OutOfMemory(_)) => Reason::Full,
            Self::Cuda(CudaError::Size { .. }) => Reason::Refused,
            Self::Cuda(CudaError::NoDriver(_) | CudaError::DriverTooOld(_)) => Reason::Never,
            Self::Cuda(_) => Reason::Lost,
            // Before there is a session these say that the device cannot have one.
            Self::Open(Status::InvalidEncoderDevice | Status::InvalidDevice) => Reason::Never,
            Self::Open(status) | Self::Call { status, .. } => status.reason(),
        }
    }

    /// As an error of [`parfocal_encode::Encoder`].
    pub(super) fn into_encode_error(self) -> EncodeError {
        match self {
            Self::Size { width, height, reason } => EncodeError::Size { width, height, reason },
            Self::Call { doing, status, .. } => library(doing, status),
            Self::Open(status) => library("open a session", status),
            Self::Busy => library("take a picture", Status::EncoderBusy),
            Self::Cuda(_) => {
                EncodeError::Library { library: "CUDA", doing: "hold a picture", code: 0 }
            }
            _ => EncodeError::Library { library: "NVENC", doing: "encode here", code: 0 },
        }
    }
}

fn library(doing: &'static str, status: Status) -> EncodeError {
    let code = i32::try_from(status.code()).unwrap_or(i32::MAX);
    EncodeError::Library { library: "NVENC", doing, code }
}

impl Status {
    const fn reason(self) -> Reason {
        match self {
            Self::NoEncodeDevice | Self::UnsupportedDevice | Self::InvalidVersion => Reason::Never,
            Self::OutOfMemory | Self::IncompatibleClientKey => Reason::Full,
            Self::EncoderBusy | Self::LockBusy | Self::NeedMoreInput | Self::NeedMoreOutput => {
                Reason::Busy
            }
            Self::UnsupportedParam | Self::InvalidParam | Self::Unimplemented => Reason::Refused,
            _ => Reason::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_name_and_comes_back() {
        assert_eq!(Status::from_code(0), None);
        for code in (1..=26).chain([27, u32::MAX]) {
            let status = Status::from_code(code).unwrap();
            assert_eq!(status.code(), code);
            assert_eq!(matches!(status, Status::Unknown(_)), code > 26, "{code}");
        }
    }

    #[test]
    fn a_device_without_encoder_is_never_tried_again_and_a_full_one_is() {
        let open = |code| NvencError::Open(Status::from_code(code).unwrap());
        assert_eq!(open(2).reason(), Reason::Never);
        assert_eq!(open(3).reason(), Reason::Never);
        assert_eq!(open(10).reason(), Reason::Full);
        assert_eq!(open(21).reason(), Reason::Full);
        assert_eq!(open(5).reason(), Reason::Lost);
        assert!(open(2).to_string().contains("the device has no encoder (code 2)"));
    }
}
