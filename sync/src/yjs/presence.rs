//! The server's end of awareness: nobody speaks for somebody else.
//!
//! A connection is heard about one client id only, the first that it names and nobody else has; its
//! `user` is replaced by who the participant is. What else an update holds is passed over, as
//! providers send back what they hear. The sender gets its own state back: y-websocket gives a
//! connection up on which nothing comes for 30 s.

use std::collections::{BTreeMap, VecDeque};

use parfocal_base::Instant;
use serde_json::{Value, json};

use super::awareness::{self, AwarenessEntry};
use super::lib0::FrameError;
use super::limits::{AWARENESS_TIMEOUT, MAX_AWARENESS_STATE_BYTES, MAX_DEPARTED};

/// Names a connection within its session.
pub type ConnectionId = u64;

/// What an entry says that a client is gone.
const GONE: &str = "null";

/// Who a participant is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The subject of the token.
    pub subject: String,
    /// For people.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
}

/// One change of awareness, to be sent at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwarenessChange {
    /// Whose it is, where it is still here.
    pub origin: ConnectionId,
    /// The update for `origin`: its own clock, so that its client leaves its state as it is.
    pub echo: Vec<u8>,
    /// The update for everybody else.
    pub update: Vec<u8>,
}

struct Member {
    identity: Identity,
    /// The client id that it is heard about.
    client: Option<u64>,
    /// Whether it has said anything yet.
    heard: bool,
}

struct Present {
    connection: ConnectionId,
    /// As its client counts.
    clock: u32,
    /// What others are told above that: they would pass over a clock that they have seen, when
    /// a client that was taken for gone comes back with the clock that it had.
    ahead: u32,
    /// `None`: it said that it is gone, and is still connected.
    state: Option<String>,
    renewed: Instant,
}

/// A client that is not here any more.
struct Departed {
    client: u64,
    subject: String,
    clock: u32,
    ahead: u32,
}

/// Everybody's awareness in one session.
#[derive(Default)]
pub struct Awareness {
    members: BTreeMap<ConnectionId, Member>,
    present: BTreeMap<u64, Present>,
    /// Oldest first.
    departed: VecDeque<Departed>,
}

impl Awareness {
    /// Nobody is here.
    pub fn new() -> Self {
        Self::default()
    }

    /// A connection begins. Send it [`Awareness::all`].
    pub fn join(&mut self, connection: ConnectionId, identity: Identity) {
        self.members.insert(connection, Member { identity, client: None, heard: false });
    }

    /// A connection has ended.
    pub fn leave(&mut self, connection: ConnectionId) -> Option<AwarenessChange> {
        let member = self.members.remove(&connection)?;
        let client = member.client?;
        let mut present = self.present.remove(&client)?;
        let change = present.state.take().is_some().then(|| present.tell(client));
        if self.departed.len() == MAX_DEPARTED {
            self.departed.pop_front();
        }
        let (subject, clock) = (member.identity.subject, present.clock);
        self.departed.push_back(Departed { client, subject, clock, ahead: present.ahead + 1 });
        change
    }

    /// Takes the update of a connection.
    ///
    /// # Errors
    /// It cannot be read; then nothing of it counts.
    pub fn apply(
        &mut self,
        connection: ConnectionId,
        update: &[u8],
        now: Instant,
    ) -> Result<Option<AwarenessChange>, FrameError> {
        let entries = awareness::decode(update)?;
        let Some(member) = self.members.get_mut(&connection) else { return Ok(None) };
        // A provider begins with its own state, before it can have heard anything to send back.
        let first = !std::mem::replace(&mut member.heard, true) && entries.len() == 1;
        let own = entries.iter().find(|entry| self.may_speak(connection, entry, first));
        Ok(own.and_then(|entry| self.hear(connection, entry, now)))
    }

    /// Whether an entry is about the client that this connection speaks for, or may from now on.
    fn may_speak(&self, connection: ConnectionId, entry: &AwarenessEntry<'_>, first: bool) -> bool {
        let Some(member) = self.members.get(&connection) else { return false };
        match member.client {
            Some(client) => client == entry.client,
            // What is gone is what it heard of somebody else.
            None => entry.state != GONE && self.is_free(entry, &member.identity.subject, first),
        }
    }

