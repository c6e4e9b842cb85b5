//! The C interface: pointers and versions here, rules in `session`.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use sys::GUID;

use crate::device;
use crate::session::{self, Session};
use crate::setup::{is_hevc, setup};
use crate::status::*;

pub(crate) type Encoder = *mut c_void;

const fn number(answer: Answer) -> u32 {
    match answer {
        Ok(()) => SUCCESS,
        Err(answer) => answer,
    }
}

/// Finds the session, counts the call and does the work.
pub(crate) fn with(encoder: Encoder, function: &str, work: impl FnOnce(&Session) -> Answer) -> u32 {
    number(session::find(encoder as usize).and_then(|session| {
        session.device.enter(function, false)?;
        work(&session)
    }))
}

/// The same for what takes something back: that is done also when the script lets it fail.
pub(crate) fn undo(encoder: Encoder, function: &str, work: impl FnOnce(&Session) -> Answer) -> u32 {
    number(session::find(encoder as usize).and_then(|session| {
        let scripted = session.device.enter(function, true);
        let done = work(&session);
        let lost = session.device.is_lost();
        scripted.and(if lost { Err(DEVICE_NOT_EXIST) } else { done })
    }))
}

/// Whether a structure says the version that the header gives it.
pub(crate) fn version(session: &Session, got: u32, wanted: u32, what: &str) -> Answer {
    if got == wanted {
        return Ok(());
    }
    Err(session.device.violation(INVALID_VERSION, &format!("{what}: version {got:#x}")))
}

macro_rules! check_version {
    ($session:expr, $pointer:expr, $wanted:ident) => {{
        // SAFETY: every structure begins with its version, and the caller's is at least that long.
        let got = unsafe { (*$pointer).version };
        $crate::table::version($session, got, sys::$wanted, stringify!($wanted))?
    }};
}
pub(crate) use check_version;

pub(crate) unsafe extern "C" fn open(
    params: *mut sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS,
    encoder: *mut Encoder,
) -> u32 {
    if params.is_null() || encoder.is_null() {
        return INVALID_PTR;
    }
    // SAFETY: the caller's structure.
    let p = unsafe { &*params };
    // SAFETY: the caller's pointer.
    unsafe { *encoder = null_mut() };
    let Some(device) = device::find(p.device as usize) else { return INVALID_DEVICE };
    let cuda = p.deviceType == sys::NV_ENC_DEVICE_TYPE::NV_ENC_DEVICE_TYPE_CUDA;
    if p.version != sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER {
        return device.violation(INVALID_VERSION, "open: version of the structure");
    }
    if p.apiVersion != sys::NVENCAPI_VERSION || !cuda || !p.reserved.is_null() {
        return device.violation(INVALID_PARAM, "open: version, kind of device or reserved field");
    }
    match session::open(&device) {
        Ok(session) => {
            // SAFETY: the caller's pointer.
            unsafe { *encoder = session as Encoder };
            SUCCESS
        }
        Err(answer) => answer,
    }
}

