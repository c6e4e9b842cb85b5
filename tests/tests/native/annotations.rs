//! Several people draw on one scene.

use std::time::Duration;

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, EditFailure, Link, Options};
use parfocal_scene::{
    AnnotationChange, AnnotationId, Bookmark, Intent, LayerChange, LayerKind, Measure, Measured,
    RejectCode, Shape,
};
use parfocal_sync::pixel::PixelHeader;
use parfocal_tests::draw::{add_layer, draw, drawn, point, shape};
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, files, within};

async fn refused(client: &Client, intent: Intent) -> RejectCode {
    match within("an answer", client.edit(intent)).await {
        Err(EditFailure::Rejected(reject)) => reject.code,
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_one_draws_everybody_has_when_it_is_acknowledged() {
    let lab = Lab::start().await.unwrap();
    let (ada, bob) =
        (lab.client(Role::Annotator).await.unwrap(), lab.client(Role::Viewer).await.unwrap());
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    within("drawn", ada.edit(point("p1", layer, [0.0, 1.0, 20.0, 30.0]))).await.unwrap();
    let mine =
        ada.annotations().get(&"p1".into()).cloned().expect("the ack comes after the mirror");
    assert_eq!((mine.author.as_str(), mine.created > 0), ("annotator", true));
    assert_eq!(drawn(&bob, "p1").await.unwrap(), *mine);
    let late = lab.client(Role::Viewer).await.unwrap();
    assert_eq!(drawn(&late, "p1").await.unwrap(), *mine);
}

#[tokio::test]
async fn a_viewer_draws_nothing_and_a_locked_layer_takes_nothing() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.client(Role::Owner).await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let layer = add_layer(&owner, LayerKind::Points).await.unwrap();
    let p = |id| point(id, layer, [0.0; 4]);
    assert_eq!(refused(&bob, p("b")).await, RejectCode::Forbidden);
    let lock = |on| Intent::SetLayer { layer, change: LayerChange::Locked(on) };
    assert_eq!(refused(&ada, lock(true)).await, RejectCode::Forbidden);
    within("locked", owner.edit(lock(true))).await.unwrap();
    assert_eq!(refused(&ada, p("a")).await, RejectCode::Locked);
    within("unlocked", owner.edit(lock(false))).await.unwrap();
    within("drawn", ada.edit(p("a"))).await.unwrap();
    assert_eq!(refused(&ada, p("a")).await, RejectCode::Taken);
}

#[tokio::test]
async fn two_who_move_different_vertices_both_succeed() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let bob = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let at = |y: f64, x: f64| vec![0.0, 0.0, y, x];
    let triangle = shape(layer, Shape::Polygon, vec![at(0.0, 0.0), at(0.0, 9.0), at(9.0, 0.0)]);
    within("drawn", ada.edit(draw("s", triangle))).await.unwrap();
    drawn(&bob, "s").await.unwrap();
    let vertex = |index, to| Intent::ChangeAnnotation {
        annotation: "s".into(),
        change: AnnotationChange::MoveVertex { index, to },
    };
    let (one, two) =
        tokio::join!(ada.edit(vertex(1, at(0.0, 12.0))), bob.edit(vertex(2, at(14.0, 0.0))));
    let last = one.unwrap().revision.max(two.unwrap().revision);
    assert!(last > 0);
    let moved = vec![at(0.0, 0.0), at(0.0, 12.0), at(14.0, 0.0)];
    let id = AnnotationId::from("s");
    for client in [&ada, &bob] {
        let both =
            client.wait_for_annotations(|all| all.get(&id).is_some_and(|s| s.vertices == moved));
        within("both moves are in the mirror", both).await.unwrap();
    }
}

#[tokio::test]
async fn everybody_takes_back_their_own_steps_alone() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.client(Role::Owner).await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&owner, LayerKind::Points).await.unwrap();
    within("drawn", owner.edit(point("o", layer, [0.0; 4]))).await.unwrap();
    within("drawn", ada.edit(point("a", layer, [0.0; 4]))).await.unwrap();
    let recolour = |id: &str, color: &str| Intent::ChangeAnnotation {
        annotation: id.into(),
        change: AnnotationChange::FaceColor(Some(color.to_owned())),
    };
    within("coloured", owner.edit(recolour("a", "#ff0000"))).await.unwrap();
    // Ada's point is not as she left it: undoing would remove the owner's work.
    assert_eq!(refused(&ada, Intent::Undo).await, RejectCode::NotApplicable);
    assert_eq!(ada.annotations().len(), 2);
    within("undone", owner.edit(Intent::Undo)).await.unwrap();
    assert_eq!(drawn(&owner, "a").await.unwrap().face_color, None);
    within("undone", owner.edit(Intent::Undo)).await.unwrap();
    let gone = ada.wait_for_annotations(|all| all.get(&"o".into()).is_none());
    assert_eq!(within("the owner's point is gone", gone).await.unwrap().len(), 1);
    within("redone", owner.edit(Intent::Redo)).await.unwrap();
    assert_eq!(owner.annotations().len(), 2);
}

