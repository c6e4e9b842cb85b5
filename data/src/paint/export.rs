//! OME-Zarr 0.4 labels, which napari and others read. Chunks are stored as they lie in memory:
//! Zstandard frames.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use parfocal_base::{Axis, AxisKind, Level};
use serde_json::{Value, json};

use super::levels::levels;
use super::packed::{frame, pack};
use super::slots::Content;
use super::{PaintError, Volume};
use crate::block::Block;
use crate::source::LabelColor;

/// Axes of an OME-Zarr 0.4 image, at most.
const MAX_AXES: usize = 5;
/// Longest name of labels in bytes: that of a folder.
const MAX_NAME: usize = 128;
/// Longest list of labels that is added to, in bytes.
const MAX_LIST: u64 = 1 << 20;

/// What is written about labels besides the labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelsExport {
    /// Their name: that of a folder.
    pub name: String,
    /// The axes of the volume.
    pub axes: Vec<Axis>,
    /// World units for one voxel, for each axis.
    pub scale: Vec<f64>,
    /// World coordinate of voxel 0, for each axis.
    pub translate: Vec<f64>,
    /// Colours of labels that are not to be chosen by the reader.
    pub colors: Vec<LabelColor>,
}

impl Volume {
    /// Writes the labels as `labels/NAME` into `folder`, an OME-Zarr image or a folder that is to
    /// hold labels only, with all levels. Blocks on the disk.
    ///
    /// # Errors
    /// [`PaintError::Export`], [`PaintError::Write`]; what was written before is left.
    pub fn export_zarr(&self, folder: &Path, export: &LabelsExport) -> Result<(), PaintError> {
        check(self, export)?;
        let labels = folder.join("labels");
        let has_image = folder.join(".zattrs").is_file();
        write_json(&folder.join(".zgroup"), &json!({"zarr_format": 2}))?;
        write_json(&labels.join(".zgroup"), &json!({"zarr_format": 2}))?;
        let image = labels.join(&export.name);
        write_json(&image.join(".zgroup"), &json!({"zarr_format": 2}))?;
        let levels = levels(&self.grid, &export.scale, &export.translate);
        for (number, level) in levels.iter().enumerate() {
            self.write_level(&image.join(number.to_string()), number, level)?;
        }
        write_json(&image.join(".zattrs"), &attributes(export, &levels, has_image))?;
        let names = listed(&labels.join(".zattrs"), &export.name);
        write_json(&labels.join(".zattrs"), &json!({"labels": names}))
    }

    fn write_level(&self, folder: &Path, number: usize, level: &Level) -> Result<(), PaintError> {
        let array = json!({
            "zarr_format": 2, "shape": level.shape, "chunks": level.chunk, "dtype": "<u4",
            "compressor": {"id": "zstd", "level": 1}, "fill_value": 0, "order": "C",
            "filters": null, "dimension_separator": "/",
        });
        write_json(&folder.join(".zarray"), &array)?;
        let split = self.grid.axes() - 2;
        let coarse = |chunk: Vec<usize>| -> Vec<usize> {
            let shift = |(axis, at)| if axis < split { at } else { at >> number };
            chunk.into_iter().enumerate().map(shift).collect()
        };
        let chunks = self.slots.numbers().map(|number| coarse(self.grid.position(number)));
        for at in chunks.collect::<BTreeSet<_>>() {
            let frame = match number {
                0 => self.frame_of(&at)?,
                _ => self.coarse_frame(number, level, &at)?,
            };
            if let Some(frame) = frame {
                let names: Vec<String> = at.iter().map(usize::to_string).collect();
                write(&folder.join(names.join("/")), &frame)?;
            }
        }
        Ok(())
    }

    /// A chunk of the volume as a Zstandard frame; `None` where all is 0.
    fn frame_of(&self, at: &[usize]) -> Result<Option<Vec<u8>>, PaintError> {
        let Some(number) = self.grid.number(at) else { return Ok(None) };
        let packed = match self.slots.contents(number..=number, |_| true).next() {
            Some((_, Content::Packed(packed))) => Some(packed),
            Some((_, Content::Plain(labels))) => pack(&labels)?,
            None => None,
        };
        Ok(packed.map(|packed| frame(&packed).to_vec()))
    }

