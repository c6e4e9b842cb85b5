//! What stands beside a geometry.

use parfocal_scene::{Annotation, Feature};
use serde_json::{Map, Value, json};

use super::OURS;
use crate::MAX_CELL_BYTES;

/// Members that say how something looks (simplestyle), and what others keep there.
const FILL: &str = "fill";
const STROKE: &str = "stroke";
const STROKE_WIDTH: &str = "stroke-width";
const CLASSIFICATION: &str = "classification";

/// The properties of an annotation.
pub(super) fn of(annotation: &Annotation) -> Result<Map<String, Value>, serde_json::Error> {
    let mut all = Map::new();
    for (name, feature) in &annotation.features {
        all.insert(name.clone(), serde_json::to_value(feature)?);
    }
    let looks = [(FILL, &annotation.face_color), (STROKE, &annotation.edge_color)];
    for (name, color) in looks {
        if let Some(color) = color {
            all.insert(name.to_owned(), json!(color));
        }
    }
    if let Some(width) = annotation.edge_width {
        all.insert(STROKE_WIDTH.to_owned(), json!(width));
    }
    all.insert(OURS.to_owned(), serde_json::to_value(annotation)?);
    Ok(all)
}

/// Takes the annotation out of its own properties.
pub(super) fn ours(properties: &mut Map<String, Value>) -> Option<Annotation> {
    serde_json::from_value(properties.remove(OURS)?).ok()
}

/// Gives an annotation what the properties of another program say.
pub(super) fn fill(annotation: &mut Annotation, properties: &Map<String, Value>) {
    annotation.face_color = properties.get(FILL).and_then(color);
    annotation.edge_color = properties.get(STROKE).and_then(color);
    annotation.edge_width = properties.get(STROKE_WIDTH).and_then(Value::as_f64);
    for (name, value) in properties {
        if [FILL, STROKE, STROKE_WIDTH].contains(&name.as_str()) {
            continue;
        }
        if let Some(feature) = feature(value) {
            annotation.features.insert(name.clone(), feature);
        }
    }
    // QuPath: {"name": "Tumor", "color": [200, 0, 0]}.
    if let Some(class) = properties.get(CLASSIFICATION).and_then(Value::as_object) {
        if let Some(name) = class.get("name").and_then(feature) {
            annotation.features.insert(CLASSIFICATION.to_owned(), name);
        }
        let shade = |value: &Value| value.as_u64().and_then(|shade| u8::try_from(shade).ok());
        let color = class.get("color").and_then(Value::as_array).map(Vec::as_slice);
        if let Some([r, g, b]) = color
            && let (Some(r), Some(g), Some(b)) = (shade(r), shade(g), shade(b))
        {
            annotation.edge_color.get_or_insert_with(|| format!("#{r:02x}{g:02x}{b:02x}"));
        }
    }
}

fn feature(value: &Value) -> Option<Feature> {
    match value {
        Value::Bool(value) => Some(Feature::Bool(*value)),
        Value::Number(value) => value.as_f64().filter(|v| v.is_finite()).map(Feature::Number),
        Value::String(text) if text.len() <= MAX_CELL_BYTES => Some(Feature::Text(text.clone())),
        _ => None,
    }
}

/// `#rgb`, `#rrggbb` or `#rrggbbaa` as the scene writes colours; names of colours are not known.
fn color(value: &Value) -> Option<String> {
    let digits = value.as_str()?.strip_prefix('#')?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        3 => Some(
            digits.chars().fold("#".to_owned(), |color, digit| format!("{color}{digit}{digit}")),
        ),
        6 | 8 => Some(format!("#{}", digits.to_lowercase())),
        _ => None,
    }
}
