//! Annex B byte streams (ITU-T H.264 Annex B): units, each behind a 00 00 01 start code.

/// `nal_unit_type` of a non-key slice.
pub const SLICE: u8 = 1;
/// `nal_unit_type` of a slice of a key picture (IDR).
pub const IDR: u8 = 5;
/// `nal_unit_type` of a sequence parameter set.
pub const SPS: u8 = 7;
/// `nal_unit_type` of a picture parameter set.
pub const PPS: u8 = 8;

/// The start code that this crate writes.
pub const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The type of a unit, from its first byte; 0 for an empty one.
///
/// H.264 keeps it in the low five bits. (H.265 has it elsewhere: `byte >> 1 & 0x3f`.)
pub fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |byte| byte & 0x1f)
}

/// The units of an Annex B stream, without start codes and without the zero bytes between units.
pub fn units(stream: &[u8]) -> Units<'_> {
    Units { rest: after_start_code(stream).unwrap_or_default() }
}

/// Iterator over the units of a stream; see [`units`].
#[derive(Clone, Debug)]
pub struct Units<'a> {
    rest: &'a [u8],
}

impl<'a> Units<'a> {
    /// What has not been split yet, beginning with the unit that `next` would give. Empty at the
    /// end. Never begins with a start code.
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Units<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = start_code(self.rest).unwrap_or(self.rest.len());
        let (unit, rest) = self.rest.split_at(end);
        self.rest = after_start_code(rest).unwrap_or_default();
        Some(trim_zeros(unit))
    }
}

/// Whether an access unit can be decoded without what came before: parameter sets and an IDR slice.
pub fn is_key(access_unit: &[u8]) -> bool {
    let (mut sps, mut pps) = (false, false);
    for unit in units(access_unit) {
        match kind(unit) {
            SPS => sps = true,
            PPS => pps = true,
            IDR => return sps && pps,
            SLICE => return false,
            _ => {}
        }
    }
    false
}

fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|w| w == [0, 0, 1])
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    start_code(bytes).and_then(|at| bytes.get(at + 3..))
}

fn trim_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    unit.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_lose_start_codes_of_both_lengths_and_padding() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 0, 0, 0, 0, 1, 0x65, 7];
        let split: Vec<&[u8]> = units(&stream).collect();
        assert_eq!(split, [&[0x67, 1, 2][..], &[0x68], &[0x65, 7]]);
        assert!(is_key(&stream));
    }

    #[test]
    fn a_key_needs_its_parameter_sets() {
        assert!(!is_key(&[0, 0, 1, 0x65, 9]));
        assert!(!is_key(&[0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x41, 9]));
    }

    #[test]
    fn a_p_slice_is_not_a_parameter_set() {
        // 0x41 is a P slice; read by the rule of H.265 it would be number 32, a parameter set.
        assert_eq!(kind(&[0x41]), SLICE);
    }

    #[test]
    fn no_start_code_means_no_units() {
        assert_eq!(units(&[1, 2, 3]).count(), 0);
        assert_eq!(units(&[]).count(), 0);
        assert_eq!(units(&[0, 0, 1]).count(), 0);
    }
}
