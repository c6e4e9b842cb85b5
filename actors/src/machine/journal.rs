//! What waits for the disk: one write under way at a time, and the answers that may be given only
//! when it is there. A write that fails is tried again, unchanged: nothing is skipped, so that the
//! journal has no gap, and nothing is acknowledged that is not on disk.
//!
//! A client's answers keep the order of its intents: one that needs no journal waits behind the
//! same client's earlier ones that do.

use parfocal_base::{Domain, ParticipantId};
use parfocal_store::Entry;
use parfocal_sync::message::ServerMessage;

use super::ledger::ClientId;
use crate::admin::Unsaved;

/// An answer, and whose.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The participant's number.
    pub to: ParticipantId,
    /// This run of their client.
    pub client: ClientId,
    /// Of the intent.
    pub seq: u64,
    /// What to say.
    pub message: ServerMessage,
}

/// The journal's queue of one session. `W` is what else waits for the disk.
#[derive(Debug)]
pub struct Journal<W> {
    /// Answers of intents that are not being written yet; `true` where a receipt is to be kept.
    next: Vec<(Answer, bool)>,
    next_waiting: Vec<W>,
    flight: Option<Flight<W>>,
    failed: Option<Unsaved>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Draft {
    /// All of it.
    pub entries: Vec<Entry>,
    /// What standard Yjs clients see once it is on disk.
    pub shown: Vec<(Domain, Vec<u8>)>,
}

/// A write that is under way, or succeeded.
#[derive(Debug, PartialEq)]
pub struct Flight<W> {
    /// What was written.
    pub entries: Vec<Entry>,
    /// What standard Yjs clients see now.
    pub shown: Vec<(Domain, Vec<u8>)>,
    /// The answers to give, in order.
    pub answers: Vec<Answer>,
    /// How many of them are of asks that are in it.
    pub asks: usize,
    /// What else waits for it.
    pub waiting: Vec<W>,
}

impl<W> Default for Journal<W> {
    fn default() -> Self {
        Self { next: Vec::new(), next_waiting: Vec::new(), flight: None, failed: None }
    }
}

impl<W> Journal<W> {
    /// Whether an answer to this intent waits.
    pub fn holds(&self, client: &ClientId, seq: u64) -> bool {
        self.waiting().any(|answer| answer.client == *client && answer.seq == seq)
    }

    /// Why the last write failed, if no later one has succeeded.
    pub const fn failure(&self) -> Option<Unsaved> {
        self.failed
    }

    /// Whether nothing waits and nothing is being written.
    pub fn is_idle(&self) -> bool {
        self.flight.is_none() && self.next.is_empty() && self.next_waiting.is_empty()
    }

    /// Something waits until all that there is now is on disk. It comes back where that is so
    /// already; `unsaved` says whether there is anything that was not handed out to be written.
    pub fn wait(&mut self, waiting: W, unsaved: bool) -> Option<W> {
        match &mut self.flight {
            _ if unsaved || !self.next.is_empty() => self.next_waiting.push(waiting),
            Some(flight) => flight.waiting.push(waiting),
            None => return Some(waiting),
        }
        None
    }

    /// An intent was applied that is to be on disk before it is answered.
    pub fn durable(&mut self, answer: Answer) {
        self.next.push((answer, true));
    }

    /// An intent was dealt with that needs no journal: its answer comes back, unless earlier ones
    /// of the same client wait.
    pub fn transient(&mut self, answer: Answer) -> Option<Answer> {
        let of_client = |other: &Answer| other.client == answer.client;
        if self.next.iter().any(|(other, _)| of_client(other)) {
            self.next.push((answer, false));
        } else if let Some(flight) = &mut self.flight
            && flight.answers.iter().any(of_client)
        {
            flight.answers.push(answer);
        } else {
            return Some(answer);
        }
        None
    }

    /// Whether there is something to write, and nothing is being written.
    pub fn is_due(&self, unsaved: bool) -> bool {
        let wanted = unsaved || !self.next.is_empty() || !self.next_waiting.is_empty();
        wanted && self.flight.is_none()
    }

    /// What to write now, if that [is due](Self::is_due): `draft` makes it of the answers that need
    /// receipts.
    ///
    /// # Errors
    /// Those of `draft`.
    pub fn write<E>(
        &mut self,
        unsaved: bool,
        draft: impl FnOnce(&[&Answer]) -> Result<Draft, E>,
    ) -> Result<Option<Vec<Entry>>, E> {
        if !self.is_due(unsaved) {
            return Ok(None);
        }
        let receipts: Vec<_> = self.next.iter().filter(|(_, kept)| *kept).map(|(a, _)| a).collect();
        let asks = receipts.len();
        let Draft { entries, shown } = draft(&receipts)?;
        let answers = self.next.drain(..).map(|(answer, _)| answer).collect();
        let waiting = std::mem::take(&mut self.next_waiting);
        self.flight = Some(Flight { entries: entries.clone(), shown, answers, asks, waiting });
        Ok(Some(entries))
    }

