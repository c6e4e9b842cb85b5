//! Bits of an H.264 parameter set: fixed-width numbers, exp-Golomb numbers (ITU-T H.264 clause 9.1),
//! and the emulation prevention that keeps start codes out of a payload (clause 7.4.1).

/// Leading zero bits of the longest exp-Golomb number that is read: values stay below 2^32 - 1.
const MAX_GOLOMB_ZEROS: u32 = 31;

/// The input ended before the syntax did, or holds a number that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadBits;

/// Reads bits, most significant first.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, BadBits> {
        let byte = self.bytes.get(self.at / 8).ok_or(BadBits)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// An unsigned number of `count` bits, at most 32.
    pub(crate) fn bits(&mut self, count: u32) -> Result<u32, BadBits> {
        (0..count).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.flag()?)))
    }

    /// An unsigned number of at most 8 bits.
    pub(crate) fn byte(&mut self, count: u32) -> Result<u8, BadBits> {
        u8::try_from(self.bits(count)?).map_err(|_| BadBits)
    }

    /// `ue(v)`.
    pub(crate) fn unsigned(&mut self) -> Result<u32, BadBits> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > MAX_GOLOMB_ZEROS {
                return Err(BadBits);
            }
        }
        Ok((1_u32 << zeros) - 1 + self.bits(zeros)?)
    }

    /// `se(v)`.
    pub(crate) fn signed(&mut self) -> Result<i32, BadBits> {
        let code = self.unsigned()?;
        let size = i32::try_from(code / 2 + code % 2).map_err(|_| BadBits)?;
        Ok(if code % 2 == 1 { size } else { -size })
    }
}

/// Writes bits, most significant first.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken; 0 means that it is full.
    used: u32,
}

impl BitWriter {
    pub(crate) fn flag(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 0x80 >> self.used;
        }
        self.used = (self.used + 1) % 8;
    }

    /// The low `count` bits of `value`, at most 32.
    pub(crate) fn bits(&mut self, count: u32, value: u32) {
        for bit in (0..count).rev() {
            self.flag(value >> bit & 1 == 1);
        }
    }

    /// `ue(v)`.
    pub(crate) fn unsigned(&mut self, value: u32) {
        let code = u64::from(value) + 1;
        let zeros = 63 - code.leading_zeros();
        self.bits(zeros, 0);
        for bit in (0..=zeros).rev() {
            self.flag(code >> bit & 1 == 1);
        }
    }

    /// `se(v)`.
    pub(crate) fn signed(&mut self, value: i32) {
        let doubled = value.unsigned_abs().saturating_mul(2);
        self.unsigned(if value > 0 { doubled.saturating_sub(1) } else { doubled });
    }

    /// Ends the payload: a one bit, then zeros up to the byte (`rbsp_trailing_bits`).
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.flag(true);
        self.bytes
    }
}

/// Removes emulation prevention: 00 00 03 becomes 00 00.
pub(crate) fn unescape(escaped: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(escaped.len());
    let mut zeros = 0;
    for &byte in escaped {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        raw.push(byte);
    }
    raw
}

/// Appends `raw` with emulation prevention: a 03 before every byte ≤ 3 that follows two zeros.
/// (A parameter set ends in a one bit, so the rule for a final zero byte is never needed.)
pub(crate) fn escape_into(raw: &[u8], out: &mut Vec<u8>) {
    let mut zeros = 0;
    for &byte in raw {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn golomb_codes_are_those_of_the_standard() {
        // Table 9-2: 1, 010, 011, 00100 are 0, 1, 2, 3.
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0000]);
        let read: Vec<u32> = (0..4).map(|_| reader.unsigned().unwrap()).collect();
        assert_eq!(read, [0, 1, 2, 3]);
        // Table 9-3: the codes 0, 1, 2, 3, 4 are 0, 1, -1, 2, -2.
        let mut writer = BitWriter::default();
        [0, 1, -1, 2, -2].into_iter().for_each(|v| writer.signed(v));
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        let read: Vec<u32> = (0..5).map(|_| reader.unsigned().unwrap()).collect();
        assert_eq!(read, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_number_longer_than_the_bound_is_refused() {
        assert_eq!(BitReader::new(&[0; 16]).unsigned(), Err(BadBits));
        assert_eq!(BitReader::new(&[0]).unsigned(), Err(BadBits));
    }

    #[test]
    fn start_codes_are_escaped() {
        let mut out = Vec::new();
        escape_into(&[0, 0, 1, 0, 0, 0, 0, 0], &mut out);
        assert_eq!(out, [0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 0]);
    }

    proptest! {
        #[test]
        fn numbers_survive_writing_and_reading(
            values in prop::collection::vec((0..u32::MAX, -1_000_000..1_000_000_i32), 0..20)
        ) {
            let mut writer = BitWriter::default();
            for &(unsigned, signed) in &values {
                writer.unsigned(unsigned);
                writer.signed(signed);
                writer.bits(32, unsigned);
            }
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for &(unsigned, signed) in &values {
                prop_assert_eq!(reader.unsigned(), Ok(unsigned));
                prop_assert_eq!(reader.signed(), Ok(signed));
                prop_assert_eq!(reader.bits(32), Ok(unsigned));
            }
        }

        #[test]
        fn escaping_is_undone_and_hides_start_codes(raw in prop::collection::vec(0..5_u8, 0..60)) {
            let mut escaped = Vec::new();
            escape_into(&raw, &mut escaped);
            prop_assert_eq!(unescape(&escaped), raw);
            let hidden = escaped.windows(3).all(|w| w[0] != 0 || w[1] != 0 || w[2] > 2);
            prop_assert!(hidden);
        }
    }
}
