//! Which tokens are withdrawn before their time.

use std::collections::HashMap;

use crate::claims::LEEWAY_S;
use crate::verifier::Grant;

/// What is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withdrawn {
    /// One token (`jti`).
    Token(String),
    /// Every token of a user (`sub`) that was made until then; later ones are good again.
    Subject(String),
    /// Every token that was made for an invitation (`inv`).
    Invitation(String),
}

/// One withdrawal. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Of what.
    pub of: Withdrawn,
    /// When it was withdrawn.
    pub at: u64,
    /// When nothing that it is about can be good any more: then it may be forgotten.
    pub until: u64,
}

/// What is withdrawn in one session, or in all of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// What: when, and until when it matters.
    all: HashMap<Withdrawn, (u64, u64)>,
}

impl Revocations {
    /// Most that are kept: one a day for longer than anybody works on one session. Past it
    /// [`Revocations::add`] refuses.
    pub const MAX: usize = 10_000;

    /// Withdraws, and forgets what has expired when this is withdrawn. False where there is no room
    /// for one more: then nothing is withdrawn.
    #[must_use]
    pub fn add(&mut self, revocation: Revocation) -> bool {
        let Revocation { of, at, until } = revocation;
        self.all.retain(|_, (_, until)| until.saturating_add(LEEWAY_S) > at);
        let room = self.all.len() < Self::MAX || self.all.contains_key(&of);
        if room {
            let known = self.all.entry(of).or_default();
            *known = (known.0.max(at), known.1.max(until));
        }
        room
    }

    /// Whether what `grant` says is withdrawn.
    pub fn is_revoked(&self, grant: &Grant) -> bool {
        let has = |id: &Option<String>, of: fn(String) -> Withdrawn| {
            id.as_ref().is_some_and(|id| self.all.contains_key(&of(id.clone())))
        };
        let subject = self.all.get(&Withdrawn::Subject(grant.identity.subject.clone()));
        subject.is_some_and(|(at, _)| grant.issued <= *at)
            || has(&grant.token.id, Withdrawn::Token)
            || has(&grant.token.invitation, Withdrawn::Invitation)
    }

    /// All of them, in order.
    pub fn list(&self) -> Vec<Revocation> {
        let all = self.all.iter().map(|(of, &(at, until))| (of.clone(), at, until));
        let mut all: Vec<_> = all.map(|(of, at, until)| Revocation { of, at, until }).collect();
        all.sort_by(|a, b| a.of.cmp(&b.of));
        all
    }
}

impl FromIterator<Revocation> for Revocations {
    /// Those beyond [`Revocations::MAX`] are left out: nobody can have added them.
    fn from_iter<I: IntoIterator<Item = Revocation>>(all: I) -> Self {
        let mut revocations = Self::default();
        for Revocation { of, at, until } in all.into_iter().take(Self::MAX) {
            revocations.all.insert(of, (at, until));
        }
        revocations
    }
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

    fn withdraw(all: &mut Revocations, of: Withdrawn, at: u64) -> bool {
        all.add(Revocation { of, at, until: at + 1000 })
    }

    #[test]
    fn a_withdrawn_token_is_that_token_alone() {
        let mut all = Revocations::default();
        assert!(withdraw(&mut all, Withdrawn::Token("a".into()), 600));
        assert!(all.is_revoked(&grant("ada", Some("a"), None, 500)));
        for other in [grant("a", Some("b"), None, 500), grant("ada", None, Some("a"), 500)] {
            assert!(!all.is_revoked(&other));
        }
    }

    #[test]
    fn a_withdrawn_invitation_is_every_token_made_for_it() {
        let mut all = Revocations::default();
        assert!(withdraw(&mut all, Withdrawn::Invitation("a".into()), 600));
        assert!(all.is_revoked(&grant("ada", Some("x"), Some("a"), 500)));
        assert!(all.is_revoked(&grant("bob", None, Some("a"), 5000)));
        assert!(!all.is_revoked(&grant("ada", Some("a"), None, 500)));
    }

    #[test]
    fn who_was_sent_away_may_come_back_with_a_new_token() {
        let mut all = Revocations::default();
        assert!(withdraw(&mut all, Withdrawn::Subject("ada".into()), 100));
        assert!(withdraw(&mut all, Withdrawn::Subject("ada".into()), 50));
        assert!(all.is_revoked(&grant("ada", None, None, 99)));
        assert!(all.is_revoked(&grant("ada", None, None, 100)), "made in the same second");
        assert!(!all.is_revoked(&grant("ada", None, None, 101)));
        assert!(!all.is_revoked(&grant("bob", None, None, 1)));
    }

    #[test]
    fn only_what_has_expired_by_itself_is_forgotten() {
        let mut all = Revocations::default();
        let old = Revocation { of: Withdrawn::Token("old".into()), at: 1, until: 100 };
        assert!(all.add(old));
        assert!(withdraw(&mut all, Withdrawn::Token("a".into()), 100 + LEEWAY_S - 1));
        assert_eq!(all.list().len(), 2, "it may still be taken for good by its leeway");
        assert!(withdraw(&mut all, Withdrawn::Token("b".into()), 100 + LEEWAY_S));
        assert_eq!(all.list().len(), 2);
        assert_eq!(all.list().into_iter().collect::<Revocations>(), all);
    }

    #[test]
    fn past_the_bound_nothing_more_is_withdrawn_but_what_is_there_can_change() {
        let of = |n: usize| Withdrawn::Subject(n.to_string());
        let revocation = |n| Revocation { of: of(n), at: 1, until: 1000 };
        let mut all: Revocations = (0..Revocations::MAX).map(revocation).collect();
        assert!(!withdraw(&mut all, of(Revocations::MAX), 2));
        assert!(withdraw(&mut all, of(0), 9));
        assert!(all.is_revoked(&grant("0", None, None, 9)));
    }
}
