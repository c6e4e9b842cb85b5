//! The way of bytes to the device: through a ring of host memory that the device copies from in its
//! own time, so that nothing waits for a copy but for a ring that has come round.

use std::rc::Rc;

use crate::error::GlError;
use crate::raw::{Api, Buffer, Fence, Mapping, Usage};

/// Bytes of a part of the ring: several of the largest bricks (2 MiB), and all of most frames.
const PART: usize = 8 << 20;
/// Parts: one is filled while the device copies from the others.
const PARTS: usize = 4;

/// The ring.
pub(crate) struct Staging {
    api: Rc<Api>,
    // The mapping ends before the buffer.
    mapping: Option<Mapping>,
    buffer: Buffer,
    part: usize,
    /// Bytes of the part that are used, and from which on it is mapped.
    used: usize,
    mapped: usize,
    fences: [Option<Fence>; PARTS],
    copies: Vec<Copy>,
}

struct Copy {
    from: usize,
    to: usize,
    bytes: usize,
}

impl Staging {
    /// Bytes at most in one piece.
    pub(crate) const MOST: usize = PART;

    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        Ok(Self {
            api: Rc::clone(api),
            mapping: None,
            buffer: Buffer::new(api, PART * PARTS, Usage::ToDevice)?,
            part: 0,
            used: 0,
            mapped: 0,
            fences: [const { None }; PARTS],
            copies: Vec::new(),
        })
    }

    /// Lets `fill` write `bytes` (at most [`Self::MOST`]; a multiple of four), to be copied to byte
    /// `to` of `target` at the next [`Staging::flush`].
    pub(crate) fn put(
        &mut self,
        target: &Buffer,
        to: usize,
        bytes: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<(), GlError> {
        if self.used + bytes > PART {
            self.flush(target)?;
            if let Some(fence) = self.fences.get_mut(self.part) {
                *fence = Some(Fence::new(&self.api)?);
            }
            self.part = (self.part + 1) % PARTS;
            self.used = 0;
        }
        let start = self.part * PART;
        if self.mapping.is_none() {
            if let Some(fence) = self.fences.get_mut(self.part).and_then(Option::take) {
                fence.wait()?;
            }
            self.mapping = Some(self.buffer.map_to_write(start + self.used, PART - self.used)?);
            self.mapped = self.used;
        }
        let at = self.used - self.mapped;
        if let Some(to) = self.mapping.as_mut().and_then(|m| m.data_mut().get_mut(at..at + bytes)) {
            fill(to);
        }
        self.copies.push(Copy { from: start + self.used, to, bytes });
        self.used += bytes;
        Ok(())
    }

    /// Sends what was put.
    pub(crate) fn flush(&mut self, target: &Buffer) -> Result<(), GlError> {
        self.mapping = None;
        for copy in self.copies.drain(..) {
            target.copy_from(&self.buffer, copy.from, copy.to, copy.bytes);
        }
        self.api.check()
    }
}
