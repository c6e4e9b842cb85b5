//! Annotations of a layer as a file, and back.

use std::collections::HashSet;

use bytes::Bytes;
use parfocal_base::{LayerId, ViewId};
use parfocal_exchange::{self as exchange, ExchangeError, Import, Place, csv, geojson};
use parfocal_scene::{
    AnnotationId, Annotations, Author, DimsAxis, Intent, Layer, Limits, NewAnnotation, Reject,
    Scene,
};

use super::{AdminError, Kind, blocking};
use crate::engine::Engine;
use crate::session::board::{Board, Snapshot};

/// A format of files of annotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// napari's tables.
    Csv,
    /// GeoJSON.
    GeoJson,
}

/// A layer as a file.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Name of the layer.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Annotations that the format cannot hold.
    pub left_out: usize,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many annotations were added.
    pub added: usize,
    /// What was passed over, in sentences.
    pub warnings: Vec<String>,
}

impl From<ExchangeError> for AdminError {
    fn from(error: ExchangeError) -> Self {
        let kind = match error {
            ExchangeError::TooMany(_) => Kind::TooLarge,
            _ => Kind::Bad,
        };
        Self::new(kind, error.code(), error.to_string())
    }
}

impl Engine {
    /// The annotations of a layer, oldest first.
    ///
    /// # Errors
    /// When the session or the layer is not there, or the format has no place for such layers.
    pub async fn export_annotations(
        &self,
        session: &str,
        layer: LayerId,
        format: Format,
    ) -> Result<LayerFile, AdminError> {
        let Snapshot { scene, annotations, .. } = self.find(session).await?.snapshot();
        blocking(move || {
            let layer = annotation_layer(&scene, layer)?;
            let mut all: Vec<_> = annotations.layer(layer.id).into_iter().flatten().collect();
            all.sort_by(|a, b| (a.1.created, a.0).cmp(&(b.1.created, b.0)));
            let all: Vec<exchange::Named<'_>> = all.into_iter().map(|(id, a)| (id, &**a)).collect();
            let (axes, at) = axes_of(&scene, layer);
            let place = Place { layer: layer.id, axes: &axes, at: &at };
            let written = match format {
                Format::Csv => csv::write(layer.kind, &place, &all),
                Format::GeoJson => geojson::write(&place, &all),
            }?;
            let (name, bytes, left_out) = (layer.name.clone(), written.bytes, written.left_out);
            Ok(LayerFile { name, bytes, left_out })
        })
        .await
    }

    /// Adds the annotations of a file to a layer: all of them, or none where one cannot be. They
    /// are on disk when this returns.
    ///
    /// # Errors
    /// What is wrong with the file, or with one of its annotations.
    pub async fn import_annotations(
        &self,
        session: &str,
        layer: LayerId,
        format: Format,
        file: Bytes,
        by: Author,
    ) -> Result<Imported, AdminError> {
        let board = self.find(session).await?;
        writable(&board)?;
        let (snapshot, limits) = (board.snapshot(), self.shared.limits.clone());
        let author = by.clone();
        let (batches, warnings) = blocking(move || {
            let Snapshot { scene, annotations, .. } = snapshot;
            let layer = annotation_layer(&scene, layer)?;
            let (axes, at) = axes_of(&scene, layer);
            let place = Place { layer: layer.id, axes: &axes, at: &at };
            let Import { annotations: read, warnings } = match format {
                Format::Csv => csv::read(layer.kind, &file, &place),
                Format::GeoJson => geojson::read(&file, &place),
            }?;
            let batches = batches(named(read, &annotations)?, &limits);
            try_out(&scene, annotations, &batches, &author, &limits)?;
            Ok((batches, warnings))
        })
        .await?;
        let mut added = 0;
        for batch in batches {
            added += batch.len();
            // What others do meanwhile may leave no room for the rest of them.
            board.import(batch, by.clone()).await?;
        }
        Ok(Imported { added, warnings })
    }
}

/// Whether a session may be changed.
pub(super) fn writable(board: &Board) -> Result<(), AdminError> {
    match board.read_only {
        Some(why) => Err(AdminError::new(Kind::Conflict, "read_only", why)),
        None => Ok(()),
    }
}

