//! Steps: what one edit changed, as what was and what is.

use std::sync::Arc;

use parfocal_base::LayerId;

use super::fields::changed;
use super::serials::{Field, Target, VOXELS};
use crate::model::{
    Annotation, AnnotationId, AnnotationWrite, Bookmark, Intent, Layer, LayerChange, Need, Scene,
    SettingsChange,
};

/// One edit of one person: what undo takes back at once.
#[derive(Clone, Debug)]
pub struct Step {
    /// For a tooltip, e.g. `add 3 points`, `contrast_limits of nuclei`.
    pub label: String,
    /// The right that the edit needed, and taking it back needs.
    pub need: Need,
    pub(super) deltas: Vec<Delta>,
}

/// What a step did to one thing.
#[derive(Clone, Debug)]
pub(super) enum Delta {
    Layer {
        layer: LayerId,
        before: Box<LayerChange>,
        after: Box<LayerChange>,
    },
    /// It came or went.
    Exists {
        layer: LayerId,
        before: Option<Box<Kept>>,
        after: Option<Box<Kept>>,
    },
    Order {
        before: Vec<LayerId>,
        after: Vec<LayerId>,
    },
    Setting {
        before: SettingsChange,
        after: SettingsChange,
    },
    Bookmark {
        name: String,
        before: Option<Box<Bookmark>>,
        after: Option<Box<Bookmark>>,
    },
    Annotation {
        id: AnnotationId,
        before: Option<Arc<Annotation>>,
        after: Option<Arc<Annotation>>,
    },
    Stroke {
        layer: LayerId,
        stroke: u64,
        done: bool,
    },
}

/// A layer, with what is needed to put it back.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) layer: Layer,
    /// Names of the scene's axes that it runs along: their numbers may change.
    pub(super) axes: Vec<Option<String>>,
    pub(super) index: usize,
}

impl Step {
    /// What the applied `intent` (`None`: a foreign write) did: it made `after` of `before`, wrote
    /// these annotations, and painted these strokes (layer, and the shell's number for it).
    ///
    /// Axes, views and labels that were given out are no part of a step.
    pub fn of(
        intent: Option<&Intent>,
        before: &Scene,
        after: &Scene,
        annotations: &[AnnotationWrite],
        strokes: &[(LayerId, u64)],
    ) -> Self {
        let mut deltas = Vec::new();
        // What is put into a layer follows the layer, and is gone before it: steps are taken back
        // from their end.
        let new = after.layers.iter().enumerate().filter(|(_, l)| before.layer(l.id).is_none());
        deltas.extend(new.map(|(index, layer)| Delta::Exists {
            layer: layer.id,
            before: None,
            after: Some(Box::new(Kept::of(layer, index, after))),
        }));
        deltas.extend(annotations.iter().map(|write| Delta::Annotation {
            id: write.id.clone(),
            before: write.before.clone(),
            after: write.after.clone(),
        }));
        deltas.extend(strokes.iter().map(|&(layer, stroke)| Delta::Stroke {
            layer,
            stroke,
            done: true,
        }));
        for (index, layer) in before.layers.iter().enumerate() {
            match after.layer(layer.id) {
                Some(now) => deltas.extend(layer_deltas(layer, now)),
                None => deltas.push(Delta::Exists {
                    layer: layer.id,
                    before: Some(Box::new(Kept::of(layer, index, before))),
                    after: None,
                }),
            }
        }
        deltas.extend(order_delta(before, after));
        let settings = before.settings.properties().into_iter().zip(after.settings.properties());
        let settings = settings.filter(|(before, after)| before != after);
        deltas.extend(settings.map(|(before, after)| Delta::Setting { before, after }));
        deltas.extend(bookmark_deltas(before, after));
        let label = super::label::label(intent, before, annotations);
        Self { label, need: intent.map_or(Need::Annotate, Intent::need), deltas }
    }

    /// Whether there is nothing to take back.
    pub fn is_empty(&self) -> bool {
        self.deltas.is_empty()
    }
}

impl Kept {
    pub(super) fn of(layer: &Layer, index: usize, scene: &Scene) -> Self {
        let name = |axis: &Option<usize>| {
            axis.and_then(|axis| scene.dims.axes.get(axis)).map(|axis| axis.name.clone())
        };
        let axes = layer.source.axes.iter().map(name).collect();
        Self { layer: layer.clone(), axes, index }
    }

