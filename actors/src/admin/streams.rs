//! Which pictures everybody gets, and why.

use parfocal_auth::Role;
use parfocal_base::ParticipantId;

use crate::engine::Engine;
pub use crate::session::quality::Quality;

/// Somebody who is here, and their pictures.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Their number.
    pub participant: ParticipantId,
    /// Their name in the session.
    pub name: String,
    /// From their token.
    pub role: Role,
    /// What they get; `None` while they get no pictures.
    pub quality: Option<Quality>,
}

impl Engine {
    /// What everybody in a session gets, by name; nobody where it is not open.
    pub fn streams(&self, session: &str) -> Vec<Stream> {
        let Some(board) = self.session(session) else { return Vec::new() };
        let now = self.shared.clock.now();
        // Nothing is asked of a member while the table of members is locked.
        let members: Vec<_> = board.members.iter().map(|entry| entry.value().clone()).collect();
        let stream = |member: &std::sync::Arc<crate::session::member::Member>| Stream {
            participant: member.id,
            name: member.name.clone(),
            role: member.role,
            quality: Quality::of(&board, member, now),
        };
        let mut streams: Vec<_> = members.iter().map(stream).collect();
        streams.sort_by(|a, b| (&a.name, a.participant).cmp(&(&b.name, b.participant)));
        streams
    }
}
