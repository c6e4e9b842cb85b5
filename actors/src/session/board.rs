//! What the actors of one session share: the latest scene, the members, the views. It outlives
//! each of them, so that one that is started again finds everything by looking here.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use parfocal_auth::{Grant, Identity, Role};
use parfocal_base::{FrameLease, FramePool, Instant, ParticipantId, PixelFormat, ViewId};
use parfocal_encode::allocate::{Allocator, RenditionId};
use parfocal_encode::codec::MIN_SIDE;
use parfocal_render::DrawList;
use parfocal_scene::{Annotations, Scene, Watch};
use parfocal_sync::close::CloseReason;
use parfocal_sync::limits::MAX_PARTICIPANTS;
use parfocal_sync::message::{Doing, PixelCodec, ServerMessage};
use parfocal_sync::yjs::Awareness;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Semaphore;

use crate::address::Address;
use crate::admin::Unsaved;
use crate::budget::Share;
use crate::machine::ledger::ClientId;
use crate::machine::pace::Readers;
use crate::outbox::{Out, Outbox};
use crate::pixels::{Picture, PixelQueue};
use crate::session::encoder::EncoderMsg;
use crate::session::presence::PresenceMsg;
use crate::session::quality;
use crate::session::scene::SceneMsg;
use crate::session::still::StillMsg;
use crate::session::supervisor::SessionMsg;
use crate::session::view::ViewMsg;
use crate::session::yjs::YjsDocument;
use crate::shared::Shared;
use crate::stills::Stills;
use crate::trace::Trace;

/// Messages of one client that are worked on at a time; its socket is not read meanwhile. This is
/// what keeps mailboxes bounded.
pub const MESSAGES_IN_FLIGHT: usize = 64;
/// Pictures of one view that are held at a time: one painted, one encoded, one that waits, one
/// that rests in each encoder for who joins, the last still and the one before, and the last one of
/// a format that nobody takes any more.
const FRAMES_PER_VIEW: usize = 9;

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

/// Why a view is told to look around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Poke {
    Scene = 1,
    Chunks = 2,
    Readers = 4,
    /// Somebody came or went, or takes another format.
    Viewers = 8,
}

/// Counts renditions of this process: each has a number of its own for ever.
static RENDITIONS: AtomicU64 = AtomicU64::new(1);

/// What a rendition is encoded as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Width and height in pixels: at most those of the canvas.
    pub(crate) size: [u32; 2],
    /// The canvas that this was chosen for.
    pub(crate) canvas: [u32; 2],
    /// Pictures a second at most.
    pub(crate) fps: u32,
    /// Bits a second.
    pub(crate) bitrate: u32,
    /// No key picture for who joins before this.
    pub(crate) key_at: Instant,
}

impl Spec {
    /// The size of a picture that was painted at this size: a canvas that has just changed shows
    /// before the next look at who shares what, and keeps its shape.
    pub(crate) fn size_of(&self, painted: [u32; 2]) -> [u32; 2] {
        if painted == self.canvas {
            return self.size;
        }
        let side = |painted: u32, size: u32, canvas: u32| {
            let scaled = u64::from(painted) * u64::from(size) / u64::from(canvas.max(1));
            let scaled = u32::try_from(scaled).unwrap_or(painted) & !1;
            scaled.clamp(MIN_SIDE.min(painted), painted)
        };
        let ([width, height], [wide, high]) = (self.size, self.canvas);
        [side(painted[0], width, wide), side(painted[1], height, high)]
    }
}

/// One encoded stream of a view.
pub struct Rendition {
    pub(crate) serial: u64,
    /// As the allocator names it.
    pub(crate) id: RenditionId,
    pub(crate) view: ViewId,
    pub(crate) codec: PixelCodec,
    pub(crate) address: Address<EncoderMsg>,
    /// Who gets its pictures, and who is to get them from the next key picture on.
    pub(crate) readers: RwLock<Vec<Arc<Member>>>,
    spec: Mutex<Spec>,
    /// When the next picture may be encoded.
    next: Mutex<Instant>,
    /// Latest wins: a picture that was not taken is replaced by the next.
    latest: Mutex<Option<FrameLease>>,
    poked: AtomicBool,
}

impl Rendition {
    pub(crate) fn new(view: ViewId, id: RenditionId, codec: PixelCodec) -> Self {
        Self {
            serial: RENDITIONS.fetch_add(1, Ordering::Relaxed),
            id,
            view,
            codec,
            address: Address::default(),
            readers: RwLock::default(),
            spec: Mutex::default(),
            next: Mutex::new(Instant::ZERO),
            latest: Mutex::default(),
            poked: AtomicBool::new(false),
        }
    }

    /// Puts a picture in the place of the one that was not taken.
    pub(crate) fn put(&self, frame: FrameLease) {
        let missed = self.latest.lock().replace(frame).is_some();
        if missed {
            self.readers.read().iter().for_each(|member| member.pixels.missed(self.serial));
        }
        self.poke();
    }

    /// The newest picture, if it was not taken yet.
    pub(crate) fn take(&self) -> Option<FrameLease> {
        self.poked.store(false, Ordering::Release);
        self.latest.lock().take()
    }

