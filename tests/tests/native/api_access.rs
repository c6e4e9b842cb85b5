//! Who comes in, and who is sent away, over the API.

use std::time::{Duration, Instant};

use parfocal_auth::Role;
use parfocal_client_native::{Client, Link, Options, Status};
use parfocal_tests::api::Api;
use parfocal_tests::{Lab, within};
use serde_json::{Value, json};

const INVITATIONS: &str = "/v1/sessions/lab/invitations";
const REVOCATIONS: &str = "/v1/sessions/lab/revocations";
const PEOPLE: &str = "/v1/sessions/lab/participants";

async fn invite(lab: &Lab, body: Value) -> Value {
    let made = lab.api(Role::Owner).unwrap().post(INVITATIONS, &body).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

async fn redeem(lab: &Lab, secret: &Value, name: &str) -> parfocal_tests::api::Answer {
    let stranger = Api::new(lab.server.address, None);
    let body = json!({ "invitation": secret, "name": name });
    stranger.post("/v1/invitations/redeem", &body).await.unwrap()
}

fn link(lab: &Lab, answer: &Value) -> Link {
    let path = answer["path"].as_str().unwrap();
    format!("http://{}{path}", lab.server.address).parse().unwrap()
}

async fn connect(link: &Link) -> Client {
    let options = Options { codecs: Vec::new(), ..Options::default() };
    within("connected", Client::connect(link, options)).await.unwrap()
}

/// Until a client has heard that its access was withdrawn.
async fn sent_away(client: &Client) {
    let gone = |status: &Status| matches!(status, Status::Stopped(_));
    let status = within("sent away", client.wait_status(gone)).await.unwrap();
    let Status::Stopped(stop) = status else { panic!("{status:?}") };
    assert_eq!(stop.code, "revoked");
}

#[tokio::test]
async fn an_invitation_lets_people_in_each_as_a_user_of_their_own() {
    let lab = Lab::start().await.unwrap();
    let made = invite(&lab, json!({ "role": "annotator", "name": "the students" })).await;
    assert_eq!(made["invitation"]["name"], "the students");
    assert!(made["path"].as_str().unwrap().starts_with("/i#invitation="));
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let token = redeem(&lab, &made["secret"], "Bob").await.json();
        assert_eq!(token["role"], "annotator");
        let client = connect(&link(&lab, &token)).await;
        let bob = Api::new(lab.server.address, token["token"].as_str().map(str::to_owned));
        let people = bob.get(PEOPLE).await.unwrap().json();
        let people = people["participants"].as_array().unwrap();
        assert!(people.iter().all(|p| p.get("token").is_none()), "an owner alone sees them");
        subjects.extend(people.iter().map(|p| p["subject"].as_str().unwrap().to_owned()));
        drop(client);
    }
    assert!(subjects.iter().all(|subject| subject.starts_with("Bob~")));
    assert_ne!(subjects.first(), subjects.last());
    let listed = lab.api(Role::Owner).unwrap().get(INVITATIONS).await.unwrap();
    assert_eq!(listed.json()["invitations"][0]["uses"], 2);
    let text = String::from_utf8(listed.body).unwrap();
    assert!(!text.contains(made["secret"].as_str().unwrap()), "the secret is told once");
}

#[tokio::test]
async fn an_invitation_ends_with_its_uses_its_time_and_its_withdrawal() {
    let lab = Lab::start().await.unwrap();
    let made = invite(&lab, json!({ "role": "viewer", "uses": 1 })).await;
    assert_eq!(redeem(&lab, &made["secret"], "Ada").await.status, 200);
    let again = redeem(&lab, &made["secret"], "Ada").await;
    assert_eq!((again.status, again.code().as_str()), (403, "invitation_not_valid"));

    let made = invite(&lab, json!({ "role": "viewer" })).await;
    let id = made["invitation"]["id"].as_str().unwrap();
    let gone = lab.api(Role::Owner).unwrap().delete(&format!("{INVITATIONS}/{id}")).await.unwrap();
    assert_eq!(gone.status, 204);
    assert_eq!(redeem(&lab, &made["secret"], "Ada").await.code(), "invitation_not_valid");

    // The store knows the moment; the signature allows for clocks that differ.
    let made = invite(&lab, json!({ "role": "viewer", "expires_s": 1 })).await;
    let id = made["invitation"]["id"].as_str().unwrap();
    let later = parfocal_server::access::unix_now() + 2;
    let used = lab.server.engine.use_invitation("lab", id, later).await;
    assert_eq!(used.unwrap_err().code, "invitation_not_valid");

    for secret in ["", "x.y.z", lab.server.link(Role::Owner).unwrap().split('=').nth(1).unwrap()] {
        let answer = redeem(&lab, &json!(secret), "Eve").await;
        assert_eq!(answer.status, 401, "{}", answer.json());
    }
}

