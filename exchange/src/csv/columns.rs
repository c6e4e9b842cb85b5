//! What the tables have in common: coordinates in some columns, features in the others.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use parfocal_scene::{Annotation, Feature};

use super::tracks::TRACK_ID;
use crate::{ExchangeError, Limit, Place};

/// Names that have a meaning of their own. A feature of such a name is written with this prefix, and
/// one that begins with the prefix as well, so that every name comes back.
const RESERVED: [&str; 5] = ["index", "shape-type", "vertex-index", "text", TRACK_ID];
const PREFIX: &str = "feature ";
/// What an annotation says, or the label beside it.
const TEXT: &str = "text";

/// The columns behind the coordinates.
pub(super) struct Features<'a> {
    names: Vec<&'a str>,
    with_text: bool,
}

impl<'a> Features<'a> {
    /// Those that any of these annotations has, but `except`.
    pub(super) fn of(
        annotations: impl Iterator<Item = &'a Annotation>,
        except: Option<&str>,
    ) -> Self {
        let (mut names, mut with_text) = (BTreeSet::new(), false);
        for annotation in annotations {
            let all = annotation.features.keys().map(String::as_str);
            names.extend(all.filter(|name| Some(*name) != except));
            with_text |= annotation.text.is_some();
        }
        Self { names: names.into_iter().collect(), with_text }
    }

    pub(super) fn header(&self, row: &mut Vec<String>, place: &Place<'_>) {
        let taken = |name: &str| {
            RESERVED.contains(&name)
                || name.is_empty()
                || name.starts_with("axis-")
                || name.starts_with(PREFIX)
                || place.named(name).is_some()
        };
        let prefix = |name: &&str| if taken(name) { PREFIX } else { "" };
        row.extend(self.names.iter().map(|name| format!("{}{name}", prefix(name))));
        row.extend(self.with_text.then(|| TEXT.to_owned()));
    }

    pub(super) fn cells(&self, row: &mut Vec<String>, annotation: &Annotation) {
        let cell = |name: &&str| annotation.features.get(*name).map_or_else(String::new, write);
        row.extend(self.names.iter().map(cell));
        row.extend(self.with_text.then(|| annotation.text.clone().unwrap_or_default()));
    }
}

/// As Python writes it, and pandas reads it.
fn write(feature: &Feature) -> String {
    match feature {
        Feature::Bool(true) => "True".to_owned(),
        Feature::Bool(false) => "False".to_owned(),
        Feature::Number(number) => number.to_string(),
        Feature::Text(text) => text.clone(),
    }
}

/// A table that is being written.
pub(super) struct Writer(csv::Writer<Vec<u8>>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new()))
    }

    pub(super) fn row(&mut self, row: &[String]) -> Result<(), ExchangeError> {
        self.0.write_record(row).map_err(|error| failed(&error))
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ExchangeError> {
        let failed = |reason: String| ExchangeError::Csv { line: 0, reason };
        self.0.into_inner().map_err(|error| failed(error.to_string()))
    }
}

fn failed(error: &csv::Error) -> ExchangeError {
    let line = error.position().map_or(0, csv::Position::line);
    ExchangeError::Csv { line, reason: error.to_string() }
}

/// A table that is being read.
pub(super) struct Reader<'a> {
    rows: csv::Reader<&'a [u8]>,
    names: Vec<String>,
    /// Which column is which axis of the layer.
    axes: Vec<(usize, usize)>,
    /// Columns of features.
    features: Vec<usize>,
}

/// One row: where it is, where it places a vertex, and all its cells.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) vertex: Vec<f64>,
    pub(super) cells: StringRecord,
}

