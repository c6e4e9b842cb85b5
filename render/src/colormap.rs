//! Colormaps by name, as tables of sRGB colours.

use std::sync::{Arc, LazyLock};

/// Colours of a colormap, first to last. Colours between two entries are mixed linearly in sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(Vec<[u8; 3]>);

impl Table {
    /// Entries: more than the 256 shades of a channel, so that mixing between them is exact enough.
    pub const LEN: usize = 1024;

    /// The colours.
    pub fn colors(&self) -> &[[u8; 3]] {
        &self.0
    }

    /// The colour at `t` from 0 (first) to 1 (last), channels from 0 to 255.
    pub fn at(&self, t: f64) -> [f64; 3] {
        let place = t.clamp(0.0, 1.0) * (Self::LEN - 1) as f64;
        let low = place as usize;
        let part = place - low as f64;
        let color = |i: usize| self.0.get(i.min(Self::LEN - 1)).copied().unwrap_or_default();
        let (a, b) = (color(low), color(low + 1));
        std::array::from_fn(|c| f64::from(a[c]) * (1.0 - part) + f64::from(b[c]) * part)
    }

    fn from_fn(color: impl Fn(usize) -> [u8; 3]) -> Self {
        Self((0..Self::LEN).map(color).collect())
    }

    fn ramp(from: [u8; 3], to: [u8; 3]) -> Self {
        let mix = |a: u8, b: u8, part: f64| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8
        };
        Self::from_fn(|i| {
            let part = i as f64 / (Self::LEN - 1) as f64;
            std::array::from_fn(|c| mix(from[c], to[c], part))
        })
    }

    fn gradient(gradient: colorous::Gradient) -> Self {
        Self::from_fn(|i| gradient.eval_rational(i, Self::LEN).into_array())
    }
}

/// A colormap as a short list of colours for a user interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// The colormap's name.
    pub name: &'static str,
    /// `#rrggbb`, evenly spaced from first to last.
    pub stops: Vec<String>,
}

/// Stops of a [`Strip`]: at the width of a menu entry more cannot be told apart.
pub const STRIP_STOPS: usize = 16;

enum Kind {
    Ramp([u8; 3], [u8; 3]),
    Gradient(colorous::Gradient),
}

const BLACK: [u8; 3] = [0; 3];
const WHITE: [u8; 3] = [255; 3];

/// The known names, in the order of a menu. The `bop` ramps end in the colours of C. Leterrier's
/// ChrisLUTs, which napari shows under the same names.
static NAMED: [(&str, Kind); 17] = [
    ("gray", Kind::Ramp(BLACK, WHITE)),
    ("gray_r", Kind::Ramp(WHITE, BLACK)),
    ("viridis", Kind::Gradient(colorous::VIRIDIS)),
    ("plasma", Kind::Gradient(colorous::PLASMA)),
    ("inferno", Kind::Gradient(colorous::INFERNO)),
    ("magma", Kind::Gradient(colorous::MAGMA)),
    ("cividis", Kind::Gradient(colorous::CIVIDIS)),
    ("turbo", Kind::Gradient(colorous::TURBO)),
    ("red", Kind::Ramp(BLACK, [255, 0, 0])),
    ("green", Kind::Ramp(BLACK, [0, 255, 0])),
    ("blue", Kind::Ramp(BLACK, [0, 0, 255])),
    ("cyan", Kind::Ramp(BLACK, [0, 255, 255])),
    ("magenta", Kind::Ramp(BLACK, [255, 0, 255])),
    ("yellow", Kind::Ramp(BLACK, [255, 255, 0])),
    ("bop blue", Kind::Ramp(BLACK, [32, 173, 248])),
    ("bop orange", Kind::Ramp(BLACK, [237, 165, 30])),
    ("bop purple", Kind::Ramp(BLACK, [148, 32, 148])),
];

static TABLES: LazyLock<Vec<Arc<Table>>> = LazyLock::new(|| {
    let table = |kind: &Kind| match kind {
        Kind::Ramp(from, to) => Table::ramp(*from, *to),
        Kind::Gradient(gradient) => Table::gradient(*gradient),
    };
    NAMED.iter().map(|(_, kind)| Arc::new(table(kind))).collect()
});

/// The table of a known name, or of `#rrggbb` (a ramp from black to that colour).
pub fn colormap(name: &str) -> Option<Arc<Table>> {
    if let Some(hex) = name.strip_prefix('#') {
        return Some(Arc::new(Table::ramp(BLACK, parse_hex(hex)?)));
    }
    let at = NAMED.iter().position(|(known, _)| *known == name)?;
    TABLES.get(at).cloned()
}

/// All named colormaps for a menu, always in the same order.
pub fn colormap_strips() -> Vec<Strip> {
    let stop = |table: &Table, i: usize| {
        let [r, g, b] = table.at(i as f64 / (STRIP_STOPS - 1) as f64).map(|c| c.round() as u8);
        format!("#{r:02x}{g:02x}{b:02x}")
    };
    let strip = |((name, _), table): (&(&'static str, Kind), &Arc<Table>)| Strip {
        name,
        stops: (0..STRIP_STOPS).map(|i| stop(table, i)).collect(),
    };
    NAMED.iter().zip(TABLES.iter()).map(strip).collect()
}

/// The ramp from black to white, for a name that is not known.
pub(crate) fn gray() -> Arc<Table> {
    colormap("gray").unwrap_or_else(|| Arc::new(Table::ramp(BLACK, WHITE)))
}

fn parse_hex(hex: &str) -> Option<[u8; 3]> {
    if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(hex, 16).ok()?;
    let [_, r, g, b] = number.to_be_bytes();
    Some([r, g, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_colormap_has_a_full_table_and_a_strip() {
        for strip in colormap_strips() {
            assert_eq!(colormap(strip.name).unwrap().colors().len(), Table::LEN);
            assert_eq!(strip.stops.len(), STRIP_STOPS);
        }
        assert_eq!(colormap_strips().len(), 17);
        assert_eq!(colormap_strips(), colormap_strips());
    }

    #[test]
    fn ramps_run_from_black_to_their_colour() {
        let blue = colormap("#2060ff").unwrap();
        assert_eq!(blue.colors()[0], [0; 3]);
        assert_eq!(blue.colors()[1023], [0x20, 0x60, 0xff]);
        assert_eq!(colormap("gray").unwrap().at(0.5).map(f64::round), [128.0; 3]);
        assert_eq!(colormap("gray_r").unwrap().colors()[0], [255; 3]);
    }

    #[test]
    fn viridis_ends_where_matplotlib_says() {
        let table = colormap("viridis").unwrap();
        assert_eq!(table.colors()[0], [0x44, 0x01, 0x54]);
        assert_eq!(table.colors()[1023], [0xfd, 0xe7, 0x25]);
    }

    #[test]
    fn unknown_names_and_bad_hex_are_refused() {
        for name in ["", "Gray", "jet", "#12345", "#1234567", "#12345g", "#+12345", "#é1234"] {
            assert!(colormap(name).is_none(), "{name}");
        }
    }
}
