//! The documents of a session.

/// Which of a session's two documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Domain {
    /// Layers, dims, views, settings.
    #[default]
    Scene = 0,
    /// What people draw.
    Annotations = 1,
}

impl Domain {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Scene, Self::Annotations];

    /// As it stands in files and messages.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The document of this number.
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.number() == number)
    }
}
