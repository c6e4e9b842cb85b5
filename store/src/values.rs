//! Values that versions share: painted chunks, and the documents of versions.
//!
//! A value is written under the session's generation. Version `n` closes generation `n - 1`: what
//! it saw of a key is the newest row of a generation below `n`. So keeping a version copies
//! nothing, and what did not change between two versions is stored once. A row that is neither
//! the newest nor seen by a version is removed.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::StoreError;
use crate::fail::Fail;
use crate::tables::{Head, VALUES, VERSIONS, ValueKey, VersionRow};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A document of a version, by domain.
    State = 0,
    /// A blob of the session.
    Blob = 1,
}

/// More than any version's number: sees what is there now.
pub(crate) const NOW: u64 = u64::MAX;

/// The open table of one transaction.
pub(crate) struct Values<'txn> {
    values: Table<'txn, ValueKey, Option<&'static [u8]>>,
    versions: Table<'txn, (&'static str, u64), VersionRow>,
}

impl<'txn> Values<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction) -> Result<Self, Fail> {
        Ok(Self { values: txn.open_table(VALUES)?, versions: txn.open_table(VERSIONS)? })
    }

    /// Writes a value, or deletes it.
    pub(crate) fn put(
        &mut self,
        session: &str,
        head: &mut Head,
        (kind, key): (Kind, &[u8]),
        value: Option<&[u8]>,
    ) -> Result<(), Fail> {
        let (kind, now) = (kind as u8, head.generation);
        let mut rows = self.values.range((session, kind, key, 0)..=(session, kind, key, now))?;
        let Some((newest, old)) = rows.next_back().transpose()? else {
            drop(rows);
            return value.map_or(Ok(()), |_| self.insert(session, head, (kind, key), value));
        };
        if old.value() == value {
            return Ok(());
        }
        let last = newest.value().3;
        let has_older = rows.next_back().is_some();
        drop((rows, newest, old));
        // What only a version that was removed meanwhile had seen goes now.
        let keeps_last = last < now && self.is_seen(session, last, now)?;
        if !keeps_last {
            self.remove(session, head, (kind, key, last))?;
        }
        if value.is_some() || keeps_last || has_older {
            self.insert(session, head, (kind, key), value)?;
        }
        Ok(())
    }

    fn insert(
        &mut self,
        session: &str,
        head: &mut Head,
        (kind, key): (u8, &[u8]),
        value: Option<&[u8]>,
    ) -> Result<(), Fail> {
        self.values.insert((session, kind, key, head.generation), value)?;
        head.stored += bytes(value);
        Ok(())
    }

    /// Whether a version sees a row of generation `from` that is replaced in generation `to`.
    fn is_seen(&self, session: &str, from: u64, to: u64) -> Result<bool, Fail> {
        Ok(self.versions.range((session, from + 1)..=(session, to))?.next().is_some())
    }

    fn remove(
        &mut self,
        session: &str,
        head: &mut Head,
        (kind, key, generation): (u8, &[u8], u64),
    ) -> Result<(), Fail> {
        let before = self.values.remove((session, kind, key, generation))?;
        let before = before.map_or(0, |value| bytes(value.value()));
        head.stored = head.stored.saturating_sub(before);
        Ok(())
    }

    /// A value as version `number` sees it.
    pub(crate) fn get(
        &self,
        session: &str,
        (kind, key): (Kind, &[u8]),
        number: u64,
    ) -> Result<Option<Vec<u8>>, Fail> {
        let kind = kind as u8;
        let mut rows = self.values.range((session, kind, key, 0)..(session, kind, key, number))?;
        let row = rows.next_back().transpose()?;
        Ok(row.and_then(|(_, value)| value.value().map(<[u8]>::to_vec)))
    }

    /// Sets every blob back to what version `number`, if there is one, sees.
    pub(crate) fn restore(
        &mut self,
        session: &str,
        head: &mut Head,
        number: u64,
    ) -> Result<(), Fail> {
        if self.versions.get((session, number))?.is_none() {
            return Err(StoreError::no_version(session, number).into());
        }
        // Generations of the rows of each key that the version and the present see.
        let mut keys: Vec<(Vec<u8>, Option<u64>, u64)> = Vec::new();
        for row in self.values.range((session, Kind::Blob as u8, &[][..], 0)..end(session))? {
            let (at, _) = row?;
            let (_, _, key, generation) = at.value();
            if keys.last().is_none_or(|(last, ..)| last != key) {
                keys.push((key.to_vec(), None, 0));
            }
            if let Some((_, of_version, now)) = keys.last_mut() {
                *of_version = if generation < number { Some(generation) } else { *of_version };
                *now = generation;
            }
        }
        for (key, of_version, now) in keys {
            if of_version != Some(now) {
                let value = self.get(session, (Kind::Blob, &key), number)?;
                self.put(session, head, (Kind::Blob, &key), value.as_deref())?;
            }
        }
        Ok(())
    }

    /// Removes what only version `number`, which is no longer in the list, has seen.
    pub(crate) fn forget(
        &mut self,
        session: &str,
        head: &mut Head,
        number: u64,
    ) -> Result<(), Fail> {
        let mut unseen = Vec::new();
        let mut rows = self.values.range((session, 0, &[][..], 0)..end(session))?.peekable();
        // Whether a row of this key stays before the next one.
        let mut older = false;
        while let Some(row) = rows.next() {
            let (at, value) = row?;
            let (_, kind, key, from) = at.value();
            let next = match rows.peek() {
                Some(Ok((next, _))) if (next.value().1, next.value().2) == (kind, key) => {
                    Some(next.value().3)
                }
                _ => None,
            };
            let is_now = next.is_none() && kind == Kind::Blob as u8;
            let was_seen = from < number && next.is_none_or(|next| number <= next);
            let stays = is_now || !was_seen || self.is_seen(session, from, next.unwrap_or(NOW))?;
            // A deletion that hides nothing any more is nothing.
            if stays && (older || value.value().is_some()) {
                older = next.is_some();
            } else {
                unseen.push((kind, key.to_vec(), from));
                older &= next.is_some();
            }
        }
        drop(rows);
        for (kind, key, generation) in unseen {
            self.remove(session, head, (kind, &key, generation))?;
        }
        Ok(())
    }
}

/// Calls `found` with each blob of `session` whose key begins with `prefix`, as version `number`
/// sees it, by key.
pub(crate) fn scan<E: From<redb::StorageError>>(
    values: &impl ReadableTable<ValueKey, Option<&'static [u8]>>,
    session: &str,
    prefix: &[u8],
    number: u64,
    mut found: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let from = (session, Kind::Blob as u8, prefix, 0);
    let mut last: Option<(Vec<u8>, Vec<u8>)> = None;
    for row in values.range(from..end(session))? {
        let (at, value) = row?;
        let (_, _, key, generation) = at.value();
        if !key.starts_with(prefix) {
            break;
        }
        if let Some((before, kept)) = last.take_if(|(before, _)| before != key) {
            found(&before, &kept)?;
        }
        if generation < number {
            last = value.value().map(|value| (key.to_vec(), value.to_vec()));
        }
    }
    last.map_or(Ok(()), |(key, value)| found(&key, &value))
}

/// Behind every value of the session: there is no such kind.
const fn end(session: &str) -> (&str, u8, &'static [u8], u64) {
    (session, Kind::Blob as u8 + 1, &[], 0)
}

fn bytes(value: Option<&[u8]>) -> u64 {
    value.map_or(0, |value| value.len() as u64)
}
