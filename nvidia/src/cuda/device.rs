//! Devices and their contexts.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::{Arc, OnceLock};

use cudarc::driver::sys::CUdevice_attribute as Attribute;
use cudarc::driver::{CudaContext, result};

use super::driver::driver;
use super::error::{CudaError, Doing};
use super::kernels::Kernels;

/// What is known about a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// CUDA's number of it: what EGL calls `EGL_CUDA_DEVICE_NV`.
    pub ordinal: usize,
    /// Its name, such as `NVIDIA L4`.
    pub name: String,
    /// Compute capability, major and minor.
    pub capability: (i32, i32),
    /// Bytes of memory.
    pub memory: usize,
    /// The driver's CUDA version: 13000 is 13.0.
    pub driver: i32,
}

/// An open device. It uses the device's primary context, as GL interop, nvJPEG and other libraries
/// of one process do. Every call binds the context to the calling thread first.
#[derive(Debug)]
pub struct Device {
    context: Arc<CudaContext>,
    info: DeviceInfo,
    kernels: OnceLock<Kernels>,
}

/// How many devices the driver shows.
pub fn device_count() -> Result<usize, CudaError> {
    driver()?;
    let count = CudaContext::device_count().doing("count devices")?;
    Ok(usize::try_from(count).unwrap_or(0))
}

impl Device {
    /// Opens the device with that number.
    pub fn open(ordinal: usize) -> Result<Arc<Self>, CudaError> {
        let version = driver()?.version;
        let count = device_count()?;
        if ordinal >= count {
            return Err(CudaError::NoDevice { ordinal, count });
        }
        let context = CudaContext::new(ordinal).doing("open a device")?;
        let number =
            |attribute| context.attribute(attribute).doing("say what the device is capable of");
        let capability = (
            number(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
            number(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
        );
        // SAFETY: the device's handle is the context's own, which is alive.
        let memory = unsafe { result::device::total_mem(context.cu_device()) }
            .doing("say how much memory the device has")?;
        let name = context.name().doing("name the device")?;
        let info = DeviceInfo { ordinal, name, capability, memory, driver: version };
        Ok(Arc::new(Self { context, info, kernels: OnceLock::new() }))
    }

    /// What is known about the device.
    pub const fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Bytes of the device's memory that are free now, and all of them.
    pub fn memory(&self) -> Result<(usize, usize), CudaError> {
        self.bind()?;
        result::mem_get_info().doing("say how much memory is free")
    }

    /// Waits until everything asked of the device is done.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.context.synchronize().doing("finish its work")
    }

    /// The context, for libraries that take it as a `void *`. It lives as long as `self`.
    pub fn raw_context(&self) -> *mut c_void {
        self.context.cu_ctx().cast()
    }

    pub(crate) const fn context(&self) -> &Arc<CudaContext> {
        &self.context
    }

    /// The conversion kernels, loaded when they are first needed.
    pub(super) fn kernels(&self) -> Result<&Kernels, CudaError> {
        if let Some(kernels) = self.kernels.get() {
            return Ok(kernels);
        }
        self.bind()?;
        // Two threads may load them at the same time; one's are unloaded again.
        if let Err(others) = self.kernels.set(Kernels::load()?) {
            others.unload();
        }
        self.kernels.get().ok_or(CudaError::Call { doing: "keep the kernels", code: 0 })
    }

    /// Makes the context the calling thread's current one.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        self.context.bind_to_thread().doing("take up work on this thread")
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if let Some(kernels) = self.kernels.take()
            && self.bind().is_ok()
        {
            kernels.unload();
        }
    }
}
