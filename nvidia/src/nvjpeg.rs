//! JPEG on the device by nvJPEG, opened at run time.
//!
//! It belongs to CUDA's toolkit, not to the driver: a machine may have the one without the other.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::{Arc, OnceLock};

use libloading::Library;

use crate::cuda::{CudaError, Device, Layout, PictureLease, Stream};

/// Names of the library, newest first. The functions used here are the same in all of them.
const NAMES: [&str; 4] = ["libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so", "libnvjpeg.so.11"];
/// Longest JPEG that is taken over: more than the planes of the largest picture.
const MAX_JPEG_BYTES: usize = 32 << 20;
/// `NVJPEG_CSS_420`.
const CHROMA_420: c_int = 2;

/// Why there is no JPEG.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NvjpegError {
    /// The library is not installed, or is another.
    #[error(
        "no nvJPEG ({0}): install CUDA's libnvjpeg 12 or 13; JPEG is made in software meanwhile"
    )]
    NoLibrary(String),
    /// The picture is not I420.
    #[error("nvJPEG encodes I420 pictures: convert to that layout, with JPEG's colours")]
    Layout,
    /// CUDA failed.
    #[error(transparent)]
    Cuda(#[from] CudaError),
    /// The library failed.
    #[error("nvJPEG failed to {doing} ({reason}, code {code})")]
    Call {
        /// What it was asked to do.
        doing: &'static str,
        /// What its code means.
        reason: &'static str,
        /// Its own number.
        code: i32,
    },
}

/// `nvjpegStatus_t` in words.
const fn reason(code: c_int) -> &'static str {
    match code {
        1 => "not initialised",
        2 => "invalid parameter",
        3 => "bad JPEG",
        4 => "JPEG not supported",
        5 => "out of memory",
        6 => "execution failed",
        7 => "architecture mismatch",
        8 => "internal error",
        9 => "not supported",
        10 => "incomplete bit stream",
        _ => "unknown",
    }
}

fn check(doing: &'static str, code: c_int) -> Result<(), NvjpegError> {
    if code == 0 { Ok(()) } else { Err(NvjpegError::Call { doing, reason: reason(code), code }) }
}

type Handle = *mut c_void;

/// `nvjpegImage_t`.
#[repr(C)]
struct Image {
    channel: [u64; 4],
    pitch: [usize; 4],
}

/// Declares the functions that are used, and looks them up.
macro_rules! functions {
    ($($name:ident: $symbol:literal ($($argument:ty),*);)*) => {
        #[derive(Debug)]
        struct Functions { $($name: unsafe extern "C" fn($($argument),*) -> c_int,)* }

        impl Functions {
            /// # Safety
            /// `library` must be nvJPEG, and stay open.
            unsafe fn look_up(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: by contract these are nvjpeg.h's functions, with its signatures.
                unsafe { Ok(Self { $($name: *library.get($symbol)?,)* }) }
            }
        }
    };
}

functions! {
    create: b"nvjpegCreateSimple\0" (*mut Handle);
    destroy: b"nvjpegDestroy\0" (Handle);
    state_create: b"nvjpegEncoderStateCreate\0" (Handle, *mut Handle, Handle);
    state_destroy: b"nvjpegEncoderStateDestroy\0" (Handle);
    params_create: b"nvjpegEncoderParamsCreate\0" (Handle, *mut Handle, Handle);
    params_destroy: b"nvjpegEncoderParamsDestroy\0" (Handle);
    quality: b"nvjpegEncoderParamsSetQuality\0" (Handle, c_int, Handle);
    sampling: b"nvjpegEncoderParamsSetSamplingFactors\0" (Handle, c_int, Handle);
    encode: b"nvjpegEncodeYUV\0"
        (Handle, Handle, Handle, *const Image, c_int, c_int, c_int, Handle);
    retrieve: b"nvjpegEncodeRetrieveBitstream\0"
        (Handle, Handle, *mut u8, *mut usize, Handle);
    version: b"nvjpegGetProperty\0" (c_int, *mut c_int);
}

/// An encoder; one picture at a time.
#[derive(Debug)]
pub struct Nvjpeg {
    functions: &'static Functions,
    handle: Handle,
    state: Handle,
    params: Handle,
    stream: Stream,
}

// SAFETY: the handles belong to the context, not to a thread, and only this value has them.
unsafe impl Send for Nvjpeg {}

impl Nvjpeg {
    /// Opens the library on `device`.
    pub fn open(device: &Arc<Device>) -> Result<Self, NvjpegError> {
        let functions = library()?;
        let stream = Stream::new(device)?;
        device.bind()?;
        let raw = stream.raw().cast::<c_void>();
        let (handle, state, params) = (null_mut(), null_mut(), null_mut());
        let mut new = Self { functions, handle, state, params, stream };
        let f = functions;
        // SAFETY: each writes a new handle, which `drop` destroys.
        unsafe {
            check("start", (f.create)(&raw mut new.handle))?;
            check("make a state", (f.state_create)(new.handle, &raw mut new.state, raw))?;
            check("make settings", (f.params_create)(new.handle, &raw mut new.params, raw))?;
            check("set 4:2:0", (f.sampling)(new.params, CHROMA_420, raw))?;
        }
        Ok(new)
    }

