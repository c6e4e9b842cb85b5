//! Standard Yjs clients: sockets that speak y-websocket or Hocuspocus about a session's documents.
//! The shell around the machines of [`parfocal_sync::yjs`].
//!
//! What such a client has seen cannot be taken back from it, so it is shown only what is in the
//! journal: the scene actor feeds it what it has written.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parfocal_auth::{Action, Grant, allows};
use parfocal_base::{Domain, Instant};
use parfocal_scene::Author;
use parfocal_sync::close::CloseReason;
use parfocal_sync::yjs::{
    Access, AwarenessChange, Change, Connection, HocuspocusSocket, Identity, Input, Output,
    SocketInput, SocketOutput, YServer, YWebsocket,
};
use parking_lot::Mutex;

use super::board::Board;
use super::scene::{SceneMsg, unix_ms};
use crate::machine::people::color_of;
use crate::outbox::{Out, Outbox};

/// Documents that standard Yjs clients have open in one session: as many as participants.
pub const MAX_YJS_DOCUMENTS: usize = 600;

/// Users whose last message was too long to be read; one past it is asked again, and is closed
/// once more.
const MAX_OVERSIZED: usize = 1024;

/// Numbers the documents' connections.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Which of a session's documents a standard client speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YjsDomain {
    /// One of the two documents.
    Document(Domain),
    /// None: awareness alone.
    Presence,
}

impl YjsDomain {
    /// The domain of this name, as in `/y/{session}/{domain}`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "scene" => Self::Document(Domain::Scene),
            "annotations" => Self::Document(Domain::Annotations),
            "presence" => Self::Presence,
            _ => return None,
        })
    }

    /// What a participant may do with it.
    pub fn access(self, grant: &Grant) -> Access {
        match self {
            Self::Document(Domain::Annotations) if allows(grant.role(), Action::Annotate) => {
                Access::Write
            }
            _ => Access::Read,
        }
    }
}

/// One WebSocket.
pub struct YjsSocket {
    machine: Mutex<Machine>,
    /// The documents that are open on it, by their address (empty for y-websocket).
    documents: Mutex<HashMap<Arc<str>, Arc<YjsDocument>>>,
    /// Towards the client.
    pub outbox: Outbox,
}

enum Machine {
    YWebsocket(Box<YServer>),
    Hocuspocus(Box<HocuspocusSocket>),
}

/// One document on one socket.
pub struct YjsDocument {
    id: u64,
    domain: YjsDomain,
    /// All that the token says.
    pub grant: Grant,
    address: Arc<str>,
    socket: Arc<YjsSocket>,
    board: Arc<Board>,
}

/// A token that a Hocuspocus socket wants verified: answer with [`YjsSocket::verified`].
pub struct Verify {
    /// With which to answer.
    pub address: Arc<str>,
    /// The document that is wanted: `SESSION/DOMAIN`.
    pub name: String,
    /// Empty where it came with the request.
    pub token: String,
}

impl YjsSocket {
    /// A y-websocket connection about one document.
    ///
    /// # Errors
    /// [`CloseReason::Full`].
    pub fn y_websocket(
        board: &Arc<Board>,
        domain: YjsDomain,
        grant: Grant,
    ) -> Result<Arc<Self>, CloseReason> {
        let now = board.shared.clock.now();
        let asks = board.may_ask(&grant.identity.subject);
        let server = Connection::new(YWebsocket, domain.access(&grant), asks, now);
        let socket = Arc::new(Self::new(Machine::YWebsocket(Box::new(server))));
        let document = socket.open("".into(), board, domain, grant)?;
        let outputs = match &mut *socket.machine.lock() {
            Machine::YWebsocket(server) => server.start(now),
            Machine::Hocuspocus(_) => Vec::new(),
        };
        document.perform(now, outputs);
        Ok(socket)
    }

    /// A Hocuspocus connection, which names its documents itself.
    pub fn hocuspocus(now: Instant) -> Arc<Self> {
        Arc::new(Self::new(Machine::Hocuspocus(Box::new(HocuspocusSocket::new(true, now)))))
    }

    fn new(machine: Machine) -> Self {
        Self {
            machine: Mutex::new(machine),
            documents: Mutex::default(),
            outbox: Outbox::default(),
        }
    }

