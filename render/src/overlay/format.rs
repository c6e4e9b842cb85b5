//! Numbers and units as people write them.

/// Lengths by powers of 1000, in metres: UDUNITS-2 names, and what is printed.
const LENGTHS: [(&[&str], &str, i32); 6] = [
    (&["picometer", "pm"], "pm", -12),
    (&["nanometer", "nm"], "nm", -9),
    (&["micrometer", "micron", "um", "\u{b5}m", "\u{3bc}m"], "\u{b5}m", -6),
    (&["millimeter", "mm"], "mm", -3),
    (&["meter", "m"], "m", 0),
    (&["kilometer", "km"], "km", 3),
];

/// Other units that have a symbol.
const SYMBOLS: [(&str, &str); 11] = [
    ("angstrom", "\u{c5}"),
    ("centimeter", "cm"),
    ("inch", "in"),
    ("second", "s"),
    ("millisecond", "ms"),
    ("microsecond", "\u{b5}s"),
    ("nanosecond", "ns"),
    ("minute", "min"),
    ("hour", "h"),
    ("day", "d"),
    ("degree", "\u{b0}"),
];

/// The symbol of a UDUNITS-2 unit; an unknown one stands for itself.
pub fn unit_symbol(unit: &str) -> &str {
    let length = LENGTHS.iter().find(|(names, ..)| names.contains(&unit)).map(|l| l.1);
    let other = || SYMBOLS.iter().find(|(name, _)| *name == unit).map(|s| s.1);
    length.or_else(other).unwrap_or(unit)
}

/// The largest of 1, 2, 5 times a power of ten that is not above `most` (positive).
pub fn nice_below(most: f64) -> f64 {
    let power = 10_f64.powf(most.log10().floor());
    // A rounding error of the logarithm must not lose a length that fits exactly.
    let fits = |factor: &f64| factor * power <= most * (1.0 + 1e-9);
    [10.0, 5.0, 2.0].into_iter().find(fits).unwrap_or(1.0) * power
}

/// A length with its unit, in the prefix that makes it at least 1 and below 1000 where there is
/// one: 0.5 micrometer is `500 nm`. `None` as unit means samples.
pub fn length(value: f64, unit: Option<&str>) -> String {
    let (value, unit) = in_best_prefix(value, unit, 1);
    format!("{} {unit}", number(value, value))
}

/// The same of a measured one, with the digits that count.
pub fn measured_length(value: f64, unit: Option<&str>) -> String {
    let (value, unit) = in_best_prefix(value, unit, 1);
    format!("{} {unit}", significant(value))
}

/// A measured area; `unit` is that of one side.
pub fn area(value: f64, unit: Option<&str>) -> String {
    let (value, unit) = in_best_prefix(value, unit, 2);
    format!("{} {unit}\u{b2}", significant(value))
}

/// `value` in the unit with the largest prefix in which it is at least 1, to the power of
/// `dimensions`; and that unit's symbol.
fn in_best_prefix(value: f64, unit: Option<&str>, dimensions: i32) -> (f64, &str) {
    let Some(unit) = unit else { return (value, "px") };
    let Some(known) = LENGTHS.iter().find(|(names, ..)| names.contains(&unit)) else {
        return (value, unit_symbol(unit));
    };
    let in_unit = |power: i32| value * 10_f64.powi(known.2 - power).powi(dimensions);
    let fit = LENGTHS.iter().rev().find(|(.., power)| in_unit(*power) >= 1.0 - 1e-9);
    let (_, symbol, power) = fit.unwrap_or(if value > 0.0 { &LENGTHS[0] } else { known });
    (in_unit(*power), symbol)
}

/// `value` with three significant digits, and never fewer than those before the point.
pub fn significant(value: f64) -> String {
    if value != 0.0 && value.is_finite() && !(1e-3..1e7).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let decimals = match value.abs() {
        0.0 => 0,
        small if small < 0.01 => 5,
        small if small < 0.1 => 4,
        small if small < 1.0 => 3,
        small if small < 9.995 => 2,
        small if small < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// `value` with as many decimals as steps of `step` need, three at most.
pub fn number(value: f64, step: f64) -> String {
    let whole = |x: f64| (x - x.round()).abs() < 1e-6 * x.abs().max(1.0);
    let decimals = (0..3).find(|&d| whole(step * 10_f64.powi(d))).unwrap_or(3);
    let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(0));
    if text.trim_start_matches('-').bytes().all(|b| matches!(b, b'0' | b'.')) {
        return text.trim_start_matches('-').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_lengths_of_one_two_or_five() {
        let cases = [(1.0, 1.0), (1.99, 1.0), (2.0, 2.0), (4.9, 2.0), (73.0, 50.0), (0.0123, 0.01)];
        for (most, nice) in cases {
            assert!((nice_below(most) / nice - 1.0).abs() < 1e-9, "{most}");
        }
        assert!((nice_below(1000.0) / 1000.0 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn lengths_take_the_prefix_that_reads_best() {
        assert_eq!(length(0.5, Some("micrometer")), "500 nm");
        assert_eq!(length(50.0, Some("micrometer")), "50 µm");
        assert_eq!(length(2000.0, Some("micrometer")), "2 mm");
        assert_eq!(length(20.0, None), "20 px");
        assert_eq!(length(2.0, Some("angstrom")), "2 Å");
        assert_eq!(length(5.0, Some("parsec")), "5 parsec");
    }

    #[test]
    fn numbers_have_the_decimals_of_their_step() {
        assert_eq!(number(12.0, 1.0), "12");
        assert_eq!(number(1.8, 0.3), "1.8");
        assert_eq!(number(0.75, 0.25), "0.75");
        assert_eq!(number(1.0 / 3.0, 1.0 / 3.0), "0.333");
        assert_eq!(number(-0.0001, 0.5), "0.0");
    }
}
