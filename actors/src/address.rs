//! Where to find a supervised actor. The supervisor fills the address anew at each start, so that
//! a neighbour never holds a reference to a dead one.

use std::sync::Arc;

use parking_lot::RwLock;
use ractor::{ActorRef, ActorStatus, Message};

/// The place of one actor in the tree; clones name the same place.
pub struct Address<M>(Arc<RwLock<Option<ActorRef<M>>>>);

impl<M> Clone for Address<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> Default for Address<M> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<M: Message> Address<M> {
    /// The actor that lives here from now on.
    pub(crate) fn set(&self, actor: ActorRef<M>) {
        *self.0.write() = Some(actor);
    }

    /// The actor that lives here now; it may end at any moment.
    pub fn get(&self) -> Option<ActorRef<M>> {
        self.0.read().clone()
    }

    /// Whether an actor lives here now.
    pub fn is_alive(&self) -> bool {
        self.0.read().as_ref().is_some_and(|actor| actor.get_status() == ActorStatus::Running)
    }

    /// Sends `message`; false where nobody lives here now. Then the message is lost, as it would
    /// be with an actor that dies before it reads it: whoever needs an answer asks again.
    pub fn send(&self, message: M) -> bool {
        self.0.read().as_ref().is_some_and(|actor| actor.send_message(message).is_ok())
    }
}