#[tokio::test]
async fn who_comes_by_an_invitation_that_is_taken_back_is_sent_away_within_a_second() {
    let lab = Lab::start().await.unwrap();
    let made = invite(&lab, json!({ "role": "annotator" })).await;
    let token = redeem(&lab, &made["secret"], "Bob").await.json();
    let bob = connect(&link(&lab, &token)).await;
    let ada = lab.client(Role::Owner).await.unwrap();
    let id = made["invitation"]["id"].as_str().unwrap();
    let begun = Instant::now();
    let gone = lab.api(Role::Owner).unwrap().delete(&format!("{INVITATIONS}/{id}")).await.unwrap();
    assert_eq!(gone.status, 204);
    sent_away(&bob).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(ada.scene().is_some());
    let refused = Client::connect(&link(&lab, &token), Options::default()).await;
    assert!(refused.err().unwrap().to_string().contains("withdrawn"));
    let api = Api::new(lab.server.address, token["token"].as_str().map(str::to_owned));
    let refused = api.get("/v1/sessions").await.unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (403, "token_revoked"));
}

#[tokio::test]
async fn a_participant_is_sent_away_and_others_of_the_same_name_stay() {
    let lab = Lab::start().await.unwrap();
    let made = invite(&lab, json!({ "role": "viewer" })).await;
    let first = connect(&link(&lab, &redeem(&lab, &made["secret"], "Bob").await.json())).await;
    let second = connect(&link(&lab, &redeem(&lab, &made["secret"], "Bob").await.json())).await;
    let owner = lab.api(Role::Owner).unwrap();
    let gone = owner.delete(&format!("{PEOPLE}/{}", first.me())).await.unwrap();
    assert_eq!(gone.status, 204);
    sent_away(&first).await;
    let people = owner.get(PEOPLE).await.unwrap().json();
    assert_eq!(people["participants"].as_array().unwrap().len(), 1);
    assert_eq!(people["participants"][0]["participant"], json!(second.me()));
    for nobody in ["4711", "-1", "x"] {
        let answer = owner.delete(&format!("{PEOPLE}/{nobody}")).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (404, "participant_unknown"));
    }
}

#[tokio::test]
async fn a_user_is_sent_away_from_every_connection_and_may_come_back_with_a_new_token() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.api(Role::Owner).unwrap();
    let [one, two] =
        [lab.client(Role::Viewer).await.unwrap(), lab.client(Role::Viewer).await.unwrap()];
    let done = owner.post(REVOCATIONS, &json!({ "subject": "viewer" })).await.unwrap();
    assert_eq!(done.status, 204, "{}", done.json());
    sent_away(&one).await;
    sent_away(&two).await;
    let listed = owner.get(REVOCATIONS).await.unwrap().json();
    assert_eq!(listed["revocations"][0]["id"], "viewer");
    let now = parfocal_server::access::unix_now();
    let with_token_of = |now| lab.api_as("lab", Role::Viewer, "viewer", now).unwrap();
    assert_eq!(with_token_of(now - 5).get(PEOPLE).await.unwrap().code(), "token_revoked");
    assert_eq!(with_token_of(now + 5).get(PEOPLE).await.unwrap().status, 200, "a new one is good");
}

#[tokio::test]
async fn a_withdrawal_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let image = parfocal_tests::files::stack(folder.path()).unwrap();
    let args = || parfocal_server::cli::ServeArgs {
        paths: vec![image.clone()],
        axes: Some("tzyx".to_owned()),
        session: Some("lab".to_owned()),
        port: Some(0),
        state: Some(folder.path().join("state")),
        ..Default::default()
    };
    let start = || async {
        let settings = parfocal_server::config::Settings::resolve(args()).unwrap();
        parfocal_server::serve::Server::start(settings).await.unwrap()
    };
    let first = start().await;
    let token = |server: &parfocal_server::serve::Server, role| {
        server.link(role).unwrap().split('=').nth(1).unwrap().to_owned()
    };
    let (viewer, owner) = (token(&first, Role::Viewer), token(&first, Role::Owner));
    let api = Api::new(first.address, Some(owner));
    let done = api.post(REVOCATIONS, &json!({ "subject": "viewer" })).await.unwrap();
    assert_eq!(done.status, 204);
    first.stop().await;
    let second = start().await;
    let viewer = Api::new(second.address, Some(viewer));
    assert_eq!(viewer.get("/v1/sessions").await.unwrap().code(), "token_revoked");
}

#[tokio::test]
async fn a_token_can_be_withdrawn_everywhere_by_who_owns_every_session() {
    let lab = Lab::start().await.unwrap();
    let everywhere = lab.api_in("*", Role::Owner).unwrap();
    let one = lab.client(Role::Viewer).await.unwrap();
    let path = "/v1/sessions/*/revocations";
    let refused = lab.api(Role::Owner).unwrap().post(path, &json!({ "subject": "viewer" })).await;
    assert_eq!(refused.unwrap().code(), "token_other_session");
    let done = everywhere.post(path, &json!({ "subject": "viewer" })).await.unwrap();
    assert_eq!(done.status, 204, "{}", done.json());
    sent_away(&one).await;
}

