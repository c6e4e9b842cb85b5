//! Annotations in, one feature at a time: a file is never held as a whole tree of values.

use std::fmt;

use parfocal_base::AxisKind;
use parfocal_scene::{Annotation, AnnotationId, DimsAxis, Shape};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::geometry::{self, Drawn, Geometry};
use super::{OURS, properties};
use crate::{ExchangeError, Import, Imported, Limit, Place};

/// Reads a FeatureCollection, a Feature, or a list of features.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(text: &[u8], place: &Place<'_>) -> Result<Import, ExchangeError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let written = place.axes.to_vec();
    let import = Import::default();
    let mut reading = Reading { place, written, import, count: 0, vertices: 0, bound: None };
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = json.deserialize_any(Root(&mut reading)).and_then(|()| json.end());
    if let Some(bound) = reading.bound {
        return Err(bound);
    }
    read.map_err(|error| ExchangeError::Json {
        line: error.line(),
        column: error.column(),
        reason: reason(&error),
    })?;
    Ok(reading.import)
}

/// serde_json's text without the position, which the error says itself.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
}

/// The axes that a file of ours was written with.
#[derive(Deserialize)]
struct Head {
    axes: Vec<HeadAxis>,
}

#[derive(Deserialize)]
struct HeadAxis {
    start: f64,
    step: f64,
}

struct Reading<'p> {
    place: &'p Place<'p>,
    /// By which the geometries of a file of ours were written.
    written: Vec<DimsAxis>,
    import: Import,
    count: usize,
    vertices: usize,
    bound: Option<ExchangeError>,
}

impl Reading<'_> {
    fn head(&mut self, head: &Head) {
        let axis = |axis: &HeadAxis| DimsAxis {
            name: String::new(),
            kind: AxisKind::Other,
            unit: None,
            start: axis.start,
            stop: axis.start,
            step: axis.step,
            labels: Vec::new(),
        };
        self.written = head.axes.iter().map(axis).collect();
    }

    /// Takes a feature; the reason where it makes no sense.
    fn feature(&mut self, feature: Feature) -> Result<(), String> {
        self.count += 1;
        let of = |reason: String, n: usize| format!("feature {n}: {reason}");
        let Feature { id, geometry, properties } = feature;
        let mut properties = properties.unwrap_or_default();
        let ours = properties::ours(&mut properties).filter(|a| self.fits(a));
        let id = id.as_ref().and_then(Value::as_str).map(AnnotationId::from);
        let id = id.filter(AnnotationId::is_valid);
        let Some(geometry) = geometry else {
            self.import.warn("features without a geometry were left out".to_owned());
            return Ok(());
        };
        if let Some(ours) = &ours
            && self.is_unchanged(ours, &geometry)
        {
            let annotation = Annotation { layer: self.place.layer, ..ours.clone() };
            return self.add(Imported { id, annotation });
        }
        let drawn = geometry.draw(self.place).map_err(|reason| of(reason, self.count))?;
        let mut id = id.filter(|_| drawn.len() == 1);
        for Drawn { shape, vertices, has_holes } in drawn {
            if has_holes {
                self.import.warn("holes of polygons were left out".to_owned());
            }
            let annotation = match &ours {
                Some(ours) => self.redrawn(ours, shape, vertices),
                None => {
                    let mut annotation = Annotation::new(self.place.layer, shape, vertices);
                    properties::fill(&mut annotation, &properties);
                    annotation
                }
            };
            self.add(Imported { id: id.take(), annotation })?;
        }
        Ok(())
    }

    fn fits(&self, annotation: &Annotation) -> bool {
        let axes = self.place.axes.len();
        let finite = |vertex: &Vec<f64>| {
            vertex.len() == axes && vertex.iter().all(|value| value.is_finite())
        };
        !annotation.vertices.is_empty() && annotation.vertices.iter().all(finite)
    }

    /// Whether a geometry still is the one that was written for the annotation beside it.
    fn is_unchanged(&self, ours: &Annotation, geometry: &Geometry) -> bool {
        let written = Place { axes: &self.written, ..*self.place };
        geometry::of(&written, ours).is_some_and(|was| geometry.is(&was))
    }

    /// An annotation whose geometry was changed by another program: where it lies in the plane is
    /// new, where along the other axes is not.
    fn redrawn(&self, ours: &Annotation, shape: Shape, mut vertices: Vec<Vec<f64>>) -> Annotation {
        let other_axes = self.place.axes.len().saturating_sub(2);
        let same_count = vertices.len() == ours.vertices.len();
        for (n, vertex) in vertices.iter_mut().enumerate() {
            let was = ours.vertices.get(if same_count { n } else { 0 });
            for (value, kept) in vertex.iter_mut().zip(was.into_iter().flatten()).take(other_axes) {
                *value = *kept;
            }
        }
        // What was a box need not be one any more.
        let boxed = matches!(ours.shape, Shape::Rectangle | Shape::Ellipse);
        let shape = if same_count && !boxed { ours.shape } else { shape };
        if let (Shape::Vector, [start, by]) = (shape, vertices.as_mut_slice()) {
            by.iter_mut().zip(start.iter()).skip(other_axes).for_each(|(by, from)| *by -= from);
        }
        let layer = self.place.layer;
        Annotation { layer, shape, vertices, measured: None, ..ours.clone() }
    }

    fn add(&mut self, imported: Imported) -> Result<(), String> {
        let features = Limit::Features.check(imported.annotation.features.len());
        let added = features.and_then(|()| self.import.add(imported, &mut self.vertices));
        added.map_err(|bound| {
            let text = bound.to_string();
            self.bound = Some(bound);
            text
        })
    }
}

/// The whole text.
struct Root<'r, 'p>(&'r mut Reading<'p>);

impl<'de> Visitor<'de> for Root<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON FeatureCollection")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(feature) = list.next_element()? {
            self.0.feature(feature).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut kind = String::new();
        let mut single = Feature { id: None, geometry: None, properties: None };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => kind = map.next_value()?,
                "features" => map.next_value_seed(Features(self.0))?,
                // Another version of ours may have something else there.
                OURS => {
                    if let Ok(head) = serde_json::from_value(map.next_value::<Value>()?) {
                        self.0.head(&head);
                    }
                }
                "id" => single.id = map.next_value()?,
                "geometry" => single.geometry = map.next_value()?,
                "properties" => single.properties = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match kind.as_str() {
            "FeatureCollection" => Ok(()),
            "Feature" => self.0.feature(single).map_err(A::Error::custom),
            _ => Err(A::Error::custom("this is no FeatureCollection, and no Feature")),
        }
    }
}

/// The list of features.
struct Features<'r, 'p>(&'r mut Reading<'p>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<(), D::Error> {
        list.deserialize_seq(Root(self.0))
    }
}
