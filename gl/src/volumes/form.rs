//! How a part of a volume lies in the device's memory.

use parfocal_base::DType;
use parfocal_render::dense::CELL;
use parfocal_render::draw_list::Bricks;

/// Texels along each side of the blocks in which texels lie: a block of 8 bits is 64 bytes, so that
/// rays of any direction find the next texels near the last ones.
pub(super) const BLOCK: usize = 4;
/// Texels of a block.
pub(super) const TEXELS: usize = BLOCK * BLOCK * BLOCK;

/// What a texel is; shaders know the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Texel {
    U8 = 0,
    U16 = 1,
    F32 = 2,
    /// Numbers of labels.
    U32 = 3,
}

impl Texel {
    /// What holds the samples of `bricks`: all have the type of the first.
    pub(crate) fn of(bricks: &Bricks, labels: bool) -> Self {
        let first = bricks.bricks.iter().flatten().next();
        match first.map_or(DType::U8, |brick| brick.chunk.samples().dtype()) {
            DType::Bool | DType::U8 => Self::U8,
            DType::U16 => Self::U16,
            _ if labels => Self::U32,
            _ => Self::F32,
        }
    }

    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 | Self::U32 => 4,
        }
    }

    /// Texels along each side of a part without its border: large, so that borders are little, but
    /// a part goes through the staging in one piece.
    pub(crate) const fn side(self) -> usize {
        match self {
            Self::U8 | Self::U16 => 128,
            Self::F32 | Self::U32 => 64,
        }
    }
}

/// A part's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) texel: Texel,
    /// Texels (depth, vertical, horizontal) without the border.
    pub(crate) size: [usize; 3],
}

impl Form {
    /// Blocks along each axis, which hold the border, too.
    pub(crate) fn blocks(self) -> [usize; 3] {
        self.size.map(|size| (size + 1).div_ceil(BLOCK))
    }

    /// Bytes before the texels: least and most of the part, then of each cell, as pairs of floats.
    pub(crate) fn header(self) -> usize {
        let cells: usize = self.size.map(|size| size.div_ceil(CELL)).iter().product();
        (1 + cells) * 8
    }

    /// Bytes of all.
    pub(crate) fn bytes(self) -> usize {
        let blocks: usize = self.blocks().iter().product();
        self.header() + blocks * TEXELS * self.texel.bytes()
    }

    /// Texels of a plane of blocks.
    pub(crate) fn plane(self) -> usize {
        let [_, rows, columns] = self.blocks();
        rows * columns * TEXELS
    }

    /// Number of the first texel of a row in its plane of blocks; the next four are in the next block.
    pub(crate) fn row(self, z: usize, y: usize) -> usize {
        let [_, _, columns] = self.blocks();
        y / BLOCK * columns * TEXELS + (z * BLOCK + y % BLOCK) * BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::Staging;

    #[test]
    fn the_largest_part_fits_through_the_staging() {
        for texel in [Texel::U8, Texel::U16, Texel::F32, Texel::U32] {
            let form = Form { texel, size: [texel.side(); 3] };
            assert!(form.bytes() <= Staging::MOST, "{form:?}");
            assert!(form.bytes() < texel.side().pow(3) * texel.bytes() * 5 / 4);
        }
    }
}
