//! Tests that go through files: fixtures that other libraries wrote (`fixtures/make.py`), files
//! that small writers here make, and damaged ones.

mod damaged;
mod loader;
mod npy;
mod paths;
mod queue;
mod tiff;
pub(crate) mod zarr;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parfocal_base::{Chunk, DType, Samples};

use crate::conformance;
use crate::convert::constant;
use crate::open::{OpenOptions, Opened, Roots, open};
use crate::source::Source;

/// The sample at flat index `i` of every fixture; `fixtures/make.py` agrees.
fn value(i: usize, dtype: DType) -> f64 {
    let v = (i * 7919 + i / 5) % 65521;
    match dtype {
        DType::F32 | DType::F64 => v as f64 / 8.0,
        DType::U8 | DType::Bool => (v % 256) as f64,
        _ => v as f64,
    }
}

/// An array of `shape` filled with [`value`].
fn pattern(shape: &[usize], dtype: DType) -> Chunk {
    let len = shape.iter().product();
    let mut samples = constant(dtype, len, 0.0);
    for i in 0..len {
        let v = value(i, dtype);
        match &mut samples {
            Samples::Bool(s) => s[i] = u8::from(v as u8 & 1 == 1),
            Samples::U8(s) => s[i] = v as u8,
            Samples::U16(s) => s[i] = v as u16,
            Samples::U32(s) => s[i] = v as u32,
            Samples::I16(s) => s[i] = v as u16 as i16,
            Samples::I32(s) => s[i] = v as i32,
            Samples::F32(s) => s[i] = v as f32,
            Samples::F64(s) => s[i] = v,
        }
    }
    Chunk::new(shape.to_vec(), samples).unwrap()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn options() -> OpenOptions {
    OpenOptions::new(Roots::everywhere())
}

async fn open_ok(path: &Path) -> Opened {
    open(path, &options()).await.unwrap_or_else(|e| panic!("{e}"))
}

fn axes(source: &Arc<dyn Source>) -> String {
    source.meta().axes.iter().map(|axis| axis.name.as_str()).collect()
}

/// The source at `position` of the opened file has these axes and holds these arrays.
async fn check(opened: &Opened, position: usize, named: &str, expected: &[Chunk]) {
    let source = &opened.sources[position];
    assert_eq!(axes(source), named, "{}", opened.path.display());
    if let Err(reason) = conformance::check(source, expected).await {
        panic!("{}: {reason}", opened.path.display());
    }
}
