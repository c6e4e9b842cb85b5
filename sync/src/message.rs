//! The JSON messages. Each is one text frame: an object whose `type` names it. Reading and writing
//! them is in [`crate::parse`].

use std::fmt;

use parfocal_base::{LayerId, ParticipantId, ViewId};
use parfocal_scene::{AnnotationId, Intent, RejectCode, Watch};
use serde::{Deserialize, Deserializer, Serialize};

use crate::link::Link;

/// A picture format that a client can show. In the order of the client's preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelCodec {
    /// H.264, Annex B.
    H264,
    /// One JPEG a picture.
    Jpeg,
    /// One lossless PNG a picture.
    Png,
}

impl PixelCodec {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::H264, Self::Jpeg, Self::Png].into_iter().find(|codec| codec.as_str() == name)
    }
}

/// What a client says on the state channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message, and only the first.
    Hello(Hello),
    /// Asks for a change of the scene.
    Intent {
        /// Counts up from 1 for each client id; a replay after a reconnect keeps its number.
        seq: u64,
        /// What is asked.
        intent: Intent,
    },
    /// Asks whose view to look at.
    Watch {
        /// Shares the counter of intents; answered by an ack or a reject.
        seq: u64,
        /// Whose.
        target: Watch,
    },
    /// The size in device pixels of the place where the picture is shown.
    Canvas {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Where the participant points.
    Cursor {
        /// World coordinates, one for each axis of the scene: those of the watched view's point on
        /// the axes that it does not display. `None`: nowhere.
        position: Option<Vec<f64>>,
        /// Whether it is a laser pointer: what it shows fades, and nothing is kept.
        #[serde(default, skip_serializing_if = "is_false")]
        laser: bool,
    },
    /// What the participant is busy with; the last one counts.
    Doing(Doing),
    /// Asks for facts that are not in the scene; answered by `answer`.
    Ask {
        /// Given back in the answer.
        id: u32,
        /// What is asked.
        query: Query,
    },
    /// Keeps the connection alive and measures the round trip.
    Ping {
        /// Given back in the pong: the client's clock, milliseconds.
        time: f64,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What somebody is busy with, for the others to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Doing {
    /// Name of their tool, e.g. `pan`, `polygon`, `brush`; empty: none.
    pub tool: String,
    /// The layer that they work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerId>,
    /// What they have selected; the first [`Doing::MAX_SELECTED`] count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selected: Vec<AnnotationId>,
    /// The annotation that they are changing just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editing: Option<AnnotationId>,
}

impl Doing {
    /// Longest name of a tool in bytes.
    pub const MAX_TOOL: usize = 32;
    /// Selected annotations that are told: more outlines in a foreign colour tell nothing more.
    pub const MAX_SELECTED: usize = 64;

    /// Within the bounds, or why not.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ids = self.selected.iter().chain(&self.editing);
        if self.tool.len() > Self::MAX_TOOL || self.tool.chars().any(char::is_control) {
            return Err(format!("a tool's name has at most {} printable bytes", Self::MAX_TOOL));
        }
        if self.selected.len() > Self::MAX_SELECTED {
            return Err(format!("more than {} selected annotations", Self::MAX_SELECTED));
        }
        if ids.into_iter().all(AnnotationId::is_valid) {
            return Ok(());
        }
        Err("the name of an annotation is not valid".to_owned())
    }
}

/// The first message of a client.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::PROTOCOL_VERSION`] of the client.
    pub version: u32,
    /// Name of the session that the client wants, from its link (`/s/SESSION`).
    pub session: String,
    /// The signed token; never in a URL.
    pub token: String,
    /// 32 lower-case hexadecimal digits, made at random when the client starts. With `seq` it
    /// names an intent for ever.
    pub client: String,
    /// Formats that the client shows, preferred first; empty: no pictures wanted. Names that this
    /// version does not know are passed over.
    #[serde(deserialize_with = "known_codecs")]
    pub codecs: Vec<PixelCodec>,
    /// The yrs state vector (v1) of the client's mirror, base64; absent for a new mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// The same of the annotations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_annotations: Option<String>,
}

/// Without the token: a hello ends up in logs.
impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello")
            .field("version", &self.version)
            .field("session", &self.session)
            .field("client", &self.client)
            .field("codecs", &self.codecs)
            .field("resume", &self.resume.as_ref().map(String::len))
            .field("resume_annotations", &self.resume_annotations.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// A newer client may offer formats that this version has never heard of.
fn known_codecs<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<PixelCodec>, D::Error> {
    let names = Vec::<String>::deserialize(input)?;
    Ok(names.iter().filter_map(|name| PixelCodec::from_name(name)).collect())
}

/// A question about the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Query {
    /// The sample of every visible layer at a point of the watched view.
    Values {
        /// World coordinates (vertical, horizontal).
        world: [f64; 2],
    },
    /// How often each intensity occurs in a layer.
    Histogram {
        /// An image layer.
        layer: LayerId,
    },
}

/// What the server knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// Samples, top layer first; a layer that has none there is left out.
    Values {
        /// The point asked for.
        world: [f64; 2],
        /// Layer and sample.
        values: Vec<LayerValue>,
    },
    /// Counts in equal bins from `range[0]` to `range[1]`.
    Histogram {
        /// The layer asked for.
        layer: LayerId,
        /// Smallest and largest value.
        range: [f64; 2],
        /// Samples in each bin.
        counts: Vec<u32>,
    },
    /// The question cannot be answered.
    Unavailable {
        /// Why, for a person.
        message: String,
    },
}

