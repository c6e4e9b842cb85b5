//! The driver's library: whether it is there, and what the bindings leave out.
//!
//! The bindings open it themselves at their first use and panic where they find none, or one that
//! lacks a function they name. So nothing may touch them before [`driver`] has answered.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint};
use std::panic::catch_unwind;
use std::sync::OnceLock;

use cudarc::driver::sys;
use libloading::Library;

use super::error::{CudaError, Doing, OLDEST_DRIVER};

/// Names of the library, in the order that the bindings try them.
const NAMES: [&str; 2] = ["libcuda.so", "libcuda.so.1"];

/// `cuGraphicsGLRegisterImage`, which the bindings leave out.
pub(crate) type RegisterImage = unsafe extern "C" fn(
    resource: *mut sys::CUgraphicsResource,
    image: c_uint,
    target: c_uint,
    flags: c_uint,
) -> sys::CUresult;

/// The opened driver. Never closed: CUDA keeps threads of its own.
#[derive(Debug)]
pub(crate) struct Driver {
    /// In CUDA's numbers: 13000 is 13.0.
    pub(crate) version: i32,
    pub(crate) register_image: RegisterImage,
}

/// The driver, or why there is none. Asked once; the answer stays for the process's life.
pub(crate) fn driver() -> Result<&'static Driver, CudaError> {
    static DRIVER: OnceLock<Result<Driver, CudaError>> = OnceLock::new();
    DRIVER.get_or_init(open).as_ref().map_err(Clone::clone)
}

fn open() -> Result<Driver, CudaError> {
    let missing = |error: &libloading::Error| CudaError::NoDriver(error.to_string());
    let mut last = CudaError::NoDriver("no name to try".to_owned());
    let mut found = None;
    for name in NAMES {
        // SAFETY: the driver's library has no initialiser that asks anything of its caller.
        match unsafe { Library::new(name) } {
            Ok(library) => {
                found = Some(library);
                break;
            }
            Err(error) => last = missing(&error),
        }
    }
    let library = Box::leak(Box::new(found.ok_or(last)?));
    // SAFETY: these are the signatures of cuda.h; the library is never unloaded.
    let (version_of, register_image) = unsafe {
        let version: libloading::Symbol<'_, unsafe extern "C" fn(*mut c_int) -> c_int> =
            library.get(b"cuDriverGetVersion\0").map_err(|e| missing(&e))?;
        let register: libloading::Symbol<'_, RegisterImage> =
            library.get(b"cuGraphicsGLRegisterImage\0").map_err(|e| missing(&e))?;
        (*version, *register)
    };
    let mut version = 0;
    // SAFETY: it writes one number, and may be called before cuInit.
    match unsafe { version_of(&raw mut version) } {
        0 if version < OLDEST_DRIVER => return Err(CudaError::DriverTooOld(version)),
        0 => {}
        // The toolkit's stub answers 34 to everything.
        code => return Err(CudaError::NoDriver(format!("its library answers {code}"))),
    }
    // SAFETY: opens the same library again and looks up its functions.
    catch_unwind(|| unsafe { sys::culib() }.cuInit as usize)
        .map_err(|_| CudaError::NoDriver("its library lacks functions of its version".into()))?;
    // SAFETY: the library is there; any thread may initialise it, any number of times.
    unsafe { sys::cuInit(0) }.doing("start")?;
    Ok(Driver { version, register_image })
}
