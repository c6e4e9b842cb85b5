//! Pictures as the encoder reads them, and the memory that they are in.
#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::c_void;
use std::sync::Arc;

use parfocal_base::{Frame, OnDevice, PixelFormat};

use crate::cuda::{
    Colours, Converter, CudaError, Device, DeviceBuffer, DevicePicture, Layout, PictureLease,
    Shape, Stream, copy_rows,
};

/// A picture in the device's memory. Clones share the memory.
#[derive(Clone, Debug)]
pub struct Surface {
    shape: Shape,
    address: u64,
    owner: Arc<dyn Any + Send + Sync>,
}

impl Surface {
    /// The picture of `shape` at `address`.
    ///
    /// # Safety
    /// `address` is memory of the encoder's device, [`Shape::bytes`] long, which lives as long as
    /// `owner`.
    pub unsafe fn new(shape: Shape, address: u64, owner: Arc<dyn Any + Send + Sync>) -> Self {
        Self { shape, address, owner }
    }

    /// The picture under a lease. Keeps the memory, not the lease: hold that until the picture is
    /// encoded.
    pub fn of_lease(lease: &PictureLease) -> Self {
        let buffer = Arc::clone(lease.buffer());
        Self { shape: lease.shape(), address: buffer.address(), owner: buffer }
    }

    /// Where everything is.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Where it begins.
    pub const fn address(&self) -> u64 {
        self.address
    }

    /// What the memory belongs to.
    pub fn owner(&self) -> &(dyn Any + Send + Sync) {
        &*self.owner
    }
}

/// The device's memory, for pictures that come from the host or from a painter on the device.
///
/// # Safety
/// [`InputMemory::device`] is a device that the library can encode on, and what
/// [`InputMemory::make`] gives is memory of it.
pub unsafe trait InputMemory: Send {
    /// What the library takes for a device: with NVIDIA's a `CUcontext`.
    fn device(&self) -> *mut c_void;

    /// Makes the device current on the calling thread, where its library has such a thing.
    fn enter(&self) -> Result<(), CudaError>;

    /// Memory for pictures of `shape`.
    fn make(&self, shape: Shape) -> Result<Surface, CudaError>;

    /// Copies an I420 frame into `to`, which is I420 of the same size; done when it returns.
    fn upload(&self, frame: &Frame, to: &Surface) -> Result<(), CudaError>;

    /// Whether that picture is on this device, so that [`InputMemory::convert`] reads it.
    fn reads(&self, picture: &dyn OnDevice) -> bool;

    /// Converts a picture of this device into `to`, which is NV12 of any size; done when it returns.
    fn convert(&self, picture: &dyn OnDevice, to: &Surface) -> Result<(), CudaError>;
}

/// CUDA's memory.
#[derive(Debug)]
pub struct CudaMemory {
    stream: Stream,
}

impl CudaMemory {
    /// Memory of that device.
    pub fn new(device: &Arc<Device>) -> Result<Self, CudaError> {
        Ok(Self { stream: Stream::new(device)? })
    }

    /// The picture, if it is on this device.
    fn here<'a>(&self, picture: &'a dyn OnDevice) -> Option<&'a DevicePicture> {
        let picture: &dyn Any = picture;
        let here = self.stream.device().info().ordinal;
        picture.downcast_ref::<DevicePicture>().filter(|it| it.device().info().ordinal == here)
    }
}

// SAFETY: the context is the device's, and the memory was allocated there.
unsafe impl InputMemory for CudaMemory {
    fn device(&self) -> *mut c_void {
        self.stream.device().raw_context()
    }

    fn enter(&self) -> Result<(), CudaError> {
        self.stream.device().bind()
    }

    fn make(&self, shape: Shape) -> Result<Surface, CudaError> {
        let buffer = DeviceBuffer::new(self.stream.device(), shape.bytes())?;
        Ok(Surface { shape, address: buffer.address(), owner: Arc::new(buffer) })
    }

    fn upload(&self, frame: &Frame, to: &Surface) -> Result<(), CudaError> {
        let (width, height) = (frame.width(), frame.height());
        let wrong = CudaError::Size { width, height };
        let shape = to.shape;
        let fits = (PixelFormat::I420, shape.width, shape.height, Layout::I420);
        if (frame.format(), width, height, shape.layout) != fits {
            return Err(wrong);
        }
        let Some(buffer) = to.owner().downcast_ref::<DeviceBuffer>() else { return Err(wrong) };
        let Some([y, u, v]) = frame.planes() else { return Err(wrong) };
        let [u_at, v_at] = shape.chroma();
        let half = width.div_ceil(2) as usize;
        let (pitch, chroma) = (shape.pitch as usize, shape.chroma_pitch as usize);
        copy_rows(&self.stream, y, width as usize, buffer, 0, pitch)?;
        copy_rows(&self.stream, u, half, buffer, u_at, chroma)?;
        copy_rows(&self.stream, v, half, buffer, v_at, chroma)
    }

    fn reads(&self, picture: &dyn OnDevice) -> bool {
        self.here(picture).is_some()
    }

    fn convert(&self, picture: &dyn OnDevice, to: &Surface) -> Result<(), CudaError> {
        let Shape { width, height, .. } = to.shape;
        let memory = to.owner().downcast_ref::<DeviceBuffer>();
        let (Some(picture), Some(memory)) = (self.here(picture), memory) else {
            return Err(CudaError::Size { width, height });
        };
        let converter = Converter::new(self.stream.device())?;
        self.stream.begin_after(picture.ready())?;
        let (rgba, video) = (picture.rgba(), Colours::Video);
        let asked = converter.convert_into(&self.stream, &rgba, to.shape, memory, video);
        // The encoder reads in streams of its own, and the picture may end after this.
        let done = self.stream.finish();
        asked.and(done)
    }
}
