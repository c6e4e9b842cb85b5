use parfocal_base::{ParticipantId, ViewId};
use parfocal_scene::Intent;
use parfocal_sync::message::ServerMessage;
use serde_json::Value;

use super::super::Trace;
use super::*;
use crate::outbox::Out;

fn trace(limit: u64) -> (Trace, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = TraceFile::create(&folder.path().join("trace.json"), Clock::new(), limit).unwrap();
    (Trace { to: Some(Arc::new(file)), session: 0 }, folder)
}

fn read(folder: &tempfile::TempDir) -> Vec<Value> {
    let text = std::fs::read(folder.path().join("trace.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn sessions_tracks_and_spans_have_names_and_a_common_number() {
    let (trace, folder) = trace(MAX_TRACE_BYTES);
    let session = trace.of("a \"b\"");
    drop(session.apply(ParticipantId(5), 7));
    session.durable(ParticipantId(5), 7);
    trace.end();
    trace.end();
    drop(session.apply(ParticipantId(5), 8));
    let events = read(&folder);
    let names: Vec<_> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    let expected =
        ["process_name", "thread_name", "apply", "thread_name", "durable", "the server stops"];
    assert_eq!(names, expected);
    assert_eq!(events[0]["args"]["name"], "session a \"b\"");
    assert_eq!(events[1]["args"]["name"], "scene");
    assert_eq!(events[2]["args"], serde_json::json!({ "participant": 5, "seq": 7 }));
    assert_eq!(events[2]["bind_id"], events[4]["bind_id"]);
    assert_eq!(events[2]["pid"], events[0]["pid"]);
    assert_eq!(events[5]["args"]["missing"], 0);
}

#[test]
fn a_full_file_ends_well_and_says_so() {
    let (trace, folder) = trace(2000);
    let session = trace.of("main");
    while trace.to.as_ref().unwrap().is_open() {
        session.durable(ParticipantId(5), 7);
        std::thread::yield_now();
    }
    trace.end();
    let events = read(&folder);
    assert_eq!(events.last().unwrap()["name"], "the trace is full");
    let size = std::fs::metadata(folder.path().join("trace.json")).unwrap().len();
    assert!(size < 2500, "{size} bytes");
}

#[test]
fn what_the_thread_is_too_slow_for_is_left_out_and_counted() {
    let (lines, waiting) = sync_channel(1);
    let state = State { is_open: AtomicBool::new(true), missing: AtomicU64::new(0) };
    let (sessions, thread) = (Mutex::default(), Mutex::default());
    let file = TraceFile { clock: Clock::new(), state: state.into(), lines, sessions, thread };
    let trace = Trace { to: Some(Arc::new(file)), session: 1 };
    (0..5).for_each(|seq| trace.durable(ParticipantId(5), seq));
    assert_eq!(trace.to.as_ref().unwrap().state.missing.load(Ordering::Relaxed), 4);
    assert_eq!(waiting.try_iter().count(), 1);
}

#[test]
fn where_no_trace_is_wanted_nothing_is_made() {
    let trace = Trace::default().of("main");
    let begun = std::time::Instant::now();
    for seq in 0..1_000_000 {
        drop(std::hint::black_box(&trace).apply(ParticipantId(5), seq));
    }
    println!("{:?} for a million hooks", begun.elapsed());
    assert!(trace.to.is_none());
}

#[test]
fn every_answer_ends_an_edit() {
    let (trace, folder) = trace(MAX_TRACE_BYTES);
    for seq in 1..50 {
        let (view, center, zoom) = (ViewId::STAGE, [0.1 * seq as f64, 1.0 / 3.0], 2.0);
        let applied = Some(Intent::SetCamera { view, center, zoom });
        let ack = ServerMessage::Ack { seq, revision: 16_777_259, applied };
        let text = serde_json::to_string(&ack).unwrap();
        trace.answered(ParticipantId(5), &Out::Text(text.into()));
    }
    trace.end();
    let events = read(&folder);
    assert_eq!(events.iter().filter(|event| event["name"] == "answer").count(), 49);
}
