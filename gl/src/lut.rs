//! Tables of colours by place: gamma, colormap and opacity folded in, and kept from picture to
//! picture.

use std::sync::Arc;

use parfocal_render::colormap::Table;
use parfocal_render::draw_list::Transfer;
use parfocal_render::labels::label_colors;
use parfocal_scene::Blending;

/// Place of the last colour. As in the CPU renderer, and for its reason: a multiple of 255, so that
/// the values of 8-bit images at full range fall on places; 16 steps a shade.
pub(crate) const LAST: u32 = 4080;
/// Place of "no sample here", behind those of images (4081) and of labels (4096).
pub(crate) const NOTHING: u32 = 4096;

/// Tables kept: more layers than this are rarely looked at.
const MAX_TABLES: usize = 64;

/// Pixels by place.
pub(crate) type Lut = Arc<[u32]>;

#[derive(Debug, PartialEq)]
struct Key {
    /// `None` for labels.
    table: Option<(Arc<Table>, u64)>,
    factor: u64,
    nothing: u32,
}

/// Tables of recent pictures, most recently used first.
#[derive(Debug, Default)]
pub(crate) struct Luts(Vec<(Key, Lut)>);

impl Luts {
    /// The table for an image's layer, or for labels.
    pub(crate) fn get(
        &mut self,
        transfer: Option<&Transfer>,
        blending: Blending,
        opacity: f64,
    ) -> Lut {
        // Where opacity is no share of the pixel, it darkens the colour.
        let factor = match blending {
            Blending::Opaque | Blending::Additive => opacity,
            Blending::Translucent | Blending::Minimum => 1.0,
        };
        // White changes nothing under the minimum, and black nothing under the sum.
        let nothing = if blending == Blending::Minimum { u32::MAX } else { 0 };
        let table = transfer.map(|t| (Arc::clone(&t.table), t.gamma.to_bits()));
        let key = Key { table, factor: factor.to_bits(), nothing };
        let at = self.0.iter().position(|(known, _)| *known == key);
        let entry = match at {
            Some(at) => self.0.remove(at),
            None => (key, make(transfer, factor, nothing)),
        };
        let lut = Arc::clone(&entry.1);
        self.0.insert(0, entry);
        self.0.truncate(MAX_TABLES);
        lut
    }
}

fn make(transfer: Option<&Transfer>, factor: f64, nothing: u32) -> Lut {
    let pixel = |color: [f64; 3]| {
        let [r, g, b] = color.map(|c| (c * factor).round() as u8);
        u32::from_le_bytes([r, g, b, 255])
    };
    let mut lut: Vec<u32> = match transfer {
        Some(transfer) => {
            let color = |at: u32| {
                let t = (f64::from(at) / f64::from(LAST)).powf(transfer.gamma);
                pixel(transfer.table.at(t))
            };
            (0..=LAST).map(color).collect()
        }
        None => label_colors().iter().map(|color| pixel(color.map(f64::from))).collect(),
    };
    lut.resize(NOTHING as usize + 1, nothing);
    lut.into()
}
