//! Who shares which encoder: viewers of one view in, renditions out.
//!
//! - [`Allocator`]: groups viewers by what they can take, splits and merges the groups.
//! - [`ladder`]: which size and frame rate a bit rate is worth.
//! - `keys`: when a key picture is made for those who wait for one.
//!
//! A viewer *sits* in one rendition and may be on the way to another: it keeps what it gets until
//! the other one's next key picture. See `docs/rate-control.md`.

mod allocator;
mod keys;
pub mod ladder;

use parfocal_base::{Instant, ParticipantId};

pub use allocator::Allocator;
pub use keys::KEY_INTERVAL;

use crate::codec::Codec;
use crate::rate::Target;

/// Renditions of one view at most: a good one, a middling one and one for bad links; a fourth was
/// never worth its encoder in the simulation.
pub const MAX_RENDITIONS: usize = 4;

/// One who watches the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub id: ParticipantId,
    /// How their pictures are coded.
    pub codec: Codec,
    /// What they can take.
    pub target: Target,
}

/// What may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Renditions of this view; one for each codec there is in any case.
    pub view: usize,
    /// Renditions that may be added to those that this view has, before the whole server has as
    /// many as it may have.
    pub server: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { view: MAX_RENDITIONS, server: MAX_RENDITIONS }
    }
}

/// Names a rendition of one view; never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RenditionId(pub u32);

/// One encoded stream, and who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Stable name.
    pub id: RenditionId,
    /// How its pictures are coded.
    pub codec: Codec,
    /// Width in pixels, even, no larger than the canvas.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Who gets its pictures now.
    pub members: Vec<ParticipantId>,
    /// Who gets them from the next key picture on, and until then what they got before.
    pub joining: Vec<ParticipantId>,
    /// When to make a key picture, because somebody waits for it.
    pub key_at: Option<Instant>,
}
