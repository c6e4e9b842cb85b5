//! Work that goes to the device together: numbers that shaders read, and what to run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use crate::error::GlError;
use crate::marks::Scratch;
use crate::memory::Memory;
use crate::raw::{Api, Buffer, Program, Usage};
use crate::volumes::{self, Variant};

/// Pixels along each side of a workgroup, but of those that go along rays.
pub(crate) const GROUP: u32 = 16;
/// Storage bindings of the shaders.
const MEMORY: u32 = 0;
const TABLES: u32 = 1;
/// Numbers of one batch: 16 MiB, what the smallest OpenGL lets a shader see. More make a new batch.
pub(crate) const MAX_WORDS: usize = 4 << 20;

/// What an operation runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Fill,
    Patch,
    Marks,
    Sprite,
    Volume(Variant),
}

struct Op {
    kind: Kind,
    at: u32,
    groups: [u32; 2],
    /// It paints over what was painted before.
    waits: bool,
}

/// The programs.
pub(crate) struct Programs {
    fill: Program,
    patch: Program,
    marks: Program,
    sprite: Program,
    /// Made when they are needed first: each volume needs one of many.
    volumes: HashMap<Variant, Program>,
}

impl Programs {
    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        let common = include_str!("shaders/common.glsl");
        let program = |name, source: &str| Program::new(api, name, &[common, source]);
        let hash = format!(
            "const uint HASH = {}u;\nconst uint HASH_SHIFT = {}u;\n",
            parfocal_render::labels::HASH,
            parfocal_render::labels::HASH_SHIFT,
        );
        let patch = [common, &hash, include_str!("shaders/patch.glsl")];
        Ok(Self {
            fill: program("fill", include_str!("shaders/fill.glsl"))?,
            patch: Program::new(api, "patch", &patch)?,
            marks: program("marks", include_str!("shaders/marks.glsl"))?,
            sprite: program("sprite", include_str!("shaders/sprite.glsl"))?,
            volumes: HashMap::new(),
        })
    }

    fn of(&self, kind: Kind) -> Option<&Program> {
        match kind {
            Kind::Fill => Some(&self.fill),
            Kind::Patch => Some(&self.patch),
            Kind::Marks => Some(&self.marks),
            Kind::Sprite => Some(&self.sprite),
            Kind::Volume(variant) => self.volumes.get(&variant),
        }
    }
}

/// A batch that is being made.
pub(crate) struct Batch {
    api: Rc<Api>,
    programs: Programs,
    tables: Buffer,
    words: Vec<u32>,
    pub(crate) scratch: Scratch,
    ops: Vec<Op>,
    /// The next operation paints over what was painted before.
    waits: bool,
}

impl Batch {
    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        Ok(Self {
            api: Rc::clone(api),
            programs: Programs::new(api)?,
            tables: Buffer::new(api, 4, Usage::ToDevice)?,
            words: Vec::new(),
            scratch: Scratch::default(),
            ops: Vec::new(),
            waits: false,
        })
    }

    /// Forgets what a picture that failed has left.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.ops.clear();
        self.waits = false;
    }

    /// Numbers in it.
    pub(crate) const fn words(&self) -> usize {
        self.words.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Adds numbers; where they are.
    pub(crate) fn add(&mut self, words: impl IntoIterator<Item = u32>) -> u32 {
        let at = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.extend(words);
        at
    }

    /// Lets `write` add numbers, and say where they are.
    pub(crate) fn add_with<const N: usize>(
        &mut self,
        write: impl FnOnce(&mut Vec<u32>) -> [usize; N],
    ) -> [u32; N] {
        write(&mut self.words).map(|at| u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// What comes from now on paints over what there is so far.
    pub(crate) const fn layer(&mut self) {
        self.waits = true;
    }

    /// Adds an operation on `size` pixels with these parameters.
    pub(crate) fn op<const N: usize>(&mut self, kind: Kind, size: [u32; 2], params: [u32; N]) {
        self.push(kind, size.map(|n| n.div_ceil(GROUP)), params);
    }

    /// Adds one of `rays` (across, down).
    pub(crate) fn rays<const N: usize>(
        &mut self,
        variant: Variant,
        rays: [u32; 2],
        params: [u32; N],
    ) -> Result<(), GlError> {
        if let Entry::Vacant(entry) = self.programs.volumes.entry(variant) {
            entry.insert(variant.program(&self.api)?);
        }
        let groups = rays.map(|n| n.div_ceil(volumes::GROUP));
        self.push(Kind::Volume(variant), groups, params);
        Ok(())
    }

    fn push<const N: usize>(&mut self, kind: Kind, groups: [u32; 2], params: [u32; N]) {
        let at = self.add(params);
        let waits = std::mem::replace(&mut self.waits, false);
        self.ops.push(Op { kind, at, groups, waits });
    }

    /// Sends it, and begins the next.
    pub(crate) fn send(&mut self, memory: &mut Memory) -> Result<(), GlError> {
        memory.send(MEMORY)?;
        memory.end_batch();
        if self.ops.is_empty() {
            self.words.clear();
            return Ok(());
        }
        self.tables.replace(&self.words);
        self.tables.bind(TABLES);
        self.words.clear();
        for op in self.ops.drain(..) {
            if op.waits {
                self.api.picture_barrier();
            }
            if let Some(program) = self.programs.of(op.kind) {
                program.run(op.at, op.groups);
            }
        }
        self.waits = true;
        self.api.check()
    }
}