    /// Whether a client id is nobody's, or is of the same subject on a connection that is about to
    /// be given up: then it is the first thing that is said on the new one, or its clock is above
    /// what anybody can have heard.
    fn is_free(&self, entry: &AwarenessEntry<'_>, subject: &str, first: bool) -> bool {
        if let Some(present) = self.present.get(&entry.client) {
            let owner = self.members.get(&present.connection);
            let same = owner.is_some_and(|owner| owner.identity.subject == subject);
            let seen = present.clock.saturating_add(present.ahead);
            return same && (first || entry.clock > seen);
        }
        let mut departed = self.departed.iter();
        departed.find(|d| d.client == entry.client).is_none_or(|d| d.subject == subject)
    }

    fn hear(
        &mut self,
        connection: ConnectionId,
        entry: &AwarenessEntry<'_>,
        now: Instant,
    ) -> Option<AwarenessChange> {
        let member = self.members.get(&connection)?;
        let state = match entry.state {
            GONE => None,
            state if state.len() > MAX_AWARENESS_STATE_BYTES => return None,
            state => Some(awareness::with_user(state, &user(&member.identity))?),
        };
        if member.client.is_none() {
            self.bind(entry, connection, now);
        }
        let present = self.present.get_mut(&entry.client)?;
        let was_here = present.state.is_some();
        // An old one; or the same again, which only a removal may be.
        let same = entry.clock == present.clock && was_here && state.is_some();
        if entry.clock < present.clock || same || !(was_here || state.is_some()) {
            return None;
        }
        present.clock = entry.clock;
        present.renewed = now;
        present.state = state;
        let change = present.tell(entry.client);
        present.ahead += u32::from(present.state.is_none());
        Some(change)
    }

    /// A client id belongs to a connection from now on.
    fn bind(&mut self, entry: &AwarenessEntry<'_>, connection: ConnectionId, now: Instant) {
        let client = entry.client;
        let before = self.present.remove(&client);
        let departed = self.departed.iter().position(|d| d.client == client);
        let departed = departed.and_then(|at| self.departed.remove(at));
        let seen = match (&before, departed) {
            (Some(before), _) => before.clock.saturating_add(before.ahead).saturating_add(1),
            (None, Some(departed)) => departed.clock.saturating_add(departed.ahead),
            // One ahead from the start: clients pass over a first clock of 0.
            (None, None) => entry.clock.saturating_add(1),
        };
        if let Some(before) = before
            && let Some(member) = self.members.get_mut(&before.connection)
        {
            member.client = None;
        }
        if let Some(member) = self.members.get_mut(&connection) {
            member.client = Some(client);
        }
        let (clock, ahead) = (entry.clock, seen.saturating_sub(entry.clock));
        let present = Present { connection, clock, ahead, state: None, renewed: now };
        self.present.insert(client, present);
    }

    /// When to call [`Awareness::tick`].
    pub fn deadline(&self) -> Option<Instant> {
        let here = self.present.values().filter(|present| present.state.is_some());
        here.map(|present| present.renewed + AWARENESS_TIMEOUT).min()
    }

    /// Removes what was not renewed in time. Its client may come back.
    pub fn tick(&mut self, now: Instant) -> Vec<AwarenessChange> {
        let mut changes = Vec::new();
        for (client, present) in &mut self.present {
            if present.state.is_some() && now >= present.renewed + AWARENESS_TIMEOUT {
                present.state = None;
                changes.push(present.tell(*client));
                present.ahead += 1;
            }
        }
        changes
    }

    /// Everybody who is here, as one update for `connection`.
    pub fn all(&self, connection: ConnectionId) -> Vec<u8> {
        let here = self.present.iter().filter_map(|(client, present)| {
            let ahead = if present.connection == connection { 0 } else { present.ahead };
            let clock = present.clock.saturating_add(ahead);
            Some(AwarenessEntry { client: *client, clock, state: present.state.as_deref()? })
        });
        awareness::encode(here.collect::<Vec<_>>().into_iter())
    }

    /// Whether somebody else than `subject` is here under this client id: then `subject` may not
    /// write under it.
    pub fn is_taken(&self, client: u64, subject: &str) -> bool {
        let owner = self.present.get(&client).and_then(|p| self.members.get(&p.connection));
        owner.is_some_and(|owner| owner.identity.subject != subject)
    }
}

impl Present {
    /// The change to what is now.
    fn tell(&self, client: u64) -> AwarenessChange {
        let state = self.state.as_deref().unwrap_or(GONE);
        let entry = |ahead: u32| {
            let clock = self.clock.saturating_add(ahead);
            awareness::encode([AwarenessEntry { client, clock, state }].into_iter())
        };
        AwarenessChange { origin: self.connection, echo: entry(0), update: entry(self.ahead) }
    }
}

fn user(identity: &Identity) -> Value {
    json!({"name": identity.name, "color": identity.color, "subject": identity.subject})
}
