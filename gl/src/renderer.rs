//! The handle of a renderer, and the thread that owns its context.
#![allow(unsafe_code, reason = "one borrow is lent to another thread")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parfocal_base::{Frame, OnDevice};
use parfocal_render::DrawList;

use crate::context::{Choice, Description};
use crate::error::GlError;
use crate::gl::Gl;
use crate::limits::{Bounds, Usage};

/// New contexts that one picture may cost: a second one, in case that the first still met the
/// device's reset. Who gets no picture then paints it elsewhere, and comes back later.
const REOPENS: usize = 2;

/// Messages under way: who sends one waits for its answer.
const ONE: usize = 1;

/// How long the end of a context is waited for. A driver that hangs may never end one: its thread is
/// left behind then.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the opening of a context is waited for: a driver takes a second at most, and a machine that
/// compiles its shaders on busy cores a few.
const OPENING: Duration = Duration::from_secs(10);

/// Threads with contexts in this process, those left behind among them: several for each device of
/// a server. More would mean that a driver hangs, again and again.
const MAX_THREADS: usize = 64;

/// Threads now.
static THREADS: AtomicUsize = AtomicUsize::new(0);

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
    unplugged: bool,
}

#[derive(Debug)]
struct Thread {
    jobs: SyncSender<Job<'static>>,
    /// Hung up when the thread has ended.
    ended: Receiver<()>,
    handle: JoinHandle<()>,
}

/// One of [`THREADS`].
struct Counted;

impl Counted {
    fn new() -> Result<Self, GlError> {
        let more = |count| (count < MAX_THREADS).then_some(count + 1);
        let taken = THREADS.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        let hangs = "the driver hangs and holds them all; restart the server";
        taken.map(|_| Self).map_err(|_| GlError::Thread(format!("{MAX_THREADS} were: {hangs}")))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Ordering::AcqRel);
    }
}

impl GlRenderer {
    /// Opens a context on a thread of its own.
    ///
    /// # Errors
    /// If there is none that `choice` allows; the error says what was tried, and what is missing.
    pub fn open(choice: Choice, bounds: Bounds) -> Result<Self, GlError> {
        let (thread, description) = Thread::start(choice, bounds)?;
        Ok(Self {
            choice,
            bounds,
            description,
            thread: Some(thread),
            reopened: 0,
            unplugged: false,
        })
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
        self.again(|gl| gl.render(list, frame))
    }

    /// Paints `list` as [`GlRenderer::render`] does, but the picture stays on the device; it is
    /// complete when this returns.
    ///
    /// # Errors
    /// As [`GlRenderer::render`], and where the device is not CUDA's, too, or that fails: the picture
    /// can be painted by `render` then.
    pub fn keep(&mut self, list: &DrawList) -> Result<Arc<dyn OnDevice>, GlError> {
        self.again(|gl| gl.keep(list))
    }

    /// Runs `work`, and again with a new context where the old one is lost.
    fn again<R: Send>(
        &mut self,
        mut work: impl FnMut(&mut Gl) -> Result<R, GlError> + Send,
    ) -> Result<R, GlError> {
        let mut reopens = 0;
        loop {
            let painted = self.run(&mut work).and_then(|painted| painted);
            match painted {
                Err(error) if error.needs_new_context() => {
                    tracing::warn!(%error, device = %self.description, "the context is given up");
                    self.close();
                    if reopens == REOPENS {
                        return Err(error);
                    }
                    reopens += 1;
                }
                // Another one would hang, too.
                Err(GlError::Hung) => {
                    self.close();
                    return Err(GlError::Hung);
                }
                done => return done,
            }
        }
    }

    /// Runs `work` on the context's thread, and waits for it.
    ///
    /// # Errors
    /// If there is no context, and none can be opened; if `work` panics, which costs the context.
    pub fn run<R: Send>(&mut self, work: impl FnOnce(&mut Gl) -> R + Send) -> Result<R, GlError> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None if self.unplugged => return Err(GlError::Lost("it was taken out")),
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

    /// Ends the context, and opens none until it is plugged in again, as if the device had been taken
    /// out: for drills.
    pub fn unplug(&mut self, out: bool) {
        self.unplugged = out;
        if out {
            self.close();
        }
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
        let (ending, ended) = sync_channel(ONE);
        let counted = Counted::new()?;
        let body = move || {
            // Dropped last, whatever happens.
            let _at_the_end = (ending, counted);
            match Gl::open(choice, bounds) {
                Ok(gl) => {
                    let description = gl.describe().clone();
                    if report.send(Ok(description)).is_ok() {
                        serve(gl, &todo);
                    }
                }
                Err(error) => drop(report.send(Err(error))),
            }
        };
        let failed = |error: &dyn std::fmt::Display| GlError::Thread(error.to_string());
        let builder = std::thread::Builder::new().name("gl".to_owned());
        let handle = builder.spawn(body).map_err(|error| failed(&error))?;
        let thread = Self { jobs, ended, handle };
        let error = match opened.recv_timeout(OPENING) {
            Ok(Ok(description)) => return Ok((thread, description)),
            Ok(Err(error)) => error,
            Err(RecvTimeoutError::Timeout) => GlError::Hung,
            Err(error) => failed(&error),
        };
        thread.end();
        Err(error)
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
            (_, Ok(_)) => {
                self.end();
                Err(GlError::Thread("its work panicked".to_owned()))
            }
            (_, Err(_)) => {
                drop(self.jobs);
                drop(self.handle.join());
                Err(GlError::Thread("it has ended".to_owned()))
            }
        }
    }

    /// Ends the context. No work of the handle's is under way.
    fn end(self) {
        drop(self.jobs);
        match self.ended.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("a driver does not end its context; the thread is left behind");
            }
            // Its panic was reported where it happened.
            _ => drop(self.handle.join()),
        }
    }
}

fn serve(mut gl: Gl, todo: &Receiver<Job<'static>>) {
    while let Ok(job) = todo.recv() {
        job(&mut gl);
    }
}
