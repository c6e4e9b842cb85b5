//! Volumes, as operations: one invocation goes along one ray.
//!
//! The device holds a volume in *parts* ([`Form`]): cubes of texels with a border of one towards
//! higher coordinates, so that whatever is mixed lies in one part, and mixing is as exact as within it.
//! They lie in the same bounded memory as everything else, as the samples' own numbers: a GPU's filter
//! for textures knows 8 bits of a share, and has no mode in which the edges of parts could not be
//! seen. `known` gives parts their names, `texels` puts them together from chunks, `cells` says where
//! in them there is anything to see.

mod cells;
mod form;
mod known;
mod texels;

use std::rc::Rc;

use parfocal_render::draw_list::{DrawLayer, Mode, Transfer, Volume, VolumePaint};
use parfocal_scene::Blending;

use crate::batch::{Batch, MAX_WORDS};
use crate::error::GlError;
use crate::lut::Luts;
use crate::memory::Memory;
use crate::patches::join;
use crate::raw::{Api, Program};
use known::{Known, Part};

pub(crate) use cells::Cells;
pub(crate) use form::{Form, Texel};

/// Rays along each side of a workgroup: neighbours read the same texels, and a small group waits
/// for few.
pub(crate) const GROUP: u32 = 8;
/// Place of a part of which no chunk is there.
const MISSING: u32 = u32::MAX;
/// Numbers of an operation.
const PARAMS: usize = 57;
const TOO_LARGE: GlError = GlError::TooMuch("texels in a volume");

/// Which program goes along the rays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Variant {
    mode: u32,
    texel: Texel,
    linear: bool,
}

impl Variant {
    fn new(paint: &VolumePaint, texel: Texel) -> Self {
        let (mode, linear) = match paint {
            VolumePaint::Image(transfer, mode) => {
                let mode = match mode {
                    Mode::Mip => 0,
                    Mode::Minip => 1,
                    Mode::Average => 2,
                    Mode::AttenuatedMip { .. } => 3,
                    Mode::Translucent => 4,
                    Mode::Iso { .. } => 5,
                };
                (mode, transfer.linear)
            }
            VolumePaint::Labels => (6, false),
        };
        Self { mode, texel, linear }
    }

    pub(crate) fn program(self, api: &Rc<Api>) -> Result<Program, GlError> {
        use parfocal_render::draw_list::{AMBIENT, HALVINGS, OPAQUE, SHINE, SHININESS};
        use parfocal_render::labels::{HASH, HASH_SHIFT};
        let Self { mode, texel, linear } = self;
        let constants = format!(
            "#define GROUP {GROUP}\n#define MODE {mode}\n#define TEXEL {}\n#define LINEAR {}\n\
             #define HALVINGS {HALVINGS}\nconst uint HASH = {HASH}u;\n\
             const uint HASH_SHIFT = {HASH_SHIFT}u;\nconst float AMBIENT = {AMBIENT:?};\n\
             const float OPAQUE = {OPAQUE:?};\nconst float SHINE = {SHINE:?};\n\
             const float SHININESS = {SHININESS}.0;\n",
            texel as u32,
            u32::from(linear),
        );
        let parts = [
            &constants,
            include_str!("shaders/common.glsl"),
            include_str!("shaders/volume_texel.glsl"),
            include_str!("shaders/volume_walk.glsl"),
            include_str!("shaders/volume_modes.glsl"),
            include_str!("shaders/volume.glsl"),
        ];
        Program::new(api, "volume", &parts)
    }
}

/// Volumes that were painted lately.
#[derive(Default)]
pub(crate) struct Volumes {
    known: Known,
    /// Where parts are put together.
    near: Vec<u8>,
}

