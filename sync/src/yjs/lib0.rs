//! The variable-length encoding that Yjs protocols are made of
//! (<https://github.com/dmonad/lib0>): reading with bounds, and writing.

use thiserror::Error;

/// Whole numbers are safe integers of JavaScript.
const NUMBERS: u64 = 1 << 53;

/// A frame that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// It ends too early.
    #[error("the frame ends inside its {0}: it was cut off")]
    Truncated(&'static str),
    /// A number beyond those that JavaScript holds, or a text that is none.
    #[error("the frame's {0} cannot be read")]
    Malformed(&'static str),
    /// A number that stands for nothing here.
    #[error("{what} {value} is not known here")]
    Unknown {
        /// What the number stands for.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// Longer, or more, than is looked at.
    #[error("the frame's {what} is more than the {limit} that are looked at")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
}

/// Takes one thing after another from a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of a frame that is not too long.
    pub(super) const fn new(frame: &'a [u8], limit: usize) -> Result<Self, FrameError> {
        if frame.len() > limit {
            return Err(FrameError::TooMuch { what: "length in bytes", limit });
        }
        Ok(Self { rest: frame })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn number(&mut self, what: &'static str) -> Result<u64, FrameError> {
        let mut number = 0;
        for shift in (0..56).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(FrameError::Truncated(what))?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return if number < NUMBERS {
                    Ok(number)
                } else {
                    Err(FrameError::Malformed(what))
                };
            }
        }
        Err(FrameError::Malformed(what))
    }

    pub(super) fn bytes(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<&'a [u8], FrameError> {
        let length = usize::try_from(self.number(what)?).unwrap_or(usize::MAX);
        let split = self.rest.split_at_checked(length);
        let (bytes, rest) = split.ok_or(FrameError::Truncated(what))?;
        if length > limit {
            return Err(FrameError::TooMuch { what, limit });
        }
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, FrameError> {
        std::str::from_utf8(self.bytes(what, limit)?).map_err(|_| FrameError::Malformed(what))
    }
}

pub(super) fn put_number(frame: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        frame.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    frame.push(number as u8);
}

pub(super) fn put_bytes(frame: &mut Vec<u8>, bytes: &[u8]) {
    put_number(frame, bytes.len() as u64);
    frame.extend_from_slice(bytes);
}
