//! What a client sees, held against the slow reference renderer.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use parfocal_actors::shared::Images;
use parfocal_base::{Chunk, ChunkKey, Frame, ImageMeta, PixelFormat, SourceId, ViewId};
use parfocal_encode::convert::to_rgba;
use parfocal_render::{AnnotationIndex, Budget, plan, reference, resolve};
use parfocal_scene::Scene;

/// The picture that `view` shows of `scene`, drawn by the reference renderer from the sources.
///
/// # Errors
/// When a source cannot be read.
pub async fn expected(scene: &Scene, view: ViewId, images: &Images) -> Result<Frame> {
    let view = scene.views.get(&view).context("the view is not open")?;
    let all = images.all_from(SourceId(0));
    let metas: HashMap<SourceId, Arc<ImageMeta>> =
        all.iter().map(|(id, source)| (*id, Arc::new(source.meta().clone()))).collect();
    let budget = Budget::default();
    let mut chunks: HashMap<ChunkKey, Arc<Chunk>> = HashMap::new();
    for key in plan(scene, view, &metas, &budget).wanted {
        let source = images.get(key.source).context("no such source")?;
        let chunk = source.read(usize::from(key.level), &key.index.to_vec()).await?;
        chunks.insert(key, Arc::new(chunk));
    }
    let list = resolve(scene, view, &metas, &chunks, &budget, &AnnotationIndex::default());
    Ok(reference::render(&list, PixelFormat::Rgba8))
}

/// Red, green and blue at a pixel; black outside.
pub fn pixel(frame: &Frame, [x, y]: [u32; 2]) -> [u8; 3] {
    let frame = to_rgba(frame);
    let at = 4 * (y as usize * frame.width() as usize + x as usize);
    let rgb = frame.data().get(at..at + 3).and_then(|rgb| rgb.try_into().ok());
    rgb.unwrap_or_default()
}

/// Peak signal-to-noise ratio of two pictures' RGB in dB; infinite where they are equal.
///
/// # Errors
/// When they differ in size.
pub fn psnr(a: &Frame, b: &Frame) -> Result<f64> {
    let (a, b) = (to_rgba(a), to_rgba(b));
    let sizes = [(a.width(), a.height()), (b.width(), b.height())];
    anyhow::ensure!(sizes[0] == sizes[1], "sizes differ: {sizes:?}");
    let mut sum = 0.0;
    for (p, q) in a.data().chunks_exact(4).zip(b.data().chunks_exact(4)) {
        for (x, y) in p.iter().zip(q).take(3) {
            sum += (f64::from(*x) - f64::from(*y)).powi(2);
        }
    }
    let mean = sum / (f64::from(a.width()) * f64::from(a.height()) * 3.0);
    Ok(10.0 * (255.0 * 255.0 / mean).log10())
}
