//! RGBA to NV12 or I420 on the device, scaled down in the same pass.
//!
#![allow(unsafe_code)]

use std::sync::Arc;

use super::device::Device;
use super::error::CudaError;
use super::interop::MappedTexture;
use super::kernels::{Sizes, Source};
use super::memory::DeviceBuffer;
use super::picture::PictureMut;
use super::shape::{Shape, check};
use super::stream::Stream;

/// Which colours the result has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// BT.709, limited range: video, with the CPU renderer's arithmetic.
    Video,
    /// BT.601, full range: JPEG files.
    Jfif,
}

/// Whether a source's first row is the picture's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The first row is the topmost.
    TopDown,
    /// The first row is the lowest, as GL draws.
    BottomUp,
}

/// RGBA in the device's memory, 4 bytes a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Rgba<'a> {
    /// The memory.
    pub buffer: &'a DeviceBuffer,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bytes from a row to the next; a multiple of 4.
    pub pitch: u32,
    /// Order of its rows.
    pub rows: Rows,
}

/// Converts pictures on a device.
#[derive(Clone, Debug)]
pub struct Converter {
    device: Arc<Device>,
}

impl Converter {
    /// Loads the kernels, if the device does not have them yet.
    pub fn new(device: &Arc<Device>) -> Result<Self, CudaError> {
        device.kernels()?;
        Ok(Self { device: Arc::clone(device) })
    }

    /// The device that it converts on.
    pub const fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Asks `stream` to convert `source` into `to`, scaled to its size.
    pub fn convert(
        &self,
        stream: &Stream,
        source: &Rgba<'_>,
        to: &mut PictureMut,
        colours: Colours,
    ) -> Result<(), CudaError> {
        self.convert_into(stream, source, to.shape(), to.buffer(), colours)
    }

    /// The same into memory that nobody reads meanwhile.
    pub(crate) fn convert_into(
        &self,
        stream: &Stream,
        source: &Rgba<'_>,
        shape: Shape,
        to: &DeviceBuffer,
        colours: Colours,
    ) -> Result<(), CudaError> {
        let Rgba { buffer, width, height, pitch, rows } = *source;
        check(width, height)?;
        let needed = pitch as usize * (height as usize - 1) + 4 * width as usize;
        if pitch < 4 * width || !pitch.is_multiple_of(4) || needed > buffer.len() {
            return Err(CudaError::Size { width, height });
        }
        let kernels = self.device.kernels()?;
        let (linear, sizes) = (Source::Linear(pitch), sizes([width, height], rows, shape, colours));
        // SAFETY: the kernel reads `needed` bytes of `buffer`, as was just checked. The caller's
        // borrow ends before the device is done, but freeing memory waits for the device.
        unsafe { kernels.launch(linear, stream, buffer.address(), &sizes, shape, to) }
    }

    /// Asks `stream` to convert a mapped GL texture into `to`, scaled to its size.
    pub fn convert_texture(
        &self,
        stream: &Stream,
        source: &MappedTexture<'_>,
        rows: Rows,
        to: &mut PictureMut,
        colours: Colours,
    ) -> Result<(), CudaError> {
        let sizes = sizes(source.size(), rows, to.shape(), colours);
        let kernels = self.device.kernels()?;
        let (texture, shape, to) = (Source::Texture, to.shape(), to.buffer());
        // SAFETY: reads of a texture object are within its bounds whatever the kernel asks. It is
        // unmapped in this stream, that is after the kernel.
        unsafe { kernels.launch(texture, stream, source.object(), &sizes, shape, to) }
    }
}

fn sizes(from: [u32; 2], rows: Rows, shape: Shape, colours: Colours) -> Sizes {
    Sizes {
        from,
        to: [shape.width, shape.height],
        flip: u32::from(rows == Rows::BottomUp),
        jfif: u32::from(colours == Colours::Jfif),
    }
}
