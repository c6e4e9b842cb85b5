//! One encoded stream of a view: what it is encoded as, the picture that waits, who reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parfocal_base::{Instant, ViewId};
use parfocal_encode::allocate::RenditionId;
use parfocal_encode::codec::MIN_SIDE;
use parfocal_sync::message::PixelCodec;
use parking_lot::{Mutex, RwLock};

use super::encoder::EncoderMsg;
use super::member::Member;
use super::quality;
use crate::address::Address;
use crate::machine::pace::Readers;
use crate::pixels::Picture;
use crate::video::{Used, ViewFrame};

/// Counts renditions of this process: each has a number of its own for ever.
static RENDITIONS: AtomicU64 = AtomicU64::new(1);

/// What a rendition is encoded as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Width and height in pixels: at most those of the canvas.
    pub(crate) size: [u32; 2],
    /// The canvas that this was chosen for.
    pub(crate) canvas: [u32; 2],
    /// Pictures a second at most.
    pub(crate) fps: u32,
    /// Bits a second.
    pub(crate) bitrate: u32,
    /// No key picture for who joins before this.
    pub(crate) key_at: Instant,
}

impl Spec {
    /// The size of a picture that was painted at this size: a canvas that has just changed shows
    /// before the next look at who shares what, and keeps its shape.
    pub(crate) fn size_of(&self, painted: [u32; 2]) -> [u32; 2] {
        if painted == self.canvas {
            return self.size;
        }
        let side = |painted: u32, size: u32, canvas: u32| {
            let scaled = u64::from(painted) * u64::from(size) / u64::from(canvas.max(1));
            let scaled = u32::try_from(scaled).unwrap_or(painted) & !1;
            scaled.clamp(MIN_SIDE.min(painted), painted)
        };
        let ([width, height], [wide, high]) = (self.size, self.canvas);
        [side(painted[0], width, wide), side(painted[1], height, high)]
    }
}

/// One encoded stream of a view.
pub struct Rendition {
    pub(crate) serial: u64,
    /// As the allocator names it.
    pub(crate) id: RenditionId,
    pub(crate) view: ViewId,
    pub(crate) codec: PixelCodec,
    pub(crate) address: Address<EncoderMsg>,
    /// Who gets its pictures, and who is to get them from the next key picture on.
    pub(crate) readers: RwLock<Vec<Arc<Member>>>,
    spec: Mutex<Spec>,
    /// When the next picture may be encoded.
    next: Mutex<Instant>,
    /// Latest wins: a picture that was not taken is replaced by the next.
    latest: Mutex<Option<ViewFrame>>,
    poked: AtomicBool,
    /// The encoder waits for room; see [`Readers::starved`].
    pub(crate) starved: AtomicBool,
    /// What encodes it.
    pub(crate) used: Arc<Mutex<Used>>,
}

impl Rendition {
    pub(crate) fn new(view: ViewId, id: RenditionId, codec: PixelCodec) -> Self {
        Self {
            serial: RENDITIONS.fetch_add(1, Ordering::Relaxed),
            id,
            view,
            codec,
            address: Address::default(),
            readers: RwLock::default(),
            spec: Mutex::default(),
            next: Mutex::new(Instant::ZERO),
            latest: Mutex::default(),
            poked: AtomicBool::new(false),
            starved: AtomicBool::new(false),
            used: Arc::default(),
        }
    }

    /// Puts a picture in the place of the one that was not taken.
    pub(crate) fn put(&self, frame: ViewFrame) {
        let missed = self.latest.lock().replace(frame).is_some();
        if missed {
            self.readers.read().iter().for_each(|member| member.pixels.missed(self.serial));
        }
        self.poke();
    }

    /// The newest picture, if it was not taken yet.
    pub(crate) fn take(&self) -> Option<ViewFrame> {
        self.poked.store(false, Ordering::Release);
        self.latest.lock().take()
    }

    /// Lets the encoder look at its readers; pokes that it has not seen yet are merged.
    pub(crate) fn poke(&self) {
        if !self.poked.swap(true, Ordering::AcqRel) && !self.address.send(EncoderMsg::Poked) {
            self.poked.store(false, Ordering::Release);
        }
    }

    /// What it is encoded as from now on.
    pub(crate) fn set_spec(&self, spec: Spec) {
        let before = std::mem::replace(&mut *self.spec.lock(), spec);
        if before.size != spec.size {
            quality::count_rendition(self.codec, before.size, -1.0);
            quality::count_rendition(self.codec, spec.size, 1.0);
        }
    }

    pub(crate) fn spec(&self) -> Spec {
        *self.spec.lock()
    }

    /// The next picture is to be encoded at that time, and not before.
    pub(crate) fn set_next(&self, at: Instant) {
        *self.next.lock() = at;
    }

    /// Who could take a picture, and from when on.
    pub(crate) fn could_read(&self, now: Instant) -> Readers {
        let readers = self.readers.read();
        let one = |member: &Arc<Member>| member.pixels.readers(self.serial, now);
        let all = readers.iter().map(one).fold(Readers::default(), Readers::and);
        // Where one of them has room already, nobody's word changes anything: hundreds of clients
        // would have hundreds of clients looked at.
        let starved = all.starved || all.flowing.is_none_or(|at| at > now);
        let key_at = self.spec.lock().key_at;
        let joining = all.joining.map(|at| at.max(key_at));
        Readers { joining, starved, ..all }.not_before(*self.next.lock())
    }

    /// Gives a picture to every reader that can use it.
    pub(crate) fn publish(&self, picture: &Picture) {
        for member in self.readers.read().iter() {
            member.pixels.offer(picture);
        }
    }
}

impl Drop for Rendition {
    fn drop(&mut self) {
        quality::count_rendition(self.codec, self.spec().size, -1.0);
    }
}
