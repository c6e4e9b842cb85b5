//! Keeps a bounded number of receipts.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::Receipt;
use crate::fail::Fail;
use crate::tables::{CLIENTS, ClientKey, ClientValue, RECEIPTS, ReceiptKey, ReceiptValue};

/// Most receipts kept of a client; the last half of them always is. That half is as many as a
/// client may have waiting for an answer: all that it can ask again after a crash is known.
pub const MAX_RECEIPTS_PER_CLIENT: usize = 1024;
/// Clients of a session whose receipts are kept: those that wrote last.
pub const MAX_CLIENTS: usize = 256;

/// The open receipt tables of one transaction.
pub(crate) struct Keeper<'txn> {
    receipts: Table<'txn, ReceiptKey, ReceiptValue>,
    clients: Table<'txn, ClientKey, ClientValue>,
}

impl<'txn> Keeper<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction) -> Result<Self, Fail> {
        Ok(Self { receipts: txn.open_table(RECEIPTS)?, clients: txn.open_table(CLIENTS)? })
    }

    /// Keeps `receipt`, got at journal entry `at`, and forgets the oldest of what is too much.
    pub(crate) fn keep(&mut self, session: &str, receipt: &Receipt, at: u64) -> Result<(), Fail> {
        let Receipt { client, seq, revision, applied } = receipt;
        self.receipts.insert((session, *client, *seq), (*revision, applied.as_slice()))?;
        let known = self.clients.get((session, *client))?.map(|row| row.value().1);
        let count = known.unwrap_or(0) + 1;
        // Half at a time: looking through all of them at each receipt would cost more than the
        // receipt itself.
        let too_many = count > MAX_RECEIPTS_PER_CLIENT as u64;
        let count = if too_many { self.halve(session, *client)? } else { count };
        self.clients.insert((session, *client), (at, count))?;
        if known.is_none() { self.forget_clients(session) } else { Ok(()) }
    }

    /// Forgets a client's older receipts; how many are left.
    fn halve(&mut self, session: &str, client: [u8; 16]) -> Result<u64, Fail> {
        let known = self.numbers(session, client)?;
        let left = known.len().min(MAX_RECEIPTS_PER_CLIENT / 2);
        for seq in &known[..known.len() - left] {
            self.receipts.remove((session, client, *seq))?;
        }
        Ok(left as u64)
    }

    /// The numbers of a client's receipts, rising.
    fn numbers(&self, session: &str, client: [u8; 16]) -> Result<Vec<u64>, Fail> {
        let all = self.receipts.range((session, client, 0)..=(session, client, u64::MAX))?;
        all.map(|row| Ok(row?.0.value().2)).collect()
    }

    /// Forgets the clients that wrote longest ago where there are too many.
    fn forget_clients(&mut self, session: &str) -> Result<(), Fail> {
        let mut known = self.by_last_use(session)?;
        let too_many = known.len().saturating_sub(MAX_CLIENTS);
        known.sort_unstable();
        for (_, client) in known.into_iter().take(too_many) {
            self.forget(session, client)?;
        }
        Ok(())
    }

    fn by_last_use(&self, session: &str) -> Result<Vec<(u64, [u8; 16])>, Fail> {
        let all = self.clients.range((session, [0; 16])..=(session, [0xff; 16]))?;
        all.map(|row| {
            let (key, at) = row?;
            Ok((at.value().0, key.value().1))
        })
        .collect()
    }

    fn forget(&mut self, session: &str, client: [u8; 16]) -> Result<(), Fail> {
        for seq in self.numbers(session, client)? {
            self.receipts.remove((session, client, seq))?;
        }
        self.clients.remove((session, client))?;
        Ok(())
    }

    /// Forgets all receipts of a session.
    pub(crate) fn forget_session(&mut self, session: &str) -> Result<(), Fail> {
        for (_, client) in self.by_last_use(session)? {
            self.forget(session, client)?;
        }
        Ok(())
    }
}
