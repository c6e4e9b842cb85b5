//! Samples of n-dimensional images, and the description of an image.
//!
//! Index order is C order (the last axis varies fastest). A sample's **centre** lies at the integer
//! coordinate, as in napari and OME-NGFF: sample 0 covers [-0.5, 0.5).

use serde::{Deserialize, Serialize};

/// The type of one sample in memory. Sources widen what is not listed (i8 → i16, and 64-bit
/// integers → 32-bit where every value fits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DType {
    Bool,
    U8,
    U16,
    U32,
    I16,
    I32,
    F32,
    F64,
}

impl DType {
    /// Bytes of one sample in memory.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Whether samples are whole numbers.
    pub const fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// Smallest and largest value of the type; [0, 1] for floats, as napari assumes.
    pub const fn range(self) -> [f64; 2] {
        match self {
            Self::Bool | Self::F32 | Self::F64 => [0.0, 1.0],
            Self::U8 => [0.0, u8::MAX as f64],
            Self::U16 => [0.0, u16::MAX as f64],
            Self::U32 => [0.0, u32::MAX as f64],
            Self::I16 => [i16::MIN as f64, i16::MAX as f64],
            Self::I32 => [i32::MIN as f64, i32::MAX as f64],
        }
    }
}

/// Samples in memory, native byte order. `Bool` is kept as bytes 0 and 1.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Samples {
    Bool(Vec<u8>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs `$body` with `$v` bound to the typed vector inside a [`Samples`].
#[macro_export]
macro_rules! with_samples {
    ($samples:expr, $v:ident => $body:expr) => {
        match $samples {
            $crate::Samples::Bool($v) | $crate::Samples::U8($v) => $body,
            $crate::Samples::U16($v) => $body,
            $crate::Samples::U32($v) => $body,
            $crate::Samples::I16($v) => $body,
            $crate::Samples::I32($v) => $body,
            $crate::Samples::F32($v) => $body,
            $crate::Samples::F64($v) => $body,
        }
    };
}

impl Samples {
    /// The sample type.
    pub const fn dtype(&self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::U8(_) => DType::U8,
            Self::U16(_) => DType::U16,
            Self::U32(_) => DType::U32,
            Self::I16(_) => DType::I16,
            Self::I32(_) => DType::I32,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        with_samples!(self, v => v.len())
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample at `index` as f64 (32-bit integers are exact), or `None` past the end.
    #[expect(clippy::useless_conversion, reason = "one line serves all sample types, f64 too")]
    pub fn get(&self, index: usize) -> Option<f64> {
        with_samples!(self, v => v.get(index).map(|&s| f64::from(s)))
    }

    /// `len` zeros of `dtype`.
    pub fn zeros(dtype: DType, len: usize) -> Self {
        match dtype {
            DType::Bool => Self::Bool(vec![0; len]),
            DType::U8 => Self::U8(vec![0; len]),
            DType::U16 => Self::U16(vec![0; len]),
            DType::U32 => Self::U32(vec![0; len]),
            DType::I16 => Self::I16(vec![0; len]),
            DType::I32 => Self::I32(vec![0; len]),
            DType::F32 => Self::F32(vec![0.0; len]),
            DType::F64 => Self::F64(vec![0.0; len]),
        }
    }
}

/// An n-dimensional block of samples, C order: `samples.len() == shape.product()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    shape: Vec<usize>,
    samples: Samples,
}

impl Chunk {
    /// A chunk of `shape`; `None` where the number of samples does not fit it.
    pub fn new(shape: Vec<usize>, samples: Samples) -> Option<Self> {
        let len = shape.iter().try_fold(1_usize, |n, &s| n.checked_mul(s))?;
        (len == samples.len()).then_some(Self { shape, samples })
    }

    /// Extent along each axis, in samples.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The samples, C order.
    pub const fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Distance in samples between neighbours along each axis.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.shape.len()];
        for axis in (1..self.shape.len()).rev() {
            strides[axis - 1] = strides[axis] * self.shape[axis];
        }
        strides
    }

    /// Bytes that the samples take.
    pub fn bytes(&self) -> usize {
        self.samples.len() * self.samples.dtype().bytes()
    }

    /// The sample at `index` (one number per axis), or `None` outside.
    pub fn get(&self, index: &[usize]) -> Option<f64> {
        if index.len() != self.shape.len() {
            return None;
        }
        let mut at = 0;
        for (&i, &n) in index.iter().zip(&self.shape) {
            if i >= n {
                return None;
            }
            at = at * n + i;
        }
        self.samples.get(at)
    }
}

/// What an axis stands for (OME-NGFF's axis types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum AxisKind {
    Time,
    Channel,
    Space,
    Other,
}

/// An axis of an image: OME-NGFF's `name`, `type` and `unit` (UDUNITS-2 names, e.g. `micrometer`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Short name: `t`, `c`, `z`, `y`, `x`, or what the file says.
    pub name: String,
    /// What it stands for.
    pub kind: AxisKind,
    /// Unit of world coordinates along it; `None` means samples.
    pub unit: Option<String>,
}

/// One resolution of an image. World = `scale` · index + `translate`, per axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Samples along each axis.
    pub shape: Vec<usize>,
    /// Samples of a full chunk along each axis; the last chunk of an axis may be shorter.
    pub chunk: Vec<usize>,
    /// World units per sample, per axis; positive.
    pub scale: Vec<f64>,
    /// World coordinate of sample 0, per axis.
    pub translate: Vec<f64>,
}

impl Level {
    /// Number of chunks along each axis.
    pub fn grid(&self) -> Vec<usize> {
        self.shape.iter().zip(&self.chunk).map(|(&n, &c)| n.div_ceil(c.max(1))).collect()
    }
}

/// The description of an image: axes, sample type, resolutions (finest first, at least one).
#[derive(Clone, Debug, PartialEq)]
pub struct ImageMeta {
    /// Axes in index order.
    pub axes: Vec<Axis>,
    /// Type of a sample.
    pub dtype: DType,
    /// Resolutions, finest first.
    pub levels: Vec<Level>,
}
