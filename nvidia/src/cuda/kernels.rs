//! The kernels (`kernels/convert.cu`): embedded as PTX, which the driver compiles for its device when
//! they are loaded. Neither a toolkit nor NVRTC is needed where the program runs.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};

use cudarc::driver::{result, sys};

use super::error::{CudaError, Doing};
use super::memory::DeviceBuffer;
use super::shape::{Layout, MAX_SIDE, Shape};
use super::stream::Stream;

/// The compiled kernels; `kernels/compile.py` makes them.
const PTX: &str = include_str!("../../kernels/convert.ptx");
/// Threads of a block; each makes two by two pixels.
const BLOCK: (u32, u32, u32) = (32, 8, 1);

/// What a kernel reads.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// Memory, with so many bytes from a row to the next.
    Linear(u32),
    /// A texture object.
    Texture,
}

/// `Shape` of the kernels.
#[repr(C)]
pub(super) struct Sizes {
    pub(super) from: [u32; 2],
    pub(super) to: [u32; 2],
    pub(super) flip: u32,
    pub(super) jfif: u32,
}

/// `Planes` of the kernels.
#[repr(C)]
struct Planes {
    addresses: [u64; 3],
    pitch: u32,
    chroma_pitch: u32,
    chroma_step: u32,
}

/// The loaded kernels. A [`Device`] loads them once, and has them as long as it lives.
#[derive(Debug)]
pub(super) struct Kernels {
    module: sys::CUmodule,
    linear: sys::CUfunction,
    texture: sys::CUfunction,
}

// SAFETY: the handles belong to the context, not to a thread, and every call binds that first.
unsafe impl Send for Kernels {}
// SAFETY: nothing is changed after they are loaded; launching is the driver's, which locks.
unsafe impl Sync for Kernels {}

impl Kernels {
    /// Loads them into the device that is bound; the driver compiles them, which takes some ten
    /// milliseconds the first time on a machine.
    pub(super) fn load() -> Result<Self, CudaError> {
        const DOING: &str = "load the conversion kernels";
        let internal = CudaError::Call { doing: DOING, code: 0 };
        let name = |name: &str| CString::new(name).map_err(|_| internal.clone());
        let ptx = name(PTX)?;
        // SAFETY: the image is PTX text with a zero at its end.
        let module = unsafe { result::module::load_data(ptx.as_ptr().cast()) }.doing(DOING)?;
        let find = |text| -> Result<sys::CUfunction, CudaError> {
            // SAFETY: the module was just loaded.
            unsafe { result::module::get_function(module, name(text)?) }.doing(DOING)
        };
        match (find("from_linear"), find("from_texture")) {
            (Ok(linear), Ok(texture)) => Ok(Self { module, linear, texture }),
            (Err(error), _) | (_, Err(error)) => {
                // SAFETY: loaded above, and used by nobody.
                let _ = unsafe { result::module::unload(module) };
                Err(error)
            }
        }
    }

    /// # Safety
    /// `source` must be what `kind` says: memory that holds `sizes.from` pixels at its pitch, or a
    /// texture object. `to` is written within `shape`.
    pub(super) unsafe fn launch(
        &self,
        kind: Source,
        stream: &Stream,
        source: u64,
        sizes: &Sizes,
        shape: Shape,
        to: &DeviceBuffer,
    ) -> Result<(), CudaError> {
        // There is no kernel that writes RGBA.
        if shape.layout == Layout::Rgba || shape.bytes() > to.len() {
            return Err(CudaError::Size { width: shape.width, height: shape.height });
        }
        let (function, pitch) = match kind {
            Source::Linear(pitch) => (self.linear, pitch),
            Source::Texture => (self.texture, 0),
        };
        let base = to.address();
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
        stream.device().bind()?;
        // SAFETY: the arguments have the kernel's types in its order, and are copied by the call.
        // The kernel writes within the shape, which was just held against the memory.
        unsafe { result::launch_kernel(function, grid, BLOCK, 0, stream.raw(), &mut arguments) }
            .doing("convert a picture")
    }

    /// Unloads them from the device that is bound.
    pub(super) fn unload(self) {
        // SAFETY: the module was loaded by `load`, and its functions go with `self`.
        let _ = unsafe { result::module::unload(self.module) };
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
