//! OpenGL's functions, by `glow`, and what it has not: `glGetGraphicsResetStatus`, by which a lost
//! context is known.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::rc::Rc;

use glow::HasContext as _;

use super::egl::Egl;
use crate::error::GlError;

/// Objects of OpenGL that exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Live {
    pub buffers: usize,
    /// Bytes of all buffers.
    pub buffer_bytes: usize,
    pub textures: usize,
    pub programs: usize,
    pub fences: usize,
}

/// OpenGL on the current thread's context. Shared by all objects of the context, which end with it
/// or before.
pub(crate) struct Api {
    pub(super) f: glow::Context,
    reset_status: Option<unsafe extern "system" fn() -> u32>,
    pub(super) live: Cell<Live>,
    lost: Cell<bool>,
}

impl Api {
    /// The functions of the current context.
    pub(crate) fn load(egl: &Egl) -> Result<Rc<Self>, GlError> {
        const NAMES: [&str; 3] = [
            "glGetGraphicsResetStatus",
            "glGetGraphicsResetStatusKHR",
            "glGetGraphicsResetStatusARB",
        ];
        let reset = NAMES.into_iter().map(|name| egl.function(name)).find(|p| !p.is_null());
        // SAFETY: the functions of these names have this type.
        let reset_status = reset.map(|p| unsafe {
            std::mem::transmute::<*const c_void, unsafe extern "system" fn() -> u32>(p)
        });
        let get_string = egl.function("glGetString");
        if get_string.is_null() {
            return Err(GlError::NoFunction("glGetString"));
        }
        // SAFETY: the function of that name has this type.
        let get_string = unsafe {
            std::mem::transmute::<*const c_void, unsafe extern "system" fn(u32) -> *const c_char>(
                get_string,
            )
        };
        // SAFETY: plain call. Where there is no version there is no context, and glow would panic.
        if unsafe { get_string(glow::VERSION) }.is_null() {
            return Err(GlError::Lost("it was lost while it was opened"));
        }
        // SAFETY: the functions are those of the context that is current on this thread.
        let f = unsafe {
            glow::Context::from_loader_function_cstr(|name| {
                name.to_str().map_or(std::ptr::null(), |name| egl.function(name))
            })
        };
        Ok(Rc::new(Self { f, reset_status, live: Cell::default(), lost: Cell::new(false) }))
    }

    /// Vendor, renderer or version.
    pub(crate) fn string(&self, name: u32) -> String {
        // SAFETY: the names that are asked for are strings.
        unsafe { self.f.get_parameter_string(name) }
    }

    /// A number that the context is asked for; 0 where it has none.
    pub(crate) fn integer(&self, name: u32) -> i64 {
        // SAFETY: the names that are asked for have one value.
        unsafe { self.f.get_parameter_i64(name) }
    }

    /// Bytes of the device's own memory, where the driver tells.
    pub(crate) fn dedicated_bytes(&self) -> Option<usize> {
        /// `GL_GPU_MEMORY_INFO_DEDICATED_VIDMEM_NVX`, in KiB; Mesa knows it, too.
        const DEDICATED: u32 = 0x9047;
        let tells = self.f.supported_extensions().contains("GL_NVX_gpu_memory_info");
        let kib = tells.then(|| usize::try_from(self.small_integer(DEDICATED)).ok()).flatten()?;
        // A device that shares the host's memory has none of its own.
        (kib > 0).then(|| kib.saturating_mul(1024))
    }

    /// Likewise, of what is known before a version is.
    pub(crate) fn small_integer(&self, name: u32) -> i32 {
        // SAFETY: as above.
        unsafe { self.f.get_parameter_i32(name) }
    }

    /// An object that OpenGL was to make. One without a name means a lost context.
    pub(super) fn made<T>(
        &self,
        made: Result<T, String>,
        lost: &'static str,
    ) -> Result<T, GlError> {
        made.map_err(|_| self.check().err().unwrap_or(GlError::Lost(lost)))
    }

    /// What went wrong since the last time.
    pub(crate) fn check(&self) -> Result<(), GlError> {
        if self.lost.get() {
            return Err(GlError::Lost("it was lost before"));
        }
        // SAFETY: no arguments.
        let [reset, error] = unsafe {
            let reset = self.reset_status.map_or(0, |status| status());
            [reset, self.f.get_error()]
        };
        let found = match (reset, error) {
            (0, 0) => return Ok(()),
            (glow::GUILTY_CONTEXT_RESET, _) => {
                GlError::Lost("this program's work reset the device")
            }
            (glow::INNOCENT_CONTEXT_RESET, _) => {
                GlError::Lost("another program's work reset the device")
            }
            (1.., _) => GlError::Lost("the device was reset"),
            (0, glow::CONTEXT_LOST) => GlError::Lost("the device is gone"),
            (0, glow::OUT_OF_MEMORY) => GlError::OutOfMemory,
            (0, error) => GlError::Gl(error),
        };
        if matches!(found, GlError::Lost(_)) {
            self.lose();
        }
        Err(found)
    }

    /// From now on the context counts as lost: nothing of it is touched any more.
    pub(crate) fn lose(&self) {
        self.lost.set(true);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.get()
    }

    /// Objects that exist.
    pub(crate) fn live(&self) -> Live {
        self.live.get()
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Live)) {
        let mut live = self.live.get();
        change(&mut live);
        self.live.set(live);
    }

    /// Runs `groups` of the program that is in use.
    pub(crate) fn dispatch(&self, groups: [u32; 2]) {
        // SAFETY: what shaders read and write is bounded by what is bound.
        unsafe { self.f.dispatch_compute(groups[0], groups[1], 1) };
    }

    /// Makes what shaders wrote into pictures visible to those that come.
    pub(crate) fn picture_barrier(&self) {
        // SAFETY: plain call.
        unsafe { self.f.memory_barrier(glow::SHADER_IMAGE_ACCESS_BARRIER_BIT) };
    }

    /// Makes what shaders wrote into memory visible to those that come, and to copies.
    pub(crate) fn memory_barrier(&self) {
        let barriers = glow::SHADER_STORAGE_BARRIER_BIT | glow::BUFFER_UPDATE_BARRIER_BIT;
        // SAFETY: plain call.
        unsafe { self.f.memory_barrier(barriers) };
    }

    /// Makes what shaders wrote visible to copies, too.
    pub(crate) fn read_barrier(&self) {
        let images = glow::SHADER_IMAGE_ACCESS_BARRIER_BIT | glow::TEXTURE_UPDATE_BARRIER_BIT;
        let buffers = glow::BUFFER_UPDATE_BARRIER_BIT | glow::PIXEL_BUFFER_BARRIER_BIT;
        // SAFETY: plain call.
        unsafe { self.f.memory_barrier(images | buffers) };
    }

    /// Waits until all is done.
    pub(crate) fn finish(&self) {
        // SAFETY: plain call.
        unsafe { self.f.finish() };
    }
}
