//! The library of `tests/nvenc`, its devices, and their memory as the encoder's; for tests. Cargo builds
//! it for packages whose tests depend on `parfocal-nvenc-stand-in`.
#![allow(unsafe_code, clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests of C")]

mod library;
mod picture;

use std::any::Any;
use std::ffi::{CString, c_void};
use std::sync::{Arc, OnceLock};

use parfocal_base::{Frame, OnDevice, PixelFormat};
use parfocal_encode::EncoderConfig;

use crate::cuda::{Colours, CudaError, Layout, Rows, Shape};
use crate::nvenc::{Api, InputMemory, NvencEncoder, NvencError, Preset, Surface, VideoCodec};
use crate::reference;
use library::{functions, path};
pub use picture::Picture;

/// A small picture.
pub const CONFIG: EncoderConfig =
    EncoderConfig { width: 320, height: 240, fps: 30, bitrate_bps: 3_000_000 };

/// The opened library.
pub fn api() -> Arc<Api> {
    static API: OnceLock<Arc<Api>> = OnceLock::new();
    // SAFETY: the stand-in keeps to the interface.
    Arc::clone(API.get_or_init(|| unsafe { Api::open(&path()) }.unwrap()))
}

/// Opens the library anew: what it says of itself may have changed.
pub fn open_again() -> Result<Arc<Api>, NvencError> {
    // SAFETY: as above.
    unsafe { Api::open(&path()) }
}

/// What the library says is its newest version, for this process.
pub fn set_max_version(major: u32, minor: u32) {
    (functions().max_version)(major << 4 | minor);
}

/// A device of the stand-in. Clones are the same device; it is forgotten with the last.
#[derive(Clone, Debug)]
pub struct Device(Arc<Handle>);

#[derive(Debug)]
struct Handle(usize);

impl Drop for Handle {
    fn drop(&mut self) {
        (functions().free)(self.0);
    }
}

impl Device {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        Self(Arc::new(Handle((functions().new)())))
    }

    /// Changes a setting; the stand-in's `control` names them.
    pub fn set(&self, name: &str, value: u64) {
        let name = CString::new(name).unwrap();
        // SAFETY: the name ends with a zero.
        unsafe { (functions().set)(self.0.0, name.as_ptr(), value) };
    }

    /// Reads a setting or an observation; the stand-in's `control` names them.
    pub fn get(&self, name: &str) -> u64 {
        let name = CString::new(name).unwrap();
        // SAFETY: the name ends with a zero.
        unsafe { (functions().get)(self.0.0, name.as_ptr()) }
    }

    /// Lets a call of a function (`*`: of any), counted from 1, give an answer.
    pub fn fail(&self, function: &str, call: u64, answer: u32) {
        let function = CString::new(function).unwrap();
        // SAFETY: the name ends with a zero.
        unsafe { (functions().fail)(self.0.0, function.as_ptr(), call, answer) };
    }

    /// The rules that were broken so far, a line each.
    pub fn violations(&self) -> String {
        let mut text = vec![0; 1 << 16];
        // SAFETY: there is room for as many bytes as it is told.
        let length = unsafe { (functions().violations)(self.0.0, text.as_mut_ptr(), text.len()) };
        text.truncate(length);
        String::from_utf8(text).unwrap()
    }

    /// Nothing broke a rule, and nothing is left.
    pub fn assert_clean(&self) {
        assert_eq!(self.violations(), "");
        for what in ["sessions", "mapped", "registered"] {
            assert_eq!(self.get(what), 0, "{what} left");
        }
    }

    /// An H.264 encoder on it.
    pub fn encoder(&self, config: EncoderConfig) -> Result<NvencEncoder, NvencError> {
        self.encoder_of(VideoCodec::H264, config)
    }

    /// An encoder on it.
    pub fn encoder_of(
        &self,
        codec: VideoCodec,
        config: EncoderConfig,
    ) -> Result<NvencEncoder, NvencError> {
        NvencEncoder::new(&api(), Box::new(self.clone()), codec, Preset::default(), config)
    }

    /// A picture with these planes, laid out as `shape` says.
    pub fn surface(&self, shape: Shape, bytes: &[u8]) -> Surface {
        let surface = self.make(shape).unwrap();
        assert!(self.write(&surface, 0, bytes));
        surface
    }

    /// An RGBA picture that a painter has left on it.
    pub fn picture(&self, rgba: Frame) -> Picture {
        assert_eq!(rgba.format(), PixelFormat::Rgba8);
        Picture { device: self.clone(), rgba }
    }

    /// Writes rows of `row` bytes at `offset`, `pitch` apart.
    fn write_rows(&self, to: &Surface, rows: &[u8], row: usize, [offset, pitch]: [usize; 2]) {
        for (at, bytes) in rows.chunks(row).enumerate() {
            assert!(self.write(to, offset + at * pitch, bytes));
        }
    }

    /// Writes into memory of it; false where that does not reach so far.
    pub fn write(&self, to: &Surface, offset: usize, bytes: &[u8]) -> bool {
        let address = to.address() as usize;
        // SAFETY: `bytes` has as many.
        unsafe { (functions().write)(self.0.0, address, offset, bytes.as_ptr(), bytes.len()) }
    }
}