    /// A chunk of a coarser level as a Zstandard frame; `None` where all is 0.
    fn coarse_frame(
        &self,
        number: usize,
        level: &Level,
        at: &[usize],
    ) -> Result<Option<Vec<u8>>, PaintError> {
        let Some(block) = Block::of(level, at) else { return Ok(None) };
        let cut = self.box_of_level(number, &block).paint(&self.grid, number, &block)?;
        // Chunks at the end of an axis are stored whole.
        let (&[.., height, width], &[.., rows, columns]) =
            (block.shape.as_slice(), level.chunk.as_slice())
        else {
            return Ok(None);
        };
        let mut whole = vec![0; rows * columns];
        for (to, from) in whole.chunks_mut(columns).zip(cut.chunks(width)).take(height) {
            to[..width].copy_from_slice(from);
        }
        Ok(pack(&whole)?.map(|packed| frame(&packed).to_vec()))
    }
}

fn check(volume: &Volume, export: &LabelsExport) -> Result<(), PaintError> {
    let axes = volume.shape().len();
    if axes > MAX_AXES {
        return Err(PaintError::Export("OME-Zarr has at most 5 axes"));
    }
    if [export.axes.len(), export.scale.len(), export.translate.len()] != [axes; 3] {
        return Err(PaintError::Export("axes, scale and translation must be those of the volume"));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_- .".contains(&b);
    let name = export.name.as_bytes();
    let is_name = name.first().is_some_and(|&b| b != b'.') && name.len() <= MAX_NAME;
    if !is_name || !name.iter().all(|&b| plain(b)) {
        return Err(PaintError::Export("a name has up to 128 of A-Z a-z 0-9 _ - . and space"));
    }
    Ok(())
}

fn attributes(export: &LabelsExport, levels: &[Level], has_image: bool) -> Value {
    let axis = |axis: &Axis| {
        let mut json = json!({"name": axis.name});
        if axis.kind != AxisKind::Other {
            json["type"] = json!(axis.kind);
        }
        if let Some(unit) = &axis.unit {
            json["unit"] = json!(unit);
        }
        json
    };
    let dataset = |(number, level): (usize, &Level)| {
        json!({"path": number.to_string(), "coordinateTransformations": [
            {"type": "scale", "scale": level.scale},
            {"type": "translation", "translation": level.translate},
        ]})
    };
    let color = |color: &LabelColor| json!({"label-value": color.label as u64, "rgba": color.rgba});
    let mut label = json!({"version": "0.4"});
    if !export.colors.is_empty() {
        label["colors"] = export.colors.iter().map(color).collect();
    }
    if has_image {
        label["source"] = json!({"image": "../../"});
    }
    json!({
        "multiscales": [{
            "version": "0.4",
            "name": export.name,
            "axes": export.axes.iter().map(axis).collect::<Vec<_>>(),
            "datasets": levels.iter().enumerate().map(dataset).collect::<Vec<_>>(),
        }],
        "image-label": label,
    })
}

/// The labels that a folder lists already, and `name`.
fn listed(path: &Path, name: &str) -> Vec<String> {
    let is_short = fs::metadata(path).is_ok_and(|file| file.len() <= MAX_LIST);
    let text = is_short.then(|| fs::read(path).ok()).flatten();
    let json: Option<Value> = text.and_then(|text| serde_json::from_slice(&text).ok());
    let listed = json.as_ref().and_then(|json| json.get("labels")?.as_array());
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    let mut names: Vec<String> = listed.filter(|&n| n != name).map(str::to_owned).collect();
    names.push(name.to_owned());
    names
}

fn write_json(path: &Path, json: &Value) -> Result<(), PaintError> {
    write(path, json.to_string().as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PaintError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes));
    let refused = |error: std::io::Error| PaintError::Write {
        path: path.to_path_buf(),
        reason: error.to_string(),
    };
    written.map_err(refused)
}
