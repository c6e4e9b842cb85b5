//! Compute programs and fences.
#![allow(unsafe_code, reason = "calls of a C library")]

use std::ffi::{c_char, c_void};
use std::rc::Rc;

use super::api::Api;
use crate::error::GlError;

const COMPUTE: u32 = 0x91B9;
/// What every program begins with.
const VERSION: &str = "#version 430 core\n";
/// Longest message of a compiler that is kept.
const MAX_LOG: i32 = 4000;
/// One wait for a fence; longer ones are made of several, with a look at the context between.
const WAIT_NS: u64 = 100_000_000;
/// Waits until the device counts as hung: three seconds, a hundred times what a picture takes, and
/// no longer than people look at one that stands still.
const MAX_WAITS: usize = 30;

/// A compute program, whose only uniform is called `op`.
pub(crate) struct Program {
    api: Rc<Api>,
    name: u32,
    op: i32,
}

impl Program {
    /// Compiles `parts`, one after another.
    pub(crate) fn new(api: &Rc<Api>, label: &'static str, parts: &[&str]) -> Result<Self, GlError> {
        let f = &api.f;
        let source = VERSION.to_owned() + &parts.concat();
        let refused = |log: String| GlError::Shader { name: label, log };
        // SAFETY: the source is as long as is said; logs are cut to the room there is.
        unsafe {
            let shader = (f.create_shader)(COMPUTE);
            let pointer: *const c_char = source.as_ptr().cast();
            let length = i32::try_from(source.len()).unwrap_or(0);
            (f.shader_source)(shader, 1, &pointer, &length);
            (f.compile_shader)(shader);
            let mut done = 0;
            (f.get_shader)(shader, 0x8B81, &mut done);
            if done == 0 {
                let log = log(|most, length, to| (f.get_shader_log)(shader, most, length, to));
                (f.delete_shader)(shader);
                api.check()?;
                return Err(refused(log));
            }
            let name = (f.create_program)();
            (f.attach_shader)(name, shader);
            (f.link_program)(name);
            (f.delete_shader)(shader);
            api.count(|live| live.programs += 1);
            let op = (f.get_uniform)(name, c"op".as_ptr());
            let program = Self { api: Rc::clone(api), name, op };
            (f.get_program)(name, 0x8B82, &mut done);
            if done == 0 {
                let log = log(|most, length, to| (f.get_program_log)(name, most, length, to));
                api.check()?;
                return Err(refused(log));
            }
            Ok(program)
        }
    }

    /// Runs it with its uniform set.
    pub(crate) fn run(&self, op: u32, groups: [u32; 2]) {
        // SAFETY: the program exists.
        unsafe { (self.api.f.use_program)(self.name) };
        self.api.uniform(self.op, op);
        self.api.dispatch(groups);
    }
}

fn log(read: impl FnOnce(i32, *mut i32, *mut u8)) -> String {
    let mut bytes = vec![0; MAX_LOG as usize];
    let mut length = 0;
    read(MAX_LOG, &mut length, bytes.as_mut_ptr());
    bytes.truncate(usize::try_from(length).unwrap_or(0));
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Program {
    fn drop(&mut self) {
        self.api.count(|live| live.programs -= 1);
        if !self.api.is_lost() {
            // SAFETY: the program exists, and is used no more.
            unsafe { (self.api.f.delete_program)(self.name) };
        }
    }
}

/// A mark in the stream of work.
pub(crate) struct Fence {
    api: Rc<Api>,
    sync: *const c_void,
}

impl Fence {
    /// Marks what was asked for so far.
    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        // SAFETY: the only arguments that there are.
        let sync = unsafe { (api.f.fence)(0x9117, 0) };
        if sync.is_null() {
            return Err(api.check().err().unwrap_or(GlError::Lost("no fence was made")));
        }
        api.count(|live| live.fences += 1);
        Ok(Self { api: Rc::clone(api), sync })
    }

    /// Waits until that is done.
    pub(crate) fn wait(self) -> Result<(), GlError> {
        for _ in 0..MAX_WAITS {
            // SAFETY: the fence exists. The flag sends the work on its way.
            match unsafe { (self.api.f.wait_fence)(self.sync, 1, WAIT_NS) } {
                // Already, or now.
                0x911A | 0x911C => return Ok(()),
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
            unsafe { (self.api.f.delete_fence)(self.sync) };
        }
    }
}