    /// The layer in `scene`; `None` where one of its axes is gone.
    pub(super) fn layer_in(&self, scene: &Scene) -> Option<Layer> {
        let mut layer = self.layer.clone();
        for (axis, name) in layer.source.axes.iter_mut().zip(&self.axes) {
            if let Some(name) = name {
                *axis = Some(scene.dims.axes.iter().position(|known| known.name == *name)?);
            }
        }
        Some(layer)
    }
}

fn layer_deltas(before: &Layer, after: &Layer) -> Vec<Delta> {
    if before == after {
        return Vec::new();
    }
    let pairs = before.properties().into_iter().zip(after.properties());
    let changed = pairs.filter(|(before, after)| before != after);
    let delta = |(before, now)| Delta::Layer {
        layer: after.id,
        before: Box::new(before),
        after: Box::new(now),
    };
    changed.map(delta).collect()
}

/// Only where layers changed places: not where one came or went.
fn order_delta(before: &Scene, after: &Scene) -> Option<Delta> {
    let order = |of: &Scene, other: &Scene| {
        let mut order = of.order();
        order.retain(|id| other.layer(*id).is_some());
        order
    };
    let [before, after] = [order(before, after), order(after, before)];
    (before != after).then_some(Delta::Order { before, after })
}

fn bookmark_deltas(before: &Scene, after: &Scene) -> Vec<Delta> {
    let gone = before.bookmarks.keys().filter(|name| !after.bookmarks.contains_key(*name));
    let names = gone.chain(after.bookmarks.keys());
    let boxed = |of: &Scene, name: &str| of.bookmarks.get(name).cloned().map(Box::new);
    let changed = names.filter(|name| before.bookmarks.get(*name) != after.bookmarks.get(*name));
    let delta = |name: &String| Delta::Bookmark {
        name: name.clone(),
        before: boxed(before, name),
        after: boxed(after, name),
    };
    changed.map(delta).collect()
}

impl Delta {
    pub(super) fn target(&self) -> Target {
        match self {
            Self::Layer { layer, .. } | Self::Exists { layer, .. } | Self::Stroke { layer, .. } => {
                Target::Layer(*layer)
            }
            Self::Order { .. } => Target::Order,
            Self::Setting { .. } => Target::Settings,
            Self::Bookmark { name, .. } => Target::Bookmark(name.clone()),
            Self::Annotation { id, .. } => Target::Annotation(id.clone()),
        }
    }

    /// What it wrote to.
    pub(super) fn fields(&self) -> Vec<Field> {
        match self {
            Self::Layer { after, .. } => vec![Field::Property(after.property())],
            Self::Setting { after, .. } => vec![Field::Property(after.property())],
            Self::Annotation { before: Some(before), after: Some(after), .. } => {
                changed(before, after)
            }
            Self::Stroke { .. } => vec![VOXELS],
            Self::Annotation { .. }
            | Self::Exists { .. }
            | Self::Order { .. }
            | Self::Bookmark { .. } => vec![Field::Whole],
        }
    }

    /// About how many bytes it keeps from being freed.
    pub(super) fn bytes(&self) -> usize {
        let annotation = |annotation: &Option<Arc<Annotation>>| {
            annotation.as_ref().map_or(0, |annotation| {
                let axes = annotation.vertices.first().map_or(0, Vec::len);
                let text = annotation.text.as_ref().map_or(0, String::len);
                ANNOTATION
                    + annotation.vertices.len() * (VERTEX + axes * size_of::<f64>())
                    + annotation.features.len() * FEATURE
                    + text
            })
        };
        size_of::<Self>()
            + match self {
                Self::Annotation { before, after, .. } => annotation(before) + annotation(after),
                Self::Order { before, after } => {
                    (before.len() + after.len()) * size_of::<LayerId>()
                }
                Self::Setting { .. } | Self::Stroke { .. } => 0,
                Self::Layer { .. } | Self::Exists { .. } | Self::Bookmark { .. } => LAYER,
            }
    }
}

/// An annotation beside its vertices: its fields, its name, its places in maps.
const ANNOTATION: usize = 512;
/// A vertex beside its numbers.
const VERTEX: usize = 32;
/// A cell of the table.
const FEATURE: usize = 96;
/// A layer, a style, a bookmark with looks of some layers.
const LAYER: usize = 2048;
