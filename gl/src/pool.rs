//! Which ranges of a memory are free. Pure: it knows numbers only.

use std::collections::BTreeMap;

/// Ranges are of whole multiples of this many words: 256 bytes, a line or two of every cache.
const STEP: u32 = 64;

/// Free ranges of a memory of 32-bit words.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// By start: the length. No two touch.
    free: BTreeMap<u32, u32>,
    size: u32,
}

impl Pool {
    /// Words that a range of `words` takes.
    pub(crate) const fn rounded(words: u32) -> Option<u32> {
        match words {
            0 => Some(STEP),
            _ => words.checked_next_multiple_of(STEP),
        }
    }

    /// All words.
    #[cfg(test)]
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// Makes the memory larger, up to `size` words.
    pub(crate) fn grow(&mut self, size: u32) {
        let size = size / STEP * STEP;
        if let Some(more) = size.checked_sub(self.size).filter(|&more| more > 0) {
            let start = std::mem::replace(&mut self.size, size);
            self.give_back(start, more);
        }
    }

    /// Where `words` (rounded) are free: the first such place. They are taken.
    pub(crate) fn take(&mut self, words: u32) -> Option<u32> {
        let (&start, &length) = self.free.iter().find(|&(_, &length)| length >= words)?;
        self.free.remove(&start);
        if length > words {
            self.free.insert(start + words, length - words);
        }
        Some(start)
    }

    /// Gives `words` (rounded) at `start` back, which were taken.
    pub(crate) fn give_back(&mut self, mut start: u32, mut words: u32) {
        if let Some((&before, &length)) = self.free.range(..start).next_back()
            && before + length == start
        {
            self.free.remove(&before);
            (start, words) = (before, length + words);
        }
        if let Some(after) = self.free.remove(&(start + words)) {
            words += after;
        }
        self.free.insert(start, words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_taken_never_overlaps_and_comes_back_whole(
            asked in proptest::collection::vec((1_u32..2000, any::<bool>(), any::<usize>()), 1..200),
        ) {
            let mut pool = Pool::default();
            pool.grow(10_000);
            let mut taken: Vec<(u32, u32)> = Vec::new();
            for (words, give, which) in asked {
                if give && !taken.is_empty() {
                    let (start, words) = taken.swap_remove(which % taken.len());
                    pool.give_back(start, words);
                } else {
                    let words = Pool::rounded(words).unwrap();
                    if let Some(start) = pool.take(words) {
                        prop_assert!(start + words <= pool.size());
                        for &(other, length) in &taken {
                            prop_assert!(start + words <= other || other + length <= start);
                        }
                        taken.push((start, words));
                    }
                }
            }
            for (start, words) in taken {
                pool.give_back(start, words);
            }
            let all = pool.size();
            prop_assert_eq!(pool.take(all), Some(0));
        }
    }

    #[test]
    fn a_grown_memory_joins_what_was_free_at_its_end() {
        let mut pool = Pool::default();
        pool.grow(640);
        assert_eq!(pool.take(128), Some(0));
        pool.grow(1280);
        assert_eq!(pool.take(1152), Some(128));
        pool.grow(640);
        assert_eq!(pool.size(), 1280);
    }
}
