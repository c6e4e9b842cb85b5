//! Roles, and the one table that says what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::verifier::Grant;

/// What a participant may do; each role may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks, and has a view of their own.
    Viewer,
    /// Also writes annotations.
    Annotator,
    /// Also moves the stage and edits layers.
    Presenter,
    /// May do everything.
    Owner,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Annotator, Self::Presenter, Self::Owner];

    /// The name in tokens, on the command line and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Annotator => "annotator",
            Self::Presenter => "presenter",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no role's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role: use viewer, annotator, presenter or owner")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(UnknownRole)
    }
}

/// Something that somebody may want to do in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the scene, the pictures, the history and who is there; show one's own cursor; take home
    /// what one may see.
    Look,
    /// Detach from the stage, move a view of one's own, follow somebody.
    MoveOwnView,
    /// Write, paint and remove annotations, add layers for them, import them, keep views.
    Annotate,
    /// Keep the session as it is now as a version.
    SaveVersion,
    /// Make a short link to a view.
    ShareView,
    /// Move the session's shared view: dims, camera, playback.
    MoveStage,
    /// Change layers: contrast, colormap, visibility, order.
    EditLayers,
    /// Change the session's settings: axes, scale bar.
    EditSettings,
    /// Set the session back to a version; what it was is kept as another one.
    RestoreVersion,
    /// Lock layers, and say whose annotations may be changed.
    ManageLayers,
    /// Rename, archive and delete the session, forget versions.
    ManageSession,
    /// Make invitations, and see them.
    Invite,
    /// Send participants away, withdraw invitations.
    Revoke,
}

impl Action {
    /// Every action, by the least role that may do it.
    pub const ALL: [Self; 13] = [
        Self::Look,
        Self::MoveOwnView,
        Self::Annotate,
        Self::SaveVersion,
        Self::ShareView,
        Self::MoveStage,
        Self::EditLayers,
        Self::EditSettings,
        Self::RestoreVersion,
        Self::ManageLayers,
        Self::ManageSession,
        Self::Invite,
        Self::Revoke,
    ];

    /// The least role that may do it: the whole permission table.
    ///
    /// | action | viewer | annotator | presenter | owner |
    /// | --- | --- | --- | --- | --- |
    /// | [`Look`](Self::Look) | yes | yes | yes | yes |
    /// | [`MoveOwnView`](Self::MoveOwnView) | yes | yes | yes | yes |
    /// | [`Annotate`](Self::Annotate) | – | yes | yes | yes |
    /// | [`SaveVersion`](Self::SaveVersion) | – | yes | yes | yes |
    /// | [`ShareView`](Self::ShareView) | – | yes | yes | yes |
    /// | [`MoveStage`](Self::MoveStage) | – | – | yes | yes |
    /// | [`EditLayers`](Self::EditLayers) | – | – | yes | yes |
    /// | [`EditSettings`](Self::EditSettings) | – | – | yes | yes |
    /// | [`RestoreVersion`](Self::RestoreVersion) | – | – | yes | yes |
    /// | [`ManageLayers`](Self::ManageLayers) | – | – | – | yes |
    /// | [`ManageSession`](Self::ManageSession) | – | – | – | yes |
    /// | [`Invite`](Self::Invite) | – | – | – | yes |
    /// | [`Revoke`](Self::Revoke) | – | – | – | yes |
    ///
    /// To make sessions no role in a session is enough by itself: see [`creates_sessions`].
    pub const fn least_role(self) -> Role {
        match self {
            Self::Look | Self::MoveOwnView => Role::Viewer,
            Self::Annotate | Self::SaveVersion | Self::ShareView => Role::Annotator,
            Self::MoveStage | Self::EditLayers | Self::EditSettings | Self::RestoreVersion => {
                Role::Presenter
            }
            Self::ManageLayers | Self::ManageSession | Self::Invite | Self::Revoke => Role::Owner,
        }
    }

    /// The action in words, to follow "to".
    const fn words(self) -> &'static str {
        match self {
            Self::Look => "look at this session",
            Self::MoveOwnView => "move your own view",
            Self::Annotate => "annotate",
            Self::SaveVersion => "save a version",
            Self::ShareView => "make a short link",
            Self::MoveStage => "move the shared view",
            Self::EditLayers => "change layers",
            Self::EditSettings => "change the session's settings",
            Self::RestoreVersion => "restore a version",
            Self::ManageLayers => "lock layers",
            Self::ManageSession => "manage the session",
            Self::Invite => "invite people",
            Self::Revoke => "withdraw access",
        }
    }
}

/// Whether a grant may make sessions: an owner of every session may; an owner of one may where the
/// server lets owners.
pub fn creates_sessions(grant: &Grant, owners_may: bool) -> bool {
    grant.role() == Role::Owner && (owners_may || grant.is_for_every_session())
}

/// Whether `role` may do `action`.
pub fn allows(role: Role, action: Action) -> bool {
    role >= action.least_role()
}

/// What to tell somebody whose `role` does not allow `action`: which role is needed.
pub fn refusal(role: Role, action: Action) -> String {
    let (words, needed) = (action.words(), action.least_role());
    let or_more = if needed == Role::Owner { "" } else { " or higher" };
    format!("you are {role} here; to {words} you need to be {needed}{or_more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Identity, TokenName};

    /// One row a role, in the order of [`Action::ALL`]; written out so that a slip in the table is
    /// seen.
    const TABLE: [(Role, [u8; 13]); 4] = [
        (Role::Viewer, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (Role::Annotator, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        (Role::Presenter, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]),
        (Role::Owner, [1; 13]),
    ];

    #[test]
    fn each_role_may_do_what_the_table_says() {
        for (role, row) in TABLE {
            assert_eq!(Action::ALL.map(|action| u8::from(allows(role, action))), row, "{role}");
        }
    }

    #[test]
    fn a_higher_role_may_do_at_least_as_much() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(Action::ALL.into_iter().all(|a| !allows(pair[0], a) || allows(pair[1], a)));
        }
    }

    #[test]
    fn sessions_are_made_by_who_owns_all_of_them_or_where_the_server_lets_owners_do_it() {
        for (session, role, owners_may, may) in [
            ("*", Role::Owner, false, true),
            ("*", Role::Presenter, true, false),
            ("lab", Role::Owner, false, false),
            ("lab", Role::Owner, true, true),
            ("lab", Role::Presenter, true, false),
        ] {
            let (subject, name, session) = ("ada".into(), "Ada".into(), session.into());
            let identity = Identity { subject, name, session, role };
            let grant = Grant { identity, token: TokenName::default(), issued: 0, expires: 1 };
            assert_eq!(creates_sessions(&grant, owners_may), may, "{grant:?} {owners_may}");
        }
    }

    #[test]
    fn names_are_the_same_in_text_and_in_json() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert_eq!("Owner".parse::<Role>(), Err(UnknownRole));
        assert_eq!("".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn a_refusal_names_the_role_that_is_needed() {
        assert_eq!(
            refusal(Role::Viewer, Action::EditLayers),
            "you are viewer here; to change layers you need to be presenter or higher"
        );
        assert_eq!(
            refusal(Role::Presenter, Action::ManageSession),
            "you are presenter here; to manage the session you need to be owner"
        );
    }
}
