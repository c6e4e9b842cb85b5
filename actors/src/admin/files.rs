//! A whole session as a file, and back. Neither takes versions, invitations or withdrawals along.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, Write};

use parfocal_base::Domain;
use parfocal_exchange::session::{
    self, ANNOTATIONS, FORMAT, Head, PAINTED, SCENE, SessionFileError, Writer,
};
use parfocal_scene::replica::{AnnotationDocument, Document};
use parfocal_scene::{Annotations, Author, Limits, Scene};
use parfocal_store::{Blob, Entry, Part, Saved, SessionMeta, Store, StoreError};

use super::labels::{Unnamed, file_name};
use super::{AdminError, Kind, blocking};
use crate::engine::Engine;
use crate::store::{load, version_of};

/// Bytes of painted chunks that are stored at a time: nobody waits long for the disk meanwhile.
const BATCH: usize = 8 << 20;
/// The revision of a session that comes from a file.
const REVISION: u64 = 1;

impl From<SessionFileError> for AdminError {
    fn from(error: SessionFileError) -> Self {
        let kind = match error {
            SessionFileError::TooLarge(_) => Kind::TooLarge,
            _ => Kind::Bad,
        };
        Self::new(kind, "session_file", error.to_string())
    }
}

impl Engine {
    /// A session, or a version of one, as a file.
    ///
    /// # Errors
    /// When it is not there, or the disk is full.
    pub async fn export_session(&self, session: &str) -> Result<Unnamed, AdminError> {
        let board = self.find(session).await?;
        board.flush().await.map_err(AdminError::unavailable)?;
        let base = version_of(session).map_or(session, |(name, _)| name);
        let SessionMeta { title, created_ms, created_by, seeds, .. } =
            self.listed(base).await?.stored.meta;
        let title = if title.is_empty() { base.to_owned() } else { title };
        let sources = serde_json::from_slice(&seeds).unwrap_or_default();
        let name = format!("{}.parfocal.tar", file_name(&title));
        let head = Head { format: FORMAT, title, created_ms, created_by, sources };
        let (session, scratch) = (session.to_owned(), self.shared.scratch.clone());
        let written = self.read(move |store| {
            let saved = load(store, &session)?.unwrap_or_default();
            let blobs = match version_of(&session) {
                Some((name, number)) => store.version_blobs(name, number, PAINTED.as_bytes()),
                None => store.blobs(&session, PAINTED.as_bytes()),
            }?;
            let file = tempfile::tempfile_in(&scratch).map_err(AdminError::from);
            Ok(file.and_then(|file| write(file, &head, &saved, &blobs)))
        });
        Ok(Unnamed::of(written.await??, name)?)
    }

    /// Makes a session of a file. What its layers show is what is served here under the same paths,
    /// of `only` those that this session has too, if one is named.
    ///
    /// # Errors
    /// What is wrong with the file, when the name is taken, or the store refuses; nothing is left
    /// then.
    pub async fn import_session(
        &self,
        name: &str,
        file: File,
        created_by: String,
        now_ms: u64,
        only: Option<&str>,
    ) -> Result<(), AdminError> {
        let limits = self.shared.limits.clone();
        let (head, states, file) = blocking(move || prepare(file, &limits)).await?;
        let allowed = match only {
            Some(only) => Some(self.listed(only).await?.stored.meta.seeds),
            None => None,
        };
        let seeds = super::sessions::common_seeds(&head.sources, allowed.as_deref())?;
        let title = head.title.chars().filter(|c| !c.is_control()).take(60).collect::<String>();
        // It is put away until all of it is there.
        let unfinished = format!("{title} (the import was cut off)");
        let meta = SessionMeta {
            title: unfinished,
            created_ms: now_ms,
            created_by,
            archived: true,
            seeds,
        };
        let own = name.to_owned();
        self.write(move |store| store.create_session(&own, &meta)).await?;
        let own = name.to_owned();
        let fill = self.read(move |store| Ok(fill(store, &own, &title, &states, file)));
        let filled = fill.await.and_then(|filled| filled);
        if filled.is_err() {
            let own = name.to_owned();
            self.write(move |store| store.remove(&own)).await?;
        }
        filled
    }
}

fn write(file: File, head: &Head, saved: &Saved, blobs: &[Blob]) -> Result<File, AdminError> {
    let damaged = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a document could not be read");
        AdminError::unavailable("the session's documents could not be read: see the server's log")
    };
    let mut document = Document::new(0);
    let mut drawn = AnnotationDocument::new(0);
    parts(&saved.scene).try_for_each(|part| document.load(part)).map_err(|e| damaged(&e))?;
    parts(&saved.annotations).try_for_each(|part| drawn.load(part)).map_err(|e| damaged(&e))?;
    let mut writer = Writer::new(BufWriter::new(file), head)?;
    writer.entry(SCENE, &document.full_state().map_err(|e| damaged(&e))?)?;
    writer.entry(ANNOTATIONS, &drawn.full_state().map_err(|e| damaged(&e))?)?;
    for (key, chunk) in blobs {
        writer.entry(&String::from_utf8_lossy(key), chunk)?;
    }
    let mut file = writer.finish()?;
    file.flush()?;
    Ok(file.into_inner().map_err(std::io::IntoInnerError::into_error)?)
}

