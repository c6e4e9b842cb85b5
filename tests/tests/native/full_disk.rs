//! A store that cannot be written while people work: the program says so, and loses nothing.

use parfocal_auth::Role;
use parfocal_base::{LayerId, ViewId};
use parfocal_client_native::EditFailure;
use parfocal_client_native::core::Event;
use parfocal_scene::{Intent, LayerKind, NewAnnotation, RejectCode, Shape};
use parfocal_tests::api::Api;
use parfocal_tests::draw::{add_layer, drawn, point, shape};
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::{Process, http_get};
use parfocal_tests::within;
use serde_json::json;

use crate::place::{Place, client, read_only};

/// Twelve points with a page of text each.
fn pages(n: usize, layer: LayerId) -> Intent {
    let page = |i: usize| {
        let mut annotation = shape(layer, Shape::Point, vec![vec![0.0, 0.0, 20.0, 30.0]]);
        annotation.text = Some(format!("{n} {i} ").repeat(500));
        NewAnnotation { id: format!("p{n}-{i}").as_str().into(), annotation }
    };
    Intent::AddAnnotations { annotations: (0..12).map(page).collect() }
}

/// Somebody draws until what they draw cannot be saved, although others look on, and goes on when
/// it can. `broken` makes the store fail, `mended` makes it well, `why` is what people are told.
async fn edits_wait_for_the_store(
    place: &Place,
    broken: impl AsyncFnOnce(&Process),
    mended: impl AsyncFnOnce(&Process),
    (why, code): (&str, &str),
) {
    let server = place.serve().await;
    let ada = client(&server, Role::Owner, Some(CANVAS)).await;
    let bob = client(&server, Role::Presenter, Some(CANVAS)).await;
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    within("drawn", ada.edit(point("before", layer, [0.0, 0.0, 20.0, 30.0]))).await.unwrap();
    let mut events = bob.events();
    let notice = async {
        loop {
            if let Event::Notice { code, message } = events.recv().await.unwrap() {
                break (code, message);
            }
        }
    };
    let mut notice = std::pin::pin!(notice);
    broken(&server).await;
    let mut saved = 0;
    let (unsaved, (notice, message)) = loop {
        let mut edit = Box::pin(ada.edit(pages(saved, layer)));
        tokio::select! {
            edit = &mut edit => edit.unwrap(),
            notice = &mut notice => break (edit, notice),
        };
        saved += 1;
        assert!(saved < 400, "16 MB fit");
    };
    assert_eq!(notice, "not_saved");
    assert!(message.contains(why), "{message}");
    assert!(!message.contains("redb"), "where the file lies is not everybody's business");
    let ready = || http_get(server.address(), "/readyz");
    let unready = ready().await.unwrap();
    assert!(unready.starts_with("edits are refused") && unready.contains(why), "{unready}");
    assert_eq!(http_get(server.address(), "/healthz").await.unwrap(), "ok\n");

    // Edits are refused, with the reason; the connection, the pictures and newcomers are well.
    let refused = within("answered", bob.edit(point("refused", layer, [0.0; 4]))).await;
    let Err(EditFailure::Rejected(reject)) = refused else { panic!("{refused:?}") };
    assert_eq!(reject.code, RejectCode::Unavailable);
    assert!(reject.message.contains(why), "{}", reject.message);
    let look = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: 3.0 };
    let looked = within("the stage moves", bob.edit(look)).await.unwrap();
    let shown = |header: &parfocal_sync::pixel::PixelHeader| header.revision >= looked.revision;
    within("its picture comes", bob.wait_frame(shown)).await.unwrap();
    let eve = client(&server, Role::Viewer, Some(CANVAS)).await;
    within("a newcomer sees", eve.next_frame()).await.unwrap();
    drawn(&eve, "before").await.unwrap();
    let token = server.link(Role::Owner).split_once("#token=").unwrap().1.to_owned();
    let api = Api::new(server.address().parse().unwrap(), Some(token));
    let versions = "/v1/sessions/main/versions";
    let kept = api.post(versions, &json!({ "name": "x" })).await.unwrap();
    assert_eq!((kept.status, kept.code().as_str()), (503, code), "{:?}", kept.json());
    assert!(kept.json()["message"].as_str().unwrap().contains(why), "{:?}", kept.json());

    mended(&server).await;
    within("what waited is saved", unsaved).await.unwrap();
    assert_eq!(ready().await.unwrap(), "ready\n");
    within("drawn", bob.edit(point("after", layer, [0.0; 4]))).await.unwrap();
    let kept = api.post(versions, &json!({ "name": "x" })).await.unwrap();
    assert_eq!(kept.status, 201, "{:?}", kept.json());
    server.kill().await.unwrap();
    assert!(place.log().contains("sessions.redb"), "the log names the file: {}", place.log());

    let server = place.serve().await;
    let late = client(&server, Role::Viewer, None).await;
    for n in 0..=saved {
        drawn(&late, &format!("p{n}-11")).await.unwrap();
    }
    drawn(&late, "after").await.unwrap();
    assert_eq!(late.annotations().len(), 12 * (saved + 1) + 2, "and nothing else");
}

#[tokio::test]
async fn a_full_disk_refuses_edits_says_why_and_loses_none_that_was_acknowledged() {
    let place = Place::new();
    let full = async |server: &Process| {
        let now = std::fs::metadata(place.store()).unwrap().len();
        server.limit_files(Some(now)).await.unwrap();
    };
    let room = async |server: &Process| server.limit_files(None).await.unwrap();
    edits_wait_for_the_store(&place, full, room, ("disk is full", "store_full")).await;
}

#[tokio::test]
async fn a_store_that_becomes_read_only_refuses_edits_until_it_may_be_written() {
    let place = Place::new();
    let file = place.folder.path().join("probe");
    std::fs::write(&file, "").unwrap();
    if !read_only(&file, true) {
        return;
    }
    read_only(&file, false);
    let broken = async |_: &Process| assert!(read_only(&place.store(), true));
    let mended = async |_: &Process| assert!(read_only(&place.store(), false));
    edits_wait_for_the_store(&place, broken, mended, ("only be read", "store_read_only")).await;
}
