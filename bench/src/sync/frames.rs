//! The bytes of the two dialects of y-protocols: y-websocket's, and Hocuspocus's, which puts the
//! document's name before each message and acknowledges updates.

/// Every Yjs state is newer than this one.
const EMPTY_STATE_VECTOR: [u8; 1] = [0];

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
/// As [`SYNC`], from Hocuspocus.
const SYNC_REPLY: u64 = 4;
/// Hocuspocus's acknowledgement of an update.
const SYNC_STATUS: u64 = 8;

const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;

/// How messages are framed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// y-websocket: the document stands in the URL.
    Plain,
    /// Hocuspocus.
    Named { document: String, token: String },
}

/// What a server says, as far as it is looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// All that the client lacked.
    Step2,
    /// One change of somebody's.
    Update(&'a [u8]),
    /// An update was taken (Hocuspocus), or not.
    Status(bool),
    /// No entry, and why.
    Denied(&'a [u8]),
    /// What this load does not care about.
    Other,
}

impl Dialect {
    /// What a client says first: who it is, where that is said in a message, and that it knows
    /// nothing yet.
    pub(crate) fn opening(&self) -> Vec<Vec<u8>> {
        let mut step_1 = self.begin();
        numbers(&mut step_1, &[SYNC, STEP_1]);
        sized(&mut step_1, &EMPTY_STATE_VECTOR);
        let Self::Named { token, .. } = self else { return vec![step_1] };
        let mut auth = self.begin();
        numbers(&mut auth, &[AUTH, 0]);
        sized(&mut auth, token.as_bytes());
        vec![auth, step_1]
    }

    /// A change.
    pub(crate) fn update(&self, update: &[u8]) -> Vec<u8> {
        let mut frame = self.begin();
        numbers(&mut frame, &[SYNC, UPDATE]);
        sized(&mut frame, update);
        frame
    }

    fn begin(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        if let Self::Named { document, .. } = self {
            sized(&mut frame, document.as_bytes());
        }
        frame
    }

    /// The messages of a frame; ends early where the frame does.
    pub(crate) fn read<'a>(&self, frame: &'a [u8]) -> Vec<Heard<'a>> {
        let mut rest = Reader(frame);
        if matches!(self, Self::Named { .. }) && rest.sized().is_none() {
            return Vec::new();
        }
        let mut heard = Vec::new();
        while let Some(message) = rest.message() {
            heard.push(message);
        }
        heard
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn message(&mut self) -> Option<Heard<'a>> {
        Some(match self.number()? {
            SYNC | SYNC_REPLY => match (self.number()?, self.sized()?) {
                (STEP_2, _) => Heard::Step2,
                (UPDATE, update) => Heard::Update(update),
                _ => Heard::Other,
            },
            // "Denied" is 0 for y-websocket and 1 for Hocuspocus, whose 2 is a welcome.
            AUTH => match (self.number()?, self.sized()?) {
                (0 | 1, reason) => Heard::Denied(reason),
                _ => Heard::Other,
            },
            SYNC_STATUS => Heard::Status(self.number()? == 1),
            AWARENESS => {
                self.sized()?;
                Heard::Other
            }
            // Without knowing it, nobody knows where it ends.
            _ => {
                self.0 = &[];
                Heard::Other
            }
        })
    }

    /// lib0's variable unsigned integer.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

fn numbers(out: &mut Vec<u8>, all: &[u64]) {
    for &number in all {
        let mut rest = number;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    numbers(out, &[bytes.len() as u64]);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> Dialect {
        Dialect::Named { document: "annotations".to_owned(), token: "t".to_owned() }
    }

    #[test]
    fn what_is_written_is_read_again_in_both_dialects() {
        for dialect in [Dialect::Plain, named()] {
            let long = vec![7; 300];
            assert_eq!(dialect.read(&dialect.update(&long)), [Heard::Update(&long)]);
            let opening = dialect.opening();
            assert_eq!(dialect.read(opening.last().unwrap()), [Heard::Other]);
        }
        assert_eq!(named().opening().len(), 2);
    }

    #[test]
    fn several_messages_of_a_frame_are_read_and_a_cut_off_one_is_not() {
        let mut frame = vec![0, 1, 2, 9, 9];
        frame.extend([8, 1, 1, 1, 0]);
        let heard = Dialect::Plain.read(&frame);
        assert_eq!(heard, [Heard::Step2, Heard::Status(true), Heard::Other]);
        assert_eq!(Dialect::Plain.read(&[0, 1, 200]), []);
    }
}
