//! A row for each vertex; the rows of a shape stand together.

use std::collections::HashSet;

use parfocal_scene::{Annotation, Shape};

use super::columns::{Features, Reader, Row, Writer, whole};
use crate::error::start;
use crate::{ExchangeError, Export, Import, Imported, Named, Place};

/// napari's name of a shape; none for a text, which it does not have.
const fn name(shape: Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::Line => "line",
        Shape::Polyline | Shape::Path => "path",
        Shape::Polygon => "polygon",
        Shape::Rectangle => "rectangle",
        Shape::Ellipse => "ellipse",
        Shape::Point | Shape::Text | Shape::Vector | Shape::Track => return None,
    })
}

/// The shape of this name, and how many vertices it has.
fn shape(name: &str) -> Option<(Shape, &'static str, std::ops::RangeInclusive<usize>)> {
    Some(match name {
        "line" => (Shape::Line, "2 vertices", 2..=2),
        "path" => (Shape::Path, "2 vertices or more", 2..=usize::MAX),
        "polygon" => (Shape::Polygon, "3 vertices or more", 3..=usize::MAX),
        "rectangle" => (Shape::Rectangle, "4 vertices", 4..=4),
        "ellipse" => (Shape::Ellipse, "4 vertices", 4..=4),
        _ => return None,
    })
}

pub(super) fn write(place: &Place<'_>, all: &[Named<'_>]) -> Result<Export, ExchangeError> {
    let shapes = all.iter().filter_map(|(_, a)| Some((*a, name(a.shape)?)));
    let features = Features::of(shapes.clone().map(|(a, _)| a), None);
    let mut writer = Writer::new();
    let mut row = ["index", "shape-type", "vertex-index"].map(str::to_owned).to_vec();
    row.extend((0..place.axes.len()).map(|axis| format!("axis-{axis}")));
    features.header(&mut row, place);
    writer.row(&row)?;
    let mut written = 0;
    for (annotation, kind) in shapes {
        for (at, vertex) in annotation.vertices.iter().enumerate() {
            row.clear();
            row.extend([written.to_string(), kind.to_owned(), at.to_string()]);
            row.extend(place.samples(vertex).iter().map(f64::to_string));
            features.cells(&mut row, annotation);
            writer.row(&row)?;
        }
        written += 1;
    }
    Ok(Export { bytes: writer.finish()?, left_out: all.len() - written })
}

/// The shape whose rows are being read.
struct Open {
    index: i64,
    line: u64,
    kind: String,
    annotation: Annotation,
}

pub(super) fn read(text: &[u8], place: &Place<'_>) -> Result<Import, ExchangeError> {
    let mut table = Reader::open(text, place, &["shape-type", "vertex-index"])?;
    let column = |column: &'static str| {
        let needed = "index, shape-type, vertex-index, axis-0, axis-1";
        table.column(column).ok_or(ExchangeError::NoColumn { column, kind: "shapes", needed })
    };
    let (index, kind) = (column("index")?, column("shape-type")?);
    let (mut import, mut cells, mut vertices) = (Import::default(), Vec::new(), 0);
    let mut begun = HashSet::new();
    let mut open: Option<Open> = None;
    while let Some(row) = table.row(place)? {
        let number = whole(&row, index, "index")?;
        if let Some(shape) = open.as_mut().filter(|open| open.index == number) {
            shape.annotation.vertices.push(row.vertex);
            continue;
        }
        if let Some(done) = open.take() {
            import.add(done.close()?, &mut vertices)?;
        }
        if !begun.insert(number) {
            return Err(ExchangeError::Scattered { line: row.line, index: number });
        }
        let (next, first) = Open::begin(place, number, kind, row)?;
        open = Some(next);
        cells.push(first);
    }
    if let Some(done) = open {
        import.add(done.close()?, &mut vertices)?;
    }
    table.fill(import.annotations.iter_mut().map(|i| &mut i.annotation), &cells);
    Ok(import)
}

impl Open {
    fn begin(
        place: &Place<'_>,
        index: i64,
        kind: usize,
        row: Row,
    ) -> Result<(Self, csv::StringRecord), ExchangeError> {
        let Row { line, vertex, cells } = row;
        let kind = cells.get(kind).unwrap_or_default().trim().to_lowercase();
        let Some((shape, ..)) = shape(&kind) else {
            return Err(ExchangeError::ShapeType { line, found: start(&kind) });
        };
        let annotation = Annotation::new(place.layer, shape, vec![vertex]);
        Ok((Self { index, line, kind, annotation }, cells))
    }

    fn close(self) -> Result<Imported, ExchangeError> {
        let (line, found) = (self.line, self.annotation.vertices.len());
        if let Some((_, needed, counts)) = shape(&self.kind)
            && !counts.contains(&found)
        {
            let shape = name(self.annotation.shape).unwrap_or_default();
            return Err(ExchangeError::VertexCount { line, shape, needed, found });
        }
        Ok(Imported { id: None, annotation: self.annotation })
    }
}
