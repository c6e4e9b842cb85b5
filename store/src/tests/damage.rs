//! Files that were torn, cut or damaged.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Saved, Version};

/// A store with some sessions, and its file as it is after a crash: open, never closed.
fn crashed() -> (Vec<u8>, BTreeMap<&'static str, Saved>) {
    let folder = folder();
    let store = open(&folder);
    for at in 0..20 {
        store.append("main", &[answered(at, 1, at), entry(at, &[7; 300])]).unwrap();
        store.append("other", &[entry(at, &at.to_be_bytes())]).unwrap();
    }
    store.snapshot("main", &[(Domain::Scene, vec![1; 5000])], 10).unwrap();
    for at in 0..3 {
        store.append("main", &[painted(20, &[("1/0", &"painted".repeat(at))])]).unwrap();
        store.save_version("main", &Version::default(), &[(Domain::Scene, vec![2; 99])]).unwrap();
    }
    store.append("main", &[entry(21, b"last")]).unwrap();
    let bytes = std::fs::read(store.path()).unwrap();
    let saved = ["main", "other"].map(|name| (name, store.load(name).unwrap().unwrap()));
    (bytes, saved.into())
}

#[test]
fn a_file_that_was_never_closed_has_all_that_was_committed() {
    let (bytes, expected) = crashed();
    let folder = folder();
    let path = folder.path().join("copy.redb");
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    for (session, saved) in expected {
        assert_eq!(store.load(session).unwrap(), Some(saved));
    }
    assert_eq!(store.blobs("main", b"").unwrap().len(), 1);
    assert_eq!(store.versions("main").unwrap().len(), 3);
    assert_eq!(store.version_blobs("main", 1, b"").unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_gives_an_error_or_what_was_stored_and_no_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        keep in prop_oneof![Just(1.0), 0.0..1.0_f64],
    ) {
        static CRASHED: std::sync::LazyLock<(Vec<u8>, BTreeMap<&'static str, Saved>)> =
            std::sync::LazyLock::new(crashed);
        let mut bytes = CRASHED.0.clone();
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        // Most of a file is empty: what is not is what may mislead.
        let used: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
        for (at, byte) in damage {
            if !used.is_empty() {
                bytes[used[at.index(used.len())]] = byte;
            }
        }
        let folder = folder();
        let path = folder.path().join("damaged.redb");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(store) = Store::open(&path) {
            let _ = store.sessions();
            let _ = store.load("main");
            let _ = store.blobs("main", b"");
            let _ = store.load_version("main", 2);
            let _ = store.remove_version("main", 1);
            let _ = store.append("main", &[entry(50, b"x")]);
        }
    }
}
