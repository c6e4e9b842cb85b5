//! Which paths may be opened.

use parfocal_base::DType;

use super::zarr::{array, put};
use super::{npy, pattern};
use crate::error::DataError;
use crate::open::{OpenOptions, Roots, open};

#[tokio::test(flavor = "multi_thread")]
async fn only_paths_below_a_root_are_opened() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = OpenOptions::new(Roots::new([inside.path()]).unwrap());
    let good = npy::write(inside.path(), "|u1", false, &[2, 2], &[0; 4]);
    let secret = npy::write(outside.path(), "|u1", false, &[2, 2], &[0; 4]);
    assert!(open(&good, &options).await.is_ok());

    let dots = inside.path().join("..").join(outside.path().file_name().unwrap()).join("image.npy");
    let hidden = inside.path().join("..").join("does-not-exist");
    for path in [secret, dots, hidden] {
        let error = open(&path, &options).await.unwrap_err();
        assert!(matches!(error, DataError::OutsideRoots { .. }), "{error}");
    }
    let missing = open(&inside.path().join("none.npy"), &options).await.unwrap_err();
    assert!(matches!(missing, DataError::Io { .. }), "{missing}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_outside_are_refused_even_within_a_zarr_folder() {
    use std::os::unix::fs::symlink;
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = OpenOptions::new(Roots::new([inside.path()]).unwrap());
    let secret = npy::write(outside.path(), "|u1", false, &[2, 2], &[0; 4]);
    let link = inside.path().join("link.npy");
    symlink(&secret, &link).unwrap();
    let error = open(&link, &options).await.unwrap_err();
    assert!(matches!(error, DataError::OutsideRoots { .. }), "{error}");

    array(inside.path(), &pattern(&[8, 8], DType::U8), "0.0");
    symlink(&secret, inside.path().join("0.0")).unwrap();
    let opened = open(inside.path(), &options).await.unwrap();
    let error = opened.sources[0].read(0, &[0, 0]).await.unwrap_err();
    assert!(matches!(error, DataError::OutsideRoots { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_image_is_refused_with_the_formats_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(Roots::everywhere());
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "hello").unwrap();
    let error = open(&text, &options).await.unwrap_err().to_string();
    assert!(error.contains("notes.txt") && error.contains("TIFF"), "{error}");
    let error = open(folder.path(), &options).await.unwrap_err().to_string();
    assert!(error.contains("Zarr"), "{error}");
    put(folder.path(), ".zgroup", &serde_json::json!({"zarr_format": 2}));
    let error = open(folder.path(), &options).await.unwrap_err().to_string();
    assert!(error.contains("multiscales"), "{error}");
}
