//! Milliseconds until a picture of a volume is in host memory, on the CPU: at rest, and while it is
//! turned.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use parfocal_base::{
    Axis, AxisKind, Chunk, ChunkKey, DType, Frame, ImageMeta, Level, PixelFormat, Samples,
    SourceId, ViewId,
};
use parfocal_render::{AnnotationIndex, Budget, Cpu, DrawList, resolve};
use parfocal_scene::{
    Camera3d, Change, Intent, LayerChange, LayerKind, LayerSpec, Rendering, Scene,
};

use crate::Setup;
use crate::image::Random;
use crate::row::Report;
use crate::stats;

/// Samples along each side of the volume, and of a chunk of it.
const SIDE: usize = 256;
const CHUNK: usize = 64;
const CANVAS: [u32; 2] = [1280, 720];
const BLOBS: usize = 40;
/// Grey of the darkest sample, and how much noise is on all of them.
const FLOOR: f32 = 6.0;
const NOISE: f32 = 8.0;
const SOURCE: SourceId = SourceId(1);
/// Degrees between the pictures of a turn.
const TURN: f64 = 3.0;
/// Pictures before the measured ones: the first one puts the volume together.
const WARM: usize = 2;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let world = World::new()?;
    let mut cpu = Cpu::new(0)?;
    for rendering in Rendering::ALL {
        let scene = world.scene(rendering)?;
        let name = format!("{rendering:?}").to_lowercase();
        // A careful picture takes long: fewer of them are enough.
        for (how, hasty, frames) in [
            ("at rest", None, setup.frames.div_ceil(8)),
            ("turning", Some(2), setup.frames),
            ("turning, in more haste", Some(4), setup.frames),
        ] {
            let mut samples = stats::Samples::default();
            let mut frame = Frame::new(PixelFormat::I420, CANVAS[0], CANVAS[1]);
            for at in 0..frames + WARM {
                let list = world.list(&scene, at, hasty)?;
                let mut one = stats::Samples::default();
                one.time(|| cpu.render(&list, &mut frame))?;
                if at >= WARM {
                    samples.push(one.mean());
                }
            }
            for (percent, key) in [(50.0, "p50"), (95.0, "p95")] {
                let metric = format!("1280x720, {SIDE}³ u8 linear, {name}, {how}, {key}");
                report.add("volume", metric, samples.percentile(percent), "ms");
            }
        }
    }
    Ok(())
}

/// A volume of blobs in noise.
struct World {
    metas: HashMap<SourceId, Arc<ImageMeta>>,
    chunks: HashMap<ChunkKey, Arc<Chunk>>,
}

impl World {
    fn new() -> Result<Self> {
        let axis = |name: &str| Axis { name: name.into(), kind: AxisKind::Space, unit: None };
        let level = Level {
            shape: vec![SIDE; 3],
            chunk: vec![CHUNK; 3],
            scale: vec![1.0; 3],
            translate: vec![0.0; 3],
        };
        let axes = ["z", "y", "x"].map(axis).into();
        let meta = ImageMeta { axes, dtype: DType::U8, levels: vec![level] };
        let samples = samples();
        let mut chunks = HashMap::new();
        let grid = SIDE / CHUNK;
        for n in 0..grid.pow(3) {
            let at = [n / grid / grid, n / grid % grid, n % grid];
            let rows = (0..CHUNK * CHUNK).flat_map(|row| {
                let (z, y) = (at[0] * CHUNK + row / CHUNK, at[1] * CHUNK + row % CHUNK);
                let start = (z * SIDE + y) * SIDE + at[2] * CHUNK;
                samples.get(start..start + CHUNK).unwrap_or_default().iter().copied()
            });
            let chunk = Chunk::new(vec![CHUNK; 3], Samples::U8(rows.collect()));
            let key = ChunkKey::new(SOURCE, 0, &at).context("a key of three axes")?;
            chunks.insert(key, Arc::new(chunk.context("a chunk of that shape")?));
        }
        Ok(Self { metas: [(SOURCE, Arc::new(meta))].into(), chunks })
    }

    fn scene(&self, rendering: Rendering) -> Result<Scene> {
        let mut scene = Scene::new();
        let meta = self.metas.get(&SOURCE).context("it was put there")?;
        let mut spec = LayerSpec::new("volume", LayerKind::Image, SOURCE, "volume", meta);
        spec.opacity = Some(if rendering == Rendering::Translucent { 0.2 } else { 1.0 });
        let (layer, _) = scene.add_layer(&spec)?;
        let change = LayerChange::Rendering(rendering);
        let view = ViewId::STAGE;
        for intent in [
            Intent::SetLayer { layer, change },
            Intent::SetLayer { layer, change: LayerChange::ContrastLimits([16.0, 255.0]) },
            Intent::SetNdisplay { view, ndisplay: 3 },
        ] {
            scene.apply(&Change::Intent(intent))?;
        }
        scene.apply(&Change::SetCanvas { view, canvas: CANVAS })?;
        Ok(scene)
    }

    /// Picture `at` of a turn.
    fn list(&self, scene: &Scene, at: usize, hasty: Option<u32>) -> Result<DrawList> {
        let mut view = scene.views.get(&ViewId::STAGE).context("the stage is open")?.clone();
        let camera = view.camera3d.context("it shows three axes")?;
        let angles = [20.0, (at as f64 * TURN).rem_euclid(180.0) - 90.0, 70.0];
        view.camera3d = Some(Camera3d { angles, ..camera });
        let index = AnnotationIndex::default();
        let mut list = resolve(scene, &view, &self.metas, &self.chunks, &Budget::default(), &index);
        if let Some(every) = hasty {
            list.hasten(every);
        }
        Ok(list)
    }
}

fn samples() -> Vec<u8> {
    let mut random = Random::new();
    let mut light = vec![0.0_f32; SIDE.pow(3)];
    for _ in 0..BLOBS {
        let center: [f32; 3] = std::array::from_fn(|_| random.unit() * SIDE as f32);
        let (deviation, peak) = (4.0 + 10.0 * random.unit(), 60.0 + 160.0 * random.unit());
        let near = center.map(|c| {
            let reach = 3.0 * deviation;
            (c - reach).max(0.0) as usize..((c + reach) as usize).min(SIDE)
        });
        let off = |d: usize, at: usize| ((at as f32 - center[d]) / deviation).powi(2);
        for z in near[0].clone() {
            for y in near[1].clone() {
                for x in near[2].clone() {
                    let far = off(0, z) + off(1, y) + off(2, x);
                    if let Some(light) = light.get_mut((z * SIDE + y) * SIDE + x) {
                        *light += peak * (-0.5 * far).exp();
                    }
                }
            }
        }
    }
    light.into_iter().map(|light| (light + FLOOR + random.unit() * NOISE) as u8).collect()
}
