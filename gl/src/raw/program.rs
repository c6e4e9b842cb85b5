//! Compute programs and fences.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::rc::Rc;

use glow::HasContext as _;

use super::api::Api;
use crate::error::GlError;

/// What every program begins with.
const VERSION: &str = "#version 430 core
";
/// One wait for a fence; longer ones are made of several, with a look at the context between.
const WAIT_NS: i32 = 100_000_000;
/// Waits until the device counts as hung: three seconds, a hundred times what a picture takes, and
/// no longer than people look at one that stands still.
const MAX_WAITS: usize = 30;

/// A compute program, whose only uniform is called `op`.
pub(crate) struct Program {
    api: Rc<Api>,
    name: glow::Program,
    op: Option<glow::UniformLocation>,
}

impl Program {
    /// Compiles `parts`, one after another.
    pub(crate) fn new(api: &Rc<Api>, label: &'static str, parts: &[&str]) -> Result<Self, GlError> {
        let f = &api.f;
        let source = VERSION.to_owned() + &parts.concat();
        let refused = |log: String| GlError::Shader { name: label, log };
        // SAFETY: the shader and the program exist while they are used.
        unsafe {
            let shader = api.made(f.create_shader(glow::COMPUTE_SHADER), "no shader was made")?;
            f.shader_source(shader, &source);
            f.compile_shader(shader);
            if !f.get_shader_compile_status(shader) {
                let log = f.get_shader_info_log(shader);
                f.delete_shader(shader);
                api.check()?;
                return Err(refused(log));
            }
            let made = api.made(f.create_program(), "no program was made");
            let name = made.inspect_err(|_| f.delete_shader(shader))?;
            f.attach_shader(name, shader);
            f.link_program(name);
            f.delete_shader(shader);
            api.count(|live| live.programs += 1);
            let op = f.get_uniform_location(name, "op");
            let program = Self { api: Rc::clone(api), name, op };
            if !f.get_program_link_status(name) {
                let log = f.get_program_info_log(name);
                api.check()?;
                return Err(refused(log));
            }
            Ok(program)
        }
    }

    /// Runs it with its uniform set.
    pub(crate) fn run(&self, op: u32, groups: [u32; 2]) {
        // SAFETY: the program exists.
        unsafe {
            self.api.f.use_program(Some(self.name));
            self.api.f.uniform_1_u32(self.op.as_ref(), op);
        }
        self.api.dispatch(groups);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.api.count(|live| live.programs -= 1);
        if !self.api.is_lost() {
            // SAFETY: the program exists, and is used no more.
            unsafe { self.api.f.delete_program(self.name) };
        }
    }
}

/// A mark in the stream of work.
pub(crate) struct Fence {
    api: Rc<Api>,
    sync: glow::Fence,
}

impl Fence {
    /// Marks what was asked for so far.
    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        // SAFETY: the only arguments that there are.
        let sync = unsafe { api.f.fence_sync(glow::SYNC_GPU_COMMANDS_COMPLETE, 0) };
        let sync = api.made(sync, "no fence was made")?;
        api.count(|live| live.fences += 1);
        Ok(Self { api: Rc::clone(api), sync })
    }

    /// Waits until that is done.
    pub(crate) fn wait(self) -> Result<(), GlError> {
        for _ in 0..MAX_WAITS {
            // SAFETY: the fence exists. The flag sends the work on its way.
            let flush = glow::SYNC_FLUSH_COMMANDS_BIT;
            match unsafe { self.api.f.client_wait_sync(self.sync, flush, WAIT_NS) } {
                glow::ALREADY_SIGNALED | glow::CONDITION_SATISFIED => return Ok(()),
                _ => self.api.check()?,
            }
        }
        self.api.lose();
        Err(GlError::Hung)
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        self.api.count(|live| live.fences -= 1);
        if !self.api.is_lost() {
            // SAFETY: the fence exists, and is used no more.
            unsafe { self.api.f.delete_sync(self.sync) };
        }
    }
}
