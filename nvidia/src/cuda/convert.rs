//! RGBA to NV12 or I420 on the device, scaled down in the same pass.
//!
//! The kernels (`kernels/convert.cu`) are embedded as PTX, which the driver compiles for its device
//! when they are loaded: neither a toolkit nor NVRTC is needed where the program runs.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};
use std::sync::Arc;

use cudarc::driver::{result, sys};

use super::device::Device;
use super::error::{CudaError, Doing};
use super::interop::MappedTexture;
use super::memory::DeviceBuffer;
use super::picture::{Lent, PictureMut};
use super::shape::{Layout, MAX_SIDE, check};
use super::stream::Stream;

/// The compiled kernels; `kernels/compile.py` makes them.
const PTX: &str = include_str!("../../kernels/convert.ptx");
/// Threads of a block; each makes two by two pixels.
const BLOCK: (u32, u32, u32) = (32, 8, 1);

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

/// `Shape` of the kernels.
#[repr(C)]
struct Sizes {
    from: [u32; 2],
    to: [u32; 2],
    flip: u32,
    jfif: u32,
}

/// `Planes` of the kernels.
#[repr(C)]
struct Planes {
    addresses: [u64; 3],
    pitch: u32,
    chroma_pitch: u32,
    chroma_step: u32,
}

/// The loaded kernels.
#[derive(Debug)]
pub struct Converter {
    module: sys::CUmodule,
    linear: sys::CUfunction,
    texture: sys::CUfunction,
    device: Arc<Device>,
}

// SAFETY: the handles belong to the context, not to a thread, and every call binds that first.
unsafe impl Send for Converter {}

impl Converter {
    /// Loads the kernels; the driver compiles them, which takes some ten milliseconds the first
    /// time on a machine.
    pub fn new(device: &Arc<Device>) -> Result<Self, CudaError> {
        const DOING: &str = "load the conversion kernels";
        device.bind()?;
        let internal = CudaError::Call { doing: DOING, code: 0 };
        let name = |name: &str| CString::new(name).map_err(|_| internal.clone());
        let ptx = name(PTX)?;
        // SAFETY: the image is PTX text with a zero at its end.
        let module = unsafe { result::module::load_data(ptx.as_ptr().cast()) }.doing(DOING)?;
        let mut converter = Self {
            module,
            linear: std::ptr::null_mut(),
            texture: std::ptr::null_mut(),
            device: Arc::clone(device),
        };
        for (function, text) in
            [(&mut converter.linear, "from_linear"), (&mut converter.texture, "from_texture")]
        {
            // SAFETY: the module was just loaded.
            *function =
                unsafe { result::module::get_function(module, name(text)?) }.doing(DOING)?;
        }
        Ok(converter)
    }

    /// Asks `stream` to convert `source` into `to`, scaled to its size.
    pub fn convert(
        &self,
        stream: &Stream,
        source: &Rgba<'_>,
        to: &mut PictureMut,
        colours: Colours,
    ) -> Result<(), CudaError> {
        let Rgba { buffer, width, height, pitch, rows } = *source;
        check(width, height)?;
        let needed = pitch as usize * (height as usize - 1) + 4 * width as usize;
        if pitch < 4 * width || !pitch.is_multiple_of(4) || needed > buffer.len() {
            return Err(CudaError::Size { width, height });
        }
        let sizes = sizes([width, height], rows, to, colours);
        // SAFETY: the kernel reads `needed` bytes of `buffer`, as was just checked. The caller's
        // borrow ends before the device is done, but freeing memory waits for the device.
        unsafe { self.launch(self.linear, stream, buffer.address(), pitch, &sizes, to) }
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
        let sizes = sizes(source.size(), rows, to, colours);
        // SAFETY: reads of a texture object are within its bounds whatever the kernel asks. It is
        // unmapped in this stream, that is after the kernel.
        unsafe { self.launch(self.texture, stream, source.object(), 0, &sizes, to) }
    }

    /// # Safety
    /// `source` must be what `function` reads: memory that holds `sizes.from` pixels at `pitch`, or
    /// a texture object. `to` is written within its shape.
    unsafe fn launch(
        &self,
        function: sys::CUfunction,
        stream: &Stream,
        source: u64,
        pitch: u32,
        sizes: &Sizes,
        to: &Lent,
    ) -> Result<(), CudaError> {
        let shape = to.shape();
        let base = to.buffer().address();
        let [u, v] = shape.chroma().map(|offset| base + offset as u64);
        let planes = Planes {
            addresses: [base, u, v],
            pitch: shape.pitch,
            chroma_pitch: shape.chroma_pitch,
            chroma_step: if shape.layout == Layout::Nv12 { 2 } else { 1 },
        };
        let mut arguments = [
            (&raw const source).cast_mut().cast::<c_void>(),
            (&raw const pitch).cast_mut().cast(),
            (&raw const *sizes).cast_mut().cast(),
            (&raw const planes).cast_mut().cast(),
        ];
        let blocks = |side: u32, block: u32| side.div_ceil(2).div_ceil(block);
        let grid = (blocks(shape.width, BLOCK.0), blocks(shape.height, BLOCK.1), 1);
        self.device.bind()?;
        // SAFETY: the arguments have the kernel's types in its order, and are copied by the call.
        // The kernel writes below the shape's sizes, for which the pool has allocated.
        unsafe { result::launch_kernel(function, grid, BLOCK, 0, stream.raw(), &mut arguments) }
            .doing("convert a picture")
    }
}

impl Drop for Converter {
    fn drop(&mut self) {
        if self.device.bind().is_ok() {
            // SAFETY: the module was loaded by `new`, and its functions go with `self`.
            let _ = unsafe { result::module::unload(self.module) };
        }
    }
}

fn sizes(from: [u32; 2], rows: Rows, to: &Lent, colours: Colours) -> Sizes {
    let shape = to.shape();
    Sizes {
        from,
        to: [shape.width, shape.height],
        flip: u32::from(rows == Rows::BottomUp),
        jfif: u32::from(colours == Colours::Jfif),
    }
}

// The kernels' sums over an area: 255 · width · height, and half an area more, fit 32 bits.
const _: () = assert!(256 * (MAX_SIDE as u64) * (MAX_SIDE as u64) <= 1 << 32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_kernels_are_those_of_the_source() {
        let source = include_bytes!("../../kernels/convert.cu");
        let digest = source.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        let head = format!("// source: {digest:016x}\n");
        assert!(PTX.starts_with(&head), "run nvidia/kernels/compile.py: convert.cu has changed");
        assert!(PTX.contains(".target sm_52"), "the PTX must suit every card");
    }

    #[test]
    fn arguments_have_the_sizes_that_the_kernels_declare() {
        for (bytes, parameter) in [(size_of::<Sizes>(), 2), (size_of::<Planes>(), 3)] {
            assert!(PTX.contains(&format!("from_linear_param_{parameter}[{bytes}]")));
        }
    }
}
