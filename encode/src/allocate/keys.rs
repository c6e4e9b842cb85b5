//! Key pictures for who joins, merged and kept apart.

use std::time::Duration;

use parfocal_base::Instant;

/// Key pictures of one rendition are at least this far apart: each costs everybody ten difference
/// pictures.
pub const KEY_INTERVAL: Duration = Duration::from_millis(300);
/// A client that asks for one key picture after another waits twice as long each time, up to this:
/// it must not make them constant for the others.
const REQUEST_MOST: Duration = Duration::from_secs(10);

/// What one client may ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requests {
    last: Option<Instant>,
    wait: Duration,
}

impl Default for Requests {
    fn default() -> Self {
        Self { last: None, wait: KEY_INTERVAL }
    }
}

impl Requests {
    /// When the client that asks at `now` may be given a key picture.
    pub(super) fn ask(&mut self, now: Instant) -> Instant {
        let at = self.last.map_or(now, |last| now.max(last + self.wait));
        let calm = self.last.is_none_or(|last| now.since(last) > REQUEST_MOST * 2);
        self.wait = if calm { KEY_INTERVAL } else { (self.wait * 2).min(REQUEST_MOST) };
        self.last = Some(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn who_asks_often_waits_longer_and_longer() {
        let mut requests = Requests::default();
        assert_eq!(requests.ask(at(0)), at(0));
        assert_eq!(requests.ask(at(1)), at(300));
        assert_eq!(requests.ask(at(301)), at(900));
        let mut last = at(900);
        for _ in 0..20 {
            let next = requests.ask(last);
            assert!(next.since(last) <= REQUEST_MOST);
            last = next;
        }
        let calm = last + REQUEST_MOST * 3;
        assert_eq!(requests.ask(calm), calm);
        assert_eq!(requests.ask(calm), calm + KEY_INTERVAL);
    }
}