pub(crate) unsafe extern "C" fn codec_count(encoder: Encoder, count: *mut u32) -> u32 {
    with(encoder, "codec_count", |session| {
        // SAFETY: the caller's pointer.
        unsafe { *count = 1 + u32::from(session.device.get("hevc") != 0) };
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn codecs(
    encoder: Encoder,
    guids: *mut GUID,
    room: u32,
    count: *mut u32,
) -> u32 {
    with(encoder, "codecs", |session| {
        let mut all = vec![sys::NV_ENC_CODEC_H264_GUID];
        if session.device.get("hevc") != 0 {
            all.push(sys::NV_ENC_CODEC_HEVC_GUID);
        }
        all.truncate(room as usize);
        for (at, guid) in all.iter().enumerate() {
            // SAFETY: the caller has room for as many.
            unsafe { *guids.add(at) = *guid };
        }
        // SAFETY: the caller's pointer.
        unsafe { *count = all.len() as u32 };
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn capability(
    encoder: Encoder,
    _codec: GUID,
    params: *mut sys::NV_ENC_CAPS_PARAM,
    value: *mut c_int,
) -> u32 {
    use sys::NV_ENC_CAPS as Cap;
    with(encoder, "capability", |session| {
        check_version!(session, params, NV_ENC_CAPS_PARAM_VER);
        let [least, most] = session.sides();
        // SAFETY: the caller's structure.
        let found = match unsafe { (*params).capsToQuery } {
            Cap::NV_ENC_CAPS_WIDTH_MIN => least[0],
            Cap::NV_ENC_CAPS_HEIGHT_MIN => least[1],
            Cap::NV_ENC_CAPS_WIDTH_MAX => most[0],
            Cap::NV_ENC_CAPS_HEIGHT_MAX => most[1],
            Cap::NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE => {
                u32::from(session.device.get("fixed size") == 0)
            }
            Cap::NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE
            | Cap::NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE
            | Cap::NV_ENC_CAPS_NUM_ENCODER_ENGINES => 1,
            _ => 0,
        };
        // SAFETY: the caller's pointer.
        unsafe { *value = c_int::try_from(found).unwrap_or(c_int::MAX) };
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn preset(
    encoder: Encoder,
    codec: GUID,
    preset: GUID,
    tuning: sys::NV_ENC_TUNING_INFO,
    params: *mut sys::NV_ENC_PRESET_CONFIG,
) -> u32 {
    with(encoder, "preset", |session| {
        check_version!(session, params, NV_ENC_PRESET_CONFIG_VER);
        // SAFETY: the caller's structure; a place, not a reference, so that its enums do not matter.
        let config = unsafe { &raw mut (*params).presetCfg };
        check_version!(session, config, NV_ENC_CONFIG_VER);
        let presets = [
            sys::NV_ENC_PRESET_P1_GUID,
            sys::NV_ENC_PRESET_P2_GUID,
            sys::NV_ENC_PRESET_P3_GUID,
            sys::NV_ENC_PRESET_P4_GUID,
        ];
        if !presets.contains(&preset) || is_hevc(session, codec).is_err() {
            return Err(session.device.violation(UNSUPPORTED_PARAM, "no such codec or preset"));
        }
        let fast = tuning == sys::NV_ENC_TUNING_INFO::NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY;
        session.device.set("ultra low latency", fast.into());
        // What the driver's presets have that ours must change: B pictures, short groups, look-ahead.
        // SAFETY: the caller's structure.
        unsafe {
            (*config).gopLength = 250;
            (*config).frameIntervalP = 3;
            (*config).frameFieldMode =
                sys::NV_ENC_PARAMS_FRAME_FIELD_MODE::NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME;
            (*config).rcParams.version = sys::NV_ENC_RC_PARAMS_VER;
            (*config).rcParams.lookaheadDepth = 8;
        }
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn initialize(
    encoder: Encoder,
    params: *mut sys::NV_ENC_INITIALIZE_PARAMS,
) -> u32 {
    with(encoder, "initialize", |session| session.initialize(setup(session, params)?))
}

pub(crate) unsafe extern "C" fn reconfigure(
    encoder: Encoder,
    params: *mut sys::NV_ENC_RECONFIGURE_PARAMS,
) -> u32 {
    with(encoder, "reconfigure", |session| {
        check_version!(session, params, NV_ENC_RECONFIGURE_PARAMS_VER);
        // SAFETY: the caller's structure, of that version.
        let p = unsafe { &mut *params };
        let setup = setup(session, &raw mut p.reInitEncodeParams)?;
        session.reconfigure(setup, p.resetEncoder() != 0, p.forceIDR() != 0)
    })
}

pub(crate) unsafe extern "C" fn sequence(
    encoder: Encoder,
    params: *mut sys::NV_ENC_SEQUENCE_PARAM_PAYLOAD,
) -> u32 {
    with(encoder, "sequence", |session| {
        check_version!(session, params, NV_ENC_SEQUENCE_PARAM_PAYLOAD_VER);
        let sets = session.parameter_sets()?;
        // SAFETY: the caller's structure; the buffer has the room that it says.
        unsafe {
            let p = &*params;
            if (p.inBufferSize as usize) < sets.len() || p.spsppsBuffer.is_null() {
                return Err(session.device.violation(INVALID_PARAM, "no room for parameter sets"));
            }
            std::ptr::copy_nonoverlapping(sets.as_ptr(), p.spsppsBuffer.cast(), sets.len());
            *p.outSPSPPSPayloadSize = sets.len() as u32;
        }
        Ok(())
    })
}
