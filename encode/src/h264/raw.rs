//! The C interface of openh264's encoder, and the only unsafe code of this crate.
//!
//! The safe wrapper crate offers no way to change the bit rate of a running encoder, to ask for
//! slices, or to read the parameter sets ahead of a picture.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr::{NonNull, null_mut};

use openh264_sys2 as sys;
use parfocal_base::Frame;
use sys::source::APILoader;

use super::tuning::{Content, Effort, Tuning};
use crate::codec::{EncodeError, EncoderConfig};

/// Bits of a key picture, as a percentage of an average picture's: a key four times the size
/// delays the stream by three frames at most, and the next pictures sharpen it.
const KEY_SIZE_PERCENT: c_int = 400;
/// Quantiser bounds. Finer than 12 the rate control does not go; coarser than 48 nothing is left.
const QP: [c_int; 2] = [12, 48];
/// Longest access unit that is taken over: a raw 4K picture has 12.4 MB.
const MAX_PACKET_BYTES: usize = 32 << 20;

/// What the library made of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Key,
    Delta,
}

/// An open encoder of one picture size.
pub(super) struct RawEncoder {
    handle: NonNull<sys::ISVCEncoder>,
    info: Box<sys::SFrameBSInfo>,
    size: [u32; 2],
}

// SAFETY: the encoder keeps all its state behind the handle, which only this value has. It uses no
// thread-local storage, and with one thread (see `fill`) none of the library's shared workers.
unsafe impl Send for RawEncoder {}

fn failed(doing: &'static str, code: c_int) -> EncodeError {
    EncodeError::Library { library: "openh264", doing, code }
}

fn check(doing: &'static str, code: c_int) -> Result<(), EncodeError> {
    if code == 0 { Ok(()) } else { Err(failed(doing, code)) }
}

/// Calls one function of the encoder's table; yields its code, or an error where the table lacks it.
macro_rules! call {
    ($encoder:expr, $function:ident, $doing:literal $(, $argument:expr)*) => {{
        let handle = $encoder.handle.as_ptr();
        // SAFETY: `handle` came from WelsCreateSVCEncoder and is destroyed only in `drop`, so it
        // points at a valid table. The arguments, pointers included, live until the call returns,
        // and have the types that the option or function is documented to take.
        match unsafe { (**handle).$function } {
            Some(function) => check($doing, unsafe { function(handle $(, $argument)*) }),
            None => Err(failed($doing, 0)),
        }
    }};
}

impl RawEncoder {
    /// Opens an encoder for pictures of exactly `config`'s size, which the caller has checked.
    pub(super) fn open(config: &EncoderConfig, tuning: &Tuning) -> Result<Self, EncodeError> {
        let mut handle: *mut sys::ISVCEncoder = null_mut();
        // SAFETY: the function writes a pointer to a new encoder, or leaves it null.
        let code = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut handle) };
        check("create an encoder", code)?;
        let handle = NonNull::new(handle).ok_or(failed("create an encoder", 0))?;
        let size = [config.width, config.height];
        let mut encoder = Self { handle, info: Box::default(), size };
        let mut quiet: c_int = sys::WELS_LOG_QUIET as c_int;
        encoder.set(sys::ENCODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast())?;
        let mut params = sys::SEncParamExt::default();
        call!(encoder, GetDefaultParams, "give its default settings", &raw mut params)?;
        fill(&mut params, config, tuning)?;
        call!(encoder, InitializeExt, "start with these settings", &raw const params)?;
        Ok(encoder)
    }

    /// Encodes an I420 frame of the encoder's size; appends the access unit to `out`.
    pub(super) fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) -> Result<Kind, EncodeError> {
        let picture = picture(frame, self.size)?;
        call!(self, EncodeFrame, "encode a picture", &raw const picture, &raw mut *self.info)?;
        self.take_units(out)?;
        match self.info.eFrameType {
            sys::videoFrameTypeIDR => Ok(Kind::Key),
            sys::videoFrameTypeI | sys::videoFrameTypeP | sys::videoFrameTypeIPMixed => {
                Ok(Kind::Delta)
            }
            other => Err(failed("give a packet for a picture", other as c_int)),
        }
    }

    /// Appends the parameter sets of the next key.
    pub(super) fn parameter_sets(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        call!(self, EncodeParameterSets, "write its parameter sets", &raw mut *self.info)?;
        self.take_units(out)
    }

    /// Makes the next picture a key.
    pub(super) fn force_key(&mut self) -> Result<(), EncodeError> {
        call!(self, ForceIntraFrame, "make a key", true)
    }

    /// Changes the bit rate from the next picture on.
    pub(super) fn set_bitrate(&mut self, bps: u32) -> Result<(), EncodeError> {
        let bps = c_int::try_from(bps).unwrap_or(c_int::MAX);
        let mut info = sys::SBitrateInfo { iLayer: sys::SPATIAL_LAYER_ALL, iBitrate: bps };
        self.set(sys::ENCODER_OPTION_BITRATE, (&raw mut info).cast())
    }

    /// Changes the frame rate from the next picture on.
    pub(super) fn set_frame_rate(&mut self, fps: u32) -> Result<(), EncodeError> {
        let mut rate = fps as f32;
        self.set(sys::ENCODER_OPTION_FRAME_RATE, (&raw mut rate).cast())
    }

    /// `value` must point at what the option is documented to take.
    fn set(&mut self, option: sys::ENCODER_OPTION, value: *mut c_void) -> Result<(), EncodeError> {
        call!(self, SetOption, "change a setting", option, value)
    }

    fn take_units(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let layers = usize::try_from(self.info.iLayerNum).unwrap_or(0);
        for layer in self.info.sLayerInfo.iter().take(layers) {
            let count = usize::try_from(layer.iNalCount).unwrap_or(0);
            if layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() || count == 0 {
                continue;
            }
            // SAFETY: the library says that `iNalCount` lengths stand there, and the memory is its
            // own until the next call, which needs `&mut self`.
            let lengths = unsafe { std::slice::from_raw_parts(layer.pNalLengthInByte, count) };
            let total = lengths.iter().try_fold(0_usize, |sum, &length| {
                sum.checked_add(usize::try_from(length).ok()?)
                    .filter(|&sum| sum <= MAX_PACKET_BYTES)
            });
            let total = total.ok_or(failed("give a packet of a possible size", 0))?;
            // SAFETY: the units of a layer lie one after another from `pBsBuf`, as long as their
            // lengths together; the memory lives as long as that of the lengths.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(layer.pBsBuf, total) });
        }
        Ok(())
    }
}

