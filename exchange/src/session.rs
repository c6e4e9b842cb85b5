//! A whole session as one file: a tar archive, so that any program can look into it.
//!
//! | entry | holds |
//! | --- | --- |
//! | `session.json` | [`Head`]; the first |
//! | `scene.yjs`, `annotations.yjs` | the two Yjs documents (update encoding v1; `docs/scene.md`) |
//! | `painted/LAYER/CHUNK` | chunks of painted labels |
//! | `sha256` | SHA-256, hexadecimal, of everything before its header; the last |
//!
//! Nothing here reads or writes files: callers bring what bytes go to and come from.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Version of the format: raised by what an older program would misread.
pub const FORMAT: u32 = 1;
/// Names of the entries.
pub const HEAD: &str = "session.json";
/// The scene's document.
pub const SCENE: &str = "scene.yjs";
/// The annotations' document.
pub const ANNOTATIONS: &str = "annotations.yjs";
/// What the names of painted chunks begin with.
pub const PAINTED: &str = "painted/";
const CHECKSUM: &str = "sha256";

/// Longest head in bytes: a title, and as many sources as a session can have.
const MAX_HEAD: u64 = 256 << 10;
/// Entries of one file: a painted volume of a million chunks is beyond what is kept in memory.
const MAX_ENTRIES: usize = 1_000_000;

