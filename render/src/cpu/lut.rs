//! Tables from a place (a scaled intensity) to the colour that joins the picture.
//!
//! Contrast limits are not in the table: dragging them, or any slider, makes no new one.

use std::sync::Arc;

use parfocal_scene::Blending;

use super::paint::Pixel;
use crate::colormap::Table;
use crate::draw_list::Transfer;

/// Place of the last colour. A multiple of 255, so that the values of 8-bit images at full range
/// fall on places; 16 steps a shade, so that rounding to a place is not seen.
pub(super) const LAST: usize = 4080;
/// Entries: a power of two, so that masking an index replaces checking it. 16 KiB: it stays in the
/// first-level cache.
pub(super) const LEN: usize = 4096;
/// Place of "no sample here".
pub(super) const NOTHING: usize = LEN - 1;

/// Tables kept; the one unused for longest goes first. More layers than this are rarely looked at.
const MAX_TABLES: usize = 64;

/// Colours by place; alpha is 255, or 0 where there is none.
pub(super) type Lut = Box<[Pixel; LEN]>;

/// What a table depends on.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    table: Arc<Table>,
    gamma: u64,
    /// Opacity where it is folded in, else 1.
    factor: u64,
    /// Colour of [`NOTHING`].
    nothing: Pixel,
}

/// Tables of recent frames, most recently used first.
#[derive(Debug, Default)]
pub(super) struct Cache(Vec<(Key, Arc<Lut>)>);

impl Cache {
    /// The table for a layer.
    pub(super) fn get(
        &mut self,
        transfer: &Transfer,
        blending: Blending,
        opacity: f64,
    ) -> Arc<Lut> {
        let factor = match blending {
            Blending::Opaque | Blending::Additive => opacity,
            Blending::Translucent | Blending::Minimum => 1.0,
        };
        // White changes nothing under the minimum, and black nothing under the sum.
        let nothing = if blending == Blending::Minimum { [255; 4] } else { [0; 4] };
        let key = Key {
            table: Arc::clone(&transfer.table),
            gamma: transfer.gamma.to_bits(),
            factor: factor.to_bits(),
            nothing,
        };
        if let Some(at) = self.0.iter().position(|(known, _)| *known == key) {
            let found = self.0.remove(at);
            self.0.insert(0, found);
        } else {
            let lut = Arc::new(make(transfer, factor, nothing));
            self.0.insert(0, (key, lut));
            self.0.truncate(MAX_TABLES);
        }
        Arc::clone(&self.0[0].1)
    }
}

fn make(transfer: &Transfer, factor: f64, nothing: Pixel) -> Lut {
    let mut lut = Box::new([nothing; LEN]);
    for (at, color) in lut.iter_mut().enumerate().take(LAST + 1) {
        let t = (at as f64 / LAST as f64).powf(transfer.gamma);
        let [r, g, b] = transfer.table.at(t).map(|c| (c * factor).round() as u8);
        *color = [r, g, b, 255];
    }
    lut
}
