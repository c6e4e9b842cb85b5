//! Objects of OpenGL: each ends with its value.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::rc::Rc;

use super::api::Api;
use crate::error::GlError;

/// Targets that do not disturb what shaders have bound.
const COPY_READ: u32 = 0x8F36;
const COPY_WRITE: u32 = 0x8F37;
const STORAGE: u32 = 0x90D2;
const PIXEL_PACK: u32 = 0x88EB;
const TEXTURE_2D: u32 = 0x0DE1;
const RGBA8: u32 = 0x8058;
const R32UI: u32 = 0x8236;
const RGBA: u32 = 0x1908;
const UNSIGNED_BYTE: u32 = 0x1401;

/// What a buffer is for; drivers choose where it lies.
#[derive(Clone, Copy)]
pub(crate) enum Usage {
    /// Shaders read it; filled by copies.
    Device = 0x88EA,
    /// Written once by the host, read by the device.
    ToDevice = 0x88E0,
    /// Written by the device, read by the host.
    ToHost = 0x88E1,
}

/// Memory.
pub(crate) struct Buffer {
    api: Rc<Api>,
    name: u32,
    bytes: usize,
}

impl Buffer {
    pub(crate) fn new(api: &Rc<Api>, bytes: usize, usage: Usage) -> Result<Self, GlError> {
        let mut name = 0;
        // SAFETY: one name is written.
        unsafe { (api.f.gen_buffers)(1, &mut name) };
        if name == 0 {
            return Err(api.check().err().unwrap_or(GlError::Lost("no buffer was made")));
        }
        api.count(|live| live.buffers += 1);
        let mut buffer = Self { api: Rc::clone(api), name, bytes: 0 };
        buffer.allocate(bytes, null(), usage);
        api.check()?;
        Ok(buffer)
    }

    /// Replaces all that is in it; what was there stays for the work that still reads it.
    pub(crate) fn replace(&mut self, words: &[u32]) {
        self.allocate(size_of_val(words), words.as_ptr().cast(), Usage::ToDevice);
    }

