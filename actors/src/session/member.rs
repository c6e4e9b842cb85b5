//! One connected participant, as all actors of the session see them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use parfocal_auth::{Grant, Identity, Role};
use parfocal_base::{ParticipantId, ViewId};
use parfocal_scene::Watch;
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::{Doing, PixelCodec};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Semaphore;

use crate::machine::ledger::ClientId;
use crate::outbox::Outbox;
use crate::pixels::PixelQueue;

/// Messages of one client that are worked on at a time; its socket is not read meanwhile. This is
/// what keeps mailboxes bounded.
pub const MESSAGES_IN_FLIGHT: usize = 64;

/// One connected participant.
#[derive(Debug)]
pub struct Member {
    /// Their number in the session.
    pub id: ParticipantId,
    /// This run of their client.
    pub client: ClientId,
    /// From their token.
    pub name: String,
    /// From their token: the user, as annotations name their authors.
    pub subject: String,
    /// From their token.
    pub role: Role,
    /// All that their token says, so that it can be withdrawn.
    pub grant: Grant,
    /// The format that they are sent; changes when their decoder fails.
    pub codec: RwLock<Option<PixelCodec>>,
    /// Towards them on the state channel.
    pub outbox: Outbox,
    /// Towards them on the pixel channel.
    pub pixels: PixelQueue,
    /// Whether they have the document, and so get its updates.
    pub(crate) synced: AtomicBool,
    pub(crate) in_flight: Arc<Semaphore>,
    /// The steps that they were told last, as JSON.
    pub(crate) told_steps: Mutex<Bytes>,
    /// What the presence actor needs again after a restart.
    pub(crate) presence: Mutex<MemberPresence>,
    /// The view that they are shown.
    pub(crate) watched: Mutex<ViewId>,
}

/// What a token says about somebody.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) grant: Grant,
}

impl Who {
    pub(crate) fn of(grant: Grant) -> Self {
        let Identity { subject, name, role, .. } = grant.identity.clone();
        Self { subject, name, role, grant }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct MemberPresence {
    pub(crate) watch: Watch,
    pub(crate) canvas: Option<[u32; 2]>,
    pub(crate) doing: Doing,
}

impl Member {
    pub(super) fn new(
        id: ParticipantId,
        client: ClientId,
        who: Who,
        codec: Option<PixelCodec>,
        presence: MemberPresence,
        pixels: PixelQueue,
    ) -> Self {
        Self {
            id,
            client,
            name: who.name,
            subject: who.subject,
            role: who.role,
            grant: who.grant,
            codec: RwLock::new(codec),
            outbox: Outbox::default(),
            pixels,
            synced: AtomicBool::new(false),
            in_flight: Arc::new(Semaphore::new(MESSAGES_IN_FLIGHT)),
            told_steps: Mutex::default(),
            presence: Mutex::new(presence),
            watched: Mutex::new(ViewId::STAGE),
        }
    }

    /// Ends both of their channels.
    pub(crate) fn leave(&self, reason: CloseReason) {
        self.outbox.close(reason);
        self.pixels.close(reason);
    }
}
