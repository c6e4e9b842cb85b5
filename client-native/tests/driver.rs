//! The driver over real sockets, against a small server in the same process.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod server;

use parfocal_client_native::core::Event;
use parfocal_client_native::{Client, ClientError, EditFailure, Link, Options};
use parfocal_scene::{Intent, RejectCode, SettingsChange, Watch};
use parfocal_sync::message::{Answer, PixelCodec, Query};
use server::Server;

fn bar(visible: bool) -> Intent {
    Intent::SetSettings { change: SettingsChange::ScaleBarVisible(visible) }
}

fn link(server: &Server, token: &str) -> Link {
    format!("http://{}/s/main#token={token}", server.address).parse().unwrap()
}

#[tokio::test]
async fn an_edit_is_in_the_mirror_and_on_the_picture_once_it_is_acknowledged() {
    let server = Server::start().await;
    let record = tempfile::NamedTempFile::new().unwrap();
    let options = Options { record: Some(record.path().to_owned()), ..Options::default() };
    let client = Client::connect(&link(&server, "good"), options).await.unwrap();
    assert!(client.scene().unwrap().settings.scale_bar_visible);

    let acked = client.edit(bar(false)).await.unwrap();
    assert_eq!(acked.applied, Some(bar(false)));
    assert!(!client.scene().unwrap().settings.scale_bar_visible);
    let frame = client.wait_frame(|header| header.revision >= acked.revision).await.unwrap();
    assert_eq!((frame.header.codec, frame.frame.width()), (PixelCodec::H264, 64));

    let refused = client.edit(Intent::MoveLayer { layer: parfocal_base::LayerId(9), index: 0 });
    let Err(EditFailure::Rejected(reject)) = refused.await else { panic!("not refused") };
    assert_eq!(reject.code, RejectCode::UnknownLayer);
    assert_eq!(client.watch(Watch::Own).await.unwrap().applied, None);
    let answer = client.ask(Query::Values { world: [0.5, 0.5] }).await.unwrap();
    assert!(matches!(answer, Answer::Values { .. }));

    let stats = client.close().await;
    assert_eq!((stats.acked, stats.rejected, stats.early_acks, stats.gaps), (2, 1, 0, 0));
    assert_eq!(stats.picture_time.count(), 1);
    let recorded = std::fs::read(record.path()).unwrap();
    assert!(recorded.starts_with(&[0, 0, 0, 1]) && !server.pictures().is_empty());
    assert_eq!(recorded, server.pictures());
}

#[tokio::test]
async fn a_broken_connection_is_taken_up_again_where_it_was() {
    let server = Server::start().await;
    let client = Client::connect(&link(&server, "good"), Options::default()).await.unwrap();
    let mut events = client.events();
    client.edit(bar(false)).await.unwrap();
    client.interrupt().await;
    // Made while there is no connection, and answered on the next one.
    client.edit(bar(true)).await.unwrap();
    client.wait_for(|scene| scene.settings.scale_bar_visible).await.unwrap();
    let mut lives = 0;
    while let Ok(event) = events.try_recv() {
        lives += usize::from(matches!(event, Event::Live(_)));
    }
    assert_eq!((lives, server.resumes()), (1, 1));
    assert_eq!(client.close().await.connections, 2);
}

#[tokio::test]
async fn a_refused_client_stops_with_the_reason() {
    let server = Server::start().await;
    let error = Client::connect(&link(&server, "bad"), Options::default()).await.unwrap_err();
    let ClientError::Stopped(stop) = error else { panic!("{error}") };
    assert_eq!(stop.code, "token_invalid");
}

#[tokio::test]
async fn a_client_that_does_not_decode_gives_every_place_back() {
    let server = Server::start().await;
    let options = Options { decode: false, scene: false, ..Options::default() };
    let client = Client::connect(&link(&server, "good"), options).await.unwrap();
    for n in 0..20 {
        client.edit(bar(n % 2 == 0)).await.unwrap();
    }
    server.wait_shown(20).await;
    let stats = client.close().await;
    assert_eq!((stats.decoded, stats.gaps), (0, 0));
    assert!(stats.pictures >= 20);
}
