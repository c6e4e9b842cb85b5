//! EGL: displays and contexts.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::ffi::c_int;
use std::ptr::null_mut;

use super::egl::{Device, EXTENSIONS, Egl, Handle, has, text};
use crate::error::GlError;

const PLATFORM_DEVICE: u32 = 0x313F;
const PLATFORM_SURFACELESS: u32 = 0x31DD;
const OPENGL_API: u32 = 0x30A2;
const CONTEXT_MAJOR_VERSION: c_int = 0x3098;
const CONTEXT_MINOR_VERSION: c_int = 0x30FB;
const CONTEXT_OPENGL_PROFILE_MASK: c_int = 0x30FD;
const CONTEXT_OPENGL_CORE_PROFILE_BIT: c_int = 1;
const CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY: c_int = 0x31BD;
const LOSE_CONTEXT_ON_RESET: c_int = 0x31BF;
const SURFACE_TYPE: c_int = 0x3033;
const RENDERABLE_TYPE: c_int = 0x3040;
const OPENGL_BIT: c_int = 8;
const NONE: c_int = 0x3038;

/// OpenGL 4.3 core.
const VERSION: [c_int; 6] = [
    CONTEXT_MAJOR_VERSION,
    4,
    CONTEXT_MINOR_VERSION,
    3,
    CONTEXT_OPENGL_PROFILE_MASK,
    CONTEXT_OPENGL_CORE_PROFILE_BIT,
];
/// A context that can be lost says so.
const NOTIFIED: [c_int; 2] = [CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY, LOSE_CONTEXT_ON_RESET];

/// A context that is destroyed with this value.
pub(crate) struct Context {
    egl: &'static Egl,
    display: Handle,
    context: Handle,
}

impl Egl {
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
        let notified: Vec<c_int> = [&VERSION[..], &NOTIFIED, &[NONE]].concat();
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
        // Any surface.
        let wanted = [SURFACE_TYPE, 0, RENDERABLE_TYPE, OPENGL_BIT, NONE];
        let (mut config, mut count) = (null_mut(), 0);
        // SAFETY: there is room for one.
        let done = unsafe {
            (self.functions.choose_config)(display, wanted.as_ptr(), &mut config, 1, &mut count)
        };
        self.check("eglChooseConfig", if count > 0 { done } else { 0 })?;
        Ok(config)
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
