//! What tests make devices with. Names are text of C; unknown ones are numbers that stay zero.
//!
//! Settings: `session limit`, `no encoder`, `hevc`, `min width`, `min height`, `max width`,
//! `max height`, `fixed size` (no change of size within a session), `lost at` (the call from which
//! on the device is gone). Observations: `calls NAME`, `sessions`, and of the settings that a session
//! was given: `bitrate`, `fps`, `width`, `height`, `max width given`, `max height given`, `vbv`,
//! `level`, `gop infinite`, `reorder free`, `ultra low latency`, `cbr`, `repeats sets`, `bt709`,
//! `restriction`, `pictures`, `keys`, `reconfigured`, `mapped`, `registered`.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::device::{self, Device};
use crate::list::MAX_VERSION;

fn with<T: Default>(at: usize, work: impl FnOnce(Arc<Device>) -> T) -> T {
    device::find(at).map(work).unwrap_or_default()
}

/// # Safety
/// `text` ends with a zero.
unsafe fn name(text: *const c_char) -> String {
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A new device: what to give as a CUDA context.
#[unsafe(no_mangle)]
pub extern "C" fn stand_in_new() -> usize {
    device::new()
}

/// Forgets a device.
#[unsafe(no_mangle)]
pub extern "C" fn stand_in_free(device: usize) {
    device::remove(device);
}

/// Changes a setting.
///
/// # Safety
/// `setting` ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stand_in_set(device: usize, setting: *const c_char, value: u64) {
    // SAFETY: by contract.
    let setting = unsafe { name(setting) };
    with(device, |device| device.set(&setting, value));
}

/// Reads a setting or an observation.
///
/// # Safety
/// `what` ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stand_in_get(device: usize, what: *const c_char) -> u64 {
    // SAFETY: by contract.
    let what = unsafe { name(what) };
    with(device, |device| device.get(&what))
}

/// Lets a call of a function (`*`: of any), counted from 1, answer with a number other than success.
///
/// # Safety
/// `function` ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stand_in_fail(
    device: usize,
    function: *const c_char,
    call: u64,
    answer: u32,
) {
    // SAFETY: by contract.
    let function = unsafe { name(function) };
    with(device, |device| device.fail(&function, call, answer));
}

/// Writes the violations so far, a line each, into `text`; answers how many bytes they have.
///
/// # Safety
/// `text` has room for `bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stand_in_violations(device: usize, text: *mut u8, bytes: usize) -> usize {
    let found = with(device, |device| device.violations());
    let count = found.len().min(bytes);
    // SAFETY: there is room for `bytes` by contract, and `found` has at least `count`.
    unsafe { std::ptr::copy_nonoverlapping(found.as_ptr(), text, count) };
    found.len()
}

/// Memory of the device.
#[unsafe(no_mangle)]
pub extern "C" fn stand_in_allocate(device: usize, bytes: usize) -> usize {
    with(device, |device| device.allocate(bytes))
}

/// Frees memory of the device.
#[unsafe(no_mangle)]
pub extern "C" fn stand_in_release(device: usize, address: usize) {
    with(device, |device| device.free(address));
}

/// Copies into memory of the device; answers whether it reaches so far.
///
/// # Safety
/// `from` has `bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stand_in_write(
    device: usize,
    address: usize,
    offset: usize,
    from: *const u8,
    bytes: usize,
) -> bool {
    // SAFETY: by contract.
    let from = unsafe { std::slice::from_raw_parts(from, bytes) };
    with(device, |device| device.write(address, offset, from))
}

/// What the library says is its newest version (`major << 4 | minor`), for the whole process.
#[unsafe(no_mangle)]
pub extern "C" fn stand_in_max_version(version: u32) {
    MAX_VERSION.store(version, Ordering::Relaxed);
}
