//! Puts the tiles of stills together.

use std::collections::HashSet;

use parfocal_base::{Frame, PixelFormat, ViewId};
use parfocal_sync::pixel::PixelHeader;

/// The last still of a connection, as far as its tiles have come.
#[derive(Debug)]
pub(crate) struct StillCanvas {
    of: (ViewId, [u16; 2]),
    frame: Frame,
    captured_us: u64,
    /// Tiles of this still that are there, by their place; and how many pixels they are.
    covered: HashSet<[u16; 2]>,
    pixels: u64,
}

/// A tile does not lie on its canvas, or refers to a still that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misplaced;

impl StillCanvas {
    /// An empty canvas for the still that `header` is a tile of.
    pub(crate) fn new(header: &PixelHeader) -> Self {
        let [width, height] = header.canvas.map(u32::from);
        Self {
            of: (header.view, header.canvas),
            frame: Frame::new(PixelFormat::Rgba8, width, height),
            captured_us: header.captured_us,
            covered: HashSet::new(),
            pixels: 0,
        }
    }

    /// Whether a tile of that header belongs on this canvas.
    pub(crate) fn is_of(&self, header: &PixelHeader) -> bool {
        self.of == (header.view, header.canvas)
    }

    /// Puts a tile in its place, RGBA; `None`: it is as it was. The whole still with its last tile.
    pub(crate) fn put(
        &mut self,
        header: &PixelHeader,
        tile: Option<&Frame>,
    ) -> Result<Option<Frame>, Misplaced> {
        let place = header.tile.ok_or(Misplaced)?;
        let [x, y] = place.map(usize::from);
        let [width, height] = [header.width, header.height].map(usize::from);
        let side = self.frame.width() as usize;
        if x + width > side || y + height > self.frame.height() as usize {
            return Err(Misplaced);
        }
        if let Some(tile) = tile {
            let to = self.frame.data_mut().chunks_exact_mut(side * 4).skip(y);
            for (to, from) in to.zip(tile.data().chunks_exact(width * 4)) {
                if let Some(to) = to.get_mut(x * 4..(x + width) * 4) {
                    to.copy_from_slice(from);
                }
            }
        }
        if self.captured_us != header.captured_us {
            self.captured_us = header.captured_us;
            self.uncover();
        }
        if !self.covered.insert(place) {
            return Ok(None);
        }
        self.pixels += (width * height) as u64;
        Ok(self.is_whole().then(|| self.copy()))
    }

    /// Whether the whole still is of what the view showed when that picture was painted, or later:
    /// a key picture for who joins shows the same to all others, and less of it.
    pub(crate) fn is_after(&self, header: &PixelHeader) -> bool {
        self.of.0 == header.view && self.is_whole() && self.captured_us >= header.captured_us
    }

    /// A picture of the stream was shown over it: all of its tiles follow once more.
    pub(crate) fn uncover(&mut self) {
        self.covered.clear();
        self.pixels = 0;
    }

    fn is_whole(&self) -> bool {
        self.pixels == u64::from(self.frame.width()) * u64::from(self.frame.height())
    }

    fn copy(&self) -> Frame {
        let mut copy = Frame::new(PixelFormat::Rgba8, self.frame.width(), self.frame.height());
        copy.data_mut().copy_from_slice(self.frame.data());
        copy
    }
}
