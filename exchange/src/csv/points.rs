//! A row for each point.

use parfocal_scene::{Annotation, Shape};

use super::columns::{Features, Reader, Writer};
use crate::{ExchangeError, Export, Import, Imported, Limit, Named, Place};

pub(super) fn write(place: &Place<'_>, all: &[Named<'_>]) -> Result<Export, ExchangeError> {
    let points = all.iter().map(|(_, a)| *a).filter(|a| a.shape == Shape::Point);
    let features = Features::of(points.clone(), None);
    let mut writer = Writer::new();
    let mut row = vec!["index".to_owned()];
    row.extend((0..place.axes.len()).map(|axis| format!("axis-{axis}")));
    features.header(&mut row, place);
    writer.row(&row)?;
    let mut written = 0;
    for point in points {
        let Some(vertex) = point.vertices.first() else { continue };
        row.clear();
        row.push(written.to_string());
        row.extend(place.samples(vertex).iter().map(f64::to_string));
        features.cells(&mut row, point);
        writer.row(&row)?;
        written += 1;
    }
    Ok(Export { bytes: writer.finish()?, left_out: all.len() - written })
}

pub(super) fn read(text: &[u8], place: &Place<'_>) -> Result<Import, ExchangeError> {
    let mut table = Reader::open(text, place, &[])?;
    if table.column("shape-type").is_some() {
        return Err(ExchangeError::Shapes);
    }
    let (mut import, mut cells) = (Import::default(), Vec::new());
    while let Some(row) = table.row(place)? {
        Limit::Annotations.check(import.annotations.len() + 1)?;
        let annotation = Annotation::new(place.layer, Shape::Point, vec![row.vertex]);
        import.annotations.push(Imported { id: None, annotation });
        cells.push(row.cells);
    }
    table.fill(import.annotations.iter_mut().map(|i| &mut i.annotation), &cells);
    Ok(import)
}
