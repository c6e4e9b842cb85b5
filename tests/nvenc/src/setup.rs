//! What a session is asked to be: checked by the header's rules, and noted down for the tests.
#![allow(unsafe_code)]

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use parfocal_encode::EncoderConfig;
use sys::GUID;

use crate::session::{Session, Setup};
use crate::status::*;
use crate::table::check_version;

pub(crate) fn is_hevc(session: &Session, codec: GUID) -> Answer<bool> {
    match codec {
        sys::NV_ENC_CODEC_H264_GUID => Ok(false),
        sys::NV_ENC_CODEC_HEVC_GUID if session.device.get("hevc") != 0 => Ok(true),
        _ => Err(session.device.violation(UNSUPPORTED_PARAM, "a codec that is not offered")),
    }
}

/// Checks what a session is to be, and notes it down.
pub(crate) fn setup(
    session: &Session,
    params: *mut sys::NV_ENC_INITIALIZE_PARAMS,
) -> Answer<Setup> {
    check_version!(session, params, NV_ENC_INITIALIZE_PARAMS_VER);
    // SAFETY: the caller's structure, of that version.
    let p = unsafe { &*params };
    let broken = |what: &str| session.device.violation(INVALID_PARAM, what);
    let hevc = is_hevc(session, p.encodeGUID)?;
    if p.encodeConfig.is_null() {
        return Err(broken("no configuration"));
    }
    check_version!(session, p.encodeConfig, NV_ENC_CONFIG_VER);
    // SAFETY: the caller's structure, of that version, made from a preset's.
    let config = unsafe { &*p.encodeConfig };
    if p.enablePTD != 1 || p.enableEncodeAsync != 0 {
        return Err(broken("pictures out of order, or events, which Linux has not"));
    }
    if p.frameRateDen == 0 || p.reserved.iter().any(|&r| r != 0) {
        return Err(broken("a rate over zero, or a reserved field that is set"));
    }
    if config.frameIntervalP != 1 {
        return Err(broken("B pictures: packets would not come one by one"));
    }
    let rc = &config.rcParams;
    if rc.lookaheadDepth != 0 || rc.enableLookahead() != 0 {
        return Err(broken("look-ahead: packets would not come one by one"));
    }
    let infinite = sys::NVENC_INFINITE_GOPLENGTH;
    // SAFETY: the arm of the codec that was asked for.
    let (level, repeats, idr_period, vui) = unsafe {
        if hevc {
            let c = &config.encodeCodecConfig.hevcConfig;
            (c.level, c.repeatSPSPPS() != 0, c.idrPeriod, &c.hevcVUIParameters)
        } else {
            let c = &config.encodeCodecConfig.h264Config;
            (c.level, c.repeatSPSPPS() != 0, c.idrPeriod, &c.h264VUIParameters)
        }
    };
    let bt709 = vui.videoSignalTypePresentFlag == 1
        && vui.videoFullRangeFlag == 0
        && vui.colourDescriptionPresentFlag == 1
        && vui.colourPrimaries as u32 == 1
        && vui.transferCharacteristics as u32 == 1
        && vui.colourMatrix as u32 == 1;
    let cbr = rc.rateControlMode == sys::NV_ENC_PARAMS_RC_MODE::NV_ENC_PARAMS_RC_CBR;
    for (name, value) in [
        ("bitrate", u64::from(rc.averageBitRate)),
        ("fps", u64::from(p.frameRateNum / p.frameRateDen)),
        ("width", p.encodeWidth.into()),
        ("height", p.encodeHeight.into()),
        ("max width given", p.maxEncodeWidth.into()),
        ("max height given", p.maxEncodeHeight.into()),
        ("vbv", rc.vbvBufferSize.into()),
        ("level", level.into()),
        ("gop infinite", (config.gopLength == infinite && idr_period == infinite).into()),
        ("reorder free", rc.zeroReorderDelay().into()),
        ("cbr", cbr.into()),
        ("repeats sets", repeats.into()),
        ("bt709", bt709.into()),
        ("restriction", vui.bitstreamRestrictionFlag.into()),
    ] {
        session.device.set(name, value);
    }
    let config = EncoderConfig {
        width: p.encodeWidth,
        height: p.encodeHeight,
        fps: p.frameRateNum / p.frameRateDen,
        bitrate_bps: rc.averageBitRate,
    };
    let most = [p.maxEncodeWidth, p.maxEncodeHeight];
    Ok(Setup { hevc, config, most, repeats_sets: repeats })
}
