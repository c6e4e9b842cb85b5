//! Which pictures may be decoded: after a loss, nothing until the next key picture.

use parfocal_base::Instant;
use parfocal_sync::limits::KEYFRAME_RETRY;
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;

/// What to do with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Decode it; otherwise throw it away.
    pub(super) decode: bool,
    /// Something before it is missing.
    pub(super) gap: bool,
}

/// The gate before the decoder.
#[derive(Debug)]
pub(super) struct Gate {
    /// Sequence of the latest picture; `None` at the beginning of a connection.
    last: Option<u32>,
    /// H.264 waits for a key.
    closed: bool,
    /// Something is missing that the server does not know of: since when it was asked for a key.
    asked: Option<Instant>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { last: None, closed: true, asked: None }
    }
}

impl Gate {
    /// A picture arrived.
    pub(super) fn admit(&mut self, header: &PixelHeader) -> Verdict {
        let expected = self.last.map(|last| last.wrapping_add(1));
        let gap = expected.is_some_and(|expected| expected != header.sequence);
        self.last = Some(header.sequence);
        self.closed |= gap;
        // JPEG and PNG pictures stand alone; an H.264 stream goes on over them.
        if header.codec != PixelCodec::H264 {
            return Verdict { decode: true, gap };
        }
        if header.key {
            self.closed = false;
            self.asked = None;
        }
        Verdict { decode: !self.closed, gap }
    }

    /// A `stream` message: the next picture is a key.
    pub(super) const fn restart(&mut self) {
        self.closed = true;
        self.asked = None;
    }

    /// The decoder failed, or a picture was thrown away here.
    pub(super) const fn broken(&mut self) {
        self.closed = true;
    }

    /// Whether to ask for a key now, at a picture that could not be decoded; at most once in
    /// [`KEYFRAME_RETRY`].
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        let due = self.asked.is_none_or(|asked| now.since(asked) >= KEYFRAME_RETRY);
        if self.closed && due {
            self.asked = Some(now);
        }
        self.closed && due
    }

    /// When to ask again although nothing arrives.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.asked.map(|asked| asked + KEYFRAME_RETRY)
    }
}
