//! A GL texture through CUDA, where a GL of the same device is there.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Instant;

use libloading::Library;
use parfocal_base::{Frame, PixelFormat};
use parfocal_nvidia::cuda::{
    Colours, Converter, Device, GlTexture, Layout, PicturePool, Rows, Shape, Stream,
};
use parfocal_nvidia::reference;

use super::checks::unpack;
use super::times::{ROUNDS, SIZES, WARM_UP, print};
use super::{Result, noise};

type Handle = *mut c_void;
type ProcAddress = unsafe extern "C" fn(*const c_char) -> Option<unsafe extern "C" fn()>;

/// One function by its name; `None` where the library lacks it.
macro_rules! function {
    ($ask:expr, $name:literal, fn($($argument:ty),*) -> $result:ty) => {{
        let name = CString::new($name)?;
        // SAFETY: the name ends with a zero.
        let found = unsafe { $ask(name.as_ptr()) }.ok_or(concat!("no ", $name))?;
        // SAFETY: by its name the function has this signature (egl.h, eglext.h, gl.h).
        unsafe {
            #[allow(clippy::useless_transmute, reason = "one of them has just that signature")]
            transmute::<unsafe extern "C" fn(), unsafe extern "C" fn($($argument),*) -> $result>(found)
        }
    }};
}

pub(super) fn interop(device: &Arc<Device>) -> Result<()> {
    // SAFETY: libEGL has no initialiser that asks anything of its caller.
    let library = match unsafe { Library::new("libEGL.so.1") } {
        Ok(library) => Box::leak(Box::new(library)),
        Err(error) => {
            println!("NOT MEASURED: no GL here ({error})");
            return Ok(());
        }
    };
    // SAFETY: eglGetProcAddress of egl.h.
    let ask: ProcAddress = unsafe { *library.get(b"eglGetProcAddress\0")? };
    let current = context(ask, device)?;
    if !current {
        println!("NOT MEASURED: no GL device is CUDA's number {}", device.info().ordinal);
        return Ok(());
    }
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    for (w, h) in SIZES {
        let mut frame = Frame::new(PixelFormat::Rgba8, w, h);
        let pixels = noise(3, frame.data().len());
        frame.data_mut().copy_from_slice(&pixels);
        let name = texture(ask, w, h, &pixels)?;
        // SAFETY: the context was made current above, and the texture stays.
        let mut texture = unsafe { GlTexture::register(device, name, w, h)? };
        let shape = Shape::padded(Layout::Nv12, w, h)?;
        let pool = PicturePool::new(device, shape, 2);
        let (mut whole, mut device_times) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + WARM_UP {
            let mut picture = pool.take()?.ok_or("the pool is empty")?;
            let begun = Instant::now();
            let before = stream.mark()?;
            {
                let mapped = texture.map(&stream)?;
                let rows = Rows::BottomUp;
                converter.convert_texture(&stream, &mapped, rows, &mut picture, Colours::Video)?;
            }
            let picture = picture.publish(&stream)?;
            picture.ready().wait()?;
            if round >= WARM_UP {
                whole.push(begun.elapsed().as_secs_f64() * 1e6);
                device_times.push(picture.ready().micros_since(&before)?);
            }
            if round == 0 {
                let mut bytes = vec![0; shape.bytes()];
                picture.buffer().read(&stream, &mut bytes)?;
                let wanted = reference::convert(&frame, Rows::BottomUp, w, h, Colours::Video);
                let equal = unpack(&shape, &bytes) == wanted.data();
                println!("{w}x{h}: equal to the CPU's conversion: {equal}");
                if !equal {
                    return Err("the texture's pixels are others".into());
                }
            }
        }
        let moved = 4 * (w * h) as usize + PixelFormat::I420.bytes(w, h);
        print(&format!("{w}x{h} map, convert, unmap, on the device"), device_times, moved);
        print(&format!("{w}x{h} map, convert, unmap, by the clock"), whole, moved);
    }
    Ok(())
}

