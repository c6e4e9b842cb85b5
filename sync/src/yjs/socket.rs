//! The server's end of a Hocuspocus socket: which documents are spoken of, and with which right.
//!
//! A provider sends its token and goes on at once. What comes before the token is verified waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::Instant;

use super::connection::Connection;
use super::dialect::Hocuspocus;
use super::hocuspocus::{HocuspocusFrame, HocuspocusMessage, document_name};
use super::io::{Access, Input, Output};
use super::limits::{AUTHENTICATION_TIMEOUT, MAX_DOCUMENTS, MAX_WAITING_BYTES, MAX_WAITING_FRAMES};
use crate::close::CloseReason;

/// What a document is called on a socket: its name, and what tells several of one name apart.
pub type Address = Arc<str>;

/// What happens to the socket.
#[derive(Clone, Debug)]
pub enum SocketInput<'a> {
    /// The client sent a binary frame. Read none while [`HocuspocusSocket::wants_frames`] is false.
    Frame(&'a [u8]),
    /// The answer to [`SocketOutput::Verify`]: what the participant may do, or why nothing.
    Verified {
        /// About which.
        address: &'a str,
        /// The outcome.
        result: Result<Access, String>,
    },
    /// Something for one document.
    Document {
        /// Which.
        address: &'a str,
        /// What.
        input: Input<'a>,
    },
    /// Time passed.
    Tick,
}

/// What is to be done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketOutput {
    /// Send a binary frame.
    Send(Bytes),
    /// Find out what this token grants, and answer with [`SocketInput::Verified`]. It is asked again
    /// when the client sends another token.
    Verify {
        /// With which to answer.
        address: Address,
        /// Which document is wanted.
        name: String,
        /// Empty where it may have come with the request.
        token: String,
    },
    /// A document of this socket has something to be done; never [`Output::Send`].
    Document {
        /// Which.
        address: Address,
        /// What.
        output: Output,
    },
    /// A document is not open any more.
    Left(Address),
    /// Close the socket; nothing follows.
    Close(CloseReason),
}

enum State {
    /// Its token is being verified; what came meanwhile.
    Waiting(Vec<Vec<u8>>),
    Open(Box<Connection<Hocuspocus>>),
}

struct Document {
    state: State,
    /// Whether a token is being verified: another one does not count meanwhile.
    verifying: bool,
}

/// The machine.
pub struct HocuspocusSocket {
    documents: BTreeMap<Address, Document>,
    /// Whether clients may be asked for what the server lacks (see [`Connection::new`]).
    asks: bool,
    /// When it is closed if no token was good.
    deadline: Option<Instant>,
    out: Vec<SocketOutput>,
}

impl HocuspocusSocket {
    /// A socket that was opened `now`; `asks` as for [`Connection::new`].
    pub fn new(asks: bool, now: Instant) -> Self {
        let deadline = Some(now + AUTHENTICATION_TIMEOUT);
        Self { documents: BTreeMap::new(), asks, deadline, out: Vec::new() }
    }

    /// Whether the clients of documents that are opened from now on may be asked for what the server
    /// lacks.
    pub const fn set_asks(&mut self, asks: bool) {
        self.asks = asks;
    }

    /// Whether another frame may be read.
    pub fn wants_frames(&self) -> bool {
        self.open().all(Connection::wants_frames)
    }

    /// When to call with [`SocketInput::Tick`].
    pub fn deadline(&self) -> Option<Instant> {
        self.open().map(Connection::deadline).chain(self.deadline).min()
    }

    fn open(&self) -> impl Iterator<Item = &Connection<Hocuspocus>> {
        self.documents.values().filter_map(|document| match &document.state {
            State::Open(connection) => Some(&**connection),
            State::Waiting(_) => None,
        })
    }

    /// One step.
    pub fn handle(&mut self, now: Instant, input: SocketInput<'_>) -> Vec<SocketOutput> {
        match input {
            SocketInput::Frame(frame) => self.frame(now, frame),
            SocketInput::Verified { address, result } => self.verified(now, address, result),
            SocketInput::Document { address, input } => self.document(now, address, input),
            SocketInput::Tick => self.tick(now),
        }
        std::mem::take(&mut self.out)
    }

