//! What the actors of one session share: the latest scene, the members, the views. It outlives
//! each of them, so that one that is started again finds everything by looking here.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use parfocal_base::{ParticipantId, ViewId};
use parfocal_scene::{Annotations, Scene};
use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::MAX_PARTICIPANTS;
use parfocal_sync::message::{PixelCodec, ServerMessage};
use parfocal_sync::yjs::Awareness;
use parking_lot::{Mutex, RwLock};

use super::member::{Member, MemberPresence, Who};
use super::presence::PresenceMsg;
use super::scene::SceneMsg;
use super::supervisor::SessionMsg;
use super::view_board::{Poke, ViewBoard};
use super::yjs::YjsDocument;
use crate::address::Address;
use crate::admin::Unsaved;
use crate::machine::ledger::ClientId;
use crate::outbox::Out;
use crate::pixels::PixelQueue;
use crate::shared::Shared;
use crate::trace::Trace;

/// The scene at one revision.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The scene; shared, never changed.
    pub scene: Arc<Scene>,
    /// What people have drawn on it.
    pub annotations: Annotations,
    /// Counts changes of what is painted.
    pub strokes: u64,
    /// Revision of the documents.
    pub revision: u64,
}

/// The session's board.
pub struct Board {
    /// Name of the session.
    pub name: String,
    /// Why nobody may change it, if so: a sentence for a person.
    pub read_only: Option<&'static str>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) trace: Trace,
    snapshot: RwLock<Snapshot>,
    /// Held while a number is chosen and taken.
    entering: Mutex<()>,
    pub(crate) members: DashMap<ParticipantId, Arc<Member>>,
    /// Whose number is whose, also while they are away for a moment: numbers are public, and
    /// nobody must get another's by choosing a client id that begins like theirs.
    pub(crate) owners: DashMap<ParticipantId, ClientId>,
    pub(crate) views: DashMap<ViewId, Arc<ViewBoard>>,
    /// Why nothing can be saved at the moment, if so.
    pub(crate) unsaved: Mutex<Option<Unsaved>>,
    /// So many asks were in a write that the store refused: its next ones are to have one each.
    pub(crate) careful: AtomicUsize,
    /// What standard Yjs clients have open.
    pub(crate) yjs: DashMap<u64, Arc<YjsDocument>>,
    /// Users whose last connection ended by a message that was too long to be read.
    pub(crate) oversized: Mutex<HashSet<String>>,
    /// What they say of themselves.
    pub(crate) awareness: Mutex<Awareness>,
    /// The sole writer of the document.
    pub scene: Address<SceneMsg>,
    /// Who is here and whose view they look at.
    pub presence: Address<PresenceMsg>,
    /// The supervisor of all the session's actors.
    pub supervisor: Address<SessionMsg>,
}

impl Board {
    pub(crate) fn new(name: String, shared: Arc<Shared>) -> Self {
        Self {
            trace: shared.trace.of(&name),
            name,
            read_only: None,
            shared,
            snapshot: RwLock::default(),
            entering: Mutex::default(),
            members: DashMap::new(),
            owners: DashMap::new(),
            views: DashMap::new(),
            unsaved: Mutex::default(),
            careful: AtomicUsize::new(0),
            yjs: DashMap::new(),
            oversized: Mutex::default(),
            awareness: Mutex::default(),
            scene: Address::default(),
            presence: Address::default(),
            supervisor: Address::default(),
        }
    }

    /// The latest scene.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.read().clone()
    }

    /// Shows a new scene to all views.
    pub(crate) fn publish(&self, snapshot: Snapshot) {
        *self.snapshot.write() = snapshot;
        self.poke_views(Poke::Scene);
    }

    pub(crate) fn poke_views(&self, why: Poke) {
        for view in &self.views {
            view.poke(why);
        }
    }

    /// How many participants are connected.
    pub fn participants(&self) -> usize {
        self.members.len()
    }

    /// Sends a message to everybody who has the document.
    pub(crate) fn broadcast(&self, out: &Out) {
        for member in &self.members {
            if member.synced.load(Ordering::Acquire) {
                member.outbox.put(out.clone());
            }
        }
    }

    /// Sends a JSON message to everybody who has the document.
    pub(crate) fn say_to_all(&self, message: &ServerMessage) {
        if let Ok(text) = serde_json::to_string(message) {
            self.broadcast(&Out::Text(text.into()));
        }
    }

    /// A connection with a good token becomes a member. The same client always gets the same
    /// number, also from another process: the number comes from the client's random id.
    ///
    /// # Errors
    /// [`CloseReason::Full`].
    pub(crate) fn enter(
        &self,
        client: ClientId,
        who: Who,
        codec: Option<PixelCodec>,
    ) -> Result<Arc<Member>, CloseReason> {
        let _one_at_a_time = self.entering.lock();
        // Who comes again before their last connection is gone takes its place.
        let is_here = self.members.iter().any(|member| member.client == client);
        if self.members.len() >= self.shared.people.participants && !is_here {
            return Err(CloseReason::Full);
        }
        for id in numbers_for(&client) {
            if self.owners.get(&id).is_some_and(|owner| *owner != client) {
                continue;
            }
            self.owners.insert(id, client);
            let kept = match self.members.get(&id) {
                Some(old) => {
                    old.leave(CloseReason::Replaced);
                    old.presence.lock().clone()
                }
                None => MemberPresence::default(),
            };
            let name = self.free_name(&client, who.name);
            let pixels = PixelQueue::new(self.shared.clock).traced(self.trace.clone(), id);
            let member = Member::new(id, client, Who { name, ..who }, codec, kept, pixels);
            let member = Arc::new(member);
            self.members.insert(id, Arc::clone(&member));
            self.count();
            return Ok(member);
        }
        Err(CloseReason::Full)
    }

    /// The name, with a number behind it where others are called the same.
    fn free_name(&self, client: &ClientId, name: String) -> String {
        let taken = |wanted: &str| {
            self.members.iter().any(|other| other.client != *client && other.name == wanted)
        };
        let numbered = (2..).map(|n| format!("{name} {n}"));
        let mut names = std::iter::once(name.clone()).chain(numbered).take(MAX_PARTICIPANTS + 1);
        names.find(|wanted| !taken(wanted)).unwrap_or(name)
    }

    /// A connection ended. The participant is still here where the client has connected anew.
    pub(crate) fn leave(&self, member: &Arc<Member>) {
        member.leave(CloseReason::StateClosed);
        self.supervisor.send(SessionMsg::Gone(Arc::clone(member)));
        if self.members.remove_if(&member.id, |_, now| Arc::ptr_eq(now, member)).is_some() {
            self.count();
            self.presence.send(PresenceMsg::Left(member.id));
        }
    }

    fn count(&self) {
        metrics::gauge!("parfocal_participants").set(self.members.len() as f64);
    }
}

/// The numbers that a client may get, best first.
fn numbers_for(client: &ClientId) -> impl Iterator<Item = ParticipantId> + use<> {
    let [a, b, c, d, ..] = *client;
    let first = u32::from_be_bytes([a, b, c, d]) >> 1;
    let numbers =
        (0..=MAX_PARTICIPANTS as u32).map(move |n| first.wrapping_add(n) & (u32::MAX >> 1));
    numbers.filter(|&n| n != ParticipantId::SERVER.0).map(ParticipantId)
}
