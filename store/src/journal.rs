//! Journal, snapshots and blobs of sessions.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::entry::{check_session, check_size};
use crate::error::Result;
use crate::fail::Fail;
use crate::pack::{pack, unpack};
use crate::receipts::Keeper;
use crate::tables::{HEADS, Head, HeadRow, RECEIPTS, STATES, UPDATES, VALUES};
use crate::values::{Kind, NOW, Values, scan};
use crate::{Entry, JournalSize, Receipt, Saved, Store, StoreError};
use parfocal_base::Domain;

/// A blob: its key, its value.
pub type Blob = (Vec<u8>, Vec<u8>);

impl Store {
    /// Appends `entries` (session, entry) in their order, durably: of each session all of them, or
    /// none. The sessions of which nothing was stored, and why; nothing where all is well.
    ///
    /// All go to the disk together; where that fails, each session by itself, so that one that
    /// cannot be stored keeps no other back.
    pub fn commit_batch(&self, entries: &[(String, Entry)]) -> Vec<(String, StoreError)> {
        let all: Vec<_> =
            entries.iter().map(|(session, entry)| (session.as_str(), entry)).collect();
        let Err(error) = self.commit(&all) else { return Vec::new() };
        let mut sessions: Vec<&str> = all.iter().map(|&(session, _)| session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        if let [session] = sessions[..] {
            return vec![(session.to_owned(), error)];
        }
        let alone = |session: &str| {
            let own: Vec<_> = all.iter().filter(|(of, _)| *of == session).copied().collect();
            self.commit(&own).err().map(|error| (session.to_owned(), error))
        };
        sessions.into_iter().filter_map(alone).collect()
    }

    /// Appends `entries` of one session: all of them, or none.
    ///
    /// # Errors
    /// An entry that [`Entry::check`] refuses, a version to be restored that is not there, or a
    /// failure of the file.
    pub fn append(&self, session: &str, entries: &[Entry]) -> Result<()> {
        let named: Vec<_> = entries.iter().map(|entry| (session, entry)).collect();
        self.commit(&named)
    }

    fn commit(&self, entries: &[(&str, &Entry)]) -> Result<()> {
        entries.iter().try_for_each(|(session, entry)| entry.check(session))?;
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|txn| {
            let mut journal = Journal::open(txn)?;
            entries.iter().try_for_each(|(session, entry)| journal.append(session, entry))
        })
    }

    /// Replaces the journal of `session` up to `revision` by the documents in `states`, which have
    /// everything up to there. Later entries stay, and those of a document that is not given.
    ///
    /// # Errors
    /// A name or state out of bounds, or a failure of the file.
    pub fn snapshot(
        &self,
        session: &str,
        states: &[(Domain, Vec<u8>)],
        revision: u64,
    ) -> Result<()> {
        check_session(session)?;
        for (_, state) in states {
            check_size("a document", state.len(), Entry::MAX_STATE)?;
        }
        self.write(|txn| {
            let mut heads = txn.open_table(HEADS)?;
            let row = heads.get(session)?.map(|row| Head::of(row.value()));
            let mut head = row.unwrap_or_default();
            head.revision = head.revision.max(revision);
            let mut documents = Documents::open(txn)?;
            documents.replace(session, &mut head, states, revision)?;
            heads.insert(session, head.row())?;
            Ok(())
        })
    }

