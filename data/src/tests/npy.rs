//! NPY files of every type, order and version.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use parfocal_base::{Chunk, DType, Samples};

use super::{check, open_ok, options, pattern};
use crate::error::DataError;
use crate::open::open;

/// Writes an NPY file whose bytes are given.
pub(super) fn write(
    folder: &Path,
    descr: &str,
    fortran: bool,
    shape: &[usize],
    data: &[u8],
) -> PathBuf {
    let list: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({list}), }}\n");
    let path = folder.join("image.npy");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"\x93NUMPY\x01\0").unwrap();
    file.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.write_all(data).unwrap();
    path
}

/// The bytes of a pattern in the given byte order.
fn bytes(chunk: &Chunk, big: bool) -> Vec<u8> {
    macro_rules! each {
        ($v:expr) => {
            $v.iter().flat_map(|s| if big { s.to_be_bytes() } else { s.to_le_bytes() }).collect()
        };
    }
    match chunk.samples() {
        Samples::Bool(v) | Samples::U8(v) => v.clone(),
        Samples::U16(v) => each!(v),
        Samples::U32(v) => each!(v),
        Samples::I16(v) => each!(v),
        Samples::I32(v) => each!(v),
        Samples::F32(v) => each!(v),
        Samples::F64(v) => each!(v),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_type_in_both_byte_orders_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let types = [
        (DType::Bool, "b1"),
        (DType::U8, "u1"),
        (DType::U16, "u2"),
        (DType::U32, "u4"),
        (DType::I16, "i2"),
        (DType::I32, "i4"),
        (DType::F32, "f4"),
        (DType::F64, "f8"),
    ];
    for (dtype, name) in types {
        for (order, big) in [("<", false), (">", true)] {
            let expected = pattern(&[3, 7, 11], dtype);
            let path = write(
                folder.path(),
                &format!("{order}{name}"),
                false,
                &[3, 7, 11],
                &bytes(&expected, big),
            );
            check(&open_ok(&path).await, 0, "zyx", &[expected]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planes_too_large_for_one_chunk_are_read_in_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let expected = pattern(&[2, 2300, 2050], DType::U16);
    let path = write(folder.path(), "<u2", false, &[2, 2300, 2050], &bytes(&expected, false));
    let opened = open_ok(&path).await;
    assert_eq!(opened.sources[0].meta().levels[0].chunk, [1, 1024, 1024]);
    check(&opened, 0, "zyx", &[expected]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fortran_order_is_transposed() {
    let folder = tempfile::tempdir().unwrap();
    for shape in [vec![5, 6], vec![70, 90], vec![4, 3, 5], vec![2, 3, 4, 5], vec![40, 30, 50, 200]]
    {
        let expected = pattern(&shape, DType::U16);
        let reversed: Vec<usize> = shape.iter().rev().copied().collect();
        // Sample [i, j, …] of the image stands where [… j, i] stands in C order of the reverse.
        let steps = expected.strides().into_iter().rev().collect::<Vec<_>>();
        let turned = crate::block::gather(expected.samples(), 0, &steps, &reversed).unwrap();
        let turned = Chunk::new(reversed, turned).unwrap();
        let path = write(folder.path(), "<u2", true, &shape, &bytes(&turned, false));
        check(&open_ok(&path).await, 0, &"tzyx"[4 - shape.len()..], &[expected]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_and_narrow_types_become_the_nearest_type_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let wide: Vec<u8> =
        [1_i64, -2, 2_147_483_647, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let cases: [(&str, Vec<u8>, Samples); 3] = [
        ("|i1", vec![1, 255, 128, 127], Samples::I16(vec![1, -1, -128, 127])),
        ("<i8", wide, Samples::I32(vec![1, -2, i32::MAX, 0])),
        (
            ">f2",
            vec![0x3c, 0, 0xc0, 0, 0, 0, 0x7c, 0],
            Samples::F32(vec![1.0, -2.0, 0.0, f32::INFINITY]),
        ),
    ];
    for (descr, data, samples) in cases {
        let path = write(folder.path(), descr, false, &[2, 2], &data);
        check(&open_ok(&path).await, 0, "yx", &[Chunk::new(vec![2, 2], samples).unwrap()]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_64_bit_value_that_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data: Vec<u8> = [1_u64, 5_000_000_000].iter().flat_map(|v| v.to_le_bytes()).collect();
    let path = write(folder.path(), "<u8", false, &[1, 2], &data);
    let error = open_ok(&path).await.sources[0].read(0, &[0, 0]).await.unwrap_err();
    assert!(matches!(&error, DataError::Value { value, .. } if value == "5000000000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_axis_of_three_becomes_channels_before_y() {
    let folder = tempfile::tempdir().unwrap();
    let expected = pattern(&[3, 32, 33], DType::U8);
    let interleaved =
        crate::block::gather(expected.samples(), 0, &[33, 1, 32 * 33], &[32, 33, 3]).unwrap();
    let interleaved = Chunk::new(vec![32, 33, 3], interleaved).unwrap();
    let path = write(folder.path(), "|u1", false, &[32, 33, 3], &bytes(&interleaved, false));
    check(&open_ok(&path).await, 0, "cyx", &[expected]).await;
    let named = crate::OpenOptions { axes: Some("zyx".to_owned()), ..options() };
    check(&open(&path, &named).await.unwrap(), 0, "zyx", &[interleaved]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_headers_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[usize], &str); 8] = [
        ("<u2", &[1_000_000, 1_000_000], "ends at byte"),
        ("<u2", &[usize::MAX, usize::MAX], "overflows"),
        ("<u2", &[0, 5], "no samples"),
        ("<u2", &[], "axes"),
        ("<u2", &[2], "axes"),
        ("<u2", &[1, 1, 1, 1, 1, 1, 1, 1, 1], "axes"),
        ("<c8", &[1, 1], "c8"),
        ("<U3", &[1, 1], "U3"),
    ];
    for (descr, shape, word) in cases {
        let path = write(folder.path(), descr, false, shape, &[0; 64]);
        let error = open(&path, &options()).await.unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("image.npy"), "{error}");
    }
}
