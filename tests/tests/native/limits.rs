//! What there is too much of is refused with a code, in words that name the bound; nothing else
//! suffers. The bounds are those of a configuration file.

use std::f64::consts::TAU;

use futures_util::{SinkExt, StreamExt};
use parfocal_auth::Role;
use parfocal_base::{LayerId, ViewId};
use parfocal_client_native::{Client, EditFailure, Options};
use parfocal_scene::{Annotation, Feature, Intent, LayerKind, Reject, RejectCode, Shape};
use parfocal_tests::draw::{add_layer, draw, point, shape};
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, within};
use tokio_tungstenite::tungstenite::Message;

/// What a frame of y-websocket begins with that denies something.
const PERMISSION: u8 = 2;

/// Why an edit was refused.
async fn refused(client: &Client, intent: Intent) -> Reject {
    match within("an answer", client.edit(intent)).await {
        Err(EditFailure::Rejected(reject)) => reject,
        other => panic!("it was not refused: {other:?}"),
    }
}

async fn annotator(lab: &Lab) -> Client {
    let options = Options { codecs: Vec::new(), pace: false, ..Options::default() };
    lab.client_with(Role::Annotator, options).await.unwrap()
}

fn dot(id: &str, layer: LayerId) -> Intent {
    point(id, layer, [0.0, 0.0, 20.0, 30.0])
}

/// A closed outline in the plane y, x.
fn outline(corners: usize) -> Vec<Vec<f64>> {
    let at = |corner| {
        let (sin, cos) = (TAU * corner as f64 / corners as f64).sin_cos();
        vec![0.0, 0.0, 60.0 + 50.0 * sin, 80.0 + 50.0 * cos]
    };
    (0..corners).map(at).collect()
}

#[tokio::test]
async fn one_annotation_more_than_a_layer_or_a_session_holds_is_refused() {
    let toml = "[limits]\nannotations_per_layer = 2\nannotations = 3";
    let lab = Lab::configured(toml).await.unwrap();
    let ada = annotator(&lab).await;
    let one = add_layer(&ada, LayerKind::Points).await.unwrap();
    let two = add_layer(&ada, LayerKind::Points).await.unwrap();
    for (id, layer) in [("a", one), ("b", one), ("c", two)] {
        within("drawn", ada.edit(dot(id, layer))).await.unwrap();
    }
    for (layer, bound) in [(one, "a layer holds at most 2"), (two, "a session holds at most 3")] {
        let reject = refused(&ada, dot("d", layer)).await;
        assert_eq!(reject.code, RejectCode::Limit);
        assert!(reject.message.contains(bound), "{}", reject.message);
    }
    let remove = Intent::RemoveAnnotations { annotations: vec!["a".into()] };
    within("removed", ada.edit(remove)).await.unwrap();
    within("there is room again", ada.edit(dot("d", two))).await.unwrap();
}

#[tokio::test]
async fn one_vertex_more_than_an_annotation_may_have_is_refused() {
    let lab = Lab::configured("[limits]\nvertices = 12").await.unwrap();
    let ada = annotator(&lab).await;
    let layer = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let polygon = |corners| draw("p", shape(layer, Shape::Polygon, outline(corners)));
    let reject = refused(&ada, polygon(13)).await;
    assert_eq!(reject.code, RejectCode::Limit);
    assert!(reject.message.contains("at most 12 vertices"), "{}", reject.message);
    within("drawn", ada.edit(polygon(12))).await.unwrap();
}

