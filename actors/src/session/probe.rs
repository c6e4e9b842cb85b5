//! What clients ask about the data: values under a cursor, histograms.

use std::sync::Arc;

use parfocal_base::{ChunkKey, LayerId, SourceId};
use parfocal_data::sample;
use parfocal_scene::{Layer, Scene, View};
use parfocal_sync::message::{Answer, LayerValue, Query};

use super::board::Board;
use super::member::Member;
use crate::shared::Shared;

/// Answers a member's question.
pub(crate) async fn answer(board: &Board, member: &Member, query: Query) -> Answer {
    match query {
        Query::Values { world } => values(board, member, world).await,
        Query::Histogram { layer } => histogram(board, layer).await,
    }
}

async fn values(board: &Board, member: &Member, world: [f64; 2]) -> Answer {
    let scene = board.snapshot().scene;
    let watched = *member.watched.lock();
    let Some(view) = scene.views.get(&watched) else {
        return Answer::Unavailable { message: "the view is closed".to_owned() };
    };
    let mut values = Vec::new();
    for layer in scene.layers.iter().rev() {
        if !Scene::effective_look(layer, view).visible {
            continue;
        }
        if let Some(value) = value_of(&board.shared, layer, view, world).await {
            values.push(LayerValue { layer: layer.id, value });
        }
    }
    Answer::Values { world, values }
}

/// The sample under `world`; `None` outside of the layer, `Some(None)` where it cannot be said.
async fn value_of(
    shared: &Shared,
    layer: &Layer,
    view: &View,
    world: [f64; 2],
) -> Option<Option<f64>> {
    let source = layer.source.source;
    let meta = shared.images.meta(source)?;
    let level = meta.levels.first()?;
    let mut index = Vec::with_capacity(meta.axes.len());
    for (axis, to) in layer.source.axes.iter().enumerate() {
        let (scale, origin) = (*level.scale.get(axis)?, *level.translate.get(axis)?);
        let at = match to {
            None => layer.source.channel.unwrap_or(0) as f64,
            Some(dim) => {
                let shown = view.displayed.iter().position(|d| d == dim);
                let world = match shown {
                    Some(which) => world[which.min(1)],
                    None => *view.point.get(*dim)?,
                };
                ((world - origin) / scale).round()
            }
        };
        let length = *level.shape.get(axis)? as f64;
        if !(0.0..length).contains(&at) {
            return None;
        }
        index.push(at as usize);
    }
    Some(read(shared, source, &index).await.filter(|value| value.is_finite()))
}

/// The sample at `index` of the finest level; its chunk is kept, the cursor will stay near it.
async fn read(shared: &Shared, source: SourceId, index: &[usize]) -> Option<f64> {
    let meta = shared.images.meta(source)?;
    if let Some(value) = shared.cache.value_at(source, &meta, 0, index) {
        return Some(value);
    }
    let grid = &meta.levels.first()?.chunk;
    let chunk: Vec<usize> = index.iter().zip(grid).map(|(i, c)| i / c.max(&1)).collect();
    let read = shared.images.get(source)?.read(0, &chunk).await.ok()?;
    shared.cache.insert(ChunkKey::new(source, 0, &chunk)?, Arc::new(read));
    shared.cache.value_at(source, &meta, 0, index)
}

async fn histogram(board: &Board, layer: LayerId) -> Answer {
    let unavailable = |message: String| Answer::Unavailable { message };
    let scene = board.snapshot().scene;
    let Some(layer) = scene.layer(layer) else {
        return unavailable(format!("there is no layer {layer}"));
    };
    let of = (layer.source.source, layer.source.channel);
    let known = board.shared.histograms.lock().get(&of).cloned();
    let found = match known {
        Some(found) => found,
        None => {
            let Some(source) = board.shared.images.get(of.0) else {
                return unavailable(format!("{} is not open", layer.source.path));
            };
            match sample(&*source, of.1).await {
                Ok(sample) => {
                    let found = Arc::new(sample.histogram());
                    board.shared.histograms.lock().insert(of, Arc::clone(&found));
                    found
                }
                Err(error) => return unavailable(error.to_string()),
            }
        }
    };
    Answer::Histogram { layer: layer.id, range: found.range, counts: found.counts.clone() }
}
