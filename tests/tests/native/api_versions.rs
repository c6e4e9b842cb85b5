//! History over the API.

use parfocal_auth::Role;
use parfocal_client_native::{Client, EditFailure, Link, Options, Status};
use parfocal_scene::{Intent, LayerChange, LayerKind, RejectCode};
use parfocal_tests::draw::{add_layer, drawn, point};
use parfocal_tests::{Lab, within};
use serde_json::json;

const VERSIONS: &str = "/v1/sessions/lab/versions";

async fn look_at(lab: &Lab, role: Role, session: &str) -> Client {
    let link = lab.server.link(role).unwrap().replace("/s/lab#", &format!("/s/{session}#"));
    let link: Link = link.parse().unwrap();
    let options = Options { codecs: Vec::new(), ..Options::default() };
    within("connected", Client::connect(&link, options)).await.unwrap()
}

#[tokio::test]
async fn a_version_is_kept_looked_at_and_restored() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let points = add_layer(&ada, LayerKind::Points).await.unwrap();
    let at = [0.0, 0.0, 10.0, 10.0];
    within("drawn", ada.edit(point("first", points, at))).await.unwrap();
    let annotator = lab.api(Role::Annotator).unwrap();
    let kept = annotator.post(VERSIONS, &json!({ "name": "one point" })).await.unwrap();
    assert_eq!((kept.status, &kept.json()["number"]), (201, &json!(1)));
    within("drawn", ada.edit(point("second", points, at))).await.unwrap();

    let listed = lab.api(Role::Viewer).unwrap().get(VERSIONS).await.unwrap().json();
    let version = &listed["versions"][0];
    assert_eq!((&version["name"], &version["author"]), (&json!("one point"), &json!("annotator")));
    assert_eq!(version["path"], "/s/lab@1");
    let past = look_at(&lab, Role::Owner, "lab@1").await;
    drawn(&past, "first").await.unwrap();
    assert_eq!(past.annotations().len(), 1);
    let layer = past.scene().unwrap().layers[0].id;
    let change = Intent::SetLayer { layer, change: LayerChange::Gamma(2.0) };
    for intent in [point("third", points, at), change] {
        match within("answered", past.edit(intent)).await.unwrap_err() {
            EditFailure::Rejected(reject) => assert_eq!(reject.code, RejectCode::ReadOnly),
            other => panic!("{other}"),
        }
    }

    let presenter = lab.api(Role::Presenter).unwrap();
    let restored = presenter.post(&format!("{VERSIONS}/1/restore"), &json!({})).await.unwrap();
    assert_eq!((restored.status, &restored.json()["before"]), (200, &json!(2)));
    let one = ada.wait_for_annotations(|all| all.len() == 1);
    within("the second is gone for everybody", one).await.unwrap();
    let back = presenter.post(&format!("{VERSIONS}/2/restore"), &json!({})).await.unwrap();
    assert_eq!(back.status, 200);
    drawn(&ada, "second").await.unwrap();
    within("work goes on", ada.edit(point("third", points, at))).await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_forgotten_is_gone_for_who_looks_at_it() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.api(Role::Owner).unwrap();
    assert_eq!(owner.post(VERSIONS, &json!({ "name": "x" })).await.unwrap().status, 201);
    let past = look_at(&lab, Role::Viewer, "lab@1").await;
    assert_eq!(owner.delete(&format!("{VERSIONS}/1")).await.unwrap().status, 204);
    let gone = |status: &Status| matches!(status, Status::Stopped(_));
    within("ended", past.wait_status(gone)).await.unwrap();
    for answer in [
        owner.delete(&format!("{VERSIONS}/1")).await,
        owner.post(&format!("{VERSIONS}/1/restore"), &json!({})).await,
        owner.post(&format!("{VERSIONS}/x/restore"), &json!({})).await,
        owner.delete(&format!("{VERSIONS}/-1")).await,
    ] {
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (404, "version_unknown"));
    }
    for nothing in ["lab@1", "lab@x", "lab@", "lab@1@2"] {
        let link = lab.server.link(Role::Viewer).unwrap();
        let link = link.replace("/s/lab#", &format!("/s/{nothing}#")).parse();
        let Ok(link) = link else { continue };
        let refused = Client::connect(&link, Options::default()).await;
        assert!(refused.is_err(), "{nothing}");
    }
}

#[tokio::test]
async fn each_role_does_with_history_what_the_table_says() {
    let lab = Lab::start().await.unwrap();
    assert_eq!(
        lab.api(Role::Owner).unwrap().post(VERSIONS, &json!({ "name": "x" })).await.unwrap().status,
        201
    );
    for (role, keep, restore, forget) in [
        (Role::Viewer, 403, 403, 403),
        (Role::Annotator, 201, 403, 403),
        (Role::Presenter, 201, 200, 403),
        (Role::Owner, 201, 200, 204),
    ] {
        let api = lab.api(role).unwrap();
        assert_eq!(api.get(VERSIONS).await.unwrap().status, 200, "{role}");
        assert_eq!(
            api.post(VERSIONS, &json!({ "name": "y" })).await.unwrap().status,
            keep,
            "{role}"
        );
        let path = format!("{VERSIONS}/1/restore");
        assert_eq!(api.post(&path, &json!({})).await.unwrap().status, restore, "{role}");
        assert_eq!(api.delete(&format!("{VERSIONS}/1")).await.unwrap().status, forget, "{role}");
    }
    for bad in [json!({}), json!({ "name": "" }), json!({ "name": "x".repeat(201) })] {
        assert_eq!(lab.api(Role::Owner).unwrap().post(VERSIONS, &bad).await.unwrap().status, 400);
    }
    let past = lab.api(Role::Owner).unwrap();
    let answer = past.post("/v1/sessions/lab@2/versions", &json!({ "name": "x" })).await.unwrap();
    assert_eq!(answer.code(), "read_only");
}
