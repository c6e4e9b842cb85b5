//! From the bytes of a file to samples in memory: byte order, widening, and change of axis order.

use std::path::Path;

use bytemuck::{Pod, cast_slice_mut};
use parfocal_base::{DType, Samples};

use crate::error::DataError;

/// The type of a sample as a file stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawKind {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl RawKind {
    /// Bytes of one stored sample.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Its type in memory.
    pub(crate) const fn dtype(self) -> DType {
        match self {
            Self::Bool => DType::Bool,
            Self::U8 => DType::U8,
            Self::I8 | Self::I16 => DType::I16,
            Self::U16 => DType::U16,
            Self::U32 | Self::U64 => DType::U32,
            Self::I32 | Self::I64 => DType::I32,
            Self::F16 | Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }
}

/// How a file stores a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawType {
    pub(crate) kind: RawKind,
    pub(crate) big_endian: bool,
}

impl RawType {
    /// From NumPy's type string: byte order, kind, bytes (`<u2`, `|b1`, `>f4`). `None` for types
    /// that are not read here (complex, strings, records, dates).
    pub(crate) fn from_numpy(text: &str) -> Option<Self> {
        let big_endian = match text.chars().next()? {
            '>' => true,
            '<' | '|' => false,
            '=' => cfg!(target_endian = "big"),
            _ => return None,
        };
        let kind = match text.get(1..)? {
            "b1" => RawKind::Bool,
            "u1" => RawKind::U8,
            "i1" => RawKind::I8,
            "u2" => RawKind::U16,
            "i2" => RawKind::I16,
            "u4" => RawKind::U32,
            "i4" => RawKind::I32,
            "u8" => RawKind::U64,
            "i8" => RawKind::I64,
            "f2" => RawKind::F16,
            "f4" => RawKind::F32,
            "f8" => RawKind::F64,
            _ => return None,
        };
        Some(Self { kind, big_endian })
    }

    pub(crate) const fn bytes(self) -> usize {
        self.kind.bytes()
    }

    /// `len` samples whose stored bytes `fill` writes. Where the stored type is the type in
    /// memory, `fill` writes straight into the result.
    pub(crate) fn read(
        self,
        path: &Path,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), DataError>,
    ) -> Result<Samples, DataError> {
        let swap = self.big_endian != cfg!(target_endian = "big");
        Ok(match self.kind {
            RawKind::Bool => {
                let mut v = filled::<u8>(len, false, fill, |v| v)?;
                v.iter_mut().for_each(|b| *b = u8::from(*b != 0));
                Samples::Bool(v)
            }
            RawKind::U8 => Samples::U8(filled(len, false, fill, |v: u8| v)?),
            RawKind::U16 => Samples::U16(filled(len, swap, fill, u16::swap_bytes)?),
            RawKind::I16 => Samples::I16(filled(len, swap, fill, i16::swap_bytes)?),
            RawKind::U32 => Samples::U32(filled(len, swap, fill, u32::swap_bytes)?),
            RawKind::I32 => Samples::I32(filled(len, swap, fill, i32::swap_bytes)?),
            RawKind::F32 => Samples::F32(filled(len, swap, fill, swap_f32)?),
            RawKind::F64 => Samples::F64(filled(len, swap, fill, swap_f64)?),
            RawKind::I8 => {
                let v = filled::<i8>(len, false, fill, |v| v)?;
                Samples::I16(v.into_iter().map(i16::from).collect())
            }
            RawKind::F16 => {
                let v = filled(len, swap, fill, u16::swap_bytes)?;
                Samples::F32(v.into_iter().map(f16_to_f32).collect())
            }
            RawKind::U64 => {
                let v = filled(len, swap, fill, u64::swap_bytes)?;
                Samples::U32(narrow(path, v, DType::U32)?)
            }
            RawKind::I64 => {
                let v = filled(len, swap, fill, i64::swap_bytes)?;
                Samples::I32(narrow(path, v, DType::I32)?)
            }
        })
    }
}

fn filled<T: Pod>(
    len: usize,
    swap: bool,
    fill: impl FnOnce(&mut [u8]) -> Result<(), DataError>,
    swapped: impl Fn(T) -> T,
) -> Result<Vec<T>, DataError> {
    let mut v = vec![T::zeroed(); len];
    fill(cast_slice_mut(&mut v))?;
    if swap {
        v.iter_mut().for_each(|s| *s = swapped(*s));
    }
    Ok(v)
}

fn swap_f32(v: f32) -> f32 {
    f32::from_bits(v.to_bits().swap_bytes())
}

fn swap_f64(v: f64) -> f64 {
    f64::from_bits(v.to_bits().swap_bytes())
}

fn narrow<W: Copy + ToString, N: TryFrom<W>>(
    path: &Path,
    wide: Vec<W>,
    dtype: DType,
) -> Result<Vec<N>, DataError> {
    let one = |value: W| {
        N::try_from(value).map_err(|_| DataError::Value {
            path: path.to_path_buf(),
            value: value.to_string(),
            dtype,
        })
    };
    wide.into_iter().map(one).collect()
}

/// IEEE 754 binary16 to binary32; exact.
pub(crate) fn f16_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half & 0x3ff);
    match exponent {
        // Zero and subnormals: fraction · 2⁻²⁴.
        0 => {
            let magnitude = fraction as f32 / 16_777_216.0;
            f32::from_bits(magnitude.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

/// `len` samples equal to `value`, given as the file's fill value.
pub(crate) fn constant(dtype: DType, len: usize, value: f64) -> Samples {
    match dtype {
        DType::Bool => Samples::Bool(vec![u8::from(value != 0.0); len]),
        DType::U8 => Samples::U8(vec![value as u8; len]),
        DType::U16 => Samples::U16(vec![value as u16; len]),
        DType::U32 => Samples::U32(vec![value as u32; len]),
        DType::I16 => Samples::I16(vec![value as i16; len]),
        DType::I32 => Samples::I32(vec![value as i32; len]),
        DType::F32 => Samples::F32(vec![value as f32; len]),
        DType::F64 => Samples::F64(vec![value; len]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_widen_exactly() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x7bff, 65504.0),
            (0x8000, -0.0),
        ];
        for (half, wide) in cases {
            assert_eq!(f16_to_f32(half), wide);
        }
        assert!(f16_to_f32(0x7e00).is_nan());
        assert_eq!(f16_to_f32(0xfc00), f32::NEG_INFINITY);
    }
}
