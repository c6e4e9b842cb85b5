//! Painted labels as OME-Zarr, in one archive.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use parfocal_base::{Axis, LayerId};
use parfocal_data::paint::{LabelsExport, PaintError};
use parfocal_scene::{Layer, Scene};

use super::{AdminError, Kind, blocking, layer_of};
use crate::engine::Engine;

/// A file that has no name any more; its bytes are read from the start.
#[derive(Debug)]
pub struct Unnamed {
    /// The file.
    pub file: File,
    /// What to call it.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
}

impl Unnamed {
    /// A file that was written, to be read from its start.
    pub(super) fn of(mut file: File, name: String) -> std::io::Result<Self> {
        let bytes = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        Ok(Self { file, name, bytes })
    }
}

impl Engine {
    /// The labels that people painted in a layer: a tar archive of an OME-Zarr folder.
    ///
    /// # Errors
    /// When the layer is not painted, or has more axes than OME-Zarr.
    pub async fn export_labels(
        &self,
        session: &str,
        layer: LayerId,
    ) -> Result<Unnamed, AdminError> {
        let board = self.find(session).await?;
        let scene = board.snapshot().scene;
        let name = layer_of(&scene, layer)?.name.clone();
        let volume = board.volume(layer).await.map_err(AdminError::unavailable)?;
        let volume = volume.ok_or_else(|| {
            let text = format!("layer {name} is not painted");
            AdminError::new(Kind::Bad, "not_applicable", text)
        })?;
        let scratch = self.shared.scratch.clone();
        blocking(move || {
            let layer = layer_of(&scene, layer)?;
            // A copy, so that people can paint on meanwhile.
            let volume = volume.read().clone();
            let folder = tempfile::tempdir_in(&scratch)?;
            let export = description(&scene, layer);
            volume.export_zarr(folder.path(), &export).map_err(refused)?;
            let mut archive = tar::Builder::new(tempfile::tempfile_in(&scratch)?);
            archive.mode(tar::HeaderMode::Deterministic);
            archive.append_dir_all(format!("{}.ome.zarr", export.name), folder.path())?;
            Ok(Unnamed::of(archive.into_inner()?, format!("{}.ome.zarr.tar", export.name))?)
        })
        .await
    }
}

fn description(scene: &Scene, layer: &Layer) -> LabelsExport {
    let along = layer.source.axes.iter().flatten();
    let axes: Vec<_> = along.filter_map(|&axis| scene.dims.axes.get(axis)).collect();
    let (scale, translate) = match &layer.painted {
        Some(painted) => (painted.scale.clone(), painted.translate.clone()),
        None => (Vec::new(), Vec::new()),
    };
    let axes = axes.into_iter().map(|axis| Axis {
        name: axis.name.clone(),
        kind: axis.kind,
        unit: axis.unit.clone(),
    });
    let axes = axes.collect();
    LabelsExport { name: file_name(&layer.name), axes, scale, translate, colors: Vec::new() }
}

/// A name that a file can have everywhere.
pub(super) fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).take(64).collect();
    let name = name.trim_start_matches('.').to_owned();
    if name.is_empty() { "untitled".to_owned() } else { name }
}

fn refused(error: PaintError) -> AdminError {
    match error {
        PaintError::Write { .. } => error_of_disk(&error),
        other => AdminError::new(Kind::Bad, "export", other.to_string()),
    }
}

fn error_of_disk(error: &dyn std::fmt::Display) -> AdminError {
    tracing::error!(%error, "a file could not be written");
    AdminError::unavailable("the server has no room for the file: try again later")
}

impl From<std::io::Error> for AdminError {
    fn from(error: std::io::Error) -> Self {
        error_of_disk(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_layer_becomes_one_that_files_can_have() {
        for (name, file) in
            [("nuclei", "nuclei"), ("a/b c", "a_b_c"), ("../x", "_x"), ("..", "untitled")]
        {
            assert_eq!(file_name(name), file);
        }
    }
}
