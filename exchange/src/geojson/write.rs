//! Annotations out.

use serde_json::{Map, Value, json};

use super::{OURS, geometry, properties};
use crate::{ExchangeError, Export, Named, Place};

/// Writes annotations of any kind of layer as a FeatureCollection.
///
/// # Errors
/// None that a valid annotation can cause.
pub fn write(place: &Place<'_>, annotations: &[Named<'_>]) -> Result<Export, ExchangeError> {
    let axes: Vec<_> = place
        .axes
        .iter()
        .map(|axis| {
            let (name, unit, start, step) = (&axis.name, &axis.unit, axis.start, axis.step);
            json!({ "name": name, "unit": unit, "start": start, "step": step })
        })
        .collect();
    let head = json!({ "schema": 1, "axes": axes });
    let mut bytes = format!(r#"{{"type":"FeatureCollection","{OURS}":{head},"features":["#);
    let mut left_out = 0;
    let mut comma = "\n";
    for (id, annotation) in annotations {
        let Some(geometry) = geometry::of(place, annotation) else {
            left_out += 1;
            continue;
        };
        let properties = properties::of(annotation).map_err(|error| failed(&error))?;
        let feature: Map<String, Value> = [
            ("type".to_owned(), json!("Feature")),
            ("id".to_owned(), json!(id)),
            ("geometry".to_owned(), geometry),
            ("properties".to_owned(), Value::Object(properties)),
        ]
        .into_iter()
        .collect();
        bytes.push_str(comma);
        bytes.push_str(&Value::Object(feature).to_string());
        comma = ",\n";
    }
    bytes.push_str("\n]}\n");
    Ok(Export { bytes: bytes.into_bytes(), left_out })
}

fn failed(error: &serde_json::Error) -> ExchangeError {
    ExchangeError::Json { line: 0, column: 0, reason: error.to_string() }
}
