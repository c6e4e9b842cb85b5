//! The edits: annotations as Parfocal keeps them, in real Yjs updates.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map, MapRef, Out, Transact, Update};

/// Root map of the annotations document.
const ANNOTATIONS: &str = "annotations";
/// Stands before and after the number of an edit, in a text that servers hand on as it is.
const MARK: u8 = b'~';
/// Digits of the number.
const DIGITS: usize = 8;
/// Corners of the polygons that are moved about.
const CORNERS: usize = 8;
/// Points stand in rows of this many.
const ROW: usize = 400;

/// Somebody who writes with a Yjs library: a document of its own, and so clocks that rise.
pub(crate) struct Writer {
    doc: Doc,
    annotations: MapRef,
}

impl Writer {
    /// With a client id that nobody has had in this document.
    pub(crate) fn new(client: u64) -> Self {
        let doc = Doc::with_client_id(client);
        let annotations = doc.get_or_insert_map(ANNOTATIONS);
        Self { doc, annotations }
    }

    /// Takes what the server sends: it may write beside what clients write.
    pub(crate) fn apply(&self, update: &[u8]) -> Result<()> {
        let update = Update::decode_v1(update).context("not an update")?;
        let mut transaction = self.doc.try_transact_mut().context("the document is in use")?;
        transaction.apply_update(update).context("an update that cannot be applied")
    }

    /// The update of one transaction that sets these annotations. What a server has written about
    /// who made them is kept, as programs do that change what they have read.
    pub(crate) fn set(&self, values: &[(String, Value)]) -> Result<Vec<u8>> {
        let mut transaction = self.doc.try_transact_mut().context("the document is in use")?;
        for (key, value) in values {
            let mut value: HashMap<String, Any> =
                serde_json::from_value(value.clone()).context("no value for Yjs")?;
            if let Some(Out::Any(Any::Map(old))) = self.annotations.get(&transaction, key) {
                for name in ["author", "created"] {
                    value.extend(old.get(name).map(|kept| (name.to_owned(), kept.clone())));
                }
            }
            self.annotations.insert(&mut transaction, key.as_str(), Any::from(value));
        }
        Ok(transaction.encode_update_v1())
    }
}

/// A polygon somewhere, which says which edit it is.
pub(crate) fn polygon(layer: u64, edit: usize) -> Value {
    let centre = [600.0 + 300.0 * turn(edit, 97), 1000.0 + 500.0 * turn(edit, 61)];
    json!({
        "layer": layer, "shape": "polygon", "vertices": corners(centre),
        "text": format!("{0}{edit:01$}{0}", char::from(MARK), DIGITS),
        "edge_color": "#ffd166",
    })
}

/// Around a centre; they do not cross.
pub(crate) fn corners([y, x]: [f64; 2]) -> Vec<[f64; 3]> {
    let corner = |at: usize| {
        let (sin, cos) = (at as f64 / CORNERS as f64 * std::f64::consts::TAU).sin_cos();
        [0.0, y + 40.0 * sin, x + 40.0 * cos]
    };
    (0..CORNERS).map(corner).collect()
}

/// The `at`th of many points.
pub(crate) fn point(layer: u64, at: usize) -> (String, Value) {
    let (row, column) = (at / ROW, at % ROW);
    let vertex = [0.0, row as f64 * 4.0 + 0.25, column as f64 * 4.0 + 0.75];
    let value = json!({
        "layer": layer, "shape": "point", "vertices": [vertex],
        "features": { "area": at % 997, "class": "mitotic" },
    });
    (format!("point-{at:06}"), value)
}

/// Between -1 and 1, other from edit to edit.
fn turn(edit: usize, period: usize) -> f64 {
    2.0 * ((edit % period) as f64 / period as f64) - 1.0
}

/// The numbers of the edits that stand in a frame.
pub(crate) fn marks(frame: &[u8]) -> impl Iterator<Item = usize> {
    frame.windows(DIGITS + 2).filter_map(|window| {
        let (first, rest) = window.split_first()?;
        let (last, digits) = rest.split_last()?;
        let digits = (*first == MARK && *last == MARK).then_some(digits)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_edit_is_found_in_its_update() {
        let writer = Writer::new(7);
        writer.set(&[("a".to_owned(), polygon(1, 12))]).unwrap();
        let update =
            writer.set(&[("a".to_owned(), polygon(1, 345)), ("b".to_owned(), polygon(1, 6))]);
        assert_eq!(marks(&update.unwrap()).collect::<Vec<_>>(), [345, 6]);
        assert_eq!(marks(b"~1234567~ ~123456789~").count(), 0);
    }
}
