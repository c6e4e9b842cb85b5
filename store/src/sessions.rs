//! The list of sessions.

use redb::{ReadableTable, ReadableTableMetadata as _, Table};

use crate::entry::{check_session, check_size};
use crate::error::Result;
use crate::fail::Fail;
use crate::receipts::Keeper;
use crate::tables::{
    HEADS, Head, INVITATIONS, REVOCATIONS, STATES, TITLES, TitleRow, UPDATES, VALUES, VERSIONS,
};
use crate::{JournalSize, Store, StoreError};
use parfocal_base::Domain;

/// What people call a session, and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionMeta {
    /// What it is called, at most [`SessionMeta::MAX_TITLE`] bytes; empty: as its name. The name
    /// in links never changes.
    pub title: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// Who made it (subject of a token), at most [`SessionMeta::MAX_AUTHOR`] bytes.
    pub created_by: String,
    /// Whether it is put away: kept, but not for work.
    pub archived: bool,
    /// Which sources it was opened on, in words that only its maker reads, at most
    /// [`SessionMeta::MAX_SEEDS`] bytes.
    pub seeds: Vec<u8>,
}

impl SessionMeta {
    /// Longest title in bytes: a line in a list.
    pub const MAX_TITLE: usize = 200;
    /// Longest subject in bytes.
    pub const MAX_AUTHOR: usize = 256;
    /// Longest list of sources in bytes: several hundred paths.
    pub const MAX_SEEDS: usize = 64 << 10;
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its name: that in links.
    pub name: String,
    /// Its title and origin; all empty where it was never created by name.
    pub meta: SessionMeta,
    /// Revision of its scene.
    pub revision: u64,
    /// How long its journal is.
    pub journal: JournalSize,
    /// Bytes that its documents, journal, blobs and versions take in the file, roughly.
    pub bytes: u64,
    /// How many versions are kept.
    pub versions: usize,
}

impl Store {
    /// Sessions of a store: a list that can still be shown and searched at once.
    pub const MAX_SESSIONS: usize = 10_000;

    /// Adds an empty session.
    ///
    /// # Errors
    /// [`StoreError::SessionExists`], [`StoreError::TooMany`], a name or something of `meta` out of
    /// bounds, or a failure of the file.
    pub fn create_session(&self, session: &str, meta: &SessionMeta) -> Result<()> {
        check_session(session)?;
        check_size("a title", meta.title.len(), SessionMeta::MAX_TITLE)?;
        check_size("an author's name", meta.created_by.len(), SessionMeta::MAX_AUTHOR)?;
        check_size("a list of sources", meta.seeds.len(), SessionMeta::MAX_SEEDS)?;
        self.write(|txn| {
            let mut heads = txn.open_table(HEADS)?;
            if heads.get(session)?.is_some() {
                return Err(StoreError::SessionExists { session: session.to_owned() }.into());
            }
            if heads.len()? >= Self::MAX_SESSIONS as u64 {
                let limit = Self::MAX_SESSIONS;
                return Err(StoreError::TooMany { what: "sessions", limit }.into());
            }
            heads.insert(session, Head::default().row())?;
            put(&mut txn.open_table(TITLES)?, session, meta)
        })
    }

    /// Gives `session` another title; its name stays.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSession`], [`StoreError::TooLarge`], or a failure of the file.
    pub fn rename(&self, session: &str, title: &str) -> Result<()> {
        check_size("a title", title.len(), SessionMeta::MAX_TITLE)?;
        self.change(session, |meta| meta.title = title.to_owned())
    }

    /// Puts `session` away.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSession`], or a failure of the file.
    pub fn archive(&self, session: &str) -> Result<()> {
        self.change(session, |meta| meta.archived = true)
    }

    /// Takes `session` out again.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSession`], or a failure of the file.
    pub fn unarchive(&self, session: &str) -> Result<()> {
        self.change(session, |meta| meta.archived = false)
    }

    /// Says on which sources `session` was opened.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSession`], [`StoreError::TooLarge`], or a failure of the file.
    pub fn set_seeds(&self, session: &str, seeds: &[u8]) -> Result<()> {
        check_size("a list of sources", seeds.len(), SessionMeta::MAX_SEEDS)?;
        self.change(session, |meta| meta.seeds = seeds.to_vec())
    }

    fn change(&self, session: &str, change: impl FnOnce(&mut SessionMeta)) -> Result<()> {
        self.write(|txn| {
            if txn.open_table(HEADS)?.get(session)?.is_none() {
                return Err(StoreError::no_session(session).into());
            }
            let mut titles = txn.open_table(TITLES)?;
            let mut meta = get(&titles, session)?;
            change(&mut meta);
            put(&mut titles, session, &meta)
        })
    }

    /// Every session, by name.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn sessions(&self) -> Result<Vec<SessionInfo>> {
        self.read(|txn| {
            let (titles, versions) = (txn.open_table(TITLES)?, txn.open_table(VERSIONS)?);
            let mut all = Vec::new();
            for row in txn.open_table(HEADS)?.iter()? {
                let (name, head) = row?;
                let (name, head) = (name.value(), Head::of(head.value()));
                all.push(SessionInfo {
                    name: name.to_owned(),
                    meta: get(&titles, name)?,
                    revision: head.revision,
                    journal: head.journal(),
                    bytes: head.bytes + head.stored,
                    versions: versions.range((name, 0)..=(name, u64::MAX))?.count(),
                });
            }
            Ok(all)
        })
    }

    /// Forgets `session` for good, with versions, invitations and all; whether there was one.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn remove(&self, session: &str) -> Result<bool> {
        self.write(|txn| {
            // The name that comes next after this one.
            let next = format!("{session}\0");
            let next = next.as_str();
            txn.open_table(UPDATES)?.retain_in((session, 0)..=(session, u64::MAX), |_, _| false)?;
            txn.open_table(VERSIONS)?
                .retain_in((session, 0)..=(session, u64::MAX), |_, _| false)?;
            let values = (session, 0, &[][..], 0)..(next, 0, &[][..], 0);
            txn.open_table(VALUES)?.retain_in(values, |_, _| false)?;
            txn.open_table(INVITATIONS)?.retain_in((session, "")..(next, ""), |_, _| false)?;
            txn.open_table(REVOCATIONS)?
                .retain_in((session, 0, "")..(next, 0, ""), |_, _| false)?;
            for domain in Domain::ALL {
                txn.open_table(STATES)?.remove((session, domain.number()))?;
            }
            Keeper::open(txn)?.forget_session(session)?;
            txn.open_table(TITLES)?.remove(session)?;
            Ok(txn.open_table(HEADS)?.remove(session)?.is_some())
        })
    }
}

fn get(
    titles: &impl ReadableTable<&'static str, TitleRow>,
    session: &str,
) -> std::result::Result<SessionMeta, Fail> {
    let Some(row) = titles.get(session)? else { return Ok(SessionMeta::default()) };
    let (title, created_ms, created_by, archived, seeds) = row.value();
    let (title, created_by) = (title.to_owned(), created_by.to_owned());
    Ok(SessionMeta { title, created_ms, created_by, archived, seeds: seeds.to_vec() })
}

fn put(
    titles: &mut Table<'_, &'static str, TitleRow>,
    session: &str,
    meta: &SessionMeta,
) -> std::result::Result<(), Fail> {
    let SessionMeta { title, created_ms, created_by, archived, seeds } = meta;
    let row = (title.as_str(), *created_ms, created_by.as_str(), *archived, seeds.as_slice());
    titles.insert(session, row)?;
    Ok(())
}
