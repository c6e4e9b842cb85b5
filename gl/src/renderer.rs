//! The handle of a renderer, and the thread that owns its context.
#![allow(unsafe_code, reason = "one borrow is lent to another thread")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use parfocal_base::Frame;
use parfocal_render::DrawList;

use crate::context::{Choice, Description};
use crate::error::GlError;
use crate::gl::{Bounds, Gl, Usage};

/// New contexts that one picture may cost: a second one, in case that the first still met the
/// device's reset. Who gets no picture then paints it elsewhere, and comes back later.
const REOPENS: usize = 2;

/// Messages under way: who sends one waits for its answer.
const ONE: usize = 1;

/// What the thread is asked to do.
type Job<'a> = Box<dyn FnOnce(&mut Gl) + Send + 'a>;

/// A renderer that may be held on any thread.
#[derive(Debug)]
pub struct GlRenderer {
    choice: Choice,
    bounds: Bounds,
    description: Description,
    /// `None` while there is no context.
    thread: Option<Thread>,
    reopened: u64,
}

#[derive(Debug)]
struct Thread {
    jobs: SyncSender<Job<'static>>,
    handle: JoinHandle<()>,
}

impl GlRenderer {
    /// Opens a context on a thread of its own.
    ///
    /// # Errors
    /// If there is none that `choice` allows; the error says what was tried, and what is missing.
    pub fn open(choice: Choice, bounds: Bounds) -> Result<Self, GlError> {
        let (thread, description) = Thread::start(choice, bounds)?;
        Ok(Self { choice, bounds, description, thread: Some(thread), reopened: 0 })
    }

    /// What it computes on.
    pub const fn describe(&self) -> &Description {
        &self.description
    }

    /// How often a context was lost and another opened.
    pub const fn reopened(&self) -> u64 {
        self.reopened
    }

    /// Paints `list` into `frame`, in the frame's format, and sets `frame.meta.complete`. A lost
    /// context is replaced, and the picture painted again.
    ///
    /// # Errors
    /// If the frame's size is not the canvas's, or the device fails. After an error the next call
    /// tries again, with a new context if need be.
    pub fn render(&mut self, list: &DrawList, frame: &mut Frame) -> Result<(), GlError> {
        let mut reopens = 0;
        loop {
            let painted = self.run(|gl| gl.render(list, frame)).and_then(|painted| painted);
            match painted {
                Err(error) if error.needs_new_context() => {
                    tracing::warn!(%error, device = %self.description, "the context is given up");
                    self.close();
                    if reopens == REOPENS {
                        return Err(error);
                    }
                    reopens += 1;
                }
                done => return done,
            }
        }
    }

    /// Runs `work` on the context's thread, and waits for it. This is how CUDA and encoders come
    /// to pictures: what they make there stays there.
    ///
    /// # Errors
    /// If there is no context, and none can be opened; if `work` panics, which costs the context.
    pub fn run<R: Send>(&mut self, work: impl FnOnce(&mut Gl) -> R + Send) -> Result<R, GlError> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => {
                let (thread, description) = Thread::start(self.choice, self.bounds)?;
                self.description = description;
                self.reopened += 1;
                thread
            }
        };
        let (thread, result) = thread.run(work)?;
        self.thread = Some(thread);
        Ok(result)
    }

    /// What it holds; nothing while there is no context.
    pub fn usage(&mut self) -> Option<Usage> {
        self.thread.as_ref()?;
        self.run(|gl| gl.usage()).ok()
    }

    /// Ends the context, and with it all that it holds. The next picture opens another.
    pub fn close(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.end();
        }
    }
}

impl Drop for GlRenderer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Thread {
    fn start(choice: Choice, bounds: Bounds) -> Result<(Self, Description), GlError> {
        let (jobs, todo) = sync_channel(ONE);
        let (report, opened) = sync_channel(ONE);
        let body = move || match Gl::open(choice, bounds) {
            Ok(gl) => {
                let description = gl.describe().clone();
                if report.send(Ok(description)).is_ok() {
                    serve(gl, &todo);
                }
            }
            Err(error) => drop(report.send(Err(error))),
        };
        let failed = |error: &dyn std::fmt::Display| GlError::Thread(error.to_string());
        let builder = std::thread::Builder::new().name("gl".to_owned());
        let handle = builder.spawn(body).map_err(|error| failed(&error))?;
        let thread = Self { jobs, handle };
        match opened.recv() {
            Ok(Ok(description)) => Ok((thread, description)),
            Ok(Err(error)) => {
                thread.end();
                Err(error)
            }
            Err(error) => {
                thread.end();
                Err(failed(&error))
            }
        }
    }

    /// Runs `work` and waits. The thread comes back, but where the work panicked.
    fn run<R: Send>(self, work: impl FnOnce(&mut Gl) -> R + Send) -> Result<(Self, R), GlError> {
        let (reply, answer) = sync_channel(ONE);
        let job: Job<'_> = Box::new(move |gl| {
            // The work is over, and what it holds is dropped, before the reply goes out.
            let result = catch_unwind(AssertUnwindSafe(|| work(gl)));
            drop(reply.send(result.map_err(|_| ())));
        });
        // SAFETY: what the job borrows outlives it: this function returns only after the answer,
        // which is sent when the work is over and dropped, or after the thread has ended, and all
        // jobs with it.
        let job = unsafe { std::mem::transmute::<Job<'_>, Job<'static>>(job) };
        let sent = self.jobs.send(job);
        match (sent, answer.recv()) {
            (Ok(()), Ok(Ok(result))) => Ok((self, result)),
            (_, answer) => {
                self.end();
                let why = if answer.is_ok() { "its work panicked" } else { "it has ended" };
                Err(GlError::Thread(why.to_owned()))
            }
        }
    }

    fn end(self) {
        drop(self.jobs);
        // Its panic was reported where it happened.
        drop(self.handle.join());
    }
}

fn serve(mut gl: Gl, todo: &Receiver<Job<'static>>) {
    while let Ok(job) = todo.recv() {
        job(&mut gl);
    }
}
