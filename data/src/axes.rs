//! Names, kinds and units of axes.

use parfocal_base::{Axis, AxisKind};

/// Names given to axes that a file leaves unnamed, the fastest axis first.
const GUESSED: [&str; 8] = ["x", "y", "z", "t", "c", "d3", "d2", "d1"];

/// An axis by name: `t` is time, `c` a channel, `z`, `y`, `x` space, anything else other.
pub fn axis(name: &str, unit: Option<&str>) -> Axis {
    let name = name.to_ascii_lowercase();
    let kind = match name.as_str() {
        "t" | "time" => AxisKind::Time,
        "c" | "channel" => AxisKind::Channel,
        "z" | "y" | "x" => AxisKind::Space,
        _ => AxisKind::Other,
    };
    Axis { name, kind, unit: unit.and_then(unit_name) }
}

/// Names for `n` axes of which nothing is known: the last two are `y`, `x`, before them `z`, then
/// `t`, `c`, and numbered ones. At most 8.
pub fn guess(n: usize) -> Vec<Axis> {
    GUESSED.iter().take(n).rev().map(|name| axis(name, None)).collect()
}

/// One axis per letter of `letters` (`"tzyx"`), or `None` unless there are `n` different letters.
pub fn from_letters(letters: &str, n: usize) -> Option<Vec<Axis>> {
    let names: Vec<char> = letters.chars().map(|c| c.to_ascii_lowercase()).collect();
    let distinct = names.iter().enumerate().all(|(i, c)| !names[..i].contains(c));
    let valid = names.len() == n && distinct && names.iter().all(char::is_ascii_alphabetic);
    valid.then(|| names.iter().map(|c| axis(c.encode_utf8(&mut [0; 4]), None)).collect())
}

/// The UDUNITS-2 name of a unit as files write it; `None` for pixels and unknown words.
pub fn unit_name(unit: &str) -> Option<String> {
    let unit = unit.trim();
    let name = match unit {
        "µm" | "μm" | "um" | "micron" | "microns" | "\\u00B5m" | "\u{fffd}m" | "micrometer"
        | "micrometre" => "micrometer",
        "nm" | "nanometer" | "nanometre" => "nanometer",
        "pm" | "picometer" => "picometer",
        "mm" | "millimeter" | "millimetre" => "millimeter",
        "cm" | "centimeter" | "centimetre" => "centimeter",
        "m" | "meter" | "metre" => "meter",
        "\u{c5}" | "\u{212b}" | "angstrom" => "angstrom",
        "in" | "inch" => "inch",
        "s" | "sec" | "second" | "seconds" => "second",
        "ms" | "msec" | "millisecond" => "millisecond",
        "µs" | "us" | "microsecond" => "microsecond",
        "min" | "minute" => "minute",
        "h" | "hour" => "hour",
        "d" | "day" => "day",
        "" | "pixel" | "pixels" | "null" | "reference frame" => return None,
        other if other.len() <= 32 && other.chars().all(|c| c.is_ascii_alphabetic()) => other,
        _ => return None,
    };
    Some(name.to_owned())
}

/// Position of the first axis of kind channel.
pub fn channel_axis(axes: &[Axis]) -> Option<usize> {
    axes.iter().position(|axis| axis.kind == AxisKind::Channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessed_axes_end_in_y_x() {
        let names = |n| guess(n).into_iter().map(|a| a.name).collect::<Vec<_>>();
        assert_eq!(names(2), ["y", "x"]);
        assert_eq!(names(4), ["t", "z", "y", "x"]);
        assert_eq!(names(6), ["d3", "c", "t", "z", "y", "x"]);
    }

    #[test]
    fn letters_must_be_distinct_and_as_many_as_axes() {
        assert!(from_letters("TZYX", 4).is_some());
        assert!(from_letters("tzyx", 3).is_none());
        assert!(from_letters("zzyx", 4).is_none());
        assert!(from_letters("t-yx", 4).is_none());
    }

    #[test]
    fn units_of_files_become_udunits_names() {
        assert_eq!(unit_name("\\u00B5m").as_deref(), Some("micrometer"));
        assert_eq!(unit_name("sec").as_deref(), Some("second"));
        assert_eq!(unit_name("pixel"), None);
    }
}
