//! What clients draw in tests.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use parfocal_base::LayerId;
use parfocal_client_native::Client;
use parfocal_scene::{Annotation, AnnotationId, Intent, LayerKind, NewAnnotation, Shape};

use crate::within;

/// Adds an annotation layer, or labels to paint; its number.
///
/// # Errors
/// When it is refused.
pub async fn add_layer(client: &Client, layer_kind: LayerKind) -> Result<LayerId> {
    let intent = Intent::AddLayer { layer_kind, name: None, layer: None };
    let acked = within("a layer is added", client.edit(intent)).await?;
    match acked.applied {
        Some(Intent::AddLayer { layer: Some(layer), .. }) => Ok(layer),
        other => anyhow::bail!("the answer names no layer: {other:?}"),
    }
}

/// An annotation with no look of its own.
pub fn shape(layer: LayerId, shape: Shape, vertices: Vec<Vec<f64>>) -> Annotation {
    Annotation {
        layer,
        shape,
        vertices,
        face_color: None,
        edge_color: None,
        edge_width: None,
        size: None,
        symbol: None,
        text: None,
        features: BTreeMap::new(),
        measure: None,
        measured: None,
        author: String::new(),
        created: 0,
    }
}

/// Draws one annotation.
pub fn draw(id: &str, annotation: Annotation) -> Intent {
    Intent::AddAnnotations { annotations: vec![NewAnnotation { id: id.into(), annotation }] }
}

/// A point of the test stack (t, z, y, x).
pub fn point(id: &str, layer: LayerId, at: [f64; 4]) -> Intent {
    draw(id, shape(layer, Shape::Point, vec![at.to_vec()]))
}

/// The annotation of this name, once the client's mirror has it.
///
/// # Errors
/// When the client stops before.
pub async fn drawn(client: &Client, id: &str) -> Result<Annotation> {
    let id = AnnotationId::from(id);
    let all = client.wait_for_annotations(|all| all.get(&id).is_some());
    let all = within("the annotation is in the mirror", all).await?;
    all.get(&id).map(|found| Annotation::clone(found)).context("it is gone again")
}
