//! Zarr arrays that zarr-python and numcodecs wrote, and OME-Zarr images written here.

use std::path::Path;

use parfocal_base::{AxisKind, Chunk, DType, Samples};
use serde_json::{Value, json};

use super::{check, fixture, open_ok, options, pattern};
use crate::open::open;
use crate::source::SourceKind;

#[tokio::test(flavor = "multi_thread")]
async fn every_codec_of_version_2_is_read() {
    let root = fixture("codecs-v2.zarr");
    let expected = pattern(&[37, 53], DType::U16);
    let mut names: Vec<String> = ["zlib", "gzip", "zstd", "lz4"].map(str::to_owned).to_vec();
    for inner in ["lz4", "zstd", "zlib", "blosclz", "lz4hc"] {
        names.extend((0..3).map(|shuffle| format!("blosc-{inner}-{shuffle}")));
    }
    for name in names {
        check(&open_ok(&root.join(name)).await, 0, "yx", std::slice::from_ref(&expected)).await;
    }
    let Samples::U8(v) = pattern(&[64, 64], DType::U8).samples().clone() else { unreachable!() };
    let long = Samples::U8(v.into_iter().map(|v| v / 200).collect());
    let long = Chunk::new(vec![64, 64], long).unwrap();
    check(&open_ok(&root.join("blosc-blosclz-long")).await, 0, "yx", &[long]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fortran_chunks_and_bytes_with_a_sign_are_read() {
    let root = fixture("codecs-v2.zarr");
    check(&open_ok(&root.join("fortran")).await, 0, "zyx", &[pattern(&[5, 7, 9], DType::F64)])
        .await;
    let Samples::U8(v) = pattern(&[7, 9], DType::U8).samples().clone() else { unreachable!() };
    let signed = Samples::I16(v.into_iter().map(|v| i16::from(v as i8)).collect());
    check(&open_ok(&root.join("int8")).await, 0, "yx", &[Chunk::new(vec![7, 9], signed).unwrap()])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ome_zarr_0_5_with_shards_transposes_and_checksums_is_read() {
    let opened = open_ok(&fixture("image-v3.zarr")).await;
    let levels = [pattern(&[2, 40, 50], DType::U16), pattern(&[2, 20, 25], DType::U16)];
    check(&opened, 0, "cyx", &levels).await;
    let source = &opened.sources[0];
    // Chunks are those within a shard, not the shards.
    assert_eq!(source.meta().levels[0].chunk, [1, 8, 16]);
    assert_eq!(source.meta().levels[1].scale, [1.0, 1.0, 0.5]);
    let channels = &source.info().channels;
    assert_eq!((channels[0].color, channels[0].window), (Some([0, 0, 255]), Some([5.0, 500.0])));
    assert!(!channels[1].active);
}

pub(super) fn put(folder: &Path, name: &str, json: &Value) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, json.to_string()).unwrap();
}

/// Writes a version 2 array of u8 without compression in chunks of 8 × 8, leaving out `missing`.
pub(super) fn array(folder: &Path, whole: &Chunk, missing: &str) {
    let [height, width] = whole.shape() else { panic!("planes only") };
    put(
        folder,
        ".zarray",
        &json!({"zarr_format": 2, "shape": [height, width], "chunks": [8, 8],
        "dtype": "|u1", "compressor": null, "fill_value": 3, "order": "C", "filters": null}),
    );
    for y in 0..height.div_ceil(8) {
        for x in 0..width.div_ceil(8) {
            let name = format!("{y}.{x}");
            let sample = |i: usize| whole.get(&[y * 8 + i / 8, x * 8 + i % 8]).unwrap_or(0.0) as u8;
            if name != missing {
                std::fs::write(folder.join(name), (0..64).map(sample).collect::<Vec<u8>>())
                    .unwrap();
            }
        }
    }
}

/// Writes an OME-Zarr 0.4 image with two levels and labels.
pub(crate) fn image_v4(root: &Path) -> [Chunk; 3] {
    let arrays = [[20, 30], [10, 15], [20, 30]].map(|shape| pattern(&shape, DType::U8));
    let scale = |s: f64| json!([{"type": "scale", "scale": [s, s]}]);
    let axes = json!([{"name": "y", "type": "space", "unit": "micrometer"}, {"name": "x", "type": "space"}]);
    put(root, ".zgroup", &json!({"zarr_format": 2}));
    put(
        root,
        ".zattrs",
        &json!({"unknown": {"key": [1]}, "multiscales": [{"version": "0.4", "axes": axes,
        "datasets": [{"path": "0", "coordinateTransformations": scale(0.5)}, {"path": "1", "coordinateTransformations": scale(1.0)}]}]}),
    );
    array(&root.join("0"), &arrays[0], "");
    array(&root.join("1"), &arrays[1], "");
    put(root, "labels/.zattrs", &json!({"labels": ["cells", "gone"]}));
    put(
        root,
        "labels/cells/.zattrs",
        &json!({"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}],
        "image-label": {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]}}),
    );
    array(&root.join("labels/cells/0"), &arrays[2], "");
    arrays
}

