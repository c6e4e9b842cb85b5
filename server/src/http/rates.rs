//! How often each may ask over HTTP.

use std::collections::HashMap;

use parfocal_base::Instant;
use parfocal_sync::rate::IntentRate;
use parking_lot::Mutex;

/// Requests of one user a second, and at once: a page that shows lists, and a script of a person.
const REQUESTS: [u32; 2] = [10, 40];
/// Requests without a token from one address a second, and at once: a seminar that opens an
/// invitation behind one address, and no guessing.
const STRANGERS: [u32; 2] = [2, 60];
/// Users and addresses that are remembered. Past it all are forgotten, which lets each begin with a
/// full bucket.
const MAX_KNOWN: usize = 10_000;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asker {
    /// A user with a good token.
    Subject(String),
    /// An address.
    Stranger(std::net::IpAddr),
}

/// The buckets of all that asked lately.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<Asker, IntentRate>>);

impl Rates {
    /// Whether one more request is taken now.
    pub(crate) fn allow(&self, now: Instant, asker: Asker) -> bool {
        let [each_second, burst] = match asker {
            Asker::Subject(_) => REQUESTS,
            Asker::Stranger(_) => STRANGERS,
        };
        let mut known = self.0.lock();
        if known.len() >= MAX_KNOWN && !known.contains_key(&asker) {
            known.clear();
        }
        let rate = known.entry(asker);
        rate.or_insert_with(|| IntentRate::with_limits(now, burst, each_second)).allow(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_has_a_bucket_of_their_own_that_fills_again() {
        let (rates, now) = (Rates::default(), Instant::ZERO);
        let ada = || Asker::Subject("ada".into());
        let taken = (0..1000).filter(|_| rates.allow(now, ada())).count();
        assert_eq!(taken, REQUESTS[1] as usize);
        assert!(rates.allow(now, Asker::Subject("bob".into())));
        assert!(rates.allow(now + Duration::from_secs(1), ada()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let rates = Rates::default();
        for n in 0..=MAX_KNOWN {
            assert!(rates.allow(Instant::ZERO, Asker::Subject(n.to_string())));
        }
        assert!(rates.0.lock().len() <= MAX_KNOWN);
    }
}
