//! Conversion between units of one kind, for layers whose files use different ones.

use parfocal_base::ImageMeta;

use super::{Dims, LayerSource};

/// UDUNITS-2 names and symbols of lengths, in metres (those that OME-NGFF lists and files use).
const LENGTHS: [(&str, f64); 16] = [
    ("angstrom", 1e-10),
    ("picometer", 1e-12),
    ("nanometer", 1e-9),
    ("nm", 1e-9),
    ("micrometer", 1e-6),
    ("micron", 1e-6),
    ("um", 1e-6),
    ("µm", 1e-6), // U+00B5, the micro sign
    ("μm", 1e-6), // U+03BC, the Greek letter
    ("millimeter", 1e-3),
    ("mm", 1e-3),
    ("centimeter", 1e-2),
    ("meter", 1.0),
    ("m", 1.0),
    ("kilometer", 1e3),
    ("inch", 0.0254),
];

/// UDUNITS-2 names and symbols of times, in seconds.
const TIMES: [(&str, f64); 10] = [
    ("nanosecond", 1e-9),
    ("microsecond", 1e-6),
    ("millisecond", 1e-3),
    ("ms", 1e-3),
    ("second", 1.0),
    ("s", 1.0),
    ("minute", 60.0),
    ("min", 60.0),
    ("hour", 3600.0),
    ("day", 86_400.0),
];

/// What one unit `from` is in units of `to`. 1 where either is absent or unknown, or they are not
/// of one kind: then numbers are taken as they stand.
pub fn unit_factor(from: Option<&str>, to: Option<&str>) -> f64 {
    let (Some(from), Some(to)) = (from, to) else { return 1.0 };
    if from == to {
        return 1.0;
    }
    let in_base = |table: &[(&str, f64)], unit: &str| {
        table.iter().find(|(name, _)| *name == unit).map(|&(_, factor)| factor)
    };
    [LENGTHS.as_slice(), TIMES.as_slice()]
        .iter()
        .find_map(|table| Some(in_base(table, from)? / in_base(table, to)?))
        .unwrap_or(1.0)
}

impl Dims {
    /// `meta` with scale and translation in the units of the scene axes that `source` names: what
    /// a renderer needs to place samples in the world.
    pub fn in_scene_units(&self, meta: &ImageMeta, source: &LayerSource) -> ImageMeta {
        let factor = |axis: usize| {
            let scene = source.axes.get(axis).copied().flatten().and_then(|i| self.axes.get(i));
            let own = meta.axes.get(axis).and_then(|axis| axis.unit.as_deref());
            scene.map_or(1.0, |scene| unit_factor(own, scene.unit.as_deref()))
        };
        let mut meta_out = meta.clone();
        for level in &mut meta_out.levels {
            for (axis, scale) in level.scale.iter_mut().enumerate() {
                *scale *= factor(axis);
            }
            for (axis, translate) in level.translate.iter_mut().enumerate() {
                *translate *= factor(axis);
            }
        }
        meta_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-12
    }

    #[test]
    fn lengths_and_times_convert_within_their_kind_only() {
        assert!(close(unit_factor(Some("nanometer"), Some("micrometer")), 1e-3));
        assert!(close(unit_factor(Some("minute"), Some("second")), 60.0));
        assert_eq!(unit_factor(Some("second"), Some("meter")), 1.0);
        assert_eq!(unit_factor(Some("furlong"), Some("meter")), 1.0);
        assert_eq!(unit_factor(None, Some("meter")), 1.0);
    }
}