#[tokio::test(flavor = "multi_thread")]
async fn ome_zarr_0_4_opens_with_levels_and_labels() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cells.ome.zarr");
    let [full, half, labels] = image_v4(&root);
    let opened = open_ok(&root).await;
    check(&opened, 0, "yx", &[full, half]).await;
    check(&opened, 1, "yx", &[labels]).await;
    let (image, labels) = (&opened.sources[0], &opened.sources[1]);
    assert_eq!((image.info().name.as_str(), image.info().kind), ("cells", SourceKind::Image));
    assert_eq!(
        image.info().warnings.len(),
        1,
        "the labels that are not there: {:?}",
        image.info().warnings
    );
    assert_eq!(image.meta().levels[1].scale, [1.0, 1.0]);
    assert_eq!(image.meta().axes[0].kind, AxisKind::Space);
    assert_eq!((labels.info().kind, labels.info().labels_of), (SourceKind::Labels, Some(0)));
    assert_eq!(labels.info().label_colors[0].rgba, [255, 0, 0, 255]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_not_stored_holds_the_fill_value() {
    let folder = tempfile::tempdir().unwrap();
    array(folder.path(), &pattern(&[12, 12], DType::U8), "1.1");
    let opened = open_ok(folder.path()).await;
    let chunk = opened.sources[0].read(0, &[1, 1]).await.unwrap();
    assert_eq!(chunk, Chunk::new(vec![4, 4], Samples::U8(vec![3; 16])).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_chunk_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    array(folder.path(), &pattern(&[8, 8], DType::U8), "");
    std::fs::write(folder.path().join("0.0"), [0; 10]).unwrap();
    let error = open_ok(folder.path()).await.sources[0].read(0, &[0, 0]).await.unwrap_err();
    assert!(error.to_string().contains("[0, 0]"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_arrays_that_cannot_be_shown_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let small = json!({"zarr_format": 2, "shape": [8, 8], "chunks": [8, 8], "dtype": "|u1", "compressor": null});
    let with = |key: &str, value: Value| {
        let mut json = small.clone();
        json[key] = value;
        json
    };
    let cases = [
        (".zattrs", json!({"plate": {}}), "plate"),
        (".zattrs", json!({"multiscales": [{"datasets": [{"path": "../../etc"}]}]}), "outside"),
        (".zattrs", json!({"multiscales": [{"datasets": [{"path": "9"}]}]}), "zarr.json"),
        (".zarray", with("chunks", json!([1 << 20, 1 << 20])), "limit"),
        (".zarray", with("chunks", json!([8])), "chunk shape"),
        (".zarray", with("shape", json!([0, 8])), "no samples"),
        (".zarray", with("shape", json!([-1, 8])), "shape"),
        (".zarray", with("dtype", json!("<c8")), "c8"),
        (".zarray", with("compressor", json!({"id": "jpeg2k"})), "jpeg2k"),
        (".zarray", with("filters", json!([{"id": "delta"}])), "delta"),
    ];
    for (i, (file, json, word)) in cases.iter().enumerate() {
        let root = folder.path().join(i.to_string());
        put(&root, file, json);
        let error = open(&root, &options()).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_that_contradicts_the_size_of_its_level_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    image_v4(folder.path());
    array(&folder.path().join("1"), &pattern(&[5, 8], DType::U8), "");
    let opened = open_ok(folder.path()).await;
    let level = &opened.sources[0].meta().levels[1];
    assert_eq!(
        (level.scale.clone(), level.translate.clone()),
        (vec![2.0, 1.875], vec![0.75, 0.6875])
    );
    let warnings = &opened.sources[0].info().warnings;
    assert!(warnings.iter().any(|w| w.contains("level 1")), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_chunk_far_larger_than_its_samples_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    array(folder.path(), &pattern(&[8, 8], DType::U8), "");
    std::fs::write(folder.path().join("0.0"), vec![0; 1 << 20]).unwrap();
    let error = open_ok(folder.path()).await.sources[0].read(0, &[0, 0]).await.unwrap_err();
    assert!(error.to_string().contains("limit"), "{error}");
}
