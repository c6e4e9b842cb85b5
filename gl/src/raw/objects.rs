//! Objects of OpenGL: each ends with its value.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::rc::Rc;

use glow::{HasContext as _, PixelPackData};

use super::api::Api;
use crate::error::GlError;

/// Targets that do not disturb what shaders have bound.
const COPY_READ: u32 = glow::COPY_READ_BUFFER;
const COPY_WRITE: u32 = glow::COPY_WRITE_BUFFER;

/// What a buffer is for; drivers choose where it lies.
#[derive(Clone, Copy)]
pub(crate) enum Usage {
    /// Shaders read it; filled by copies.
    Device = glow::DYNAMIC_COPY as isize,
    /// Written once by the host, read by the device.
    ToDevice = glow::STREAM_DRAW as isize,
    /// Written by the device, read by the host.
    ToHost = glow::STREAM_READ as isize,
}

/// Memory.
pub(crate) struct Buffer {
    api: Rc<Api>,
    name: glow::Buffer,
    bytes: usize,
}

impl Buffer {
    /// Most bytes of a buffer: glow counts them in 31 bits; a whole number of 16-byte words.
    pub(crate) const MAX_BYTES: usize = i32::MAX as usize & !15;

    pub(crate) fn new(api: &Rc<Api>, bytes: usize, usage: Usage) -> Result<Self, GlError> {
        let size = size(bytes)?;
        // SAFETY: plain call.
        let name = api.made(unsafe { api.f.create_buffer() }, "no buffer was made")?;
        api.count(|live| live.buffers += 1);
        let mut buffer = Self { api: Rc::clone(api), name, bytes: 0 };
        // SAFETY: the buffer exists, and nothing is read from the host.
        unsafe {
            api.f.bind_buffer(COPY_WRITE, Some(name));
            api.f.buffer_data_size(COPY_WRITE, size, usage as u32);
        }
        buffer.has(bytes);
        api.check()?;
        Ok(buffer)
    }

    /// Replaces all that is in it; what was there stays for the work that still reads it.
    pub(crate) fn replace(&mut self, words: &[u32]) {
        let f = &self.api.f;
        // SAFETY: numbers are bytes; they are copied before the call returns.
        unsafe {
            let bytes = std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words));
            f.bind_buffer(COPY_WRITE, Some(self.name));
            f.buffer_data_u8_slice(COPY_WRITE, bytes, Usage::ToDevice as u32);
        }
        self.has(size_of_val(words));
    }

    fn has(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.bytes, bytes);
        self.api.count(|live| live.buffer_bytes = live.buffer_bytes + bytes - before);
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets shaders see it as storage `binding`.
    pub(crate) fn bind(&self, binding: u32) {
        // SAFETY: the buffer exists.
        unsafe {
            self.api.f.bind_buffer_base(glow::SHADER_STORAGE_BUFFER, binding, Some(self.name));
        }
    }

    /// Copies bytes from another.
    pub(crate) fn copy_from(&self, other: &Self, from: usize, to: usize, bytes: usize) {
        let f = &self.api.f;
        // Ranges lie in buffers, which are no longer; others are an error of OpenGL.
        let [from, to, bytes] = [from, to, bytes].map(|at| size(at).unwrap_or(-1));
        // SAFETY: OpenGL checks the ranges.
        unsafe {
            f.bind_buffer(COPY_READ, Some(other.name));
            f.bind_buffer(COPY_WRITE, Some(self.name));
            f.copy_buffer_sub_data(COPY_READ, COPY_WRITE, from, to, bytes);
        }
    }

    /// Lends `bytes` of it, from `start` on, to be written. The caller has made sure that no work
    /// under way reads them.
    pub(crate) fn map_to_write(&self, start: usize, bytes: usize) -> Result<Mapping, GlError> {
        let access = glow::MAP_WRITE_BIT | glow::MAP_INVALIDATE_RANGE_BIT;
        self.map(start, bytes, access | glow::MAP_UNSYNCHRONIZED_BIT)
    }

    /// Lends the first `bytes` of it to be read.
    pub(crate) fn map_to_read(&self, bytes: usize) -> Result<Mapping, GlError> {
        self.map(0, bytes, glow::MAP_READ_BIT)
    }

    fn map(&self, start: usize, bytes: usize, access: u32) -> Result<Mapping, GlError> {
        if start.checked_add(bytes).is_none_or(|end| end > self.bytes) {
            return Err(GlError::Gl(glow::INVALID_VALUE));
        }
        let f = &self.api.f;
        let (from, length) = (size(start)?, size(bytes)?);
        // SAFETY: the range lies within the buffer.
        let pointer = unsafe {
            f.bind_buffer(COPY_WRITE, Some(self.name));
            f.map_buffer_range(COPY_WRITE, from, length, access)
        };
        if pointer.is_null() {
            return Err(self.api.check().err().unwrap_or(GlError::OutOfMemory));
        }
        Ok(Mapping { api: Rc::clone(&self.api), name: self.name, pointer, bytes })
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
            unsafe { self.api.f.delete_buffer(self.name) };
        }
    }
}

