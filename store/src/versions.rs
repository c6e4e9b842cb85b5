//! History: how a session was at named moments.

use redb::ReadableTable;

use crate::entry::check_size;
use crate::error::Result;
use crate::journal::Blob;
use crate::pack::{pack, unpack};
use crate::tables::{HEADS, Head, VALUES, VERSIONS};
use crate::values::{Kind, Values};
use crate::{Entry, Store, StoreError};
use parfocal_base::Domain;

/// A named moment of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Rising from 1, never given again. Given by [`Store::save_version`].
    pub number: u64,
    /// What people call it, at most [`Version::MAX_NAME`] bytes.
    pub name: String,
    /// Who kept it (subject of a token), at most [`Version::MAX_AUTHOR`] bytes.
    pub author: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Revision of the scene.
    pub revision: u64,
}

impl Version {
    /// Longest name in bytes: a line in a list.
    pub const MAX_NAME: usize = 200;
    /// Longest subject in bytes.
    pub const MAX_AUTHOR: usize = 256;
    /// Versions of a session: a list that a person can still read.
    pub const MAX: usize = 200;
}

/// How a session was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Which moment.
    pub version: Version,
    /// The scene's document, if there was one.
    pub scene: Option<Vec<u8>>,
    /// The annotations' document, if there was one.
    pub annotations: Option<Vec<u8>>,
}

impl Store {
    /// Keeps `states`, the session's documents as they are now, and its blobs as a version; its
    /// number. What was appended before, and nothing else, must be in `states`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSession`], [`StoreError::TooMany`], [`StoreError::TooLarge`], or a
    /// failure of the file.
    pub fn save_version(
        &self,
        session: &str,
        version: &Version,
        states: &[(Domain, Vec<u8>)],
    ) -> Result<u64> {
        check_size("a version's name", version.name.len(), Version::MAX_NAME)?;
        check_size("an author's name", version.author.len(), Version::MAX_AUTHOR)?;
        for (_, state) in states {
            check_size("a document", state.len(), Entry::MAX_STATE)?;
        }
        self.write(|txn| {
            let mut heads = txn.open_table(HEADS)?;
            let row = heads.get(session)?.map(|row| Head::of(row.value()));
            let mut head = row.ok_or_else(|| StoreError::no_session(session))?;
            let mut values = Values::open(txn)?;
            for domain in Domain::ALL {
                let state = states.iter().find(|(of, _)| *of == domain);
                let packed = state.map(|(_, state)| pack(state)).transpose()?;
                let key = (Kind::State, &[domain.number()][..]);
                values.put(session, &mut head, key, packed.as_deref())?;
            }
            drop(values);
            let mut versions = txn.open_table(VERSIONS)?;
            if versions.range((session, 0)..=(session, u64::MAX))?.count() >= Version::MAX {
                let limit = Version::MAX;
                return Err(StoreError::TooMany { what: "versions", limit }.into());
            }
            head.generation += 1;
            let Version { name, author, at_ms, revision, .. } = version;
            let row = (name.as_str(), author.as_str(), *at_ms, *revision);
            versions.insert((session, head.generation), row)?;
            heads.insert(session, head.row())?;
            Ok(head.generation)
        })
    }

    /// The versions of `session`, oldest first.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn versions(&self, session: &str) -> Result<Vec<Version>> {
        self.read(|txn| {
            let rows = txn.open_table(VERSIONS)?.range((session, 0)..=(session, u64::MAX))?;
            rows.map(|row| {
                let (at, row) = row?;
                Ok(version(at.value().1, row.value()))
            })
            .collect()
        })
    }

    /// The documents of a version; its blobs: [`Store::version_blobs`].
    ///
    /// # Errors
    /// [`StoreError::NoSuchVersion`], or a failure of the file.
    pub fn load_version(&self, session: &str, number: u64) -> Result<Kept> {
        self.read(|txn| {
            let row = txn.open_table(VERSIONS)?.get((session, number))?;
            let row = row.ok_or_else(|| StoreError::no_version(session, number))?;
            let values = txn.open_table(VALUES)?;
            let state = |domain: Domain| -> std::result::Result<_, crate::fail::Fail> {
                let (kind, key) = (Kind::State as u8, &[domain.number()][..]);
                let mut rows =
                    values.range((session, kind, key, 0)..(session, kind, key, number))?;
                let row = rows.next_back().transpose()?;
                let packed = row.as_ref().and_then(|(_, packed)| packed.value());
                Ok(packed.map(unpack).transpose()?)
            };
            let (scene, annotations) = (state(Domain::Scene)?, state(Domain::Annotations)?);
            Ok(Kept { version: version(number, row.value()), scene, annotations })
        })
    }

    /// The blobs of a version whose keys begin with `prefix`, by key.
    ///
    /// # Errors
    /// [`StoreError::NoSuchVersion`], or a failure of the file.
    pub fn version_blobs(&self, session: &str, number: u64, prefix: &[u8]) -> Result<Vec<Blob>> {
        self.read(|txn| match txn.open_table(VERSIONS)?.get((session, number))? {
            Some(_) => Ok(()),
            None => Err(StoreError::no_version(session, number).into()),
        })?;
        self.blobs_at(session, prefix, number)
    }

    /// Forgets a version for good; whether there was one.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn remove_version(&self, session: &str, number: u64) -> Result<bool> {
        self.write(|txn| {
            let was_there = txn.open_table(VERSIONS)?.remove((session, number))?.is_some();
            let mut heads = txn.open_table(HEADS)?;
            let row = heads.get(session)?.map(|row| Head::of(row.value()));
            if let Some(mut head) = row.filter(|_| was_there) {
                Values::open(txn)?.forget(session, &mut head, number)?;
                heads.insert(session, head.row())?;
            }
            Ok(was_there)
        })
    }
}

fn version(number: u64, (name, author, at_ms, revision): (&str, &str, u64, u64)) -> Version {
    Version { number, name: name.to_owned(), author: author.to_owned(), at_ms, revision }
}
