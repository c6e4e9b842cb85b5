//! The list of sessions, and which of them are open.

use std::sync::Arc;

use parfocal_store::{SessionInfo, SessionMeta};
use parfocal_sync::close::CloseReason;
use ractor::call_t;
use serde::{Deserialize, Serialize};

use super::{AdminError, Kind, SERVER, links};
use crate::engine::Engine;
use crate::root::{Opening, RootMsg};
use crate::session::board::Board;
use crate::session::seed::Seed;
use crate::store::version_of;

/// Waiting for the root to save and end a session, in milliseconds.
const CLOSE_TIMEOUT_MS: u64 = 10_000;

/// Sessions that are open at a time: each keeps its documents in memory.
const MAX_OPEN: usize = 256;

/// A session in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What is stored.
    pub stored: SessionInfo,
    /// How many people are there now; `None` where nobody has opened it.
    pub participants: Option<usize>,
    /// How many annotations it has; `None` where nobody has opened it.
    pub annotations: Option<usize>,
}

/// One image, or one channel of it, of a session's start. Paths are for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SeedKey {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<usize>,
}

impl SeedKey {
    fn of(seed: &Seed) -> Self {
        Self { path: seed.path.clone(), channel: seed.channel }
    }
}

/// Why an archived session cannot be changed.
const ARCHIVED: &str = "this session is archived: its owner can take it out again";

impl Engine {
    /// Says which layers are served: sessions are opened on them.
    pub fn serve(&self, seeds: Vec<Seed>) {
        *self.shared.catalogue.write() = seeds.into();
    }

