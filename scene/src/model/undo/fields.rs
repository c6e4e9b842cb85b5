//! Taking an annotation back, field by field.

use super::serials::Field;
use crate::model::{Annotation, Annotations, Layer, Limits, Scene, Shape};

/// Fields that must fit each other: they are taken back together.
const FORM: [&str; 4] = ["layer", "shape", "vertices", "measure"];
/// Fields of which each can have every value that it had.
const LOOKS: [&str; 6] = ["face_color", "edge_color", "edge_width", "size", "symbol", "text"];

/// Whether `a` and `b` have the same `field`.
pub(super) fn same(field: &Field, a: &Annotation, b: &Annotation) -> bool {
    match field {
        Field::Whole => {
            changed(a, b).is_empty() && (&a.author, a.created) == (&b.author, b.created)
        }
        Field::Feature(name) => a.features.get(name) == b.features.get(name),
        Field::Property("layer") => a.layer == b.layer,
        Field::Property("shape") => a.shape == b.shape,
        Field::Property("vertices") => a.vertices == b.vertices,
        Field::Property("measure") => a.measure == b.measure,
        Field::Property("face_color") => a.face_color == b.face_color,
        Field::Property("edge_color") => a.edge_color == b.edge_color,
        Field::Property("edge_width") => a.edge_width == b.edge_width,
        Field::Property("size") => a.size == b.size,
        Field::Property("symbol") => a.symbol == b.symbol,
        Field::Property("text") => a.text == b.text,
        Field::Property(_) => true,
    }
}

/// The fields in which `b` differs from `a`. What was measured is the server's, and no field.
pub(super) fn changed(a: &Annotation, b: &Annotation) -> Vec<Field> {
    let named = FORM.into_iter().chain(LOOKS).map(Field::Property);
    let new = b.features.keys().filter(|name| !a.features.contains_key(*name));
    let features = a.features.keys().chain(new).cloned().map(Field::Feature);
    named.chain(features).filter(|field| !same(field, a, b)).collect()
}

fn take(field: &Field, to: &mut Annotation, from: &Annotation) {
    match field {
        Field::Feature(name) => match from.features.get(name) {
            Some(value) => {
                to.features.insert(name.clone(), value.clone());
            }
            None => {
                to.features.remove(name);
            }
        },
        Field::Property("layer") => to.layer = from.layer,
        Field::Property("shape") => to.shape = from.shape,
        Field::Property("vertices") => to.vertices.clone_from(&from.vertices),
        Field::Property("measure") => to.measure = from.measure,
        Field::Property("face_color") => to.face_color.clone_from(&from.face_color),
        Field::Property("edge_color") => to.edge_color.clone_from(&from.edge_color),
        Field::Property("edge_width") => to.edge_width = from.edge_width,
        Field::Property("size") => to.size = from.size,
        Field::Property("symbol") => to.symbol = from.symbol,
        Field::Property("text") => to.text.clone_from(&from.text),
        Field::Whole | Field::Property(_) => {}
    }
}

/// `now` with those of `fields` as `before` that can be so, and which these are.
pub(super) fn taken_back(
    now: &Annotation,
    before: &Annotation,
    fields: Vec<Field>,
    scene: &Scene,
    all: &Annotations,
    limits: &Limits,
) -> (Annotation, Vec<Field>) {
    let is_form = |field: &Field| matches!(field, Field::Property(name) if FORM.contains(name));
    let (form, rest): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_form);
    let mut after = now.clone();
    let mut done = Vec::new();
    if !form.is_empty() {
        let mut formed = now.clone();
        form.iter().for_each(|field| take(field, &mut formed, before));
        if let Some(layer) = fits(&formed, before, scene, limits)
            && (formed.layer == now.layer || all.check_room(layer, limits).is_ok())
        {
            after = formed.remeasured(scene);
            done = form;
        }
    }
    for field in rest {
        let mut next = after.clone();
        take(&field, &mut next, before);
        let is_good = match &field {
            Field::Property("text") => next.shape != Shape::Text || next.text.is_some(),
            Field::Feature(name) => {
                let value = next.features.get_key_value(name);
                let value = value.map(|(name, value)| (name.clone(), value.clone()));
                let own = (now.layer == next.layer).then_some(now);
                next.features.len() <= limits.features
                    && all.check_features(next.layer, own, &value.into_iter().collect()).is_ok()
            }
            _ => true,
        };
        if is_good {
            after = next;
            done.push(field);
        }
    }
    (after, done)
}

/// The layer of `formed`, where its form is whole. That of `before` was.
fn fits<'a>(
    formed: &Annotation,
    before: &Annotation,
    scene: &'a Scene,
    limits: &Limits,
) -> Option<&'a Layer> {
    let layer = scene.layer(formed.layer).filter(|layer| !layer.locked)?;
    let was = |a: &Annotation| (a.layer, a.shape, a.vertices == before.vertices);
    let fits = if was(formed) == was(before) {
        formed.measure_fits()
    } else {
        formed.clone().checked(scene, layer, limits).is_ok_and(|checked| checked == *formed)
    };
    fits.then_some(layer)
}
