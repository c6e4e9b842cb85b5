//! Which intents of which client were answered, and how. A replayed intent gets its first answer
//! again and changes nothing.

use std::collections::{BTreeSet, HashMap, VecDeque};

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
    /// The highest whose answer was forgotten.
    forgotten: u64,
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
        if let Some((_, answer)) = answers.recent.iter().find(|(of, _)| *of == seq) {
            return Seen::Answered(answer.clone());
        }
        // One that was lost with the last life of the actor may come after its successors, which
        // were under way while the client was told to send it again.
        let reach = answers.highest.saturating_sub(ANSWERS_PER_CLIENT as u64);
        if seq > answers.forgotten.max(reach) { Seen::New } else { Seen::Forgotten }
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
        if answers.recent.len() > ANSWERS_PER_CLIENT
            && let Some((seq, _)) = answers.recent.pop_front()
        {
            answers.forgotten = answers.forgotten.max(seq);
        }
    }

    /// Notes that the answers to the intents of `client` up to `seq` are not known any more.
    pub fn forgot(&mut self, client: ClientId, seq: u64) {
        let answers = self.clients.entry(client).or_default();
        answers.forgotten = answers.forgotten.max(seq);
    }

    /// The intent of `client` up to which all were answered, as far as is known; 0 if none. Of what
    /// comes after it the client is to send again what it has no answer to.
    pub fn answered_up_to(&self, client: &ClientId) -> u64 {
        let Some(answers) = self.clients.get(client) else { return 0 };
        let known: BTreeSet<u64> = answers.recent.iter().map(|(seq, _)| *seq).collect();
        let known = known.range(answers.forgotten + 1..);
        known.fold(answers.forgotten, |last, &seq| if seq == last + 1 { seq } else { last })
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
        assert_eq!(ledger.answered_up_to(&[1; 16]), 1);
    }

    #[test]
    fn one_that_was_lost_is_new_although_later_ones_were_answered() {
        let mut ledger = Ledger::default();
        [1, 2, 4].into_iter().for_each(|seq| ledger.answered([1; 16], seq, ack(seq)));
        assert_eq!(ledger.answered_up_to(&[1; 16]), 2);
        assert_eq!(ledger.seen(&[1; 16], 3), Seen::New);
        ledger.answered([1; 16], 3, ack(3));
        assert_eq!(ledger.answered_up_to(&[1; 16]), 4);
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
