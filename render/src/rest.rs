//! When a view has come to rest: then its viewers get a still, whose pixels are exactly those that
//! were rendered. A machine without a clock.

use std::time::Duration;

use parfocal_base::Instant;

/// A view has come to rest when its last picture lacked nothing, and nothing has changed for this
/// long: longer than the pauses within a movement, and short enough that rendering, coding and
/// sending a still end within 200 ms on a good link.
pub const REST: Duration = Duration::from_millis(80);
/// Wait after a still could not be made.
const RETRY: Duration = Duration::from_secs(1);

/// Says when the next still is due.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rest {
    due: Option<Instant>,
}

impl Rest {
    /// What the view shows has changed, or a picture of it is begun.
    pub const fn moved(&mut self) {
        self.due = None;
    }

    /// A picture was finished; `complete`: nothing that it shows was missing.
    pub fn painted(&mut self, now: Instant, complete: bool) {
        self.due = complete.then_some(now + REST);
    }

    /// The still that was due could not be made.
    pub fn lost(&mut self, now: Instant) {
        self.due = Some(now + RETRY);
    }

    /// Whether a still is due at `now`; asked once for each.
    pub fn take(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    /// When the next one is.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn a_still_is_due_once_after_each_movement() {
        let mut rest = Rest::default();
        assert!(!rest.take(at(0)));
        rest.painted(at(10), true);
        assert_eq!(rest.due(), Some(at(90)));
        assert!(!rest.take(at(89)));
        rest.moved();
        assert!(!rest.take(at(100)));
        rest.painted(at(110), true);
        assert!(rest.take(at(190)));
        assert!(!rest.take(at(1000)));
    }

    #[test]
    fn a_picture_that_lacks_something_is_no_rest() {
        let mut rest = Rest::default();
        rest.painted(at(0), true);
        rest.painted(at(10), false);
        assert_eq!(rest.due(), None);
    }

    #[test]
    fn a_still_that_was_lost_is_made_later() {
        let mut rest = Rest::default();
        rest.lost(at(0));
        assert!(rest.take(at(1000)));
    }
}
