//! Memory to copy to and fro: what a device can do at best, for measuring.

use std::rc::Rc;

use crate::error::GlError;
use crate::raw::{Api, Buffer, Program, Usage};

/// Enough workgroups to keep the largest devices busy.
const GROUPS: u32 = 8192;

/// Two blocks of the device's memory. It stays on its context's thread.
pub struct Scratch {
    program: Program,
    from: Buffer,
    to: Buffer,
}

impl Scratch {
    pub(crate) fn new(api: &Rc<Api>, bytes: usize) -> Result<Self, GlError> {
        let program = Program::new(api, "copy", &[include_str!("shaders/copy.glsl")])?;
        let block = || Buffer::new(api, bytes, Usage::Device);
        Ok(Self { program, from: block()?, to: block()? })
    }

    /// Copies the one to the other; the work is under way when this returns. By a shader: the
    /// copies of drivers were seen to be fifty times slower.
    pub fn copy(&self) {
        self.from.bind(0);
        self.to.bind(1);
        self.program.run(0, [GROUPS, 1]);
    }
}
