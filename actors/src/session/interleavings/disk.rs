//! What the server writes, and how it fails.

use bytes::Bytes;
use parfocal_base::Domain;
use parfocal_store::{Version, should_compact};

use super::foreign::Foreign;
use super::people::{Person, Word};
use super::world::{SESSION, Waiting, World, load};
use crate::admin::Unsaved;
use crate::machine::journal::{Flight, Journal};

impl World {
    /// Hands the store what it lacks.
    pub(super) fn write(&mut self) {
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
    pub(super) fn written(&mut self) {
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
    pub(super) fn fail(&mut self) {
        self.disk.fail_after(self.random.below(12) as u32);
        self.written();
        self.power();
        self.writing = self.journal.again().or_else(|| self.writing.take());
    }

    /// The power comes back, and the store is opened again.
    pub(super) fn power(&mut self) {
        self.store = None;
        let random = &mut self.random;
        self.disk.restart(|| random.one_in(2));
        self.store = Some(self.disk.open().unwrap());
    }

    /// The process dies, perhaps in the middle of a write, and is started again.
    pub(super) fn kill(&mut self) {
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
    pub(super) fn restart_actor(&mut self) {
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

    pub(super) fn begin(&mut self, revision: u64) {
        let store = self.store.as_ref().unwrap();
        (self.keeper, self.size) = load(store, self.random.next(), self.now_ms, revision);
        (self.journal, self.writing) = (Journal::default(), None);
        self.history.recovered(&self.keeper);
        self.write();
    }

    pub(super) fn version(&mut self) {
        if self.journal.wait(Waiting::Version, self.keeper.unsaved).is_some() {
            self.save_version();
        }
    }

    pub(super) fn save_version(&mut self) {
        let Some(store) = &self.store else { return };
        let states = self.keeper.full_states().unwrap();
        let version = Version { revision: self.keeper.revision, ..Version::default() };
        // Where the disk fails meanwhile nothing is kept, and who asked is told so.
        drop(store.save_version(SESSION, &version, &states));
    }

    pub(super) fn restore(&mut self) {
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
    pub(super) fn calm_store(&mut self) {
        for _ in 0..9 {
            self.writing = self.journal.again().or_else(|| self.writing.take());
            self.written();
            self.write();
        }
        assert!(self.journal.is_idle() && !self.keeper.unsaved);
    }
}
