//! Where in a part there is anything to see: the least and the most of its cells, made on the device
//! when the part has come there.

use std::rc::Rc;

use super::form::{Form, Texel};
use crate::error::GlError;
use crate::raw::{Api, Buffer, Program, Usage};

/// Storage binding of the parts' list.
const TABLES: u32 = 1;
/// Workgroups along one axis that every device can start.
const MAX_GROUPS: usize = 65_535;

/// The programs, and the parts whose cells are to be made.
pub(crate) struct Cells {
    api: Rc<Api>,
    programs: [Option<Program>; 4],
    list: Option<Buffer>,
    fresh: Vec<(u32, Form)>,
}

impl Cells {
    pub(crate) fn new(api: &Rc<Api>) -> Self {
        let programs = [const { None }; 4];
        Self { api: Rc::clone(api), programs, list: None, fresh: Vec::new() }
    }

    /// The part at word `start` is new.
    pub(crate) fn add(&mut self, start: u32, form: Form) {
        self.fresh.push((start, form));
    }

    /// Makes the cells of all new parts, in the memory that is bound.
    pub(crate) fn make(&mut self) -> Result<(), GlError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        for texel in [Texel::U8, Texel::U16, Texel::F32, Texel::U32] {
            let fresh = self.fresh.iter().filter(|(_, form)| form.texel == texel);
            let words: Vec<[u32; 4]> = fresh
                .map(|(start, form)| {
                    let [z, y, x] = form.size.map(|size| u32::try_from(size).unwrap_or(0));
                    [*start, x, y, z]
                })
                .collect();
            for words in words.chunks(MAX_GROUPS) {
                let groups = u32::try_from(words.len()).unwrap_or(0);
                self.list()?.replace(words.as_flattened());
                self.list()?.bind(TABLES);
                self.program(texel)?.run(0, [groups, 1]);
            }
        }
        self.fresh.clear();
        self.api.memory_barrier();
        self.api.check()
    }

    fn list(&mut self) -> Result<&mut Buffer, GlError> {
        let list = match self.list.take() {
            Some(list) => list,
            None => Buffer::new(&self.api, 16, Usage::ToDevice)?,
        };
        Ok(self.list.insert(list))
    }

    fn program(&mut self, texel: Texel) -> Result<&Program, GlError> {
        let slot = &mut self.programs[texel as usize];
        let program = match slot.take() {
            Some(program) => program,
            None => {
                let constants = format!("#define TEXEL {}\n", texel as u32);
                let parts = [
                    &constants,
                    include_str!("../shaders/volume_cells_head.glsl"),
                    include_str!("../shaders/volume_texel.glsl"),
                    include_str!("../shaders/volume_cells.glsl"),
                ];
                Program::new(&self.api, "volume_cells", &parts)?
            }
        };
        Ok(slot.insert(program))
    }
}