impl Drop for RawEncoder {
    fn drop(&mut self) {
        // Uninitialize is documented to be harmless where initialisation failed.
        let _ = call!(self, Uninitialize, "stop");
        // SAFETY: the handle came from WelsCreateSVCEncoder, and nobody has it after this.
        unsafe { APILoader::WelsDestroySVCEncoder(self.handle.as_ptr()) };
    }
}

/// Describes an I420 frame to the library, which only reads through these pointers.
fn picture(frame: &Frame, size: [u32; 2]) -> Result<sys::SSourcePicture, EncodeError> {
    let wrong = failed("take a picture of another layout", 0);
    let planes = frame.planes().filter(|_| size == [frame.width(), frame.height()]);
    let [y, u, v] = planes.ok_or(wrong)?;
    let [width, height] = size.map(|side| c_int::try_from(side).unwrap_or(0));
    Ok(sys::SSourcePicture {
        iColorFormat: sys::videoFormatI420,
        iStride: [width, width / 2, width / 2, 0],
        pData: [y.as_ptr().cast_mut(), u.as_ptr().cast_mut(), v.as_ptr().cast_mut(), null_mut()],
        iPicWidth: width,
        iPicHeight: height,
        ..Default::default()
    })
}

/// Low delay: no reordering, no skipped pictures, keys only on demand.
fn fill(
    p: &mut sys::SEncParamExt,
    config: &EncoderConfig,
    tuning: &Tuning,
) -> Result<(), EncodeError> {
    let number = |value: u32| c_int::try_from(value).map_err(|_| failed("take this setting", 0));
    let (width, height) = (number(config.width)?, number(config.height)?);
    let (bitrate, fps) = (number(config.bitrate_bps)?, config.fps as f32);
    p.iUsageType = match tuning.content {
        Content::Camera => sys::CAMERA_VIDEO_REAL_TIME,
        Content::Screen => sys::SCREEN_CONTENT_REAL_TIME,
    };
    p.iComplexityMode = match tuning.effort {
        Effort::Low => sys::LOW_COMPLEXITY,
        Effort::Medium => sys::MEDIUM_COMPLEXITY,
    };
    (p.iPicWidth, p.iPicHeight, p.iTargetBitrate, p.fMaxFrameRate) = (width, height, bitrate, fps);
    p.iRCMode = sys::RC_BITRATE_MODE;
    // Every picture in gives a packet out: a view is rendered only when a packet is wanted.
    p.bEnableFrameSkip = false;
    p.bFixRCOverShoot = true;
    p.iIdrBitrateRatio = KEY_SIZE_PERCENT;
    [p.iMinQp, p.iMaxQp] = QP;
    p.uiIntraPeriod = 0;
    // A scene change would make a key that nobody asked for.
    p.bEnableSceneChangeDetect = false;
    p.bEnableBackgroundDetection = tuning.background;
    p.bEnableLongTermReference = false;
    p.bEnableDenoise = false;
    p.eSpsPpsIdStrategy = sys::CONSTANT_ID;
    // Variable-length codes: arithmetic coding was measured slower, and worse at the same size.
    p.iEntropyCodingModeFlag = 0;
    p.iSpatialLayerNum = 1;
    p.iTemporalLayerNum = 1;
    p.iNumRefFrame = 1;
    // One thread and one slice; `tuning` says why.
    p.iMultipleThreadIdc = 1;
    let layer = &mut p.sSpatialLayers[0];
    (layer.iVideoWidth, layer.iVideoHeight, layer.fFrameRate) = (width, height, fps);
    layer.iSpatialBitrate = bitrate;
    layer.iMaxSpatialBitrate = 0;
    layer.uiProfileIdc = sys::PRO_BASELINE;
    layer.uiLevelIdc = super::level(config);
    layer.sSliceArgument.uiSliceMode = sys::SM_SINGLE_SLICE;
    layer.sSliceArgument.uiSliceNum = 1;
    Ok(())
}
