//! From a document back to a scene.

use std::collections::BTreeMap;
use std::str::FromStr;

use parfocal_base::{LayerId, ViewId};
use serde::de::DeserializeOwned;
use serde_json::{Map as JsonMap, Value};
use yrs::{Map, MapRef, Out, ReadTxn};

use super::SchemaError;
use super::json::to_json;
use super::layout::{Roots, SCHEMA};
use crate::model::{Bookmark, Dims, Layer, Scene, Settings, View};

type Read<T> = Result<T, SchemaError>;

/// The scene that the document holds; whole and consistent, or an error that names the place.
pub(super) fn scene<T: ReadTxn>(roots: &Roots, txn: &T) -> Read<Scene> {
    let head = object(&roots.scene, txn);
    match head.get("schema") {
        None => return Err(SchemaError::Empty),
        Some(Value::Number(schema)) if schema.as_u64() == Some(u64::from(SCHEMA)) => {}
        Some(other) => {
            return Err(SchemaError::Version { found: other.to_string(), known: SCHEMA });
        }
    }
    let order: Vec<LayerId> = field(&head, "order")?;
    let mut found: BTreeMap<LayerId, Layer> = entries(&roots.layers, txn, "layers")?;
    let mut layers = Vec::with_capacity(found.len());
    for id in order {
        let layer = found.remove(&id).filter(|layer| layer.id == id);
        layers.push(layer.ok_or_else(|| malformed("scene.order", format!("no layer {id}")))?);
    }
    if let Some(id) = found.keys().next() {
        return Err(malformed("scene.order", format!("layer {id} has no place")));
    }
    let scene = Scene {
        dims: Dims { axes: field(&head, "axes")? },
        layers,
        settings: settings(roots, txn)?,
        views: entries::<ViewId, View, T>(&roots.views, txn, "views")?,
        bookmarks: bookmarks(roots, txn)?,
        next_layer: field(&head, "next_layer")?,
    };
    scene.check().map_err(|reject| malformed("scene", reject.message))?;
    Ok(scene)
}

/// The settings; those that are not in the document have their defaults.
fn settings<T: ReadTxn>(roots: &Roots, txn: &T) -> Read<Settings> {
    let mut all: JsonMap<String, Value> = Settings::default()
        .entries()
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::Bool(value)))
        .collect();
    all.extend(object(&roots.settings, txn));
    parsed("settings", Value::Object(all))
}

fn bookmarks<T: ReadTxn>(roots: &Roots, txn: &T) -> Read<BTreeMap<String, Bookmark>> {
    let all = object(&roots.bookmarks, txn).into_iter();
    all.map(|(name, value)| Ok((name.clone(), parsed(&format!("bookmarks.{name}"), value)?)))
        .collect()
}

/// The plain values of a map.
fn object<T: ReadTxn>(map: &MapRef, txn: &T) -> JsonMap<String, Value> {
    let plain = map.iter(txn).filter_map(|(key, value)| match value {
        Out::Any(value) => Some((key.to_owned(), to_json(&value))),
        _ => None,
    });
    plain.collect()
}

fn field<V: DeserializeOwned>(head: &JsonMap<String, Value>, key: &str) -> Read<V> {
    let value = head.get(key).cloned();
    let value = value.ok_or_else(|| malformed(&format!("scene.{key}"), "it is missing"))?;
    parsed(&format!("scene.{key}"), value)
}

/// The maps inside a root, by number.
fn entries<K, V, T>(root: &MapRef, txn: &T, name: &str) -> Read<BTreeMap<K, V>>
where
    K: FromStr + Ord,
    V: DeserializeOwned,
    T: ReadTxn,
{
    let mut all = BTreeMap::new();
    for (key, value) in root.iter(txn) {
        let place = format!("{name}.{key}");
        let id: K = key.parse().map_err(|_| malformed(&place, "its key is not a number"))?;
        let Out::YMap(map) = value else { return Err(malformed(&place, "it is not a map")) };
        all.insert(id, parsed(&place, Value::Object(object(&map, txn)))?);
    }
    Ok(all)
}

fn parsed<V: DeserializeOwned>(place: &str, value: Value) -> Read<V> {
    serde_json::from_value(value).map_err(|error| malformed(place, error.to_string()))
}

fn malformed(place: &str, reason: impl Into<String>) -> SchemaError {
    SchemaError::Malformed { place: place.to_owned(), reason: reason.into() }
}
