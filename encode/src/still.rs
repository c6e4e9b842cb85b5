//! Stills: lossless pictures in tiles, each a PNG file.
//!
//! A viewer of a resting view gets the tiles one by one, the middle of the canvas first, as many at
//! a time as the link takes; the next movement cancels the rest. A tile whose pixels are those of
//! the still before keeps its version, and is neither coded nor sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parfocal_base::{Frame, FrameLease, PixelFormat};
use png::{BitDepth, ColorType, Compression};

use crate::codec::{EncodeError, expect_format};

/// Side of a tile in pixels: a few tens of KiB each, so that a slow link is never busy with one for
/// long, and forty of them at 1080p.
pub const TILE: u32 = 256;
/// Longest side of a still in pixels: what a tile's place in a picture header can say.
const MAX_SIDE: u32 = u16::MAX as u32;

/// One tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Of its left side, pixels.
    pub x: u32,
    /// Of its upper side, pixels.
    pub y: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Equal in two stills of one maker: the pixels are the same.
    pub version: u64,
    /// A PNG file, grey or RGB, 8 bits.
    pub data: Bytes,
}

/// A picture, all of whose pixels are those of the frame.
#[derive(Clone, Debug)]
pub struct Still {
    /// The frame.
    pub frame: FrameLease,
    /// Nearest to the middle first; together they cover the frame once.
    pub tiles: Arc<[Tile]>,
}

/// Makes the stills of one view.
#[derive(Debug)]
pub struct StillMaker {
    next: u64,
    last: Option<Still>,
}

impl StillMaker {
    /// `first`: the first version that it gives, for who compares versions of several makers.
    pub const fn new(first: u64) -> Self {
        Self { next: first, last: None }
    }

    /// Codes the tiles of an RGBA frame that differ from the last one's, on `threads` threads.
    ///
    /// # Errors
    /// The frame is not RGBA, or has no pixels, or too many.
    pub fn make(&mut self, frame: &FrameLease, threads: usize) -> Result<Still, EncodeError> {
        expect_format(frame, PixelFormat::Rgba8)?;
        let (width, height) = (frame.width(), frame.height());
        if width == 0 || height == 0 || width.max(height) > MAX_SIDE {
            let reason = "a still has 1 to 65535 pixels a side";
            return Err(EncodeError::Size { width, height, reason });
        }
        let last = self
            .last
            .take()
            .filter(|last| [last.frame.width(), last.frame.height()] == [width, height]);
        let mut tiles = match &last {
            Some(last) => last.tiles.to_vec(),
            None => grid(width, height),
        };
        let mut changed: Vec<&mut Tile> = tiles
            .iter_mut()
            .filter(|tile| last.as_ref().is_none_or(|last| !same(&last.frame, frame, tile)))
            .collect();
        for (version, tile) in (self.next..).zip(&mut changed) {
            tile.version = version;
        }
        self.next += changed.len() as u64;
        code(frame, changed, threads)?;
        let still = Still { frame: frame.clone(), tiles: tiles.into() };
        self.last = Some(still.clone());
        Ok(still)
    }
}

/// Tiles without data, nearest to the middle first.
fn grid(width: u32, height: u32) -> Vec<Tile> {
    let starts = |side: u32| (0..side).step_by(TILE as usize);
    let mut tiles: Vec<Tile> = starts(height)
        .flat_map(|y| starts(width).map(move |x| (x, y)))
        .map(|(x, y)| Tile {
            x,
            y,
            width: TILE.min(width - x),
            height: TILE.min(height - y),
            version: 0,
            data: Bytes::new(),
        })
        .collect();
    let far = |at: u32, size: u32, side: u32| (i64::from(2 * at + size) - i64::from(side)).pow(2);
    tiles.sort_by_key(|t| far(t.x, t.width, width) + far(t.y, t.height, height));
    tiles
}

/// The bytes of each row of a tile.
fn rows<'a>(frame: &'a Frame, tile: &Tile) -> impl Iterator<Item = &'a [u8]> {
    let stride = frame.width() as usize * 4;
    let (from, length) = (tile.x as usize * 4, tile.width as usize * 4);
    let rows = frame.data().chunks_exact(stride);
    rows.skip(tile.y as usize)
        .take(tile.height as usize)
        .map(move |row| row.get(from..from + length).unwrap_or_default())
}

fn same(before: &Frame, after: &Frame, tile: &Tile) -> bool {
    rows(before, tile).eq(rows(after, tile))
}

/// Codes tiles; a thread takes the next one when it is done with another.
fn code(frame: &Frame, tiles: Vec<&mut Tile>, threads: usize) -> Result<(), EncodeError> {
    let threads = threads.clamp(1, tiles.len().max(1));
    if threads == 1 {
        return tiles.into_iter().try_for_each(|tile| code_one(frame, tile));
    }
    let wanted: Vec<Tile> = tiles.iter().map(|tile| (**tile).clone()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(tile) = wanted.get(at) else { return Ok(done) };
            let mut tile = tile.clone();
            code_one(frame, &mut tile)?;
            done.push((at, tile.data));
        }
    };
    let lost = || EncodeError::Library { library: "png", doing: "run on a thread", code: 0 };
    let parts = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = running.into_iter().map(|thread| thread.join().map_err(|_| lost())?);
        ended.collect::<Result<Vec<_>, EncodeError>>()
    })?;
    let mut tiles = tiles;
    for (at, data) in parts.into_iter().flatten() {
        if let Some(tile) = tiles.get_mut(at) {
            tile.data = data;
        }
    }
    Ok(())
}

