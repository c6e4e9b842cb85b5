//! When nobody does anything more, all are equal.

use parfocal_scene::replica::Document;

use super::people::vector;
use super::world::{SESSION, World};

impl World {
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
    pub(super) fn check_model(&self) {
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