    /// Lets the encoder look at its readers; pokes that it has not seen yet are merged.
    pub(crate) fn poke(&self) {
        if !self.poked.swap(true, Ordering::AcqRel) && !self.address.send(EncoderMsg::Poked) {
            self.poked.store(false, Ordering::Release);
        }
    }

    /// What it is encoded as from now on.
    pub(crate) fn set_spec(&self, spec: Spec) {
        let before = std::mem::replace(&mut *self.spec.lock(), spec);
        if before.size != spec.size {
            quality::count_rendition(self.codec, before.size, -1.0);
            quality::count_rendition(self.codec, spec.size, 1.0);
        }
    }

    pub(crate) fn spec(&self) -> Spec {
        *self.spec.lock()
    }

    /// The next picture is to be encoded at that time, and not before.
    pub(crate) fn set_next(&self, at: Instant) {
        *self.next.lock() = at;
    }

    /// Who could take a picture, and from when on.
    pub(crate) fn could_read(&self, now: Instant) -> Readers {
        let readers = self.readers.read();
        let one = |member: &Arc<Member>| member.pixels.readers(self.serial, now);
        let all = readers.iter().map(one).fold(Readers::default(), Readers::and);
        let key_at = self.spec.lock().key_at;
        let joining = all.joining.map(|at| at.max(key_at));
        Readers { joining, ..all }.not_before(*self.next.lock())
    }

    /// Gives a picture to every reader that can use it.
    pub(crate) fn publish(&self, picture: &Picture) {
        for member in self.readers.read().iter() {
            member.pixels.offer(picture);
        }
    }
}

impl Drop for Rendition {
    fn drop(&mut self) {
        quality::count_rendition(self.codec, self.spec().size, -1.0);
    }
}

/// The last picture of each format and what it was painted from, so that the next one copies what did
/// not change. It holds leases that the view's last picture and its last still have anyway.
#[derive(Default)]
pub(crate) struct Painted {
    rgba: Mutex<Option<(DrawList, FrameLease)>>,
    i420: Mutex<Option<(DrawList, FrameLease)>>,
}

impl Painted {
    fn of(&self, format: PixelFormat) -> &Mutex<Option<(DrawList, FrameLease)>> {
        match format {
            PixelFormat::Rgba8 => &self.rgba,
            PixelFormat::I420 => &self.i420,
        }
    }

    pub(crate) fn take(&self, format: PixelFormat) -> Option<(DrawList, FrameLease)> {
        self.of(format).lock().take()
    }

    pub(crate) fn put(&self, list: DrawList, frame: FrameLease) {
        let format = frame.format();
        *self.of(format).lock() = Some((list, frame));
    }
}

/// What is known about an open view with somebody who looks at it.
pub struct ViewBoard {
    /// Name of the session.
    pub(crate) session: Arc<str>,
    pub(crate) id: ViewId,
    pub(crate) address: Address<ViewMsg>,
    /// Codes its stills.
    pub(crate) still: Address<StillMsg>,
    pub(crate) stills: Arc<Stills>,
    pub(crate) pool: FramePool,
    pub(crate) latest: Mutex<Option<FrameLease>>,
    /// What the next picture is compared with.
    pub(crate) painted: Painted,
    /// Who watches it.
    pub(crate) viewers: RwLock<Vec<Arc<Member>>>,
    /// How many encoders it has.
    pub(crate) encoders: Share,
    /// Says who shares which encoder.
    pub(crate) allocator: Mutex<Allocator>,
    pub(crate) renditions: RwLock<Vec<Arc<Rendition>>>,
    pokes: AtomicU8,
}

impl ViewBoard {
    pub(crate) fn new(session: Arc<str>, id: ViewId, encoders: Share) -> Self {
        Self {
            encoders,
            session,
            id,
            address: Address::default(),
            still: Address::default(),
            stills: Arc::default(),
            pool: FramePool::new(FRAMES_PER_VIEW),
            latest: Mutex::default(),
            painted: Painted::default(),
            viewers: RwLock::default(),
            allocator: Mutex::default(),
            renditions: RwLock::default(),
            pokes: AtomicU8::new(0),
        }
    }

    /// Tells the view's actor to look; pokes that it has not seen yet are merged.
    pub(crate) fn poke(&self, why: Poke) {
        let first = self.pokes.fetch_or(why as u8, Ordering::AcqRel) == 0;
        if first && !self.address.send(ViewMsg::Poked) {
            self.pokes.store(0, Ordering::Release);
        }
    }

    /// What the view was poked for since it last asked.
    pub(crate) fn take_pokes(&self) -> impl Fn(Poke) -> bool + use<> {
        let pokes = self.pokes.swap(0, Ordering::AcqRel);
        move |why| pokes & why as u8 != 0
    }

    /// A new picture for every rendition.
    pub(crate) fn publish(&self, frame: &FrameLease) {
        self.stills.moved();
        *self.latest.lock() = Some(frame.clone());
        for rendition in self.renditions.read().iter() {
            rendition.put(frame.clone());
        }
    }

    /// A lossless picture to be coded, of what the view showed as picture `generation`.
    pub(crate) fn put_still(&self, frame: FrameLease, generation: u64) {
        if self.stills.put(frame, generation) {
            self.still.send(StillMsg::Poked);
        }
    }
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

impl Member {
    fn new(
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