    /// Major and minor version of the library.
    pub fn version(&self) -> (i32, i32) {
        let mut numbers = [0; 2];
        for (property, number) in (0..).zip(&mut numbers) {
            // SAFETY: writes one number.
            let _ = unsafe { (self.functions.version)(property, number) };
        }
        (numbers[0], numbers[1])
    }

    /// Codes `picture` (I420 with [`crate::cuda::Colours::Jfif`]) at `quality`, 1 to 100, into `out`,
    /// which is emptied first. Waits until it is done.
    pub fn encode(
        &mut self,
        picture: &PictureLease,
        quality: u8,
        out: &mut Vec<u8>,
    ) -> Result<(), NvjpegError> {
        let shape = picture.shape();
        if shape.layout != Layout::I420 {
            return Err(NvjpegError::Layout);
        }
        let base = picture.buffer().address();
        let [u, v] = shape.chroma().map(|offset| base + offset as u64);
        let [pitch, chroma] = [shape.pitch as usize, shape.chroma_pitch as usize];
        let image = Image { channel: [base, u, v, 0], pitch: [pitch, chroma, chroma, 0] };
        self.stream.begin_after(picture.ready())?;
        self.stream.device().bind()?;
        let result = self.run(&image, [shape.width, shape.height], quality, out);
        // Whatever became of it: the picture is not read after this.
        let finished = self.stream.synchronize();
        result.and(finished.map_err(Into::into))
    }

    fn run(
        &self,
        image: &Image,
        [width, height]: [c_uint; 2],
        quality: u8,
        out: &mut Vec<u8>,
    ) -> Result<(), NvjpegError> {
        let raw = self.stream.raw().cast::<c_void>();
        let Self { functions: f, handle, state, params, .. } = self;
        let quality = c_int::from(quality.clamp(1, 100));
        let [width, height] = [width, height].map(|side| c_int::try_from(side).unwrap_or(0));
        let mut bytes = 0;
        // SAFETY: the handles are alive, the planes too until the caller has waited. Asked for no
        // bytes, `retrieve` says how many there are; it waits for the device.
        unsafe {
            check("set the quality", (f.quality)(*params, quality, raw))?;
            let coded = (f.encode)(*handle, *state, *params, image, CHROMA_420, width, height, raw);
            check("encode a picture", coded)?;
            let asked = (f.retrieve)(*handle, *state, null_mut(), &raw mut bytes, raw);
            check("say how long the file is", asked)?;
        }
        if bytes > MAX_JPEG_BYTES {
            return check("stay within 32 MiB", c_int::MAX);
        }
        out.clear();
        out.resize(bytes, 0);
        // SAFETY: `out` has so many bytes.
        let taken = unsafe { (f.retrieve)(*handle, *state, out.as_mut_ptr(), &raw mut bytes, raw) };
        check("give the file", taken)?;
        out.truncate(bytes);
        Ok(())
    }
}

impl Drop for Nvjpeg {
    fn drop(&mut self) {
        if self.stream.device().bind().is_err() {
            return;
        }
        let f = self.functions;
        // SAFETY: each handle was made once, and is destroyed once, in the opposite order.
        unsafe {
            if !self.params.is_null() {
                (f.params_destroy)(self.params);
            }
            if !self.state.is_null() {
                (f.state_destroy)(self.state);
            }
            if !self.handle.is_null() {
                (f.destroy)(self.handle);
            }
        }
    }
}

/// The library, opened once and never closed: it keeps what CUDA knows about its kernels.
fn library() -> Result<&'static Functions, NvjpegError> {
    static LIBRARY: OnceLock<Result<Functions, NvjpegError>> = OnceLock::new();
    let open = || {
        let missing = |error: &libloading::Error| NvjpegError::NoLibrary(error.to_string());
        let mut last = NvjpegError::NoLibrary("no name to try".to_owned());
        for name in NAMES {
            // SAFETY: the library has no initialiser that asks anything of its caller.
            match unsafe { Library::new(name) } {
                Ok(library) => {
                    let library = Box::leak(Box::new(library));
                    // SAFETY: the library is nvJPEG by its name, and was just leaked.
                    return unsafe { Functions::look_up(library) }.map_err(|e| missing(&e));
                }
                Err(error) => last = missing(&error),
            }
        }
        Err(last)
    };
    LIBRARY.get_or_init(open).as_ref().map_err(Clone::clone)
}
