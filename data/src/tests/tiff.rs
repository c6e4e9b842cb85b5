//! TIFF files that tifffile wrote, and a few that a small writer here makes.

use std::path::{Path, PathBuf};

use parfocal_base::{Chunk, DType, Samples};

use super::{check, fixture, open_ok, options, pattern};
use crate::open::open;
use crate::source::SourceKind;

#[tokio::test(flavor = "multi_thread")]
async fn layouts_compressions_and_byte_orders_of_tifffile_are_read() {
    let cases: [(&str, &str, &[usize], DType); 11] = [
        ("lzw-predictor.tif", "yx", &[31, 45], DType::U16),
        ("deflate-tiles-float.tif", "yx", &[40, 50], DType::F32),
        ("zstd-big-endian.tif", "yx", &[31, 45], DType::U16),
        ("packbits.tif", "yx", &[31, 45], DType::U8),
        ("bigtiff-big-endian.tif", "zyx", &[3, 21, 33], DType::I16),
        ("float-predictor-big-endian.tif", "yx", &[31, 45], DType::F64),
        ("rgb.tif", "cyx", &[3, 34, 35], DType::U8),
        ("rgb-planar.tif", "cyx", &[3, 34, 35], DType::U8),
        ("rgb-tiled-lzw.tif", "cyx", &[3, 34, 35], DType::U8),
        ("tifffile-axes.tif", "tzyx", &[4, 3, 9, 11], DType::U16),
        ("imagej-contiguous.tif", "zyx", &[6, 12, 14], DType::U16),
    ];
    for (name, axes, shape, dtype) in cases {
        check(&open_ok(&fixture(name)).await, 0, axes, &[pattern(shape, dtype)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imagej_hyperstack_has_axes_and_sizes() {
    let opened = open_ok(&fixture("imagej.tif")).await;
    check(&opened, 0, "tzcyx", &[pattern(&[3, 2, 2, 12, 14], DType::U16)]).await;
    let meta = opened.sources[0].meta();
    assert_eq!(meta.levels[0].scale, [2.0, 0.5, 1.0, 0.25, 0.25]);
    let units: Vec<_> = meta.axes.iter().map(|axis| axis.unit.as_deref()).collect();
    let um = Some("micrometer");
    assert_eq!(units, [Some("second"), um, None, um, um]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ome_pyramid_has_levels_channels_and_sizes() {
    let opened = open_ok(&fixture("pyramid.ome.tif")).await;
    let levels = [pattern(&[2, 64, 80], DType::U8), pattern(&[2, 32, 40], DType::U8)];
    check(&opened, 0, "cyx", &levels).await;
    let source = &opened.sources[0];
    assert_eq!(source.info().name, "pyramid");
    let names: Vec<_> = source.info().channels.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["DAPI", "GFP"]);
    assert_eq!(source.meta().levels[1].scale, [1.0, 1.0, 0.5]);
    assert_eq!(source.meta().levels[1].translate, [0.0, 0.25, 0.125]);
    assert_eq!(source.meta().axes[2].unit.as_deref(), Some("micrometer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rgb_channels_are_coloured() {
    let opened = open_ok(&fixture("rgb.tif")).await;
    let channels = &opened.sources[0].info().channels;
    assert_eq!(channels[1].color, Some([0, 255, 0]));
    assert_eq!(channels[1].window, Some([0.0, 255.0]));
}

/// Writes a little-endian TIFF: pages of strips as long as `rows`, uncompressed u16.
pub(super) fn write(
    folder: &Path,
    name: &str,
    text: &str,
    pages: &[Chunk],
    rows: usize,
) -> PathBuf {
    let mut out = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (i, page) in pages.iter().enumerate() {
        let Samples::U16(v) = page.samples() else { panic!("u16 only") };
        let [height, width] = page.shape() else { panic!("planes only") };
        let mut strips = Vec::new();
        // A gap before each strip, so that strips do not follow each other.
        for strip in v.chunks(rows * width) {
            out.push(0xee);
            strips.push((out.len() as u32, 2 * strip.len() as u32));
            out.extend(strip.iter().flat_map(|s| s.to_le_bytes()));
        }
        let list = |out: &mut Vec<u8>, values: Vec<u32>| {
            let at = out.len() as u32;
            out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            if values.len() == 1 { values[0] } else { at }
        };
        let offsets = list(&mut out, strips.iter().map(|s| s.0).collect());
        let counts = list(&mut out, strips.iter().map(|s| s.1).collect());
        let text_at = out.len() as u32;
        let text = if i == 0 { format!("{text}   \0") } else { "    \0".to_owned() };
        out.extend(text.as_bytes());
        let entries: [(u16, u16, u32, u32); 9] = [
            (256, 4, 1, *width as u32),
            (257, 4, 1, *height as u32),
            (258, 3, 1, 16),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (270, 2, text.len() as u32, text_at),
            (273, 4, strips.len() as u32, offsets),
            (278, 4, 1, rows as u32),
            (279, 4, strips.len() as u32, counts),
        ];
        let ifd = out.len() as u32;
        out[link..link + 4].copy_from_slice(&ifd.to_le_bytes());
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            out.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            out.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        link = out.len();
        out.extend([0; 4]);
    }
    let path = folder.join(name);
    std::fs::write(&path, out).unwrap();
    path
}

/// The planes of a stack.
pub(super) fn planes(stack: &Chunk) -> Vec<Chunk> {
    let Samples::U16(v) = stack.samples() else { panic!("u16 only") };
    let shape = &stack.shape()[stack.shape().len() - 2..];
    let plane = |v: &[u16]| Chunk::new(shape.to_vec(), Samples::U16(v.to_vec())).unwrap();
    v.chunks(shape[0] * shape[1]).map(plane).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_a_description_are_slices() {
    let folder = tempfile::tempdir().unwrap();
    let stack = pattern(&[4, 20, 30], DType::U16);
    for rows in [1, 7, 20] {
        let path = write(folder.path(), "stack.tif", "", &planes(&stack), rows);
        check(&open_ok(&path).await, 0, "zyx", std::slice::from_ref(&stack)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_pages_of_many_strips_are_read_in_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let page = pattern(&[2100, 2500], DType::U16);
    let path = write(folder.path(), "wide.tif", "", std::slice::from_ref(&page), 37);
    let opened = open_ok(&path).await;
    assert_eq!(opened.sources[0].meta().levels[0].chunk, [1024, 1024]);
    check(&opened, 0, "yx", &[page]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_another_size_are_a_source_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (stack, other) = (pattern(&[2, 9, 9], DType::U16), pattern(&[5, 6], DType::U16));
    let mut pages = planes(&stack);
    pages.push(other.clone());
    let opened = open_ok(&write(folder.path(), "mixed.tif", "", &pages, 9)).await;
    check(&opened, 0, "zyx", &[stack]).await;
    check(&opened, 1, "yx", &[other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_directory_for_a_contiguous_stack_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let stack = pattern(&[5, 8, 6], DType::U16);
    let text = "ImageJ=1.54f\nimages=5\nslices=5\n";
    // The strip of the first page is followed by those of the others.
    let path = write(folder.path(), "big.tif", text, &planes(&stack)[..1], 8);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() as u32;
    let Samples::U16(v) = stack.samples() else { unreachable!() };
    bytes.extend(v.iter().flat_map(|s| s.to_le_bytes()));
    let offsets = bytes.windows(2).position(|w| w == 273_u16.to_le_bytes()).unwrap();
    bytes[offsets + 8..offsets + 12].copy_from_slice(&at.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    check(&open_ok(&path).await, 0, "zyx", &[stack]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_does_not_fit_the_pages_is_passed_over_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let stack = pattern(&[3, 8, 6], DType::U16);
    let path =
        write(folder.path(), "a.tif", r#"{"shape": [9, 8, 6], "axes": "TYX"}"#, &planes(&stack), 8);
    let opened = open_ok(&path).await;
    assert_eq!(opened.sources[0].info().warnings.len(), 1);
    check(&opened, 0, "zyx", &[stack]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axes_can_be_overridden_and_labels_are_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let stack = pattern(&[3, 2, 8, 6], DType::U16);
    let text = "ImageJ=1.11a\nimages=6\nchannels=2\nslices=3\nhyperstack=true\n";
    let image = write(folder.path(), "image.tif", text, &planes(&stack), 8);
    assert_eq!(super::axes(&open_ok(&image).await.sources[0]), "zcyx");
    let named = crate::OpenOptions { axes: Some("tzyx".to_owned()), ..options() };
    check(&open(&image, &named).await.unwrap(), 0, "tzyx", std::slice::from_ref(&stack)).await;
    let wrong = crate::OpenOptions { axes: Some("tyx".to_owned()), ..options() };
    let error = open(&image, &wrong).await.unwrap_err().to_string();
    assert!(error.contains("4 different letters"), "{error}");

    let labels = write(folder.path(), "image_SEG.tif", text, &planes(&stack), 8);
    let opened = open_ok(&labels).await;
    assert_eq!(opened.sources[0].info().kind, SourceKind::Labels);
    check(&opened, 0, "tzyx", &[stack]).await;
    let forced = crate::OpenOptions { labels: Some(false), ..options() };
    let opened = open(&labels, &forced).await.unwrap();
    assert_eq!(opened.sources[0].info().kind, SourceKind::Image);
}
