//! Clients with mirrors.

use std::collections::VecDeque;

use bytes::Bytes;
use parfocal_base::Domain;
use parfocal_scene::Intent;
use parfocal_scene::replica::{AnnotationMirror, Mirror, SyncError};
use parfocal_sync::message::ServerMessage;
use yrs::StateVector;
use yrs::updates::decoder::Decode;

use crate::machine::ledger::ClientId;
use crate::session::keeper::{Keeper, States};

/// What the server tells a person.
pub(super) enum Word {
    Update {
        domain: Domain,
        revision: u64,
        bytes: Bytes,
    },
    Reset {
        domain: Domain,
        revision: u64,
        bytes: Bytes,
    },
    /// All that the mirrors lack; whether they are to be forgotten; what was answered.
    Welcome {
        reset: bool,
        answered: u64,
        revision: u64,
        missing: States,
    },
    Resend,
    Answer(ServerMessage),
}

pub(super) struct Person {
    pub(super) client: ClientId,
    pub(super) subject: String,
    /// Of presenters and owners.
    pub(super) edits_all: bool,
    pub(super) is_here: bool,
    /// Said to the server, and not read by it yet.
    pub(super) outbox: VecDeque<(u64, Intent)>,
    inbox: VecDeque<Word>,
    /// Asked, and not answered.
    pending: VecDeque<(u64, Intent)>,
    seq: u64,
    /// Whether the welcome was read.
    is_live: bool,
    mirrors: (Mirror, AnnotationMirror),
    revision: u64,
}

impl Person {
    pub(super) fn all() -> Vec<Self> {
        let person = |(number, subject, edits_all): (u8, &str, bool)| Self {
            client: [number; 16],
            subject: subject.to_owned(),
            edits_all,
            is_here: false,
            outbox: VecDeque::new(),
            inbox: VecDeque::new(),
            pending: VecDeque::new(),
            seq: 0,
            is_live: false,
            mirrors: Default::default(),
            revision: 0,
        };
        // Ann has two windows open.
        [(1, "ann", false), (2, "bob", false), (3, "ann", false), (4, "olga", true)]
            .map(person)
            .into()
    }

    pub(super) fn ask(&mut self, intent: Intent) {
        self.seq += 1;
        self.pending.push_back((self.seq, intent.clone()));
        if self.is_live {
            self.outbox.push_back((self.seq, intent));
        }
    }

    pub(super) fn say(&mut self, word: Word) {
        if self.is_here {
            self.inbox.push_back(word);
        }
    }

    /// The connection is lost, with all that was under way.
    pub(super) fn cut(&mut self) {
        self.inbox.clear();
        self.outbox.clear();
        (self.is_here, self.is_live) = (false, false);
    }

    /// The state vectors of the mirrors, where they are not forgotten.
    pub(super) fn resume(&mut self, forget: bool) -> Option<(Vec<u8>, Vec<u8>)> {
        if forget {
            self.mirrors = Default::default();
            return None;
        }
        let (scene, annotations) = &self.mirrors;
        Some((scene.state_vector().unwrap(), annotations.state_vector().unwrap()))
    }

    pub(super) fn welcome(&mut self, reset: bool, answered: u64, revision: u64, missing: States) {
        self.cut();
        self.is_here = true;
        self.say(Word::Welcome { reset, answered, revision, missing });
    }

    /// Reads one word, if there is one.
    pub(super) fn hear(&mut self) -> bool {
        let Some(word) = self.inbox.pop_front() else { return false };
        match word {
            Word::Update { domain, revision, bytes } => {
                self.apply(domain, &bytes);
                self.revision = revision;
            }
            Word::Reset { domain, revision, bytes } => {
                match domain {
                    Domain::Scene => self.mirrors.0 = Mirror::new(),
                    Domain::Annotations => self.mirrors.1 = AnnotationMirror::new(),
                }
                self.apply(domain, &bytes);
                self.revision = revision;
            }
            Word::Welcome { reset, answered, revision, missing } => {
                if reset {
                    self.mirrors = Default::default();
                }
                missing.iter().for_each(|(domain, bytes)| self.apply(*domain, bytes));
                self.revision = revision;
                self.pending.retain(|(seq, _)| *seq > answered);
                self.is_live = true;
                self.resend();
            }
            Word::Resend => self.resend(),
            Word::Answer(ServerMessage::Ack { seq, revision, .. }) => {
                assert!(revision <= self.revision, "the mirror does not show what was acked");
                self.pending.retain(|(of, _)| *of != seq);
            }
            Word::Answer(ServerMessage::Reject { seq, .. }) => {
                self.pending.retain(|(of, _)| *of != seq);
            }
            Word::Answer(other) => panic!("no answer: {other:?}"),
        }
        true
    }

    fn resend(&mut self) {
        if self.is_live {
            self.outbox = self.pending.clone();
        }
    }

    fn apply(&mut self, domain: Domain, bytes: &[u8]) {
        let applied = match domain {
            Domain::Scene => self.mirrors.0.apply(bytes),
            Domain::Annotations => self.mirrors.1.apply(bytes),
        };
        applied.unwrap();
    }

    /// All was answered, and the mirrors are the documents.
    pub(super) fn check(&self, keeper: &Keeper) {
        assert!(self.pending.is_empty(), "{:?} has no answer", self.pending);
        let (scene, annotations) = &self.mirrors;
        assert_eq!(vector(scene.state_vector()), vector(keeper.document.state_vector()));
        assert_eq!(vector(annotations.state_vector()), vector(keeper.drawn.state_vector()));
        assert_eq!(scene.scene().unwrap(), *keeper.scene);
        let mut count = 0;
        for (id, found) in annotations.annotations().unwrap() {
            assert_eq!(keeper.annotations.get(&id).map(|a| &**a), Some(&found.unwrap()));
            count += 1;
        }
        assert_eq!(count, keeper.annotations.len());
    }
}

/// A state vector; its bytes are in no order.
pub(super) fn vector(bytes: Result<Vec<u8>, SyncError>) -> StateVector {
    StateVector::decode_v1(&bytes.unwrap()).unwrap()
}
