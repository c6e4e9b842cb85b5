//! How long somebody is listened to who sends what is refused.

use parfocal_base::Instant;

use super::limits::{DEAF_AFTER, DEAF_FOR};

/// Counts what was refused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    refusals: u32,
    first: Instant,
}

impl Patience {
    /// Something was refused, or could not be read.
    pub(super) fn strike(&mut self, now: Instant) {
        if self.refusals == 0 || now >= self.first + DEAF_FOR {
            *self = Self { refusals: 0, first: now };
        }
        self.refusals = self.refusals.saturating_add(1);
    }

    /// Whether it was too much, a short while ago.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.refusals >= DEAF_AFTER && now < self.first + DEAF_FOR
    }
}
