//! Zarr 2 and 3, and what OME-Zarr 0.1 to 0.5 says in their attributes: resolutions with scale and
//! translation, axes, channels, label images.
//!
//! Also opened: a single array (axes from `dimension_names`, or guessed), and a folder of images
//! as bioformats2raw writes it. Codecs: blosc, gzip, zlib, zstd, lz4, crc32c, transpose, and
//! shards. A chunk that is not stored holds the fill value.
//!
//! This is an own reader because it must bound what a chunk may decode to and check every file
//! against the allowed roots, and because it is small.

mod array;
mod blosc;
mod codecs;
mod ome;
mod store;

use std::path::Path;
use std::sync::Arc;

use parfocal_base::{Axis, ImageMeta, Level, Samples};

use crate::axes::{axis, guess};
use crate::block::Block;
use crate::error::DataError;
use crate::limits::Limits;
use crate::open::Roots;
use crate::source::{FileSource, Reader, SourceInfo, SourceKind};
use array::{Array, join};
use ome::{Multiscale, Transform};
use store::{Node, Store};

/// Whether a folder looks like a Zarr group or array.
pub fn is_zarr(folder: &Path) -> bool {
    ["zarr.json", ".zgroup", ".zarray", ".zattrs"].iter().any(|name| folder.join(name).is_file())
}

/// Opens the images below `folder` (resolved, within `roots`): each followed by its labels.
///
/// # Errors
/// What is wrong with the first image, or that there is none.
pub fn open(folder: &Path, roots: &Roots, limits: &Limits) -> Result<Vec<FileSource>, DataError> {
    let store = Arc::new(Store::new(folder, roots, limits));
    let node = store
        .attributes("")?
        .ok_or_else(|| DataError::unsupported(folder, "it holds no Zarr metadata"))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(".zarr").trim_end_matches(".ome").to_owned();
    if node.array {
        return single(&store, &node, &name, limits).map(|source| vec![source]);
    }
    if ome::multiscale(node.ome()).is_some() {
        return with_labels(&store, "", &node, &name, limits);
    }
    let series = collection(&store, limits)?;
    if series.is_empty() {
        return Err(DataError::unsupported(folder, missing_images(node.ome())));
    }
    let mut all = Vec::new();
    for path in series {
        let Some(node) = store.attributes(&path)? else { continue };
        let before = all.len();
        for mut source in with_labels(&store, &path, &node, &format!("{name} {path}"), limits)? {
            let info = source.info_mut();
            info.labels_of = info.labels_of.map(|of| of + before);
            all.push(source);
        }
        if all.len() >= limits.images {
            break;
        }
    }
    all.truncate(limits.images);
    Ok(all)
}

fn missing_images(ome: &serde_json::Value) -> &'static str {
    if ome.get("plate").is_some() {
        "it is a plate; open one field of it, such as PLATE/A/1/0"
    } else {
        "this Zarr group has no `multiscales`; open one of its arrays, or a group that has them"
    }
}

/// Groups `0`, `1`, … (bioformats2raw) or the names in `labels` that are images.
fn collection(store: &Store, limits: &Limits) -> Result<Vec<String>, DataError> {
    let mut found = Vec::new();
    for i in 0..limits.images {
        let path = i.to_string();
        match store.attributes(&path)? {
            Some(node) if !node.array && ome::multiscale(node.ome()).is_some() => found.push(path),
            _ => break,
        }
    }
    Ok(found)
}

/// The image at `path` of the store, followed by its label images.
fn with_labels(
    store: &Arc<Store>,
    path: &str,
    node: &Node,
    name: &str,
    limits: &Limits,
) -> Result<Vec<FileSource>, DataError> {
    let mut all = vec![image(store, path, node, name, limits)?];
    let group = join(path, "labels");
    let Some(labels) = store.attributes(&group)? else { return Ok(all) };
    for label in ome::label_names(labels.ome()).into_iter().take(limits.images.saturating_sub(1)) {
        let path = join(&group, &label);
        let opened = store.attributes(&path).and_then(|node| match node {
            Some(node) => image(store, &path, &node, &label, limits),
            None => Err(DataError::malformed(
                store.root(),
                format!("the labels {label:?} are listed but not there"),
            )),
        });
        match opened {
            Ok(mut source) => {
                source.info_mut().kind = SourceKind::Labels;
                source.info_mut().labels_of = Some(0);
                all.push(source);
            }
            // Broken labels must not hide the image.
            Err(error) => all[0].info_mut().warnings.push(error.to_string()),
        }
    }
    Ok(all)
}

fn image(
    store: &Arc<Store>,
    path: &str,
    node: &Node,
    name: &str,
    limits: &Limits,
) -> Result<FileSource, DataError> {
    let folder = store.root().join(path);
    let multiscale = ome::multiscale(node.ome())
        .filter(|image| !image.datasets.is_empty())
        .ok_or_else(|| DataError::malformed(&folder, "its `multiscales` list no datasets"))?;
    if multiscale.datasets.len() > limits.levels {
        let (n, most) = (multiscale.datasets.len() as u64, limits.levels as u64);
        return Err(DataError::too_large(&folder, "the number of resolutions", n, most));
    }
    let arrays =
        multiscale.datasets.iter().map(|set| Array::open(store, &join(path, &set.path), limits));
    let arrays: Vec<Array> = arrays.collect::<Result<_, _>>()?;
    let mut info = SourceInfo::image(name, format_name(node));
    info.channels = ome::channels(node.ome());
    info.label_colors = ome::label_colors(node.ome());
    if node.ome().get("image-label").is_some() {
        info.kind = SourceKind::Labels;
    }
    build(store, &folder, arrays, Some(&multiscale), info, limits)
}