    /// The write succeeded.
    pub fn written(&mut self) -> Option<Flight<W>> {
        self.failed = None;
        self.flight.take()
    }

    /// The write failed: call [`Journal::again`] after a while. The first reason counts: what
    /// fails later may do so because the store is being opened again.
    pub fn failed(&mut self, why: Unsaved) {
        self.failed.get_or_insert(why);
    }

    /// The write that failed, once more.
    pub fn again(&self) -> Option<Vec<Entry>> {
        self.flight.as_ref().filter(|_| self.failed.is_some()).map(|flight| flight.entries.clone())
    }

    fn waiting(&self) -> impl Iterator<Item = &Answer> {
        let flying = self.flight.iter().flat_map(|flight| &flight.answers);
        flying.chain(self.next.iter().map(|(answer, _)| answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(client: u8, seq: u64) -> Answer {
        let message = ServerMessage::Ack { seq, revision: seq, applied: None };
        Answer { to: ParticipantId(client.into()), client: [client; 16], seq, message }
    }

    fn draft(answers: &[&Answer]) -> Result<Draft, ()> {
        let revision = answers.iter().map(|a| a.seq).max().unwrap_or(0);
        let updates = vec![(Domain::Scene, vec![1])];
        let entries = vec![Entry { revision, updates, ..Entry::default() }];
        Ok(Draft { entries, ..Draft::default() })
    }

    #[test]
    fn one_write_is_under_way_and_what_comes_meanwhile_shares_the_next() {
        let mut journal = Journal::<u8>::default();
        journal.durable(answer(1, 1));
        assert!(journal.write(false, draft).unwrap().is_some());
        journal.durable(answer(1, 2));
        journal.durable(answer(2, 1));
        assert_eq!(journal.write(false, draft), Ok(None));
        assert_eq!(journal.written().unwrap().answers, [answer(1, 1)]);
        assert!(journal.write(false, draft).unwrap().is_some());
        assert_eq!(journal.written().unwrap().answers, [answer(1, 2), answer(2, 1)]);
        assert!(journal.is_idle());
    }

    #[test]
    fn a_clients_answers_keep_their_order_and_others_do_not_wait_for_them() {
        let mut journal = Journal::<u8>::default();
        journal.durable(answer(1, 1));
        journal.write(false, draft).unwrap();
        assert_eq!(journal.transient(answer(1, 2)), None);
        assert_eq!(journal.transient(answer(2, 9)), Some(answer(2, 9)));
        journal.durable(answer(1, 3));
        assert_eq!(journal.transient(answer(1, 4)), None);
        assert!(journal.holds(&[1; 16], 2) && journal.holds(&[1; 16], 4));
        assert_eq!(journal.written().unwrap().answers, [answer(1, 1), answer(1, 2)]);
        journal.write(false, draft).unwrap();
        assert_eq!(journal.written().unwrap().answers, [answer(1, 3), answer(1, 4)]);
    }

    #[test]
    fn a_failed_write_is_tried_again_unchanged_and_answers_nothing_before() {
        let mut journal = Journal::<u8>::default();
        journal.durable(answer(1, 1));
        let first = journal.write(false, draft).unwrap();
        assert_eq!(journal.again(), None);
        let full = Unsaved { code: "store_full", why: "the disk is full" };
        journal.failed(full);
        journal.failed(Unsaved::RESTARTED);
        journal.durable(answer(1, 2));
        assert_eq!(journal.write(true, draft), Ok(None));
        assert_eq!(journal.failure(), Some(full));
        assert_eq!(journal.again(), first);
        assert_eq!(journal.written().unwrap().answers, [answer(1, 1)]);
        assert_eq!(journal.failure(), None);
    }

    #[test]
    fn passing_changes_are_written_without_anybody_waiting() {
        let mut journal = Journal::<u8>::default();
        assert_eq!(journal.write(false, draft), Ok(None));
        assert!(journal.write(true, draft).unwrap().is_some());
        assert!(journal.written().unwrap().answers.is_empty());
    }

    #[test]
    fn what_waits_is_told_when_all_before_it_is_on_disk() {
        let mut journal = Journal::<u8>::default();
        assert_eq!(journal.wait(1, false), Some(1));
        journal.durable(answer(1, 1));
        assert_eq!(journal.wait(2, true), None);
        journal.write(true, draft).unwrap();
        assert_eq!((journal.wait(3, false), journal.wait(4, true)), (None, None));
        assert_eq!(journal.written().unwrap().waiting, [2, 3]);
        assert!(!journal.is_idle());
        assert!(journal.write(true, draft).unwrap().is_some());
        assert_eq!(journal.written().unwrap().waiting, [4]);
        assert!(journal.is_idle());
    }
}
