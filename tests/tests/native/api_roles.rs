//! Every endpoint by every role, and what is written down of it.

use parfocal_auth::Role;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::LayerKind;
use parfocal_tests::api::{Answer, Api};
use parfocal_tests::draw::{add_layer, point};
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, files, within};
use serde_json::json;

/// An endpoint of the session, what is sent to it, and the least role that may ask.
type Row = (&'static str, &'static str, &'static str, Role);

const TABLE: [Row; 25] = [
    ("GET", "/v1/sessions", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/participants", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/versions", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/layers/POINTS/annotations.csv", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/layers/POINTS/annotations.geojson", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/layers/PAINTED/labels.tar", "", Role::Viewer),
    ("GET", "/v1/sessions/lab/file", "", Role::Viewer),
    ("GET", "/v1/links/nothing", "", Role::Viewer),
    (
        "POST",
        "/v1/sessions/lab/layers/POINTS/annotations.csv",
        "axis-0,axis-1,axis-2,axis-3\n0,0,1,1\n",
        Role::Annotator,
    ),
    ("POST", "/v1/sessions/lab/layers/POINTS/annotations.geojson", "[]", Role::Annotator),
    ("POST", "/v1/sessions/lab/labels.tar", "no archive", Role::Annotator),
    ("POST", "/v1/sessions/lab/versions", r#"{"name": "x"}"#, Role::Annotator),
    ("POST", "/v1/sessions/lab/links", "VIEW", Role::Annotator),
    ("POST", "/v1/sessions/lab/versions/1/restore", "{}", Role::Presenter),
    ("DELETE", "/v1/sessions/lab/versions/1", "", Role::Owner),
    ("GET", "/v1/sessions/lab/invitations", "", Role::Owner),
    ("POST", "/v1/sessions/lab/invitations", r#"{"role": "viewer"}"#, Role::Owner),
    ("DELETE", "/v1/sessions/lab/invitations/x", "", Role::Owner),
    ("GET", "/v1/sessions/lab/streams", "", Role::Owner),
    ("GET", "/v1/sessions/lab/revocations", "", Role::Owner),
    ("POST", "/v1/sessions/lab/revocations", r#"{"subject": "nobody"}"#, Role::Owner),
    ("DELETE", "/v1/sessions/lab/participants/1", "", Role::Owner),
    ("POST", "/v1/sessions", r#"{"title": "another"}"#, Role::Owner),
    ("POST", "/v1/import", "no file", Role::Owner),
    ("PATCH", "/v1/sessions/lab", r#"{"title": "Lab"}"#, Role::Owner),
];

#[tokio::test]
async fn every_endpoint_lets_in_who_may_and_nobody_else() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let points = add_layer(&ada, LayerKind::Points).await.unwrap();
    let painted = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let kept = lab.api(Role::Owner).unwrap();
    let kept = kept.post("/v1/sessions/lab/versions", &json!({ "name": "x" })).await.unwrap();
    assert_eq!(kept.status, 201);
    let view = json!({ "view": ada.scene().unwrap().views[&parfocal_base::ViewId::STAGE] });
    let now = parfocal_server::access::unix_now();
    for (method, path, body, least) in TABLE {
        let path =
            path.replace("POINTS", &points.to_string()).replace("PAINTED", &painted.to_string());
        let body = body.replace("VIEW", &view.to_string());
        let ask = |api: Api| {
            let (path, body) = (path.clone(), body.clone());
            async move { api.send(method, &path, &[], body.as_bytes()).await.unwrap() }
        };
        let stranger: Answer = ask(Api::new(lab.server.address, None)).await;
        assert_eq!(stranger.code(), "token_missing", "{method} {path}");
        for role in Role::ALL {
            // A new user each time, so that nobody's rate is what refuses.
            let user = |session| lab.api_as(session, role, &format!("{role} {method} {path}"), now);
            let answer: Answer = ask(user("lab").unwrap()).await;
            let (status, code) = (answer.status, answer.code());
            match role >= least {
                true => assert!(
                    ![401, 403, 405].contains(&status) && status < 500,
                    "{role} {method} {path}: {status} {code}"
                ),
                false => assert_eq!(
                    (status, code.as_str()),
                    (403, "forbidden"),
                    "{role} {method} {path}"
                ),
            }
            if path.contains("/lab") {
                let elsewhere: Answer = ask(user("elsewhere").unwrap()).await;
                assert_eq!(elsewhere.code(), "token_other_session", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn no_token_and_no_invitation_is_ever_logged() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let log = folder.path().join("log");
    let arguments = [image.to_str().unwrap(), "--axes", "tzyx", "--session", "lab"];
    let state = folder.path().join("state");
    let process = Process::serve_logged(&state, &arguments, &log).await.unwrap();
    let address = process.address().parse().unwrap();
    let owner = process.link(Role::Owner).to_owned();
    let mut secrets = vec![owner.split('=').nth(1).unwrap().to_owned()];
    let api = Api::new(address, Some(secrets[0].clone()));
    let made = api.post("/v1/sessions/lab/invitations", &json!({ "role": "annotator" })).await;
    let made = made.unwrap().json();
    secrets.push(made["secret"].as_str().unwrap().to_owned());
    let redeemed = Api::new(address, None)
        .post("/v1/invitations/redeem", &json!({ "invitation": made["secret"], "name": "Eve" }))
        .await
        .unwrap()
        .json();
    secrets.push(redeemed["token"].as_str().unwrap().to_owned());
    let link: Link =
        format!("http://{address}{}", redeemed["path"].as_str().unwrap()).parse().unwrap();
    let eve = within("connected", Client::connect(&link, Options::default())).await.unwrap();
    let points = add_layer(&eve, LayerKind::Points).await.unwrap();
    within("drawn", eve.edit(point("a", points, [0.0, 0.0, 1.0, 1.0]))).await.unwrap();
    // Wrong in every way, so that whatever complains gets to say so.
    for path in ["/v1/sessions", "/v1/sessions/lab/file", "/v1/nothing", "/metrics"] {
        for header in ["Basic", "Bearer x"] {
            let value = format!("{header} {}", secrets[0]);
            let stranger = Api::new(address, None);
            stranger.send("GET", path, &[("Authorization", &value)], b"").await.unwrap();
        }
        let in_query = format!("{path}?token={}", secrets[0]);
        Api::new(address, None).get(&in_query).await.unwrap();
    }
    let id = made["invitation"]["id"].as_str().unwrap();
    api.delete(&format!("/v1/sessions/lab/invitations/{id}")).await.unwrap();
    let again = Client::connect(&link, Options::default()).await;
    assert!(again.is_err());
    let metrics = parfocal_tests::process::http_get(process.address(), "/metrics").await.unwrap();
    process.terminate().await.unwrap();
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("TRACE"), "it was logged at all: {logged}");
    for secret in &secrets {
        // The signature: what makes a token one.
        let signature = secret.rsplit('.').next().unwrap();
        assert!(!logged.contains(signature) && !metrics.contains(signature));
    }
}