    /// Every session.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sessions(&self) -> Result<Vec<Listed>, AdminError> {
        let stored = self.read(|store| store.sessions()).await?;
        let open = self.shared.sessions.read();
        let listed = stored.into_iter().filter(|session| session.name != SERVER).map(|stored| {
            let board = open.get(&stored.name);
            let participants = board.map(|board| board.participants());
            let annotations = board.map(|board| board.snapshot().annotations.len());
            Listed { stored, participants, annotations }
        });
        Ok(listed.collect())
    }

    /// One session.
    ///
    /// # Errors
    /// When it is not there, or the store does not answer.
    pub async fn listed(&self, name: &str) -> Result<Listed, AdminError> {
        let found = self.sessions().await?.into_iter().find(|listed| listed.stored.name == name);
        found.ok_or_else(|| AdminError::no_session(name))
    }

    /// Makes a session on the data of another one; on all that is served where `like` is none.
    ///
    /// # Errors
    /// When the name is taken, `like` is not there, or the store refuses.
    pub async fn create_session(
        &self,
        name: &str,
        mut meta: SessionMeta,
        like: Option<&str>,
    ) -> Result<(), AdminError> {
        meta.seeds = match like {
            Some(like) => self.listed(like).await?.stored.meta.seeds,
            None => Vec::new(),
        };
        if meta.seeds.is_empty() {
            meta.seeds = seeds_bytes(&self.seeds_now())?;
        }
        let name = name.to_owned();
        self.write(move |store| store.create_session(&name, &meta)).await
    }

    /// The keys of all that is served.
    fn seeds_now(&self) -> Vec<SeedKey> {
        self.shared.catalogue.read().iter().map(SeedKey::of).collect()
    }

    /// Opens the session that the server was started for, and makes it where it is new. What is
    /// served for the first time joins it; what it had and has no more was removed by somebody.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open_main(&self, name: &str, now_ms: u64) -> Result<Arc<Board>, AdminError> {
        let all = self.sessions().await?;
        let stored = all.into_iter().find(|listed| listed.stored.name == name);
        let stored = stored.map(|listed| listed.stored.meta);
        let known: Option<Vec<SeedKey>> =
            stored.as_ref().map(|meta| serde_json::from_slice(&meta.seeds).unwrap_or_default());
        let is_added =
            |seed: &Seed| known.as_ref().is_some_and(|known| !known.contains(&SeedKey::of(seed)));
        let catalogue = self.shared.catalogue.read().to_vec();
        let seeds = catalogue.into_iter();
        let seeds = seeds.map(|seed| Seed { is_added: is_added(&seed), ..seed }).collect();
        let now = self.seeds_now();
        let mut keys = known.clone().unwrap_or_default();
        keys.extend(now.into_iter().filter(|key| !known.iter().flatten().any(|had| had == key)));
        let (own, kept) = (name.to_owned(), seeds_bytes(&keys)?);
        let read_only = stored.as_ref().is_some_and(|meta| meta.archived).then_some(ARCHIVED);
        let opening = Opening { name: name.to_owned(), seeds, read_only };
        if stored.is_none() {
            let meta = SessionMeta { created_ms: now_ms, seeds: kept, ..Default::default() };
            self.write(move |store| store.create_session(&own, &meta)).await?;
            return self.open(opening).await;
        }
        // Noted last: what is noted and was not added would never be.
        let board = self.open(opening).await?;
        self.write(move |store| store.set_seeds(&own, &kept)).await?;
        Ok(board)
    }

    /// The session of this name, opened if it is not; also a version of one, as `NAME@NUMBER`.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn find(&self, name: &str) -> Result<Arc<Board>, AdminError> {
        if let Some(board) = self.session(name) {
            return Ok(board);
        }
        self.make_room().await?;
        let (base, version) = match version_of(name) {
            Some((base, number)) => (base, Some(number)),
            None => (name, None),
        };
        let SessionMeta { archived, seeds, .. } = self.listed(base).await?.stored.meta;
        if let Some(number) = version {
            let base = base.to_owned();
            let there = self.read(move |store| store.versions(&base)).await?;
            if !there.iter().any(|version| version.number == number) {
                return Err(AdminError::no_session(name));
            }
        }
        let read_only = match version {
            Some(_) => Some("this is an old version: restore it to go on from here"),
            None if archived => Some(ARCHIVED),
            None => None,
        };
        let seeds = self.seeds_of(&seeds);
        self.open(Opening { name: name.to_owned(), seeds, read_only }).await
    }

    /// Ends a session that nobody is in, where as many are open as may be.
    async fn make_room(&self) -> Result<(), AdminError> {
        let empty = {
            let open = self.shared.sessions.read();
            if open.len() < MAX_OPEN {
                return Ok(());
            }
            open.values().find(|board| board.participants() == 0).map(|board| board.name.clone())
        };
        let text = format!("people are in {MAX_OPEN} sessions: try again when one of them is left");
        let empty = empty.ok_or_else(|| AdminError::new(Kind::Full, "limit", text))?;
        self.close(&empty, CloseReason::GoingAway).await
    }

    /// Of what is served now, what a session was opened on. All of it where a session is older than
    /// that being kept.
    fn seeds_of(&self, kept: &[u8]) -> Arc<[Seed]> {
        let catalogue = self.shared.catalogue.read();
        let Ok(keys) = serde_json::from_slice::<Vec<SeedKey>>(kept) else {
            return Arc::clone(&catalogue);
        };
        catalogue.iter().filter(|seed| keys.contains(&SeedKey::of(seed))).cloned().collect()
    }

    async fn open(&self, opening: Opening) -> Result<Arc<Board>, AdminError> {
        let opened = self.open_session(opening).await;
        opened.map_err(|error| AdminError::unavailable(error.to_string()))
    }

    /// Gives a session another title.
    ///
    /// # Errors
    /// When it is not there, or the store refuses.
    pub async fn rename_session(&self, name: &str, title: &str) -> Result<(), AdminError> {
        let (name, title) = (name.to_owned(), title.to_owned());
        self.write(move |store| store.rename(&name, &title)).await
    }

    /// Puts a session away, or takes it out again. Who is there is sent away; archived sessions can
    /// be looked at, and not changed.
    ///
    /// # Errors
    /// When it is not there, or the store refuses.
    pub async fn archive_session(&self, name: &str, archived: bool) -> Result<(), AdminError> {
        let own = name.to_owned();
        self.write(move |store| match archived {
            true => store.archive(&own),
            false => store.unarchive(&own),
        })
        .await?;
        let reason = if archived { CloseReason::SessionEnded } else { CloseReason::GoingAway };
        self.close(name, reason).await
    }

    /// Forgets a session for good, and its versions.
    ///
    /// # Errors
    /// When it is not there, is being used in a way that keeps it open, or the store refuses.
    pub async fn delete_session(&self, name: &str) -> Result<(), AdminError> {
        self.listed(name).await?;
        let own = format!("{name}@");
        let open: Vec<_> = self.shared.sessions.read().keys().cloned().collect();
        for open in open.iter().filter(|open| *open == name || open.starts_with(&own)) {
            self.close(open, CloseReason::SessionEnded).await?;
        }
        let own = name.to_owned();
        self.write(move |store| {
            links::forget(store, &own)?;
            store.remove(&own)
        })
        .await?;
        self.shared.revocations.write().await.remove(name);
        Ok(())
    }

    /// Saves and ends an open session; who comes again opens it again.
    pub(super) async fn close(&self, name: &str, reason: CloseReason) -> Result<(), AdminError> {
        let name = name.to_owned();
        match call_t!(self.root, RootMsg::CloseSession, CLOSE_TIMEOUT_MS, name, reason) {
            Ok(true) => Ok(()),
            _ => Err(AdminError::unavailable("its last changes could not be saved yet: try again")),
        }
    }
}

/// Of the sources that a file names, those that a session with `allowed` has too.
pub(super) fn common_seeds(
    sources: &serde_json::Value,
    allowed: Option<&[u8]>,
) -> Result<Vec<u8>, AdminError> {
    let mut keys: Vec<SeedKey> = serde_json::from_value(sources.clone()).unwrap_or_default();
    if let Some(allowed) = allowed {
        let allowed: Vec<SeedKey> = serde_json::from_slice(allowed).unwrap_or_default();
        keys.retain(|key| allowed.contains(key));
    }
    seeds_bytes(&keys)
}

fn seeds_bytes(keys: &[SeedKey]) -> Result<Vec<u8>, AdminError> {
    serde_json::to_vec(keys).map_err(|error| AdminError::unavailable(error.to_string()))
}
