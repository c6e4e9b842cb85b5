//! The binary headers, and bytes that must be refused.

use bytes::Bytes;
use parfocal_base::{Domain, ParticipantId, ViewId};
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use parfocal_sync::update::{Update, UpdateKind};
use serde_json::{Value, json};

pub(crate) fn vectors() -> Vec<Value> {
    let mut vectors: Vec<Value> = Vec::new();
    for (name, header, picture) in headers() {
        let message = header.message(picture);
        let (read, rest) = PixelHeader::split(&message).unwrap();
        assert_eq!((read, &rest[..]), (header, picture), "{name}");
        vectors.push(json!({
            "name": name,
            "kind": "pixel-header",
            "hex": hex(&message),
            "value": {
                "codec": header.codec.as_str(),
                "key": header.key,
                "complete": header.complete,
                "exact": header.exact,
                "sequence": header.sequence,
                "view": header.view.0,
                "width": header.width,
                "height": header.height,
                "revision": header.revision,
                "captured_us": header.captured_us,
                "render_us": header.render_us,
                "encode_us": header.encode_us,
                "tile": header.tile,
                "canvas": header.canvas,
                "picture": hex(picture),
            },
        }));
    }
    for (name, update, kind) in updates() {
        let message = update.encode();
        assert_eq!(Update::decode(&message).as_ref(), Ok(&update), "{name}");
        vectors.push(json!({
            "name": name,
            "kind": "update",
            "hex": hex(&message),
            "value": {
                "domain": match update.domain {
                    Domain::Scene => "scene",
                    Domain::Annotations => "annotations",
                },
                "kind": kind,
                "cause": update.cause.0,
                "revision": update.revision,
                "bytes": hex(&update.bytes),
            },
        }));
    }
    vectors.extend(bad());
    vectors
}

fn headers() -> Vec<(&'static str, PixelHeader, &'static [u8])> {
    let key = PixelHeader {
        codec: PixelCodec::H264,
        key: true,
        complete: true,
        exact: false,
        sequence: 1,
        view: ViewId::STAGE,
        width: 1280,
        height: 720,
        revision: 17,
        captured_us: 1_234_567_890,
        render_us: 2345,
        encode_us: 3456,
        tile: None,
        canvas: [1280, 720],
    };
    let delta = PixelHeader { key: false, complete: false, sequence: 0x8070_6050, ..key };
    let jpeg = PixelHeader { codec: PixelCodec::Jpeg, view: ViewId(7), ..key };
    let still = PixelHeader { codec: PixelCodec::Png, exact: true, ..key };
    let smaller = PixelHeader { width: 960, height: 540, ..delta };
    let tile = PixelHeader { width: 256, height: 208, tile: Some([1024, 512]), ..still };
    let largest = PixelHeader {
        sequence: u32::MAX,
        view: ViewId(u32::MAX),
        width: u16::MAX,
        height: u16::MAX,
        revision: (1 << 53) - 1,
        captured_us: (1 << 53) - 1,
        render_us: u32::MAX,
        encode_us: u32::MAX,
        tile: Some([u16::MAX; 2]),
        canvas: [u16::MAX; 2],
        ..still
    };
    vec![
        ("h264-key", key, &[0, 0, 0, 1, 0x67]),
        ("h264-delta", delta, &[0, 0, 0, 1, 0x41]),
        ("jpeg", jpeg, &[0xff, 0xd8]),
        ("png-exact", still, &[]),
        ("h264-scaled", smaller, &[0, 0, 0, 1, 0x41]),
        ("tile", tile, &[0x89, 0x50]),
        ("tile-unchanged", tile, &[]),
        ("largest", largest, &[]),
    ]
}

fn updates() -> Vec<(&'static str, Update, &'static str)> {
    let update = |kind, cause, revision, bytes: &'static [u8]| Update {
        domain: Domain::Scene,
        kind,
        cause: ParticipantId(cause),
        revision,
        bytes: Bytes::from_static(bytes),
    };
    vec![
        ("sync-empty", update(UpdateKind::Sync, 0, 1, &[0, 0]), "sync"),
        ("update", update(UpdateKind::Update, 2, 18, &[1, 2, 3, 0xff]), "update"),
        ("reset", update(UpdateKind::Reset, 0, (1 << 53) - 1, &[0, 0]), "reset"),
        (
            "update-annotations",
            Update { domain: Domain::Annotations, ..update(UpdateKind::Update, 2, 19, &[0, 0]) },
            "update",
        ),
    ]
}

fn bad() -> Vec<Value> {
    let good = headers().remove(0).1.encode();
    let with = |at: usize, value: u8| {
        let mut bytes = good;
        bytes[at] = value;
        bytes
    };
    let short = |name, kind, hex| json!({ "name": name, "kind": kind, "hex": hex, "bad": true });
    let headers = [
        ("bad-header-empty", hex(&[])),
        ("bad-header-cut", hex(&good[..47])),
        ("bad-header-layout", hex(&with(0, 1))),
        ("bad-header-codec", hex(&with(1, 3))),
    ];
    let mut update = [0_u8; 16];
    update[0] = 4;
    let updates = [
        ("bad-update-empty", hex(&[])),
        ("bad-update-cut", hex(&[1; 15])),
        ("bad-update-kind-0", hex(&[0; 16])),
        ("bad-update-kind-4", hex(&update)),
    ];
    for (name, text) in &headers {
        assert!(PixelHeader::decode(&bytes(text)).is_err(), "{name} was taken");
    }
    for (name, text) in &updates {
        assert!(Update::decode(&Bytes::from(bytes(text))).is_err(), "{name} was taken");
    }
    let headers = headers.map(|(name, text)| short(name, "pixel-header", text));
    headers.into_iter().chain(updates.map(|(name, text)| short(name, "update", text))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}