impl Volumes {
    /// Adds the operation of a volume.
    pub(crate) fn paint(
        &mut self,
        layer: &DrawLayer,
        volume: &Volume,
        canvas: [u32; 2],
        luts: &mut Luts,
        batch: &mut Batch,
        memory: &mut Memory,
    ) -> Result<(), GlError> {
        let bricks = &volume.bricks;
        if bricks.shape.contains(&0) || bricks.brick.contains(&0) || bricks.grid.contains(&0) {
            return Ok(());
        }
        let labels = matches!(volume.paint, VolumePaint::Labels);
        let texel = Texel::of(bricks, labels);
        let parts = self.known.parts(bricks, texel);
        let transfer = match &volume.paint {
            VolumePaint::Image(transfer, _) => Some(transfer),
            VolumePaint::Labels => None,
        };
        // Colours as they are: shares are found along the ray.
        let lut = luts.get(transfer, Blending::Translucent, 1.0);
        let words = parts.len() + lut.len() + PARAMS;
        let bytes: usize =
            parts.iter().filter(|p| p.number.is_some()).map(|p| p.form.bytes()).sum();
        if words > MAX_WORDS || bytes > memory.bound() {
            return Err(TOO_LARGE);
        }
        if batch.words() + words > MAX_WORDS {
            batch.send(memory)?;
        }
        let pages = match pages(volume, parts, &mut self.near, memory)? {
            Some(pages) => pages,
            None => {
                // What was painted so far needs no more room after it was sent.
                batch.send(memory)?;
                pages(volume, parts, &mut self.near, memory)?.ok_or(TOO_LARGE)?
            }
        };
        batch.layer();
        let lut = batch.add(lut.iter().copied());
        let pages = batch.add(pages);
        let every = volume.every.max(1);
        let rays = canvas.map(|side| side.div_ceil(every));
        let variant = Variant::new(&volume.paint, texel);
        batch.rays(variant, rays, params(layer, volume, canvas, texel, [lut, pages]))
    }
}

fn pages(
    volume: &Volume,
    parts: &[Part],
    near: &mut Vec<u8>,
    memory: &mut Memory,
) -> Result<Option<Vec<u32>>, GlError> {
    let mut pages = Vec::with_capacity(parts.len());
    for part in parts {
        let place = match part.number {
            None => Some(MISSING),
            Some(number) => {
                let fill = |to: &mut [u8]| texels::write(&volume.bricks, part, near, to);
                memory.part(number, part.form, fill)?
            }
        };
        let Some(place) = place else { return Ok(None) };
        pages.push(place);
    }
    Ok(Some(pages))
}

fn params(
    layer: &DrawLayer,
    volume: &Volume,
    canvas: [u32; 2],
    texel: Texel,
    [lut, pages]: [u32; 2],
) -> [u32; PARAMS] {
    let (bricks, rays) = (&volume.bricks, &volume.rays);
    let single = |v: f64| (v as f32).to_bits();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (limits, gamma, extra) = match &volume.paint {
        VolumePaint::Labels => ([0.0, 1.0], 1.0, 0.0),
        VolumePaint::Image(transfer, mode) => {
            let extra = match *mode {
                Mode::AttenuatedMip { attenuation } => attenuation * volume.step,
                Mode::Iso { threshold } => threshold,
                Mode::Mip | Mode::Minip | Mode::Average | Mode::Translucent => 0.0,
            };
            let Transfer { limits, gamma, .. } = transfer;
            ([limits[0], 1.0 / transfer.range()], *gamma, extra)
        }
    };
    let mut out = [0; PARAMS];
    let mut at = 0;
    let mut add = |words: &[u32]| {
        for (to, word) in out.iter_mut().skip(at).zip(words) {
            *to = *word;
        }
        at += words.len();
    };
    add(&canvas);
    add(&[volume.every.max(1), lut, pages, join(layer.blending), single(layer.opacity)]);
    add(&[single(limits[0]), single(limits[1]), single(gamma), single(extra)]);
    // The shader knows them as (horizontal, vertical, depth).
    let backwards = |[depth, vertical, horizontal]: [u32; 3]| [horizontal, vertical, depth];
    add(&backwards(bricks.shape.map(number)));
    add(&backwards(bricks.shape.map(|size| number(size.div_ceil(texel.side())))));
    add(&[texel.side().trailing_zeros(), u32::from(rays.eye.is_some())]);
    // In double precision: where rays begin in a large volume is found in it.
    let vectors = [rays.corner, rays.across, rays.down, rays.view, rays.eye.unwrap_or_default()];
    for [depth, vertical, horizontal] in vectors.into_iter().chain([bricks.spacing]) {
        for value in [horizontal, vertical, depth] {
            add(&double(value));
        }
    }
    add(&double(volume.step));
    out
}

fn double(value: f64) -> [u32; 2] {
    let bits = value.to_bits();
    [bits as u32, (bits >> 32) as u32]
}
