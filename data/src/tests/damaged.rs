//! Files that are damaged at random: opening and reading them may fail, and must not panic, hang
//! or take memory that the limits do not allow.

use std::fs;
use std::path::Path;

use parfocal_base::DType;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::{fixture, npy, options, pattern, tiff, zarr};
use crate::error::DataError;
use crate::limits::Limits;
use crate::open::open;

/// Small limits, so that what a damaged size makes the reader allocate stays cheap to test.
fn limits() -> Limits {
    Limits { chunk_bytes: 1 << 20, pages: 64, metadata_bytes: 1 << 16, images: 4, levels: 4 }
}

/// Opens a path and reads the first and last chunk of every level of every source.
async fn exercise(path: &Path) {
    let options = crate::OpenOptions { limits: limits(), ..options() };
    let opened = match open(path, &options).await {
        Ok(opened) => opened,
        Err(error) => return assert_no_panic(&error),
    };
    for source in &opened.sources {
        for (number, level) in source.meta().levels.iter().enumerate() {
            let last: Vec<usize> = level.grid().iter().map(|n| n - 1).collect();
            for at in [vec![0; last.len()], last] {
                if let Err(error) = source.read(number, &at).await {
                    assert_no_panic(&error);
                }
            }
        }
    }
}

/// A panic on a pool thread comes out as [`DataError::Stopped`].
fn assert_no_panic(error: &DataError) {
    assert!(!matches!(error, DataError::Stopped(_)), "{error}");
}

/// Changes a few bytes: to a random value, an extreme one, or cuts the file off.
fn damage(bytes: &mut Vec<u8>, rng: &mut TestRng, within: usize) {
    for _ in 0..=rng.random_range(0..4_u32) {
        let at = rng.random_range(0..within.min(bytes.len()).max(1));
        match rng.random_range(0..6_u32) {
            0 => bytes.truncate(at),
            1 => set(bytes, at, 0xff),
            2 => set(bytes, at, 0),
            3 => set(bytes, at, b'9'),
            _ => set(bytes, at, rng.random()),
        }
    }
}

fn set(bytes: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
}

/// Damages the file at `path` `times` times, each time from its sound state.
async fn shake(path: &Path, opened: &Path, within: usize, times: usize) {
    let sound = fs::read(path).unwrap();
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    for _ in 0..times {
        let mut bytes = sound.clone();
        damage(&mut bytes, &mut rng, within);
        fs::write(path, bytes).unwrap();
        exercise(opened).await;
    }
    fs::write(path, sound).unwrap();
}

#[tokio::test]
async fn damaged_npy_headers_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = npy::write(folder.path(), "<u2", false, &[3, 4, 5], &[7; 120]);
    shake(&path, &path, 90, 2000).await;
}

#[tokio::test]
async fn damaged_tiffs_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let stack = pattern(&[3, 8, 6], DType::U16);
    let text = "ImageJ=1.54f\nimages=3\nslices=3\nunit=um\nspacing=0.5\n";
    let path = tiff::write(folder.path(), "plain.tif", text, &tiff::planes(&stack), 3);
    shake(&path, &path, usize::MAX, 2000).await;
    for name in [
        "lzw-predictor.tif",
        "deflate-tiles-float.tif",
        "pyramid.ome.tif",
        "rgb-planar.tif",
        "bigtiff-big-endian.tif",
    ] {
        let path = folder.path().join(name);
        fs::copy(fixture(name), &path).unwrap();
        shake(&path, &path, 1500, 500).await;
    }
}

#[tokio::test]
async fn damaged_zarr_metadata_and_chunks_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("v4.zarr");
    zarr::image_v4(&root);
    for file in [".zattrs", "0/.zarray", "0/0.0", "labels/.zattrs", "labels/cells/.zattrs"] {
        shake(&root.join(file), &root, usize::MAX, 300).await;
    }
    let root = folder.path().join("v3.zarr");
    copy(&fixture("image-v3.zarr"), &root);
    for file in ["zarr.json", "0/zarr.json", "1/zarr.json", "0/c/0/0/0", "1/c/0/0/0"] {
        shake(&root.join(file), &root, usize::MAX, 300).await;
    }
    for name in [
        "blosc-blosclz-1",
        "blosc-lz4-2",
        "blosc-zstd-0",
        "blosc-zlib-1",
        "blosc-blosclz-long",
        "lz4",
    ] {
        let root = folder.path().join(name);
        copy(&fixture("codecs-v2.zarr").join(name), &root);
        shake(&root.join("0.0"), &root, 300, 300).await;
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_tiff_that_promises_a_trillion_pixels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = tiff::write(folder.path(), "huge.tif", "", &[pattern(&[4, 4], DType::U16)], 4);
    let sound = fs::read(&path).unwrap();
    for (width, height) in [(1_000_000_u32, 1_000_000_u32), (u32::MAX, u32::MAX), (0, 5)] {
        let mut bytes = sound.clone();
        let entry = |tag: u16, bytes: &[u8]| {
            bytes.windows(4).position(|w| w == [tag.to_le_bytes(), [4, 0]].concat()).unwrap() + 8
        };
        let (w, h) = (entry(256, &bytes), entry(257, &bytes));
        bytes[w..w + 4].copy_from_slice(&width.to_le_bytes());
        bytes[h..h + 4].copy_from_slice(&height.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        let error = open(&path, &options()).await.unwrap_err().to_string();
        assert!(error.contains("huge.tif"), "{error}");
    }
}

#[tokio::test]
async fn a_truncated_tiff_is_refused_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.tif");
    let sound = fs::read(fixture("rgb.tif")).unwrap();
    fs::write(&path, &sound[..sound.len() - 100]).unwrap();
    let error = open(&path, &options()).await.unwrap_err().to_string();
    assert!(error.contains("ends at byte"), "{error}");
}

#[tokio::test]
async fn deep_json_and_xml_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let deep = "[".repeat(100_000);
    fs::write(folder.path().join("zarr.json"), &deep).unwrap();
    assert!(open(folder.path(), &options()).await.is_err());
    for text in [
        "<OME>".repeat(100_000),
        format!("<OME>{}", "<a b='".repeat(50_000)),
        format!("{{\"shape\": {deep}"),
    ] {
        let path =
            tiff::write(folder.path(), "deep.tif", &text, &[pattern(&[4, 4], DType::U16)], 4);
        let opened = open(&path, &options()).await.unwrap();
        assert_eq!(opened.sources[0].meta().axes.len(), 2);
    }
}
