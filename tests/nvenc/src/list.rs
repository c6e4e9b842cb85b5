//! The two entry points and the function table.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::sync::atomic::{AtomicU32, Ordering};

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use sys::GUID;

use crate::status::*;
use crate::{pictures, table};

/// Newest version that the library says it speaks: 13.0, as the drivers of 2025 do.
pub(crate) static MAX_VERSION: AtomicU32 = AtomicU32::new(13 << 4);

/// The driver's own function.
///
/// # Safety
/// `version` points at a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn NvEncodeAPIGetMaxSupportedVersion(version: *mut u32) -> u32 {
    if version.is_null() {
        return INVALID_PTR;
    }
    // SAFETY: by contract.
    unsafe { *version = MAX_VERSION.load(Ordering::Relaxed) };
    SUCCESS
}

/// What is not used answers so, whatever it is given.
unsafe extern "C" fn unimplemented() -> u32 {
    UNIMPLEMENTED
}

/// No words of its own: they are the violations.
unsafe extern "C" fn last_error(_: *mut c_void) -> *const c_char {
    c"".as_ptr()
}

/// Fills entries with functions that answer a plain number: the header's enum lacks what a test may
/// script. The types are checked against the bindings' by the compiler.
macro_rules! fill {
    ($list:expr; $($entry:ident = $function:path: ($($argument:ty),*);)*) => {$(
        // SAFETY: the same function but for its result, an enum of 32 bits.
        $list.$entry = Some(unsafe {
            transmute::<
                unsafe extern "C" fn($($argument),*) -> u32,
                unsafe extern "C" fn($($argument),*) -> sys::NVENCSTATUS,
            >($function)
        });
    )*};
}

/// Fills entries with a function that looks at none of its arguments.
macro_rules! leave {
    ($list:expr; $($entry:ident)*) => {$(
        #[allow(clippy::missing_transmute_annotations, reason = "each entry has its own type")]
        // SAFETY: C's callers clean up the arguments, and this one reads none.
        let left = Some(unsafe { transmute::<unsafe extern "C" fn() -> u32, _>(unimplemented) });
        $list.$entry = left;
    )*};
}

/// The driver's own function.
///
/// # Safety
/// `list` points at a table of the version that it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn NvEncodeAPICreateInstance(
    list: *mut sys::NV_ENCODE_API_FUNCTION_LIST,
) -> u32 {
    if list.is_null() {
        return INVALID_PTR;
    }
    // SAFETY: by contract.
    let list = unsafe { &mut *list };
    if list.version != sys::NV_ENCODE_API_FUNCTION_LIST_VER {
        return INVALID_VERSION;
    }
    fill! { list;
        nvEncOpenEncodeSessionEx = table::open:
            (*mut sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS, *mut *mut c_void);
        nvEncGetEncodeGUIDCount = table::codec_count: (*mut c_void, *mut u32);
        nvEncGetEncodeGUIDs = table::codecs: (*mut c_void, *mut GUID, u32, *mut u32);
        nvEncGetEncodeCaps = table::capability:
            (*mut c_void, GUID, *mut sys::NV_ENC_CAPS_PARAM, *mut c_int);
        nvEncGetEncodePresetConfigEx = table::preset:
            (*mut c_void, GUID, GUID, sys::NV_ENC_TUNING_INFO, *mut sys::NV_ENC_PRESET_CONFIG);
        nvEncInitializeEncoder = table::initialize:
            (*mut c_void, *mut sys::NV_ENC_INITIALIZE_PARAMS);
        nvEncReconfigureEncoder = table::reconfigure:
            (*mut c_void, *mut sys::NV_ENC_RECONFIGURE_PARAMS);
        nvEncGetSequenceParams = table::sequence:
            (*mut c_void, *mut sys::NV_ENC_SEQUENCE_PARAM_PAYLOAD);
        nvEncCreateBitstreamBuffer = pictures::create_bitstream:
            (*mut c_void, *mut sys::NV_ENC_CREATE_BITSTREAM_BUFFER);
        nvEncDestroyBitstreamBuffer = pictures::destroy_bitstream: (*mut c_void, *mut c_void);
        nvEncRegisterResource = pictures::register:
            (*mut c_void, *mut sys::NV_ENC_REGISTER_RESOURCE);
        nvEncUnregisterResource = pictures::unregister: (*mut c_void, *mut c_void);
        nvEncMapInputResource = pictures::map: (*mut c_void, *mut sys::NV_ENC_MAP_INPUT_RESOURCE);
        nvEncUnmapInputResource = pictures::unmap: (*mut c_void, *mut c_void);
        nvEncEncodePicture = pictures::encode: (*mut c_void, *mut sys::NV_ENC_PIC_PARAMS);
        nvEncLockBitstream = pictures::lock: (*mut c_void, *mut sys::NV_ENC_LOCK_BITSTREAM);
        nvEncUnlockBitstream = pictures::unlock: (*mut c_void, *mut c_void);
        nvEncDestroyEncoder = pictures::destroy: (*mut c_void);
    }
    leave! { list;
        nvEncOpenEncodeSession nvEncGetEncodeProfileGUIDCount nvEncGetEncodeProfileGUIDs
        nvEncGetInputFormatCount nvEncGetInputFormats nvEncGetEncodePresetCount
        nvEncGetEncodePresetGUIDs nvEncGetEncodePresetConfig nvEncCreateInputBuffer
        nvEncDestroyInputBuffer nvEncLockInputBuffer nvEncUnlockInputBuffer nvEncGetEncodeStats
        nvEncRegisterAsyncEvent nvEncUnregisterAsyncEvent nvEncInvalidateRefFrames
        nvEncCreateMVBuffer nvEncDestroyMVBuffer nvEncRunMotionEstimationOnly
        nvEncSetIOCudaStreams nvEncGetSequenceParamEx nvEncRestoreEncoderState
        nvEncLookaheadPicture
    }
    list.nvEncGetLastErrorString = Some(last_error);
    SUCCESS
}
