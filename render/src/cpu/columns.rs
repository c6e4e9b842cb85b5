//! Which texels of a row make which pixels of a patch.

use std::ops::Range;

use crate::draw_list::{AxisMap, Patch};

/// Texel columns that a patch reads, and how pixels are made of them.
#[derive(Debug)]
pub(super) struct Columns {
    /// What to fetch of each row.
    pub(super) texels: Texels,
    /// For each pixel: where its (left) texel is among the fetched ones.
    pub(super) index: Vec<u32>,
    /// For each pixel: share of the texel to the right; empty for nearest.
    pub(super) weight: Vec<f32>,
}

/// Texel columns, increasing.
#[derive(Debug)]
pub(super) enum Texels {
    /// All of a range.
    Range(Range<usize>),
    /// Some: the picture shows an image without a pyramid from afar.
    List(Vec<usize>),
}

impl Texels {
    /// How many.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.end.saturating_sub(range.start),
            Self::List(list) => list.len(),
        }
    }
}

/// Above this many texels a pixel, the needed ones are listed instead of fetching all.
const DENSE: f64 = 2.5;

/// Where a coordinate falls: the texel at or below it and the share of the next, in `texels`.
pub(super) fn tap(map: AxisMap, pixel: u32, texels: &Range<usize>) -> (usize, f64) {
    let place = map.at(pixel).clamp(texels.start as f64, (texels.end - 1) as f64);
    let low = place.floor();
    (low as usize, place - low)
}

/// The texel nearest to a coordinate, in `texels`.
pub(super) fn nearest(map: AxisMap, pixel: u32, texels: &Range<usize>) -> usize {
    let texel = (map.at(pixel) + 0.5).floor();
    texel.clamp(texels.start as f64, (texels.end - 1) as f64) as usize
}

impl Columns {
    /// Columns of `patch`, whose texels are not empty.
    pub(super) fn new(patch: &Patch, linear: bool) -> Self {
        let (map, range) = (patch.map[1], &patch.texels[1]);
        let pixels = patch.pixels[1].clone();
        let (left, weight): (Vec<usize>, Vec<f32>) = if linear {
            pixels.map(|x| tap(map, x, range)).map(|(i, w)| (i, w as f32)).unzip()
        } else {
            (pixels.map(|x| nearest(map, x, range)).collect(), Vec::new())
        };
        let texels = Self::needed(&left, linear, range, map.step);
        let place = |&texel: &usize| match &texels {
            Texels::Range(range) => texel - range.start,
            Texels::List(list) => list.partition_point(|&t| t < texel),
        };
        // A row has at most as many texels as an image has columns; those beyond u32 cannot be
        // fetched within any budget.
        let index = left.iter().map(|texel| u32::try_from(place(texel)).unwrap_or(0)).collect();
        Self { texels, index, weight }
    }

    fn needed(left: &[usize], linear: bool, range: &Range<usize>, step: f64) -> Texels {
        let right = usize::from(linear);
        let (Some(&first), Some(&last)) = (left.first(), left.last()) else {
            return Texels::Range(range.start..range.start);
        };
        if step <= DENSE {
            return Texels::Range(first..(last + 1 + right).min(range.end));
        }
        let both = |&texel: &usize| texel..(texel + 1 + right).min(range.end);
        // Pixels beyond an edge repeat its texel; without them the pairs increase.
        let mut left = left.to_vec();
        left.dedup();
        let mut list: Vec<_> = left.iter().flat_map(both).collect();
        list.dedup();
        Texels::List(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(step: f64, linear: bool) -> Columns {
        let map = AxisMap { origin: -0.5, step };
        Columns::new(
            &Patch { pixels: [0..1, 0..4], plane: 0, map: [map; 2], texels: [0..1, 0..40] },
            linear,
        )
    }

    #[test]
    fn enlarging_repeats_texels() {
        let found = columns(0.5, false);
        assert_eq!(found.index, [0, 0, 1, 1]);
        assert!(matches!(found.texels, Texels::Range(ref r) if *r == (0..2)));
    }

    #[test]
    fn shrinking_lists_only_what_is_read() {
        let found = columns(10.0, true);
        // Pixel middles lie at 4.5, 14.5, …: each reads two texels, and they stand side by side.
        assert!(
            matches!(found.texels, Texels::List(ref l) if *l == [4, 5, 14, 15, 24, 25, 34, 35])
        );
        assert_eq!(found.index, [0, 2, 4, 6]);
        assert_eq!(found.weight, [0.5; 4]);
    }

    #[test]
    fn pixels_beyond_the_edge_share_its_texels() {
        let map = AxisMap { origin: -20.5, step: 10.0 };
        let patch = Patch { pixels: [0..1, 0..5], plane: 0, map: [map; 2], texels: [0..1, 0..9] };
        let found = Columns::new(&patch, true);
        assert!(matches!(found.texels, Texels::List(ref l) if *l == [0, 1, 4, 5, 8]));
        assert_eq!(found.index, [0, 0, 2, 4, 4]);
    }
}
