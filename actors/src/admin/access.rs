//! Who may come in: invitations, and what is withdrawn.

use parfocal_auth::{AuthError, EVERY_SESSION, Grant, Revocation, Revocations, Withdrawn, claims};
use parfocal_base::ParticipantId;
use parfocal_store::{self as store, Invitation, Revoked, StoreError};
use parfocal_sync::close::CloseReason;

use super::{AdminError, Kind};
use crate::engine::Engine;

impl Engine {
    /// Whether what a token grants was not withdrawn, in its session or everywhere.
    ///
    /// # Errors
    /// `token_revoked`, or when the store does not answer: then nobody new comes in.
    pub async fn admit(&self, grant: &Grant) -> Result<(), AdminError> {
        for scope in [EVERY_SESSION, claims::session_of(&grant.identity.session)] {
            let known = self.shared.revocations.read().await;
            let revoked = match known.get(scope) {
                Some(revocations) => revocations.is_revoked(grant),
                None => {
                    drop(known);
                    self.load_revocations(scope).await?;
                    let known = self.shared.revocations.read().await;
                    known.get(scope).is_some_and(|revocations| revocations.is_revoked(grant))
                }
            };
            if revoked {
                return Err(AdminError::new(
                    Kind::Forbidden,
                    AuthError::Revoked.code(),
                    AuthError::Revoked.to_string(),
                ));
            }
        }
        Ok(())
    }

    async fn load_revocations(&self, session: &str) -> Result<(), AdminError> {
        let mut known = self.shared.revocations.write().await;
        if !known.contains_key(session) {
            let own = session.to_owned();
            let stored = self.read(move |store| store.revocations(&own)).await?;
            known.insert(session.to_owned(), stored.into_iter().map(of_store).collect());
        }
        Ok(())
    }

    /// Withdraws access to a session ([`EVERY_SESSION`]: to all of them) and ends the connections
    /// that it is about. It is in force when this returns, whatever it returns.
    ///
    /// # Errors
    /// When it could not be saved: then it is in force until the server is started again.
    pub async fn revoke(&self, session: &str, revocation: Revocation) -> Result<(), AdminError> {
        self.load_revocations(session).await?;
        let mut known = self.shared.revocations.write().await;
        let revocations = known.entry(session.to_owned()).or_default();
        if !revocations.add(revocation.clone()) {
            let text = format!("{} withdrawals are in force already", Revocations::MAX);
            return Err(AdminError::new(Kind::Full, "limit", text));
        }
        let boards: Vec<_> = self.shared.sessions.read().values().cloned().collect();
        let of = |name: &str| session == EVERY_SESSION || claims::session_of(name) == session;
        for board in boards.iter().filter(|board| of(&board.name)) {
            for member in board.members.iter().filter(|m| revocations.is_revoked(&m.grant)) {
                member.leave(CloseReason::Revoked);
            }
            let documents = board.yjs_documents();
            for document in documents.iter().filter(|d| revocations.is_revoked(&d.grant)) {
                document.close(CloseReason::Revoked);
            }
        }
        drop(known);
        let (own, now) = (session.to_owned(), revocation.at);
        let row = to_store(revocation);
        self.write(move |store| store.put_revocation(&own, &row, now)).await
    }

