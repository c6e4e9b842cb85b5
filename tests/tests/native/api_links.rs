//! Short links to views.

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_tests::Lab;
use serde_json::{Value, json};

const LINKS: &str = "/v1/sessions/lab/links";

/// What everybody sees, as a view document.
fn document(lab: &Lab) -> Value {
    let scene = lab.server.engine.session("lab").unwrap().snapshot().scene;
    let looks: std::collections::BTreeMap<_, _> =
        scene.layers.iter().map(|layer| (layer.id, layer.look.clone())).collect();
    json!({ "view": scene.views[&ViewId::STAGE], "looks": looks })
}

#[tokio::test]
async fn a_view_has_one_short_link_that_opens_it_for_who_may_look() {
    let lab = Lab::start().await.unwrap();
    let document = document(&lab);
    let made = lab.api(Role::Annotator).unwrap().post(LINKS, &document).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.json());
    let (code, path) = (made.json()["code"].clone(), made.json()["path"].clone());
    assert_eq!(path, json!(format!("/l/{}", code.as_str().unwrap())));
    let again = lab.api(Role::Owner).unwrap().post(LINKS, &document).await.unwrap();
    assert_eq!(again.json()["code"], code);
    let opened = lab.api(Role::Viewer).unwrap();
    let at = format!("/v1/links/{}", code.as_str().unwrap());
    let opened = opened.get(&at).await.unwrap();
    assert_eq!(opened.status, 200);
    assert_eq!(opened.json()["session"], "lab");
    assert_eq!(opened.json()["view"], document);
    assert_eq!(opened.json()["created_by"], "annotator");
    let elsewhere = lab.api_in("other", Role::Owner).unwrap().get(&at).await.unwrap();
    assert_eq!(elsewhere.code(), "token_other_session");
    let address = lab.server.address.to_string();
    let page = |path: String| {
        let address = address.clone();
        async move { parfocal_tests::process::http_get(&address, &path).await.unwrap() }
    };
    let opened = page(path.as_str().unwrap().to_owned()).await;
    assert_eq!(opened, page("/s/lab".to_owned()).await, "the page opens it");
}

#[tokio::test]
async fn short_links_are_made_by_annotators_of_views_that_make_sense() {
    let lab = Lab::start().await.unwrap();
    let good = document(&lab);
    let refused = lab.api(Role::Viewer).unwrap().post(LINKS, &good).await.unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    let api = lab.api(Role::Annotator).unwrap();
    let mut extra = good.clone();
    extra["more"] = json!(1);
    for bad in [json!({}), json!({ "view": {} }), extra, json!("x")] {
        let answer = api.post(LINKS, &bad).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"), "{bad}");
    }
    for code in ["nothing", "..%2F", "%00"] {
        let answer = api.get(&format!("/v1/links/{code}")).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (404, "link_unknown"), "{code}");
    }
}

#[tokio::test]
async fn links_of_a_session_are_bounded_and_go_with_it() {
    use parfocal_actors::admin::links::{Link, MAX_LINKS};
    let lab = Lab::start().await.unwrap();
    let owner = lab.api(Role::Owner).unwrap();
    let made = owner.post("/v1/sessions", &json!({ "title": "B", "name": "b" })).await.unwrap();
    assert_eq!(made.status, 201);
    let link = |n: usize| Link {
        session: "b".into(),
        view: json!(n),
        created_by: "ada".into(),
        created_ms: 1,
    };
    let engine = &lab.server.engine;
    for n in 0..MAX_LINKS {
        engine.put_link(&format!("code{n:08}"), link(n)).await.unwrap();
    }
    let one_more = engine.put_link("onemore", link(0)).await;
    assert_eq!(one_more.unwrap_err().code, "limit");
    engine.put_link("code00000000", link(0)).await.unwrap();
    assert_eq!(engine.link("code00000007").await.unwrap(), link(7));
    assert_eq!(
        lab.api_in("b", Role::Owner).unwrap().delete("/v1/sessions/b").await.unwrap().status,
        204
    );
    assert_eq!(engine.link("code00000007").await.unwrap_err().code, "link_unknown");
    let admin = lab.api_in("*", Role::Owner).unwrap().get("/v1/sessions").await.unwrap();
    assert_eq!(admin.json()["sessions"].as_array().unwrap().len(), 1, "theirs is no session");
}
