//! The binary message of the state channel: bytes for the client's mirror.
//!
//! | offset | type | field |
//! | --- | --- | --- |
//! | 0 | u8 | 1 `sync` (all that the mirror lacks), 2 `update` (one commit), |
//! | | | 3 `reset` (the whole document: forget the mirror first) |
//! | 1 | u8 | the document: 0 scene, 1 annotations |
//! | 2 | u8 × 2 | 0 |
//! | 4 | u32 | participant whose intent caused it; 0 the server |
//! | 8 | u64 | revision of the document after it |
//! | 16 | … | yrs update, v1 encoding |
//!
//! Numbers are little endian.

use bytes::{Bytes, BytesMut};
use parfocal_base::{Domain, ParticipantId};

use crate::wire::{Reader, WireError};

/// Bytes before the yrs update.
pub const UPDATE_HEADER_BYTES: usize = 16;

/// What a mirror update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// Everything that the mirror lacks, after the welcome.
    Sync,
    /// One commit.
    Update,
    /// The whole document, after the server lost changes that mirrors may hold (a crash between a
    /// transient change and its lazy saving): the client starts a new mirror from these bytes.
    Reset,
}

/// Bytes for the mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Of which document.
    pub domain: Domain,
    /// What it is.
    pub kind: UpdateKind,
    /// Whose intent caused it.
    pub cause: ParticipantId,
    /// Revision of the document after it.
    pub revision: u64,
    /// yrs update, v1 encoding.
    pub bytes: Bytes,
}

impl Update {
    /// The binary message.
    pub fn encode(&self) -> Bytes {
        let kind = match self.kind {
            UpdateKind::Sync => 1,
            UpdateKind::Update => 2,
            UpdateKind::Reset => 3,
        };
        let size = UPDATE_HEADER_BYTES.saturating_add(self.bytes.len());
        let mut out = BytesMut::with_capacity(size);
        out.extend_from_slice(&[kind, self.domain.number(), 0, 0]);
        out.extend_from_slice(&self.cause.0.to_le_bytes());
        out.extend_from_slice(&self.revision.to_le_bytes());
        out.extend_from_slice(&self.bytes);
        out.freeze()
    }

    /// Reads a binary message; `bytes` shares its memory. The yrs update is not looked at.
    pub fn decode(message: &Bytes) -> Result<Self, WireError> {
        let mut input = Reader::new("mirror update", message, UPDATE_HEADER_BYTES)?;
        let [kind, domain, _, _] = input.take();
        let kind = match kind {
            1 => UpdateKind::Sync,
            2 => UpdateKind::Update,
            3 => UpdateKind::Reset,
            value => return Err(WireError::Unknown { what: "mirror update kind", value }),
        };
        let unknown = WireError::Unknown { what: "document", value: domain };
        let domain = Domain::of(domain).ok_or(unknown)?;
        let cause = ParticipantId(u32::from_le_bytes(input.take()));
        let revision = u64::from_le_bytes(input.take());
        Ok(Self { domain, kind, cause, revision, bytes: message.slice(UPDATE_HEADER_BYTES..) })
    }
}