    /// What is withdrawn in a session.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn revocations(&self, session: &str) -> Result<Vec<Revocation>, AdminError> {
        self.load_revocations(session).await?;
        let known = self.shared.revocations.read().await;
        Ok(known.get(session).map(Revocations::list).unwrap_or_default())
    }

    /// What would send a participant away: their token, or, where it has no name, their subject.
    ///
    /// # Errors
    /// When they are not there.
    pub fn withdrawal_of(
        &self,
        session: &str,
        participant: ParticipantId,
    ) -> Result<(Withdrawn, Grant), AdminError> {
        let board = self.session(session);
        let member = board.as_ref().and_then(|board| board.members.get(&participant));
        let Some(member) = member else {
            let text = format!("participant {participant} is not there (any more)");
            return Err(AdminError::new(Kind::NotFound, "participant_unknown", text));
        };
        let grant = member.grant.clone();
        let subject = || Withdrawn::Subject(grant.identity.subject.clone());
        Ok((grant.token.id.clone().map_or_else(subject, Withdrawn::Token), grant.clone()))
    }

    /// Who is in a session now: their number and all that their token says.
    pub fn people(&self, session: &str) -> Vec<(ParticipantId, String, Grant)> {
        let Some(board) = self.session(session) else { return Vec::new() };
        let who = board.members.iter().map(|m| (m.id, m.name.clone(), m.grant.clone()));
        let mut people: Vec<_> = who.collect();
        people.sort_by(|a, b| a.1.cmp(&b.1));
        people
    }

    /// Keeps an invitation.
    ///
    /// # Errors
    /// When there are too many, or the store refuses.
    pub async fn invite(
        &self,
        session: &str,
        invitation: Invitation,
        now_s: u64,
    ) -> Result<(), AdminError> {
        self.listed(session).await?;
        let session = session.to_owned();
        self.write(move |store| store.put_invitation(&session, &invitation, now_s)).await
    }

    /// The invitations of a session that are good at `now_s`, or would be if they were not taken
    /// back.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn invitations(
        &self,
        session: &str,
        now_s: u64,
    ) -> Result<Vec<Invitation>, AdminError> {
        let session = session.to_owned();
        let mut all = self.read(move |store| store.invitations(&session)).await?;
        all.retain(|invitation| now_s < invitation.expires_s);
        Ok(all)
    }

    /// Uses an invitation once.
    ///
    /// # Errors
    /// When it is not good (any more).
    pub async fn use_invitation(
        &self,
        session: &str,
        id: &str,
        now_s: u64,
    ) -> Result<Invitation, AdminError> {
        let (session, id) = (session.to_owned(), id.to_owned());
        let used = self.write(move |store| {
            let all = store.invitations(&session)?;
            let found = all.into_iter().find(|invitation| invitation.id == id);
            let Some(mut found) = found.filter(|found| is_good(found, now_s)) else {
                return Ok(None);
            };
            found.uses += 1;
            store.put_invitation(&session, &found, now_s)?;
            Ok::<_, StoreError>(Some(found))
        });
        used.await?.ok_or_else(|| {
            let text = "this invitation has been used up, has expired or was taken back: ask for \
                        a new one";
            AdminError::new(Kind::Forbidden, "invitation_not_valid", text)
        })
    }

    /// Takes an invitation back, and all tokens that were made for it. `until`: when the last of
    /// them expires.
    ///
    /// # Errors
    /// When it is not there, or could not be saved.
    pub async fn take_back(
        &self,
        session: &str,
        id: &str,
        now_s: u64,
        until: u64,
    ) -> Result<(), AdminError> {
        let (own, of) = (session.to_owned(), id.to_owned());
        let known = self.write(move |store| {
            let all = store.invitations(&own)?;
            let Some(mut found) = all.into_iter().find(|invitation| invitation.id == of) else {
                return Ok(false);
            };
            found.revoked = true;
            store.put_invitation(&own, &found, now_s).map(|()| true)
        });
        if !known.await? {
            let text = format!("there is no invitation {id}");
            return Err(AdminError::new(Kind::NotFound, "invitation_unknown", text));
        }
        let of = Withdrawn::Invitation(id.to_owned());
        self.revoke(session, Revocation { of, at: now_s, until }).await
    }
}

const fn is_good(invitation: &Invitation, now_s: u64) -> bool {
    !invitation.revoked && now_s < invitation.expires_s && invitation.uses < invitation.max_uses
}

fn of_store(row: store::Revocation) -> Revocation {
    let of = match row.what {
        Revoked::Token => Withdrawn::Token(row.id),
        Revoked::Subject => Withdrawn::Subject(row.id),
        Revoked::Invitation => Withdrawn::Invitation(row.id),
    };
    Revocation { of, at: row.at_ms / 1000, until: row.expires_s }
}

fn to_store(revocation: Revocation) -> store::Revocation {
    let Revocation { of, at, until } = revocation;
    let (what, id) = match of {
        Withdrawn::Token(id) => (Revoked::Token, id),
        Withdrawn::Subject(id) => (Revoked::Subject, id),
        Withdrawn::Invitation(id) => (Revoked::Invitation, id),
    };
    // A leeway more: a token is good for so long after its expiry.
    store::Revocation { what, id, at_ms: at * 1000, expires_s: until + claims::LEEWAY_S }
}