#[tokio::test]
async fn only_owners_invite_and_withdraw() {
    let lab = Lab::start().await.unwrap();
    for role in [Role::Viewer, Role::Annotator, Role::Presenter] {
        let api = lab.api(role).unwrap();
        for answer in [
            api.get(INVITATIONS).await,
            api.post(INVITATIONS, &json!({ "role": "owner" })).await,
            api.delete(&format!("{INVITATIONS}/x")).await,
            api.get(REVOCATIONS).await,
            api.post(REVOCATIONS, &json!({ "subject": "owner" })).await,
            api.delete(&format!("{PEOPLE}/1")).await,
        ] {
            let answer = answer.unwrap();
            assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{role}");
            assert!(answer.json()["message"].as_str().unwrap().contains("owner"));
        }
        assert_eq!(api.get(PEOPLE).await.unwrap().status, 200);
    }
    let owner = lab.api(Role::Owner).unwrap();
    assert_eq!(owner.get(INVITATIONS).await.unwrap().status, 200);
    assert_eq!(owner.get(REVOCATIONS).await.unwrap().status, 200);
    assert_eq!(
        owner.delete(&format!("{INVITATIONS}/x")).await.unwrap().code(),
        "invitation_unknown"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_code() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.api(Role::Owner).unwrap();
    for (path, body, status, code) in [
        (INVITATIONS, json!({}), 400, "malformed"),
        (INVITATIONS, json!({ "role": "king" }), 400, "malformed"),
        (INVITATIONS, json!({ "role": "viewer", "extra": 1 }), 400, "malformed"),
        (INVITATIONS, json!({ "role": "viewer", "uses": 0 }), 400, "out_of_range"),
        (INVITATIONS, json!({ "role": "viewer", "uses": 1e18 }), 400, "malformed"),
        (INVITATIONS, json!({ "role": "viewer", "expires_s": u64::MAX }), 400, "out_of_range"),
        (INVITATIONS, json!({ "role": "viewer", "name": "a\nb" }), 400, "out_of_range"),
        (REVOCATIONS, json!({}), 400, "malformed"),
        (REVOCATIONS, json!({ "subject": "" }), 400, "out_of_range"),
        (REVOCATIONS, json!({ "token": "x".repeat(129) }), 400, "out_of_range"),
        ("/v1/invitations/redeem", json!({ "name": "x" }), 400, "malformed"),
        ("/v1/sessions/other/invitations", json!({ "role": "viewer" }), 403, "token_other_session"),
        ("/v1/sessions/lab@1/invitations", json!({ "role": "viewer" }), 409, "read_only"),
        ("/v1/sessions/lab/participants", json!({}), 405, "method"),
    ] {
        let answer = owner.post(path, &body).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path} {body}");
    }
    let everywhere = lab.api_in("*", Role::Owner).unwrap();
    let answer =
        everywhere.post("/v1/sessions/gone/invitations", &json!({ "role": "viewer" })).await;
    assert_eq!(answer.unwrap().code(), "session_unknown");
    let long = vec![b' '; 300 << 10];
    let answer = owner.send("POST", INVITATIONS, &[], &long).await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    let not_text = owner.send("POST", INVITATIONS, &[], &[0xff, 0]).await.unwrap();
    assert_eq!(not_text.code(), "malformed");
}

#[tokio::test]
async fn a_request_needs_a_token_in_its_header_and_a_page_of_this_origin() {
    let lab = Lab::start().await.unwrap();
    let stranger = Api::new(lab.server.address, None);
    let answer = stranger.get("/v1/sessions").await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_missing"));
    assert!(answer.head.to_lowercase().contains("www-authenticate: bearer"));
    let link = lab.server.link(Role::Owner).unwrap();
    let token = link.split('=').nth(1).unwrap();
    let in_query = stranger.get(&format!("/v1/sessions?token={token}")).await.unwrap();
    assert_eq!(in_query.code(), "token_missing");
    for header in ["Bearer x", "Basic x", "Bearer", &format!("Bearer {}", "e".repeat(5000))] {
        let answer = stranger.send("GET", "/v1/sessions", &[("Authorization", header)], b"").await;
        assert_eq!(answer.unwrap().status, 401, "{header}");
    }
    let owner = lab.api(Role::Owner).unwrap();
    let evil = [("Origin", "https://evil.example")];
    let answer = owner.send("GET", "/v1/sessions", &evil, b"").await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden_origin"));
    assert!(!answer.head.to_lowercase().contains("access-control"));
    let own = format!("http://{}", lab.server.address);
    let answer = owner.send("GET", "/v1/sessions", &[("Origin", &own)], b"").await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.head.to_lowercase().contains("cache-control: no-store"));
}

#[tokio::test]
async fn a_flood_of_requests_is_refused_and_nobody_else_suffers() {
    let lab = Lab::start().await.unwrap();
    let viewer = lab.api(Role::Viewer).unwrap();
    let mut refused = 0;
    for _ in 0..80 {
        let answer = viewer.get(PEOPLE).await.unwrap();
        if answer.status == 429 {
            assert_eq!(answer.code(), "rate_limited");
            assert!(answer.head.to_lowercase().contains("retry-after: 1"));
            refused += 1;
        }
    }
    assert!(refused > 0);
    assert_eq!(lab.api(Role::Owner).unwrap().get(PEOPLE).await.unwrap().status, 200);
}