    fn open(
        self: &Arc<Self>,
        address: Arc<str>,
        board: &Arc<Board>,
        domain: YjsDomain,
        grant: Grant,
    ) -> Result<Arc<YjsDocument>, CloseReason> {
        if board.yjs.len() >= MAX_YJS_DOCUMENTS {
            return Err(CloseReason::Full);
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let identity = Identity {
            subject: grant.identity.subject.clone(),
            name: grant.identity.name.clone(),
            color: color_of(&grant.identity.subject).to_owned(),
        };
        board.awareness.lock().join(id, identity);
        let (socket, board) = (Arc::clone(self), Arc::clone(board));
        let document = Arc::new(YjsDocument { id, domain, grant, address, socket, board });
        document.board.yjs.insert(id, Arc::clone(&document));
        self.documents.lock().insert(Arc::clone(&document.address), Arc::clone(&document));
        metrics::gauge!("parfocal_yjs_documents").set(document.board.yjs.len() as f64);
        Ok(document)
    }

    /// Whether another frame may be read.
    pub fn wants_frames(&self) -> bool {
        match &*self.machine.lock() {
            Machine::YWebsocket(server) => server.wants_frames(),
            Machine::Hocuspocus(socket) => socket.wants_frames(),
        }
    }

    /// When to call [`YjsSocket::tick`].
    pub fn deadline(&self) -> Option<Instant> {
        match &*self.machine.lock() {
            Machine::YWebsocket(server) => Some(server.deadline()),
            Machine::Hocuspocus(socket) => socket.deadline(),
        }
    }

    /// Time passed.
    pub fn tick(&self, now: Instant) -> Vec<Verify> {
        self.handle(now, None, Input::Tick, SocketInput::Tick)
    }

    /// The client sent a frame; tokens that are to be verified.
    pub fn frame(&self, now: Instant, frame: &[u8]) -> Vec<Verify> {
        self.handle(now, None, Input::Frame(frame), SocketInput::Frame(frame))
    }

    /// The answer to a [`Verify`].
    pub fn verified(
        self: &Arc<Self>,
        now: Instant,
        address: &Arc<str>,
        result: Result<(Arc<Board>, YjsDomain, Grant), String>,
    ) -> Vec<Verify> {
        let result = result.and_then(|(board, domain, grant)| {
            let access = domain.access(&grant);
            if let Machine::Hocuspocus(socket) = &mut *self.machine.lock() {
                socket.set_asks(board.may_ask(&grant.identity.subject));
            }
            if !self.documents.lock().contains_key(address) {
                let opened = self.open(Arc::clone(address), &board, domain, grant);
                opened.map_err(|_| "the session is full; try again later".to_owned())?;
            }
            Ok(access)
        });
        self.handle(now, None, Input::Tick, SocketInput::Verified { address, result })
    }

    /// Feeds the machine and performs what it wants; `from` is the document of what is fed.
    fn handle(
        &self,
        now: Instant,
        from: Option<&Arc<YjsDocument>>,
        plain: Input<'_>,
        framed: SocketInput<'_>,
    ) -> Vec<Verify> {
        let mut machine = self.machine.lock();
        match &mut *machine {
            Machine::YWebsocket(server) => {
                let outputs = server.handle(now, plain);
                drop(machine);
                let alone = || self.documents.lock().get("").cloned();
                if let Some(document) = from.cloned().or_else(alone) {
                    document.perform(now, outputs);
                }
                Vec::new()
            }
            Machine::Hocuspocus(socket) => {
                let outputs = socket.handle(now, framed);
                drop(machine);
                self.perform(now, outputs)
            }
        }
    }

    fn perform(&self, now: Instant, outputs: Vec<SocketOutput>) -> Vec<Verify> {
        let mut verify = Vec::new();
        for output in outputs {
            match output {
                SocketOutput::Send(frame) => self.outbox.put(Out::Binary(frame)),
                SocketOutput::Verify { address, name, token } => {
                    verify.push(Verify { address, name, token });
                }
                SocketOutput::Document { address, output } => {
                    let document = self.documents.lock().get(&address).cloned();
                    if let Some(document) = document {
                        document.perform(now, vec![output]);
                    }
                }
                SocketOutput::Left(address) => {
                    let document = self.documents.lock().remove(&address);
                    if let Some(document) = document {
                        document.leave();
                    }
                }
                SocketOutput::Close(reason) => self.outbox.close(reason),
            }
        }
        verify
    }

    /// A message was too long to be read. If it was the answer to what the server asked at the
    /// start, the next connection would bring it again: then the server does not ask.
    pub fn was_too_big(&self) {
        for document in self.documents.lock().values() {
            let mut oversized = document.board.oversized.lock();
            if oversized.len() < MAX_OVERSIZED {
                oversized.insert(document.grant.identity.subject.clone());
            }
        }
    }

    /// The connection has ended.
    pub fn leave(&self) {
        let all: Vec<_> = self.documents.lock().drain().map(|(_, document)| document).collect();
        all.iter().for_each(|document| document.leave());
    }
}

impl YjsDocument {
    /// Which document.
    pub(crate) const fn domain(&self) -> YjsDomain {
        self.domain
    }

