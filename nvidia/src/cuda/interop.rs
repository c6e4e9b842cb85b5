//! GL textures as CUDA sees them.
//!
//! Mapping orders CUDA's work after what GL was asked before, unmapping orders GL's after CUDA's:
//! between the two the texture must not be drawn to, and the borrow checker sees to it that a
//! texture is mapped once at a time. Both belong to the thread that has the GL context.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::zeroed;
use std::ptr::null_mut;
use std::sync::Arc;

use cudarc::driver::sys;

use super::device::Device;
use super::driver::driver;
use super::error::{CudaError, Doing};
use super::memory::rows_to_device;
use super::picture::PictureMut;
use super::shape::{Shape, check};
use super::stream::Stream;

/// `GL_TEXTURE_2D`.
const TEXTURE_2D: u32 = 0x0DE1;
/// CUDA will only read.
const READ_ONLY: u32 = 1;

/// A registered texture, 8-bit RGBA.
#[derive(Debug)]
pub struct GlTexture {
    resource: sys::CUgraphicsResource,
    size: [u32; 2],
    device: Arc<Device>,
    /// Bound to the thread of the GL context.
    _here: PhantomData<*mut ()>,
}

impl GlTexture {
    /// Registers the GL texture `name` (`GL_TEXTURE_2D`, `GL_RGBA8`, `width` × `height` pixels).
    /// Registering is slow (tens of microseconds): do it once for each texture.
    ///
    /// # Safety
    /// A GL context of `device` (`EGL_CUDA_DEVICE_NV`) is current on this thread, now and whenever
    /// the result is used or dropped. The texture is not deleted or given other storage before
    /// that.
    pub unsafe fn register(
        device: &Arc<Device>,
        name: u32,
        width: u32,
        height: u32,
    ) -> Result<Self, CudaError> {
        check(width, height)?;
        device.bind()?;
        let mut resource = null_mut();
        // SAFETY: by this function's contract the texture is there and its context current.
        unsafe { (driver()?.register_image)(&raw mut resource, name, TEXTURE_2D, READ_ONLY) }
            .doing("register a GL texture (is the GL context current, and on this device?)")?;
        let device = Arc::clone(device);
        Ok(Self { resource, size: [width, height], device, _here: PhantomData })
    }

    /// Lets CUDA read the texture in `stream`, after what GL was asked so far. Unmapped when the
    /// result is dropped.
    pub fn map(&mut self, stream: &Stream) -> Result<MappedTexture<'_>, CudaError> {
        self.device.bind()?;
        // SAFETY: the resource is registered, and not mapped: `&mut self`.
        unsafe { sys::cuGraphicsMapResources(1, &raw mut self.resource, stream.raw()) }
            .doing("map a GL texture")?;
        let (array, object) = (null_mut(), 0);
        let mut mapped = MappedTexture { array, object, stream: stream.clone(), texture: self };
        // SAFETY: the resource is mapped; level 0 of a plain texture.
        unsafe {
            sys::cuGraphicsSubResourceGetMappedArray(
                &raw mut mapped.array,
                mapped.texture.resource,
                0,
                0,
            )
        }
        .doing("find a GL texture's pixels")?;
        mapped.object = mapped.open()?;
        Ok(mapped)
    }
}

impl Drop for GlTexture {
    fn drop(&mut self) {
        if self.device.bind().is_ok() {
            // SAFETY: registered once, and no longer mapped: that would borrow `self`.
            let _ = unsafe { sys::cuGraphicsUnregisterResource(self.resource) };
        }
    }
}

/// A texture that CUDA may read.
#[derive(Debug)]
pub struct MappedTexture<'a> {
    array: sys::CUarray,
    object: sys::CUtexObject,
    stream: Stream,
    texture: &'a mut GlTexture,
}

impl MappedTexture<'_> {
    /// Width and height in pixels.
    pub const fn size(&self) -> [u32; 2] {
        self.texture.size
    }

    pub(crate) const fn object(&self) -> u64 {
        self.object
    }

    /// Asks the stream that it was mapped in to copy the pixels into `to`, which is
    /// [`Shape::rgba`] of the same size.
    pub fn copy_into(&self, to: &mut PictureMut) -> Result<(), CudaError> {
        let [width, height] = self.texture.size;
        if to.shape() != Shape::rgba(width, height)? {
            return Err(CudaError::Size { width, height });
        }
        let row = to.shape().pitch as usize;
        let copy = sys::CUDA_MEMCPY2D {
            srcMemoryType: sys::CUmemorytype::CU_MEMORYTYPE_ARRAY,
            srcArray: self.array,
            ..rows_to_device(to.buffer().address(), row, row, height as usize)
        };
        self.texture.device.bind()?;
        // SAFETY: the texture is mapped until after the copy in the same stream, and has as many
        // pixels as `to`; freeing that waits for the device.
        unsafe { sys::cuMemcpy2DAsync_v2(&raw const copy, self.stream.raw()) }
            .doing("copy a GL texture")
    }

    /// The texture as an object that kernels read: whole pixels, no interpolation.
    fn open(&self) -> Result<sys::CUtexObject, CudaError> {
        // SAFETY: these are numbers, pointers and enums, for which zero is the default.
        let (mut resource, mut texture): (sys::CUDA_RESOURCE_DESC, sys::CUDA_TEXTURE_DESC) =
            unsafe { (zeroed(), zeroed()) };
        resource.resType = sys::CUresourcetype::CU_RESOURCE_TYPE_ARRAY;
        resource.res.array.hArray = self.array;
        texture.addressMode = [sys::CUaddress_mode::CU_TR_ADDRESS_MODE_CLAMP; 3];
        texture.filterMode = sys::CUfilter_mode::CU_TR_FILTER_MODE_POINT;
        /// Elements are read as the integers that they are, not as fractions of one.
        const READ_AS_INTEGER: u32 = 1;
        texture.flags = READ_AS_INTEGER;
        let mut object = 0;
        // SAFETY: both descriptions are complete; no view.
        unsafe {
            sys::cuTexObjectCreate(
                &raw mut object,
                &raw const resource,
                &raw const texture,
                std::ptr::null(),
            )
        }
        .doing("read a GL texture")?;
        Ok(object)
    }
}

impl Drop for MappedTexture<'_> {
    fn drop(&mut self) {
        if self.texture.device.bind().is_err() {
            return;
        }
        if self.object != 0 {
            // SAFETY: made by `open`. Kernels that were launched keep what they need.
            let _ = unsafe { sys::cuTexObjectDestroy(self.object) };
        }
        let resource = &raw mut self.texture.resource;
        // SAFETY: mapped by `map` in the same stream, and unmapped once.
        let _ = unsafe { sys::cuGraphicsUnmapResources(1, resource, self.stream.raw()) };
    }
}
