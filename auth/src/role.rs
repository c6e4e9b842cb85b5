//! Roles, and the one table that says what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// See the scene, the pictures, and who is there; show one's own cursor.
    Look,
    /// Detach from the stage, move a view of one's own, follow somebody.
    MoveOwnView,
    /// Move the session's shared view: dims, camera, playback.
    MoveStage,
    /// Change layers: contrast, colormap, visibility, order.
    EditLayers,
    /// Write and remove annotations.
    Annotate,
    /// Change the session's settings: axes, scale bar.
    EditSettings,
    /// Open and remove data, remove participants, end the session.
    ManageSession,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 7] = [
        Self::Look,
        Self::MoveOwnView,
        Self::MoveStage,
        Self::EditLayers,
        Self::Annotate,
        Self::EditSettings,
        Self::ManageSession,
    ];

    /// The least role that may do it: the whole permission table.
    ///
    /// | action | viewer | annotator | presenter | owner |
    /// | --- | --- | --- | --- | --- |
    /// | [`Look`](Self::Look) | yes | yes | yes | yes |
    /// | [`MoveOwnView`](Self::MoveOwnView) | yes | yes | yes | yes |
    /// | [`Annotate`](Self::Annotate) | – | yes | yes | yes |
    /// | [`MoveStage`](Self::MoveStage) | – | – | yes | yes |
    /// | [`EditLayers`](Self::EditLayers) | – | – | yes | yes |
    /// | [`EditSettings`](Self::EditSettings) | – | – | yes | yes |
    /// | [`ManageSession`](Self::ManageSession) | – | – | – | yes |
    pub const fn least_role(self) -> Role {
        match self {
            Self::Look | Self::MoveOwnView => Role::Viewer,
            Self::Annotate => Role::Annotator,
            Self::MoveStage | Self::EditLayers | Self::EditSettings => Role::Presenter,
            Self::ManageSession => Role::Owner,
        }
    }

    /// The action in words, to follow "to".
    const fn words(self) -> &'static str {
        match self {
            Self::Look => "look at this session",
            Self::MoveOwnView => "move your own view",
            Self::MoveStage => "move the shared view",
            Self::EditLayers => "change layers",
            Self::Annotate => "annotate",
            Self::EditSettings => "change the session's settings",
            Self::ManageSession => "manage the session",
        }
    }
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

    /// One row a role, in the order of [`Action::ALL`]; written out so that a slip in the table is
    /// seen.
    const TABLE: [(Role, [bool; 7]); 4] = [
        (Role::Viewer, [true, true, false, false, false, false, false]),
        (Role::Annotator, [true, true, false, false, true, false, false]),
        (Role::Presenter, [true, true, true, true, true, true, false]),
        (Role::Owner, [true; 7]),
    ];

    #[test]
    fn each_role_may_do_what_the_table_says() {
        for (role, row) in TABLE {
            assert_eq!(Action::ALL.map(|action| allows(role, action)), row, "{role}");
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
