//! Measured values as people write them.

use parfocal_scene::Measured;

use crate::overlay::format::{area, measured_length, significant};

/// What is written beside what was measured.
pub(super) fn describe(measured: &Measured) -> String {
    match measured {
        Measured::Length { value, unit } => measured_length(*value, unit.as_deref()),
        Measured::Angle { value } => format!("{value:.1}\u{b0}"),
        Measured::Area { value, unit, .. } => area(*value, unit.as_deref()),
        Measured::Statistics { count, mean, std, .. } => {
            format!("n {count}, {} \u{b1} {}", significant(*mean), significant(*std))
        }
        Measured::Failed { .. } => "not measured".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::LayerId;

    use super::*;

    #[test]
    fn values_have_units_and_the_digits_that_count() {
        let unit = || Some("micrometer".to_owned());
        let cases = [
            (Measured::Length { value: 12.345, unit: unit() }, "12.3 µm"),
            (Measured::Length { value: 0.5, unit: unit() }, "500 nm"),
            (Measured::Length { value: 1234.56, unit: None }, "1235 px"),
            (Measured::Angle { value: 45.21 }, "45.2°"),
            (Measured::Area { value: 8.123, perimeter: 11.0, unit: unit() }, "8.12 µm²"),
            (Measured::Area { value: 2.5e6, perimeter: 11.0, unit: unit() }, "2.50 mm²"),
            (Measured::Area { value: 60.0, perimeter: 11.0, unit: None }, "60.0 px²"),
            (Measured::Failed { reason: String::new() }, "not measured"),
        ];
        for (measured, text) in cases {
            assert_eq!(describe(&measured), text);
        }
        let measured = Measured::Statistics {
            layer: LayerId(1),
            count: 1234,
            min: 0.0,
            max: 200.0,
            mean: 102.34,
            std: 8.291,
            histogram: Vec::new(),
        };
        assert_eq!(describe(&measured), "n 1234, 102 ± 8.29");
    }
}
