//! How exact the renderer is, and what it may hold.

use parfocal_render::reference::Tolerance;

use crate::lut;
use crate::raw::api::Live;

/// How exact this renderer is: the CPU renderer's table of 4080 steps, and a few roundings of
/// single precision on the way to a place in it; marks join in single precision, with square roots
/// and quotients as drivers make them. Volumes are held to
/// [`RAYS`](parfocal_render::reference::RAYS) instead: rays begin in double precision, and mixing is
/// that of single precision.
pub const TOLERANCE: Tolerance = Tolerance {
    step: 0.5 / lut::LAST as f64 + 1e-9,
    relative: 1.0 / (1 << 20) as f64,
    share: 1.0 / 1024.0,
};

/// Bounds of a renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of samples, letters and overlays that stay on the device; at most 2 GiB, and a quarter
    /// of its memory, since what grows is there twice for a while; 1 GiB where that is not known.
    pub resident: usize,
}

impl Default for Bounds {
    /// 2 GiB: a volume of 1024³ texels of 8 bits, and what else there is. It is only taken as it is
    /// needed.
    fn default() -> Self {
        Self { resident: 2 << 30 }
    }
}

/// What a renderer holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Objects of OpenGL.
    pub live: Live,
    /// Bytes of the memory for samples, letters and overlays, used or not.
    pub resident: usize,
    /// Bytes that it may have at most.
    pub bound: usize,
    /// Blocks in it: parts of chunks, texts, parts of overlays.
    pub blocks: usize,
}
