//! Labels from files and to files.

use parfocal_base::{AxisKind, Chunk, Samples};

use super::*;
use crate::axes::from_letters;
use crate::conformance;
use crate::paint::{LabelsExport, PaintError};
use crate::source::{LabelColor, SourceKind};
use crate::{MemorySource, OpenOptions, Roots, open};

fn export(name: &str) -> LabelsExport {
    LabelsExport {
        name: name.to_owned(),
        axes: from_letters("zyx", 3).unwrap(),
        scale: vec![2.0, 0.5, 0.25],
        translate: vec![10.0, 0.0, -3.0],
        colors: vec![LabelColor { label: 2.0, rgba: [255, 0, 0, 255] }],
    }
}

fn painted(shape: &[usize]) -> Volume {
    let mut volume = Volume::new(shape).unwrap();
    let far = [(shape[1] - 1) as f64, (shape[2] - 1) as f64];
    paint(&mut volume, &stroke(Tool::Brush, 1, 20.0, &[[0.0, 0.0, 0.0], [0.0, far[0], far[1]]]));
    paint(&mut volume, &stroke(Tool::Brush, 2, 30.0, &[[2.0, far[0], 0.0], [2.0, 0.0, far[1]]]));
    paint(&mut volume, &stroke(Tool::Fill, 70_000, 1.0, &[[2.0, far[0], far[1]]]));
    volume
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_labels_are_read_back_with_all_levels() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cells.ome.zarr");
    crate::tests::zarr::image_v4(&root);
    let shape = [3, 700, 530];
    let volume = painted(&shape);
    volume.export_zarr(&root, &export("nuclei")).unwrap();
    painted(&SHAPE).export_zarr(&root, &export("nuclei 2")).unwrap();
    volume.export_zarr(&root, &export("nuclei")).unwrap();
    let opened = open(&root, &OpenOptions::new(Roots::everywhere())).await.unwrap();
    let names: Vec<&str> = opened.sources.iter().map(|s| s.info().name.as_str()).collect();
    assert_eq!(names, ["cells", "cells", "nuclei 2", "nuclei"]);
    let source = &opened.sources[3];
    assert_eq!((source.info().kind, source.info().labels_of), (SourceKind::Labels, Some(0)));
    assert_eq!(source.info().label_colors, export("").colors);
    assert_eq!(source.meta().axes[0].kind, AxisKind::Space);
    let finest = &source.meta().levels[0];
    assert_eq!((&finest.scale, &finest.translate), (&export("").scale, &export("").translate));
    assert_eq!(source.meta().levels[1].translate, [10.0, 0.25, -2.875]);
    let labels = Chunk::new(shape.to_vec(), Samples::U32(whole(&volume))).unwrap();
    let half =
        voxels(&[3, 350, 265]).map(|v| labels.get(&[v[0], v[1] * 2, v[2] * 2]).unwrap() as u32);
    let half = Chunk::new(vec![3, 350, 265], Samples::U32(half.collect())).unwrap();
    conformance::check(source, &[labels, half]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_alone_are_read_by_their_own_path() {
    let folder = tempfile::tempdir().unwrap();
    let volume = painted(&SHAPE);
    volume.export_zarr(folder.path(), &export("cells")).unwrap();
    let path = folder.path().join("labels/cells");
    let opened = open(&path, &OpenOptions::new(Roots::everywhere())).await.unwrap();
    assert_eq!(opened.sources[0].info().kind, SourceKind::Labels);
    let labels = Chunk::new(SHAPE.to_vec(), Samples::U32(whole(&volume))).unwrap();
    conformance::check(&opened.sources[0], &[labels]).await.unwrap();
}

#[test]
fn what_cannot_be_exported_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let volume = painted(&SHAPE);
    for name in ["", "../up", "a/b", ".hidden", "tab\t", &"x".repeat(200)] {
        let error = volume.export_zarr(folder.path(), &export(name)).unwrap_err();
        assert!(matches!(error, PaintError::Export(_)), "{error}");
    }
    let six = Volume::new(&[1, 1, 1, 1, 5, 5]).unwrap();
    assert!(matches!(six.export_zarr(folder.path(), &export("a")), Err(PaintError::Export(_))));
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = volume.export_zarr(&folder.path().join("file"), &export("a")).unwrap_err();
    assert!(matches!(error, PaintError::Write { .. }), "{error}");
}

fn memory(shape: &[usize], samples: Samples) -> crate::source::FileSource {
    let chunk = Chunk::new(shape.to_vec(), samples).unwrap();
    MemorySource::new("labels", "zyx", vec![chunk], &[2, 70, 333]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_begins_with_the_labels_of_a_source() {
    let labels: Vec<u32> = whole(&painted(&SHAPE)).iter().map(|label| label % 60_000).collect();
    let plain = Samples::U16(labels.iter().map(|&label| label as u16).collect());
    let mut volume = Volume::new(&SHAPE).unwrap();
    paint(&mut volume, &stroke(Tool::Brush, 9, 30.0, &[[1.0, 20.0, 20.0]]));
    let mut told = Vec::new();
    let source = memory(&SHAPE, plain);
    volume
        .fill_from(&source, &PaintLimits::default(), |done, all| told.push((done, all)))
        .await
        .unwrap();
    assert!(whole(&volume) == labels);
    assert_eq!((told.len(), told.last()), (8, Some(&(8, 8))));
    let unsigned = memory(&SHAPE, Samples::U32(labels.clone()));
    let few = PaintLimits { bytes: 1000, ..PaintLimits::default() };
    let error = volume.fill_from(&unsigned, &few, |_, _| ()).await.unwrap_err();
    assert!(matches!(error, PaintError::Full { limit: 1000, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_labels_is_refused_with_the_value() {
    let mut volume = Volume::new(&[1, 2, 2]).unwrap();
    for (samples, value) in [
        (Samples::F32(vec![0.0, 1.0, 2.5, 3.0]), "2.5"),
        (Samples::I16(vec![0, 1, -4, 3]), "-4"),
        (Samples::F64(vec![0.0, 1.0, f64::NAN, 3.0]), "NaN"),
    ] {
        let chunk = Chunk::new(vec![1, 2, 2], samples).unwrap();
        let source = MemorySource::new("labels", "zyx", vec![chunk], &[1, 2, 2]).unwrap();
        let error =
            volume.fill_from(&source, &PaintLimits::default(), |_, _| ()).await.unwrap_err();
        assert!(error.to_string().starts_with(value), "{error}");
    }
    let source = memory(&[3, 3, 3], Samples::U8(vec![0; 27]));
    let error = volume.fill_from(&source, &PaintLimits::default(), |_, _| ()).await.unwrap_err();
    assert!(matches!(error, PaintError::Shape { .. }), "{error}");
}