    fn tick(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.out.push(SocketOutput::Close(CloseReason::HelloTimeout));
            return;
        }
        let all: Vec<Address> = self.documents.keys().cloned().collect();
        all.iter().for_each(|address| self.document(now, address, Input::Tick));
    }

    fn frame(&mut self, now: Instant, frame: &[u8]) {
        let (address, message) = match HocuspocusFrame::decode(frame) {
            Ok(HocuspocusFrame::Document { address, message }) => (address, message),
            Ok(HocuspocusFrame::Ping) => {
                return self.out.push(SocketOutput::Send(HocuspocusFrame::Pong.encode().into()));
            }
            Ok(HocuspocusFrame::Pong) => return,
            // Whose it is may not be readable: each of the documents hears it, and says so.
            Err(_) => {
                let all: Vec<Address> = self.documents.keys().cloned().collect();
                return all.iter().for_each(|a| self.document(now, a, Input::Frame(frame)));
            }
        };
        match message {
            HocuspocusMessage::Token { token, .. } => self.token(address, token),
            HocuspocusMessage::Close(_) => self.leave(address),
            _ => match self.documents.get_mut(address).map(|document| &mut document.state) {
                Some(State::Open(_)) => self.document(now, address, Input::Frame(frame)),
                Some(State::Waiting(frames)) => {
                    let bytes: usize = frames.iter().map(Vec::len).sum();
                    if frames.len() < MAX_WAITING_FRAMES && bytes + frame.len() <= MAX_WAITING_BYTES
                    {
                        frames.push(frame.to_vec());
                    } else {
                        self.refuse(address, "too much was sent before the token was verified");
                    }
                }
                // After a refusal, or before any token: it counts for nothing.
                None => {}
            },
        }
    }

    fn token(&mut self, address: &str, token: &str) {
        if !self.documents.contains_key(address) {
            if self.documents.len() == MAX_DOCUMENTS {
                return self.refuse(address, "too many documents on one connection");
            }
            let document = Document { state: State::Waiting(Vec::new()), verifying: false };
            self.documents.insert(address.into(), document);
        }
        let Some(document) = self.documents.get_mut(address) else { return };
        if !std::mem::replace(&mut document.verifying, true) {
            let (name, token) = (document_name(address).to_owned(), token.to_owned());
            self.out.push(SocketOutput::Verify { address: address.into(), name, token });
        }
    }

    fn verified(&mut self, now: Instant, address: &str, result: Result<Access, String>) {
        let Some(document) = self.documents.get_mut(address) else { return };
        document.verifying = false;
        let access = match result {
            Ok(access) => access,
            Err(reason) => return self.refuse(address, &reason),
        };
        let dialect = Hocuspocus { address: address.into() };
        let welcome = dialect.authenticated(access == Access::Read);
        self.deadline = None;
        self.out.push(SocketOutput::Send(welcome.into()));
        let frames = match &mut document.state {
            State::Open(connection) => return connection.set_access(access),
            State::Waiting(frames) => std::mem::take(frames),
        };
        let mut connection = Box::new(Connection::new(dialect, access, self.asks, now));
        let outputs = connection.start(now);
        document.state = State::Open(connection);
        self.push(address, outputs);
        for frame in frames {
            self.document(now, address, Input::Frame(&frame));
        }
    }

    fn document(&mut self, now: Instant, address: &str, input: Input<'_>) {
        let document = self.documents.get_mut(address).map(|document| &mut document.state);
        if let Some(State::Open(connection)) = document {
            let outputs = connection.handle(now, input);
            self.push(address, outputs);
        }
    }

    fn push(&mut self, address: &str, outputs: Vec<Output>) {
        let address: Address = address.into();
        self.out.extend(outputs.into_iter().map(|output| match output {
            Output::Send(frame) => SocketOutput::Send(frame),
            output => SocketOutput::Document { address: Arc::clone(&address), output },
        }));
    }

    /// Says no; the provider tells its program, and does not come back by itself.
    fn refuse(&mut self, address: &str, reason: &str) {
        let dialect = Hocuspocus { address: address.into() };
        self.out.push(SocketOutput::Send(dialect.permission_denied(reason).into()));
        self.leave(address);
    }

    fn leave(&mut self, address: &str) {
        let left = self.documents.remove_entry(address);
        if let Some((address, Document { state: State::Open(_), .. })) = left {
            self.out.push(SocketOutput::Left(address));
        }
    }
}
