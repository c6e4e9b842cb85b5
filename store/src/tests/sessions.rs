//! Sessions, invitations, revocations.

use super::*;
use crate::{Invitation, Part, Revocation, Revoked, Saved, SessionMeta, StoreError, Version};

#[test]
fn a_forgotten_session_leaves_nothing_behind() {
    let store = open(&folder());
    store.append("main", &[entry(1, b"a"), answered(2, 1, 1)]).unwrap();
    store.append("main2", &[answered(1, 1, 1)]).unwrap();
    store.snapshot("main", &[(Domain::Scene, b"state".to_vec())], 1).unwrap();
    assert!(store.remove("main").unwrap());
    assert!(!store.remove("main").unwrap());
    assert_eq!(store.load("main").unwrap(), None);
    assert_eq!(store.load("main2").unwrap().unwrap().receipts.len(), 1);
    store.append("main", &[entry(1, b"new")]).unwrap();
    let expected = Saved {
        scene: Part { snapshot: None, updates: vec![b"new".to_vec()] },
        revision: 1,
        ..Saved::default()
    };
    assert_eq!(store.load("main").unwrap(), Some(expected));
}

#[test]
fn a_session_is_created_renamed_archived_and_listed() {
    let store = open(&folder());
    let meta = SessionMeta {
        title: "Embryo 7".to_owned(),
        created_ms: 5,
        created_by: "ada".to_owned(),
        archived: false,
        seeds: b"seeds".to_vec(),
    };
    store.create_session("embryo", &meta).unwrap();
    let error = store.create_session("embryo", &meta).unwrap_err();
    assert!(matches!(error, StoreError::SessionExists { .. }), "{error}");
    assert_eq!(store.load("embryo").unwrap(), None, "nothing was written yet");
    store.append("main", &[entry(3, b"abc")]).unwrap();
    store.rename("embryo", "Embryo 8").unwrap();
    store.archive("embryo").unwrap();
    store.append("embryo", &[painted(1, &[("1/0", "12345")])]).unwrap();
    let [embryo, main] = &store.sessions().unwrap()[..] else { panic!() };
    let renamed = SessionMeta { title: "Embryo 8".to_owned(), archived: true, ..meta.clone() };
    assert_eq!((embryo.name.as_str(), &embryo.meta, embryo.bytes), ("embryo", &renamed, 5));
    assert_eq!((&main.meta, main.revision, main.bytes), (&SessionMeta::default(), 3, 3));
    store.unarchive("main").unwrap();
    store.unarchive("embryo").unwrap();
    assert!(!store.sessions().unwrap()[0].meta.archived);
    let error = store.rename("none", "x").unwrap_err();
    assert!(matches!(error, StoreError::NoSuchSession { .. }), "{error}");
    let long = "x".repeat(SessionMeta::MAX_TITLE + 1);
    assert!(matches!(store.rename("main", &long), Err(StoreError::TooLarge { .. })));
    assert!(store.remove("embryo").unwrap());
    store.create_session("embryo", &meta).unwrap();
}

#[test]
fn invitations_are_kept_until_they_expire() {
    let store = open(&folder());
    let invitation = |id: &str, expires_s| Invitation {
        id: id.to_owned(),
        name: "Bob".to_owned(),
        role: "annotator".to_owned(),
        created_by: "ada".to_owned(),
        created_ms: 1,
        expires_s,
        max_uses: 3,
        ..Invitation::default()
    };
    store.put_invitation("main", &invitation("a", 100), 10).unwrap();
    store.put_invitation("main", &invitation("b", 50), 10).unwrap();
    store.put_invitation("main2", &invitation("a", 20), 10).unwrap();
    let used = Invitation { uses: 1, revoked: true, ..invitation("a", 100) };
    store.put_invitation("main", &used, 49).unwrap();
    assert_eq!(store.invitations("main").unwrap(), [used.clone(), invitation("b", 50)]);
    store.put_invitation("main", &invitation("c", 100), 50).unwrap();
    assert_eq!(store.invitations("main").unwrap(), [used, invitation("c", 100)]);
    assert!(store.remove_invitation("main", "a").unwrap());
    assert!(!store.remove_invitation("main", "a").unwrap());
    assert_eq!(store.invitations("main2").unwrap(), [invitation("a", 20)]);
}

#[test]
fn revocations_are_kept_until_nothing_can_be_good_any_more() {
    let store = open(&folder());
    let revoked =
        |what, id: &str, expires_s| Revocation { what, id: id.to_owned(), at_ms: 1, expires_s };
    let ada = revoked(Revoked::Subject, "ada", 100);
    store.put_revocation("main", &ada, 10).unwrap();
    store.put_revocation("main", &revoked(Revoked::Token, "ada", 20), 10).unwrap();
    assert_eq!(store.revocations("main").unwrap().len(), 2);
    let eve = revoked(Revoked::Token, "eve", 100);
    store.put_revocation("main", &eve, 20).unwrap();
    assert_eq!(store.revocations("main").unwrap(), [eve.clone(), ada.clone()]);
    let link = revoked(Revoked::Invitation, "ada", 100);
    store.put_revocation("main", &link, 20).unwrap();
    assert_eq!(store.revocations("main").unwrap(), [eve.clone(), ada, link]);
    assert!(store.remove_revocation("main", Revoked::Invitation, "ada").unwrap());
    assert!(store.remove_revocation("main", Revoked::Subject, "ada").unwrap());
    assert_eq!(store.revocations("main").unwrap(), [eve]);
    assert_eq!(store.revocations("other").unwrap(), []);
}

#[test]
fn a_removed_session_takes_versions_invitations_and_revocations_along() {
    let store = open(&folder());
    let fill = |name: &str| {
        store.append(name, &[entry(1, b"u"), painted(2, &[("k", "v")])]).unwrap();
        store.snapshot(name, &[(Domain::Annotations, b"A".to_vec())], 1).unwrap();
        store.save_version(name, &Version::default(), &[(Domain::Scene, b"s".to_vec())]).unwrap();
        store.put_invitation(name, &Invitation { expires_s: 9, ..Default::default() }, 1).unwrap();
        let revoked =
            Revocation { what: Revoked::Token, id: "t".to_owned(), at_ms: 0, expires_s: 9 };
        store.put_revocation(name, &revoked, 1).unwrap();
    };
    fill("a");
    fill("aa");
    let before = store.sessions().unwrap();
    assert!(store.remove("a").unwrap());
    assert_eq!(store.sessions().unwrap(), before[1..]);
    assert_eq!(store.blobs("a", b"").unwrap(), []);
    assert_eq!((store.versions("a").unwrap().len(), store.versions("aa").unwrap().len()), (0, 1));
    assert_eq!(
        (store.invitations("a").unwrap().len(), store.revocations("a").unwrap().len()),
        (0, 0)
    );
    fill("a");
    assert_eq!(store.sessions().unwrap(), before);
}