/// Memory of a buffer, as long as it is lent. It must end before its buffer does.
pub(crate) struct Mapping {
    api: Rc<Api>,
    name: glow::Buffer,
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
            self.api.f.bind_buffer(COPY_WRITE, Some(self.name));
            self.api.f.unmap_buffer(COPY_WRITE);
        }
    }
}

/// A picture of 8 bits a channel.
pub(crate) struct Texture {
    api: Rc<Api>,
    name: glow::Texture,
}

impl Texture {
    pub(crate) fn new(api: &Rc<Api>, [width, height]: [u32; 2]) -> Result<Self, GlError> {
        // SAFETY: plain call.
        let name = api.made(unsafe { api.f.create_texture() }, "no texture was made")?;
        api.count(|live| live.textures += 1);
        let texture = Self { api: Rc::clone(api), name };
        // SAFETY: OpenGL checks the size.
        unsafe {
            api.f.bind_texture(glow::TEXTURE_2D, Some(name));
            let [width, height] = [width, height].map(u32::cast_signed);
            api.f.tex_storage_2d(glow::TEXTURE_2D, 1, glow::RGBA8, width, height);
        }
        api.check()?;
        Ok(texture)
    }

    pub(crate) const fn name(&self) -> u32 {
        self.name.0.get()
    }

    /// Lets shaders read and write it as image 0, a pixel as one number.
    pub(crate) fn bind(&self) {
        let (f, image) = (&self.api.f, Some(self.name));
        // SAFETY: the texture exists.
        unsafe { f.bind_image_texture(0, image, 0, false, 0, glow::READ_WRITE, glow::R32UI) };
    }

    /// Copies its pixels into `to`, which has room for them.
    pub(crate) fn copy_to(&self, to: &Buffer) {
        let f = &self.api.f;
        // SAFETY: with a pixel buffer bound the pointer is an offset in it, and OpenGL checks the
        // size.
        unsafe {
            f.bind_buffer(glow::PIXEL_PACK_BUFFER, Some(to.name));
            f.bind_texture(glow::TEXTURE_2D, Some(self.name));
            let start = PixelPackData::BufferOffset(0);
            f.get_tex_image(glow::TEXTURE_2D, 0, glow::RGBA, glow::UNSIGNED_BYTE, start);
            f.bind_buffer(glow::PIXEL_PACK_BUFFER, None);
        }
    }
}

impl Drop for Texture {
    fn drop(&mut self) {
        self.api.count(|live| live.textures -= 1);
        if !self.api.is_lost() {
            // SAFETY: the texture exists, and is used no more.
            unsafe { self.api.f.delete_texture(self.name) };
        }
    }
}

/// A number of bytes, as glow takes it.
fn size(bytes: usize) -> Result<i32, GlError> {
    i32::try_from(bytes).map_err(|_| GlError::OutOfMemory)
}
