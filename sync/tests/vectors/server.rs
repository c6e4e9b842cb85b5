//! What servers say: every variant.

use parfocal_base::{LayerId, ParticipantId, ViewId};
use parfocal_scene::{Intent, LayerChange, RejectCode, Watch};
use parfocal_sync::link::{Dropped, Limit, Link, LinkState};
use parfocal_sync::message::{
    Answer, Cursor, Doing, LayerValue, Participant, PixelCodec, PixelServerMessage as P,
    ServerMessage as S, Welcome,
};

use crate::Case;

/// Every code, by its name on the wire.
const REJECTS: [(&str, RejectCode); 17] = [
    ("reject-unknown-layer", RejectCode::UnknownLayer),
    ("reject-unknown-view", RejectCode::UnknownView),
    ("reject-unknown-axis", RejectCode::UnknownAxis),
    ("reject-unknown-colormap", RejectCode::UnknownColormap),
    ("reject-unknown-annotation", RejectCode::UnknownAnnotation),
    ("reject-taken", RejectCode::Taken),
    ("reject-locked", RejectCode::Locked),
    ("reject-not-yours", RejectCode::NotYours),
    ("reject-limit", RejectCode::Limit),
    ("reject-read-only", RejectCode::ReadOnly),
    ("reject-not-finite", RejectCode::NotFinite),
    ("reject-out-of-range", RejectCode::OutOfRange),
    ("reject-not-applicable", RejectCode::NotApplicable),
    ("reject-forbidden", RejectCode::Forbidden),
    ("reject-rate-limited", RejectCode::RateLimited),
    ("reject-malformed", RejectCode::Malformed),
    ("reject-unavailable", RejectCode::Unavailable),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::Server("welcome", welcome(false, 0)),
        Case::Server("welcome-reset", welcome(true, 41)),
        Case::Server("refused", refused()),
        Case::Server("ack", ack()),
        Case::Server("ack-watch", S::Ack { seq: 9, revision: 18, applied: None }),
        Case::Server("resend", S::Resend),
        Case::Server("steps", S::Steps { undo: Some("move 2 points".into()), redo: None }),
        Case::Server("participants", participants()),
        Case::Server("cursors", cursors()),
        Case::Server("watching", S::Watching { view: ViewId(2) }),
        Case::Server("answer-values", answer(7, values())),
        Case::Server("answer-histogram", answer(8, histogram())),
        Case::Server("answer-unavailable", answer(9, unavailable())),
        Case::Server("pong", S::Pong { time: 1234.5, server_us: 9_007_199_254_740_991 }),
        Case::Server("notice", notice()),
        Case::PixelServer("stream-h264", stream(PixelCodec::H264, "avc1.42c01f")),
        Case::PixelServer("stream-jpeg", stream(PixelCodec::Jpeg, "")),
        Case::PixelServer("stream-png", stream(PixelCodec::Png, "")),
        Case::PixelServer("link", P::Link(link(LinkState::Growing, None))),
        Case::PixelServer("link-limited", P::Link(limited())),
    ];
    cases.extend(REJECTS.map(|(name, code)| Case::Server(name, reject(code))));
    cases
}

fn welcome(reset: bool, answered: u64) -> S {
    S::Welcome(Welcome {
        version: 2,
        session: "main".into(),
        participant: ParticipantId(2),
        role: "presenter".into(),
        subject: "ada@lab".into(),
        reset,
        answered,
        ticket: "00112233445566778899aabbccddeeff".into(),
        heartbeat_ms: 5000,
    })
}

fn refused() -> S {
    S::Refused { code: "token_expired".into(), message: "Ask for a new link.".into() }
}

fn ack() -> S {
    let change = LayerChange::ContrastLimits([0.0, 65535.0]);
    S::Ack { seq: 8, revision: 17, applied: Some(Intent::SetLayer { layer: LayerId(3), change }) }
}

fn reject(code: RejectCode) -> S {
    S::Reject { seq: 8, code, message: "That is not possible.".into() }
}

fn participants() -> S {
    let person = |id, name: &str, watch| Participant {
        id: ParticipantId(id),
        name: name.into(),
        color: "#4cc9f0".into(),
        role: "owner".into(),
        subject: "lab".into(),
        watch,
        doing: if id == 1 { doing() } else { Doing::default() },
    };
    let participants = vec![
        person(1, "Ada", Watch::Stage),
        person(2, "Élise", Watch::Own),
        person(3, "曉", Watch::Follow(ParticipantId(1))),
    ];
    S::Participants { participants }
}

fn doing() -> Doing {
    Doing {
        tool: "polygon".into(),
        layer: Some(LayerId(4)),
        selected: vec!["a1".into(), "b-2".into()],
        editing: Some("a1".into()),
    }
}

fn cursors() -> S {
    let cursor = |id, position, laser| Cursor {
        participant: ParticipantId(id),
        view: ViewId::STAGE,
        position,
        laser,
    };
    let cursors = vec![
        cursor(1, Some(vec![3.0, 10.0, 20.5]), false),
        cursor(2, None, false),
        cursor(3, Some(vec![3.0, 1.0, 2.0]), true),
    ];
    S::Cursors { cursors }
}

fn answer(id: u32, answer: Answer) -> S {
    S::Answer { id, answer }
}

fn values() -> Answer {
    let value = |layer, value| LayerValue { layer: LayerId(layer), value };
    Answer::Values { world: [0.5, 99.75], values: vec![value(2, Some(118.0)), value(1, None)] }
}

fn histogram() -> Answer {
    Answer::Histogram { layer: LayerId(3), range: [0.0, 255.0], counts: vec![0, 12, 4_000_000_000] }
}

fn unavailable() -> Answer {
    Answer::Unavailable { message: "The file cannot be read.".into() }
}

fn notice() -> S {
    S::Notice { code: "data_unreadable".into(), message: "embryo.tif cannot be read.".into() }
}

fn stream(codec: PixelCodec, config: &str) -> P {
    P::Stream { view: ViewId::STAGE, codec, config: config.into(), width: 1280, height: 720 }
}

fn link(state: LinkState, why: Option<Limit>) -> Link {
    Link {
        estimate_bps: 1_400_000,
        queue_ms: 12,
        state,
        why,
        width: 960,
        height: 540,
        fps: 30,
        bitrate_bps: 1_200_000,
        viewers: 12,
        dropped: Dropped::default(),
    }
}

fn limited() -> Link {
    let dropped = Dropped { late: 3, slow_start: 1, ..Dropped::default() };
    Link { dropped, ..link(LinkState::Congested, Some(Limit::Link)) }
}
