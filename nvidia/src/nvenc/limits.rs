//! What a device's encoder can do.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use parfocal_encode::codec::{MAX_LONG_SIDE, MAX_SHORT_SIDE};
use sys::{GUID, NV_ENC_CAPS as Cap};

use super::api::Api;
use super::settings::{Params, VideoCodec};
use super::status::NvencError;

/// Most codecs that a device is asked for: the interface knows three.
const MAX_CODECS: u32 = 16;

/// What a device can do in one codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Smallest width and height in pixels.
    pub min: [u32; 2],
    /// Largest width and height in pixels.
    pub max: [u32; 2],
    /// Whether the size can change within a session.
    pub dynamic_size: bool,
    /// Whether the bit rate can change within a session.
    pub dynamic_rate: bool,
    /// Whether the rate control's buffer can be chosen.
    pub custom_buffer: bool,
    /// How many encoders the device has; 0 where the driver does not say.
    pub engines: u32,
}

impl Limits {
    /// Whether pictures of this size can be encoded.
    pub(super) fn check(&self, width: u32, height: u32) -> Result<(), NvencError> {
        let reason = if width % 2 == 1 || height % 2 == 1 {
            "both sides must be even: round the canvas down"
        } else if width < self.min[0] || height < self.min[1] {
            "it is smaller than the device's encoder takes: encode it in software"
        } else if width > self.max[0] || height > self.max[1] {
            "it is larger than the device's encoder takes: make it smaller"
        } else if width.max(height) > MAX_LONG_SIDE || width.min(height) > MAX_SHORT_SIDE {
            "the largest picture is 3840x2160 or 2160x3840"
        } else {
            return Ok(());
        };
        Err(NvencError::Size { width, height, reason })
    }
}

/// The codecs that an open session offers.
pub(super) fn codecs(api: &Api, encoder: *mut c_void) -> Result<Vec<VideoCodec>, NvencError> {
    let mut count = 0;
    // SAFETY: the session is open; it writes one number.
    let asked = unsafe { (api.functions.codec_count)(encoder, &raw mut count) };
    api.check(encoder, "count its codecs", asked)?;
    let count = count.min(MAX_CODECS);
    let mut guids = vec![GUID::default(); count as usize];
    let mut given = 0;
    // SAFETY: there is room for `count` of them.
    let asked =
        unsafe { (api.functions.codecs)(encoder, guids.as_mut_ptr(), count, &raw mut given) };
    api.check(encoder, "name its codecs", asked)?;
    guids.truncate(given as usize);
    let offered = |codec: &VideoCodec| guids.contains(&codec.guid());
    Ok([VideoCodec::H264, VideoCodec::Hevc].into_iter().filter(offered).collect())
}

/// What an open session can do in `codec`.
pub(super) fn limits(
    api: &Api,
    encoder: *mut c_void,
    codec: VideoCodec,
) -> Result<Limits, NvencError> {
    let ask = |what: Cap| -> Result<u32, NvencError> {
        let mut params = Params::<sys::NV_ENC_CAPS_PARAM>::zeroed();
        let mut value: c_int = 0;
        // SAFETY: the structure is whole, and the session open.
        let asked = unsafe {
            (*params.at()).version = sys::NV_ENC_CAPS_PARAM_VER;
            (*params.at()).capsToQuery = what;
            (api.functions.capability)(encoder, codec.guid(), params.at(), &raw mut value)
        };
        api.check(encoder, "say what it can do", asked)?;
        Ok(u32::try_from(value).unwrap_or(0))
    };
    Ok(Limits {
        min: [ask(Cap::NV_ENC_CAPS_WIDTH_MIN)?, ask(Cap::NV_ENC_CAPS_HEIGHT_MIN)?],
        max: [ask(Cap::NV_ENC_CAPS_WIDTH_MAX)?, ask(Cap::NV_ENC_CAPS_HEIGHT_MAX)?],
        dynamic_size: ask(Cap::NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE)? != 0,
        dynamic_rate: ask(Cap::NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE)? != 0,
        custom_buffer: ask(Cap::NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE)? != 0,
        engines: ask(Cap::NV_ENC_CAPS_NUM_ENCODER_ENGINES).unwrap_or(0),
    })
}