fn annotation_layer(scene: &Scene, id: LayerId) -> Result<&Layer, AdminError> {
    let layer = super::layer_of(scene, id)?;
    if layer.kind.is_annotation() {
        return Ok(layer);
    }
    let text = format!("layer {} holds no annotations", layer.name);
    Err(AdminError::new(Kind::Bad, "not_applicable", text))
}

/// The scene axes that a layer runs along, and where the stage is on them.
fn axes_of(scene: &Scene, layer: &Layer) -> (Vec<DimsAxis>, Vec<f64>) {
    let along = || layer.source.axes.iter().flatten().copied();
    let axes: Vec<_> = along().filter_map(|axis| scene.dims.axes.get(axis).cloned()).collect();
    let stage = scene.views.get(&ViewId::STAGE);
    let at = |axis: usize| stage.and_then(|view| view.point.get(axis).copied()).unwrap_or(0.0);
    (axes, along().map(at).collect())
}

/// Gives a name to each annotation that has none, or one that is taken.
fn named(
    read: Vec<exchange::Imported>,
    there: &Annotations,
) -> Result<Vec<NewAnnotation>, AdminError> {
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(read.len());
    for exchange::Imported { id, annotation } in read {
        let id = id.filter(|id| there.get(id).is_none() && !taken.contains(id));
        let id = id.map_or_else(new_id, Ok)?;
        taken.insert(id.clone());
        all.push(NewAnnotation { id, annotation });
    }
    Ok(all)
}

fn new_id() -> Result<AnnotationId, AdminError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| AdminError::unavailable(error.to_string()))?;
    Ok(AnnotationId::from(format!("{:032x}", u128::from_be_bytes(random)).as_str()))
}

/// As many at a time as one intent may make.
fn batches(all: Vec<NewAnnotation>, limits: &Limits) -> Vec<Vec<NewAnnotation>> {
    let mut batches: Vec<Vec<NewAnnotation>> = Vec::new();
    let mut vertices = 0;
    for annotation in all {
        let more = annotation.annotation.vertices.len();
        let room = batches.last().is_some_and(|batch| {
            batch.len() < limits.annotations_per_intent
                && vertices + more <= limits.vertices_per_intent
        });
        match batches.last_mut().filter(|_| room) {
            Some(batch) => {
                vertices += more;
                batch.push(annotation);
            }
            None => {
                vertices = more;
                batches.push(vec![annotation]);
            }
        }
    }
    batches
}

/// Whether all of them could be added now.
fn try_out(
    scene: &Scene,
    mut annotations: Annotations,
    batches: &[Vec<NewAnnotation>],
    by: &Author,
    limits: &Limits,
) -> Result<(), Reject> {
    for batch in batches {
        let intent = Intent::AddAnnotations { annotations: batch.clone() };
        annotations.apply(scene, &intent, by, limits)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use parfocal_scene::{Annotation, Shape};

    use super::*;

    #[test]
    fn batches_keep_the_order_and_both_bounds() {
        let limits =
            Limits { annotations_per_intent: 3, vertices_per_intent: 5, ..Limits::default() };
        let all = |counts: &[usize]| -> Vec<NewAnnotation> {
            let one = |(n, &count): (usize, &usize)| NewAnnotation {
                id: AnnotationId::from(n.to_string().as_str()),
                annotation: Annotation::new(LayerId(1), Shape::Path, vec![vec![0.0]; count]),
            };
            counts.iter().enumerate().map(one).collect()
        };
        let counts =
            |counts| -> Vec<usize> { batches(all(counts), &limits).iter().map(Vec::len).collect() };
        assert_eq!(counts(&[]), Vec::<usize>::new());
        assert_eq!(counts(&[1, 1, 1, 1]), [3, 1]);
        assert_eq!(counts(&[3, 2, 1, 9, 1]), [2, 1, 1, 1]);
        let back = batches(all(&[1, 2, 3, 4]), &limits).concat();
        assert_eq!(back, all(&[1, 2, 3, 4]));
    }
}
