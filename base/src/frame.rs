//! Rendered pictures in host memory, and the counted leases under which they are read.
//!
//! A renderer takes an empty [`Frame`] from a [`FramePool`], paints it, and publishes it as a
//! [`FrameLease`]. The memory goes back to the pool when the last lease is dropped, so that a
//! frame is never overwritten while an encoder reads it. An exhausted pool answers `None`: the
//! frame is dropped before it is rendered, never after.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::id::ViewId;
use crate::time::Instant;

/// Layout of a frame's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// 4 bytes a pixel, rows top to bottom without padding, sRGB, opaque alpha.
    Rgba8,
    /// Planar Y, then U, then V, each without padding; U and V have half the width and height
    /// (rounded up). BT.709 matrix, limited range.
    I420,
}

impl PixelFormat {
    /// Bytes of a frame of `width` × `height` pixels.
    pub const fn bytes(self, width: u32, height: u32) -> usize {
        let (w, h) = (width as usize, height as usize);
        match self {
            Self::Rgba8 => w * h * 4,
            Self::I420 => w * h + 2 * w.div_ceil(2) * h.div_ceil(2),
        }
    }
}

/// What is known about a picture besides its pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameMeta {
    /// The view that was rendered.
    pub view: ViewId,
    /// Revision of the scene document that the picture shows.
    pub revision: u64,
    /// When the scene was read for this picture.
    pub captured: Instant,
    /// Microseconds that rendering took.
    pub render_us: u32,
    /// Whether every chunk was there at the wanted level (no coarser stand-in).
    pub complete: bool,
}

/// A picture in host memory.
#[derive(Debug)]
pub struct Frame {
    format: PixelFormat,
    width: u32,
    height: u32,
    data: Vec<u8>,
    /// What the picture shows.
    pub meta: FrameMeta,
}

impl Frame {
    /// A black (RGBA: transparent black; I420: zeros) frame outside any pool.
    pub fn new(format: PixelFormat, width: u32, height: u32) -> Self {
        let data = vec![0; format.bytes(width, height)];
        Self { format, width, height, data, meta: FrameMeta::default() }
    }

    /// Layout of the bytes.
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// All bytes.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, for the painter.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// The Y, U and V planes of an I420 frame; `None` for another format.
    pub fn planes(&self) -> Option<[&[u8]; 3]> {
        if self.format != PixelFormat::I420 {
            return None;
        }
        let (luma, chroma) = self.plane_sizes();
        let (y, uv) = self.data.split_at(luma);
        let (u, v) = uv.split_at(chroma);
        Some([y, u, v])
    }

    /// The Y, U and V planes of an I420 frame, for the painter; `None` for another format.
    pub fn planes_mut(&mut self) -> Option<[&mut [u8]; 3]> {
        if self.format != PixelFormat::I420 {
            return None;
        }
        let (luma, chroma) = self.plane_sizes();
        let (y, uv) = self.data.split_at_mut(luma);
        let (u, v) = uv.split_at_mut(chroma);
        Some([y, u, v])
    }

    const fn plane_sizes(&self) -> (usize, usize) {
        let (w, h) = (self.width as usize, self.height as usize);
        (w * h, w.div_ceil(2) * h.div_ceil(2))
    }
}

/// A bounded set of frame buffers, shared by clones.
#[derive(Clone, Debug)]
pub struct FramePool {
    inner: Arc<PoolInner>,
}

#[derive(Debug)]
struct PoolInner {
    free: Mutex<Vec<Vec<u8>>>,
    leased: AtomicUsize,
    limit: usize,
}

impl FramePool {
    /// A pool that lends at most `limit` frames at a time.
    pub fn new(limit: usize) -> Self {
        let inner = PoolInner { free: Mutex::default(), leased: AtomicUsize::new(0), limit };
        Self { inner: Arc::new(inner) }
    }

    /// Lends a frame with unspecified content, or `None` when all are lent.
    pub fn take(&self, format: PixelFormat, width: u32, height: u32) -> Option<FrameMut> {
        let limit = self.inner.limit;
        let lend = |n: usize| (n < limit).then_some(n + 1);
        self.inner.leased.fetch_update(Ordering::AcqRel, Ordering::Acquire, lend).ok()?;
        let mut data = self.inner.free.lock().pop().unwrap_or_default();
        data.resize(format.bytes(width, height), 0);
        let frame = Frame { format, width, height, data, meta: FrameMeta::default() };
        Some(FrameMut(Lent { frame, pool: Arc::clone(&self.inner) }))
    }

    /// How many frames are lent now.
    pub fn leased(&self) -> usize {
        self.inner.leased.load(Ordering::Acquire)
    }
}

#[derive(Debug)]
struct Lent {
    frame: Frame,
    pool: Arc<PoolInner>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.frame.data);
        self.pool.free.lock().push(data);
        self.pool.leased.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Exclusive ownership of a lent frame: the painter's end.
#[derive(Debug)]
pub struct FrameMut(Lent);

impl FrameMut {
    /// The frame to paint.
    pub fn frame(&mut self) -> &mut Frame {
        &mut self.0.frame
    }

    /// Ends painting: from now on the frame is shared and read-only.
    pub fn publish(self) -> FrameLease {
        FrameLease(Arc::new(self.0))
    }
}

/// A shared, read-only frame. The last clone to be dropped gives the memory back.
#[derive(Clone, Debug)]
pub struct FrameLease(Arc<Lent>);

impl Deref for FrameLease {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.0.frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_lends_up_to_its_limit_and_takes_back_on_the_last_drop() {
        let pool = FramePool::new(2);
        let first = pool.take(PixelFormat::Rgba8, 4, 2).unwrap().publish();
        let second = pool.take(PixelFormat::I420, 3, 3).unwrap();
        assert!(pool.take(PixelFormat::Rgba8, 1, 1).is_none());
        let reader = first.clone();
        drop(first);
        assert_eq!(pool.leased(), 2);
        drop(reader);
        drop(second);
        assert_eq!(pool.leased(), 0);
        assert!(pool.take(PixelFormat::Rgba8, 8, 8).is_some());
    }

    #[test]
    fn planes_of_odd_sizes_cover_all_bytes() {
        let frame = Frame::new(PixelFormat::I420, 5, 3);
        let sizes = frame.planes().unwrap().map(<[u8]>::len);
        assert_eq!(sizes, [15, 6, 6]);
        assert_eq!(frame.data().len(), 27);
    }
}