/// Makes a GL context of `device` current; false where EGL has no such device.
fn context(ask: ProcAddress, device: &Device) -> Result<bool> {
    const CUDA_DEVICE: c_int = 0x323A;
    const PLATFORM_DEVICE: c_int = 0x313F;
    const OPENGL: c_int = 0x30A2;
    const MAX_DEVICES: c_int = 16;
    let query = function!(ask, "eglQueryDevicesEXT", fn(c_int, *mut Handle, *mut c_int) -> u32);
    let attribute = function!(ask, "eglQueryDeviceAttribEXT", fn(Handle, c_int, *mut isize) -> u32);
    let display =
        function!(ask, "eglGetPlatformDisplayEXT", fn(c_int, Handle, *const c_int) -> Handle);
    let initialize = function!(ask, "eglInitialize", fn(Handle, *mut c_int, *mut c_int) -> u32);
    let bind = function!(ask, "eglBindAPI", fn(c_int) -> u32);
    let create =
        function!(ask, "eglCreateContext", fn(Handle, Handle, Handle, *const c_int) -> Handle);
    let current = function!(ask, "eglMakeCurrent", fn(Handle, Handle, Handle, Handle) -> u32);
    let mut devices = [null_mut(); MAX_DEVICES as usize];
    let mut count = 0;
    // SAFETY: calls as egl.h and eglext.h describe; every pointer is to a local that outlives it.
    unsafe {
        query(MAX_DEVICES, devices.as_mut_ptr(), &raw mut count);
        for egl in devices.into_iter().take(usize::try_from(count)?) {
            let mut ordinal = -1;
            let known = attribute(egl, CUDA_DEVICE, &raw mut ordinal) == 1;
            if !known || usize::try_from(ordinal) != Ok(device.info().ordinal) {
                continue;
            }
            let shown = display(PLATFORM_DEVICE, egl, std::ptr::null());
            let (mut major, mut minor) = (0, 0);
            if initialize(shown, &raw mut major, &raw mut minor) != 1 || bind(OPENGL) != 1 {
                return Err("EGL does not start on the device".into());
            }
            // Version 4.3.
            let wanted = [0x3098, 4, 0x30FB, 3, 0x3038];
            let context = create(shown, null_mut(), null_mut(), wanted.as_ptr());
            if context.is_null() || current(shown, null_mut(), null_mut(), context) != 1 {
                return Err("no GL context on the device".into());
            }
            println!("EGL {major}.{minor}");
            return Ok(true);
        }
    }
    Ok(false)
}

/// A texture with these pixels.
fn texture(ask: ProcAddress, w: u32, h: u32, pixels: &[u8]) -> Result<u32> {
    const TEXTURE_2D: u32 = 0x0DE1;
    let generate = function!(ask, "glGenTextures", fn(c_int, *mut u32) -> ());
    let bind = function!(ask, "glBindTexture", fn(u32, u32) -> ());
    let storage = function!(ask, "glTexStorage2D", fn(u32, c_int, u32, c_int, c_int) -> ());
    let upload = function!(
        ask,
        "glTexSubImage2D",
        fn(u32, c_int, c_int, c_int, c_int, c_int, u32, u32, *const u8) -> ()
    );
    let finish = function!(ask, "glFinish", fn() -> ());
    let (wide, high) = (c_int::try_from(w)?, c_int::try_from(h)?);
    let mut name = 0;
    // SAFETY: a context is current; `pixels` has 4 bytes for each.
    unsafe {
        generate(1, &raw mut name);
        bind(TEXTURE_2D, name);
        storage(TEXTURE_2D, 1, 0x8058, wide, high);
        upload(TEXTURE_2D, 0, 0, 0, wide, high, 0x1908, 0x1401, pixels.as_ptr());
        finish();
    }
    Ok(name)
}
