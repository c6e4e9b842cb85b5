//! Which tokens are withdrawn before their time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::claims::LEEWAY_S;
use crate::verifier::Grant;

/// One withdrawal. It is kept until every token that it is about has expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Revocation {
    /// One token (`jti`).
    Token {
        /// Its name.
        id: String,
        /// When it expires, in seconds since 1970.
        until: u64,
    },
    /// Every token that was made for an invitation (`inv`). Kept for ever: the invitation is.
    Invitation {
        /// The invitation.
        id: String,
    },
    /// Every token of a user (`sub`) that was made up to a moment; they may be let in again later.
    Subject {
        /// The user.
        subject: String,
        /// Seconds since 1970, inclusive.
        issued_until: u64,
    },
}

/// What is withdrawn in one session, or in all of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// By name: when the token expires.
    tokens: HashMap<String, u64>,
    invitations: HashMap<String, ()>,
    /// By user: tokens made up to this second.
    subjects: HashMap<String, u64>,
}

impl Revocations {
    /// Most withdrawals of each kind that are kept: one a day for longer than anybody works on one
    /// session. Past it [`Revocations::add`] refuses.
    pub const MAX: usize = 10_000;

    /// Withdraws. False where there is no room for one more: then nothing is withdrawn.
    #[must_use]
    pub fn add(&mut self, revocation: Revocation) -> bool {
        match revocation {
            Revocation::Token { id, until } => put(&mut self.tokens, id, until),
            Revocation::Invitation { id } => put(&mut self.invitations, id, ()),
            Revocation::Subject { subject, issued_until } => {
                let before = self.subjects.get(&subject).copied().unwrap_or(0);
                put(&mut self.subjects, subject, issued_until.max(before))
            }
        }
    }

    /// Whether what `grant` says is withdrawn.
    pub fn is_revoked(&self, grant: &Grant) -> bool {
        let has = |id: &Option<String>, all: &dyn Fn(&str) -> bool| id.as_deref().is_some_and(all);
        has(&grant.token.id, &|id| self.tokens.contains_key(id))
            || has(&grant.token.invitation, &|id| self.invitations.contains_key(id))
            || self.subjects.get(&grant.identity.subject).is_some_and(|&at| grant.issued <= at)
    }

    /// Forgets the tokens that have expired at `now` by themselves.
    pub fn forget_expired(&mut self, now: u64) {
        self.tokens.retain(|_, until| until.saturating_add(LEEWAY_S) > now);
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Revocation> {
        let tokens = self.tokens.iter();
        let tokens = tokens.map(|(id, &until)| Revocation::Token { id: id.clone(), until });
        let invitations = self.invitations.keys();
        let invitations = invitations.map(|id| Revocation::Invitation { id: id.clone() });
        let subjects = self.subjects.iter().map(|(subject, &issued_until)| Revocation::Subject {
            subject: subject.clone(),
            issued_until,
        });
        tokens.chain(invitations).chain(subjects)
    }
}

impl FromIterator<Revocation> for Revocations {
    /// Those beyond [`Revocations::MAX`] are left out: nobody can have added them.
    fn from_iter<I: IntoIterator<Item = Revocation>>(all: I) -> Self {
        let mut revocations = Self::default();
        for revocation in all {
            let _ = revocations.add(revocation);
        }
        revocations
    }
}

fn put<V>(map: &mut HashMap<String, V>, key: String, value: V) -> bool {
    let room = map.len() < Revocations::MAX || map.contains_key(&key);
    if room {
        map.insert(key, value);
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Identity, TokenName};
    use crate::role::Role;

    fn grant(subject: &str, id: Option<&str>, invitation: Option<&str>, issued: u64) -> Grant {
        let (subject, name, session) = (subject.to_owned(), "x".to_owned(), "lab".to_owned());
        let identity = Identity { subject, name, session, role: Role::Viewer };
        let [id, invitation] = [id, invitation].map(|text| text.map(str::to_owned));
        Grant { identity, token: TokenName { id, invitation }, issued, expires: issued + 1000 }
    }

    #[test]
    fn a_withdrawn_token_is_that_token_alone() {
        let mut all = Revocations::default();
        assert!(all.add(Revocation::Token { id: "a".into(), until: 1500 }));
        assert!(all.is_revoked(&grant("ada", Some("a"), None, 500)));
        for other in [grant("ada", Some("b"), None, 500), grant("ada", None, Some("a"), 500)] {
            assert!(!all.is_revoked(&other));
        }
    }

    #[test]
    fn a_withdrawn_invitation_is_every_token_made_for_it() {
        let mut all = Revocations::default();
        assert!(all.add(Revocation::Invitation { id: "a".into() }));
        assert!(all.is_revoked(&grant("ada", Some("x"), Some("a"), 500)));
        assert!(all.is_revoked(&grant("bob", None, Some("a"), 5000)));
        assert!(!all.is_revoked(&grant("ada", Some("a"), None, 500)));
    }

    #[test]
    fn who_was_sent_away_may_come_back_with_a_new_token() {
        let mut all = Revocations::default();
        let away = |issued_until| Revocation::Subject { subject: "ada".into(), issued_until };
        assert!(all.add(away(100)) && all.add(away(50)));
        assert!(all.is_revoked(&grant("ada", None, None, 99)));
        assert!(all.is_revoked(&grant("ada", None, None, 100)), "made in the same second");
        assert!(!all.is_revoked(&grant("ada", None, None, 101)));
        assert!(!all.is_revoked(&grant("bob", None, None, 1)));
    }

    #[test]
    fn only_what_has_expired_by_itself_is_forgotten() {
        let mut all: Revocations = [
            Revocation::Token { id: "a".into(), until: 100 },
            Revocation::Token { id: "b".into(), until: 300 },
            Revocation::Invitation { id: "i".into() },
            Revocation::Subject { subject: "ada".into(), issued_until: 1 },
        ]
        .into_iter()
        .collect();
        all.forget_expired(100 + LEEWAY_S - 1);
        assert_eq!(all.iter().count(), 4, "it may still be taken for good by its leeway");
        all.forget_expired(100 + LEEWAY_S);
        assert_eq!(all.iter().count(), 3);
        assert_eq!(all.iter().collect::<Revocations>(), all);
    }

    #[test]
    fn past_the_bound_nothing_more_is_withdrawn_but_what_is_there_can_change() {
        let of = |n: usize| Revocation::Subject { subject: n.to_string(), issued_until: 1 };
        let mut all: Revocations = (0..Revocations::MAX).map(of).collect();
        assert!(!all.add(of(Revocations::MAX)));
        assert!(all.add(Revocation::Subject { subject: "0".into(), issued_until: 9 }));
        assert!(all.is_revoked(&grant("0", None, None, 9)));
    }
}
