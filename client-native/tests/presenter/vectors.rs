//! `sync/vectors/presenter.json`: what goes in, and what must come out.
//!
//! With `PARFOCAL_UPDATE_VECTORS=1` the test writes the file instead.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::link::{Event, Packet, Presenter, at, event, play};

/// The network of a scenario: how long each picture is on its way, microseconds.
fn movement(interval: u64, ways: impl IntoIterator<Item = u64>) -> Vec<Packet> {
    let mut free = 0;
    let picture = |(n, way): (u64, u64)| {
        let captured = 7_000_000_000 + n * interval;
        free = free.max(captured - 6_900_000_000 + way);
        Packet { sequence: n as u32, captured, ready: free, at_once: n == 0 }
    };
    (0..).zip(ways).map(picture).collect()
}

/// Numbers below `most`, the same at each run.
fn noise(most: u64) -> impl Fn(u64) -> u64 {
    move |n| n.wrapping_mul(2_654_435_761) / 7 % most
}

fn scenarios() -> Vec<(&'static str, Vec<Packet>)> {
    let jitter = noise(45_000);
    let mut stall = movement(33_333, (0..60).map(|n| if n == 30 { 290_000 } else { 20_000 }));
    // What no clock explains: a picture that was there already.
    stall.push(Packet { ready: stall[59].ready + 1, ..stall[40] });
    let mut keys = movement(33_333, (0..48).map(|n| 20_000 + jitter(n)));
    for n in [20, 33] {
        keys[n].at_once = true;
    }
    let mut rest = movement(33_333, (0..40).map(|n| 20_000 + jitter(n)));
    // The same moment again, better; and then somebody moves on.
    let last = *rest.last().unwrap();
    for n in 1..=3_u32 {
        let ready = last.ready + u64::from(n) * 50_000;
        rest.push(Packet { sequence: last.sequence + n, ready, ..last });
    }
    let begins = last.captured + 2_000_000;
    rest.extend((0..12_u32).map(|n| {
        let captured = begins + u64::from(n) * 16_667;
        let ready = captured - 6_900_000_000 + 25_000 + jitter(u64::from(n)) / 3;
        Packet { sequence: last.sequence + 4 + n, captured, ready, at_once: false }
    }));
    let mut wraps = movement(16_667, (0..24).map(|n| 20_000 + jitter(n) / 2));
    for packet in &mut wraps {
        packet.sequence = packet.sequence.wrapping_sub(12);
    }
    let mut clock = movement(33_333, (0..24).map(|n| 20_000 + jitter(n)));
    // The server's clock falls, and leaps.
    clock[10..].iter_mut().for_each(|packet| packet.captured -= 5_000_000);
    clock[17..].iter_mut().for_each(|packet| packet.captured += 9_000_000);
    vec![
        ("an even network holds nothing", movement(33_333, (0..20).map(|n| 20_000 + n % 3 * 900))),
        ("jitter fills the buffer slowly", movement(33_333, (0..80).map(|n| 20_000 + jitter(n)))),
        ("60 pictures a second with jitter", movement(16_667, (0..80).map(|n| 20_000 + jitter(n)))),
        ("a longer way", movement(33_333, (0..60).map(|n| if n < 20 { 20_000 } else { 70_000 }))),
        ("a shorter way", movement(33_333, (0..80).map(|n| if n < 20 { 70_000 } else { 20_000 }))),
        (
            "a much shorter way",
            movement(16_667, (0..60).map(|n| if n < 20 { 700_000 } else { 20_000 })),
        ),
        ("a stall, and a picture twice", stall),
        ("keys in the middle", keys),
        ("rest, refinements, movement", rest),
        ("more pictures than are held", movement(5_000, (0..60).map(|n| 20_000 + jitter(n)))),
        ("sequences wrap", wraps),
        ("the server's clock is set", clock),
    ]
}

/// A screen that looks only now and then, and a connection that begins anew.
fn unwatched() -> Vec<Event> {
    let jitter = noise(45_000);
    let packets = movement(33_333, (0..48).map(|n| 20_000 + jitter(n)));
    let mut presenter = Presenter::default();
    let mut events = Vec::new();
    for packet in packets {
        let step = presenter.ready(at(packet.ready), packet.header(), packet);
        events.push(event(&presenter, packet.ready, Some(packet), step));
        if packet.sequence % 16 == 15 {
            let now = packet.ready + 30_000;
            let step = presenter.tick(at(now));
            events.push(event(&presenter, now, None, step));
        }
    }
    events
}

fn printed(event: &Event) -> Value {
    let mut value = json!({
        "now_us": event.now,
        "show": event.shown.map(|packet| packet.sequence),
        "drop": event.dropped.iter().map(|packet| packet.sequence).collect::<Vec<_>>(),
        "wake_us": event.wake,
        "held": event.held,
        "delay_us": event.delay,
        "jitter_us": event.jitter,
    });
    if let Some(Packet { sequence, captured, at_once, .. }) = event.packet {
        value["ready"] =
            json!({ "sequence": sequence, "captured_us": captured, "at_once": at_once });
    }
    value
}

#[test]
fn the_presenter_does_what_the_committed_vectors_say() {
    let played = scenarios().into_iter().map(|(name, packets)| (name, play(&packets).0));
    let played = played.chain([("a screen that looks now and then", unwatched())]);
    let vector = |(name, events): (&str, Vec<Event>)| json!({ "name": name, "steps": events.iter().map(printed).collect::<Vec<_>>() });
    let expected: Vec<Value> = played.map(vector).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sync/vectors/presenter.json");
    if std::env::var_os("PARFOCAL_UPDATE_VECTORS").is_some() {
        fs::write(path, text(&expected)).unwrap();
        return;
    }
    let found: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        found, expected,
        "if the change is wanted, change client-web/src/core/presenter.ts as well, and run this \
         test with PARFOCAL_UPDATE_VECTORS=1"
    );
}

/// One line for each step, so that a change can be read.
fn text(vectors: &[Value]) -> String {
    let vector = |vector: &Value| {
        let steps: Vec<String> =
            vector["steps"].as_array().unwrap().iter().map(|step| format!("    {step}")).collect();
        format!("  {{\"name\": {}, \"steps\": [\n{}\n  ]}}", vector["name"], steps.join(",\n"))
    };
    let all: Vec<String> = vectors.iter().map(vector).collect();
    format!("[\n{}\n]\n", all.join(",\n"))
}
