//! A thread's buffer of coverages for one mark in one band.

use std::ops::Range;

use super::blend::LANES;

/// Rows of coverages, zero but in what is used of each.
#[derive(Default)]
pub(in super::super) struct Mask {
    cover: Vec<f32>,
    used: Vec<Range<usize>>,
    stride: usize,
}

impl Mask {
    /// Makes room for rows of `width` pixels. What was used must have been taken and zeroed.
    pub(super) fn begin(&mut self, width: usize, height: usize) {
        // Blocks of lanes may begin at the last pixel, and sums leave something behind it.
        self.stride = width + 2 * LANES;
        if self.cover.len() < self.stride * height {
            self.cover.resize(self.stride * height, 0.0);
        }
        self.used.clear();
        self.used.resize(height, 0..0);
    }

    /// A row, of which `pixels` will be used too.
    #[inline(always)]
    pub(super) fn widen(&mut self, row: usize, pixels: Range<usize>) -> &mut [f32] {
        if let Some(used) = self.used.get_mut(row) {
            *used = if used.start >= used.end {
                pixels
            } else {
                used.start.min(pixels.start)..used.end.max(pixels.end)
            };
        }
        self.row(row)
    }

    /// A row and what is used of it; the taker leaves zeros.
    #[inline(always)]
    pub(super) fn take(&mut self, row: usize) -> (&mut [f32], Range<usize>) {
        let used = self.used.get_mut(row).map(std::mem::take).unwrap_or_default();
        (self.row(row), used)
    }

    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [f32] {
        let start = row * self.stride;
        self.cover.get_mut(start..start + self.stride).unwrap_or_default()
    }
}
