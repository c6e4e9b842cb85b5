//! What happens to a connection, and what is to be done about it.

use bytes::Bytes;

/// Names an update of a connection until it is saved or refused.
pub type UpdateId = u64;

/// What a participant may do with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// See it.
    Read,
    /// Change it, as far as the gate lets through.
    Write,
}

/// Why an update was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// It follows something unknown: all that the client has is asked for.
    Resync,
    /// A code and a sentence.
    Denied {
        /// Stable, for programs.
        code: &'a str,
        /// For people.
        message: &'a str,
    },
}

/// What happens to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// The client sent a frame. Read none while [`super::Connection::wants_frames`] is false.
    Frame(&'a [u8]),
    /// The answer to [`Output::StateVector`].
    StateVector(&'a [u8]),
    /// The answer to [`Output::Diff`]: all of it is journalled, and all that is journalled later
    /// comes as a [`Input::Broadcast`] after it. Empty: the state vector cannot be read.
    Diff(&'a [u8]),
    /// A change of the document, whoever made it, once it is **journalled**: what a foreign copy
    /// has seen cannot be taken back from it. A frame of [`super::Change`], which all share.
    Broadcast(&'a Bytes),
    /// An awareness update for this client.
    Awareness(&'a [u8]),
    /// An update was let in.
    Admitted {
        /// Which.
        id: UpdateId,
        /// What the client is to know (what was put back, and why).
        notice: Option<(&'a str, &'a str)>,
    },
    /// An update was refused.
    Refused {
        /// Which.
        id: UpdateId,
        /// Why.
        refusal: Refusal<'a>,
    },
    /// An admitted update is in the journal (or said nothing new).
    Saved(UpdateId),
    /// The document's owner began anew: what was asked gets no answer any more, and what was not
    /// journalled is lost.
    Restarted,
    /// Time passed.
    Tick,
}

/// What is to be done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a binary frame.
    Send(Bytes),
    /// Answer with the document's [`Input::StateVector`].
    StateVector,
    /// Answer with the [`Input::Diff`] to this state vector.
    Diff(Vec<u8>),
    /// Give it to the gate and answer with [`Input::Admitted`], then [`Input::Saved`], or with
    /// [`Input::Refused`]; in order. Of who may only read (Hocuspocus wants even theirs answered):
    /// admitted and saved where the document knows it all, else refused.
    Admit {
        /// Its number.
        id: UpdateId,
        /// Yjs v1.
        update: Vec<u8>,
    },
    /// An update of the client's awareness, for [`super::Awareness::apply`].
    Awareness(Vec<u8>),
    /// Answer with the [`Input::Awareness`] of everybody.
    AwarenessAll,
}
