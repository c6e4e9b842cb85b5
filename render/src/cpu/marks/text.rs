//! Lines of text, drawn once and kept while they are seen.

#![allow(clippy::needless_range_loop, reason = "as in `blend`")]

use std::collections::HashMap;
use std::sync::Arc;

use multiversion::multiversion;

use super::blend::{Band, LANES, Palette, shares};
use crate::marks::Text;
use crate::marks::letters::Letters;

/// Bytes of letters that are kept beyond those of the last picture: some thousand labels.
const MAX_KEPT: usize = 16 << 20;

/// Letters of recent pictures.
#[derive(Debug, Default)]
pub(in super::super) struct Cache {
    /// By what they say and the bits of their size; with the picture that last showed them.
    kept: HashMap<(Arc<str>, u32), (Arc<Letters>, u64)>,
    bytes: usize,
    picture: u64,
}

/// A text with its letters.
pub(super) struct Placed<'a> {
    pub(super) text: &'a Text,
    letters: Arc<Letters>,
    /// Left and top edge.
    at: [i32; 2],
}

impl Cache {
    /// Begins a picture; forgets letters that the last one did not show, if there are too many.
    pub(in super::super) fn begin(&mut self) {
        if self.bytes > MAX_KEPT {
            let last = self.picture;
            self.kept.retain(|_, (_, shown)| *shown == last);
            self.bytes = self.kept.values().map(|(letters, _)| bytes(letters)).sum();
        }
        self.picture += 1;
    }

    pub(super) fn place<'a>(&mut self, text: &'a Text) -> Placed<'a> {
        let key = (Arc::clone(&text.text), text.size.to_bits());
        let (letters, shown) = self.kept.entry(key).or_insert_with(|| {
            let letters = Letters::new(&text.text, text.size);
            self.bytes += bytes(&letters);
            (Arc::new(letters), 0)
        });
        *shown = self.picture;
        let letters = Arc::clone(letters);
        // The casts saturate.
        let [x, y] = text.at.map(|v| v.round() as i32);
        let at = [x.saturating_add(letters.left), y.saturating_add(letters.top)];
        Placed { text, letters, at }
    }
}

fn bytes(letters: &Letters) -> usize {
    size_of::<Letters>() + letters.pixels.len() * 2
}

impl Placed<'_> {
    /// First row, and the row behind the last.
    pub(super) fn rows(&self) -> [f32; 2] {
        [self.at[1] as f32, self.at[1] as f32 + self.letters.height() as f32]
    }
}

/// Paints a text's share of a band.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2"))]
pub(super) fn paint(placed: &Placed<'_>, palette: Palette, band: &mut Band<'_>) {
    let letters = &placed.letters;
    let inks = [palette.ink(placed.text.color), palette.ink(placed.text.halo)];
    let top = i64::from(placed.at[1]) - i64::from(band.first);
    let (Ok(left), skip) = (usize::try_from(placed.at[0].max(0)), placed.at[0].min(0)) else {
        return;
    };
    for (row, pixels) in (top..).zip(letters.pixels.chunks_exact(letters.width.max(1))) {
        let Ok(row) = usize::try_from(row) else { continue };
        if row >= band.height {
            return;
        }
        let seen = pixels.get(skip.unsigned_abs() as usize..).unwrap_or_default();
        let seen = seen.get(..seen.len().min(band.width.saturating_sub(left))).unwrap_or_default();
        for (block, pixels) in seen.chunks(LANES).enumerate() {
            let (mut ink, mut halo) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES.min(pixels.len()) {
                ink[lane] = f32::from(pixels[lane][0]) / 255.0;
                halo[lane] = f32::from(pixels[lane][1]) / 255.0;
            }
            let parts = [shares(ink, inks[0]), shares(halo, inks[1])];
            band.join([left + block * LANES, row], palette.join, inks, parts);
        }
    }
}