    fn allocate(&mut self, bytes: usize, data: *const c_void, usage: Usage) {
        let f = &self.api.f;
        // SAFETY: `data` is null or as many bytes; they are copied before the call returns.
        unsafe {
            (f.bind_buffer)(COPY_WRITE, self.name);
            (f.buffer_data)(COPY_WRITE, bytes.cast_signed(), data, usage as u32);
        }
        let before = std::mem::replace(&mut self.bytes, bytes);
        self.api.count(|live| live.buffer_bytes = live.buffer_bytes + bytes - before);
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets shaders see it as storage `binding`.
    pub(crate) fn bind(&self, binding: u32) {
        // SAFETY: the buffer exists.
        unsafe { (self.api.f.bind_buffer_base)(STORAGE, binding, self.name) };
    }

    /// Copies bytes from another.
    pub(crate) fn copy_from(&self, other: &Self, from: usize, to: usize, bytes: usize) {
        let f = &self.api.f;
        // SAFETY: OpenGL checks the ranges.
        unsafe {
            (f.bind_buffer)(COPY_READ, other.name);
            (f.bind_buffer)(COPY_WRITE, self.name);
            let [from, to] = [from, to].map(usize::cast_signed);
            (f.copy_buffer)(COPY_READ, COPY_WRITE, from, to, bytes.cast_signed());
        }
    }

    /// Lends `bytes` of it, from `start` on, to be written. The caller has made sure that no work
    /// under way reads them.
    pub(crate) fn map_to_write(&self, start: usize, bytes: usize) -> Result<Mapping, GlError> {
        // Write, invalidate the range, unsynchronised.
        self.map(start, bytes, 0x2 | 0x4 | 0x20)
    }

    /// Lends the first `bytes` of it to be read.
    pub(crate) fn map_to_read(&self, bytes: usize) -> Result<Mapping, GlError> {
        self.map(0, bytes, 0x1)
    }

    fn map(&self, start: usize, bytes: usize, access: u32) -> Result<Mapping, GlError> {
        if start.checked_add(bytes).is_none_or(|end| end > self.bytes) {
            return Err(GlError::Gl(0x0501));
        }
        let f = &self.api.f;
        // SAFETY: the range lies within the buffer.
        let pointer = unsafe {
            (f.bind_buffer)(COPY_WRITE, self.name);
            (f.map_buffer)(COPY_WRITE, start.cast_signed(), bytes.cast_signed(), access)
        };
        if pointer.is_null() {
            return Err(self.api.check().err().unwrap_or(GlError::OutOfMemory));
        }
        Ok(Mapping { api: Rc::clone(&self.api), name: self.name, pointer: pointer.cast(), bytes })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.api.count(|live| {
            live.buffers -= 1;
            live.buffer_bytes -= self.bytes;
        });
        if !self.api.is_lost() {
            // SAFETY: the buffer exists, and is used no more.
            unsafe { (self.api.f.delete_buffers)(1, &self.name) };
        }
    }
}

/// Memory of a buffer, as long as it is lent. It must end before its buffer does.
pub(crate) struct Mapping {
    api: Rc<Api>,
    name: u32,
    pointer: *mut u8,
    bytes: usize,
}

impl Mapping {
    pub(crate) fn data(&self) -> &[u8] {
        // SAFETY: OpenGL lends as many bytes until it is unmapped.
        unsafe { std::slice::from_raw_parts(self.pointer, self.bytes) }
    }

    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; nobody else has them.
        unsafe { std::slice::from_raw_parts_mut(self.pointer, self.bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.api.is_lost() {
            return;
        }
        // SAFETY: it is mapped.
        unsafe {
            (self.api.f.bind_buffer)(COPY_WRITE, self.name);
            (self.api.f.unmap_buffer)(COPY_WRITE);
        }
    }
}

/// A picture of 8 bits a channel.
pub(crate) struct Texture {
    api: Rc<Api>,
    name: u32,
}

impl Texture {
    pub(crate) fn new(api: &Rc<Api>, [width, height]: [u32; 2]) -> Result<Self, GlError> {
        let mut name = 0;
        // SAFETY: one name is written.
        unsafe { (api.f.gen_textures)(1, &mut name) };
        if name == 0 {
            return Err(api.check().err().unwrap_or(GlError::Lost("no texture was made")));
        }
        api.count(|live| live.textures += 1);
        let texture = Self { api: Rc::clone(api), name };
        // SAFETY: OpenGL checks the size.
        unsafe {
            (api.f.bind_texture)(TEXTURE_2D, name);
            let [width, height] = [width, height].map(u32::cast_signed);
            (api.f.tex_storage)(TEXTURE_2D, 1, RGBA8, width, height);
        }
        api.check()?;
        Ok(texture)
    }

    pub(crate) const fn name(&self) -> u32 {
        self.name
    }

    /// Lets shaders read and write it as image 0, a pixel as one number.
    pub(crate) fn bind(&self) {
        const READ_WRITE: u32 = 0x88BA;
        // SAFETY: the texture exists.
        unsafe { (self.api.f.bind_image)(0, self.name, 0, 0, 0, READ_WRITE, R32UI) };
    }

    /// Copies its pixels into `to`, which has room for them.
    pub(crate) fn copy_to(&self, to: &Buffer) {
        let f = &self.api.f;
        // SAFETY: with a pixel buffer bound the pointer is an offset in it, and OpenGL checks the
        // size.
        unsafe {
            (f.bind_buffer)(PIXEL_PACK, to.name);
            (f.bind_texture)(TEXTURE_2D, self.name);
            (f.get_tex_image)(TEXTURE_2D, 0, RGBA, UNSIGNED_BYTE, null_mut());
            (f.bind_buffer)(PIXEL_PACK, 0);
        }
    }
}

impl Drop for Texture {
    fn drop(&mut self) {
        self.api.count(|live| live.textures -= 1);
        if !self.api.is_lost() {
            // SAFETY: the texture exists, and is used no more.
            unsafe { (self.api.f.delete_textures)(1, &self.name) };
        }
    }
}