    /// Whether the client may change it.
    pub(crate) fn may_write(&self) -> bool {
        self.domain.access(&self.grant) == Access::Write
    }

    /// Who it is, as the author of an edit.
    pub(crate) fn author(&self) -> Author {
        Author {
            subject: self.grant.identity.subject.clone(),
            edits_all: allows(self.grant.role(), Action::EditLayers),
            now_ms: unix_ms(),
        }
    }

    /// Ends the connection, with all documents of its socket.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.socket.outbox.close(reason);
    }

    /// Something happened for this document.
    pub(crate) fn feed(self: &Arc<Self>, input: Input<'_>) {
        let now = self.board.shared.clock.now();
        let framed = SocketInput::Document { address: &self.address, input };
        // Only tokens ask for verification, and this is none.
        drop(self.socket.handle(now, Some(self), input, framed));
    }

    fn perform(self: &Arc<Self>, now: Instant, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(frame) => self.socket.outbox.put(Out::Binary(frame)),
                Output::Awareness(update) => {
                    let heard = self.board.awareness.lock().apply(self.id, &update, now);
                    if let Ok(Some(change)) = heard {
                        self.board.tell_awareness(&change);
                    }
                }
                Output::AwarenessAll => {
                    let all = self.board.awareness.lock().all(self.id);
                    self.feed(Input::Awareness(&all));
                }
                Output::StateVector | Output::Diff(_) | Output::Admit { .. } => {
                    self.board.scene.send(SceneMsg::Yjs(Arc::clone(self), output));
                }
            }
        }
    }

    fn leave(&self) {
        self.board.yjs.remove(&self.id);
        metrics::gauge!("parfocal_yjs_documents").set(self.board.yjs.len() as f64);
        let gone = self.board.awareness.lock().leave(self.id);
        if let Some(change) = gone {
            self.board.tell_awareness(&change);
        }
        if self.board.yjs.is_empty() {
            self.board.scene.send(SceneMsg::YjsGone);
        }
    }
}

impl Board {
    /// Whether a user's next connection may be asked for all that it has.
    fn may_ask(&self, subject: &str) -> bool {
        !self.oversized.lock().remove(subject)
    }

    /// Shows a change of awareness to all standard clients.
    pub(crate) fn tell_awareness(&self, change: &AwarenessChange) {
        for document in self.yjs_documents() {
            let own = document.id == change.origin;
            document.feed(Input::Awareness(if own { &change.echo } else { &change.update }));
        }
    }

    /// Removes awareness that was not renewed.
    pub(crate) fn tick_awareness(&self) {
        let changes = self.awareness.lock().tick(self.shared.clock.now());
        changes.iter().for_each(|change| self.tell_awareness(change));
    }

    /// Shows standard clients what is in the journal from now on.
    pub(crate) fn show_yjs(&self, domain: Domain, update: &[u8]) {
        let mut change = Change::new(update);
        for document in self.yjs_documents() {
            if document.domain == YjsDomain::Document(domain) {
                // The address says the dialect, too: only Hocuspocus has some.
                let frame = match &document.address {
                    none if none.is_empty() => change.plain(),
                    address => change.named(address),
                };
                document.feed(Input::Broadcast(&frame));
            }
        }
    }

    /// All of them, so that none is held while one is fed.
    pub(crate) fn yjs_documents(&self) -> Vec<Arc<YjsDocument>> {
        self.yjs.iter().map(|document| Arc::clone(&document)).collect()
    }
}

/// An update of Yjs that changes nothing, and the state vector of nothing.
pub(crate) const NOTHING: Bytes = Bytes::from_static(&[0, 0]);
