//! Short links to views. They are not part of a session's document: restoring a version does not
//! take them away.

use parfocal_store::{Entry, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AdminError, Kind, SERVER};
use crate::engine::Engine;

/// Short links of one session: two for every day of a year, and some room.
pub const MAX_LINKS: usize = 1000;

/// What a short link opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The session.
    pub session: String,
    /// The view document.
    pub view: Value,
    /// Who made it (subject).
    pub created_by: String,
    /// When, in milliseconds since 1970.
    pub created_ms: u64,
}

/// Where a link is kept.
fn key_of(code: &str) -> Vec<u8> {
    format!("link/{code}").into_bytes()
}

/// Where it is noted that a session has a link.
fn note_of(session: &str, code: &str) -> Vec<u8> {
    format!("links-of/{session}/{code}").into_bytes()
}

impl Engine {
    /// Keeps a link under a code that nothing else can have: it is made of what the link says. One
    /// that is there already stays as it is.
    ///
    /// # Errors
    /// When the session is not there or has too many, or the store refuses.
    pub async fn put_link(&self, code: &str, link: Link) -> Result<(), AdminError> {
        self.listed(&link.session).await?;
        let value = serde_json::to_vec(&link);
        let value = value.map_err(|error| AdminError::unavailable(error.to_string()))?;
        let (code, session) = (code.to_owned(), link.session);
        let has_room = self.write(move |store| {
            if store.blobs(SERVER, &key_of(&code))?.len() == 1 {
                return Ok(true);
            }
            if store.blobs(SERVER, &note_of(&session, ""))?.len() >= MAX_LINKS {
                return Ok(false);
            }
            let blobs =
                vec![(key_of(&code), Some(value)), (note_of(&session, &code), Some(b"1".to_vec()))];
            store.append(SERVER, &[Entry { blobs, ..Entry::default() }])?;
            Ok(true)
        });
        if has_room.await? {
            return Ok(());
        }
        let text = format!("this session has {MAX_LINKS} short links already: keep views instead");
        Err(AdminError::new(Kind::Full, "limit", text))
    }

    /// What a code opens.
    ///
    /// # Errors
    /// When there is no such link.
    pub async fn link(&self, code: &str) -> Result<Link, AdminError> {
        let key = key_of(code);
        let found = self.read(move |store| store.blobs(SERVER, &key)).await?;
        let key = key_of(code);
        let value = found.into_iter().find(|(of, _)| *of == key).map(|(_, value)| value);
        let link = value.and_then(|value| serde_json::from_slice(&value).ok());
        link.ok_or_else(|| {
            let text = "there is no such short link (any more)";
            AdminError::new(Kind::NotFound, "link_unknown", text)
        })
    }
}

/// Forgets the links of a session that goes.
pub(super) fn forget(store: &Store, session: &str) -> Result<(), StoreError> {
    let mut blobs = Vec::new();
    let prefix = note_of(session, "");
    for (note, _) in store.blobs(SERVER, &prefix)? {
        let code = String::from_utf8_lossy(note.get(prefix.len()..).unwrap_or_default());
        blobs.push((key_of(&code), None));
        blobs.push((note, None));
    }
    if blobs.is_empty() {
        Ok(())
    } else {
        store.append(SERVER, &[Entry { blobs, ..Entry::default() }])
    }
}
