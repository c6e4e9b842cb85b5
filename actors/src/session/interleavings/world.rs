//! The server as the scene actor runs it, and everybody around it.

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{Axis, AxisKind, DType, Domain, ImageMeta, Level, ParticipantId, SourceId};
use parfocal_data::ChunkCache;
use parfocal_scene::replica::{Document, Refused};
use parfocal_scene::{Author, Intent, LayerKind, Limits, Need, Reject, RejectCode};
use parfocal_store::testing::Disk;
use parfocal_store::{Entry, JournalSize, Store, Version, should_compact};
use parfocal_sync::message::ServerMessage;

use super::foreign::Foreign;
use super::history::History;
use super::intents;
use super::people::{Person, Word, vector};
use super::random::Random;
use crate::admin::Unsaved;
use crate::machine::journal::{Answer, Flight, Journal};
use crate::machine::ledger::Seen;
use crate::session::keeper::{Keeper, Opening, Update};
use crate::session::painted::PaintedLayers;
use crate::session::seed::Seed;
use crate::shared::Images;

const SESSION: &str = "main";
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
    disk: Disk,
    store: Option<Store>,
    now_ms: u64,
    pub(super) keeper: Keeper,
    journal: Journal<Waiting>,
    size: JournalSize,
    /// What the store was told to write, and has not.
    writing: Option<Vec<Entry>>,
    pub(super) people: Vec<Person>,
    pub(super) foreigners: Vec<Foreign>,
    history: History,
    named: u64,
    /// Snapshots and compactions are made more often than in life.
    pub(super) is_hurried: bool,
}

fn seeds() -> [Seed; 1] {
    let names = [("t", AxisKind::Time), ("y", AxisKind::Space), ("x", AxisKind::Space)];
    let axes = names.map(|(name, kind)| Axis { name: name.to_owned(), kind, unit: None });
    let shape = vec![3, 16, 16];
    let level = Level { chunk: shape.clone(), shape, scale: vec![1.0; 3], translate: vec![0.0; 3] };
    let meta = ImageMeta { axes: axes.to_vec(), dtype: DType::U8, levels: vec![level] };
    let (name, path) = ("image".to_owned(), "image".to_owned());
    [Seed::new(name, LayerKind::Image, SourceId(0), path, Arc::new(meta))]
}

