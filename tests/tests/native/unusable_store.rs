//! A store's file that is damaged, or another program's: what can be saved is, the rest is left alone.

use std::os::unix::fs::FileExt;

use parfocal_auth::Role;
use parfocal_scene::LayerKind;
use parfocal_tests::draw::{add_layer, drawn, point};
use parfocal_tests::within;

use crate::place::{Place, client, read_only};

#[tokio::test]
async fn a_server_does_not_begin_on_a_store_that_it_cannot_use_and_leaves_it_as_it_is() {
    let place = Place::new();
    let server = place.serve().await;
    let ada = client(&server, Role::Owner, None).await;
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    within("drawn", ada.edit(point("kept", layer, [0.0; 4]))).await.unwrap();
    drop(ada);
    server.terminate().await.unwrap();

    if read_only(&place.store(), true) {
        let complaint = place.refusal().await;
        assert!(complaint.contains("cannot be written: give write permission"), "{complaint}");
        read_only(&place.store(), false);
    }
    let format = |number: u64| {
        let database = redb::Database::open(place.store()).unwrap();
        let txn = database.begin_write().unwrap();
        let meta = redb::TableDefinition::<&str, u64>::new("meta");
        let mut meta = txn.open_table(meta).unwrap();
        let before = meta.insert("format", number).unwrap().unwrap().value();
        drop(meta);
        txn.commit().unwrap();
        before
    };
    let known = format(99);
    let complaint = place.refusal().await;
    let sentence = format!("has format 99, this program knows up to {known}: use a newer program");
    assert!(complaint.contains(&sentence), "{complaint}");
    format(known);
    let server = place.serve().await;
    drawn(&client(&server, Role::Viewer, None).await, "kept").await.unwrap();
    server.terminate().await.unwrap();

    std::fs::write(place.store(), "no store".repeat(10_000)).unwrap();
    let complaint = place.refusal().await;
    assert!(complaint.contains("is not a readable store"), "{complaint}");
    assert!(std::fs::read(place.store()).unwrap().starts_with(b"no store"), "left as it was");
}

/// The bytes of a page of the store's file: what the disk writes as one.
const PAGE: usize = 4096;

/// What a file's header says of its last commit (0), or the one before it (1): redb's format has
/// two places of 128 bytes for them in turn, and a bit that says which is the last.
fn commit(file: &[u8], before: u8) -> &[u8] {
    let place = usize::from((file[9] & 1) ^ before);
    &file[64 + 128 * place..][..128]
}

/// What is found in the place of a page.
type Torn<'a> = &'a dyn Fn(usize) -> Vec<u8>;

#[tokio::test]
async fn a_write_that_was_torn_by_a_crash_is_taken_back_and_all_before_it_is_there() {
    let place = Place::new();
    let server = place.serve().await;
    let ada = client(&server, Role::Owner, None).await;
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    // The file before and after exactly one commit.
    let mut last = 0;
    let (before, after) = loop {
        last += 1;
        assert!(last < 50, "somebody else is writing all the time");
        let draw = |n: u32| ada.edit(point(&format!("p{n}"), layer, [0.0; 4]));
        within("drawn", draw(last)).await.unwrap();
        let before = std::fs::read(place.store()).unwrap();
        last += 1;
        within("drawn", draw(last)).await.unwrap();
        let after = std::fs::read(place.store()).unwrap();
        let one_later = commit(&after, 0) != commit(&before, 0);
        if one_later && commit(&after, 1) == commit(&before, 0) && before.len() == after.len() {
            break (before, after);
        }
    };
    server.kill().await.unwrap();
    let page = |file: &[u8], n: usize| file[n * PAGE..(n + 1) * PAGE].to_vec();
    let written: Vec<usize> =
        (1..after.len() / PAGE).filter(|&n| page(&before, n) != page(&after, n)).collect();
    assert!(written.len() > 1, "a commit writes some pages");
    // Its first page says that the commit is there, and not all of the others have come.
    let torn: [(&str, Torn<'_>); 3] = [
        ("no other page came", &|n| page(&before, n)),
        ("nothing but noise came", &|_| vec![0xA5; PAGE]),
        ("half of each came", &|n| [&page(&after, n)[..PAGE / 2], &[0; PAGE / 2]].concat()),
    ];
    for (how, torn) in torn {
        std::fs::write(place.store(), &after).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(place.store()).unwrap();
        for &n in &written {
            file.write_all_at(&torn(n), (n * PAGE) as u64).unwrap();
        }
        let server = place.serve().await;
        let ada = client(&server, Role::Owner, None).await;
        assert_eq!(ada.annotations().len(), last as usize - 1, "{how}");
        within("drawn", ada.edit(point("after", layer, [0.0; 4]))).await.unwrap();
        server.kill().await.unwrap();
        let server = place.serve().await;
        drawn(&client(&server, Role::Viewer, None).await, "after").await.unwrap();
    }
}
