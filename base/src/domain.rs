//! The documents of a session.

/// Which of a session's two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Domain {
    /// Layers, dims, views, settings.
    Scene = 0,
    /// What people draw.
    Annotations = 1,
}

impl Domain {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Scene, Self::Annotations];

    /// As it stands in the file.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The domain of a number in the file.
    pub(crate) fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.number() == number)
    }
}
