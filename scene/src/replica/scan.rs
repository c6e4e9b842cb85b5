//! Walks bytes from a peer before yrs decodes them.
//!
//! yrs reserves memory for as many entries as a message claims and recurses as deep as its values
//! nest; in builds with assertions it also panics on client ids beyond 53 bits. The walk follows
//! the lib0 v1 encoding of Yjs updates (<https://github.com/yjs/yjs/blob/main/INTERNALS.md>), and
//! accepts only what a scene document holds: map entries with plain values or nested maps.

use yrs::StateVector;
use yrs::updates::decoder::Decode;

use super::SyncError;

/// Longest update of a scene that is read, in bytes: ten times the state of a scene with every layer and
/// view that it may have.
pub const MAX_UPDATE: usize = 16 << 20;
/// Longest state vector that is read, in bytes: some 5000 starts of the server in one session.
pub const MAX_STATE_VECTOR: usize = 64 << 10;
/// Deepest nesting of a value: overrides nest four deep.
const DEPTH: u32 = 16;
/// Highest clock: yrs adds lengths to clocks in 32 bits.
const CLOCK: u64 = 1 << 31;
/// Client ids are safe integers of JavaScript.
pub(super) const CLIENT: u64 = 1 << 53;

type Scan<T> = Result<T, SyncError>;

/// Decodes a state vector whose entries are all there.
pub(super) fn state_vector(bytes: &[u8]) -> Scan<StateVector> {
    let mut walk = Walk::new(bytes, MAX_STATE_VECTOR)?;
    for _ in 0..walk.count(2)? {
        walk.bounded(CLIENT, "a client id is too large")?;
        walk.bounded(CLOCK, "a clock is too large")?;
    }
    walk.end()?;
    StateVector::decode_v1(bytes).map_err(|error| SyncError::Refused(error.to_string()))
}

/// Checks that an update is whole and holds only what our documents do.
pub(super) fn update(bytes: &[u8], limit: usize) -> Scan<()> {
    let mut walk = Walk::new(bytes, limit)?;
    for _ in 0..walk.count(4)? {
        let blocks = walk.count(2)?;
        walk.bounded(CLIENT, "a client id is too large")?;
        let mut clock = walk.bounded(CLOCK, "a clock is too large")?;
        for _ in 0..blocks {
            clock = clock.saturating_add(walk.block()?);
            if clock >= CLOCK {
                return Err(SyncError::Malformed("a clock is too large"));
            }
        }
    }
    for _ in 0..walk.count(3)? {
        walk.bounded(CLIENT, "a client id is too large")?;
        for _ in 0..walk.count(2)? {
            walk.bounded(CLOCK, "a clock is too large")?;
            walk.bounded(CLOCK, "a deletion is too long")?;
        }
    }
    walk.end()
}

struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    const fn new(bytes: &'a [u8], limit: usize) -> Scan<Self> {
        if bytes.len() > limit {
            return Err(SyncError::TooLarge { bytes: bytes.len(), limit });
        }
        Ok(Self { rest: bytes })
    }

    const fn end(&self) -> Scan<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(SyncError::Malformed("bytes after its end")) }
    }

    fn byte(&mut self) -> Scan<u8> {
        let (first, rest) =
            self.rest.split_first().ok_or(SyncError::Malformed("it is cut short"))?;
        self.rest = rest;
        Ok(*first)
    }

    fn skip(&mut self, bytes: u64) -> Scan<()> {
        let rest = usize::try_from(bytes).ok().and_then(|bytes| self.rest.get(bytes..));
        self.rest = rest.ok_or(SyncError::Malformed("it is cut short"))?;
        Ok(())
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

    /// How many entries follow, where each takes at least `bytes`.
    fn count(&mut self, bytes: u64) -> Scan<u64> {
        let count = self.number()?;
        if count.saturating_mul(bytes) > self.rest.len() as u64 {
            return Err(SyncError::Malformed("it claims more entries than it has bytes"));
        }
        Ok(count)
    }

    fn text(&mut self) -> Scan<()> {
        let bytes = self.number()?;
        self.skip(bytes)
    }

    fn id(&mut self) -> Scan<()> {
        self.bounded(CLIENT, "a client id is too large")?;
        self.bounded(CLOCK, "a clock is too large").map(drop)
    }

    /// One block; the number of clock ticks that it takes.
    fn block(&mut self) -> Scan<u64> {
        const KIND: u8 = 0x1f;
        const ORIGIN: u8 = 0x80;
        const RIGHT_ORIGIN: u8 = 0x40;
        const MAP_ENTRY: u8 = 0x20;
        let info = self.byte()?;
        if info == 0 {
            return self.length();
        }
        if info & MAP_ENTRY == 0 {
            return Err(SyncError::Malformed("it holds something else than map entries"));
        }
        if info & ORIGIN != 0 {
            self.id()?;
        }
        if info & RIGHT_ORIGIN != 0 {
            self.id()?;
        }
        if info & (ORIGIN | RIGHT_ORIGIN) == 0 {
            match self.number()? {
                1 => self.text()?,
                0 => self.id()?,
                _ => return Err(SyncError::Malformed("an entry has no parent")),
            }
            self.text()?;
        }
        self.content(info & KIND)
    }

    fn content(&mut self, kind: u8) -> Scan<u64> {
        const DELETED: u8 = 1;
        const TYPE: u8 = 7;
        const ANY: u8 = 8;
        const MAP: u64 = 1;
        match kind {
            DELETED => self.length(),
            TYPE if self.number()? == MAP => Ok(1),
            ANY => {
                let values = self.count(1)?;
                for _ in 0..values {
                    self.value(DEPTH)?;
                }
                if values > 0 { Ok(values) } else { Err(SyncError::Malformed("an empty entry")) }
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

    /// One plain value, nested at most `depth` deep.
    fn value(&mut self, depth: u32) -> Scan<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(SyncError::Malformed("a value is nested too deep"));
        };
        match self.byte()? {
            127 | 126 | 121 | 120 => Ok(()),
            125 => self.number().map(drop),
            124 => self.skip(4),
            123 | 122 => self.skip(8),
            119 | 116 => self.text(),
            118 => {
                for _ in 0..self.count(2)? {
                    self.text()?;
                    self.value(depth)?;
                }
                Ok(())
            }
            117 => {
                for _ in 0..self.count(1)? {
                    self.value(depth)?;
                }
                Ok(())
            }
            _ => Err(SyncError::Malformed("a value has no known type")),
        }
    }
}
