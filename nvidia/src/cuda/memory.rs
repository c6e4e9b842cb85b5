//! Memory of the device, and page-locked memory of the host.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ops::Deref;
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use cudarc::driver::{result, sys};

use super::device::Device;
use super::error::{CudaError, Doing};
use super::stream::Stream;

/// Bytes of the device's memory, freed when dropped.
#[derive(Debug)]
pub struct DeviceBuffer {
    address: sys::CUdeviceptr,
    bytes: usize,
    device: Arc<Device>,
}

impl DeviceBuffer {
    /// At least one byte of memory, all zeros, at an address that 256 divides. Whole pictures are
    /// copied with the bytes between their rows, which nobody else writes.
    pub fn new(device: &Arc<Device>, bytes: usize) -> Result<Self, CudaError> {
        const DOING: &str = "keep a picture on the device";
        device.bind()?;
        // SAFETY: allocates; the context is bound.
        let address = unsafe { result::malloc_sync(bytes.max(1)) }.doing(DOING)?;
        let new = Self { address, bytes, device: Arc::clone(device) };
        // SAFETY: so many bytes were just allocated. The second call waits until it is done: other
        // streams do not.
        unsafe {
            result::memset_d8_sync(address, 0, bytes.max(1)).doing(DOING)?;
            result::stream::synchronize(std::ptr::null_mut()).doing(DOING)?;
        }
        Ok(new)
    }

    /// Its address on the device.
    pub const fn address(&self) -> u64 {
        self.address
    }

    /// How many bytes it has.
    pub const fn len(&self) -> usize {
        self.bytes
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The device that it is on.
    pub const fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Fills the first bytes with `from`, as many as fit, and waits until that is done.
    pub fn write(&mut self, from: &[u8]) -> Result<(), CudaError> {
        self.device.bind()?;
        let from = from.get(..self.bytes).unwrap_or(from);
        // SAFETY: `from` is no longer than the buffer; the call returns when the copy is made.
        unsafe { result::memcpy_htod_sync(self.address, from) }.doing("copy to the device")
    }

    /// Copies the first bytes out, as many as both have, after everything that `stream` was asked.
    pub fn read(&self, stream: &Stream, to: &mut [u8]) -> Result<(), CudaError> {
        let count = self.bytes.min(to.len());
        let to = to.get_mut(..count).unwrap_or_default();
        self.device.bind()?;
        // SAFETY: `to` is no longer than the buffer, and stays borrowed until the stream is done.
        let asked = unsafe { result::memcpy_dtoh_async(to, self.address, stream.raw()) };
        let done = stream.synchronize();
        asked.doing("copy from the device").and(done)
    }
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        // Freeing waits for what the device still does with it. A lost device has nothing to free.
        if self.device.bind().is_ok() {
            // SAFETY: the address came from malloc_sync and is freed once.
            let _ = unsafe { result::free_sync(self.address) };
        }
    }
}

/// Copies rows of `row` bytes without gaps to rows `pitch` apart that begin at `offset` of `to`.
/// Done when it returns: the rows are in memory that CUDA does not know.
pub(crate) fn copy_rows(
    stream: &Stream,
    rows: &[u8],
    row: usize,
    to: &DeviceBuffer,
    offset: usize,
    pitch: usize,
) -> Result<(), CudaError> {
    const DOING: &str = "copy a plane to the device";
    let count = rows.len().checked_div(row).unwrap_or(0);
    let end = offset + pitch * count.saturating_sub(1) + row;
    if count == 0 || row > pitch || end > to.len() {
        return Err(CudaError::Call { doing: DOING, code: 0 });
    }
    let copy = sys::CUDA_MEMCPY2D {
        srcHost: rows.as_ptr().cast(),
        srcPitch: row,
        ..rows_to_device(to.address + offset as u64, pitch, row, count)
    };
    to.device.bind()?;
    // SAFETY: `rows` holds `count` rows, `to` as many at its pitch, as was just checked; `rows` is
    // borrowed until the stream is done.
    let asked = unsafe { sys::cuMemcpy2DAsync_v2(&raw const copy, stream.raw()) };
    let done = stream.synchronize();
    asked.doing(DOING).and(done)
}

/// A copy of `count` rows of `row` bytes from nowhere in the host's memory yet. Not zeroed memory: the
/// kinds of memory have no zero.
pub(super) const fn rows_to_device(
    address: sys::CUdeviceptr,
    pitch: usize,
    row: usize,
    count: usize,
) -> sys::CUDA_MEMCPY2D {
    sys::CUDA_MEMCPY2D {
        srcXInBytes: 0,
        srcY: 0,
        srcMemoryType: sys::CUmemorytype::CU_MEMORYTYPE_HOST,
        srcHost: std::ptr::null(),
        srcDevice: 0,
        srcArray: std::ptr::null_mut(),
        srcPitch: 0,
        dstXInBytes: 0,
        dstY: 0,
        dstMemoryType: sys::CUmemorytype::CU_MEMORYTYPE_DEVICE,
        dstHost: std::ptr::null_mut(),
        dstDevice: address,
        dstArray: std::ptr::null_mut(),
        dstPitch: pitch,
        WidthInBytes: row,
        Height: count,
    }
}

/// Page-locked memory of the host, which the device reads and writes by itself.
#[derive(Debug)]
pub struct PinnedBuffer {
    address: NonNull<u8>,
    bytes: usize,
    device: Arc<Device>,
}

// SAFETY: plain memory that this value alone owns.
unsafe impl Send for PinnedBuffer {}
// SAFETY: a shared reference only reads it; the device writes under `&mut`.
unsafe impl Sync for PinnedBuffer {}

impl PinnedBuffer {
    /// `bytes` of zeroed memory, cached by the processor (write-combined memory is slow to read).
    pub fn new(device: &Arc<Device>, bytes: usize) -> Result<Self, CudaError> {
        const DOING: &str = "page-lock memory of the host";
        device.bind()?;
        // SAFETY: allocates; the context is bound.
        let raw = unsafe { result::malloc_host(bytes.max(1), 0) }.doing(DOING)?;
        let address = NonNull::new(raw.cast::<u8>()).ok_or(CudaError::OutOfMemory(DOING))?;
        // SAFETY: at least so many bytes were just allocated.
        unsafe { address.as_ptr().write_bytes(0, bytes) };
        Ok(Self { address, bytes, device: Arc::clone(device) })
    }

    /// All bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the bytes are initialised, and borrowed mutably with `self`.
        unsafe { slice::from_raw_parts_mut(self.address.as_ptr(), self.bytes) }
    }

    /// The address, for a copy that the device makes.
    ///
    /// Whoever gives it to the device must keep `self` alive, and unread, until that is done.
    pub(crate) const fn raw(&self) -> *mut c_void {
        self.address.as_ptr().cast()
    }
}

impl Deref for PinnedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the bytes are initialised; see `raw` for copies that are under way.
        unsafe { slice::from_raw_parts(self.address.as_ptr(), self.bytes) }
    }
}

impl Drop for PinnedBuffer {
    fn drop(&mut self) {
        if self.device.bind().is_ok() {
            // SAFETY: the address came from malloc_host and is freed once.
            let _ = unsafe { result::free_host(self.address.as_ptr().cast()) };
        }
    }
}
