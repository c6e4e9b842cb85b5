//! Sessions over the API: made, listed, renamed, archived, deleted, and opened when somebody comes.

use parfocal_auth::Role;
use parfocal_client_native::{Client, EditFailure, Link, Options, Status};
use parfocal_scene::{Intent, LayerChange, RejectCode};
use parfocal_tests::api::{Answer, Api};
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, within};
use serde_json::{Value, json};

const SESSIONS: &str = "/v1/sessions";

async fn make(lab: &Lab, body: Value) -> Value {
    let made = lab.api(Role::Owner).unwrap().post(SESSIONS, &body).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

async fn connect(lab: &Lab, path: &Value) -> Client {
    let link = format!("http://{}{}", lab.server.address, path.as_str().unwrap());
    let link: Link = link.parse().unwrap();
    let options = Options { codecs: Vec::new(), ..Options::default() };
    within("connected", Client::connect(&link, options)).await.unwrap()
}

fn names(answer: &Answer) -> Vec<String> {
    let all = answer.json();
    let all = all["sessions"].as_array().unwrap().iter();
    all.map(|session| session["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_session_is_made_on_the_images_of_another_and_belongs_to_who_made_it() {
    let lab = Lab::start().await.unwrap();
    let made = make(&lab, json!({ "title": "Embryo 7, left" })).await;
    let name = made["name"].as_str().unwrap();
    assert!(name.starts_with("embryo-7-left-"));
    let ada = connect(&lab, &made["path"]).await;
    assert_eq!(ada.scene().unwrap().layers.len(), 2, "the image and its labels");
    let layer = ada.scene().unwrap().layers[0].id;
    let edit = Intent::SetLayer { layer, change: LayerChange::Gamma(1.5) };
    within("an owner edits", ada.edit(edit)).await.unwrap();
    let other = lab.client(Role::Viewer).await.unwrap();
    assert_eq!(other.scene().unwrap().layers[0].look.gamma, 1.0, "sessions are apart");
    let own = Api::new(lab.server.address, made["token"].as_str().map(str::to_owned));
    let listed = own.get(SESSIONS).await.unwrap();
    assert_eq!(names(&listed), [name], "a token shows its own session");
    let session = &listed.json()["sessions"][0];
    assert_eq!(session["title"], "Embryo 7, left");
    assert_eq!((&session["participants"], &session["annotations"]), (&json!(1), &json!(0)));
    assert_eq!((&session["role"], &session["created_by"]), (&json!("owner"), &json!("owner")));
    assert!(session["created_ms"].as_u64().unwrap() > 1_600_000_000_000);
    assert!(session["bytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn who_owns_every_session_sees_them_all_and_opens_each() {
    let lab = Lab::start().await.unwrap();
    make(&lab, json!({ "title": "B", "name": "b" })).await;
    let admin = lab.api_in("*", Role::Owner).unwrap();
    let listed = admin.get(SESSIONS).await.unwrap();
    assert_eq!(names(&listed), ["b", "lab"]);
    assert_eq!(listed.json()["sessions"][0]["participants"], Value::Null, "nobody has opened it");
    assert_eq!(listed.json()["may_create"], true);
    let made =
        admin.post(SESSIONS, &json!({ "title": "C", "name": "c", "like": "b" })).await.unwrap();
    assert_eq!(made.status, 201);
    let viewer = connect(&lab, &made.json()["path"]).await;
    assert_eq!(viewer.scene().unwrap().layers.len(), 2);
}

#[tokio::test]
async fn sessions_are_made_by_owners_and_on_data_that_they_own() {
    let lab = Lab::start().await.unwrap();
    make(&lab, json!({ "title": "B", "name": "b" })).await;
    for role in [Role::Viewer, Role::Annotator, Role::Presenter] {
        let answer = lab.api(role).unwrap().post(SESSIONS, &json!({ "title": "X" })).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{role}");
        let listed = lab.api(role).unwrap().get(SESSIONS).await.unwrap();
        assert_eq!(names(&listed), ["lab"]);
        assert_eq!(listed.json()["may_create"], false);
    }
    let owner = lab.api(Role::Owner).unwrap();
    for (body, status, code) in [
        (json!({ "title": "X", "like": "b" }), 403, "token_other_session"),
        (json!({ "title": "B", "name": "b" }), 409, "session_exists"),
        (json!({ "title": "" }), 400, "out_of_range"),
        (json!({ "title": "x".repeat(300) }), 400, "out_of_range"),
        (json!({ "title": "X", "name": "../x" }), 400, "session_name"),
        (json!({ "title": "X", "name": "*" }), 400, "session_name"),
        (json!({ "title": "X", "name": "lab@1" }), 400, "session_name"),
        (json!({ "name": "x" }), 400, "malformed"),
        (json!([]), 400, "malformed"),
    ] {
        let answer = owner.post(SESSIONS, &body).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
    }
}

#[tokio::test]
async fn a_session_is_renamed_archived_and_taken_out_again() {
    let lab = Lab::start().await.unwrap();
    let made = make(&lab, json!({ "title": "B", "name": "b" })).await;
    let api = lab.api_in("b", Role::Owner).unwrap();
    let renamed = api.patch("/v1/sessions/b", &json!({ "title": "Better" })).await.unwrap();
    assert_eq!(renamed.json()["title"], "Better");
    let ada = connect(&lab, &made["path"]).await;
    let layer = ada.scene().unwrap().layers[0].id;
    let gamma = |value| Intent::SetLayer { layer, change: LayerChange::Gamma(value) };
    within("edited", ada.edit(gamma(1.5))).await.unwrap();

    let archived = api.patch("/v1/sessions/b", &json!({ "archived": true })).await.unwrap();
    assert_eq!((archived.status, &archived.json()["archived"]), (200, &json!(true)));
    let gone = |status: &Status| matches!(status, Status::Stopped(_));
    let Status::Stopped(stop) = within("ended", ada.wait_status(gone)).await.unwrap() else {
        panic!("not stopped")
    };
    assert_eq!(stop.code, "session_ended");
    let late = connect(&lab, &made["path"]).await;
    assert_eq!(late.scene().unwrap().layers[0].look.gamma, 1.5, "it can be looked at");
    match within("answered", late.edit(gamma(1.9))).await.unwrap_err() {
        EditFailure::Rejected(reject) => assert_eq!(reject.code, RejectCode::ReadOnly),
        other => panic!("{other}"),
    }

    let out = api.patch("/v1/sessions/b", &json!({ "archived": false })).await.unwrap();
    assert_eq!(out.json()["archived"], false);
    within("who looks is there again", late.live()).await.unwrap();
    within("and edits", late.edit(gamma(1.9))).await.unwrap();
}

#[tokio::test]
async fn a_deleted_session_is_gone_with_who_is_in_it() {
    let lab = Lab::start().await.unwrap();
    let made = make(&lab, json!({ "title": "B", "name": "b" })).await;
    let ada = connect(&lab, &made["path"]).await;
    let api = lab.api_in("b", Role::Owner).unwrap();
    for role in [Role::Viewer, Role::Annotator, Role::Presenter] {
        let other = lab.api_in("b", role).unwrap();
        assert_eq!(other.delete("/v1/sessions/b").await.unwrap().code(), "forbidden");
        let change = other.patch("/v1/sessions/b", &json!({ "title": "x" })).await.unwrap();
        assert_eq!(change.code(), "forbidden");
    }
    assert_eq!(api.delete("/v1/sessions/b").await.unwrap().status, 204);
    let gone = |status: &Status| matches!(status, Status::Stopped(_));
    within("ended", ada.wait_status(gone)).await.unwrap();
    let link = format!("http://{}{}", lab.server.address, made["path"].as_str().unwrap());
    let again = Client::connect(&link.parse().unwrap(), Options::default()).await;
    assert!(again.err().unwrap().to_string().contains("no session b"));
    for answer in [
        api.delete("/v1/sessions/b").await,
        api.patch("/v1/sessions/b", &json!({ "title": "x" })).await,
        api.get("/v1/sessions/b/participants").await,
    ] {
        assert_eq!(answer.unwrap().code(), "session_unknown");
    }
    assert!(lab.client(Role::Viewer).await.is_ok(), "others go on");
}

#[tokio::test]
async fn a_layer_that_was_removed_stays_so_and_a_new_image_joins_at_the_next_start() {
    use parfocal_server::{cli::ServeArgs, config::Settings, serve::Server};
    let folder = tempfile::tempdir().unwrap();
    let image = parfocal_tests::files::stack(folder.path()).unwrap();
    let labels = parfocal_tests::files::labels(folder.path()).unwrap();
    let start = |paths: Vec<std::path::PathBuf>| {
        let args = ServeArgs {
            paths,
            axes: Some("tzyx".to_owned()),
            session: Some("lab".to_owned()),
            port: Some(0),
            state: Some(folder.path().join("state")),
            ..ServeArgs::default()
        };
        async { Server::start(Settings::resolve(args).unwrap()).await.unwrap() }
    };
    let connect = |server: &Server| {
        let link: Link = server.link(Role::Owner).unwrap().parse().unwrap();
        async move {
            let options = Options { codecs: Vec::new(), ..Options::default() };
            within("connected", Client::connect(&link, options)).await.unwrap()
        }
    };
    let first = start(vec![image.clone()]).await;
    let ada = connect(&first).await;
    assert_eq!(ada.scene().unwrap().layers.len(), 1);
    drop(ada);
    first.stop().await;
    let second = start(vec![image.clone(), labels.clone()]).await;
    let ada = connect(&second).await;
    let layers = ada.scene().unwrap().layers.clone();
    assert_eq!(layers.len(), 2, "the labels are served for the first time");
    let remove = Intent::RemoveLayer { layer: layers[1].id };
    within("removed", ada.edit(remove)).await.unwrap();
    drop(ada);
    second.stop().await;
    let third = start(vec![image, labels]).await;
    assert_eq!(connect(&third).await.scene().unwrap().layers.len(), 1);
    third.stop().await;
}

#[tokio::test]
async fn the_command_line_lists_sessions_and_invites_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let process = Process::serve(&state, 0, &["--session", "lab"]).await.unwrap();
    let listed = process.ask(&state, &["sessions"]).await.unwrap();
    assert!(listed.contains("NAME") && listed.contains("lab"), "{listed}");
    let invite = ["invite", "--role", "annotator", "--session", "lab", "--uses", "3"];
    let link = process.ask(&state, &invite).await.unwrap();
    let begins = format!("http://{}/i#invitation=", process.address());
    assert!(link.starts_with(&begins), "{link}");
    let secret = link.trim().rsplit('=').next().unwrap();
    let stranger = Api::new(process.address().parse().unwrap(), None);
    let body = json!({ "invitation": secret, "name": "Ada" });
    let token = stranger.post("/v1/invitations/redeem", &body).await.unwrap().json();
    assert_eq!((&token["session"], &token["role"]), (&json!("lab"), &json!("annotator")));
    let gone = process.ask(&state, &["invite", "--role", "viewer", "--session", "gone"]).await;
    assert!(gone.unwrap_err().to_string().contains("no session gone"));
    let other = folder.path().join("other");
    let refused = process.ask(&other, &["sessions"]).await.unwrap_err().to_string();
    assert!(refused.contains("signature"), "another secret: {refused}");
}