fn load(store: &Store, random: u64, now_ms: u64, revision: u64) -> (Keeper, JournalSize) {
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

    fn answer_in_turn(&mut self, answer: Answer) {
        if let Some(answer) = self.journal.transient(answer) {
            self.say(answer);
        }
    }

    fn say(&mut self, answer: Answer) {
        let person = &mut self.people[answer.to.0 as usize];
        person.say(Word::Answer(answer.message.clone()));
        self.keeper.ledger.answered(answer.client, answer.seq, answer.message);
    }

    fn spread(&mut self, updates: Vec<Update>) {
        for (domain, bytes) in updates {
            let revision = self.keeper.revision;
            for person in &mut self.people {
                person.say(Word::Update { domain, revision, bytes: bytes.clone() });
            }
        }
    }

    /// Hands the store what it lacks.
    fn write(&mut self) {
        if !self.journal.is_due(self.keeper.unsaved) {
            return;
        }
        let whole = should_compact(self.size) || self.is_hurried && self.random.one_in(5);
        let updates = if whole && self.is_hurried && self.random.one_in(2) {
            self.keeper.forget_past(self.now_ms)
        } else if whole {
            self.keeper.compact(self.now_ms)
        } else {
            Ok(Vec::new())
        };
        self.spread(updates.unwrap());
        let keeper = &mut self.keeper;
        let drafted = self.journal.write(keeper.unsaved, |answers| keeper.draft(answers, whole));
        self.writing = drafted.unwrap();
        if let Some(entries) = &self.writing {
            self.size = self.size.after(entries);
        }
    }

    /// The store has written, or cannot.
    fn written(&mut self) {
        let Some(entries) = self.writing.take() else { return };
        let store = self.store.take().or_else(|| self.disk.open().ok());
        let stored = store.as_ref().is_some_and(|store| store.append(SESSION, &entries).is_ok());
        self.store = store.filter(|_| stored);
        if !stored {
            return self.journal.failed(Unsaved::RESTARTED);
        }
        let Some(Flight { shown, answers, waiting, .. }) = self.journal.written() else { return };
        answers.into_iter().for_each(|answer| self.say(answer));
        for (_, update) in shown.iter().filter(|(domain, _)| *domain == Domain::Annotations) {
            self.foreigners.iter_mut().for_each(|foreigner| foreigner.say(update));
        }
        for waiting in waiting {
            match waiting {
                Waiting::Promise(count) => self.history.promise(count),
                Waiting::Version => self.save_version(),
            }
        }
    }

    /// The disk fails for a while; what was under way is written again later.
    fn fail(&mut self) {
        self.disk.fail_after(self.random.below(12) as u32);
        self.written();
        self.power();
        self.writing = self.journal.again().or_else(|| self.writing.take());
    }

    /// The power comes back, and the store is opened again.
    fn power(&mut self) {
        self.store = None;
        let random = &mut self.random;
        self.disk.restart(|| random.one_in(2));
        self.store = Some(self.disk.open().unwrap());
    }

    /// The process dies, perhaps in the middle of a write, and is started again.
    fn kill(&mut self) {
        if self.random.one_in(2) {
            self.disk.fail_after(self.random.below(12) as u32);
            if let (Some(store), Some(entries)) = (self.store.take(), self.writing.take()) {
                let _ = store.append(SESSION, &entries);
            }
        }
        self.power();
        self.begin(0);
        self.people.iter_mut().for_each(Person::cut);
        self.foreigners.iter_mut().for_each(Foreign::cut);
    }

    /// The scene actor dies. What it had sent to the store is written before it loads.
    fn restart_actor(&mut self) {
        if let Some(entries) = self.writing.take() {
            self.store.as_ref().unwrap().append(SESSION, &entries).unwrap();
        }
        self.begin(self.keeper.revision);
        let revision = self.keeper.revision;
        let states = self.keeper.full_states().unwrap();
        for person in &mut self.people {
            for (domain, bytes) in &states {
                let bytes = Bytes::copy_from_slice(bytes);
                person.say(Word::Reset { domain: *domain, revision, bytes });
            }
            person.say(Word::Resend);
        }
        self.foreigners.iter_mut().for_each(Foreign::cut);
    }

    fn begin(&mut self, revision: u64) {
        let store = self.store.as_ref().unwrap();
        (self.keeper, self.size) = load(store, self.random.next(), self.now_ms, revision);
        (self.journal, self.writing) = (Journal::default(), None);
        self.history.recovered(&self.keeper);
        self.write();
    }

    fn leave_or_come(&mut self, at: usize) {
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
    fn take_foreign(&mut self, at: usize) {
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
    fn greet_foreigner(&mut self, at: usize) {
        self.calm_store();
        self.foreigners[at].sync(&self.keeper.drawn);
    }

    fn version(&mut self) {
        if self.journal.wait(Waiting::Version, self.keeper.unsaved).is_some() {
            self.save_version();
        }
    }

    fn save_version(&mut self) {
        let Some(store) = &self.store else { return };
        let states = self.keeper.full_states().unwrap();
        let version = Version { revision: self.keeper.revision, ..Version::default() };
        // Where the disk fails meanwhile nothing is kept, and who asked is told so.
        drop(store.save_version(SESSION, &version, &states));
    }

    fn restore(&mut self) {
        let Some(store) = &self.store else { return };
        if self.journal.failure().is_some() {
            return;
        }
        let versions = store.versions(SESSION).unwrap();
        let Some(version) = self.random.of(&versions) else { return };
        let kept = store.load_version(SESSION, version.number).unwrap();
        let blobs = store.version_blobs(SESSION, version.number, b"").unwrap();
        let edit = self.keeper.restore(version.number, &kept, &blobs).unwrap();
        self.spread(edit.updates);
        self.history.changed(&self.keeper, None);
        let promise = Waiting::Promise(self.history.len());
        self.journal.wait(promise, self.keeper.unsaved);
    }

    /// Everything is written.
    fn calm_store(&mut self) {
        for _ in 0..9 {
            self.writing = self.journal.again().or_else(|| self.writing.take());
            self.written();
            self.write();
        }
        assert!(self.journal.is_idle() && !self.keeper.unsaved);
    }

    /// Nobody does anything until all is said: then all are equal.
    pub(super) fn calm(&mut self) {
        for _ in 0..4 {
            for at in 0..self.people.len() {
                while !self.people[at].is_here {
                    self.leave_or_come(at);
                }
                while self.people[at].hear() {}
                while !self.people[at].outbox.is_empty() {
                    self.send(at);
                }
            }
            for at in 0..self.foreigners.len() {
                while !self.foreigners[at].outbox.is_empty() {
                    self.take_foreign(at);
                }
                self.greet_foreigner(at);
                while !self.foreigners[at].outbox.is_empty() {
                    self.take_foreign(at);
                }
            }
            self.calm_store();
        }
        for person in &mut self.people {
            while person.hear() {}
            person.check(&self.keeper);
        }
        for foreigner in &mut self.foreigners {
            foreigner.hear_all();
            foreigner.check(&self.keeper.drawn);
        }
        self.check_model();
    }

    /// The model is what the documents say, and what the store has.
    fn check_model(&self) {
        assert_eq!(*self.keeper.scene, self.keeper.document.scene().unwrap());
        let drawn = self.keeper.drawn.annotations().unwrap();
        let drawn: Vec<_> = drawn.map(|(id, found)| (id, found.unwrap())).collect();
        assert_eq!(drawn.len(), self.keeper.annotations.len());
        for (id, found) in drawn {
            assert_eq!(self.keeper.annotations.get(&id).map(|a| &**a), Some(&found));
        }
        let saved = self.store.as_ref().unwrap().load(SESSION).unwrap().unwrap();
        let mut document = Document::new(u64::MAX);
        let part = saved.scene;
        part.snapshot.iter().chain(&part.updates).for_each(|u| document.load(u).unwrap());
        assert_eq!(vector(document.state_vector()), vector(self.keeper.document.state_vector()));
    }
}
