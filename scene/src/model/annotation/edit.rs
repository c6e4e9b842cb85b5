//! What an edit is made in, and one property of one annotation.

use parfocal_base::LayerId;

use super::check::{
    check_feature_count, check_measure, color, edge_width, feature_name, size, text,
};
use super::{Annotation, AnnotationChange, AnnotationId, Author, EditScope, Limits};
use crate::model::check::refuse;
use crate::model::{Layer, Reject, RejectCode, Scene};

/// The circumstances of an edit.
pub(in crate::model) struct Edit<'a> {
    pub(in crate::model) scene: &'a Scene,
    pub(in crate::model) by: &'a Author,
    pub(in crate::model) limits: &'a Limits,
}

impl<'a> Edit<'a> {
    /// The layer `id`, if annotations can be put there.
    pub(super) fn open_layer(&self, id: LayerId) -> Result<&'a Layer, Reject> {
        let layer = self.scene.known_layer(id)?;
        if !layer.kind.is_annotation() {
            let message = format!("layer {} holds no annotations", layer.name);
            return refuse(RejectCode::NotApplicable, message);
        }
        layer.check_unlocked()?;
        Ok(layer)
    }

    /// The layer of `annotation`, if the author may change it there.
    pub(in crate::model) fn layer_of(&self, annotation: &Annotation) -> Result<&'a Layer, Reject> {
        let layer = self.open_layer(annotation.layer)?;
        let own = annotation.author == self.by.subject || self.by.edits_all;
        if own || layer.edit_scope == EditScope::All {
            return Ok(layer);
        }
        let message = format!("in layer {} one changes only what one made oneself", layer.name);
        refuse(RejectCode::NotYours, message)
    }

    /// Whether `id` can become the name of something new.
    pub(super) fn check_name(id: &AnnotationId) -> Result<(), Reject> {
        if id.is_valid() {
            return Ok(());
        }
        let most = AnnotationId::MAX_BYTES;
        let message = format!("an annotation's name has 1 to {most} of A–Z a–z 0–9 _ and -");
        refuse(RejectCode::OutOfRange, message)
    }

    /// Sets one property. Answers the change with the value as it is kept.
    pub(super) fn set(
        &self,
        of: &mut Annotation,
        layer: &Layer,
        change: AnnotationChange,
    ) -> Result<AnnotationChange, Reject> {
        use AnnotationChange as To;
        Ok(match change {
            To::Vertices(vertices) => {
                self.set_vertices(of, layer, vertices)?;
                To::Vertices(of.vertices.clone())
            }
            To::MoveVertex { index, to } => {
                let mut vertices = of.vertices.clone();
                *vertices.get_mut(index).ok_or_else(|| no_vertex(of, index))? = to.clone();
                self.set_vertices(of, layer, vertices)?;
                To::MoveVertex { index, to }
            }
            To::InsertVertex { index, at } => {
                let mut vertices = of.vertices.clone();
                if index > vertices.len() {
                    return Err(no_vertex(of, index));
                }
                vertices.insert(index, at.clone());
                self.set_vertices(of, layer, vertices)?;
                To::InsertVertex { index, at }
            }
            To::RemoveVertex { index } => {
                let mut vertices = of.vertices.clone();
                if index >= vertices.len() {
                    return Err(no_vertex(of, index));
                }
                vertices.remove(index);
                self.set_vertices(of, layer, vertices)?;
                To::RemoveVertex { index }
            }
            To::FaceColor(value) => {
                of.face_color = color(value)?;
                To::FaceColor(of.face_color.clone())
            }
            To::EdgeColor(value) => {
                of.edge_color = color(value)?;
                To::EdgeColor(of.edge_color.clone())
            }
            To::EdgeWidth(value) => {
                of.edge_width = edge_width(value)?;
                To::EdgeWidth(of.edge_width)
            }
            To::Size(value) => {
                of.size = size(value)?;
                To::Size(of.size)
            }
            To::Symbol(value) => {
                of.symbol = value;
                To::Symbol(value)
            }
            To::Text(value) => {
                of.text = text(of.shape, value, self.limits)?;
                To::Text(of.text.clone())
            }
            To::Feature { name, value } => {
                feature_name(&name)?;
                let value = value.map(|value| value.checked(self.limits)).transpose()?;
                match &value {
                    Some(value) => of.features.insert(name.clone(), value.clone()),
                    None => of.features.remove(&name),
                };
                check_feature_count(of.features.len(), self.limits)?;
                To::Feature { name, value }
            }
            To::Measure(value) => {
                check_measure(value, of.shape, of.vertices.len())?;
                self.scene.check_measured_layer(value)?;
                if of.measure != value {
                    of.measure = value;
                    *of = of.clone().remeasured(self.scene);
                }
                To::Measure(value)
            }
        })
    }

    fn set_vertices(
        &self,
        of: &mut Annotation,
        layer: &Layer,
        vertices: Vec<Vec<f64>>,
    ) -> Result<(), Reject> {
        let vertices = of.shape.checked(vertices, layer, &self.scene.dims, self.limits)?;
        check_measure(of.measure, of.shape, vertices.len())?;
        if of.vertices != vertices {
            of.vertices = vertices;
            *of = of.clone().remeasured(self.scene);
        }
        Ok(())
    }
}

fn no_vertex(of: &Annotation, index: usize) -> Reject {
    let message = format!("there is no vertex {index} of {} (any more)", of.vertices.len());
    Reject::new(RejectCode::OutOfRange, message)
}
