//! The lib0 v1 encoding of Yjs documents, read step by step: nothing is reserved for what is only
//! claimed, and nothing recurses deeper than [`DEPTH`].
//!
//! Source: <https://github.com/yjs/yjs/blob/main/INTERNALS.md>.

use super::SyncError;

/// Deepest nesting of a value: overrides nest four deep.
const DEPTH: u32 = 16;
/// Highest clock: yrs adds lengths to clocks in 32 bits.
pub(super) const CLOCK: u64 = 1 << 31;
/// Client ids are safe integers of JavaScript.
pub(super) const CLIENT: u64 = 1 << 53;

pub(super) type Scan<T> = Result<T, SyncError>;

/// The client and clock of one entry.
pub(super) type Id = (u64, u64);

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// It was collected: nobody knows any more what it was.
    Collected,
    /// It was deleted.
    Deleted,
    /// A nested map.
    Map,
    /// Values as JSON has them.
    Json,
    /// Values of which some are bytes or 64-bit integers.
    Plain,
}

/// To what a block belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// To none, being collected.
    Nowhere,
    /// To the same as these entries, between which it was put.
    Beside { left: Option<Id>, right: Option<Id> },
    /// To a root type, under a key.
    Root { root: &'a [u8], key: &'a [u8] },
    /// To a nested type, under a key.
    Nested,
}

/// One block: entries of one client with rising clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) len: u64,
    pub(super) place: Place<'a>,
    pub(super) content: Content,
}

pub(super) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    pub(super) const fn new(bytes: &'a [u8], limit: usize) -> Scan<Self> {
        if bytes.len() > limit {
            return Err(SyncError::TooLarge { bytes: bytes.len(), limit });
        }
        Ok(Self { rest: bytes })
    }

    pub(super) const fn end(&self) -> Scan<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(SyncError::Malformed("bytes after its end")) }
    }

    fn byte(&mut self) -> Scan<u8> {
        let (first, rest) =
            self.rest.split_first().ok_or(SyncError::Malformed("it is cut short"))?;
        self.rest = rest;
        Ok(*first)
    }

    fn skip(&mut self, bytes: u64) -> Scan<&'a [u8]> {
        let split = usize::try_from(bytes).ok().and_then(|bytes| self.rest.split_at_checked(bytes));
        let (skipped, rest) = split.ok_or(SyncError::Malformed("it is cut short"))?;
        self.rest = rest;
        Ok(skipped)
    }

    /// A variable-length unsigned integer, in the 64 bits that yrs keeps.
    fn number(&mut self) -> Scan<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(SyncError::Malformed("a number is too long"))
    }

    fn bounded(&mut self, below: u64, complaint: &'static str) -> Scan<u64> {
        let number = self.number()?;
        if number < below { Ok(number) } else { Err(SyncError::Malformed(complaint)) }
    }

    pub(super) fn client(&mut self) -> Scan<u64> {
        self.bounded(CLIENT, "a client id is too large")
    }

    pub(super) fn clock(&mut self) -> Scan<u64> {
        self.bounded(CLOCK, "a clock is too large")
    }

    fn id(&mut self) -> Scan<Id> {
        Ok((self.client()?, self.clock()?))
    }

    /// How many entries follow, where each takes at least `bytes`.
    pub(super) fn count(&mut self, bytes: u64) -> Scan<u64> {
        let count = self.number()?;
        if count.saturating_mul(bytes) > self.rest.len() as u64 {
            return Err(SyncError::Malformed("it claims more entries than it has bytes"));
        }
        Ok(count)
    }

    fn text(&mut self) -> Scan<&'a [u8]> {
        let bytes = self.number()?;
        self.skip(bytes)
    }

    /// One block of a map.
    pub(super) fn block(&mut self) -> Scan<Block<'a>> {
        const KIND: u8 = 0x1f;
        const ORIGIN: u8 = 0x80;
        const RIGHT_ORIGIN: u8 = 0x40;
        const MAP_ENTRY: u8 = 0x20;
        let info = self.byte()?;
        if info == 0 {
            let len = self.length()?;
            return Ok(Block { len, place: Place::Nowhere, content: Content::Collected });
        }
        if info & MAP_ENTRY == 0 {
            return Err(SyncError::Malformed("it holds something else than map entries"));
        }
        let left = if info & ORIGIN != 0 { Some(self.id()?) } else { None };
        let right = if info & RIGHT_ORIGIN != 0 { Some(self.id()?) } else { None };
        let place = if left.is_some() || right.is_some() {
            Place::Beside { left, right }
        } else {
            self.parent()?
        };
        let (content, len) = self.content(info & KIND)?;
        Ok(Block { len, place, content })
    }

    fn parent(&mut self) -> Scan<Place<'a>> {
        match self.number()? {
            1 => Ok(Place::Root { root: self.text()?, key: self.text()? }),
            0 => {
                self.id()?;
                self.text()?;
                Ok(Place::Nested)
            }
            _ => Err(SyncError::Malformed("an entry has no parent")),
        }
    }

    fn content(&mut self, kind: u8) -> Scan<(Content, u64)> {
        const DELETED: u8 = 1;
        const TYPE: u8 = 7;
        const ANY: u8 = 8;
        const MAP: u64 = 1;
        match kind {
            DELETED => Ok((Content::Deleted, self.length()?)),
            TYPE if self.number()? == MAP => Ok((Content::Map, 1)),
            ANY => {
                let values = self.count(1)?;
                let mut json = true;
                for _ in 0..values {
                    json &= self.value(DEPTH)?;
                }
                if values == 0 {
                    return Err(SyncError::Malformed("an empty entry"));
                }
                Ok((if json { Content::Json } else { Content::Plain }, values))
            }
            _ => Err(SyncError::Malformed("it holds something else than maps and plain values")),
        }
    }

    fn length(&mut self) -> Scan<u64> {
        match self.bounded(CLOCK, "a block is too long")? {
            0 => Err(SyncError::Malformed("an empty block")),
            length => Ok(length),
        }
    }

    /// One plain value, nested at most `depth` deep; whether JSON has such values.
    fn value(&mut self, depth: u32) -> Scan<bool> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(SyncError::Malformed("a value is nested too deep"));
        };
        match self.byte()? {
            127 | 126 | 121 | 120 => Ok(true),
            125 => self.number().map(|_| true),
            124 => self.skip(4).map(|_| true),
            123 => self.skip(8).map(|_| true),
            122 => self.skip(8).map(|_| false),
            119 => self.text().map(|_| true),
            118 => {
                let mut json = true;
                for _ in 0..self.count(2)? {
                    self.text()?;
                    json &= self.value(depth)?;
                }
                Ok(json)
            }
            117 => {
                let mut json = true;
                for _ in 0..self.count(1)? {
                    json &= self.value(depth)?;
                }
                Ok(json)
            }
            116 => self.text().map(|_| false),
            _ => Err(SyncError::Malformed("a value has no known type")),
        }
    }
}
