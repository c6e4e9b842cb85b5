//! When a rendition encodes: a new picture at once if somebody has room for it, a key picture
//! for who joins (merged and rate-limited), and the last picture a few times more once it rests,
//! because a codec at a fixed rate spends the bits of later pictures on what the first left out.

use std::time::Duration;

use parfocal_base::Instant;
use parfocal_encode::allocate::KEY_INTERVAL;

/// How often a resting picture is encoded again: until its still is under way.
pub const REFINEMENTS: u8 = 2;
/// Time between refinements.
pub const REFINE_INTERVAL: Duration = Duration::from_millis(50);
/// How long there has been room for the next picture before the last one is refined instead: who
/// moves thirty times a second has painted it by then, and it is not to wait behind the refinement.
pub const NOTHING_NEW: Duration = Duration::from_millis(35);

/// What the encoder does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Encode the latest picture.
    Encode {
        /// As a key picture.
        key: bool,
    },
    /// Wait for an event, or for this instant.
    Wait(Option<Instant>),
}

/// Who could take a picture, and from when on; `None`: nobody, before something happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Somebody who is in the stream.
    pub flowing: Option<Instant>,
    /// Somebody who waits for a key picture.
    pub joining: Option<Instant>,
    /// Somebody waits for room: what a client says may make some.
    pub starved: bool,
}

impl Readers {
    /// Those and these.
    pub fn and(self, other: Self) -> Self {
        let sooner = |a: Option<Instant>, b: Option<Instant>| [a, b].into_iter().flatten().min();
        Self {
            flowing: sooner(self.flowing, other.flowing),
            joining: sooner(self.joining, other.joining),
            starved: self.starved || other.starved,
        }
    }

    /// Nobody before that time.
    pub fn not_before(self, at: Instant) -> Self {
        let late = |when: Option<Instant>| when.map(|when| when.max(at));
        Self { flowing: late(self.flowing), joining: late(self.joining), ..self }
    }

    /// When anybody can.
    pub fn soonest(self) -> Option<Instant> {
        [self.flowing, self.joining].into_iter().flatten().min()
    }
}

/// The pace of one rendition.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often a resting picture is encoded again.
    refine: u8,
    seen: bool,
    fresh: bool,
    refinements: u8,
    encoded: Option<Instant>,
    /// Since when somebody in the stream has had room for a picture.
    room: Option<Instant>,
    key: Option<Instant>,
}

impl Pace {
    /// A rendition without a picture yet. Only `video` gets better by being encoded again.
    pub const fn new(video: bool) -> Self {
        Self {
            refine: if video { REFINEMENTS } else { 0 },
            seen: false,
            fresh: false,
            refinements: 0,
            encoded: None,
            room: None,
            key: None,
        }
    }

    /// A new picture is there.
    pub const fn picture(&mut self) {
        self.seen = true;
        self.fresh = true;
        self.refinements = self.refine;
    }

    /// Decides; [`Step::Encode`] is taken as done at `now`.
    pub fn step(&mut self, now: Instant, readers: Readers) -> Step {
        if !self.seen {
            return Step::Wait(None);
        }
        let key_at = self.key.map_or(now, |key| key + KEY_INTERVAL);
        let join = readers.joining.map(|at| at.max(key_at));
        if join.is_some_and(|at| at <= now) {
            self.key = Some(now);
            return self.encode(now, true);
        }
        let since = self.room.map_or(now, |room| room.min(now));
        self.room = readers.flowing.map(|at| if at > now { at } else { since });
        let fresh = readers.flowing.filter(|_| self.fresh);
        if fresh.is_some_and(|at| at <= now) {
            return self.encode(now, false);
        }
        let refine_at = self.encoded.map_or(now, |at| at + REFINE_INTERVAL);
        let refine = self.room.filter(|_| self.refinements > 0 && !self.fresh);
        let refine = refine.map(|room| (room + NOTHING_NEW).max(refine_at));
        if refine.is_some_and(|at| at <= now) {
            self.refinements -= 1;
            return self.encode(now, false);
        }
        Step::Wait([join, fresh, refine].into_iter().flatten().min())
    }

