//! History.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Kept, StoreError, Version};

fn version(name: &str, revision: u64) -> Version {
    let (name, author) = (name.to_owned(), "ada".to_owned());
    Version { number: 0, name, author, at_ms: 7, revision }
}

fn states(scene: &str, annotations: &str) -> [(Domain, Vec<u8>); 2] {
    [(Domain::Scene, scene.into()), (Domain::Annotations, annotations.into())]
}

#[test]
fn a_version_keeps_both_documents_and_all_blobs_as_they_were() {
    let folder = folder();
    let store = open(&folder);
    let error = store.save_version("main", &version("none", 0), &[]).unwrap_err();
    assert!(matches!(error, StoreError::NoSuchSession { .. }), "{error}");
    store
        .append("main", &[painted(1, &[("1/a", "old"), ("1/b", "same"), ("2/c", "gone")])])
        .unwrap();
    assert_eq!(store.save_version("main", &version("first", 1), &states("s", "a")).unwrap(), 1);
    store.append("main", &[painted(2, &[("1/a", "new"), ("2/c", ""), ("1/d", "later")])]).unwrap();
    assert_eq!(store.save_version("main", &version("second", 2), &states("S", "a")).unwrap(), 2);
    store.append("main", &[painted(3, &[("1/a", "newest")])]).unwrap();
    drop(store);
    let store = open(&folder);
    let names: Vec<_> =
        store.versions("main").unwrap().into_iter().map(|v| (v.number, v.name)).collect();
    assert_eq!(names, [(1, "first".to_owned()), (2, "second".to_owned())]);
    let kept = store.load_version("main", 1).unwrap();
    let first = Version { number: 1, ..version("first", 1) };
    let (scene, annotations) = (Some(b"s".to_vec()), Some(b"a".to_vec()));
    assert_eq!(kept, Kept { version: first, scene, annotations });
    assert_eq!(store.load_version("main", 2).unwrap().scene.as_deref(), Some(&b"S"[..]));
    let blobs = |number| text(store.version_blobs("main", number, b"").unwrap());
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(blobs(1), [pair("1/a", "old"), pair("1/b", "same"), pair("2/c", "gone")]);
    assert_eq!(blobs(2), [pair("1/a", "new"), pair("1/b", "same"), pair("1/d", "later")]);
    assert_eq!(text(store.version_blobs("main", 1, b"2/").unwrap()), [pair("2/c", "gone")]);
    let back = Entry { restore: Some(1), ..painted(4, &[("1/b", "after")]) };
    store.append("main", &[back]).unwrap();
    let now = [pair("1/a", "old"), pair("1/b", "after"), pair("2/c", "gone")];
    assert_eq!(text(store.blobs("main", b"").unwrap()), now);
    for number in [0, 3] {
        assert!(matches!(
            store.load_version("main", number),
            Err(StoreError::NoSuchVersion { .. })
        ));
        assert!(store.version_blobs("main", number, b"").is_err());
        assert!(!store.remove_version("main", number).unwrap());
    }
}

#[test]
fn versions_are_bounded_in_number_and_name() {
    let store = open(&folder());
    store.append("main", &[entry(1, b"u")]).unwrap();
    for at in 0..Version::MAX as u64 {
        store.save_version("main", &version("v", at), &[]).unwrap();
    }
    let error = store.save_version("main", &version("v", 0), &[]).unwrap_err();
    assert!(matches!(error, StoreError::TooMany { .. }), "{error}");
    assert!(store.remove_version("main", 1).unwrap());
    assert_eq!(store.save_version("main", &version("v", 0), &[]).unwrap(), 201);
    let long = version(&"x".repeat(Version::MAX_NAME + 1), 0);
    assert!(matches!(store.save_version("main", &long, &[]), Err(StoreError::TooLarge { .. })));
}

#[test]
fn what_did_not_change_between_versions_is_stored_once() {
    let store = open(&folder());
    let value = "0123456789".repeat(100);
    for at in 0..50 {
        store.append("main", &[painted(at, &[(&format!("{at:02}"), &value)])]).unwrap();
    }
    let before = store.sessions().unwrap()[0].bytes;
    for at in 0..20 {
        store.append("main", &[painted(50 + at, &[("00", &format!("{at:04}"))])]).unwrap();
        store.save_version("main", &version("v", at), &states("scene", "drawn")).unwrap();
    }
    let after = store.sessions().unwrap()[0].bytes;
    assert!(after < before + 200, "{before} {after}");
    for number in 1..=20 {
        assert!(store.remove_version("main", number).unwrap());
    }
    assert_eq!(store.sessions().unwrap()[0].bytes, 49 * 1000 + 4);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, Option<u8>),
    Save(u8),
    Remove(prop::sample::Index),
    Restore(prop::sample::Index),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..4_u8, prop::option::weighted(0.7, 0..3_u8)).prop_map(|(k, v)| Step::Put(k, v)),
        3 => (0..3_u8).prop_map(Step::Save),
        2 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => any::<prop::sample::Index>().prop_map(Step::Restore),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..60)
}

type Blobs = BTreeMap<Vec<u8>, Vec<u8>>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn versions_are_what_full_copies_would_be_and_leave_nothing_behind(steps in steps()) {
        let folder = folder();
        let mut store = open(&folder);
        let mut now = Blobs::new();
        let mut kept: BTreeMap<u64, (Blobs, u8)> = BTreeMap::new();
        store.append("main", &[painted(0, &[])]).unwrap();
        for step in steps {
            match step {
                Step::Put(key, value) => {
                    let (key, value) = (vec![key], value.map(|value| vec![value; 100]));
                    let blobs = vec![(key.clone(), value.clone())];
                    store.append("main", &[Entry { blobs, ..Entry::default() }]).unwrap();
                    match value {
                        Some(value) => { now.insert(key, value); }
                        None => { now.remove(&key); }
                    }
                }
                Step::Save(state) => {
                    let states = [(Domain::Scene, vec![state; 3])];
                    let number = store.save_version("main", &version("v", 0), &states).unwrap();
                    kept.insert(number, (now.clone(), state));
                }
                Step::Remove(at) if !kept.is_empty() => {
                    let number = *kept.keys().nth(at.index(kept.len())).unwrap();
                    prop_assert!(store.remove_version("main", number).unwrap());
                    kept.remove(&number);
                }
                Step::Restore(at) if !kept.is_empty() => {
                    let (&number, (blobs, _)) = kept.iter().nth(at.index(kept.len())).unwrap();
                    let entry = Entry { restore: Some(number), ..Entry::default() };
                    store.append("main", &[entry]).unwrap();
                    now = blobs.clone();
                }
                Step::Remove(_) | Step::Restore(_) => {}
                Step::Reopen => {
                    drop(store);
                    store = open(&folder);
                }
            }
            let all: Blobs = store.blobs("main", b"").unwrap().into_iter().collect();
            prop_assert_eq!(&all, &now);
            for (&number, (blobs, state)) in &kept {
                let all: Blobs = store.version_blobs("main", number, b"").unwrap().into_iter().collect();
                prop_assert_eq!(&all, blobs);
                prop_assert_eq!(store.load_version("main", number).unwrap().scene, Some(vec![*state; 3]));
            }
        }
        for number in kept.into_keys() {
            store.remove_version("main", number).unwrap();
        }
        let bytes = now.values().map(|value| value.len() as u64).sum::<u64>();
        prop_assert_eq!(store.sessions().unwrap()[0].bytes, bytes);
    }
}
