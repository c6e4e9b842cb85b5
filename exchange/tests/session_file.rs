//! A session's file comes back as it was, or not at all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;

use parfocal_exchange::session::{
    ANNOTATIONS, FORMAT, Head, PAINTED, SCENE, SessionFileError, Writer, check, entries,
};
use proptest::prelude::*;

fn head() -> Head {
    Head {
        format: FORMAT,
        title: "Embryo 7".into(),
        created_ms: 1_800_000_000_000,
        created_by: "ada".into(),
        sources: serde_json::json!([{ "path": "embryo.tif" }]),
    }
}

fn write(parts: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &head()).unwrap();
    for (name, bytes) in parts {
        writer.entry(name, bytes).unwrap();
    }
    writer.finish().unwrap()
}

fn read(file: &[u8], most: u64) -> Result<BTreeMap<String, Vec<u8>>, SessionFileError> {
    assert_eq!(check(file)?, head());
    let mut all = BTreeMap::new();
    entries(file, most, |name, bytes| {
        all.insert(name.to_owned(), bytes);
        Ok::<(), SessionFileError>(())
    })?;
    Ok(all)
}

fn parts() -> BTreeMap<String, Vec<u8>> {
    [
        (SCENE.to_owned(), vec![1; 1000]),
        (ANNOTATIONS.to_owned(), vec![2; 512]),
        (format!("{PAINTED}3/{}", "9_".repeat(48)), vec![]),
    ]
    .into()
}

/// An archive that is not ours.
fn archive(entries: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes, kind) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_entry_type(*kind);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_file_comes_back_and_is_an_archive_that_others_can_read() {
    let file = write(&parts());
    assert_eq!(read(&file, 1000).unwrap(), parts());
    let mut plain = tar::Archive::new(file.as_slice());
    let entries = plain.entries().unwrap();
    let names: Vec<_> = entries.map(|e| e.unwrap().path().unwrap().into_owned()).collect();
    assert_eq!(names[0].to_str(), Some("session.json"));
    assert_eq!(names.last().unwrap().to_str(), Some("sha256"));
}

#[test]
fn an_entry_that_is_too_long_is_refused() {
    let file = write(&parts());
    assert!(matches!(read(&file, 999), Err(SessionFileError::TooLarge(_))));
}

#[test]
fn what_is_no_session_file_is_refused() {
    let newer = br#"{"format": 2, "something": "else"}"#;
    let file = tar::EntryType::Regular;
    for (bytes, says) in [
        (Vec::new(), "checksum"),
        (b"hello".to_vec(), "no session file"),
        (vec![0; 5000], "checksum"),
        (archive(&[("scene.yjs", b"x", file)]), "another entry comes first"),
        (archive(&[("session.json", b"{}", file)]), "format"),
        (archive(&[("session.json", newer, file)]), "newer program"),
        (archive(&[("session.json", br#"{"format": 1}"#, file)]), "missing"),
    ] {
        let error = check(bytes.as_slice()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let head = serde_json::to_vec(&head()).unwrap();
    for stranger in ["../../etc/passwd", "other", "PAINTED/x"] {
        let with = |name: &str| archive(&[("session.json", &head, file), (name, b"x", file)]);
        let bytes = match stranger.starts_with("..") {
            // The library does not write such a name; somebody else would.
            true => {
                let mut bytes = with("AA/AA/etc/passwd");
                bytes[1024..1024 + stranger.len()].copy_from_slice(stranger.as_bytes());
                bytes
            }
            false => with(stranger),
        };
        assert!(check(bytes.as_slice()).is_err(), "{stranger}");
    }
    let link =
        archive(&[("session.json", &head, file), ("scene.yjs", b"", tar::EntryType::Symlink)]);
    assert!(matches!(check(link.as_slice()), Err(SessionFileError::Stranger(_))));
    let huge = vec![b' '; 300 << 10];
    assert!(check(archive(&[("session.json", &huge, file)]).as_slice()).is_err());
}

proptest! {
    #[test]
    fn whatever_is_in_it_comes_back(
        parts in proptest::collection::btree_map(
            prop_oneof![Just(SCENE.to_owned()), Just(ANNOTATIONS.to_owned()), "painted/[0-9]{1,5}/[0-9_]{1,60}"],
            proptest::collection::vec(any::<u8>(), 0..2000), 0..6),
    ) {
        prop_assert_eq!(read(&write(&parts), 2000).unwrap(), parts);
    }

    #[test]
    fn a_file_with_one_byte_changed_or_cut_off_is_refused(at in any::<prop::sample::Index>(), by in 1..255_u8) {
        let file = write(&parts());
        // Behind the checksum there is nothing but the archive's end.
        let end = file.len() - 1024 - 512;
        let at = at.index(end);
        let mut changed = file.clone();
        changed[at] ^= by;
        // The text of the checksum is padded with zeros that say nothing.
        let is_padding = at >= end - 512 + 64;
        prop_assert!(is_padding || check(changed.as_slice()).is_err(), "{at}");
        prop_assert!(check(&file[..at]).is_err());
    }
}
