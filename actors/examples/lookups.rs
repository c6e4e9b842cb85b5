//! How long planning a picture and looking up its chunks take: medians for a pyramid whose canvas
//! shows many chunks of each of three channels, in the server's own cache.
//!
//! `cargo run --release --package parfocal-actors --example lookups [chunks across]`

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parfocal_base::{Axis, AxisKind, Chunk, ChunkKey, DType, ImageMeta, LayerId, Level, Samples};
use parfocal_base::{SourceId, ViewId};
use parfocal_data::ChunkCache;
use parfocal_render::{AnnotationIndex, Budget, Resident, plan, resolve};
use parfocal_scene::{Blending, Camera, Dims, DimsAxis, Interpolation, Layer, LayerKind};
use parfocal_scene::{EditScope, LayerSource, Look, Scene, View};

const SOURCE: SourceId = SourceId(0);
const CHANNELS: usize = 3;
/// Chunks along y and x that the canvas shows, if nothing else is said; a power of two.
const ACROSS: usize = 64;
/// Samples of a chunk along y and x.
const CHUNK: usize = 32;
const RUNS: usize = 1000;

struct Chunks(ChunkCache);

impl Resident for Chunks {
    fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>> {
        self.0.get(key)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let across = std::env::args().nth(1).map_or(Ok(ACROSS), |text| text.parse())?;
    let metas = BTreeMap::from([(SOURCE, Arc::new(pyramid(across)))]);
    let (scene, budget) = (scene(across), Budget::default());
    let view = scene.views.get(&ViewId::STAGE).ok_or("no stage")?;
    let (empty, full) = (Chunks(ChunkCache::new(1 << 30)), Chunks(ChunkCache::new(1 << 30)));
    let wanted = plan(&scene, view, &metas, &budget).wanted;
    let coarse = Chunks(ChunkCache::new(1 << 30));
    for key in &wanted {
        let shape = vec![1, CHUNK, CHUNK];
        let chunk = Chunk::new(shape, Samples::U16(vec![0; CHUNK * CHUNK])).ok_or("no chunk")?;
        let chunk = Arc::new(chunk);
        full.0.insert(*key, Arc::clone(&chunk));
        if key.level > 0 {
            coarse.0.insert(*key, chunk);
        }
    }
    println!("median and slowest of {RUNS} runs, {} chunks wanted\n", wanted.len());
    println!("| step | median ms | slowest ms |");
    println!("| --- | --- | --- |");
    row("plan", || plan(&scene, view, &metas, &budget));
    let none = AnnotationIndex::default();
    let resolved = |chunks: &Chunks| resolve(&scene, view, &metas, chunks, &budget, &none);
    row("resolve, all there", || resolved(&full));
    row("resolve, the coarsest there", || resolved(&coarse));
    row("resolve, nothing there", || resolved(&empty));
    row("which are missing", || wanted.iter().filter(|key| !full.0.contains(key)).count());
    Ok(())
}

fn row<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let result = work();
            let time = start.elapsed();
            drop(result);
            time
        })
        .collect();
    times.sort_unstable();
    let ms = |at: usize| times.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3;
    println!("| {name} | {:.3} | {:.3} |", ms(RUNS / 2), ms(RUNS - 1));
}

/// Channels, y and x, halved until one chunk holds a channel.
fn pyramid(across: usize) -> ImageMeta {
    let axis = |name: &str, kind| Axis { name: name.to_owned(), kind, unit: unit(kind) };
    let level = |n: u32| Level {
        shape: vec![CHANNELS, (across * CHUNK) >> n, (across * CHUNK) >> n],
        chunk: vec![1, CHUNK, CHUNK],
        scale: vec![1.0, 0.5 * f64::from(1 << n), 0.5 * f64::from(1 << n)],
        translate: vec![0.0; 3],
    };
    ImageMeta {
        axes: vec![
            axis("c", AxisKind::Channel),
            axis("y", AxisKind::Space),
            axis("x", AxisKind::Space),
        ],
        dtype: DType::U16,
        levels: (0..=across.max(1).ilog2()).map(level).collect(),
    }
}

fn unit(kind: AxisKind) -> Option<String> {
    (kind == AxisKind::Space).then(|| "micrometer".to_owned())
}

/// A layer for each channel, and a stage that shows all at one sample a pixel.
fn scene(across: usize) -> Scene {
    let side = (across * CHUNK) as f64 * 0.5;
    let axes = ["y", "x"].map(|name| DimsAxis {
        name: name.to_owned(),
        kind: AxisKind::Space,
        unit: unit(AxisKind::Space),
        start: 0.0,
        stop: side,
        step: 0.5,
        labels: Vec::new(),
    });
    let stage = View {
        point: vec![0.0; 2],
        displayed: [0, 1],
        camera: Camera { center: [side / 2.0 - 0.25; 2], zoom: 2.0 },
        canvas: [(across * CHUNK) as u32; 2],
        camera3d: None,
        overrides: BTreeMap::new(),
    };
    Scene {
        dims: Dims { axes: axes.into() },
        layers: (0..CHANNELS).map(layer).collect(),
        views: BTreeMap::from([(ViewId::STAGE, stage)]),
        ..Scene::default()
    }
}

fn layer(channel: usize) -> Layer {
    let limits = [0.0, 65_535.0];
    Layer {
        id: LayerId(channel as u32 + 1),
        name: format!("channel {channel}"),
        kind: LayerKind::Image,
        source: LayerSource {
            source: SOURCE,
            path: String::new(),
            channel: Some(channel),
            axes: vec![None, Some(0), Some(1)],
        },
        contrast_limits_range: limits,
        contrast_limits_auto: limits,
        look: Look {
            visible: true,
            opacity: 1.0,
            blending: Blending::Additive,
            interpolation2d: Interpolation::Linear,
            colormap: "gray".to_owned(),
            contrast_limits: limits,
            ..Look::default()
        },
        style: None,
        painted: None,
        locked: false,
        edit_scope: EditScope::default(),
    }
}
