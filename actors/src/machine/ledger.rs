//! Which intents of which client were answered, and how. A replayed intent gets its first answer
//! again and changes nothing.

use std::collections::{HashMap, VecDeque};

use parfocal_sync::message::ServerMessage;

/// Answers kept for each client: as many as it may have pending, so that none of them is lost.
pub const ANSWERS_PER_CLIENT: usize = parfocal_sync::limits::MAX_PENDING_INTENTS;
/// Clients remembered: twice as many as a session holds. The one that was answered longest ago
/// goes first.
pub const CLIENTS: usize = 1200;

/// Names one run of one client: the 128 random bits of its hello.
pub type ClientId = [u8; 16];

/// The answered intents of all clients.
#[derive(Debug, Default)]
pub struct Ledger {
    clients: HashMap<ClientId, Answers>,
    /// Counts answers, so that clients can be put in the order of their last one.
    answers: u64,
}

#[derive(Debug, Default)]
struct Answers {
    highest: u64,
    last: u64,
    recent: VecDeque<(u64, ServerMessage)>,
}

/// What is known about an intent that arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// It is new: apply it.
    New,
    /// It was answered: send this again.
    Answered(ServerMessage),
    /// It was answered so long ago that the answer is forgotten.
    Forgotten,
}

impl Ledger {
    /// Whether intent `seq` of `client` was answered before.
    pub fn seen(&self, client: &ClientId, seq: u64) -> Seen {
        let Some(answers) = self.clients.get(client) else { return Seen::New };
        if seq > answers.highest {
            return Seen::New;
        }
        let found = answers.recent.iter().find(|(of, _)| *of == seq);
        found.map_or(Seen::Forgotten, |(_, answer)| Seen::Answered(answer.clone()))
    }

    /// Notes the answer to intent `seq` of `client`.
    pub fn answered(&mut self, client: ClientId, seq: u64, answer: ServerMessage) {
        self.answers += 1;
        if !self.clients.contains_key(&client) && self.clients.len() >= CLIENTS {
            let oldest = self.clients.iter().min_by_key(|(_, answers)| answers.last);
            if let Some(oldest) = oldest.map(|(&client, _)| client) {
                self.clients.remove(&oldest);
            }
        }
        let answers = self.clients.entry(client).or_default();
        answers.last = self.answers;
        answers.highest = answers.highest.max(seq);
        answers.recent.push_back((seq, answer));
        if answers.recent.len() > ANSWERS_PER_CLIENT {
            answers.recent.pop_front();
        }
    }

    /// The highest intent of `client` that was answered; 0 if none.
    pub fn highest(&self, client: &ClientId) -> u64 {
        self.clients.get(client).map_or(0, |answers| answers.highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(seq: u64) -> ServerMessage {
        ServerMessage::Ack { seq, revision: seq * 10, applied: None }
    }

    #[test]
    fn a_replay_gets_the_first_answer_again() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.seen(&[1; 16], 1), Seen::New);
        ledger.answered([1; 16], 1, ack(1));
        assert_eq!(ledger.seen(&[1; 16], 1), Seen::Answered(ack(1)));
        assert_eq!(ledger.seen(&[1; 16], 2), Seen::New);
        assert_eq!(ledger.seen(&[2; 16], 1), Seen::New);
        assert_eq!(ledger.highest(&[1; 16]), 1);
    }

    #[test]
    fn memory_is_bounded_by_answers_and_by_clients() {
        let mut ledger = Ledger::default();
        for seq in 1..=ANSWERS_PER_CLIENT as u64 + 1 {
            ledger.answered([1; 16], seq, ack(seq));
        }
        assert_eq!(ledger.seen(&[1; 16], 1), Seen::Forgotten);
        for n in 0..=CLIENTS as u32 {
            let mut client = [0; 16];
            client[..4].copy_from_slice(&n.to_le_bytes());
            ledger.answered(client, 1, ack(1));
            ledger.answered([9; 16], u64::from(n), ack(1));
        }
        assert!(ledger.clients.len() <= CLIENTS);
        assert_eq!(ledger.seen(&[1; 16], 7), Seen::New);
        assert_ne!(ledger.seen(&[9; 16], 7), Seen::New, "who is busy is remembered");
    }
}
