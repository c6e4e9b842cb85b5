//! Pictures from the device to the host, for encoders in software.
#![allow(unsafe_code)]

use std::sync::Arc;

use cudarc::driver::{result, sys};
use parfocal_base::Frame;

use super::device::Device;
use super::error::{CudaError, Doing};
use super::memory::PinnedBuffer;
use super::picture::PictureLease;
use super::shape::Shape;
use super::stream::{Event, Stream};

/// Copies pictures of one shape into page-locked memory, one at a time, in a stream of its own, so
/// that the next picture can be painted meanwhile.
#[derive(Debug)]
pub struct Readback {
    stream: Stream,
    shape: Shape,
    pinned: PinnedBuffer,
}

impl Readback {
    /// For pictures of that shape.
    pub fn new(device: &Arc<Device>, shape: Shape) -> Result<Self, CudaError> {
        let stream = Stream::new(device)?;
        Ok(Self { stream, shape, pinned: PinnedBuffer::new(device, shape.bytes())? })
    }

    /// Starts copying `picture`, which is kept until the copy is done. `Err` also for a picture of
    /// another shape.
    pub fn start(&mut self, picture: PictureLease) -> Result<Reading<'_>, CudaError> {
        if picture.shape() != self.shape {
            let Shape { width, height, .. } = picture.shape();
            return Err(CudaError::Size { width, height });
        }
        self.stream.begin_after(picture.ready())?;
        let bytes = self.shape.bytes();
        self.stream.device().bind()?;
        // SAFETY: both have so many bytes. `Reading` borrows the host's memory and owns the lease of
        // the device's, and waits for the stream before it lets go of either.
        let asked = unsafe {
            sys::cuMemcpyDtoHAsync_v2(
                self.pinned.raw(),
                picture.buffer().address(),
                bytes,
                self.stream.raw(),
            )
        };
        let marked = asked.doing("copy a picture to the host").and_then(|()| self.stream.mark());
        match marked {
            Ok(done) => Ok(Reading { to: self, done, _picture: picture }),
            Err(error) => {
                // The copy may be under way: wait before the lease goes.
                let _ = self.stream.synchronize();
                Err(error)
            }
        }
    }
}

/// A copy that is under way. Dropping it waits.
#[derive(Debug)]
pub struct Reading<'a> {
    to: &'a mut Readback,
    done: Event,
    _picture: PictureLease,
}

impl Reading<'_> {
    /// Whether the copy is done.
    pub fn is_done(&self) -> bool {
        self.done.is_done()
    }

    /// Waits for the copy; the bytes are laid out as the picture's shape says.
    pub fn wait(&self) -> Result<&[u8], CudaError> {
        self.done.wait()?;
        Ok(&self.to.pinned)
    }

    /// Waits for the copy and puts it into a frame of the same size. `Err` where the frame has
    /// another format than the picture ([`Shape::format`]), or another size.
    pub fn wait_into(&self, frame: &mut Frame) -> Result<(), CudaError> {
        let Shape { width, height, .. } = self.to.shape;
        let wanted = (Some(frame.format()), frame.width(), frame.height());
        if wanted != (self.to.shape.format(), width, height) {
            return Err(CudaError::Size { width, height });
        }
        frame.data_mut().copy_from_slice(self.wait()?);
        Ok(())
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let _ = self.done.wait();
    }
}

/// Copies `bytes` between two places of a device; what a benchmark measures its floor with.
pub fn copy_on_device(
    stream: &Stream,
    from: &super::DeviceBuffer,
    to: &mut super::DeviceBuffer,
) -> Result<(), CudaError> {
    let bytes = from.len().min(to.len());
    stream.device().bind()?;
    // SAFETY: both have so many bytes; freeing either waits for the device.
    unsafe { result::memcpy_dtod_async(to.address(), from.address(), bytes, stream.raw()) }
        .doing("copy on the device")
}
