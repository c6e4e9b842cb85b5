//! The two functions through which the bindings' crate reaches the driver, defined here.
//!
//! The crate wants them from a library that is linked, without which a program does not start. Here
//! they forward to the library that is opened at run time, and answer "no device" without one.
#![allow(unsafe_code)]

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;

use super::api::Api;

/// `NV_ENC_ERR_NO_ENCODE_DEVICE`.
const NO_DEVICE: u32 = 1;

#[unsafe(no_mangle)]
unsafe extern "C" fn NvEncodeAPIGetMaxSupportedVersion(version: *mut u32) -> u32 {
    match Api::system() {
        // SAFETY: the caller's pointer, handed on.
        Ok(api) => unsafe { (api.max_version)(version) },
        Err(_) => NO_DEVICE,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn NvEncodeAPICreateInstance(list: *mut sys::NV_ENCODE_API_FUNCTION_LIST) -> u32 {
    match Api::system() {
        // SAFETY: the caller's pointer, handed on.
        Ok(api) => unsafe { (api.create_instance)(list) },
        Err(_) => NO_DEVICE,
    }
}
