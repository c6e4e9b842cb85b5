//! Which texels make which pixels of a patch, along one axis: found in double precision on the
//! host, so that far texels of a large image are as exact as near ones.

use std::ops::Range;

use parfocal_render::draw_list::AxisMap;

/// Texels along each side of a brick, the unit in which samples go to the device: half a megabyte
/// of 16 bits, so that of a huge tile only what is seen is sent.
pub(crate) const BRICK: usize = 512;

/// One axis of a patch.
#[derive(Debug, PartialEq)]
pub(crate) struct Taps {
    /// For each pixel four numbers: the two bricks (16 bits each), the texel in each, the share of
    /// the second.
    pub(crate) pixels: Vec<u32>,
    /// The bricks that are read, as tile and place of the brick in it.
    pub(crate) bricks: Vec<[usize; 2]>,
}

impl Taps {
    /// The taps of `pixels`, reading `texels` (not empty) in tiles of `tile`; `None` where they lie
    /// in more bricks than 16 bits can name.
    pub(crate) fn new(
        pixels: Range<u32>,
        map: AxisMap,
        texels: &Range<usize>,
        tile: usize,
        linear: bool,
    ) -> Option<Self> {
        let mut taps = Self { pixels: Vec::new(), bricks: Vec::new() };
        let (first, last) = (texels.start as f64, texels.end.saturating_sub(1) as f64);
        for pixel in pixels {
            let place = map.at(pixel);
            let (a, b, share) = if linear {
                let place = place.clamp(first, last);
                let low = place.floor();
                (low, (low + 1.0).min(last), place - low)
            } else {
                let texel = (place + 0.5).floor().clamp(first, last);
                (texel, texel, 0.0)
            };
            let (a, a_texel) = taps.brick(a as usize, tile)?;
            let (b, b_texel) = taps.brick(b as usize, tile)?;
            let bricks = u32::from(a) | u32::from(b) << 16;
            taps.pixels.extend([bricks, a_texel, b_texel, (share as f32).to_bits()]);
        }
        Some(taps)
    }

    /// Which brick holds a texel, and the texel in it.
    fn brick(&mut self, texel: usize, tile: usize) -> Option<(u16, u32)> {
        let (tile, within) = (texel / tile, texel % tile);
        let brick = [tile, within / BRICK];
        // Texels rise from pixel to pixel: the brick is the last one, the one before, or new.
        let near = self.bricks.len().saturating_sub(2);
        let known = self.bricks.iter().skip(near).position(|known| *known == brick);
        let at = match known {
            Some(at) => near + at,
            None => {
                self.bricks.push(brick);
                self.bricks.len() - 1
            }
        };
        Some((u16::try_from(at).ok()?, u32::try_from(within % BRICK).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_across_an_edge_lie_in_two_bricks() {
        let map = AxisMap { origin: 8.5, step: 1.0 };
        let taps = Taps::new(0..2, map, &(0..30), 10, true).unwrap();
        assert_eq!(taps.bricks, [[0, 0], [1, 0]]);
        assert_eq!(taps.pixels, [1 << 16, 9, 0, 0, 1 << 16 | 1, 0, 1, 0]);
    }

    #[test]
    fn large_tiles_are_cut_into_bricks() {
        let map = AxisMap { origin: -0.5, step: 600.0 };
        let taps = Taps::new(0..3, map, &(0..2000), 1000, false).unwrap();
        // Pixel middles at 299.5, 899.5, 1499.5.
        assert_eq!(taps.bricks, [[0, 0], [0, 1], [1, 0]]);
        assert_eq!(taps.pixels[5], 900 - 512);
    }
}