    /// All that is kept of `session` but its blobs; `None` where nothing is.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn load(&self, session: &str) -> Result<Option<Saved>> {
        self.read(|txn| {
            let Some(row) = txn.open_table(HEADS)?.get(session)? else { return Ok(None) };
            let head = Head::of(row.value());
            if head == Head::default() {
                return Ok(None);
            }
            let mut saved = Saved { revision: head.revision, ..Saved::default() };
            for domain in Domain::ALL {
                let state = txn.open_table(STATES)?.get((session, domain.number()))?;
                saved.part_mut(domain).snapshot =
                    state.map(|state| unpack(state.value())).transpose()?;
            }
            for row in txn.open_table(UPDATES)?.range((session, 0)..=(session, u64::MAX))? {
                let (_, row) = row?;
                let (_, domain, update) = row.value();
                let unknown = || redb::Error::Corrupted(format!("there is no document {domain}"));
                let domain = Domain::of(domain).ok_or_else(unknown)?;
                saved.part_mut(domain).updates.push(update.to_vec());
            }
            let all = (session, [0; 16], 0)..=(session, [0xff; 16], u64::MAX);
            for row in txn.open_table(RECEIPTS)?.range(all)? {
                let (key, value) = row?;
                let ((_, client, seq), (revision, applied)) = (key.value(), value.value());
                saved.receipts.push(Receipt { client, seq, revision, applied: applied.to_vec() });
            }
            Ok(Some(saved))
        })
    }

    /// The blobs of `session` whose keys begin with `prefix`, by key.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn blobs(&self, session: &str, prefix: &[u8]) -> Result<Vec<Blob>> {
        self.blobs_at(session, prefix, NOW)
    }

    /// The blobs as version `number` sees them.
    pub(crate) fn blobs_at(&self, session: &str, prefix: &[u8], number: u64) -> Result<Vec<Blob>> {
        self.read(|txn| {
            let mut all = Vec::new();
            scan(&txn.open_table(VALUES)?, session, prefix, number, |key, value| {
                all.push((key.to_vec(), value.to_vec()));
                Ok::<(), Fail>(())
            })?;
            Ok(all)
        })
    }

    /// How long the journal of `session` is; nothing where the session is unknown.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn journal_size(&self, session: &str) -> Result<JournalSize> {
        self.read(|txn| {
            let row = txn.open_table(HEADS)?.get(session)?;
            Ok(row.map_or_else(JournalSize::default, |row| Head::of(row.value()).journal()))
        })
    }
}

/// The open tables of one transaction that appends.
struct Journal<'txn> {
    heads: Table<'txn, &'static str, HeadRow>,
    documents: Documents<'txn>,
    receipts: Keeper<'txn>,
    values: Values<'txn>,
}

impl<'txn> Journal<'txn> {
    fn open(txn: &'txn WriteTransaction) -> std::result::Result<Self, Fail> {
        Ok(Self {
            heads: txn.open_table(HEADS)?,
            documents: Documents::open(txn)?,
            receipts: Keeper::open(txn)?,
            values: Values::open(txn)?,
        })
    }

    fn append(&mut self, session: &str, entry: &Entry) -> std::result::Result<(), Fail> {
        let row = self.heads.get(session)?.map(|row| Head::of(row.value()));
        let mut head = row.unwrap_or_default();
        head.revision = head.revision.max(entry.revision);
        if !entry.states.is_empty() {
            self.documents.replace(session, &mut head, &entry.states, u64::MAX)?;
        }
        for (domain, update) in entry.updates.iter().filter(|(_, update)| !update.is_empty()) {
            let value = (entry.revision, domain.number(), update.as_slice());
            self.documents.updates.insert((session, head.next), value)?;
            head.next += 1;
            head.entries += 1;
            head.bytes += update.len() as u64;
        }
        if let Some(number) = entry.restore {
            self.values.restore(session, &mut head, number)?;
        }
        for (key, value) in &entry.blobs {
            self.values.put(session, &mut head, (Kind::Blob, key), value.as_deref())?;
        }
        if let Some(receipt) = &entry.receipt {
            self.receipts.keep(session, receipt, head.next)?;
        }
        head.next += 1;
        self.heads.insert(session, head.row())?;
        Ok(())
    }
}

/// The open tables of documents.
struct Documents<'txn> {
    states: Table<'txn, (&'static str, u8), &'static [u8]>,
    updates: Table<'txn, (&'static str, u64), (u64, u8, &'static [u8])>,
}

impl<'txn> Documents<'txn> {
    fn open(txn: &'txn WriteTransaction) -> std::result::Result<Self, Fail> {
        Ok(Self { states: txn.open_table(STATES)?, updates: txn.open_table(UPDATES)? })
    }

    /// Puts `states` in the place of what the journal holds of these documents up to `revision`.
    fn replace(
        &mut self,
        session: &str,
        head: &mut Head,
        states: &[(Domain, Vec<u8>)],
        revision: u64,
    ) -> std::result::Result<(), Fail> {
        let replaced = |domain| states.iter().any(|(of, _)| of.number() == domain);
        let range = (session, 0)..=(session, u64::MAX);
        let covered = self.updates.extract_from_if(range, |_, (after, domain, _)| {
            after <= revision && replaced(domain)
        })?;
        for row in covered {
            head.entries = head.entries.saturating_sub(1);
            head.bytes = head.bytes.saturating_sub(row?.1.value().2.len() as u64);
        }
        for (domain, state) in states {
            let packed = pack(state)?;
            let before = self.states.insert((session, domain.number()), packed.as_slice())?;
            let before = before.map_or(0, |state| state.value().len() as u64);
            head.stored = (head.stored + packed.len() as u64).saturating_sub(before);
        }
        Ok(())
    }
}
