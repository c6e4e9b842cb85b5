//! Invitations, and what was revoked.

use redb::ReadableTable;

use crate::entry::{check_session, check_size};
use crate::error::Result;
use crate::tables::{INVITATIONS, REVOCATIONS};
use crate::{Store, StoreError};

/// A link by which people come into a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Its name within the session, at most [`Invitation::MAX_ID`] bytes.
    pub id: String,
    /// For whom it is, in its maker's words.
    pub name: String,
    /// What who comes may do, as a word.
    pub role: String,
    /// Who made it (subject of a token).
    pub created_by: String,
    /// When, in milliseconds since 1970.
    pub created_ms: u64,
    /// Until when it is good, in seconds since 1970; it is forgotten after that.
    pub expires_s: u64,
    /// Whether it was taken back.
    pub revoked: bool,
    /// How often it was used.
    pub uses: u64,
    /// How often it may be used.
    pub max_uses: u64,
}

impl Invitation {
    /// Longest name, role or subject in bytes.
    pub const MAX_ID: usize = 256;
    /// Invitations of a session that have not expired.
    pub const MAX: usize = 1000;
}

/// What a revocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revoked {
    /// One token, by its id.
    Token = 0,
    /// All tokens of a subject that were made before.
    Subject = 1,
    /// All tokens that were made for an invitation, which may be forgotten before they expire.
    Invitation = 2,
}

impl Revoked {
    const ALL: [Self; 3] = [Self::Token, Self::Subject, Self::Invitation];
}

/// A token or subject that may no longer come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// A token or a subject.
    pub what: Revoked,
    /// Which, at most [`Invitation::MAX_ID`] bytes.
    pub id: String,
    /// When it was revoked, in milliseconds since 1970.
    pub at_ms: u64,
    /// When nothing of what was revoked can be good any more, in seconds since 1970; it is
    /// forgotten after that.
    pub expires_s: u64,
}

impl Revocation {
    /// Revocations of a session that have not expired.
    pub const MAX: usize = 10_000;
}

impl Store {
    /// Keeps an invitation, in place of the one of the same name, and forgets those of the session
    /// that have expired at `now_s` (seconds since 1970).
    ///
    /// # Errors
    /// [`StoreError::TooMany`], something out of bounds, or a failure of the file.
    pub fn put_invitation(&self, session: &str, put: &Invitation, now_s: u64) -> Result<()> {
        check_session(session)?;
        for text in [&put.id, &put.name, &put.role, &put.created_by] {
            check_size("a word of an invitation", text.len(), Invitation::MAX_ID)?;
        }
        self.write(|txn| {
            let next = format!("{session}\0");
            let all = || (session, "")..(next.as_str(), "");
            let mut table = txn.open_table(INVITATIONS)?;
            table.retain_in(all(), |_, (_, _, _, _, expires_s, ..)| now_s < expires_s)?;
            let texts = (put.name.as_str(), put.role.as_str(), put.created_by.as_str());
            let Invitation { created_ms, expires_s, revoked, uses, max_uses, .. } = *put;
            let row = (texts.0, texts.1, texts.2, created_ms, expires_s, revoked, uses, max_uses);
            table.insert((session, put.id.as_str()), row)?;
            if table.range(all())?.count() > Invitation::MAX {
                let limit = Invitation::MAX;
                return Err(StoreError::TooMany { what: "invitations", limit }.into());
            }
            Ok(())
        })
    }

    /// The invitations of `session`, by name; expired ones that were not forgotten yet too.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn invitations(&self, session: &str) -> Result<Vec<Invitation>> {
        let next = format!("{session}\0");
        self.read(|txn| {
            let rows = txn.open_table(INVITATIONS)?.range((session, "")..(next.as_str(), ""))?;
            rows.map(|row| {
                let (at, row) = row?;
                let (name, role, created_by, created_ms, expires_s, revoked, uses, max_uses) =
                    row.value();
                Ok(Invitation {
                    id: at.value().1.to_owned(),
                    name: name.to_owned(),
                    role: role.to_owned(),
                    created_by: created_by.to_owned(),
                    created_ms,
                    expires_s,
                    revoked,
                    uses,
                    max_uses,
                })
            })
            .collect()
        })
    }

    /// Forgets an invitation; whether there was one.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn remove_invitation(&self, session: &str, id: &str) -> Result<bool> {
        self.write(|txn| Ok(txn.open_table(INVITATIONS)?.remove((session, id))?.is_some()))
    }

    /// Keeps a revocation, in place of the one of the same, and forgets those of the session that
    /// have expired at `now_s` (seconds since 1970).
    ///
    /// # Errors
    /// [`StoreError::TooMany`], something out of bounds, or a failure of the file.
    pub fn put_revocation(&self, session: &str, put: &Revocation, now_s: u64) -> Result<()> {
        check_session(session)?;
        check_size("the name of what is revoked", put.id.len(), Invitation::MAX_ID)?;
        self.write(|txn| {
            let next = format!("{session}\0");
            let all = || (session, 0, "")..(next.as_str(), 0, "");
            let mut table = txn.open_table(REVOCATIONS)?;
            table.retain_in(all(), |_, (_, expires_s)| now_s < expires_s)?;
            let key = (session, put.what as u8, put.id.as_str());
            table.insert(key, (put.at_ms, put.expires_s))?;
            if table.range(all())?.count() > Revocation::MAX {
                let limit = Revocation::MAX;
                return Err(StoreError::TooMany { what: "revocations", limit }.into());
            }
            Ok(())
        })
    }

    /// What was revoked in `session`; expired revocations that were not forgotten yet too.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn revocations(&self, session: &str) -> Result<Vec<Revocation>> {
        let next = format!("{session}\0");
        self.read(|txn| {
            let rows = txn.open_table(REVOCATIONS)?.range((session, 0, "")..(&next, 0, ""))?;
            rows.map(|row| {
                let (at, row) = row?;
                let ((_, what, id), (at_ms, expires_s)) = (at.value(), row.value());
                let known = Revoked::ALL.into_iter().find(|known| *known as u8 == what);
                let unknown = || redb::Error::Corrupted(format!("revocation of kind {what}"));
                let what = known.ok_or_else(unknown)?;
                Ok(Revocation { what, id: id.to_owned(), at_ms, expires_s })
            })
            .collect()
        })
    }

    /// Takes a revocation back; whether there was one.
    ///
    /// # Errors
    /// A failure of the file.
    pub fn remove_revocation(&self, session: &str, what: Revoked, id: &str) -> Result<bool> {
        self.write(|txn| {
            Ok(txn.open_table(REVOCATIONS)?.remove((session, what as u8, id))?.is_some())
        })
    }
}