fn parts(part: &Part) -> impl Iterator<Item = &Vec<u8>> {
    part.snapshot.iter().chain(&part.updates)
}

type Prepared = (Head, Vec<(Domain, Vec<u8>)>, File);

/// Looks whether a file is whole, and makes documents of our own of what its documents say: bytes
/// of others never become a session's.
fn prepare(mut file: File, limits: &Limits) -> Result<Prepared, AdminError> {
    file.rewind()?;
    let head = session::check(BufReader::new(&file))?;
    file.rewind()?;
    let (mut scene, mut drawn) = (Vec::new(), Vec::new());
    session::entries(BufReader::new(&file), Entry::MAX_STATE as u64, |name, bytes| {
        match name {
            SCENE => scene = bytes,
            ANNOTATIONS => drawn = bytes,
            _ => {}
        }
        Ok::<(), AdminError>(())
    })?;
    let mut states = Vec::new();
    let model = if scene.is_empty() { Scene::new() } else { read_scene(&scene)? };
    let mut document = Document::new(epoch()?);
    document.commit(&model.to_writes()).map_err(wrong)?;
    states.push((Domain::Scene, document.full_state().map_err(wrong)?));
    if !drawn.is_empty() {
        let all = read_annotations(&drawn, &model, limits)?;
        let mut document = AnnotationDocument::new(epoch()?);
        document.commit(&Annotations::default().diff_to(&all)).map_err(wrong)?;
        states.push((Domain::Annotations, document.full_state().map_err(wrong)?));
    }
    Ok((head, states, file))
}

fn read_scene(bytes: &[u8]) -> Result<Scene, AdminError> {
    let mut document = Document::new(0);
    document.load(bytes).map_err(wrong)?;
    let mut scene = document.scene().map_err(wrong)?;
    // Views are people's, who are not here.
    scene.views.retain(|id, _| id.is_stage());
    Ok(scene)
}

/// The annotations of a document, each checked as if it were made now; who made them and when stays.
fn read_annotations(
    bytes: &[u8],
    scene: &Scene,
    limits: &Limits,
) -> Result<Annotations, AdminError> {
    let mut document = AnnotationDocument::new(0);
    document.load(bytes).map_err(wrong)?;
    let mut open = scene.clone();
    open.layers.iter_mut().for_each(|layer| layer.locked = false);
    let mut all = Annotations::default();
    for (id, found) in document.annotations().map_err(wrong)? {
        let found = found.map_err(wrong)?;
        let by = Author { subject: found.author.clone(), edits_all: true, now_ms: found.created };
        let value = serde_json::to_value(&found).map_err(wrong)?;
        let checked = all.check_foreign(&open, &by, limits, &id, None, Some(&value))?;
        all.set(id, checked.map(std::sync::Arc::new));
    }
    Ok(all)
}

fn wrong(error: impl std::fmt::Display) -> AdminError {
    AdminError::new(Kind::Bad, "session_file", format!("the file's documents are wrong: {error}"))
}

fn epoch() -> Result<u64, AdminError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| AdminError::unavailable(error.to_string()))?;
    Ok(u64::from_le_bytes(random))
}

fn fill(
    store: &Store,
    name: &str,
    title: &str,
    states: &[(Domain, Vec<u8>)],
    mut file: File,
) -> Result<(), AdminError> {
    store.snapshot(name, states, REVISION)?;
    file.rewind()?;
    let mut blobs = Vec::new();
    let mut bytes = 0;
    let append = |blobs: &mut Vec<_>| -> Result<(), StoreError> {
        let blobs = std::mem::take(blobs);
        store.append(name, &[Entry { revision: REVISION, blobs, ..Entry::default() }])
    };
    session::entries(BufReader::new(&file), Entry::MAX_STATE as u64, |name, chunk| {
        if name.starts_with(PAINTED) {
            bytes += chunk.len();
            blobs.push((name.as_bytes().to_vec(), Some(chunk)));
            if bytes > BATCH {
                bytes = 0;
                append(&mut blobs)?;
            }
        }
        Ok::<(), AdminError>(())
    })?;
    append(&mut blobs)?;
    store.rename(name, title)?;
    Ok(store.unarchive(name)?)
}
