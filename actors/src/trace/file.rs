//! The file: JSON events in the order in which they come, written by a thread of their own. What the
//! thread is too slow for is left out and counted; nobody ever waits for it.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_base::time::Clock;
use parking_lot::Mutex;

use super::Track;
use crate::machine::placement::Place;

/// Bytes of a file: some twenty minutes of one person who works without a pause. Perfetto opens so
/// much in seconds, and Chrome at all.
pub const MAX_TRACE_BYTES: u64 = 128 << 20;
/// Events that wait to be written: what a busy server does in a tenth of a second, in 3 MB.
const MAX_WAITING: usize = 16 * 1024;
/// What was written can be read so soon, also where the process is killed.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Numbers by name; unused ones have none.
pub(super) type Args = [(&'static str, u64); 4];

/// What an arrow does at a span.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flow {
    None,
    /// It begins.
    Out(u64),
    /// It ends, and goes on to the next.
    On(u64),
    /// It ends; others may begin where it began.
    In(u64),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// What one actor did, in nothing else's way on its track.
    Span(Duration),
    /// What begins here and ends elsewhere; the number joins them.
    Begin(u64),
    End(u64),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) session: u32,
    pub(super) track: Track,
    pub(super) name: &'static str,
    pub(super) at: Instant,
    pub(super) phase: Phase,
    pub(super) flow: Flow,
    pub(super) args: Args,
}

enum Line {
    Event(Event),
    Session(u32, String),
    End,
}

/// What the thread and those who put share.
#[derive(Debug)]
struct State {
    is_open: AtomicBool,
    missing: AtomicU64,
}

/// The open file.
#[derive(Debug)]
pub(super) struct TraceFile {
    clock: Clock,
    state: Arc<State>,
    lines: SyncSender<Line>,
    /// Names of sessions; each is a line of the file, so there are no more than fit into it.
    sessions: Mutex<Vec<String>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl TraceFile {
    pub(super) fn create(path: &Path, clock: Clock, limit: u64) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create(path)?);
        out.write_all(b"[\n")?;
        out.flush()?;
        let state = State { is_open: AtomicBool::new(true), missing: AtomicU64::new(0) };
        let state = Arc::new(state);
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let (tracks, path) = (HashMap::new(), path.to_owned());
        let bytes = 2;
        let writer = Writer { clock, out, path, bytes, limit, tracks, state: Arc::clone(&state) };
        let thread = std::thread::Builder::new().name("trace".to_owned());
        let thread = Mutex::new(Some(thread.spawn(move || writer.run(&waiting))?));
        Ok(Self { clock, state, lines, sessions: Mutex::default(), thread })
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn is_open(&self) -> bool {
        self.state.is_open.load(Ordering::Relaxed)
    }

    /// The number of a session; from 1.
    pub(super) fn session(&self, name: &str) -> u32 {
        let mut sessions = self.sessions.lock();
        let known = sessions.iter().position(|known| known == name);
        let at = known.unwrap_or(sessions.len());
        let number = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
        if known.is_none() {
            sessions.push(name.to_owned());
            self.send(Line::Session(number, name.to_owned()));
        }
        number
    }

    pub(super) fn put(&self, event: Event) {
        self.send(Line::Event(event));
    }

    fn send(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            self.state.missing.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes what waits, and closes the file.
    pub(super) fn end(&self) {
        if let Some(thread) = self.thread.lock().take() {
            self.lines.send(Line::End).ok();
            thread.join().ok();
        }
    }
}

/// The thread's own.
struct Writer {
    clock: Clock,
    out: BufWriter<File>,
    path: PathBuf,
    bytes: u64,
    limit: u64,
    /// Numbers of tracks; each is a line of the file.
    tracks: HashMap<(u32, Track), usize>,
    state: Arc<State>,
}

impl Writer {
    fn run(mut self, lines: &Receiver<Line>) {
        let file = self.path.display().to_string();
        let written = self.write_all(lines).and_then(|whole| self.close(whole).map(|()| whole));
        self.state.is_open.store(false, Ordering::Relaxed);
        let missing = self.state.missing.load(Ordering::Relaxed);
        match written {
            Err(error) => tracing::error!(file, %error, "the trace could not be written"),
            Ok(false) => tracing::warn!(file, missing, "the trace is full, and ends here"),
            Ok(true) => tracing::info!(file, missing, "the trace is complete"),
        }
    }

