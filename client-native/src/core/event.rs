//! What goes into the machine and what comes out.

use std::time::Duration;

use bytes::Bytes;
use parfocal_base::{Domain, ParticipantId, ViewId};
use parfocal_scene::{Intent, Reject};
use parfocal_sync::CloseReason;
use parfocal_sync::message::{Answer, Cursor, Participant, PixelCodec, Welcome};
use parfocal_sync::pixel::PixelHeader;

/// What happens to a client.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// [`Output::ConnectState`] succeeded.
    StateConnected,
    /// A text frame of the state channel.
    StateText(String),
    /// A binary frame of the state channel.
    StateBinary(Bytes),
    /// The state channel ended or could not be opened; the close code, if there was one.
    StateClosed(Option<u16>),
    /// [`Output::ConnectPixels`] succeeded.
    PixelsConnected,
    /// A text frame of the pixel channel.
    PixelsText(String),
    /// A binary frame of the pixel channel.
    PixelsBinary(Bytes),
    /// The pixel channel ended or could not be opened; the close code, if there was one.
    PixelsClosed(Option<u16>),
    /// [`Output::Decode`] gave a picture.
    Decoded {
        /// As in [`Picture`].
        connection: u64,
        /// As in the header.
        sequence: u32,
    },
    /// [`Output::Decode`] gave none.
    DecodeFailed {
        /// As in [`Picture`].
        connection: u64,
        /// As in the header.
        sequence: u32,
    },
    /// Time passed.
    Tick,
    /// The place where pictures are shown has this width and height.
    Canvas([u32; 2]),
    /// The participant points there (world coordinates, one for each axis), with a laser or not.
    Cursor(Option<Vec<f64>>, bool),
    /// The participant leaves for good.
    Leave,
}

/// What is to be done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Open a state channel.
    ConnectState,
    /// Send a text frame on the state channel.
    SendState(String),
    /// Close the state channel, if there is one; say nothing more about it.
    CloseState(CloseReason),
    /// Open a pixel channel.
    ConnectPixels,
    /// Send a text frame on the pixel channel.
    SendPixels(String),
    /// Close the pixel channel, if there is one; say nothing more about it.
    ClosePixels,
    /// Decode a picture, after those before it.
    Decode(Picture),
    /// Show this picture, which was decoded; those decoded before it are not shown any more.
    Present(PixelHeader),
    /// Tell the program.
    Event(Event),
}

/// A picture to decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Which connection it came on: given back with the result. Another one than that of the
    /// picture before: start with a new decoder.
    pub connection: u64,
    /// What it shows.
    pub header: PixelHeader,
    /// The encoded picture.
    pub data: Bytes,
}

/// An intent or watch was applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Acked {
    /// Its number.
    pub seq: u64,
    /// Revision of the document that holds it; the mirror has it.
    pub revision: u64,
    /// What was applied, with the server's values; `None` for a watch.
    pub applied: Option<Intent>,
}

/// Why a client does not come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Stable: a close reason's name, or the code of `refused`.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What a program or a person wants to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Connected, and the mirror is up to date.
    Live(Welcome),
    /// A mirror changed.
    Mirrored {
        /// Which.
        domain: Domain,
        /// Revision of the document.
        revision: u64,
        /// Whose intent it was.
        cause: ParticipantId,
    },
    /// An edit was applied, and the mirror shows it.
    Acked(Acked),
    /// An edit was refused.
    Rejected {
        /// Its number.
        seq: u64,
        /// Why.
        reject: Reject,
    },
    /// The server answered while the connection was down: the mirror shows the outcome.
    AnswerLost {
        /// Its number.
        seq: u64,
    },
    /// An edit is without an answer after 250 ms.
    Late {
        /// Its number.
        seq: u64,
    },
    /// The answer to a question.
    Answer {
        /// Its number.
        id: u32,
        /// What is known.
        answer: Answer,
    },
    /// Who is here.
    Participants(Vec<Participant>),
    /// What could be taken back, and done again, now; as words.
    Steps {
        /// By `undo`.
        undo: Option<String>,
        /// By `redo`.
        redo: Option<String>,
    },
    /// Cursors that moved.
    Cursors(Vec<Cursor>),
    /// The view that the client is shown from now on.
    Watching(ViewId),
    /// Something that a person should know.
    Notice {
        /// Stable.
        code: String,
        /// For a person.
        message: String,
    },
    /// Pictures of another kind follow.
    Stream {
        /// The view that they show.
        view: ViewId,
        /// Their format.
        codec: PixelCodec,
        /// The codec string.
        config: String,
        /// Width and height in pixels.
        size: [u32; 2],
    },
    /// A picture, or a tile of a still, arrived; it is not decoded yet.
    Picture {
        /// What it shows.
        header: PixelHeader,
        /// Bytes of the message, its header included.
        bytes: usize,
        /// Since the server read the scene, by the server's clock as the pongs tell it; `None`
        /// before the first pong.
        age: Option<Duration>,
    },
    /// The connection ended; it is tried again.
    Disconnected {
        /// The close code, if there was one.
        code: Option<u16>,
    },
    /// The connection ended for good.
    Stopped(Stop),
    /// The server broke a rule of the protocol.
    Fault(String),
}