/// Memory of the device, freed when dropped.
struct Memory {
    device: Device,
    address: usize,
}

impl Drop for Memory {
    fn drop(&mut self) {
        (functions().release)(self.device.0.0, self.address);
    }
}

// SAFETY: a device of the library that `api` opens, and memory of it.
unsafe impl InputMemory for Device {
    fn device(&self) -> *mut c_void {
        self.0.0 as *mut c_void
    }

    fn enter(&self) -> Result<(), CudaError> {
        Ok(())
    }

    fn make(&self, shape: Shape) -> Result<Surface, CudaError> {
        let address = (functions().allocate)(self.0.0, shape.bytes());
        let owner: Arc<dyn Any + Send + Sync> = Arc::new(Memory { device: self.clone(), address });
        // SAFETY: the device's memory, as long as its owner.
        Ok(unsafe { Surface::new(shape, address as u64, owner) })
    }

    fn upload(&self, frame: &Frame, to: &Surface) -> Result<(), CudaError> {
        let shape = to.shape();
        let [y, u, v] = frame.planes().unwrap();
        let (width, half) = (frame.width() as usize, frame.width().div_ceil(2) as usize);
        let [u_at, v_at] = shape.chroma();
        let (pitch, chroma) = (shape.pitch as usize, shape.chroma_pitch as usize);
        self.write_rows(to, y, width, [0, pitch]);
        self.write_rows(to, u, half, [u_at, chroma]);
        self.write_rows(to, v, half, [v_at, chroma]);
        Ok(())
    }

    fn reads(&self, picture: &dyn OnDevice) -> bool {
        let picture: &dyn Any = picture;
        picture.downcast_ref::<Picture>().is_some_and(|it| Arc::ptr_eq(&it.device.0, &self.0))
    }

    /// Fails as a device that is lost where `convert fails` is set; counts in `converted`.
    fn convert(&self, picture: &dyn OnDevice, to: &Surface) -> Result<(), CudaError> {
        if self.get("convert fails") > 0 {
            return Err(CudaError::Lost { doing: "convert a picture", code: 700 });
        }
        assert!(self.reads(picture) && to.shape().layout == Layout::Nv12);
        let picture: &dyn Any = picture;
        let rgba = &picture.downcast_ref::<Picture>().unwrap().rgba;
        let Shape { width, height, pitch, .. } = to.shape();
        let frame = reference::convert(rgba, Rows::TopDown, width, height, Colours::Video);
        let [y, u, v] = frame.planes().unwrap();
        let uv: Vec<u8> = u.iter().zip(v).flat_map(|(u, v)| [*u, *v]).collect();
        let (pitch, half) = (pitch as usize, width.div_ceil(2) as usize);
        self.write_rows(to, y, width as usize, [0, pitch]);
        self.write_rows(to, &uv, 2 * half, [to.shape().chroma()[0], pitch]);
        self.set("converted", self.get("converted") + 1);
        Ok(())
    }
}