#[tokio::test]
async fn what_is_drawn_is_in_everybodys_picture() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    let point_now = ada.scene().unwrap().views[&ViewId::STAGE].point.clone();
    let mut red = shape(layer, Shape::Point, vec![vec![point_now[0], point_now[1], 60.0, 80.0]]);
    (red.face_color, red.size) = (Some("#ff0000".into()), Some(40.0));
    let ack = within("drawn", ada.edit(draw("red", red))).await.unwrap();
    // The first pictures may be smaller than the canvas.
    let whole =
        |header: &PixelHeader| header.complete && [header.width, header.height] == header.canvas;
    let shown = bob.wait_frame(|header| header.revision >= ack.revision && whole(header));
    let frame = within("a picture with it", shown).await.unwrap();
    let scene = bob.scene().unwrap();
    let at = scene.views[&ViewId::STAGE].canvas_from_world([60.0, 80.0]);
    let [r, g, b] = parfocal_tests::picture::pixel(&frame.frame, at.map(|side| side as u32));
    assert!(r > 150 && g < 90 && b < 90, "{r} {g} {b}");
}

#[tokio::test]
async fn statistics_under_a_shape_are_those_of_the_samples() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let image = ada.scene().unwrap().layers[0].id;
    let layer = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let at = |y: f64, x: f64| vec![1.0, 2.0, y, x];
    let corners = vec![at(9.5, 19.5), at(9.5, 29.5), at(14.5, 29.5), at(14.5, 19.5)];
    let mut area = shape(layer, Shape::Rectangle, corners);
    area.measure = Some(Measure::Statistics(image));
    within("drawn", ada.edit(draw("s", area))).await.unwrap();
    let id = AnnotationId::from("s");
    let there = ada.wait_for_annotations(|all| all.get(&id).is_some_and(|s| s.measured.is_some()));
    let all = within("it is measured", there).await.unwrap();
    let Some(Measured::Statistics { count, min, max, mean, .. }) = all.get(&id).unwrap().measured
    else {
        panic!("{:?}", all.get(&id));
    };
    let samples: Vec<f64> = (10..15)
        .flat_map(|y| (20..30).map(move |x| f64::from(files::intensity([1, 2, y, x]))))
        .collect();
    assert_eq!(count, 50);
    assert_eq!(min, samples.iter().copied().fold(f64::MAX, f64::min));
    assert_eq!(max, samples.iter().copied().fold(f64::MIN, f64::max));
    assert!((mean - samples.iter().sum::<f64>() / 50.0).abs() < 1e-6);
}

#[tokio::test]
async fn a_process_killed_under_five_hundred_intents_a_second_keeps_what_it_acknowledged() {
    const CLIENTS: usize = 5;
    const RATE: u64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let state = folder.path().join("state");
    let server = Process::serve(&state, 0, &[image.to_str().unwrap()]).await.unwrap();
    let link: Link = server.link(Role::Annotator).parse().unwrap();
    let options = || Options { codecs: Vec::new(), ..Options::default() };
    let first = within("connected", Client::connect(&link, options())).await.unwrap();
    let layer = add_layer(&first, LayerKind::Points).await.unwrap();
    let mut writers = Vec::new();
    for n in 0..CLIENTS {
        // Reading all annotations anew after each answer would take longer than the server does.
        let options = Options { scene: false, ..options() };
        let client = within("connected", Client::connect(&link, options)).await.unwrap();
        let client = std::sync::Arc::new(client);
        let (acked, answers) = tokio::sync::mpsc::channel(4096);
        let writer = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
            for i in 0.. {
                tick.tick().await;
                let (client, acked) = (std::sync::Arc::clone(&client), acked.clone());
                tokio::spawn(async move {
                    let id = format!("w{n}-{i}");
                    let at = [0.0, 0.0, (i % 90) as f64, n as f64];
                    if client.edit(point(&id, layer, at)).await.is_ok() {
                        acked.send(id).await.ok();
                    }
                });
            }
        });
        writers.push((writer, answers));
    }
    // In the middle of it: when each writer has had half a second of answers.
    let mut kept = Vec::new();
    for (_, answers) in &mut writers {
        for _ in 0..RATE / 2 {
            kept.push(within("answers", answers.recv()).await.expect("the writer goes on"));
        }
    }
    server.kill().await.unwrap();
    for (writer, mut answers) in writers {
        writer.abort();
        while let Ok(id) = answers.try_recv() {
            kept.push(id);
        }
    }
    assert!(kept.len() >= CLIENTS * RATE as usize / 2);
    let server = Process::serve(&state, 0, &[image.to_str().unwrap()]).await.unwrap();
    let link: Link = server.link(Role::Viewer).parse().unwrap();
    let after = within("connected", Client::connect(&link, options())).await.unwrap();
    let all = after.annotations();
    for id in kept {
        assert!(all.get(&id.as_str().into()).is_some(), "{id} was acknowledged and is lost");
    }
}

#[tokio::test]
async fn a_kept_view_has_the_looks_of_its_layers() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let scene = ada.scene().unwrap();
    let layer = scene.layers[0].clone();
    let mut view = scene.views[&ViewId::STAGE].clone();
    view.overrides.insert(layer.id, vec![LayerChange::Gamma(2.0)]);
    let looks = [(layer.id, layer.look)].into();
    let kept = Bookmark { name: "here".into(), author: "annotator".into(), view, looks };
    let intent = Intent::SetBookmark { bookmark: Box::new(kept.clone()) };
    within("kept", ada.edit(intent)).await.unwrap();
    let seen = bob.wait_for(|scene| scene.bookmarks.contains_key("here"));
    assert_eq!(within("bob has it", seen).await.unwrap().bookmarks["here"], kept);
}
