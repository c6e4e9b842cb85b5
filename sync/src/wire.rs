//! Reading fixed-size binary headers.

/// A binary message that this version cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// It ends inside its header.
    #[error("the {what} needs {needed} bytes, but the message has {got}: it was cut off")]
    TooShort {
        /// Which header.
        what: &'static str,
        /// Bytes of the header.
        needed: usize,
        /// Bytes of the message.
        got: usize,
    },
    /// A number that stands for nothing here.
    #[error("{what} {value} is not known to this version: update this program")]
    Unknown {
        /// What the number stands for.
        what: &'static str,
        /// The number.
        value: u8,
    },
}

/// Takes numbers from a header whose length was checked at the start.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of the first `needed` bytes of `message`.
    pub(crate) fn new(
        what: &'static str,
        message: &'a [u8],
        needed: usize,
    ) -> Result<Self, WireError> {
        let short = WireError::TooShort { what, needed, got: message.len() };
        message.get(..needed).map(|rest| Self { rest }).ok_or(short)
    }

    /// The next `N` bytes; zeros past the end of the header, which no layout here reaches.
    pub(crate) fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk() {
            Some((head, rest)) => {
                self.rest = rest;
                *head
            }
            None => [0; N],
        }
    }
}
