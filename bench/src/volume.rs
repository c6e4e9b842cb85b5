//! Milliseconds until a picture of a volume is in host memory, on the CPU: at rest, and while it is
//! turned.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
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
use crate::peers::{FEWER, values};
use crate::process::cpu_seconds_of;
use crate::row::Report;
use crate::stats;

/// Samples along each side of the volume, and of the largest one that the CPU is asked to show.
const SIDE: usize = 256;
const LARGEST: usize = 405;
/// Samples along each side of a chunk.
const CHUNK: usize = 64;
const CANVAS: [u32; 2] = [1280, 720];
const LIMITS: [f64; 2] = [16.0, 255.0];
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
    let mut cpu = Cpu::new(0)?;
    let world = World::new(SIDE)?;
    let file = setup.peers.is_there().then(|| world.write()).transpose()?;
    for rendering in Rendering::ALL {
        // A careful picture takes long: fewer of them are enough.
        for (how, hasty, frames) in [
            ("at rest", None, setup.frames.div_ceil(8)),
            ("turning", Some(2), setup.frames),
            ("turning, in more haste", Some(4), setup.frames),
        ] {
            let turned = world.turn(&mut cpu, rendering, hasty, frames)?;
            let peer = file.as_ref().map(|file| world.peer(setup, file.path(), rendering, hasty));
            add(report, &world, rendering, how, &turned, peer.transpose()?.flatten());
        }
    }
    // The largest that the CPU is asked to show.
    let world = World::new(LARGEST)?;
    for rendering in Rendering::ALL {
        for (how, hasty, frames) in [
            ("at rest", None, setup.frames.div_ceil(24)),
            ("turning, in more haste", Some(4), setup.frames.div_ceil(4)),
        ] {
            let turned = world.turn(&mut cpu, rendering, hasty, frames)?;
            add(report, &world, rendering, how, &turned, None);
        }
    }
    Ok(())
}

fn add(
    report: &mut Report,
    world: &World,
    rendering: Rendering,
    how: &str,
    turned: &Turned,
    peer: Option<(String, serde_json::Value)>,
) {
    let name = format!("{rendering:?}").to_lowercase();
    let others: Vec<_> = peer.into_iter().collect();
    let mut add = |key: &str, value: f64, pointer: &str| {
        let metric = format!("1280x720, {}³ u8 linear, {name}, {how}, {key}", world.side);
        report.add_beside("volume", metric, value, "ms", values(&others, pointer));
    };
    for (percent, key) in [(0.0, "least"), (50.0, "p50"), (95.0, "p95")] {
        add(key, turned.times.percentile(percent), &format!("/picture/{key}"));
    }
    add("processor", turned.processor, "/processor");
}

/// What the pictures of a turn took.
struct Turned {
    times: stats::Samples,
    /// Milliseconds of all processors, for each.
    processor: f64,
}

/// A volume of blobs in noise.
struct World {
    side: usize,
    samples: Vec<u8>,
    metas: HashMap<SourceId, Arc<ImageMeta>>,
    chunks: HashMap<ChunkKey, Arc<Chunk>>,
}

