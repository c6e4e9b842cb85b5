//! What others write themselves.

use serde_json::{Value, json};

use super::*;

fn check(
    all: &Annotations,
    scene: &Scene,
    by: &Author,
    id: &str,
    after: Option<&Value>,
) -> Result<Option<Annotation>, RejectCode> {
    let before = all.get(&id.into()).map(Arc::clone);
    let id = id.into();
    all.check_foreign(scene, by, &limits(), &id, before.as_deref(), after).map_err(|why| why.code)
}

fn json(annotation: &Annotation) -> Value {
    serde_json::to_value(annotation).unwrap()
}

#[test]
fn what_is_new_belongs_to_its_writer() {
    let (scene, all) = with([]);
    let mut forged = json(&point());
    forged["author"] = json!("bob");
    forged["created"] = json!(1);
    forged["unknown"] = json!([1, 2]);
    forged["measured"] = json!({"of": "angle", "value": 3});
    let made = check(&all, &scene, &ann(), "n", Some(&forged)).unwrap().unwrap();
    assert_eq!(made, Annotation { author: "ann".to_owned(), created: 1000, ..point() });
}

#[test]
fn what_was_there_keeps_its_author_its_time_and_what_was_measured() {
    let (scene, mut all) = with([square()]);
    let mut before = Annotation::clone(all.get(&"a0".into()).unwrap());
    before.measure = Some(Measure::Area);
    before.measured = Some(Measured::Area { value: 16.0, perimeter: 16.0, unit: None });
    all.set("a0".into(), Some(Arc::new(before.clone())));
    let mut after = json(&before);
    after["author"] = json!("bob");
    after["edge_color"] = json!("#ABCDEF");
    after["measured"]["value"] = json!(99);
    let kept = check(&all, &scene, &bob(), "a0", Some(&after)).unwrap().unwrap();
    assert_eq!(kept, Annotation { edge_color: Some("#abcdef".to_owned()), ..before });
}

#[test]
fn the_rules_are_those_of_intents() {
    let (mut scene, mut all) = with([point(), point()]);
    let feature = |value: Value| {
        let mut annotation = json(&point());
        annotation["features"] = json!({ "n": value });
        annotation
    };
    let mut numbered = Annotation::clone(all.get(&"a0".into()).unwrap());
    numbered.features.insert("n".to_owned(), Feature::Number(1.0));
    all.set("a0".into(), Some(Arc::new(numbered)));
    let mut nowhere = json(&point());
    nowhere["layer"] = json!(99);
    let mut broken = json(&point());
    broken["vertices"] = json!([[0, 0, 0, null]]);
    let bad = [
        ("a1", feature(json!("x")), RejectCode::NotApplicable),
        ("new", feature(json!("x")), RejectCode::NotApplicable),
        ("a0", feature(json!([1])), RejectCode::Malformed),
        ("a0", json!("hello"), RejectCode::Malformed),
        ("a0", broken, RejectCode::Malformed),
        ("a0", nowhere, RejectCode::UnknownLayer),
        ("b c", json(&point()), RejectCode::OutOfRange),
    ];
    for (id, after, code) in bad {
        assert_eq!(check(&all, &scene, &ann(), id, Some(&after)).unwrap_err(), code, "{id}");
    }
    // The only one with this feature may change its type.
    assert!(check(&all, &scene, &ann(), "a0", Some(&feature(json!("x")))).is_ok());
    assert_eq!(check(&all, &scene, &bob(), "a0", None), Ok(None));
    let own = Intent::SetLayer { layer: POINTS, change: LayerChange::EditScope(EditScope::Own) };
    scene.apply_intent(&own, &owner(), &limits()).unwrap();
    assert_eq!(check(&all, &scene, &bob(), "a0", None), Err(RejectCode::NotYours));
    let lock = Intent::SetLayer { layer: POINTS, change: LayerChange::Locked(true) };
    scene.apply_intent(&lock, &owner(), &limits()).unwrap();
    assert_eq!(check(&all, &scene, &ann(), "a0", None), Err(RejectCode::Locked));
}
