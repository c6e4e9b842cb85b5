//! A session over a bad network.

use std::time::Duration;

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::Intent;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::relay::{Relay, Schedule, Way};
use parfocal_tests::{Lab, within};

#[tokio::test(flavor = "multi_thread")]
async fn over_a_slow_link_that_stalls_edits_and_pictures_come_through() {
    let lab = Lab::start().await.unwrap();
    let far = Duration::from_millis(20);
    let up = Way { delay: far, ..Way::OPEN };
    let down = Way::with_rate(4_000_000, far, 64_000);
    let relay = Relay::start(lab.server.address, &Schedule::constant(up, down)).unwrap();
    let link = lab.link(Role::Presenter).unwrap();
    let link = Link { address: relay.address().to_string(), ..link };
    let options = Options { canvas: Some(CANVAS), ..Options::default() };
    let ada = within("let in", Client::connect(&link, options)).await.unwrap();
    within("the first picture", ada.next_frame()).await.unwrap();

    let ms = Duration::from_millis;
    let stall = [(ms(0), down), (ms(300), down.stalled()), (ms(900), down)];
    relay.begin(&Schedule::down(up, &stall));
    for n in 0..40 {
        let there = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: f64::from(n % 6) };
        let ack = within("acknowledged", ada.edit(there)).await.unwrap();
        if n % 10 == 9 {
            let shown = ada.wait_frame(|header| header.revision >= ack.revision);
            within("the picture follows", shown).await.unwrap();
        }
    }
    let stats = ada.close().await;
    assert!(stats.round_trip.quantile(0.0).is_some_and(|trip| trip >= 2 * far));
    assert!(stats.ack_time.max() >= ms(400), "an edit met the stall: {:?}", stats.ack_time.max());
    assert_eq!((stats.connections, stats.gaps, stats.early_acks), (1, 0, 0));
}