#[tokio::test]
async fn a_document_that_is_full_takes_only_what_makes_it_smaller() {
    let lab = Lab::configured("[limits]\ndocument_bytes = 3000").await.unwrap();
    let ada = annotator(&lab).await;
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    let page = |n: usize| {
        let mut annotation = shape(layer, Shape::Point, vec![vec![0.0; 4]]);
        annotation.text = Some("x".repeat(900));
        draw(&format!("p{n}"), annotation)
    };
    let mut there = 0;
    let full = loop {
        match within("answered", ada.edit(page(there))).await {
            Ok(_) => there += 1,
            Err(EditFailure::Rejected(reject)) => break reject,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(full.code, RejectCode::Limit);
    assert!(full.message.contains("3000 bytes (limits.document_bytes)"), "{}", full.message);
    assert_eq!(ada.annotations().len(), there);
    let remove =
        |n| Intent::RemoveAnnotations { annotations: vec![format!("p{n}").as_str().into()] };
    within("removed", ada.edit(remove(0))).await.unwrap();
    within("drawn", ada.edit(page(there))).await.unwrap();
    // Taking back the removal has no room now, and leaves everything as it is.
    within("removed", ada.edit(remove(1))).await.unwrap();
    let bob = lab.client(Role::Owner).await.unwrap();
    within("drawn", bob.edit(page(there + 1))).await.unwrap();
    assert_eq!(refused(&ada, Intent::Undo).await.code, RejectCode::Limit);
    let late = annotator(&lab).await;
    assert_eq!(late.annotations(), ada.annotations());
    assert_eq!(lab.server.engine.session("lab").unwrap().snapshot().annotations.len(), there);
}

#[tokio::test]
async fn an_update_of_a_yjs_client_that_is_too_long_is_denied_and_the_connection_lives_on() {
    let lab = Lab::configured("[limits]\nupdate_bytes = 1000").await.unwrap();
    let token = lab.server.link(Role::Annotator).unwrap();
    let token = token.split_once("#token=").unwrap().1;
    let url = format!("ws://{}/y/lab/annotations?token={token}", lab.server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    for bytes in [1001_u16, 2000] {
        // Synchronising, an update, its length in seven bits at a time.
        let mut frame = vec![0, 2, bytes as u8 & 127 | 128, (bytes >> 7) as u8];
        frame.extend(vec![7; usize::from(bytes)]);
        socket.send(Message::Binary(frame.into())).await.unwrap();
        let denied = within("denied", async {
            loop {
                let message = socket.next().await.unwrap().unwrap();
                let Message::Binary(frame) = message else { continue };
                if frame.starts_with(&[PERMISSION, 0]) {
                    break String::from_utf8_lossy(&frame).into_owned();
                }
            }
        })
        .await;
        assert!(denied.contains("too_large") && denied.contains("1000"), "{denied}");
    }
}

#[tokio::test]
async fn faster_than_the_bound_is_refused_and_slower_is_not() {
    let lab = Lab::configured("[people]\nintents_per_second = 5").await.unwrap();
    let options = Options { codecs: Vec::new(), pace: false, ..Options::default() };
    let flood = lab.client_with(Role::Owner, options).await.unwrap();
    let asks = (0..40).map(|n| {
        flood.edit(Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: f64::from(n % 6) })
    });
    let answers = within("all are answered", futures_util::future::join_all(asks)).await;
    let rejects: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!((20..=30).contains(&rejects.len()), "{} of 40", rejects.len());
    for reject in rejects {
        let EditFailure::Rejected(reject) = reject else { panic!("{reject}") };
        assert_eq!(reject.code, RejectCode::RateLimited);
        assert!(reject.message.contains("5 edits a second (people."), "{}", reject.message);
    }
}

#[tokio::test]
async fn one_participant_more_than_fit_is_told_so_and_gets_in_when_one_has_left() {
    let lab = Lab::configured("[people]\nparticipants = 2").await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let bob = annotator(&lab).await;
    let link = lab.link(Role::Viewer).unwrap();
    let connect = || Client::connect(&link, Options::default());
    let full = within("an answer", connect()).await.unwrap_err().to_string();
    assert!(full.contains("at most 2 participants") && full.contains("(full)"), "{full}");
    // Who comes again takes their own place.
    ada.interrupt().await;
    let look = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: 1.0 };
    within("ada is back", ada.edit(look)).await.unwrap();
    let me = bob.me();
    bob.close().await;
    let left = ada.wait_participants(|all| all.iter().all(|one| one.id != me));
    within("bob has left", left).await.unwrap();
    within("let in", connect()).await.unwrap();
}

#[tokio::test]
async fn the_largest_polygon_comes_in_one_message_and_a_larger_one_is_not_sent() {
    let lab = Lab::start().await.unwrap();
    let ada = annotator(&lab).await;
    let layer = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let polygon = |corners| draw("p", shape(layer, Shape::Polygon, outline(corners)));
    let reject = refused(&ada, polygon(10_001)).await;
    assert_eq!(reject.code, RejectCode::Limit);
    within("drawn", ada.edit(polygon(10_000))).await.unwrap();
    assert_eq!(ada.annotations().get(&"p".into()).unwrap().vertices.len(), 10_000);
    match within("an answer", ada.edit(polygon(20_000))).await {
        Err(EditFailure::NotTaken(why)) => assert!(why.to_string().contains("512 KiB"), "{why}"),
        other => panic!("{other:?}"),
    }
    within("work goes on", ada.edit(Intent::Undo)).await.unwrap();
    assert!(ada.annotations().is_empty());
}

#[tokio::test]
async fn what_is_no_shape_and_what_is_no_number_is_refused_and_changes_nothing() {
    let lab = Lab::start().await.unwrap();
    let ada = annotator(&lab).await;
    let shapes = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let points = add_layer(&ada, LayerKind::Points).await.unwrap();
    let flat = |corners: &[[f64; 2]]| -> Vec<Vec<f64>> {
        corners.iter().map(|[y, x]| vec![0.0, 0.0, *y, *x]).collect()
    };
    let polygon = |corners: &[[f64; 2]]| shape(shapes, Shape::Polygon, flat(corners));
    let with = |name: &str, feature: Feature| -> Annotation {
        let mut annotation = shape(points, Shape::Point, vec![vec![0.0; 4]]);
        annotation.features = [(name.to_owned(), feature)].into();
        annotation
    };
    within("drawn", ada.edit(draw("one", with("area", Feature::Number(1.0))))).await.unwrap();
    let text = || Feature::Text("large".to_owned());
    let out = RejectCode::OutOfRange;
    for (what, annotation, code) in [
        (
            "not a number",
            polygon(&[[0.0, 0.0], [f64::NAN, 9.0], [9.0, 0.0]]),
            RejectCode::Malformed,
        ),
        (
            "infinite",
            shape(points, Shape::Point, vec![vec![f64::INFINITY; 4]]),
            RejectCode::Malformed,
        ),
        ("too far away", shape(points, Shape::Point, vec![vec![1e16; 4]]), out),
        ("no vertices", polygon(&[]), out),
        ("two corners", polygon(&[[0.0, 0.0], [0.0, 9.0], [0.0, 9.0], [0.0, 0.0]]), out),
        ("no area", polygon(&[[0.0, 0.0], [0.0, 9.0], [0.0, 4.0]]), out),
        ("an eight", polygon(&[[0.0, 0.0], [9.0, 9.0], [0.0, 9.0], [9.0, 0.0]]), out),
        ("other axes", shape(points, Shape::Point, vec![vec![0.0; 3]]), out),
        ("text where numbers are", with("area", text()), RejectCode::NotApplicable),
        (
            "a feature that is no number",
            with("area", Feature::Number(f64::NAN)),
            RejectCode::Malformed,
        ),
    ] {
        let reject = refused(&ada, draw("bad", annotation)).await;
        assert_eq!(reject.code, code, "{what}: {}", reject.message);
    }
    // What can be mended is: corners that repeat the one before, and the first at the end.
    let twice = [[0.0, 0.0], [0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [-0.0, 0.0]];
    within("drawn", ada.edit(draw("mended", polygon(&twice)))).await.unwrap();
    let mended = ada.annotations();
    assert_eq!(mended.get(&"mended".into()).unwrap().vertices.len(), 3);
    assert_eq!(mended.len(), 2, "nothing of what was refused is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_as_many_files_as_the_system_gives_not_as_few_as_its_shell_has() {
    let place = tempfile::tempdir().unwrap();
    let server = Process::serve_with_few_files(place.path()).await.unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = line.split_whitespace().skip(3).take(2).collect();
    assert!(numbers[0] == numbers[1] && numbers[0] != "128", "{line}");
}
