//! One change for everybody: its frame is made once for each dialect and name, and shared.

use std::collections::HashMap;

use bytes::Bytes;

use super::dialect::{Dialect, Hocuspocus, YWebsocket};
use super::message::Sync;
use super::socket::Address;

/// An update of a document, on its way to all who have it open.
#[derive(Debug)]
pub struct Change<'a> {
    update: &'a [u8],
    plain: Option<Bytes>,
    named: HashMap<Address, Bytes>,
}

impl<'a> Change<'a> {
    /// Of a Yjs v1 update.
    pub fn new(update: &'a [u8]) -> Self {
        Self { update, plain: None, named: HashMap::new() }
    }

    /// The frame for y-websocket.
    pub fn plain(&mut self) -> Bytes {
        let update = Sync::Update(self.update);
        self.plain.get_or_insert_with(|| YWebsocket.sync(update).into()).clone()
    }

    /// The frame for Hocuspocus, where the document has this address.
    pub fn named(&mut self, address: &Address) -> Bytes {
        if let Some(frame) = self.named.get(address) {
            return frame.clone();
        }
        let dialect = Hocuspocus { address: Address::clone(address) };
        let frame = Bytes::from(dialect.sync(Sync::Update(self.update)));
        self.named.insert(Address::clone(address), frame.clone());
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yjs::hocuspocus::{HocuspocusFrame, HocuspocusMessage};
    use crate::yjs::message::Message;

    #[test]
    fn everybody_of_a_dialect_shares_one_frame() {
        let mut change = Change::new(&[1, 2]);
        let plain = change.plain();
        assert_eq!(plain.as_ptr(), change.plain().as_ptr());
        assert_eq!(Message::decode(&plain).unwrap(), [Message::Sync(Sync::Update(&[1, 2]))]);
        let (a, b): (Address, Address) = ("a".into(), "b".into());
        let named = change.named(&a);
        assert_eq!(named.as_ptr(), change.named(&a).as_ptr());
        for (address, frame) in [(&a, named), (&b, change.named(&b))] {
            let message = HocuspocusMessage::Sync(Sync::Update(&[1, 2]));
            let expected = HocuspocusFrame::Document { address, message };
            assert_eq!(HocuspocusFrame::decode(&frame).unwrap(), expected);
        }
    }
}
