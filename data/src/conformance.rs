//! What every source must satisfy, as one function that a source's tests call.

use std::sync::Arc;

use parfocal_base::{Chunk, ImageMeta};

use crate::block::{Block, crop};
use crate::error::DataError;
use crate::limits::{MAX_AXES, MIN_AXES};
use crate::source::Source;

/// Reads of one chunk at a time in the concurrency check.
const CONCURRENT: usize = 8;

/// Checks `source` against the whole arrays that it should hold, finest level first: description,
/// every chunk, positions outside the grid, concurrent and dropped reads. Run it in a tokio
/// runtime of several threads.
///
/// # Errors
/// In words, the first thing that is wrong.
pub async fn check(source: &Arc<dyn Source>, expected: &[Chunk]) -> Result<(), String> {
    let meta = source.meta().clone();
    check_meta(&meta, source, expected)?;
    for (level, whole) in expected.iter().enumerate() {
        for at in positions(&meta, level) {
            check_chunk(source, &meta, level, &at, whole).await?;
        }
        check_outside(source, &meta, level).await?;
    }
    if source.read(meta.levels.len(), &vec![0; meta.axes.len()]).await.is_ok() {
        return Err("a level that does not exist was read".to_owned());
    }
    check_concurrent(source, &meta, expected).await?;
    check_dropped(source, &meta, expected).await
}

fn check_meta(
    meta: &ImageMeta,
    source: &Arc<dyn Source>,
    expected: &[Chunk],
) -> Result<(), String> {
    let n = meta.axes.len();
    let wrong = |what: String| Err(format!("description: {what}"));
    if !(MIN_AXES..=MAX_AXES).contains(&n) {
        return wrong(format!("{n} axes"));
    }
    if meta.levels.len() != expected.len() {
        return wrong(format!("{} levels, expected {}", meta.levels.len(), expected.len()));
    }
    for (i, (level, whole)) in meta.levels.iter().zip(expected).enumerate() {
        let lengths = [
            level.shape.len(),
            level.chunk.len(),
            level.scale.len(),
            level.translate.len(),
            level.grid().len(),
        ];
        if lengths != [n; 5] {
            return wrong(format!("level {i} has lists of {lengths:?} for {n} axes"));
        }
        if level.shape != whole.shape() {
            return wrong(format!(
                "level {i} has shape {:?}, expected {:?}",
                level.shape,
                whole.shape()
            ));
        }
        if meta.dtype != whole.samples().dtype() {
            return wrong(format!("type {:?}, expected {:?}", meta.dtype, whole.samples().dtype()));
        }
        if level.chunk.iter().zip(&level.shape).any(|(&c, &s)| c == 0 || c > s) {
            return wrong(format!(
                "level {i} has chunks of {:?} in {:?}",
                level.chunk, level.shape
            ));
        }
        if !level.scale.iter().all(|s| s.is_finite() && *s > 0.0)
            || !level.translate.iter().all(|t| t.is_finite())
        {
            return wrong(format!(
                "level {i} has scale {:?}, translate {:?}",
                level.scale, level.translate
            ));
        }
    }
    let channels =
        crate::axes::channel_axis(&meta.axes).map_or(0, |axis| meta.levels[0].shape[axis]);
    match source.info().channels.len() == channels {
        true => Ok(()),
        false => wrong(format!(
            "{} channels for a channel axis of {channels}",
            source.info().channels.len()
        )),
    }
}

/// All grid positions of a level.
fn positions(meta: &ImageMeta, level: usize) -> Vec<Vec<usize>> {
    let grid = meta.levels[level].grid();
    let zero = vec![0; grid.len()];
    let mut at = zero.clone();
    let n: usize = grid.iter().product();
    let mut all = Vec::with_capacity(n);
    for _ in 0..n {
        all.push(at.clone());
        crate::block::step(&mut at, &zero, &grid);
    }
    all
}

async fn check_chunk(
    source: &Arc<dyn Source>,
    meta: &ImageMeta,
    level: usize,
    at: &[usize],
    whole: &Chunk,
) -> Result<(), String> {
    let place = || format!("level {level}, chunk {at:?}");
    let chunk = source.read(level, at).await.map_err(|e| format!("{}: {e}", place()))?;
    let block = Block::of(&meta.levels[level], at)
        .ok_or_else(|| format!("{} is outside the grid", place()))?;
    if chunk.shape() != block.shape {
        return Err(format!(
            "{} has shape {:?}, expected {:?}",
            place(),
            chunk.shape(),
            block.shape
        ));
    }
    let expected = crop(whole.samples().clone(), whole.shape(), &block.origin, &block.shape);
    let expected = expected.ok_or_else(|| format!("{} leaves the image", place()))?;
    if chunk.samples().dtype() != expected.dtype() {
        return Err(format!("{} is of type {:?}", place(), chunk.samples().dtype()));
    }
    // By bits, so that NaN equals itself.
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let differs =
        (0..expected.len()).find(|&i| bits(chunk.samples().get(i)) != bits(expected.get(i)));
    match differs {
        None => Ok(()),
        Some(i) => Err(format!(
            "{}, sample {i} is {:?}, expected {:?}",
            place(),
            chunk.samples().get(i),
            expected.get(i)
        )),
    }
}

async fn check_outside(
    source: &Arc<dyn Source>,
    meta: &ImageMeta,
    level: usize,
) -> Result<(), String> {
    let grid = meta.levels[level].grid();
    let mut outside = vec![vec![], vec![0; grid.len() + 1]];
    for axis in 0..grid.len() {
        for past in [grid[axis], usize::MAX] {
            let mut at = vec![0; grid.len()];
            at[axis] = past;
            outside.push(at);
        }
    }
    for at in outside {
        match source.read(level, &at).await {
            Err(DataError::NoSuchChunk { .. }) => {}
            other => {
                return Err(format!(
                    "level {level}, chunk {at:?} is outside the grid, and reading it gave {other:?}"
                ));
            }
        }
    }
    Ok(())
}

async fn check_concurrent(
    source: &Arc<dyn Source>,
    meta: &ImageMeta,
    expected: &[Chunk],
) -> Result<(), String> {
    let mut tasks = Vec::new();
    for i in 0..CONCURRENT {
        let (source, meta) = (Arc::clone(source), meta.clone());
        let whole = expected[0].clone();
        tasks.push(tokio::spawn(async move {
            let all = positions(&meta, 0);
            // Each task begins elsewhere, so that different chunks are read at once.
            for k in 0..all.len().min(64) {
                check_chunk(&source, &meta, 0, &all[(k + i * 7) % all.len()], &whole).await?;
            }
            Ok::<(), String>(())
        }));
    }
    for task in tasks {
        task.await.map_err(|e| e.to_string())?.map_err(|e| format!("concurrent reads: {e}"))?;
    }
    Ok(())
}

/// Reads that are dropped before, and while, they run must leave the source usable.
async fn check_dropped(
    source: &Arc<dyn Source>,
    meta: &ImageMeta,
    expected: &[Chunk],
) -> Result<(), String> {
    let first = vec![0; meta.axes.len()];
    drop(source.read(0, &first));
    for _ in 0..4 * CONCURRENT {
        let (source, at) = (Arc::clone(source), first.clone());
        let task = tokio::spawn(async move { source.read(0, &at).await.is_ok() });
        tokio::task::yield_now().await;
        task.abort();
    }
    check_chunk(source, meta, 0, &first, &expected[0])
        .await
        .map_err(|e| format!("after dropped reads: {e}"))
}
