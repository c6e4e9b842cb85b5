//! EGL: the library and its devices.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::OnceLock;

use libloading::Library;

use crate::error::GlError;

/// A handle of EGL. It is only ever given back to EGL, which checks it.
pub(super) type Handle = *mut c_void;

/// Devices that are asked for: more than a server holds.
const MAX_DEVICES: usize = 64;

pub(super) const EXTENSIONS: c_int = 0x3055;
const CUDA_DEVICE: c_int = 0x323A;

macro_rules! functions {
    ($($field:ident: $name:literal, fn($($arg:ty),*) -> $ret:ty;)*) => {
        /// Functions of EGL and of the extensions that find devices.
        pub(super) struct Functions { $(pub(super) $field: unsafe extern "C" fn($($arg),*) -> $ret),* }

        impl Functions {
            fn load(find: impl Fn(&CStr) -> *const c_void) -> Result<Self, GlError> {
                $(
                    let pointer = find(const {
                        match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                            Ok(name) => name,
                            Err(_) => c"",
                        }
                    });
                    if pointer.is_null() {
                        return Err(GlError::NoFunction($name));
                    }
                    // SAFETY: EGL's functions of that name have this type.
                    let $field = unsafe {
                        std::mem::transmute::<*const c_void, unsafe extern "C" fn($($arg),*) -> $ret>(pointer)
                    };
                )*
                Ok(Self { $($field),* })
            }
        }
    };
}

functions! {
    query_string: "eglQueryString", fn(Handle, c_int) -> *const c_char;
    get_error: "eglGetError", fn() -> c_int;
    initialize: "eglInitialize", fn(Handle, *mut c_int, *mut c_int) -> u32;
    bind_api: "eglBindAPI", fn(u32) -> u32;
    choose_config: "eglChooseConfig", fn(Handle, *const c_int, *mut Handle, c_int, *mut c_int) -> u32;
    create_context: "eglCreateContext", fn(Handle, Handle, Handle, *const c_int) -> Handle;
    destroy_context: "eglDestroyContext", fn(Handle, Handle) -> u32;
    make_current: "eglMakeCurrent", fn(Handle, Handle, Handle, Handle) -> u32;
    current_context: "eglGetCurrentContext", fn() -> Handle;
    query_devices: "eglQueryDevicesEXT", fn(c_int, *mut Handle, *mut c_int) -> u32;
    query_device_string: "eglQueryDeviceStringEXT", fn(Handle, c_int) -> *const c_char;
    query_device_attrib: "eglQueryDeviceAttribEXT", fn(Handle, c_int, *mut isize) -> u32;
    platform_display: "eglGetPlatformDisplayEXT", fn(u32, Handle, *const c_int) -> Handle;
}

/// The library.
pub(crate) struct Egl {
    pub(super) functions: Functions,
    get_proc_address: unsafe extern "C" fn(*const c_char) -> *const c_void,
}

/// An EGL device, by its place in the enumeration.
#[derive(Clone, Copy)]
pub(crate) struct Device(pub(super) Handle);

impl Egl {
    /// The system's EGL; opened once, and never closed: drivers leave threads behind.
    pub(crate) fn get() -> Result<&'static Self, GlError> {
        static EGL: OnceLock<Result<Egl, GlError>> = OnceLock::new();
        EGL.get_or_init(|| Self::load("libEGL.so.1")).as_ref().map_err(Clone::clone)
    }

    fn load(library: &'static str) -> Result<Self, GlError> {
        let missing =
            |error: libloading::Error| GlError::NoLibrary { library, reason: error.to_string() };
        // SAFETY: loading EGL runs its and its drivers' constructors, which every program that
        // links with it does.
        let opened = unsafe { Library::new(library) }.map_err(missing)?;
        // Leaked: see `get`.
        let opened: &'static Library = Box::leak(Box::new(opened));
        // SAFETY: the function of that name has this type.
        let get_proc_address = unsafe {
            *opened
                .get::<unsafe extern "C" fn(*const c_char) -> *const c_void>(b"eglGetProcAddress\0")
                .map_err(missing)?
        };
        let find = |name: &CStr| {
            // SAFETY: a symbol is looked up by name, and not used as anything yet.
            let exported = unsafe { opened.get::<*const c_void>(name.to_bytes_with_nul()) };
            match exported {
                Ok(symbol) => *symbol,
                // SAFETY: the name is a C string.
                Err(_) => unsafe { get_proc_address(name.as_ptr()) },
            }
        };
        Ok(Self { functions: Functions::load(find)?, get_proc_address })
    }

    /// The devices, in the order in which EGL numbers them.
    pub(crate) fn devices(&self) -> Vec<Device> {
        let mut devices = [null_mut(); MAX_DEVICES];
        let mut count = 0;
        // SAFETY: there is room for as many as are said.
        let done = unsafe {
            (self.functions.query_devices)(MAX_DEVICES as c_int, devices.as_mut_ptr(), &mut count)
        };
        let count = if done == 0 { 0 } else { usize::try_from(count).unwrap_or(0) };
        devices.into_iter().take(count).map(Device).collect()
    }

    /// Names of a device's extensions.
    pub(crate) fn device_extensions(&self, device: Device) -> String {
        // SAFETY: the device comes from `devices`.
        text(unsafe { (self.functions.query_device_string)(device.0, EXTENSIONS) })
    }

    /// The device's number in CUDA.
    pub(crate) fn cuda_device(&self, device: Device) -> Option<i32> {
        if !has(&self.device_extensions(device), "EGL_NV_device_cuda") {
            return None;
        }
        let mut number = -1;
        // SAFETY: the device comes from `devices`, and knows the attribute.
        let done =
            unsafe { (self.functions.query_device_attrib)(device.0, CUDA_DEVICE, &mut number) };
        if done == 0 { None } else { i32::try_from(number).ok() }
    }

    /// Whether EGL can do without any device.
    pub(crate) fn is_surfaceless(&self) -> bool {
        // SAFETY: no display: the extensions of the library are asked for.
        let names = text(unsafe { (self.functions.query_string)(null_mut(), EXTENSIONS) });
        has(&names, "EGL_MESA_platform_surfaceless")
    }

    /// Where a function of OpenGL is; null where the driver has none of that name.
    pub(crate) fn function(&self, name: &str) -> *const c_void {
        let Ok(name) = CString::new(name) else { return std::ptr::null() };
        // SAFETY: the name is a C string.
        unsafe { (self.get_proc_address)(name.as_ptr()) }
    }

    pub(super) fn check(&self, call: &'static str, done: u32) -> Result<(), GlError> {
        if done == 0 { Err(self.error(call)) } else { Ok(()) }
    }

    pub(super) fn error(&self, call: &'static str) -> GlError {
        // SAFETY: no argument.
        GlError::Egl { call, code: unsafe { (self.functions.get_error)() } }
    }
}

/// Whether a list of names has this one.
pub(crate) fn has(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

pub(super) fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: EGL's strings end with 0, and live as long as the library.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_says_what_to_install() {
        let Err(error) = Egl::load("libEGL-of-nobody.so.1") else { panic!("it is there") };
        let said = error.to_string();
        assert!(said.contains("libEGL-of-nobody.so.1") && said.contains("libegl1"), "{said}");
    }
}
