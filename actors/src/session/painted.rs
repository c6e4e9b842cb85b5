//! The labels that people paint in one session: volumes in memory, chunks of them in the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parfocal_base::{Axis, ChunkIndex, LayerId, SourceId};
use parfocal_data::ChunkCache;
use parfocal_data::paint::{
    Diff, PaintError, PaintLimits, PaintedSource, Stroke, Tool, Volume, chunk_name,
    parse_chunk_name,
};
use parfocal_scene::{Layer, Paint, PaintTool, Painted, Reject, RejectCode, Scene, UndoneStroke};
use parfocal_store::Blob;
use parking_lot::RwLock;

use crate::shared::Images;
use crate::supervise::Failure;

/// Where the store keeps painted chunks: `painted/<layer>/<chunk>`.
const PREFIX: &str = "painted/";

/// What strokes changed is kept up to so many bytes, so that they can be taken back: some hundred
/// filled slices, or all strokes of a long day.
const MAX_STROKE_BYTES: usize = 128 << 20;

/// A blob to be written; no value deletes it.
pub(crate) type BlobWrite = (Vec<u8>, Option<Vec<u8>>);

/// Every painted layer of a session.
pub(crate) struct PaintedLayers {
    images: Arc<Images>,
    cache: ChunkCache,
    limits: PaintLimits,
    layers: BTreeMap<LayerId, PaintedLayer>,
    /// Chunks that the store lacks.
    unsaved: BTreeSet<(LayerId, ChunkIndex)>,
    /// What strokes changed, so that they can be taken back; oldest first, by rising number.
    strokes: BTreeMap<u64, (LayerId, Diff)>,
    stroke_bytes: usize,
    next_stroke: u64,
}

struct PaintedLayer {
    source: Arc<PaintedSource>,
    id: SourceId,
}

impl PaintedLayers {
    /// Volumes stand among `images`, and pictures find their chunks in `cache`.
    pub(crate) fn new(images: Arc<Images>, cache: ChunkCache) -> Self {
        let limits = PaintLimits::default();
        Self {
            images,
            cache,
            limits,
            layers: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            strokes: BTreeMap::new(),
            stroke_bytes: 0,
            next_stroke: 0,
        }
    }

    /// Opens the volume of a painted layer; the number under which its samples are found.
    pub(crate) fn open(&mut self, scene: &Scene, layer: &Layer) -> Result<SourceId, Failure> {
        let Some(painted) = &layer.painted else { return Ok(SourceId::NONE) };
        if let Some(open) = self.layers.get(&layer.id) {
            return Ok(open.id);
        }
        let failed = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", layer.name));
        let volume = Volume::new(&painted.shape).map_err(|e| failed(&e))?;
        let place = (painted.scale.as_slice(), painted.translate.as_slice());
        let volume = Arc::new(RwLock::new(volume));
        let source = PaintedSource::new(&layer.name, axes(scene, layer), place, volume);
        let source = Arc::new(source.map_err(|e| failed(&e))?);
        let id = self.images.add(Arc::clone(&source) as _);
        self.layers.insert(layer.id, PaintedLayer { source, id });
        Ok(id)
    }

    /// Takes what the store has. A chunk that cannot be read is left out, and stays in the store;
    /// those of layers that are gone are to be deleted.
    pub(crate) fn load(&mut self, blobs: &[Blob]) {
        for (key, bytes) in blobs {
            let Some((layer, chunk)) = parse_key(key) else { continue };
            let Some(open) = self.layers.get(&layer) else {
                self.unsaved.insert((layer, chunk));
                continue;
            };
            if let Err(error) = open.source.volume().write().load_chunk(chunk, bytes) {
                tracing::error!(%error, %layer, "a painted chunk cannot be read");
            }
        }
    }

    /// Forgets the layers that were removed and cannot come back.
    pub(crate) fn retain(&mut self, kept: impl Fn(LayerId) -> bool) {
        let gone: Vec<_> = self.layers.keys().copied().filter(|&layer| !kept(layer)).collect();
        gone.into_iter().for_each(|layer| self.close(layer));
    }

    fn close(&mut self, layer: LayerId) {
        let Some(open) = self.layers.remove(&layer) else { return };
        for chunk in open.source.volume().read().chunks() {
            self.unsaved.insert((layer, chunk));
        }
        open.source.forget(&self.cache, open.id);
        self.images.remove(open.id);
    }

    /// Forgets everything, of which the store keeps what it has.
    pub(crate) fn close_all(&mut self) {
        let layers: Vec<_> = self.layers.keys().copied().collect();
        layers.into_iter().for_each(|layer| self.close(layer));
        self.unsaved.clear();
        self.strokes.clear();
        self.stroke_bytes = 0;
    }

    /// Puts what was painted elsewhere into a new layer.
    pub(crate) fn fill(&mut self, layer: LayerId, volume: Volume) {
        let Some(open) = self.layers.get(&layer) else { return };
        self.unsaved.extend(volume.chunks().map(|chunk| (layer, chunk)));
        *open.source.volume().write() = volume;
    }