impl World {
    fn new(side: usize) -> Result<Self> {
        let axis = |name: &str| Axis { name: name.into(), kind: AxisKind::Space, unit: None };
        let level = Level {
            shape: vec![side; 3],
            chunk: vec![CHUNK; 3],
            scale: vec![1.0; 3],
            translate: vec![0.0; 3],
        };
        let axes = ["z", "y", "x"].map(axis).into();
        let meta = ImageMeta { axes, dtype: DType::U8, levels: vec![level] };
        let samples = samples(side);
        let mut chunks = HashMap::new();
        let grid = side.div_ceil(CHUNK);
        for n in 0..grid.pow(3) {
            let at = [n / grid / grid, n / grid % grid, n % grid];
            let first = at.map(|at| at * CHUNK);
            let shape = first.map(|first| CHUNK.min(side - first));
            let rows = (0..shape[0] * shape[1]).flat_map(|row| {
                let (z, y) = (first[0] + row / shape[1], first[1] + row % shape[1]);
                let start = (z * side + y) * side + first[2];
                samples.get(start..start + shape[2]).unwrap_or_default().iter().copied()
            });
            let chunk = Chunk::new(shape.to_vec(), Samples::U8(rows.collect()));
            let key = ChunkKey::new(SOURCE, 0, &at).context("a key of three axes")?;
            chunks.insert(key, Arc::new(chunk.context("a chunk of that shape")?));
        }
        let metas = [(SOURCE, Arc::new(meta))].into();
        Ok(Self { side, samples, metas, chunks })
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
            Intent::SetLayer { layer, change: LayerChange::ContrastLimits(LIMITS) },
            Intent::SetNdisplay { view, ndisplay: 3 },
        ] {
            scene.apply(&Change::Intent(intent))?;
        }
        scene.apply(&Change::SetCanvas { view, canvas: CANVAS })?;
        Ok(scene)
    }

    /// Milliseconds for each picture of a turn.
    fn turn(
        &self,
        cpu: &mut Cpu,
        rendering: Rendering,
        hasty: Option<u32>,
        frames: usize,
    ) -> Result<Turned> {
        let scene = self.scene(rendering)?;
        let (mut times, mut before) = (stats::Samples::default(), 0.0);
        let mut frame = Frame::new(PixelFormat::I420, CANVAS[0], CANVAS[1]);
        for at in 0..frames + WARM {
            let list = self.list(&scene, at, hasty)?;
            if at == WARM {
                (times, before) = (stats::Samples::default(), cpu_seconds_of("self")?);
            }
            times.time(|| cpu.render(&list, &mut frame))?;
        }
        let processor = (cpu_seconds_of("self")? - before) * 1e3 / frames as f64;
        Ok(Turned { times, processor })
    }

    /// The bare samples, for a peer.
    fn write(&self) -> Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new().context("no temporary file")?;
        file.write_all(&self.samples).context("cannot write the volume")?;
        Ok(file)
    }

    /// What VTK takes, in the modes that it has on the CPU.
    fn peer(
        &self,
        setup: &Setup,
        file: &Path,
        rendering: Rendering,
        hasty: Option<u32>,
    ) -> Result<Option<(String, serde_json::Value)>> {
        let mode = match rendering {
            Rendering::Mip => "mip",
            Rendering::Minip => "minip",
            Rendering::Translucent => "translucent",
            Rendering::Average | Rendering::AttenuatedMip | Rendering::Iso => return Ok(None),
        };
        let scene = self.scene(rendering)?;
        let view = scene.views.get(&ViewId::STAGE).context("the stage is open")?;
        let camera = view.camera3d.context("it shows three axes")?;
        let fewer = if hasty.is_none() { 2 * FEWER } else { FEWER };
        let options = [
            ("--volume", file.display().to_string()),
            ("--side", self.side.to_string()),
            ("--mode", mode.to_owned()),
            ("--every", hasty.unwrap_or(1).to_string()),
            ("--step", if hasty.is_none() { "1" } else { "2" }.to_owned()),
            ("--zoom", camera.zoom.to_string()),
            ("--width", CANVAS[0].to_string()),
            ("--height", CANVAS[1].to_string()),
            ("--frames", (setup.frames / fewer).max(5).to_string()),
            ("--low", LIMITS[0].to_string()),
            ("--high", LIMITS[1].to_string()),
        ];
        Ok(setup.peers.run_volume(&options))
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

fn samples(side: usize) -> Vec<u8> {
    let mut random = Random::new();
    let mut light = vec![0.0_f32; side.pow(3)];
    for _ in 0..BLOBS {
        let center: [f32; 3] = std::array::from_fn(|_| random.unit() * side as f32);
        let (deviation, peak) = (4.0 + 10.0 * random.unit(), 60.0 + 160.0 * random.unit());
        let near = center.map(|c| {
            let reach = 3.0 * deviation;
            (c - reach).max(0.0) as usize..((c + reach) as usize).min(side)
        });
        let off = |d: usize, at: usize| ((at as f32 - center[d]) / deviation).powi(2);
        for z in near[0].clone() {
            for y in near[1].clone() {
                for x in near[2].clone() {
                    let far = off(0, z) + off(1, y) + off(2, x);
                    if let Some(light) = light.get_mut((z * side + y) * side + x) {
                        *light += peak * (-0.5 * far).exp();
                    }
                }
            }
        }
    }
    light.into_iter().map(|light| (light + FLOOR + random.unit() * NOISE) as u8).collect()
}
