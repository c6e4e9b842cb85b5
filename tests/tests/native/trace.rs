//! What `--trace` writes: an edit's and a picture's journey, whole and in order.

use parfocal_auth::Role;
use parfocal_scene::LayerKind;
use parfocal_tests::draw::{add_layer, point};
use parfocal_tests::lab::CANVAS;
use parfocal_tests::within;
use serde_json::Value;

use crate::place::{Place, client};

/// Pictures that a client can have on its way, and one more: who shows the last of so many has long
/// said that it shows the first.
const PICTURES: usize = 10;

/// The first event that `is_it`, by name.
fn find<'a>(events: &'a [Value], name: &str, is_it: impl Fn(&Value) -> bool) -> &'a Value {
    let found = events.iter().find(|event| event["name"] == name && is_it(event));
    found.unwrap_or_else(|| panic!("no such {name}"))
}

fn number(event: &Value, name: &str) -> u64 {
    let value = if name == "ts" || name == "dur" { &event[name] } else { &event["args"][name] };
    value.as_u64().unwrap_or_else(|| panic!("no {name} in {event}"))
}

fn in_order(journey: &[&Value]) {
    for pair in journey.windows(2) {
        assert!(number(pair[0], "ts") <= number(pair[1], "ts"), "{} after {}", pair[0], pair[1]);
    }
}

#[tokio::test]
async fn a_trace_has_the_whole_journey_of_an_edit_and_of_the_picture_that_shows_it() {
    let place = Place::new();
    let file = place.folder.path().join("trace.json");
    let server = place.serve_with(&["--trace", file.to_str().unwrap()]).await;
    let token = server.link(Role::Owner).split_once("#token=").unwrap().1.to_owned();
    let ada = client(&server, Role::Owner, Some(CANVAS)).await;
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    let mut first = None;
    for n in 0..PICTURES {
        let drawn = point(&format!("secret-{n}"), layer, [0.0, 0.0, 20.0, 30.0]);
        let acked = within("drawn", ada.edit(drawn)).await.unwrap();
        let shown = ada.wait_frame(|header| header.revision >= acked.revision);
        within("shown", shown).await.unwrap();
        first.get_or_insert(acked);
    }
    let first = first.unwrap();
    within("an exact picture", ada.wait_frame(|header| header.exact)).await.unwrap();
    drop(ada);
    server.terminate().await.unwrap();

    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&token) && !text.contains("secret-0"), "that is nobody's business");
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let count = |name| events.iter().filter(|event| event["name"] == name).count();
    assert_eq!(count("received"), count("answer"), "every ask is answered");
    let of_edit = |event: &Value| event["args"]["seq"] == first.seq;
    let edit = ["received", "allow", "apply", "durable", "answer"];
    let edit = edit.map(|name| find(&events, name, of_edit));
    in_order(&edit);
    let [received, .., durable, answer] = edit;
    assert!(edit.iter().all(|event| event["bind_id"] == received["bind_id"]), "one arrow for all");
    assert_eq!(number(answer, "revision"), first.revision);
    let written =
        |event: &Value| number(event, "ts") + number(event, "dur") <= number(durable, "ts");
    find(&events, "write", written);

    let of_revision = |event: &Value| event["args"]["revision"] == first.revision;
    let publish = find(&events, "publish", of_revision);
    let shows = |event: &Value| {
        event["args"]["view"] == 0 && event["args"]["revision"].as_u64() >= Some(first.revision)
    };
    let (look, render) = (find(&events, "look", shows), find(&events, "render", shows));
    let captured = number(render, "captured_us");
    let of_frame = |event: &Value| event["args"]["captured_us"] == captured;
    let after = ["painted", "encode", "picture"].map(|name| find(&events, name, of_frame));
    in_order(&[&[publish, look, render], &after[..]].concat());
    let [painted, encode, picture] = after;
    assert_eq!(painted["bind_id"], encode["bind_id"]);
    assert_eq!(painted["bind_id"], picture["bind_id"]);
    let steps: Vec<_> = events.iter().filter(|event| event["id"] == picture["id"]).collect();
    in_order(&steps);
    let name = |step: &&Value| format!("{} {}", step["ph"].as_str().unwrap(), step["name"]);
    let journey = [
        r#"b "picture""#,
        r#"b "queued""#,
        r#"e "queued""#,
        r#"b "on its way""#,
        r#"e "on its way""#,
        r#"b "in the client""#,
        r#"e "in the client""#,
        r#"e "picture""#,
    ];
    assert_eq!(steps.iter().map(name).collect::<Vec<_>>(), journey);

    // The still is coded of a picture, and its tiles go the same way.
    let coded = find(&events, "code tiles", |_| true);
    let of_still = |event: &Value| event["args"]["captured_us"] == coded["args"]["captured_us"];
    in_order(&[find(&events, "painted", of_still), coded, find(&events, "picture", of_still)]);

    let named = |event: &&Value| event["name"] == "thread_name";
    let tracks = events.iter().filter(named).map(|event| event["args"]["name"].as_str().unwrap());
    let tracks: Vec<_> = tracks.collect();
    for track in
        ["socket ", "client ", "scene", "journal", "view 0", "render ", "rendition ", "still 0"]
    {
        assert!(tracks.iter().any(|name| name.starts_with(track)), "{track} in {tracks:?}");
    }
    let last = events.last().unwrap();
    assert_eq!((last["name"].as_str(), number(last, "missing")), (Some("the server stops"), 0));
}
