//! When a picture that takes long is painted with less care. A machine without a clock.

use std::time::Duration;

use parfocal_base::Instant;

/// A view has settled when nothing that it shows has changed for so long: longer than the pauses
/// within a movement, so that it does not stop for a careful picture in the midst of one.
pub const SETTLE: Duration = Duration::from_millis(100);
/// A picture that is painted faster than that is always painted with care: 30 of them fit into a
/// second.
const QUICK: Duration = Duration::from_millis(30);
/// A hasty picture that takes longer is painted more hastily still: 15 of them are to fit into a
/// second.
const LATE: Duration = Duration::from_millis(60);
/// One that is painted this much faster can be painted with four times the rays.
const EARLY: Duration = Duration::from_millis(12);

/// Says when to hurry, and when a careful picture is owed.
#[derive(Clone, Copy, Debug)]
pub struct Haste {
    settled: Option<Instant>,
    owed: bool,
    /// How long the last careful picture took.
    careful: Option<Duration>,
    every: u32,
}

impl Default for Haste {
    fn default() -> Self {
        Self { settled: None, owed: false, careful: None, every: 2 }
    }
}

impl Haste {
    /// What the view shows has changed.
    pub fn moved(&mut self, now: Instant) {
        self.settled = Some(now + SETTLE);
    }

    /// With how much less care the next picture is to be painted, if it can be: pixels along each
    /// side of a block that shares a ray ([`DrawList::hasten`](crate::DrawList::hasten)).
    pub fn hurry(&self, now: Instant) -> Option<u32> {
        let quick = self.careful.is_some_and(|took| took < QUICK);
        let moves = self.settled.is_some_and(|at| at > now);
        (moves && !quick).then_some(self.every)
    }

    /// A picture was painted in so much time.
    pub fn painted(&mut self, hastily: bool, took: Duration) {
        self.owed = hastily;
        if !hastily {
            self.careful = Some(took);
        } else if took > LATE {
            self.every = 4;
        } else if took < EARLY {
            self.every = 2;
        }
    }

    /// Whether a careful picture is to be painted now, as the last one was not; asked once for each.
    pub fn take(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        self.owed &= !due;
        due
    }

    /// When that will be.
    pub fn due(&self) -> Option<Instant> {
        self.settled.filter(|_| self.owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Duration = Duration::from_millis(300);

    const fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn what_moves_is_painted_hastily_and_carefully_once_it_has_settled() {
        let mut haste = Haste::default();
        assert_eq!(haste.hurry(at(0)), None);
        haste.moved(at(0));
        assert_eq!(haste.hurry(at(10)), Some(2));
        haste.painted(true, Duration::from_millis(20));
        haste.moved(at(50));
        assert_eq!(haste.due(), Some(at(150)));
        assert!(!haste.take(at(149)));
        assert!(haste.take(at(150)));
        assert_eq!(haste.hurry(at(150)), None);
        assert!(!haste.take(at(1000)));
    }

    #[test]
    fn what_is_painted_quickly_is_never_painted_hastily() {
        let mut haste = Haste::default();
        haste.painted(false, Duration::from_millis(10));
        haste.moved(at(0));
        assert_eq!(haste.hurry(at(1)), None);
        haste.painted(false, SLOW);
        assert_eq!(haste.hurry(at(2)), Some(2));
        haste.painted(true, SLOW);
        assert_eq!(haste.hurry(at(3)), Some(4));
        haste.painted(false, SLOW);
        assert_eq!(haste.due(), None);
    }
}