fn format_name(node: &Node) -> &'static str {
    if node.attributes.get("ome").is_some() { "OME-Zarr 0.5" } else { "OME-Zarr" }
}

fn single(
    store: &Arc<Store>,
    node: &Node,
    name: &str,
    limits: &Limits,
) -> Result<FileSource, DataError> {
    let array = Array::open(store, "", limits)?;
    let mut info = SourceInfo::image(name, "Zarr");
    info.label_colors = ome::label_colors(node.ome());
    build(store, store.root(), vec![array], None, info, limits)
}

#[derive(Debug)]
struct ZarrReader {
    store: Arc<Store>,
    levels: Vec<Array>,
}

impl Reader for ZarrReader {
    fn read(&self, level: usize, block: &Block) -> Result<Samples, DataError> {
        let array = self.levels.get(level);
        let array =
            array.ok_or_else(|| DataError::malformed(self.store.root(), "no such level"))?;
        array.read(&self.store, block)
    }
}

fn build(
    store: &Arc<Store>,
    folder: &Path,
    arrays: Vec<Array>,
    multiscale: Option<&Multiscale>,
    mut info: SourceInfo,
    limits: &Limits,
) -> Result<FileSource, DataError> {
    let first = arrays.first().ok_or_else(|| DataError::malformed(folder, "it lists no arrays"))?;
    let (shape, kind) = (first.shape.clone(), first.raw.kind);
    if arrays.iter().any(|a| a.raw.kind != kind || a.shape.len() != shape.len()) {
        return Err(DataError::malformed(
            folder,
            "its resolutions differ in sample type or number of axes",
        ));
    }
    let axes = image_axes(first, multiscale, &mut info);
    let levels = levels(&arrays, multiscale, &mut info);
    let meta = ImageMeta { axes, dtype: kind.dtype(), levels };
    let reader = Arc::new(ZarrReader { store: Arc::clone(store), levels: arrays });
    FileSource::new(folder, meta, info, reader, limits)
}

fn levels(arrays: &[Array], multiscale: Option<&Multiscale>, info: &mut SourceInfo) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::with_capacity(arrays.len());
    for (i, array) in arrays.iter().enumerate() {
        let stated = multiscale.and_then(|m| m.datasets.get(i)).and_then(|d| d.transform.as_ref());
        let stated = stated.filter(|t| t.scale.len() == array.shape.len());
        let fits = |t: &&Transform| levels.first().is_none_or(|l| covers(l, t, &array.shape));
        let fitting = stated.filter(fits).cloned();
        if fitting.is_none() && stated.is_some() {
            info.warnings
                .push(format!("the scale of level {i} does not fit its size and was replaced"));
        }
        let Transform { scale, translate } =
            fitting.unwrap_or_else(|| by_size(levels.first(), &array.shape));
        // An array may be smaller than its chunk.
        let chunk = array.chunk.iter().zip(&array.shape).map(|(&c, &n)| c.min(n.max(1))).collect();
        levels.push(Level { shape: array.shape.clone(), chunk, scale, translate });
    }
    levels
}

/// Relative difference in extent up to which the levels of an image are taken to coincide.
const EXTENT_TOLERANCE: f64 = 0.05;

/// Whether a level of `shape` covers the world that the finest covers, give or take the samples
/// that rounding costs. Real files state factors of 2 for levels that were made smaller by 3.9.
fn covers(finest: &Level, transform: &Transform, shape: &[usize]) -> bool {
    let extents = finest.shape.iter().zip(&finest.scale).map(|(&n, s)| n as f64 * s);
    extents.zip(shape.iter().zip(&transform.scale)).all(|(whole, (&n, scale))| {
        let slack = (1.5 * scale).max(EXTENT_TOLERANCE * whole);
        (n as f64 * scale - whole).abs() <= slack
    })
}

fn image_axes(first: &Array, multiscale: Option<&Multiscale>, info: &mut SourceInfo) -> Vec<Axis> {
    let n = first.shape.len();
    let Some(multiscale) = multiscale else {
        return match first.names.as_slice() {
            [] => guess(n),
            names => names.iter().map(|name| axis(name, None)).collect(),
        };
    };
    if let Some(title) = &multiscale.name
        && info.name.is_empty()
    {
        info.name.clone_from(title);
    }
    match &multiscale.axes {
        Some(axes) if axes.len() == n => axes.clone(),
        Some(axes) => {
            info.warnings.push(format!(
                "it names {} axes and its arrays have {n}; the names were guessed",
                axes.len()
            ));
            guess(n)
        }
        None => ome::default_axes(n),
    }
}

/// The transform of a level that states none: it covers the same world as the finest.
fn by_size(finest: Option<&Level>, shape: &[usize]) -> Transform {
    let Some(finest) = finest else {
        return Transform { scale: vec![1.0; shape.len()], translate: vec![0.0; shape.len()] };
    };
    let (mut scale, mut translate) = (Vec::new(), Vec::new());
    let axes = finest.shape.iter().zip(shape).zip(finest.scale.iter().zip(&finest.translate));
    for ((&n, &m), (unit, origin)) in axes {
        let ratio = n as f64 / m.max(1) as f64;
        scale.push(unit * ratio);
        translate.push(origin + unit * (ratio - 1.0) / 2.0);
    }
    Transform { scale, translate }
}