/// One layer's sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerValue {
    /// Which layer.
    pub layer: LayerId,
    /// The sample at full resolution; absent while it is being read, or not a number.
    pub value: Option<f64>,
}

/// What the server says on the state channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The hello was good. Binary `sync` updates of both documents follow at once.
    Welcome(Welcome),
    /// The hello was not good; the socket is closed after this.
    Refused {
        /// Stable, e.g. `version_mismatch`, `token_expired`.
        code: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The intent was applied. When this is read, the mirror already shows it.
    Ack {
        /// Of the intent.
        seq: u64,
        /// Revision of the document that holds it.
        revision: u64,
        /// What was applied, with the values as the server clamped them; absent for `watch`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        applied: Option<Intent>,
    },
    /// The intent was refused; nothing was changed.
    Reject {
        /// Of the intent.
        seq: u64,
        /// Why, for a program.
        code: RejectCode,
        /// Why, for a person.
        message: String,
    },
    /// Who is here; sent whole at each change.
    Participants {
        /// Everybody, by number.
        participants: Vec<Participant>,
    },
    /// Cursors that moved since the last such message; `None`: gone.
    Cursors {
        /// One entry for each that moved.
        cursors: Vec<Cursor>,
    },
    /// Which view the client is shown from now on.
    Watching {
        /// The view, following resolved.
        view: ViewId,
    },
    /// The answer to `ask`.
    Answer {
        /// Of the question.
        id: u32,
        /// What is known.
        answer: Answer,
    },
    /// The answer to `ping`.
    Pong {
        /// The client's clock, as sent.
        time: f64,
        /// The server's clock in microseconds, the one in frame headers.
        server_us: u64,
    },
    /// What the participant could take back and do again now, as words; sent at each change.
    Steps {
        /// What `undo` would take back.
        undo: Option<String>,
        /// What `redo` would do again.
        redo: Option<String>,
    },
    /// A part of the server was restarted, and answers may have been lost: send every intent and
    /// watch that has no answer again, in order, with its number.
    Resend,
    /// Something that a person should know, such as a file that cannot be read.
    Notice {
        /// Stable, e.g. `data_unreadable`.
        code: String,
        /// For a person.
        message: String,
    },
}

/// What a client needs to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`crate::PROTOCOL_VERSION`] of the server.
    pub version: u32,
    /// Name of the session.
    pub session: String,
    /// The client's number in it.
    pub participant: ParticipantId,
    /// `viewer`, `annotator`, `presenter` or `owner`.
    pub role: String,
    /// The user, as annotations name their authors.
    pub subject: String,
    /// Whether the client must forget its mirrors: it knows changes that the server lost.
    pub reset: bool,
    /// The highest `seq` of this client that the server has answered; 0 if none.
    pub answered: u64,
    /// Opens the pixel channel once.
    pub ticket: String,
    /// [`crate::limits::HEARTBEAT`] in milliseconds.
    pub heartbeat_ms: u32,
}

/// Somebody in the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    /// Their number.
    pub id: ParticipantId,
    /// From their token.
    pub name: String,
    /// The user, as annotations name their authors.
    pub subject: String,
    /// `#rrggbb`, given by the server, different while there are fewer than twelve.
    pub color: String,
    /// As in `welcome`.
    pub role: String,
    /// Whose view they look at.
    pub watch: Watch,
    /// What they are busy with.
    #[serde(flatten)]
    pub doing: Doing,
}

/// Where somebody points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Whose.
    pub participant: ParticipantId,
    /// The view in which it is.
    pub view: ViewId,
    /// World coordinates, one for each axis of the scene; `None`: nowhere.
    pub position: Option<Vec<f64>>,
    /// Whether it is a laser pointer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub laser: bool,
}

/// What a client says on the pixel channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PixelClientMessage {
    /// The first message, and only the first.
    Attach {
        /// From `welcome`.
        ticket: String,
    },
    /// A picture arrived, and so did all before it: said at once, before it is decoded, since the
    /// bit rate follows from when this comes.
    Received {
        /// Of the frame header.
        sequence: u32,
    },
    /// A picture was shown, or thrown away: the client is done with it, and with all before it.
    Shown {
        /// Of the frame header.
        sequence: u32,
        /// Microseconds from its arrival to its being decoded; 0 where it was thrown away.
        decode_us: u32,
        /// Microseconds that decoded pictures wait for their time to be shown, at present.
        held_us: u32,
    },
    /// The user wants no more bits a second than this from now on; `null`: as many as there are.
    Ceiling {
        /// Bits a second.
        bitrate_bps: Option<u32>,
    },
    /// A picture is missing or cannot be decoded: start again with a key picture.
    Keyframe,
    /// Use another format from now on (the decoder failed).
    Codec {
        /// The format.
        codec: PixelCodec,
    },
}

/// What the server says on the pixel channel besides pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PixelServerMessage {
    /// Describes the pictures from the next (a key picture) on.
    Stream {
        /// The view that they show.
        view: ViewId,
        /// Their format.
        codec: PixelCodec,
        /// The WebCodecs codec string for H.264, e.g. `avc1.42c01f`; else empty.
        config: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// How the link does, and what it is given: about once a second while pictures flow.
    Link(Link),
}