impl<'a> Reader<'a> {
    /// Opens a table in which the columns `own` have a meaning besides `index` and `text`.
    pub(super) fn open(
        text: &'a [u8],
        place: &Place<'_>,
        own: &[&str],
    ) -> Result<Self, ExchangeError> {
        // Excel begins a file with a byte order mark.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut rows = ReaderBuilder::new().from_reader(text);
        let header = rows.headers().map_err(|error| failed(&error))?;
        let names: Vec<_> = header.iter().map(str::to_owned).collect();
        let numbered = |name: &String| name.trim_start().starts_with("axis-");
        let coordinates: Vec<_> = (0..names.len()).filter(|&n| numbered(&names[n])).collect();
        let axes: Vec<_> = if coordinates.is_empty() {
            let named = names.iter().enumerate();
            named.filter_map(|(n, name)| Some((n, place.named(name.trim())?))).collect()
        } else {
            let first = place.axes.len().saturating_sub(coordinates.len());
            coordinates.into_iter().zip(first..).collect()
        };
        if axes.is_empty() || axes.len() > place.axes.len() {
            return Err(ExchangeError::Axes { found: axes.len(), axes: place.axes.len() });
        }
        let plain = |&n: &usize| {
            let name = names[n].trim();
            let known = ["", "index", TEXT].contains(&name) || own.contains(&name);
            !known && axes.iter().all(|(axis, _)| *axis != n)
        };
        let features: Vec<_> = (0..names.len()).filter(plain).collect();
        Limit::Features.check(features.len())?;
        Ok(Self { rows, names, axes, features })
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other.trim() == name)
    }

    /// The next row.
    pub(super) fn row(&mut self, place: &Place<'_>) -> Result<Option<Row>, ExchangeError> {
        let mut cells = ByteRecord::new();
        if !self.rows.read_byte_record(&mut cells).map_err(|error| failed(&error))? {
            return Ok(None);
        }
        let line = cells.position().map_or(0, csv::Position::line);
        let longest = cells.iter().map(<[u8]>::len).max().unwrap_or(0);
        Limit::CellBytes.check(longest)?;
        let cells = StringRecord::from_byte_record(cells)
            .map_err(|error| ExchangeError::Csv { line, reason: error.to_string() })?;
        let mut vertex = place.world(&[]);
        for &(column, axis) in &self.axes {
            let text = cells.get(column).unwrap_or_default().trim();
            let sample = text.parse().ok().filter(|value: &f64| value.is_finite());
            let name = self.names.get(column).map_or("", String::as_str);
            let sample = sample.ok_or_else(|| ExchangeError::number(line, name, text))?;
            place.set(&mut vertex, axis, sample);
        }
        Ok(Some(Row { line, vertex, cells }))
    }

    /// Gives each annotation the features and the text of its row.
    pub(super) fn fill<'r>(
        &self,
        annotations: impl Iterator<Item = &'r mut Annotation>,
        rows: &[StringRecord],
    ) {
        let types: Vec<_> = self.features.iter().map(|&n| Type::of(rows, n)).collect();
        let names = self.features.iter().map(|&n| {
            let name = self.names.get(n).map_or("", String::as_str);
            name.strip_prefix(PREFIX).unwrap_or(name).to_owned()
        });
        let columns: Vec<_> = self.features.iter().copied().zip(names).zip(types).collect();
        let text = self.column(TEXT);
        for (annotation, row) in annotations.zip(rows) {
            let cell = |n: usize| row.get(n).filter(|cell| !cell.is_empty());
            let read = columns
                .iter()
                .filter_map(|((n, name), kind)| Some((name.clone(), kind.read(cell(*n)?)?)));
            annotation.features.extend(read.collect::<BTreeMap<_, _>>());
            annotation.text = text.and_then(cell).map(str::to_owned);
        }
    }
}

/// One type for all cells of a column, as napari and pandas find it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Number,
    Text,
}

impl Type {
    fn of(rows: &[StringRecord], column: usize) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(column)).filter(|c| !c.is_empty());
        let fits = |kind: Self| cells().all(|cell| is_missing(cell) || kind.read(cell).is_some());
        [Self::Bool, Self::Number].into_iter().find(|&kind| fits(kind)).unwrap_or(Self::Text)
    }

    fn read(self, cell: &str) -> Option<Feature> {
        match self {
            Self::Bool if cell.eq_ignore_ascii_case("true") => Some(Feature::Bool(true)),
            Self::Bool if cell.eq_ignore_ascii_case("false") => Some(Feature::Bool(false)),
            Self::Bool => None,
            Self::Number => {
                let number = cell.trim().parse().ok().filter(|value: &f64| value.is_finite());
                number.map(Feature::Number)
            }
            Self::Text => Some(Feature::Text(cell.to_owned())),
        }
    }
}

/// How NumPy and pandas write a number that is not there.
fn is_missing(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("nan")
}

/// A cell that must hold a whole number.
pub(super) fn whole(row: &Row, column: usize, name: &str) -> Result<i64, ExchangeError> {
    let text = row.cells.get(column).unwrap_or_default().trim();
    // napari writes whole numbers as floats where the coordinates are.
    let number = text.parse::<f64>().ok().filter(|value| value.fract() == 0.0);
    let number = number.filter(|value| value.abs() <= MAX_WHOLE).map(|value| value as i64);
    number.ok_or_else(|| ExchangeError::number(row.line, name, text))
}

/// The largest number up to which floats hold all whole ones.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
