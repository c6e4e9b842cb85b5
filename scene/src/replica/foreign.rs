//! What an update by a foreign writer says, as far as that shows before it is applied.

use std::collections::BTreeMap;

use yrs::{ClientID, StateVector};

use super::walk::{Block, CLOCK, Content, Id, Place, Walk};
use super::{Refused, SyncError};

/// Entries in one update of a foreign writer. As many values are compared and checked at once.
pub const MAX_FOREIGN_ENTRIES: u64 = 16 << 10;
/// Client ids that write in one update of a foreign writer: a program that was started that many
/// times while it was offline.
pub const MAX_FOREIGN_CLIENTS: usize = 64;
/// Longest key in bytes that is looked at. It stays in the document even where it is refused.
const MAX_KEY: usize = 256;

/// The one root map that foreign writers write to.
pub(super) const ROOT: &str = "annotations";

/// The client ids that say something new in `update` of at most `most` bytes, where all that it follows is known: then
/// nothing of it will have to wait for something else.
pub(super) fn update(update: &[u8], known: &StateVector, most: usize) -> Result<Vec<u64>, Refused> {
    let mut walk = Walk::new(update, most)?;
    let mut news = News { known, ends: BTreeMap::new(), follows: Vec::new(), entries: 0 };
    for _ in 0..walk.count(4)? {
        let blocks = walk.count(2)?;
        let (client, mut clock) = (walk.client()?, walk.clock()?);
        news.begin(client, clock)?;
        for _ in 0..blocks {
            let block = walk.block()?;
            clock = clock.saturating_add(block.len);
            news.block(&block)?;
        }
        news.finish(client, clock)?;
    }
    for _ in 0..walk.count(3)? {
        let client = walk.client()?;
        for _ in 0..walk.count(2)? {
            let (clock, length) = (walk.clock()?, walk.clock()?);
            news.follow((client, clock.saturating_add(length)));
        }
    }
    walk.end()?;
    news.writers()
}

struct News<'a> {
    /// What the document has.
    known: &'a StateVector,
    /// The clocks up to which the update goes.
    ends: BTreeMap<u64, u64>,
    /// What it refers to that the document does not have.
    follows: Vec<Id>,
    entries: u64,
}

impl News<'_> {
    fn known(&self, client: u64) -> u64 {
        u64::from(self.known.get(&ClientID::new(client)))
    }

    fn begin(&mut self, client: u64, clock: u64) -> Result<(), Refused> {
        if self.ends.insert(client, clock).is_some() {
            return Err(SyncError::Malformed("a client stands in it twice").into());
        }
        if clock > self.known(client) { Err(Refused::Resync) } else { Ok(()) }
    }

    fn block(&mut self, block: &Block<'_>) -> Result<(), Refused> {
        self.entries = self.entries.saturating_add(block.len);
        if self.entries > MAX_FOREIGN_ENTRIES && block.content != Content::Collected {
            return Err(Refused::TooMany);
        }
        match block.content {
            Content::Map => return Err(Refused::Forbidden("a nested type".into())),
            Content::Plain => return Err(Refused::Forbidden("a value that JSON has not".into())),
            Content::Collected | Content::Deleted | Content::Json => {}
        }
        match block.place {
            Place::Nowhere => Ok(()),
            Place::Nested => Err(Refused::Forbidden("a nested type".into())),
            // No map is written to like this.
            Place::Beside { right: Some(_), .. } => Err(Refused::Forbidden("a sequence".into())),
            Place::Beside { left, .. } => {
                // An id is known below its end, which is one more.
                left.into_iter().for_each(|(client, clock)| self.follow((client, clock + 1)));
                Ok(())
            }
            Place::Root { key, .. } if key.len() > MAX_KEY => {
                Err(Refused::Forbidden("too long a key".into()))
            }
            Place::Root { root, .. } if root == ROOT.as_bytes() => Ok(()),
            Place::Root { root, .. } => {
                let root: String = String::from_utf8_lossy(root).chars().take(32).collect();
                Err(Refused::Forbidden(format!("the root {root:?}")))
            }
        }
    }

    fn finish(&mut self, client: u64, clock: u64) -> Result<(), Refused> {
        if clock >= CLOCK {
            return Err(SyncError::Malformed("a clock is too large").into());
        }
        self.ends.insert(client, clock);
        Ok(())
    }

    /// Notes that everything of a client below an end must be there.
    fn follow(&mut self, (client, end): Id) {
        if end > self.known(client) {
            self.follows.push((client, end));
        }
    }

    fn writers(&self) -> Result<Vec<u64>, Refused> {
        let there = |(client, end): &Id| self.ends.get(client).is_some_and(|have| have >= end);
        if !self.follows.iter().all(there) {
            return Err(Refused::Resync);
        }
        let new = self.ends.iter().filter(|(client, end)| **end > self.known(**client));
        let new: Vec<u64> = new.map(|(client, _)| *client).collect();
        if new.len() > MAX_FOREIGN_CLIENTS { Err(Refused::TooMany) } else { Ok(new) }
    }
}
