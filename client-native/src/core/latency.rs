//! From an intent to the first picture that shows it.

use std::collections::VecDeque;
use std::time::Duration;

use parfocal_base::Instant;

use super::stats::Stats;

/// An acknowledged intent that no picture has shown after this time changed nothing that is seen.
pub const PICTURE_WAIT: Duration = Duration::from_secs(2);
/// Acknowledged intents that wait for their picture: two seconds at the sustained rate.
const MAX_WAITING: usize = 256;
/// Pictures remembered, as the picture may overtake the ack: half a second at 60 a second.
const MAX_RECENT: usize = 32;

/// Joins acks and pictures, in whichever order they come.
#[derive(Debug, Default)]
pub(super) struct Latency {
    waiting: VecDeque<Waiting>,
    recent: VecDeque<Shown>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    sent: Instant,
    revision: u64,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    at: Instant,
    revision: u64,
}

impl Latency {
    /// An intent that was sent at `sent` is in the document since `revision`.
    pub(super) fn acked(&mut self, sent: Instant, revision: u64, stats: &mut Stats) {
        let shows = |shown: &&Shown| shown.revision >= revision && shown.at >= sent;
        if let Some(shown) = self.recent.iter().find(shows) {
            stats.picture_time.record(shown.at.since(sent));
            return;
        }
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.pop_front();
            stats.unseen += 1;
        }
        self.waiting.push_back(Waiting { sent, revision });
    }

    /// A picture of `revision` is shown.
    pub(super) fn shown(&mut self, now: Instant, revision: u64, stats: &mut Stats) {
        if self.recent.len() >= MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Shown { at: now, revision });
        self.waiting.retain(|waiting| {
            let time = now.since(waiting.sent);
            if time > PICTURE_WAIT {
                stats.unseen += 1;
            } else if waiting.revision <= revision {
                stats.picture_time.record(time);
            } else {
                return true;
            }
            false
        });
    }

    /// Revisions begin anew.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    fn longest(stats: &Stats) -> (u64, u128) {
        (stats.picture_time.count(), stats.picture_time.max().as_millis())
    }

    #[test]
    fn the_first_picture_with_the_revision_counts() {
        let (mut latency, mut stats) = (Latency::default(), Stats::default());
        latency.acked(at(0), 5, &mut stats);
        latency.shown(at(8), 4, &mut stats);
        assert_eq!(stats.picture_time.count(), 0);
        latency.shown(at(16), 7, &mut stats);
        latency.shown(at(24), 8, &mut stats);
        assert_eq!(longest(&stats), (1, 16));
    }

    #[test]
    fn a_picture_may_overtake_the_ack() {
        let (mut latency, mut stats) = (Latency::default(), Stats::default());
        latency.shown(at(1), 9, &mut stats);
        latency.shown(at(12), 9, &mut stats);
        latency.acked(at(10), 9, &mut stats);
        assert_eq!(longest(&stats), (1, 2));
    }

    #[test]
    fn an_intent_that_no_picture_shows_is_counted_apart() {
        let (mut latency, mut stats) = (Latency::default(), Stats::default());
        latency.acked(at(0), 5, &mut stats);
        latency.shown(at(9000), 6, &mut stats);
        assert_eq!((stats.unseen, stats.picture_time.count()), (1, 0));
    }
}
