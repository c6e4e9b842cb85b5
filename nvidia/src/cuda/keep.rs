//! Pictures that GL has painted and that stay on the device.
//!
//! On GL's thread a texture is copied into memory of the device, a few microseconds' work, so that
//! GL may paint the next picture at once. The copy may go to any thread; encoders convert it, each to
//! its own size, and whoever needs it in the host's memory reads it.
#![allow(unsafe_code)]

use std::sync::Arc;

use parfocal_base::{DeviceError, Frame, OnDevice, PixelFormat};
use parking_lot::Mutex;

use super::convert::{Colours, Converter, Rgba, Rows};
use super::device::Device;
use super::error::CudaError;
use super::interop::GlTexture;
use super::picture::{PictureLease, PicturePool};
use super::readback::Readback;
use super::shape::Shape;
use super::stream::{Event, Stream};

/// Bytes of pictures of one texture that are lent at a time: 16 of 4K, 145 of 720p. Who needs more
/// has the next picture painted into the host's memory.
const MAX_BYTES: usize = 512 << 20;

/// Readers that wait for the next picture: as many sizes as a few views are read at. Each has a
/// picture of the device and one of page-locked memory.
const MAX_READERS: usize = 4;

/// Takes pictures over from the textures of one GL context.
#[derive(Clone, Debug)]
pub struct Keeper {
    stream: Stream,
    readers: Arc<Readers>,
}

impl Keeper {
    /// For textures of a GL context on `device`.
    pub fn new(device: &Arc<Device>) -> Result<Self, CudaError> {
        let converter = Converter::new(device)?;
        let readers = Arc::new(Readers { converter, idle: Mutex::default() });
        Ok(Self { stream: Stream::new(device)?, readers })
    }

    /// Registers a texture. Slow: once for each.
    ///
    /// # Safety
    /// As for [`GlTexture::register`].
    pub unsafe fn register(
        &self,
        name: u32,
        width: u32,
        height: u32,
    ) -> Result<KeptTexture, CudaError> {
        let device = self.stream.device();
        let shape = Shape::rgba(width, height)?;
        // SAFETY: by contract.
        let texture = unsafe { GlTexture::register(device, name, width, height)? };
        let pool = PicturePool::new(device, shape, MAX_BYTES / shape.bytes());
        Ok(KeptTexture { texture, pool, keeper: self.clone() })
    }
}

/// A texture whose pictures can be kept. It belongs to GL's thread.
#[derive(Debug)]
pub struct KeptTexture {
    texture: GlTexture,
    pool: PicturePool,
    keeper: Keeper,
}

impl KeptTexture {
    /// Copies what GL was asked to paint so far; the copy is under way when this returns, and what GL
    /// is asked later comes after it. `None` where as many pictures are lent as may be.
    pub fn keep(&mut self) -> Result<Option<DevicePicture>, CudaError> {
        let Some(mut to) = self.pool.take()? else { return Ok(None) };
        let stream = &self.keeper.stream;
        let copied = {
            let mapped = self.texture.map(stream)?;
            mapped.copy_into(&mut to)
        };
        // Also where the copy failed: nothing of it is under way when the memory is lent again.
        let rgba = to.publish(stream)?;
        copied?;
        Ok(Some(DevicePicture { rgba, readers: Arc::clone(&self.keeper.readers) }))
    }
}

/// A picture that GL has painted, in memory of its device: RGBA, the top row first. The memory is lent
/// again when the last clone is dropped. What reads it keeps it until the reading is done.
#[derive(Clone, Debug)]
pub struct DevicePicture {
    rgba: PictureLease,
    readers: Arc<Readers>,
}

impl DevicePicture {
    /// The device that it is on.
    pub fn device(&self) -> &Arc<Device> {
        self.rgba.buffer().device()
    }

    /// The point from which on it is complete. What reads it begins after that.
    pub fn ready(&self) -> &Event {
        self.rgba.ready()
    }

    /// Its pixels, as the [`Converter`] takes them.
    pub fn rgba(&self) -> Rgba<'_> {
        let Shape { width, height, pitch, .. } = self.rgba.shape();
        Rgba { buffer: self.rgba.buffer(), width, height, pitch, rows: Rows::TopDown }
    }

    fn read_into(&self, frame: &mut Frame) -> Result<(), CudaError> {
        let (width, height) = (frame.width(), frame.height());
        let shape = match frame.format() {
            PixelFormat::I420 => Shape::tight(width, height)?,
            PixelFormat::Rgba8 => Shape::rgba(width, height)?,
        };
        let mut reader = self.readers.take(shape)?;
        let rgba = match frame.format() {
            PixelFormat::Rgba8 => self.rgba.clone(),
            PixelFormat::I420 => {
                let full = CudaError::OutOfMemory("convert a picture");
                let mut to = reader.planes.take()?.ok_or(full)?;
                reader.stream.begin_after(self.ready())?;
                let (converter, video) = (&self.readers.converter, Colours::Video);
                converter.convert(&reader.stream, &self.rgba(), &mut to, video)?;
                to.publish(&reader.stream)?
            }
        };
        reader.readback.start(rgba)?.wait_into(frame)?;
        // One that has failed is not used again.
        self.readers.give_back(reader);
        Ok(())
    }
}

impl OnDevice for DevicePicture {
    fn size(&self) -> [u32; 2] {
        let Shape { width, height, .. } = self.rgba.shape();
        [width, height]
    }

    fn read(&self, frame: &mut Frame) -> Result<(), DeviceError> {
        self.read_into(frame).map_err(|error| DeviceError(error.to_string()))
    }
}

/// What reads pictures into the host's memory; each one reads one at a time.
#[derive(Debug)]
struct Readers {
    converter: Converter,
    /// The one used last at the end.
    idle: Mutex<Vec<Reader>>,
}

/// Reads pictures of one shape.
#[derive(Debug)]
struct Reader {
    stream: Stream,
    planes: PicturePool,
    readback: Readback,
}

impl Readers {
    fn take(&self, shape: Shape) -> Result<Reader, CudaError> {
        let fits = |reader: &Reader| reader.planes.shape() == shape;
        let mut idle = self.idle.lock();
        if let Some(at) = idle.iter().position(fits) {
            return Ok(idle.remove(at));
        }
        drop(idle);
        let device = self.converter.device();
        let (stream, planes) = (Stream::new(device)?, PicturePool::new(device, shape, 1));
        Ok(Reader { stream, planes, readback: Readback::new(device, shape)? })
    }

    fn give_back(&self, reader: Reader) {
        let mut idle = self.idle.lock();
        idle.push(reader);
        let oldest = (idle.len() > MAX_READERS).then(|| idle.remove(0));
        drop(idle);
        drop(oldest);
    }
}