    /// Whether all that came found room.
    fn write_all(&mut self, lines: &Receiver<Line>) -> io::Result<bool> {
        loop {
            match lines.recv_timeout(FLUSH_EVERY) {
                Ok(Line::Event(event)) => self.event(&event)?,
                Ok(Line::Session(number, name)) => {
                    let name = serde_json::to_string(&format!("session {name}"))?;
                    self.line(format_args!(
                        r#"{{"ph":"M","name":"process_name","pid":{number},"args":{{"name":{name}}}}}"#
                    ))?;
                }
                Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => return Ok(true),
                Err(RecvTimeoutError::Timeout) => self.out.flush()?,
            }
            if self.bytes >= self.limit {
                return Ok(false);
            }
        }
    }

    /// The last event says why it is the last, and how many are missing.
    fn close(&mut self, whole: bool) -> io::Result<()> {
        let missing = self.state.missing.load(Ordering::Relaxed);
        let why = if whole { "the server stops" } else { "the trace is full" };
        let ts = self.clock.now().as_micros();
        writeln!(
            self.out,
            r#"{{"ph":"i","s":"g","name":"{why}","ts":{ts},"pid":0,"tid":0,"args":{{"missing":{missing}}}}}"#
        )?;
        self.out.write_all(b"]\n")?;
        self.out.flush()
    }

    fn line(&mut self, line: fmt::Arguments<'_>) -> io::Result<()> {
        let line = format!("{line},\n");
        self.bytes += line.len() as u64;
        self.out.write_all(line.as_bytes())
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        let Event { session, track, name, at, phase, flow, args } = *event;
        let known = self.tracks.len() + 1;
        let tid = *self.tracks.entry((session, track)).or_insert(known);
        if tid == known {
            self.line(format_args!(
                r#"{{"ph":"M","name":"thread_name","pid":{session},"tid":{tid},"args":{{"name":"{track}"}}}}"#
            ))?;
        }
        let phase = match phase {
            Phase::Span(lasted) => format!(r#""ph":"X","dur":{}"#, lasted.as_micros()),
            Phase::Begin(id) => format!(r#""ph":"b","id":"{id:#x}""#),
            Phase::End(id) => format!(r#""ph":"e","id":"{id:#x}""#),
        };
        let flow = match flow {
            Flow::None => String::new(),
            Flow::Out(id) => format!(r#","bind_id":"{id:#x}","flow_out":true"#),
            Flow::In(id) => format!(r#","bind_id":"{id:#x}","flow_in":true"#),
            Flow::On(id) => format!(r#","bind_id":"{id:#x}","flow_in":true,"flow_out":true"#),
        };
        let args = args.iter().filter(|(name, _)| !name.is_empty());
        let args: Vec<_> = args.map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let (cat, ts, args) = (track.kind(), at.as_micros(), args.join(","));
        self.line(format_args!(
            r#"{{{phase},"cat":"{cat}","name":"{name}","ts":{ts},"pid":{session},"tid":{tid}{flow},"args":{{{args}}}}}"#
        ))
    }
}

impl Track {
    const fn kind(self) -> &'static str {
        match self {
            Self::Socket(_) => "socket",
            Self::Client(_) => "client",
            Self::Scene => "scene",
            Self::Journal => "journal",
            Self::View(_) => "view",
            Self::Render(_) => "render",
            Self::Still(_) => "still",
            Self::Rendition(_) => "rendition",
            Self::Pictures(_) => "pictures",
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Scene | Self::Journal => Ok(()),
            Self::Render(Place::Gpu(number)) => write!(f, " {number}"),
            Self::Render(Place::Cpu) => f.write_str(" cpu"),
            Self::Socket(id) | Self::Client(id) | Self::Pictures(id) => write!(f, " {id}"),
            Self::View(id) | Self::Still(id) => write!(f, " {id}"),
            Self::Rendition(serial) => write!(f, " {serial}"),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
