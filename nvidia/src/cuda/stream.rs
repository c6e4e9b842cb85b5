//! Streams (work in order) and events (points in it).
#![allow(unsafe_code)]

use std::sync::Arc;

use cudarc::driver::sys::CUevent_flags;
use cudarc::driver::{CudaEvent, CudaStream, sys};

use super::device::Device;
use super::error::{CudaError, Doing};

/// How often an event is asked before whoever waits for it goes to sleep. Asking takes about a
/// microsecond; waking up takes a few hundred on some virtual machines, and most work less.
const ASKED: u32 = 300;

/// Work that a device does in order.
#[derive(Clone, Debug)]
pub struct Stream {
    raw: Arc<CudaStream>,
    device: Arc<Device>,
}

/// A point in a stream's work.
#[derive(Debug)]
pub struct Event(CudaEvent);

impl Stream {
    /// A new stream.
    pub fn new(device: &Arc<Device>) -> Result<Self, CudaError> {
        let raw = device.context().new_stream().doing("open a stream")?;
        Ok(Self { raw, device: Arc::clone(device) })
    }

    /// The device that does the work.
    pub const fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Waits for everything asked so far.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.raw.synchronize().doing("finish its work")
    }

    /// Waits for everything asked so far: awake for a moment, then asleep.
    pub(crate) fn finish(&self) -> Result<(), CudaError> {
        match self.mark() {
            Ok(here) => here.wait(),
            Err(error) => self.synchronize().and(Err(error)),
        }
    }

    /// Marks this point.
    pub fn mark(&self) -> Result<Event, CudaError> {
        // Whoever waits for it sleeps, instead of keeping a core busy.
        let event = self.raw.record_event(Some(CUevent_flags::CU_EVENT_BLOCKING_SYNC));
        Ok(Event(event.doing("mark a point")?))
    }

    /// Lets what is asked from here on begin after `event`.
    pub fn begin_after(&self, event: &Event) -> Result<(), CudaError> {
        self.raw.wait(&event.0).doing("wait for another stream")
    }

    pub(crate) fn raw(&self) -> sys::CUstream {
        self.raw.cu_stream()
    }
}

impl Event {
    /// Whether the work before it is done.
    pub fn is_done(&self) -> bool {
        self.0.context().bind_to_thread().is_ok() && self.0.is_complete()
    }

    /// Waits until the work before it is done: awake for a moment, then asleep.
    pub fn wait(&self) -> Result<(), CudaError> {
        if (0..ASKED).any(|_| self.is_done()) {
            return Ok(());
        }
        self.0.synchronize().doing("finish its work")
    }

    /// Microseconds of the device's time from `earlier` to `self`, waiting for both.
    pub fn micros_since(&self, earlier: &Self) -> Result<f64, CudaError> {
        let millis = earlier.0.elapsed_ms(&self.0).doing("measure time")?;
        Ok(f64::from(millis) * 1000.0)
    }
}
