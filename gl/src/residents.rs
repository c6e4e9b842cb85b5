//! What lies in the device's memory, and what goes first. Pure: it knows ranges of words only.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::pool::Pool;

/// Blocks by key; where memory is short, those unused for longest go.
#[derive(Debug)]
pub(crate) struct Residents<K, V> {
    blocks: HashMap<K, Block<V>>,
    /// By the turn of the last use.
    order: BTreeMap<u64, K>,
    pool: Pool,
    turn: u64,
    /// Blocks used since this turn stay: the batch that is being made reads them.
    pinned: u64,
}

#[derive(Debug)]
struct Block<V> {
    start: u32,
    words: u32,
    used: u64,
    value: V,
}

impl<K: Clone + Eq + Hash, V> Residents<K, V> {
    /// Nothing, in no memory.
    pub(crate) fn new() -> Self {
        Self {
            blocks: HashMap::new(),
            order: BTreeMap::new(),
            pool: Pool::default(),
            turn: 1,
            pinned: 1,
        }
    }

    /// There is more memory now.
    pub(crate) fn grow(&mut self, words: u32) {
        self.pool.grow(words);
    }

    /// From now on everything may go: a new batch begins.
    pub(crate) fn unpin(&mut self) {
        self.pinned = self.turn;
    }

    /// Where the block of `key` begins, and what is known about it; it is kept for this batch.
    pub(crate) fn get(&mut self, key: &K) -> Option<(u32, &V)> {
        let block = self.blocks.get_mut(key)?;
        if let Some(key) = self.order.remove(&block.used) {
            self.turn += 1;
            block.used = self.turn;
            self.order.insert(self.turn, key);
        }
        Some((block.start, &block.value))
    }

    /// Finds room for a block of `words`, without removing any.
    pub(crate) fn insert(&mut self, key: &K, words: u32, value: V) -> Result<u32, V> {
        let Some(words) = Pool::rounded(words) else { return Err(value) };
        let Some(start) = self.pool.take(words) else { return Err(value) };
        self.turn += 1;
        let block = Block { start, words, used: self.turn, value };
        if let Some(before) = self.blocks.insert(key.clone(), block) {
            self.order.remove(&before.used);
            self.pool.give_back(before.start, before.words);
        }
        self.order.insert(self.turn, key.clone());
        Ok(start)
    }

    /// Removes the block unused for longest; `false` where this batch reads all that are left.
    pub(crate) fn evict(&mut self) -> bool {
        match self.order.first_key_value() {
            Some((&used, _)) if used <= self.pinned => {}
            _ => return false,
        }
        let Some((_, key)) = self.order.pop_first() else { return false };
        if let Some(block) = self.blocks.remove(&key) {
            self.pool.give_back(block.start, block.words);
        }
        true
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residents(words: u32) -> Residents<u32, ()> {
        let mut residents = Residents::new();
        residents.grow(words);
        residents
    }

    #[test]
    fn the_block_unused_for_longest_goes_first() {
        let mut residents = residents(192);
        for key in 0..3 {
            residents.insert(&key, 64, ()).unwrap();
        }
        residents.unpin();
        assert!(residents.get(&0).is_some());
        assert!(residents.insert(&3, 64, ()).is_err());
        assert!(residents.evict());
        assert_eq!(residents.insert(&3, 64, ()), Ok(64));
        assert!(residents.get(&1).is_none());
        assert_eq!(residents.len(), 3);
    }

    #[test]
    fn what_the_batch_reads_stays() {
        let mut residents = residents(128);
        residents.insert(&0, 64, ()).unwrap();
        residents.unpin();
        residents.insert(&1, 64, ()).unwrap();
        assert!(residents.evict());
        assert!(!residents.evict());
        assert!(residents.get(&1).is_some());
        residents.unpin();
        assert!(residents.evict());
    }
}
