//! OpenGL's functions.
//!
//! A table of our own instead of a binding crate: a few dozen functions are needed, with sizes of
//! 64 bits, and with `glGetGraphicsResetStatus`, by which a lost context is known; and no name of an
//! object may be taken for granted, since a lost context gives 0.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::rc::Rc;

use super::egl::Egl;
use crate::error::GlError;

macro_rules! functions {
    ($($field:ident: $name:literal, fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        /// What OpenGL 4.3 has of what is needed here.
        #[allow(missing_docs, reason = "the names are OpenGL's")]
        pub(super) struct Functions {
            $(pub(super) $field: unsafe extern "system" fn($($arg),*) $(-> $ret)?,)*
        }

        impl Functions {
            fn load(egl: &Egl) -> Result<Self, GlError> {
                $(
                    let pointer = egl.function($name);
                    if pointer.is_null() {
                        return Err(GlError::NoFunction($name));
                    }
                    // SAFETY: OpenGL's functions of that name have this type.
                    let $field = unsafe {
                        std::mem::transmute::<
                            *const c_void,
                            unsafe extern "system" fn($($arg),*) $(-> $ret)?,
                        >(pointer)
                    };
                )*
                Ok(Self { $($field),* })
            }
        }
    };
}

functions! {
    get_string: "glGetString", fn(u32) -> *const c_char;
    get_integer: "glGetIntegerv", fn(u32, *mut i32);
    get_integer64: "glGetInteger64v", fn(u32, *mut i64);
    get_error: "glGetError", fn() -> u32;
    finish: "glFinish", fn();
    gen_buffers: "glGenBuffers", fn(i32, *mut u32);
    delete_buffers: "glDeleteBuffers", fn(i32, *const u32);
    bind_buffer: "glBindBuffer", fn(u32, u32);
    bind_buffer_base: "glBindBufferBase", fn(u32, u32, u32);
    buffer_data: "glBufferData", fn(u32, isize, *const c_void, u32);
    copy_buffer: "glCopyBufferSubData", fn(u32, u32, isize, isize, isize);
    map_buffer: "glMapBufferRange", fn(u32, isize, isize, u32) -> *mut c_void;
    unmap_buffer: "glUnmapBuffer", fn(u32) -> u8;
    gen_textures: "glGenTextures", fn(i32, *mut u32);
    delete_textures: "glDeleteTextures", fn(i32, *const u32);
    bind_texture: "glBindTexture", fn(u32, u32);
    tex_storage: "glTexStorage2D", fn(u32, i32, u32, i32, i32);
    bind_image: "glBindImageTexture", fn(u32, u32, i32, u8, i32, u32, u32);
    get_tex_image: "glGetTexImage", fn(u32, i32, u32, u32, *mut c_void);
    create_shader: "glCreateShader", fn(u32) -> u32;
    shader_source: "glShaderSource", fn(u32, i32, *const *const c_char, *const i32);
    compile_shader: "glCompileShader", fn(u32);
    get_shader: "glGetShaderiv", fn(u32, u32, *mut i32);
    get_shader_log: "glGetShaderInfoLog", fn(u32, i32, *mut i32, *mut u8);
    delete_shader: "glDeleteShader", fn(u32);
    create_program: "glCreateProgram", fn() -> u32;
    attach_shader: "glAttachShader", fn(u32, u32);
    link_program: "glLinkProgram", fn(u32);
    get_program: "glGetProgramiv", fn(u32, u32, *mut i32);
    get_program_log: "glGetProgramInfoLog", fn(u32, i32, *mut i32, *mut u8);
    delete_program: "glDeleteProgram", fn(u32);
    use_program: "glUseProgram", fn(u32);
    get_uniform: "glGetUniformLocation", fn(u32, *const c_char) -> i32;
    uniform: "glUniform1ui", fn(i32, u32);
    dispatch: "glDispatchCompute", fn(u32, u32, u32);
    barrier: "glMemoryBarrier", fn(u32);
    fence: "glFenceSync", fn(u32, u32) -> *const c_void;
    wait_fence: "glClientWaitSync", fn(*const c_void, u32, u64) -> u32;
    delete_fence: "glDeleteSync", fn(*const c_void);
}

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
    pub(super) f: Functions,
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
        let f = Functions::load(egl)?;
        Ok(Rc::new(Self { f, reset_status, live: Cell::default(), lost: Cell::new(false) }))
    }

    /// Vendor, renderer or version.
    pub(crate) fn string(&self, name: u32) -> String {
        // SAFETY: OpenGL's strings end with 0 and live as long as the context.
        unsafe {
            let pointer = (self.f.get_string)(name);
            if pointer.is_null() {
                return String::new();
            }
            CStr::from_ptr(pointer).to_string_lossy().into_owned()
        }
    }

    /// A number that the context is asked for; 0 where it has none.
    pub(crate) fn integer(&self, name: u32) -> i64 {
        let mut value = 0;
        // SAFETY: the names that are asked for have one value.
        unsafe { (self.f.get_integer64)(name, &mut value) };
        value
    }

    /// Likewise, of what is known before a version is.
    pub(crate) fn small_integer(&self, name: u32) -> i32 {
        let mut value = 0;
        // SAFETY: as above.
        unsafe { (self.f.get_integer)(name, &mut value) };
        value
    }

    /// What went wrong since the last time.
    pub(crate) fn check(&self) -> Result<(), GlError> {
        if self.lost.get() {
            return Err(GlError::Lost("it was lost before"));
        }
        // SAFETY: no arguments.
        let [reset, error] = unsafe {
            let reset = self.reset_status.map_or(0, |status| status());
            [reset, (self.f.get_error)()]
        };
        let found = match (reset, error) {
            (0, 0) => return Ok(()),
            (0x8253, _) => GlError::Lost("this program's work reset the device"),
            (0x8254, _) => GlError::Lost("another program's work reset the device"),
            (1.., _) => GlError::Lost("the device was reset"),
            (0, 0x0507) => GlError::Lost("the device is gone"),
            (0, 0x0505) => GlError::OutOfMemory,
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
        unsafe { (self.f.dispatch)(groups[0], groups[1], 1) };
    }

    /// Makes what shaders wrote into pictures visible to those that come.
    pub(crate) fn picture_barrier(&self) {
        // SAFETY: plain call.
        unsafe { (self.f.barrier)(0x20) };
    }

    /// Makes what shaders wrote into memory visible to those that come, and to copies.
    pub(crate) fn memory_barrier(&self) {
        // SAFETY: plain call. Storage, buffer updates.
        unsafe { (self.f.barrier)(0x2000 | 0x200) };
    }

    /// Makes what shaders wrote visible to copies, too.
    pub(crate) fn read_barrier(&self) {
        // SAFETY: plain call. Images, texture updates, buffer updates, pixel buffers.
        unsafe { (self.f.barrier)(0x20 | 0x100 | 0x200 | 0x80) };
    }

    /// Waits until all is done.
    pub(crate) fn finish(&self) {
        // SAFETY: plain call.
        unsafe { (self.f.finish)() };
    }

    /// Sets the number that the program in use reads as its only uniform.
    pub(crate) fn uniform(&self, location: i32, value: u32) {
        // SAFETY: plain call; a wrong location is an error of OpenGL.
        unsafe { (self.f.uniform)(location, value) };
    }
}
