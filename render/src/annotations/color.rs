//! Colours of annotations: as they are written, and by a feature.

use std::sync::Arc;

use parfocal_scene::ColorBy;

use super::column::{Column, Value};
use crate::colormap::{Table, colormap, gray};
use crate::marks::Color;

/// `#rrggbb` or `#rrggbbaa`; `None` where it is neither.
pub(super) fn parse(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#')?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(((number << 8) | 0xFF).to_be_bytes()),
        8 => Some(number.to_be_bytes()),
        _ => None,
    }
}

/// Colours by a feature.
pub(super) struct Coloring<'a> {
    table: Arc<Table>,
    limits: [f64; 2],
    column: &'a Column,
}

impl<'a> Coloring<'a> {
    pub(super) fn new(by: &ColorBy, column: &'a Column) -> Self {
        let table = colormap(&by.colormap).unwrap_or_else(gray);
        Self { table, limits: by.limits.unwrap_or(column.range()), column }
    }

    /// The colour of a value, with the alpha of what it replaces.
    #[inline]
    pub(super) fn of(&self, value: Value, instead_of: Color) -> Color {
        let rgb = match value {
            Value::None => None,
            Value::Number(number) => self.along(number),
            Value::Category(number) => {
                // The cycle is as long as colours that people can tell apart (d3's category 10).
                let cycle = colorous::CATEGORY10;
                cycle.get(self.column.rank(number) % cycle.len()).map(|c| c.into_array())
            }
        };
        rgb.map_or(instead_of, |[r, g, b]| [r, g, b, instead_of[3]])
    }

    fn along(&self, number: f64) -> Option<[u8; 3]> {
        let [low, high] = self.limits;
        let colors = self.table.colors();
        let range = if high > low { high - low } else { f64::MIN_POSITIVE };
        let part = ((number - low) / range).clamp(0.0, 1.0);
        if part.is_nan() {
            return None;
        }
        colors.get((part * (colors.len() - 1) as f64).round() as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_six_or_eight_digits() {
        assert_eq!(parse("#ffd166"), Some([255, 0xD1, 0x66, 255]));
        assert_eq!(parse("#FFD16680"), Some([255, 0xD1, 0x66, 0x80]));
        for bad in ["", "#", "#fff", "ffd166", "#+fd166", "#ffd16", "#ffd1668", "#ffd166800"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