fn code_one(frame: &Frame, tile: &mut Tile) -> Result<(), EncodeError> {
    let failed = |_| EncodeError::Library { library: "png", doing: "encode a tile", code: 0 };
    tile.data = png_of(frame, tile).map_err(failed)?.into();
    Ok(())
}

/// Most scientific pictures are grey: a third of the bytes to look at.
fn png_of(frame: &Frame, tile: &Tile) -> Result<Vec<u8>, png::EncodingError> {
    let pixels = || rows(frame, tile).flat_map(|row| row.as_chunks::<4>().0);
    let grey = pixels().all(|[r, g, b, _]| r == g && g == b);
    let (color, samples): (_, Vec<u8>) = if grey {
        (ColorType::Grayscale, pixels().map(|[grey, ..]| *grey).collect())
    } else {
        (ColorType::Rgb, pixels().flat_map(|&[r, g, b, _]| [r, g, b]).collect())
    };
    let mut data = Vec::with_capacity(samples.len() / 2);
    let mut encoder = png::Encoder::new(&mut data, tile.width, tile.height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&samples)?;
    writer.finish()?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use parfocal_base::FramePool;
    use proptest::prelude::*;

    use super::*;

    fn lease(width: u32, height: u32, fill: impl Fn(u32, u32) -> [u8; 3]) -> FrameLease {
        let mut frame = FramePool::new(1).take(PixelFormat::Rgba8, width, height).unwrap();
        let pixels = frame.frame().data_mut().as_chunks_mut::<4>().0;
        for (at, pixel) in (0..).zip(pixels) {
            let [r, g, b] = fill(at % width, at / width);
            *pixel = [r, g, b, 255];
        }
        frame.publish()
    }

    fn painted(still: &Still) -> Vec<u8> {
        let (width, height) = (still.frame.width() as usize, still.frame.height() as usize);
        let mut all = vec![0; width * height * 4];
        for tile in still.tiles.iter() {
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&tile.data));
            decoder.set_transformations(png::Transformations::ALPHA);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let samples = pixels.len() / (tile.width * tile.height) as usize;
            for (at, pixel) in pixels.chunks_exact(samples).enumerate() {
                let (x, y) = (at as u32 % tile.width + tile.x, at as u32 / tile.width + tile.y);
                let to = (y as usize * width + x as usize) * 4;
                let grey = [pixel[0], pixel[0], pixel[0], pixel[samples - 1]];
                let pixel = if samples == 2 { &grey } else { pixel };
                all[to..to + 4].copy_from_slice(pixel);
            }
        }
        all
    }

    #[test]
    fn only_what_changed_is_coded_again() {
        let mut maker = StillMaker::new(7);
        let grey = |x: u32, y: u32| [(x ^ y) as u8; 3];
        let first = maker.make(&lease(600, 300, grey), 2).unwrap();
        assert_eq!(first.tiles.len(), 6);
        let dot = move |x, y| if (x, y) == (599, 299) { [1, 2, 3] } else { grey(x, y) };
        let second = maker.make(&lease(600, 300, dot), 2).unwrap();
        let same = |(a, b): &(&Tile, &Tile)| a.version == b.version && a.data == b.data;
        let kept = first.tiles.iter().zip(second.tiles.iter()).filter(same).count();
        assert_eq!(kept, 5);
        assert_eq!(painted(&second), second.frame.data());
        // Another size has nothing in common.
        let third = maker.make(&lease(300, 600, grey), 2).unwrap();
        assert!(third.tiles.iter().all(|t| second.tiles.iter().all(|s| s.version != t.version)));
    }

    #[test]
    fn the_middle_comes_first() {
        let still = StillMaker::new(0).make(&lease(1280, 720, |_, _| [0; 3]), 1).unwrap();
        assert_eq!((still.tiles[0].x, still.tiles[0].y), (512, 256));
    }

    #[test]
    fn what_is_not_rgba_is_refused() {
        let frame = FramePool::new(1).take(PixelFormat::I420, 64, 64).unwrap().publish();
        assert!(StillMaker::new(0).make(&frame, 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_pixel_is_kept(
            width in 1_u32..700, height in 1_u32..400, seed: u32, grey: bool, threads in 1_usize..4,
        ) {
            let noise = |x: u32, y: u32| {
                let n = (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_add(seed)).wrapping_mul(0x85eb_ca6b);
                let [a, b, c, _] = n.to_le_bytes();
                if grey { [a; 3] } else { [a, b, c] }
            };
            let still = StillMaker::new(0).make(&lease(width, height, noise), threads).unwrap();
            prop_assert_eq!(painted(&still), still.frame.data());
        }
    }
}