    const fn encode(&mut self, now: Instant, key: bool) -> Step {
        self.fresh = false;
        self.encoded = Some(now);
        self.room = None;
        Step::Encode { key }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOWING: Readers = Readers { flowing: Some(Instant::ZERO), ..NOBODY };
    const JOINING: Readers = Readers { joining: Some(Instant::ZERO), ..NOBODY };
    const NOBODY: Readers = Readers { flowing: None, joining: None, starved: false };

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn nothing_is_encoded_before_the_first_picture_or_for_nobody() {
        let mut pace = Pace::new(true);
        assert_eq!(pace.step(at(0), JOINING), Step::Wait(None));
        pace.picture();
        assert_eq!(pace.step(at(0), NOBODY), Step::Wait(None));
    }

    #[test]
    fn keys_are_merged_and_kept_apart() {
        let mut pace = Pace::new(true);
        pace.picture();
        assert_eq!(pace.step(at(0), JOINING), Step::Encode { key: true });
        assert_eq!(pace.step(at(1), JOINING), Step::Wait(Some(at(300))));
        assert_eq!(pace.step(at(300), JOINING), Step::Encode { key: true });
    }

    #[test]
    fn a_resting_picture_is_refined_a_few_times_and_then_left_alone() {
        let mut pace = Pace::new(true);
        pace.picture();
        assert_eq!(pace.step(at(0), FLOWING), Step::Encode { key: false });
        for n in 1..=u64::from(REFINEMENTS) {
            assert_eq!(pace.step(at(n * 50 - 50), FLOWING), Step::Wait(Some(at(n * 50))));
            assert_eq!(pace.step(at(n * 50), FLOWING), Step::Encode { key: false });
        }
        assert_eq!(pace.step(at(10_000), FLOWING), Step::Wait(None));
    }

    #[test]
    fn what_is_painted_as_soon_as_there_is_room_does_not_wait_behind_a_refinement() {
        let mut pace = Pace::new(true);
        for n in 0..100 {
            pace.picture();
            assert_eq!(pace.step(at(n * 100), FLOWING), Step::Encode { key: false });
            // The link is slow; and the next picture is painted some time after there is room.
            let room = Readers { flowing: Some(at(n * 100 + 70)), ..NOBODY };
            let refined = at(n * 100 + 70) + NOTHING_NEW;
            for ms in [0, 50, 70, 90] {
                assert_eq!(pace.step(at(n * 100 + ms), room), Step::Wait(Some(refined)));
            }
        }
    }

    #[test]
    fn a_still_is_encoded_once() {
        let mut pace = Pace::new(false);
        pace.picture();
        assert_eq!(pace.step(at(0), FLOWING), Step::Encode { key: false });
        assert_eq!(pace.step(at(1000), FLOWING), Step::Wait(None));
    }

    #[test]
    fn a_picture_that_found_no_room_is_encoded_when_there_is_room() {
        let mut pace = Pace::new(true);
        pace.picture();
        assert_eq!(pace.step(at(0), NOBODY), Step::Wait(None));
        let soon = Readers { flowing: Some(at(45)), ..NOBODY };
        assert_eq!(pace.step(at(40), soon), Step::Wait(Some(at(45))));
        assert_eq!(pace.step(at(45), soon), Step::Encode { key: false });
    }

    proptest! {
        #[test]
        fn keys_are_never_closer_than_the_interval(
            steps in prop::collection::vec((0_u64..100, any::<bool>(), any::<bool>(), any::<bool>()), 1..300)
        ) {
            let (mut pace, mut now, mut last) = (Pace::new(true), 0, None);
            for (wait, picture, flowing, joining) in steps {
                now += wait;
                if picture {
                    pace.picture();
                }
                let can = |can: bool| can.then_some(Instant::ZERO);
                let readers =
                    Readers { flowing: can(flowing), joining: can(joining), starved: false };
                if pace.step(at(now), readers) == (Step::Encode { key: true }) {
                    prop_assert!(last.is_none_or(|l| now - l >= 300));
                    last = Some(now);
                }
            }
        }
    }
}
