//! What is known about an open view: its last picture, who watches it, its encoders.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use parfocal_base::{FrameLease, FramePool, PixelFormat, ViewId};
use parfocal_encode::allocate::Allocator;
use parfocal_render::DrawList;
use parking_lot::{Mutex, RwLock};

use super::member::Member;
use super::rendition::Rendition;
use super::still::StillMsg;
use super::view::ViewMsg;
use crate::address::Address;
use crate::budget::Share;
use crate::stills::Stills;
use crate::video::ViewFrame;

/// Pictures of one view that are held at a time: one painted, one encoded, one that waits, one
/// that rests in each encoder for who joins, the last still and the one before, and the last one of
/// a format that nobody takes any more.
const FRAMES_PER_VIEW: usize = 9;

/// Why a view is told to look around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Poke {
    Scene = 1,
    Chunks = 2,
    Readers = 4,
    /// Somebody came or went, or takes another format.
    Viewers = 8,
    /// The last picture cannot be had from where it is.
    Lost = 16,
}

/// The last picture of each format and what it was painted from, so that the next one copies what did
/// not change. It holds leases that the view's last picture and its last still have anyway.
#[derive(Default)]
pub(crate) struct Painted {
    rgba: Mutex<Option<(DrawList, FrameLease)>>,
    i420: Mutex<Option<(DrawList, FrameLease)>>,
}

impl Painted {
    fn of(&self, format: PixelFormat) -> &Mutex<Option<(DrawList, FrameLease)>> {
        match format {
            PixelFormat::Rgba8 => &self.rgba,
            PixelFormat::I420 => &self.i420,
        }
    }

    pub(crate) fn take(&self, format: PixelFormat) -> Option<(DrawList, FrameLease)> {
        self.of(format).lock().take()
    }

    pub(crate) fn put(&self, list: DrawList, frame: FrameLease) {
        let format = frame.format();
        *self.of(format).lock() = Some((list, frame));
    }
}

/// What is known about an open view with somebody who looks at it.
pub struct ViewBoard {
    /// Name of the session.
    pub(crate) session: Arc<str>,
    pub(crate) id: ViewId,
    pub(crate) address: Address<ViewMsg>,
    /// Codes its stills.
    pub(crate) still: Address<StillMsg>,
    pub(crate) stills: Arc<Stills>,
    pub(crate) pool: FramePool,
    pub(crate) latest: Mutex<Option<ViewFrame>>,
    /// What the next picture is compared with.
    pub(crate) painted: Painted,
    /// Who watches it.
    pub(crate) viewers: RwLock<Vec<Arc<Member>>>,
    /// How many encoders it has.
    pub(crate) encoders: Share,
    /// Says who shares which encoder.
    pub(crate) allocator: Mutex<Allocator>,
    pub(crate) renditions: RwLock<Vec<Arc<Rendition>>>,
    /// The view waits for room; see [`Readers::starved`](crate::machine::pace::Readers).
    pub(crate) starved: AtomicBool,
    pokes: AtomicU8,
}

impl ViewBoard {
    pub(crate) fn new(session: Arc<str>, id: ViewId, encoders: Share) -> Self {
        Self {
            encoders,
            session,
            id,
            address: Address::default(),
            still: Address::default(),
            stills: Arc::default(),
            pool: FramePool::new(FRAMES_PER_VIEW),
            latest: Mutex::default(),
            painted: Painted::default(),
            viewers: RwLock::default(),
            allocator: Mutex::default(),
            renditions: RwLock::default(),
            starved: AtomicBool::new(false),
            pokes: AtomicU8::new(0),
        }
    }

    /// Tells the view's actor to look; pokes that it has not seen yet are merged.
    pub(crate) fn poke(&self, why: Poke) {
        let first = self.pokes.fetch_or(why as u8, Ordering::AcqRel) == 0;
        if first && !self.address.send(ViewMsg::Poked) {
            self.pokes.store(0, Ordering::Release);
        }
    }

    /// What the view was poked for since it last asked.
    pub(crate) fn take_pokes(&self) -> impl Fn(Poke) -> bool + use<> {
        let pokes = self.pokes.swap(0, Ordering::AcqRel);
        move |why| pokes & why as u8 != 0
    }

    /// A new picture for every rendition.
    pub(crate) fn publish(&self, frame: &ViewFrame) {
        self.stills.moved();
        *self.latest.lock() = Some(frame.clone());
        for rendition in self.renditions.read().iter() {
            rendition.put(frame.clone());
        }
    }

    /// A lossless picture to be coded, of what the view showed as picture `generation`.
    pub(crate) fn put_still(&self, frame: FrameLease, generation: u64) {
        if self.stills.put(frame, generation) {
            self.still.send(StillMsg::Poked);
        }
    }
}
