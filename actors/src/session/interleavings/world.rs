//! The server as the scene actor runs it, and everybody around it.

use std::sync::Arc;

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, Level, ParticipantId, SourceId};
use parfocal_data::ChunkCache;
use parfocal_scene::replica::Refused;
use parfocal_scene::{Author, Intent, LayerKind, Limits, Need, Reject, RejectCode};
use parfocal_store::testing::Disk;
use parfocal_store::{Entry, JournalSize, Store};
use parfocal_sync::message::ServerMessage;

use super::foreign::Foreign;
use super::history::History;
use super::intents;
use super::people::{Person, Word};
use super::random::Random;
use crate::machine::journal::{Answer, Journal};
use crate::machine::ledger::Seen;
use crate::session::keeper::{Keeper, Opening, Update};
use crate::session::painted::PaintedLayers;
use crate::session::seed::Seed;
use crate::shared::Images;

pub(super) const SESSION: &str = "main";
/// As the scene actor's store does.
const CACHE: u64 = 1 << 20;

/// Annotations that a layer takes: few enough that some are refused.
const MANY: usize = 40;

/// What waits for the disk besides answers.
#[derive(Debug)]
pub(super) enum Waiting {
    /// So much of history.
    Promise(usize),
    /// A version is to be kept.
    Version,
}

pub(super) struct World {
    pub(super) random: Random,
    pub(super) disk: Disk,
    pub(super) store: Option<Store>,
    pub(super) now_ms: u64,
    pub(super) keeper: Keeper,
    pub(super) journal: Journal<Waiting>,
    pub(super) size: JournalSize,
    /// What the store was told to write, and has not.
    pub(super) writing: Option<Vec<Entry>>,
    pub(super) people: Vec<Person>,
    pub(super) foreigners: Vec<Foreign>,
    pub(super) history: History,
    pub(super) named: u64,
    /// Snapshots and compactions are made more often than in life.
    pub(super) is_hurried: bool,
}

/// A small image in time and two dimensions.
pub(in crate::session) fn seeds() -> [Seed; 1] {
    let names = [("t", AxisKind::Time), ("y", AxisKind::Space), ("x", AxisKind::Space)];
    let axes = names.map(|(name, kind)| Axis { name: name.to_owned(), kind, unit: None });
    let shape = vec![3, 16, 16];
    let level = Level { chunk: shape.clone(), shape, scale: vec![1.0; 3], translate: vec![0.0; 3] };
    let meta = ImageMeta { axes: axes.to_vec(), dtype: DType::U8, levels: vec![level] };
    let (name, path) = ("image".to_owned(), "image".to_owned());
    [Seed::new(name, LayerKind::Image, SourceId(0), path, Arc::new(meta))]
}

pub(super) fn load(
    store: &Store,
    random: u64,
    now_ms: u64,
    revision: u64,
) -> (Keeper, JournalSize) {
    let saved = store.load(SESSION).unwrap();
    let opening = Opening {
        saved,
        epoch: (random, now_ms),
        revision_at_least: revision,
        limits: Limits { annotations_per_layer: MANY, ..Limits::default() },
        painted: PaintedLayers::new(Arc::new(Images::default()), ChunkCache::new(CACHE)),
        blobs: store.blobs(SESSION, b"").unwrap(),
    };
    let keeper = Keeper::load(opening, &seeds()).unwrap();
    (keeper, store.journal_size(SESSION).unwrap())
}

impl World {
    pub(super) fn new(mut random: Random) -> Self {
        let disk = Disk::default();
        let store = disk.open().unwrap();
        let (keeper, size) = load(&store, random.next(), 1, 0);
        let mut world = Self {
            random,
            disk,
            store: Some(store),
            now_ms: 1,
            keeper,
            journal: Journal::default(),
            size,
            writing: None,
            people: Person::all(),
            foreigners: Foreign::all(),
            history: History::default(),
            named: 0,
            is_hurried: true,
        };
        world.history.recovered(&world.keeper);
        for layer_kind in [LayerKind::Points, LayerKind::Shapes, LayerKind::Labels] {
            let intent = Intent::AddLayer { layer_kind, name: None, layer: None };
            world.keeper.ask(intent, &Author::server(1)).unwrap();
            world.history.changed(&world.keeper, None);
        }
        world.write();
        world.written();
        world
    }

    pub(super) fn step(&mut self) {
        self.now_ms += self.random.below(2000) as u64;
        let person = self.random.below(self.people.len());
        let foreigner = self.random.below(self.foreigners.len());
        match self.random.below(100) {
            0..22 => {
                self.named += 1;
                let name = format!("n{}", self.named);
                let intent = intents::intent(&mut self.random, &self.keeper, &name);
                self.people[person].ask(intent);
            }
            22..42 => self.send(person),
            42..56 => drop(self.people[person].hear()),
            56..60 => self.leave_or_come(person),
            60..68 => {
                self.named += 1;
                let (random, keeper) = (&mut self.random, &self.keeper);
                self.foreigners[foreigner].edit(random, keeper, self.named);
            }
            68..76 => self.take_foreign(foreigner),
            76..80 => self.foreigners[foreigner].hear(),
            80..82 => self.greet_foreigner(foreigner),
            82..88 => self.write(),
            88..95 => self.written(),
            95 => self.restart_actor(),
            96 => self.kill(),
            97 => self.fail(),
            98 => self.version(),
            _ => self.restore(),
        }
    }

