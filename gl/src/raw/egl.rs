//! EGL: devices, displays, contexts.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::OnceLock;

use libloading::Library;

use crate::error::GlError;

/// A handle of EGL. It is only ever given back to EGL, which checks it.
type Handle = *mut c_void;

/// Devices that are asked for: more than a server holds.
const MAX_DEVICES: usize = 64;

const EXTENSIONS: c_int = 0x3055;
const PLATFORM_DEVICE: u32 = 0x313F;
const PLATFORM_SURFACELESS: u32 = 0x31DD;
const CUDA_DEVICE: c_int = 0x323A;
const OPENGL_API: u32 = 0x30A2;
const NONE: c_int = 0x3038;

macro_rules! functions {
    ($($field:ident: $name:literal, fn($($arg:ty),*) -> $ret:ty;)*) => {
        /// Functions of EGL and of the extensions that find devices.
        struct Functions { $($field: unsafe extern "C" fn($($arg),*) -> $ret),* }

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
    functions: Functions,
    get_proc_address: unsafe extern "C" fn(*const c_char) -> *const c_void,
}

/// An EGL device, by its place in the enumeration.
#[derive(Clone, Copy)]
pub(crate) struct Device(Handle);

/// A context that is destroyed with this value.
pub(crate) struct Context {
    egl: &'static Egl,
    display: Handle,
    context: Handle,
}

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

    /// A context for OpenGL 4.3 core on `device`, or without any; not current yet.
    pub(crate) fn context(&'static self, device: Option<Device>) -> Result<Context, GlError> {
        let f = &self.functions;
        let (platform, native) = match device {
            Some(Device(handle)) => (PLATFORM_DEVICE, handle),
            None => (PLATFORM_SURFACELESS, null_mut()),
        };
        // SAFETY: the platform's native display is a device, or none. Displays are never
        // terminated: all contexts of a device share one, and every thread gets the same.
        let display = unsafe { (f.platform_display)(platform, native, [NONE].as_ptr()) };
        if display.is_null() {
            return Err(self.error("eglGetPlatformDisplayEXT"));
        }
        let [mut major, mut minor] = [0; 2];
        // SAFETY: EGL writes two numbers.
        self.check("eglInitialize", unsafe { (f.initialize)(display, &mut major, &mut minor) })?;
        // SAFETY: plain calls.
        self.check("eglBindAPI", unsafe { (f.bind_api)(OPENGL_API) })?;
        let extensions = text(unsafe { (f.query_string)(display, EXTENSIONS) });
        if !has(&extensions, "EGL_KHR_surfaceless_context") {
            return Err(GlError::NoDevice("it cannot draw without a window".to_owned()));
        }
        let config = match has(&extensions, "EGL_KHR_no_config_context") {
            true => null_mut(),
            false => self.config(display)?,
        };
        const VERSION: [c_int; 6] = [0x3098, 4, 0x30FB, 3, 0x30FD, 1];
        // The reset notification: a context that can be lost says so.
        let notified: Vec<c_int> = [&VERSION[..], &[0x31BD, 0x31BF, NONE]].concat();
        let plain: Vec<c_int> = [&VERSION[..], &[NONE]].concat();
        for attributes in [notified, plain] {
            // SAFETY: the list of attributes ends with NONE.
            let context =
                unsafe { (f.create_context)(display, config, null_mut(), attributes.as_ptr()) };
            if !context.is_null() {
                return Ok(Context { egl: self, display, context });
            }
        }
        Err(self.error("eglCreateContext for OpenGL 4.3"))
    }

    fn config(&self, display: Handle) -> Result<Handle, GlError> {
        // Any surface; renderable by OpenGL.
        let wanted = [0x3033, 0, 0x3040, 8, NONE];
        let (mut config, mut count) = (null_mut(), 0);
        // SAFETY: there is room for one.
        let done = unsafe {
            (self.functions.choose_config)(display, wanted.as_ptr(), &mut config, 1, &mut count)
        };
        self.check("eglChooseConfig", if count > 0 { done } else { 0 })?;
        Ok(config)
    }

    /// Where a function of OpenGL is; null where the driver has none of that name.
    pub(crate) fn function(&self, name: &str) -> *const c_void {
        let Ok(name) = CString::new(name) else { return std::ptr::null() };
        // SAFETY: the name is a C string.
        unsafe { (self.get_proc_address)(name.as_ptr()) }
    }

    fn check(&self, call: &'static str, done: u32) -> Result<(), GlError> {
        if done == 0 { Err(self.error(call)) } else { Ok(()) }
    }

    fn error(&self, call: &'static str) -> GlError {
        // SAFETY: no argument.
        GlError::Egl { call, code: unsafe { (self.functions.get_error)() } }
    }
}

impl Context {
    /// Makes it this thread's context; nothing happens where it is.
    pub(crate) fn make_current(&self) -> Result<(), GlError> {
        let f = &self.egl.functions;
        // SAFETY: display and context live, and are not current on another thread: their owner
        // never leaves its thread.
        unsafe {
            if (f.current_context)() == self.context {
                return Ok(());
            }
            let done = (f.make_current)(self.display, null_mut(), null_mut(), self.context);
            self.egl.check("eglMakeCurrent", done)
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let f = &self.egl.functions;
        // SAFETY: as above; it is used no more.
        unsafe {
            if (f.current_context)() == self.context {
                (f.make_current)(self.display, null_mut(), null_mut(), null_mut());
            }
            (f.destroy_context)(self.display, self.context);
        }
    }
}

/// Whether a list of names has this one.
pub(crate) fn has(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

fn text(pointer: *const c_char) -> String {
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