/// What a session is, besides its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// What it is called.
    pub title: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// Who made it.
    pub created_by: String,
    /// On which sources it was opened: paths, for who serves them too.
    pub sources: serde_json::Value,
}

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionFileError {
    /// The bytes could not be read or written, or are no archive.
    #[error("this is no session file, or it is damaged: {0}")]
    Io(#[from] io::Error),
    /// The first entry is missing or wrong.
    #[error("this is no session file: {HEAD} is missing, or {0}")]
    Head(String),
    /// Written by a newer program.
    #[error("the file has format {0}, this program knows up to {FORMAT}: use a newer program")]
    Newer(u32),
    /// The checksum is missing or does not fit.
    #[error("the file is damaged or cut off: its checksum does not fit")]
    Checksum,
    /// An entry that does not belong there.
    #[error("the file holds {0:?}, which no session has")]
    Stranger(String),
    /// More than is read.
    #[error("the file holds more than {0}")]
    TooLarge(&'static str),
}

/// Writes a session file.
pub struct Writer<W: Write> {
    archive: tar::Builder<Hashing<W>>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Where `to` takes no more.
    pub fn new(to: W, head: &Head) -> Result<Self, SessionFileError> {
        let mut archive = tar::Builder::new(Hashing { to, hash: Sha256::new() });
        archive.mode(tar::HeaderMode::Deterministic);
        let mut writer = Self { archive };
        let head = serde_json::to_vec_pretty(head).map_err(io::Error::from)?;
        writer.entry(HEAD, &head)?;
        Ok(writer)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Where `to` takes no more.
    pub fn entry(&mut self, name: &str, bytes: &[u8]) -> Result<(), SessionFileError> {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        Ok(self.archive.append_data(&mut header, name, bytes)?)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Where `to` takes no more.
    pub fn finish(mut self) -> Result<W, SessionFileError> {
        let digest = self.archive.get_ref().hash.clone().finalize();
        let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.entry(CHECKSUM, text.as_bytes())?;
        Ok(self.archive.into_inner()?.to)
    }
}

struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads the head of a file, and looks whether all of it is as it was written. To be done before
/// anything else is believed.
///
/// # Errors
/// What is wrong with it.
pub fn check(from: impl Read) -> Result<Head, SessionFileError> {
    let mut archive = tar::Archive::new(Counting::new(from));
    let mut head = None;
    // As they stand there: extensions of the format, which say how much to read, are not followed.
    for (number, entry) in archive.entries()?.raw(true).enumerate() {
        let mut entry = entry?;
        if number > MAX_ENTRIES {
            return Err(SessionFileError::TooLarge("1,000,000 entries"));
        }
        let name = name_of(&entry)?;
        if number == 0 {
            head = Some(read_head(&name, &mut entry)?);
        } else if name == CHECKSUM {
            let mut text = String::new();
            entry.by_ref().take(64).read_to_string(&mut text)?;
            let at = entry.raw_header_position();
            drop(entry);
            let digest = archive.into_inner().digest_at(at);
            return match head {
                Some(head) if digest == Some(text) => Ok(head),
                _ => Err(SessionFileError::Checksum),
            };
        } else if !(name == SCENE || name == ANNOTATIONS || name.starts_with(PAINTED)) {
            return Err(SessionFileError::Stranger(crate::error::start(&name)));
        }
    }
    Err(SessionFileError::Checksum)
}

fn name_of<R: Read>(entry: &tar::Entry<'_, R>) -> Result<String, SessionFileError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if !entry.header().entry_type().is_file() {
        return Err(SessionFileError::Stranger(crate::error::start(&name)));
    }
    Ok(name)
}

fn read_head<R: Read>(name: &str, entry: &mut tar::Entry<'_, R>) -> Result<Head, SessionFileError> {
    let wrong = |reason: String| SessionFileError::Head(reason);
    if name != HEAD || entry.size() > MAX_HEAD {
        return Err(wrong(format!("another entry comes first: {:?}", crate::error::start(name))));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    // The format comes first: a newer one may have other members.
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if format > FORMAT {
        return Err(SessionFileError::Newer(format));
    }
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}

/// Calls `found` with the name and the bytes of each document and chunk of a file that was
/// [checked](check). An entry has at most `most` bytes.
///
/// # Errors
/// What is wrong with it, or what `found` says.
pub fn entries<E: From<SessionFileError>>(
    from: impl Read,
    most: u64,
    mut found: impl FnMut(&str, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let io = SessionFileError::Io;
    let mut archive = tar::Archive::new(from);
    for entry in archive.entries().map_err(io)?.raw(true) {
        let mut entry = entry.map_err(io)?;
        let name = name_of(&entry)?;
        if name == HEAD || name == CHECKSUM {
            continue;
        }
        if entry.size() > most {
            return Err(SessionFileError::TooLarge("a document or chunk can have").into());
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(io)?;
        found(&name, bytes)?;
    }
    Ok(())
}

/// Hashes what is read in blocks, and keeps the digests at the boundaries of the last few blocks.
struct Counting<R> {
    from: R,
    hash: Sha256,
    at: u64,
    /// The part of a block that was not hashed yet.
    rest: Vec<u8>,
    /// Digests at the beginnings of the last blocks.
    blocks: std::collections::VecDeque<(u64, Sha256)>,
}

/// An archive is made of blocks of so many bytes; entries begin at one.
const BLOCK: usize = 512;
/// Blocks that may be read beyond the checksum's header: its text, and the next header.
const BLOCKS_BACK: usize = 8;

impl<R: Read> Counting<R> {
    fn new(from: R) -> Self {
        let (hash, rest, blocks) = (Sha256::new(), Vec::new(), std::collections::VecDeque::new());
        Self { from, hash, at: 0, rest, blocks }
    }

    fn digest_at(self, at: u64) -> Option<String> {
        let (_, hash) = self.blocks.into_iter().find(|(start, _)| *start == at)?;
        Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        self.rest.extend_from_slice(to.get(..read).unwrap_or_default());
        let whole = self.rest.len() / BLOCK * BLOCK;
        for block in self.rest.chunks_exact(BLOCK) {
            self.blocks.push_back((self.at, self.hash.clone()));
            if self.blocks.len() > BLOCKS_BACK {
                self.blocks.pop_front();
            }
            self.hash.update(block);
            self.at += BLOCK as u64;
        }
        self.rest.drain(..whole);
        Ok(read)
    }
}
