//! One-time tickets that bind a pixel channel to its state channel.

use std::collections::HashMap;

use parfocal_base::Instant;

use crate::limits::{MAX_TICKETS, TICKET_LIFETIME};

/// Random bytes of a ticket: cannot be guessed within its life.
pub const TICKET_BYTES: usize = 16;

/// The tickets that were given out and not used yet; `T` says whose they are.
#[derive(Debug)]
pub struct Tickets<T> {
    waiting: HashMap<[u8; TICKET_BYTES], Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    until: Instant,
    owner: T,
}

impl<T> Default for Tickets<T> {
    fn default() -> Self {
        Self { waiting: HashMap::new() }
    }
}

impl<T> Tickets<T> {
    /// Keeps `owner` under a ticket made of `random` (from a cryptographic source), and returns it:
    /// 32 hexadecimal digits. `None` while [`MAX_TICKETS`] are waiting, or where `random` was
    /// drawn before.
    pub fn mint(&mut self, now: Instant, random: [u8; TICKET_BYTES], owner: T) -> Option<String> {
        if self.waiting.len() >= MAX_TICKETS {
            self.expire(now);
        }
        if self.waiting.len() >= MAX_TICKETS || self.waiting.contains_key(&random) {
            return None;
        }
        self.waiting.insert(random, Waiting { until: now + TICKET_LIFETIME, owner });
        Some(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whose ticket it is; it works once, and within [`TICKET_LIFETIME`].
    pub fn redeem(&mut self, now: Instant, ticket: &str) -> Option<T> {
        let waiting = self.waiting.remove(&bytes(ticket)?)?;
        (now <= waiting.until).then_some(waiting.owner)
    }

    /// Forgets the tickets of owners that are gone.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.waiting.retain(|_, waiting| keep(&waiting.owner));
    }

    /// Forgets what is too old.
    pub fn expire(&mut self, now: Instant) {
        self.waiting.retain(|_, waiting| now <= waiting.until);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn bytes(ticket: &str) -> Option<[u8; TICKET_BYTES]> {
    let digits = ticket.as_bytes();
    if digits.len() != 2 * TICKET_BYTES {
        return None;
    }
    let mut out = [0; TICKET_BYTES];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0;
        for &digit in pair {
            value = value * 16 + char::from(digit).to_digit(16)? as u8;
        }
        *byte = value;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn a_ticket_works_once_and_only_for_its_owner() {
        let mut tickets = Tickets::default();
        let a = tickets.mint(NOW, [1; 16], "a").unwrap();
        let b = tickets.mint(NOW, [2; 16], "b").unwrap();
        assert_eq!(tickets.redeem(NOW, &b), Some("b"));
        assert_eq!(tickets.redeem(NOW, &b), None);
        assert_eq!(tickets.redeem(NOW, &a), Some("a"));
    }

    #[test]
    fn a_ticket_is_worth_nothing_after_its_time() {
        let mut tickets = Tickets::default();
        let ticket = tickets.mint(NOW, [7; 16], ()).unwrap();
        let late = NOW + TICKET_LIFETIME + Duration::from_micros(1);
        assert_eq!(tickets.redeem(late, &ticket), None);
        assert!(tickets.is_empty());
    }

    #[test]
    fn no_more_tickets_wait_than_the_bound_and_old_ones_make_room() {
        let mut tickets = Tickets::default();
        let random = |n: usize| (n as u128).to_le_bytes();
        for n in 0..MAX_TICKETS {
            assert!(tickets.mint(NOW, random(n), ()).is_some());
        }
        assert_eq!(tickets.mint(NOW, random(MAX_TICKETS), ()), None);
        let late = NOW + TICKET_LIFETIME + Duration::from_secs(1);
        assert!(tickets.mint(late, random(MAX_TICKETS), ()).is_some());
        assert_eq!(tickets.len(), 1);
    }

    #[test]
    fn what_is_not_a_ticket_opens_nothing() {
        let mut tickets = Tickets::default();
        tickets.mint(NOW, [0; 16], ());
        let ticket = "0".repeat(32);
        for wrong in ["", "00", "zz", &"g".repeat(32), &"0".repeat(33), &"+".repeat(32)] {
            assert_eq!(tickets.redeem(NOW, wrong), None);
        }
        tickets.retain(|()| false);
        assert_eq!(tickets.redeem(NOW, &ticket), None);
    }
}