    /// The server changes something itself, and all is written and heard.
    pub(super) fn server_asks(&mut self, intent: Intent) {
        self.now_ms += 1000;
        let edit = self.keeper.ask(intent, &Author::server(self.now_ms)).unwrap();
        self.spread(edit.updates);
        self.history.changed(&self.keeper, None);
        self.write();
        self.written();
        self.people.iter_mut().for_each(|person| while person.hear() {});
    }

    /// The server reads a message of a person.
    pub(super) fn send(&mut self, at: usize) {
        let Some((seq, intent)) = self.people[at].outbox.pop_front() else { return };
        let (client, role, subject) = {
            let person = &self.people[at];
            (person.client, person.edits_all, person.subject.clone())
        };
        if self.journal.holds(&client, seq) {
            return;
        }
        match self.keeper.ledger.seen(&client, seq) {
            Seen::New => {}
            Seen::Answered(answer) => return self.people[at].say(Word::Answer(answer)),
            Seen::Forgotten => return,
        }
        let durable = intent.is_durable();
        let need = self.keeper.need(&intent, &subject);
        let by = Author { subject, edits_all: role, now_ms: self.now_ms };
        let edited = if !role && !matches!(need, Need::Annotate | Need::MoveStage) {
            Err(Reject::new(RejectCode::Forbidden, "a presenter may"))
        } else if durable && self.journal.failure().is_some() {
            Err(Reject::new(RejectCode::Unavailable, "later"))
        } else {
            self.keeper.ask(intent, &by)
        };
        let answer = |message| Answer { to: ParticipantId(at as u32), client, seq, message };
        let edit = match edited {
            Ok(edit) => edit,
            Err(Reject { code, message }) => {
                let reject = answer(ServerMessage::Reject { seq, code, message });
                return self.answer_in_turn(reject);
            }
        };
        let changed = !edit.updates.is_empty();
        self.spread(edit.updates);
        if changed {
            self.history.changed(&self.keeper, durable.then_some((client, seq)));
        }
        let revision = self.keeper.revision;
        let ack = answer(ServerMessage::Ack { seq, revision, applied: edit.applied });
        if durable && changed {
            let promise = Waiting::Promise(self.history.len());
            self.journal.durable(ack);
            assert!(self.journal.wait(promise, self.keeper.unsaved).is_none());
        } else {
            self.answer_in_turn(ack);
        }
    }

    pub(super) fn answer_in_turn(&mut self, answer: Answer) {
        if let Some(answer) = self.journal.transient(answer) {
            self.say(answer);
        }
    }

    pub(super) fn say(&mut self, answer: Answer) {
        let person = &mut self.people[answer.to.0 as usize];
        person.say(Word::Answer(answer.message.clone()));
        self.keeper.ledger.answered(answer.client, answer.seq, answer.message);
    }

    pub(super) fn spread(&mut self, updates: Vec<Update>) {
        for (domain, bytes) in updates {
            let revision = self.keeper.revision;
            for person in &mut self.people {
                person.say(Word::Update { domain, revision, bytes: bytes.clone() });
            }
        }
    }

    pub(super) fn leave_or_come(&mut self, at: usize) {
        if self.people[at].is_here && !self.random.one_in(3) {
            return self.people[at].cut();
        }
        let resume = self.people[at].resume(self.random.one_in(4));
        let (scene, annotations) =
            resume.as_ref().map_or((None, None), |(s, a)| (Some(s.as_slice()), Some(a.as_slice())));
        let (reset, missing) = self.keeper.missing(scene, annotations).unwrap();
        let answered = self.keeper.ledger.answered_up_to(&self.people[at].client);
        let revision = self.keeper.revision;
        self.people[at].welcome(reset, answered, revision, missing);
    }

    /// The server reads an update of a standard Yjs client.
    pub(super) fn take_foreign(&mut self, at: usize) {
        let Some(update) = self.foreigners[at].outbox.pop_front() else { return };
        if self.journal.failure().is_some() {
            return self.foreigners[at].cut();
        }
        let known = self.keeper.drawn.knows(&update);
        if known == Ok(true) {
            return;
        }
        let by = self.foreigners[at].author(self.now_ms);
        match self.keeper.admit(&update, &by, &|_| false) {
            Ok(admission) => {
                if !admission.updates.is_empty() {
                    self.spread(admission.updates);
                    self.history.changed(&self.keeper, None);
                    let promise = Waiting::Promise(self.history.len());
                    assert!(self.journal.wait(promise, self.keeper.unsaved).is_none());
                }
            }
            Err(Refused::Resync) => self.greet_foreigner(at),
            Err(Refused::Failed) => panic!("the document has failed"),
            // A document with something forbidden cannot be brought back.
            Err(_) => self.foreigners[at].begin_anew(),
        }
    }

    /// A standard Yjs client comes (back): both ends send what the other lacks, once that is saved.
    pub(super) fn greet_foreigner(&mut self, at: usize) {
        self.calm_store();
        self.foreigners[at].sync(&self.keeper.drawn);
    }
}
