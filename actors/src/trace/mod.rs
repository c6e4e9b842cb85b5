//! An edit's and a frame's journey through the actors, as spans in a file that Perfetto and Chrome
//! show. What each actor records is a line in it; here is what is joined with what.
//!
//! - An edit is known by (participant, seq): `received` at the socket, `allow` in the client's actor,
//!   `apply` in the scene's, `durable` once the journal's `write` is on disk, `answer` at the socket.
//! - What an edit changed is known by the revision: `publish` by the scene, `look` by each view, `render`.
//! - A frame is known by (view, captured): `render`, then `encode` by each rendition or `code tiles`,
//!   then a `picture` for each client: `queued`, `on its way`, `in the client`.
//!
//! Participants are numbers; no token, no name of anybody and nothing that people draw is in it.

mod file;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::time::Clock;
use parfocal_base::{FrameMeta, Instant, ParticipantId, ViewId};
use parfocal_sync::message::ClientMessage;
use parfocal_sync::pixel::PixelHeader;
use serde::Deserialize;

pub use file::MAX_TRACE_BYTES;
use file::{Args, Event, Flow, Phase, TraceFile};

use crate::machine::placement::Place;
use crate::outbox::Out;

/// One row of the picture: an actor, or a socket's task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Track {
    Socket(ParticipantId),
    Client(ParticipantId),
    Scene,
    Journal,
    View(ViewId),
    Render(Place),
    Still(ViewId),
    Rendition(u64),
    /// Pictures for a client: many at a time, so each has a row of its own.
    Pictures(ParticipantId),
}

/// Where a session's spans go. Where none are wanted, everything here costs a branch.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    to: Option<Arc<TraceFile>>,
    /// The session's number in the file.
    session: u32,
}

/// Ends a span where it is dropped.
#[must_use = "the span lasts as long as this"]
pub(crate) struct Span(Option<(Trace, Event)>);

impl Drop for Span {
    fn drop(&mut self) {
        if let Some((Trace { to: Some(to), .. }, event)) = self.0.take() {
            let lasted = to.now().since(event.at);
            to.put(Event { phase: Phase::Span(lasted), ..event });
        }
    }
}

impl Trace {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(path: &Path, clock: Clock) -> io::Result<Self> {
        let to = TraceFile::create(path, clock, MAX_TRACE_BYTES)?;
        Ok(Self { to: Some(Arc::new(to)), session: 0 })
    }

    /// The trace of a session.
    pub(crate) fn of(&self, session: &str) -> Self {
        let Some(to) = self.on() else { return Self::default() };
        Self { session: to.session(session), to: Some(Arc::clone(to)) }
    }

    /// Completes the file; what comes later is not in it.
    pub(crate) fn end(&self) {
        if let Some(to) = &self.to {
            to.end();
        }
    }

    fn on(&self) -> Option<&Arc<TraceFile>> {
        self.to.as_ref().filter(|to| to.is_open())
    }

    /// The socket has an ask of a client, and waits for room to hand it on.
    pub(crate) fn received(&self, of: ParticipantId, message: &ClientMessage) -> Span {
        let (ClientMessage::Intent { seq, .. } | ClientMessage::Watch { seq, .. }) = message else {
            return Span(None);
        };
        let flow = Flow::Out(self.id(("edit", of, seq)));
        self.span(Track::Socket(of), "received", flow, || edit(of, *seq))
    }

    /// A client's actor asks whether it may.
    pub(crate) fn allow(&self, of: ParticipantId, seq: u64) -> Span {
        let flow = Flow::On(self.id(("edit", of, seq)));
        self.span(Track::Client(of), "allow", flow, || edit(of, seq))
    }

    /// The scene's actor deals with an intent.
    pub(crate) fn apply(&self, of: ParticipantId, seq: u64) -> Span {
        let flow = Flow::On(self.id(("edit", of, seq)));
        self.span(Track::Scene, "apply", flow, || edit(of, seq))
    }

    /// The journal is being written.
    pub(crate) fn write(&self) -> Span {
        self.span(Track::Journal, "write", Flow::None, Args::default)
    }

    /// An edit is on disk.
    pub(crate) fn durable(&self, of: ParticipantId, seq: u64) {
        let flow = Flow::On(self.id(("edit", of, seq)));
        self.mark(Track::Journal, "durable", flow, || edit(of, seq));
    }

