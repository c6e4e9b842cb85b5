//! A row for each place of a track, in any order.

use std::collections::HashMap;

use parfocal_scene::{Annotation, Feature, Shape};

use super::columns::{Features, Reader, Row, Writer, whole};
use crate::error::start;
use crate::{ExchangeError, Export, Import, Imported, Named, Place};

/// The column that says which track a row belongs to; also the feature that keeps it.
pub(super) const TRACK_ID: &str = "track_id";

pub(super) fn write(place: &Place<'_>, all: &[Named<'_>]) -> Result<Export, ExchangeError> {
    let tracks: Vec<_> = all.iter().map(|(_, a)| *a).filter(|a| a.shape == Shape::Track).collect();
    let ids = numbers(&tracks);
    let features = Features::of(tracks.iter().copied(), ids.is_some().then_some(TRACK_ID));
    let mut writer = Writer::new();
    let mut row = vec![TRACK_ID.to_owned()];
    row.extend(place.axes.iter().map(|axis| axis.name.clone()));
    features.header(&mut row, place);
    writer.row(&row)?;
    for (at, track) in tracks.iter().enumerate() {
        let id = ids.as_ref().and_then(|ids| ids.get(at).copied()).unwrap_or(at as i64);
        for vertex in &track.vertices {
            row.clear();
            row.push(id.to_string());
            row.extend(place.samples(vertex).iter().map(f64::to_string));
            features.cells(&mut row, track);
            writer.row(&row)?;
        }
    }
    Ok(Export { bytes: writer.finish()?, left_out: all.len() - tracks.len() })
}

/// The numbers that the tracks have as a feature, where each has one of its own.
fn numbers(tracks: &[&Annotation]) -> Option<Vec<i64>> {
    let number = |track: &&Annotation| match track.features.get(TRACK_ID)? {
        Feature::Number(id) if id.fract() == 0.0 && id.abs() < 1e15 => Some(*id as i64),
        _ => None,
    };
    let ids: Option<Vec<_>> = tracks.iter().map(number).collect();
    let mut sorted = ids.clone()?;
    sorted.sort_unstable();
    sorted.dedup();
    ids.filter(|ids| ids.len() == sorted.len())
}

/// The rows of one track so far.
struct Open {
    id: i64,
    line: u64,
    vertices: Vec<Vec<f64>>,
}

pub(super) fn read(text: &[u8], place: &Place<'_>) -> Result<Import, ExchangeError> {
    let mut table = Reader::open(text, place, &[TRACK_ID])?;
    let needed = "track_id, and the axes by their names";
    let missing = ExchangeError::NoColumn { column: TRACK_ID, kind: "tracks", needed };
    let id = table.column(TRACK_ID).ok_or(missing)?;
    let (mut tracks, mut known) = (Vec::<Open>::new(), HashMap::new());
    let mut cells = Vec::new();
    while let Some(row) = table.row(place)? {
        let number = whole(&row, id, TRACK_ID)?;
        let Row { line, vertex, cells: first } = row;
        let at = *known.entry(number).or_insert_with(|| {
            tracks.push(Open { id: number, line, vertices: Vec::new() });
            cells.push(first);
            tracks.len() - 1
        });
        if let Some(track) = tracks.get_mut(at) {
            track.vertices.push(vertex);
        }
    }
    let (mut import, mut vertices) = (Import::default(), 0);
    for track in tracks {
        import.add(track.close(place)?, &mut vertices)?;
    }
    table.fill(import.annotations.iter_mut().map(|i| &mut i.annotation), &cells);
    Ok(import)
}

impl Open {
    /// The track, in the order of time.
    fn close(mut self, place: &Place<'_>) -> Result<Imported, ExchangeError> {
        let time = place.time();
        let at = |vertex: &Vec<f64>| vertex.get(time).copied().unwrap_or(0.0);
        self.vertices.sort_by(|a, b| at(a).total_cmp(&at(b)));
        if self.vertices.windows(2).any(|pair| at(&pair[0]) >= at(&pair[1])) {
            let track = start(&self.id.to_string());
            return Err(ExchangeError::Time { line: self.line, track });
        }
        let mut annotation = Annotation::new(place.layer, Shape::Track, self.vertices);
        annotation.features.insert(TRACK_ID.to_owned(), Feature::Number(self.id as f64));
        Ok(Imported { id: None, annotation })
    }
}
