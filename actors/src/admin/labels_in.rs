//! Labels of an OME-Zarr archive, as a new layer to paint in.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parfocal_data::paint::{PaintError, PaintLimits, Volume};
use parfocal_data::{OpenOptions, Roots, Source};
use parfocal_scene::{Author, Intent, Layer, LayerKind, Limits, Scene};

use super::annotations::writable;
use super::{AdminError, Kind, blocking};
use crate::engine::Engine;

/// Compressed bytes of labels that are brought in at a time: what is journalled at once.
const MAX_BYTES: usize = 128 << 20;
/// Files of one archive: the chunks of a large volume, and what describes them.
const MAX_FILES: usize = 200_000;
/// Chunks of the labels that are looked for.
const MAX_CHUNKS: usize = 1_000_000;
/// Folders below the top in which labels are looked for: `NAME.ome.zarr/labels/NAME`.
const DEPTH: usize = 3;

impl Engine {
    /// Adds a layer with the labels of a tar archive that holds one OME-Zarr folder; its name.
    ///
    /// # Errors
    /// When the archive holds no labels, or such that do not cover the axes of the scene.
    pub async fn import_labels(
        &self,
        session: &str,
        file: File,
        by: Author,
    ) -> Result<String, AdminError> {
        let board = self.find(session).await?;
        writable(&board)?;
        let scratch = self.shared.scratch.clone();
        let folder = blocking(move || unpack(file, &scratch)).await?;
        let source = labels_in(folder.path()).await?;
        let scene = board.snapshot().scene;
        let name = source.info().name.clone();
        let mut layer = empty_layer(&scene, &name, &by, &self.shared.limits)?;
        let Some(painted) = layer.painted.as_mut() else {
            return Err(AdminError::unavailable("labels could not be added"));
        };
        let mut volume = Volume::new(&painted.shape).map_err(|error| refused(&error))?;
        let chunks: usize = match source.meta().levels.first() {
            Some(level) => level.grid().iter().fold(1, |all, n| all.saturating_mul(*n)),
            None => 0,
        };
        if chunks > MAX_CHUNKS {
            let text = format!("the labels have more than {MAX_CHUNKS} chunks: make them larger");
            return Err(AdminError::new(Kind::TooLarge, "too_large", text));
        }
        let limits = PaintLimits { bytes: MAX_BYTES, ..PaintLimits::default() };
        let filled = volume.fill_from(source.as_ref(), &limits, |_, _| {}).await;
        filled.map_err(|error| refused(&error))?;
        let (volume, largest) = blocking(move || {
            let largest = volume.max_label().map_err(|error| refused(&error))?;
            Ok((volume, largest))
        })
        .await?;
        painted.next_label = largest.saturating_add(1);
        let name = layer.name.clone();
        board.add_painted(layer, volume).await?;
        Ok(name)
    }
}

/// What a new painted layer of this scene is.
fn empty_layer(
    scene: &Scene,
    name: &str,
    by: &Author,
    limits: &Limits,
) -> Result<Layer, AdminError> {
    let mut trial = scene.clone();
    let (layer_kind, id) = (LayerKind::Labels, trial.next_layer);
    let intent = Intent::AddLayer { layer_kind, name: Some(name.to_owned()), layer: None };
    trial.apply_intent(&intent, by, limits)?;
    let added = trial.layers.into_iter().find(|layer| layer.id == id);
    added.ok_or_else(|| AdminError::unavailable("labels could not be added"))
}

/// Unpacks plain files and folders; whatever else an archive can hold has no place in OME-Zarr.
fn unpack(mut file: File, scratch: &Path) -> Result<tempfile::TempDir, AdminError> {
    file.rewind()?;
    let folder = tempfile::tempdir_in(scratch)?;
    let wrong = |error: std::io::Error| bad(format!("this is no tar archive: {error}"));
    let mut archive = tar::Archive::new(BufReader::new(file));
    for (number, entry) in archive.entries().map_err(wrong)?.raw(true).enumerate() {
        let mut entry = entry.map_err(wrong)?;
        if number >= MAX_FILES {
            let text = format!("the archive has more than {MAX_FILES} files");
            return Err(AdminError::new(Kind::TooLarge, "too_large", text));
        }
        let kind = entry.header().entry_type();
        if kind.is_file() || kind.is_dir() {
            entry.unpack_in(folder.path()).map_err(wrong)?;
        }
    }
    Ok(folder)
}

/// The first labels that are found in a folder and below.
async fn labels_in(folder: &Path) -> Result<Arc<dyn Source>, AdminError> {
    let roots = Roots::new([folder]).map_err(|error| AdminError::unavailable(error.to_string()))?;
    let options = OpenOptions { labels: Some(true), ..OpenOptions::new(roots) };
    let mut all = vec![folder.to_path_buf()];
    let mut level = all.clone();
    for _ in 0..DEPTH {
        level = level.iter().flat_map(|path| folders(path)).collect();
        all.extend(level.iter().cloned());
    }
    // An image that the labels belong to could be taken for labels too.
    all.sort_by_key(|path| !path.parent().is_some_and(|parent| parent.ends_with("labels")));
    let mut why = String::new();
    for path in &all {
        match parfocal_data::open(path, &options).await {
            Ok(opened) => match opened.sources.into_iter().next() {
                Some(source) => return Ok(source),
                None => continue,
            },
            Err(error) => why = error.to_string(),
        }
    }
    let why = why.replace(&*folder.to_string_lossy(), "");
    Err(bad(format!("the archive holds no labels that can be opened: {why}")))
}

/// The folders in a folder, in order; not those of chunks, whose names are numbers.
fn folders(path: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_number = |path: &Path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit))
    };
    let mut found: Vec<_> = found.filter(|path| path.is_dir() && !is_number(path)).collect();
    found.sort();
    found
}

fn bad(message: String) -> AdminError {
    AdminError::new(Kind::Bad, "import_malformed", message)
}

fn refused(error: &PaintError) -> AdminError {
    match error {
        PaintError::Full { .. } => AdminError::new(Kind::TooLarge, "too_large", error.to_string()),
        _ => AdminError::new(Kind::Bad, "import_labels", error.to_string()),
    }
}
