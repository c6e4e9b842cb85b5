//! Pictures in the device's memory, and the leases under which they are read.
//!
//! The same discipline as for frames in host memory (`parfocal_base::FramePool`): a picture is
//! written by one owner, then shared read-only; its memory is used again when the last lease is
//! dropped. What reads on a stream of its own begins after the lease's event, and keeps the lease
//! until its own work is done, so that nothing is overwritten while it is read.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::device::Device;
use super::error::CudaError;
use super::memory::DeviceBuffer;
use super::shape::Shape;
use super::stream::{Event, Stream};

/// A bounded set of pictures of one shape.
#[derive(Clone, Debug)]
pub struct PicturePool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    device: Arc<Device>,
    shape: Shape,
    free: Mutex<Vec<Arc<DeviceBuffer>>>,
    leased: AtomicUsize,
    limit: usize,
}

impl PicturePool {
    /// A pool that lends at most `limit` pictures at a time. Memory is taken as they are lent.
    pub fn new(device: &Arc<Device>, shape: Shape, limit: usize) -> Self {
        let device = Arc::clone(device);
        let (free, leased) = (Mutex::default(), AtomicUsize::new(0));
        Self { inner: Arc::new(Inner { device, shape, free, leased, limit }) }
    }

    /// What its pictures are like.
    pub fn shape(&self) -> Shape {
        self.inner.shape
    }

    /// Lends a picture with unspecified content, or `None` when all are lent.
    pub fn take(&self) -> Result<Option<PictureMut>, CudaError> {
        let limit = self.inner.limit;
        let lend = |n: usize| (n < limit).then_some(n + 1);
        if self.inner.leased.fetch_update(Ordering::AcqRel, Ordering::Acquire, lend).is_err() {
            return Ok(None);
        }
        let kept = self.inner.free.lock().pop();
        let made = match kept {
            Some(buffer) => Ok(buffer),
            None => DeviceBuffer::new(&self.inner.device, self.inner.shape.bytes()).map(Arc::new),
        };
        match made {
            Ok(buffer) => Ok(Some(PictureMut(Lent { buffer, pool: Arc::clone(&self.inner) }))),
            Err(error) => {
                self.inner.leased.fetch_sub(1, Ordering::AcqRel);
                Err(error)
            }
        }
    }

    /// How many pictures are lent now.
    pub fn leased(&self) -> usize {
        self.inner.leased.load(Ordering::Acquire)
    }
}

/// A picture that belongs to somebody for the moment.
#[derive(Debug)]
pub struct Lent {
    buffer: Arc<DeviceBuffer>,
    pool: Arc<Inner>,
}

impl Lent {
    /// Where everything is.
    pub fn shape(&self) -> Shape {
        self.pool.shape
    }

    /// The memory. The same buffers come back again and again, so that an encoder may register it.
    pub const fn buffer(&self) -> &Arc<DeviceBuffer> {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.pool.free.lock().push(Arc::clone(&self.buffer));
        self.pool.leased.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Exclusive ownership of a picture: the writer's end.
#[derive(Debug)]
pub struct PictureMut(Lent);

impl PictureMut {
    /// Ends writing: what `stream` was asked so far makes the picture. From now on it is shared and
    /// read-only.
    pub fn publish(self, stream: &Stream) -> Result<PictureLease, CudaError> {
        let ready = match stream.mark() {
            Ok(ready) => ready,
            Err(error) => {
                // Without the mark nobody could tell when the memory is free to be written again.
                let _ = stream.synchronize();
                return Err(error);
            }
        };
        Ok(PictureLease(Arc::new(Ready { lent: self.0, ready })))
    }
}

impl Deref for PictureMut {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        &self.0
    }
}

#[derive(Debug)]
struct Ready {
    lent: Lent,
    ready: Event,
}

impl Drop for Ready {
    fn drop(&mut self) {
        // A picture that nobody waited for may still be being written.
        let _ = self.ready.wait();
    }
}

/// A shared, read-only picture. The last clone to be dropped gives the memory back.
#[derive(Clone, Debug)]
pub struct PictureLease(Arc<Ready>);

impl PictureLease {
    /// The point from which on the picture is complete.
    pub fn ready(&self) -> &Event {
        &self.0.ready
    }
}

impl Deref for PictureLease {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        &self.0.lent
    }
}