    /// Paints a checked stroke; its number, if it changed anything.
    pub(crate) fn paint(&mut self, scene: &Scene, paint: &Paint) -> Result<Option<u64>, Reject> {
        let layer =
            scene.layer(paint.layer).and_then(|layer| Some((layer, layer.painted.as_ref()?)));
        let (Some((layer, painted)), Some(open)) = (layer, self.layers.get(&paint.layer)) else {
            let message = format!("layer {} is not painted", paint.layer);
            return Err(Reject::new(RejectCode::UnknownLayer, message));
        };
        let stroke = stroke(layer, painted, paint);
        let diff = open
            .source
            .volume()
            .write()
            .apply(&stroke, &self.limits)
            .map_err(|error| refusal(&error))?;
        if diff.is_empty() {
            return Ok(None);
        }
        self.show(paint.layer, &diff);
        let number = self.next_stroke;
        self.next_stroke += 1;
        self.keep(number, paint.layer, diff);
        Ok(Some(number))
    }

    /// Takes a stroke back, or does it again, where its voxels still are as it left them; whether
    /// that changed anything.
    pub(crate) fn revert(&mut self, undone: &UndoneStroke) -> bool {
        let Some((layer, diff)) = self.strokes.remove(&undone.stroke) else { return false };
        self.stroke_bytes -= diff.bytes();
        let Some(open) = self.layers.get(&layer) else { return false };
        let back = open.source.volume().write().revert(&diff);
        match back {
            Ok(back) => {
                self.show(layer, &back);
                let changed = !back.is_empty();
                self.keep(undone.stroke, layer, back);
                changed
            }
            Err(error) => {
                tracing::error!(%error, %layer, "a stroke cannot be taken back");
                false
            }
        }
    }

    fn keep(&mut self, number: u64, layer: LayerId, diff: Diff) {
        self.stroke_bytes += diff.bytes();
        self.strokes.insert(number, (layer, diff));
        while self.stroke_bytes > MAX_STROKE_BYTES
            && let Some((_, (_, oldest))) = self.strokes.pop_first()
        {
            self.stroke_bytes -= oldest.bytes();
        }
    }

    /// Brings pictures' chunks up to date, and notes what the store lacks.
    fn show(&mut self, layer: LayerId, diff: &Diff) {
        let Some(open) = self.layers.get(&layer) else { return };
        if let Err(error) = open.source.refresh(&self.cache, open.id, diff) {
            tracing::error!(%error, %layer, "a painted chunk cannot be shown");
        }
        self.unsaved.extend(diff.chunks().map(|chunk| (layer, chunk)));
    }

    /// The chunks that the store lacks.
    pub(crate) fn save(&mut self) -> Result<Vec<BlobWrite>, Failure> {
        let mut blobs = Vec::new();
        for (layer, chunk) in std::mem::take(&mut self.unsaved) {
            let value = match self.layers.get(&layer) {
                Some(open) => open.source.volume().write().encode_chunk(chunk),
                None => Ok(None),
            };
            let value = value.map_err(|error| Failure(error.to_string()))?;
            blobs.push((key(layer, chunk), value));
        }
        Ok(blobs)
    }

    /// The volume of a layer, to be exported.
    pub(crate) fn volume(&self, layer: LayerId) -> Option<Arc<RwLock<Volume>>> {
        self.layers.get(&layer).map(|open| Arc::clone(open.source.volume()))
    }
}

impl Drop for PaintedLayers {
    fn drop(&mut self) {
        for open in self.layers.values() {
            self.images.remove(open.id);
            self.cache.remove_source(open.id);
        }
    }
}

fn key(layer: LayerId, chunk: ChunkIndex) -> Vec<u8> {
    format!("{PREFIX}{layer}/{}", chunk_name(chunk)).into_bytes()
}

fn parse_key(key: &[u8]) -> Option<(LayerId, ChunkIndex)> {
    let rest = std::str::from_utf8(key).ok()?.strip_prefix(PREFIX)?;
    let (layer, chunk) = rest.split_once('/')?;
    Some((layer.parse().ok()?, parse_chunk_name(chunk)?))
}

/// The axes of the scene that a layer runs along, in its order.
fn axes(scene: &Scene, layer: &Layer) -> Vec<Axis> {
    let along = layer.source.axes.iter().flatten();
    let axes = along.filter_map(|&axis| scene.dims.axes.get(axis));
    axes.map(|axis| Axis { name: axis.name.clone(), kind: axis.kind, unit: axis.unit.clone() })
        .collect()
}

/// A stroke in the volume's indices.
fn stroke(layer: &Layer, painted: &Painted, paint: &Paint) -> Stroke {
    let axis = |scene: usize| {
        layer.source.axes.iter().position(|axis| *axis == Some(scene)).unwrap_or_default()
    };
    let index = |point: &Vec<f64>| {
        let places = painted.translate.iter().zip(&painted.scale);
        point.iter().zip(places).map(|(at, (from, step))| (at - from) / step).collect()
    };
    Stroke {
        tool: match paint.tool {
            PaintTool::Brush => Tool::Brush,
            PaintTool::Erase => Tool::Erase,
            PaintTool::Fill => Tool::Fill,
        },
        label: paint.label,
        size: paint.brush_size,
        path: paint.path.iter().map(index).collect(),
        displayed: paint.displayed.map(axis),
        dims: paint.n_edit_dimensions,
    }
}

fn refusal(error: &PaintError) -> Reject {
    let code = match error {
        PaintError::Shape { .. } | PaintError::Stroke(_) | PaintError::NoSuchChunk { .. } => {
            RejectCode::OutOfRange
        }
        PaintError::TooManyPoints { .. }
        | PaintError::BrushSize { .. }
        | PaintError::TooManyVoxels { .. }
        | PaintError::TooManyChunks { .. }
        | PaintError::Full { .. } => RejectCode::Limit,
        _ => RejectCode::Unavailable,
    };
    Reject::new(code, error.to_string())
}