    /// A message leaves for a client: an answer ends an edit's journey.
    pub(crate) fn answered(&self, to: ParticipantId, out: &Out) {
        #[derive(Deserialize)]
        struct Said {
            r#type: String,
            seq: u64,
            #[serde(default)]
            revision: u64,
        }
        let (Some(_), Out::Text(text)) = (self.on(), out) else { return };
        let Ok(Said { r#type, seq, revision }) = serde_json::from_slice(text) else { return };
        if r#type == "ack" || r#type == "reject" {
            let flow = Flow::In(self.id(("edit", to, seq)));
            let (participant, revision) = (("participant", to.0.into()), ("revision", revision));
            let about = || args([participant, ("seq", seq), revision]);
            self.mark(Track::Socket(to), "answer", flow, about);
        }
    }

    /// There is a new revision of the scene for the views.
    pub(crate) fn publish(&self, revision: u64) {
        let flow = Flow::Out(self.id(("revision", revision)));
        self.mark(Track::Scene, "publish", flow, || args([("revision", revision)]));
    }

    /// A view looks at a revision: what it needs, and whether it needs a picture.
    pub(crate) fn look(&self, view: ViewId, revision: u64) -> Span {
        let flow = Flow::In(self.id(("revision", revision)));
        let about = || args([("view", view.0.into()), ("revision", revision)]);
        self.span(Track::View(view), "look", flow, about)
    }

    /// A picture of a revision is painted, from `captured` on.
    pub(crate) fn render(
        &self,
        place: Place,
        view: ViewId,
        revision: u64,
        captured: Instant,
    ) -> Span {
        let flow = Flow::In(self.id(("revision", revision)));
        let about = || seen(view, revision, captured.as_micros());
        self.span(Track::Render(place), "render", flow, about)
    }

    /// It is there for renditions and stills.
    pub(crate) fn painted(&self, place: Place, meta: &FrameMeta) {
        let flow = Flow::Out(self.id(("frame", meta.view, meta.captured.as_micros())));
        self.mark(Track::Render(place), "painted", flow, || shows(meta));
    }

    /// A rendition encodes a frame.
    pub(crate) fn encode(&self, rendition: u64, meta: &FrameMeta) -> Span {
        let flow = Flow::In(self.id(("frame", meta.view, meta.captured.as_micros())));
        self.span(Track::Rendition(rendition), "encode", flow, || shows(meta))
    }

    /// The tiles of a still are coded.
    pub(crate) fn code_tiles(&self, meta: &FrameMeta) -> Span {
        let flow = Flow::In(self.id(("frame", meta.view, meta.captured.as_micros())));
        self.span(Track::Still(meta.view), "code tiles", flow, || shows(meta))
    }

    /// A picture waits for a client, as number `sequence` of a pixel channel.
    pub(crate) fn queued(&self, to: ParticipantId, channel: Option<u64>, header: &PixelHeader) {
        self.picture(to, channel, header, "queued");
    }

    /// It goes out.
    pub(crate) fn sent(&self, to: ParticipantId, channel: Option<u64>, out: &Out) {
        let (Some(_), Out::Binary(packet)) = (self.on(), out) else { return };
        let Ok(header) = PixelHeader::decode(packet) else { return };
        if header.tile.is_some() {
            return self.picture(to, channel, &header, "on its way");
        }
        self.step(to, channel, header.sequence, [Some("queued"), Some("on its way")]);
    }

    /// The client has it.
    pub(crate) fn arrived(&self, to: ParticipantId, channel: Option<u64>, sequence: u32) {
        self.step(to, channel, sequence, [Some("on its way"), Some("in the client")]);
    }

    /// The client shows it.
    pub(crate) fn shown(&self, to: ParticipantId, channel: Option<u64>, sequence: u32) {
        self.step(to, channel, sequence, [Some("in the client"), None]);
        self.step(to, channel, sequence, [Some("picture"), None]);
    }

    /// A picture's journey to a client begins.
    fn picture(
        &self,
        to: ParticipantId,
        channel: Option<u64>,
        header: &PixelHeader,
        first: &'static str,
    ) {
        let PixelHeader { view, revision, captured_us, sequence, .. } = *header;
        let about = || {
            let [view, revision, captured, _] = seen(view, revision, captured_us);
            [view, revision, captured, ("sequence", sequence.into())]
        };
        let id = self.id(("picture", to, channel, sequence));
        let frame = Flow::In(self.id(("frame", view, captured_us)));
        self.put(Track::Pictures(to), "picture", Phase::Begin(id), frame, about);
        self.step(to, channel, sequence, [None, Some(first)]);
    }

    /// One part of a picture's journey ends, another begins.
    fn step(
        &self,
        to: ParticipantId,
        channel: Option<u64>,
        sequence: u32,
        [ends, begins]: [Option<&'static str>; 2],
    ) {
        let id = self.id(("picture", to, channel, sequence));
        let ends = ends.map(|name| (name, Phase::End(id)));
        let begins = begins.map(|name| (name, Phase::Begin(id)));
        for (name, phase) in ends.into_iter().chain(begins) {
            self.put(Track::Pictures(to), name, phase, Flow::None, Args::default);
        }
    }

    fn mark(&self, track: Track, name: &'static str, flow: Flow, about: impl FnOnce() -> Args) {
        self.put(track, name, Phase::Span(Duration::ZERO), flow, about);
    }

    fn put(
        &self,
        track: Track,
        name: &'static str,
        phase: Phase,
        flow: Flow,
        about: impl FnOnce() -> Args,
    ) {
        if let Some(to) = self.on() {
            let (session, at) = (self.session, to.now());
            to.put(Event { session, track, name, at, phase, flow, args: about() });
        }
    }

    fn span(
        &self,
        track: Track,
        name: &'static str,
        flow: Flow,
        about: impl FnOnce() -> Args,
    ) -> Span {
        let event = |to: &Arc<TraceFile>| {
            let (session, at, args) = (self.session, to.now(), about());
            let phase = Phase::Span(Duration::ZERO);
            (self.clone(), Event { session, track, name, at, phase, flow, args })
        };
        Span(self.on().map(event))
    }

    /// What joins the spans of one thing.
    fn id(&self, of: impl Hash) -> u64 {
        if self.to.is_none() {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        (self.session, of).hash(&mut hasher);
        hasher.finish()
    }
}

fn edit(of: ParticipantId, seq: u64) -> Args {
    args([("participant", of.0.into()), ("seq", seq)])
}

fn seen(view: ViewId, revision: u64, captured: u64) -> Args {
    args([("view", view.0.into()), ("revision", revision), ("captured_us", captured)])
}

fn shows(meta: &FrameMeta) -> Args {
    seen(meta.view, meta.revision, meta.captured.as_micros())
}

fn args<const N: usize>(given: [(&'static str, u64); N]) -> Args {
    let mut args = Args::default();
    args.iter_mut().zip(given).for_each(|(place, arg)| *place = arg);
    args
}
