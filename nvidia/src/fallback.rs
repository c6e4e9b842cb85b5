//! When the device's encoder fails: one step back, and when to try it again. A pure machine.
//!
//! One step back from NVENC is software H.264. Which steps there are after that is not decided here.

use std::time::Duration;

use parfocal_base::time::Instant;

/// A busy encoder is done with its queue within a few pictures.
const BUSY_WAIT: Duration = Duration::from_millis(250);
/// A driver that resets its device takes about a second.
const LOST_WAIT: Duration = Duration::from_secs(1);
/// Somebody else's session ends when a view is closed: not every second.
const FULL_WAIT: Duration = Duration::from_secs(5);
/// Each failure in a row doubles the wait, up to this: trying costs everybody a key picture.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How long it must have worked for a failure to count as the first one again.
const STEADY: Duration = Duration::from_secs(30);

/// What kind of failure it is: what the fallback needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// This machine will never encode so: no library, no encoder, too old a driver.
    Never,
    /// All sessions that the card or its memory allows are taken; others may close theirs.
    Full,
    /// The encoder is busy at the moment.
    Busy,
    /// The device is gone, or this session of it is.
    Lost,
    /// What was asked for is not supported: another size or codec may be.
    Refused,
}

impl Reason {
    /// As metrics name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Full => "full",
            Self::Busy => "busy",
            Self::Lost => "lost",
            Self::Refused => "refused",
        }
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Encode in software; NVENC may be tried again at that time.
    TryAt(Instant),
    /// Encode in software until the size or the codec is another.
    NotThis,
    /// Encode in software for good.
    Never,
}

/// The state of one encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fallback {
    failed: Option<(Verdict, Instant)>,
    in_a_row: u32,
}

impl Fallback {
    /// Nothing has failed yet.
    pub const fn new() -> Self {
        Self { failed: None, in_a_row: 0 }
    }

    /// Whether NVENC is to be used, or tried, at `now`.
    pub fn may_try(&self, now: Instant) -> bool {
        match self.failed {
            None => true,
            Some((Verdict::TryAt(at), _)) => now >= at,
            Some((Verdict::NotThis | Verdict::Never, _)) => false,
        }
    }

    /// It failed at `now`: what to do.
    pub fn failed(&mut self, reason: Reason, now: Instant) -> Verdict {
        if self.failed.is_some_and(|(_, before)| now.since(before) >= self.wait_before() + STEADY) {
            self.in_a_row = 0;
        }
        let wait = |first: Duration| {
            let doubled =
                first.saturating_mul(1_u32.checked_shl(self.in_a_row).unwrap_or(u32::MAX));
            Verdict::TryAt(now + doubled.min(LONGEST_WAIT))
        };
        let verdict = match (self.failed, reason) {
            (Some((Verdict::Never, _)), _) | (_, Reason::Never) => Verdict::Never,
            (_, Reason::Refused) => Verdict::NotThis,
            (_, Reason::Busy) => wait(BUSY_WAIT),
            (_, Reason::Lost) => wait(LOST_WAIT),
            (_, Reason::Full) => wait(FULL_WAIT),
        };
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.failed = Some((verdict, now));
        verdict
    }

    /// The pictures have another size or codec from now on.
    pub fn changed(&mut self) {
        if matches!(self.failed, Some((Verdict::NotThis, _))) {
            *self = Self::new();
        }
    }

    /// How long the last failure made it wait.
    fn wait_before(&self) -> Duration {
        match self.failed {
            Some((Verdict::TryAt(until), at)) => until.since(at),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn reasons() -> impl Strategy<Value = Reason> {
        use Reason as R;
        prop::sample::select(vec![R::Never, R::Full, R::Busy, R::Lost, R::Refused])
    }

    #[test]
    fn a_device_without_encoder_is_not_tried_again() {
        let mut machine = Fallback::new();
        assert!(machine.may_try(at(0)));
        assert_eq!(machine.failed(Reason::Never, at(0)), Verdict::Never);
        machine.changed();
        assert!(!machine.may_try(at(1_000_000)));
    }

    #[test]
    fn a_lost_device_is_tried_after_longer_and_longer_waits() {
        let mut machine = Fallback::new();
        assert_eq!(machine.failed(Reason::Lost, at(10)), Verdict::TryAt(at(11)));
        assert!(!machine.may_try(at(10)) && machine.may_try(at(11)));
        assert_eq!(machine.failed(Reason::Lost, at(11)), Verdict::TryAt(at(13)));
        assert_eq!(machine.failed(Reason::Lost, at(13)), Verdict::TryAt(at(17)));
    }

    #[test]
    fn what_worked_for_long_is_tried_soon_again() {
        let mut machine = Fallback::new();
        machine.failed(Reason::Lost, at(0));
        machine.failed(Reason::Lost, at(1));
        assert_eq!(machine.failed(Reason::Lost, at(100)), Verdict::TryAt(at(101)));
    }

    #[test]
    fn a_refused_size_is_forgotten_with_the_size() {
        let mut machine = Fallback::new();
        assert_eq!(machine.failed(Reason::Refused, at(0)), Verdict::NotThis);
        assert!(!machine.may_try(at(1000)));
        machine.changed();
        assert!(machine.may_try(at(1000)));
    }

    proptest! {
        #[test]
        fn it_never_waits_longer_than_the_bound_and_always_waits(
            steps in prop::collection::vec((reasons(), 0_u64..1000), 1..200)
        ) {
            let (mut machine, mut now) = (Fallback::new(), 0);
            for (reason, later) in steps {
                now += later;
                match machine.failed(reason, at(now)) {
                    Verdict::TryAt(until) => {
                        let wait = until.since(at(now));
                        prop_assert!(wait >= BUSY_WAIT && wait <= LONGEST_WAIT, "{wait:?}");
                    }
                    Verdict::NotThis | Verdict::Never => prop_assert!(!machine.may_try(at(now))),
                }
            }
        }
    }
}
