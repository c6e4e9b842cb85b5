//! What encodes the pictures: NVIDIA's encoder where there is one, here the library that stands in
//! for it and checks every call, and software where that cannot.

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Options};
use parfocal_nvidia::stand_in::Device;
use parfocal_scene::{Intent, Watch};
use parfocal_sync::message::PixelCodec;
use parfocal_tests::card;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::http_get;
use parfocal_tests::{Lab, within};

/// Somebody who takes video only.
pub(crate) async fn join(lab: &Lab, role: Role) -> Client {
    let options =
        Options { codecs: vec![PixelCodec::H264], canvas: Some(CANVAS), ..Options::default() };
    lab.client_with(role, options).await.unwrap()
}

/// Moves a view that `client` looks at, and waits until it is seen.
pub(crate) async fn step(client: &Client, view: ViewId, plane: u32) {
    let there = Intent::SetPoint { view, axis: 0, value: f64::from(plane % 6) };
    let ack = within("acknowledged", client.edit(there)).await.unwrap();
    let shown = client.wait_frame(|header| !header.exact && header.revision >= ack.revision);
    within("the picture follows", shown).await.unwrap();
}

/// Gives the client's window another size, and waits until it is seen.
pub(crate) async fn resize(client: &Client, size: [u16; 2]) {
    client.canvas(size.map(u32::from)).await;
    let shown = client.wait_frame(|header| header.canvas == size && !header.exact);
    within("a picture of another size", shown).await.unwrap();
}

/// What encodes somebody's pictures, and why, as the owner's table says.
pub(crate) async fn used(lab: &Lab, client: &Client) -> (String, String) {
    let found = lab.api(Role::Owner).unwrap().get("/v1/sessions/lab/streams").await.unwrap();
    let rows = found.json()["streams"].as_array().cloned().unwrap_or_default();
    let mine = rows.iter().find(|row| row["participant"] == client.me().0).unwrap();
    let text = |name: &str| mine["pictures"][name].as_str().unwrap_or_default().to_owned();
    (text("encoder"), text("encoder_why"))
}

/// Stops the server. The card was used by its rules, and nothing is left of that.
pub(crate) async fn stop(lab: Lab, device: &Device) {
    lab.server.stop().await;
    let closed = async {
        while device.get("sessions") > 0 {
            tokio::task::yield_now().await;
        }
    };
    within("the streams are closed", closed).await;
    device.assert_clean();
}

#[tokio::test]
async fn pictures_are_encoded_by_the_card_where_there_is_one() {
    let device = Device::new();
    let lab = Lab::encoding("", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    for plane in 1..10 {
        step(&ada, ViewId::STAGE, plane).await;
    }
    assert_eq!(used(&lab, &ada).await, ("nvenc".to_owned(), format!("NVENC, {}", card::NAME)));
    assert!(device.get("pictures") >= 9);
    let metrics = http_get(&lab.server.address.to_string(), "/metrics").await.unwrap();
    assert!(metrics.contains(r#"parfocal_frames_encoded_total{codec="h264",encoder="nvenc"}"#));
    let stats = ada.close().await;
    assert_eq!((stats.decode_failures, stats.gaps), (0, 0));
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_stream_too_many_for_the_card_is_encoded_in_software() {
    let device = Device::new();
    device.set("session limit", 1);
    let lab = Lab::encoding("", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    let bob = join(&lab, Role::Viewer).await;
    within("bob looks for himself", bob.watch(Watch::Own)).await.unwrap();
    step(&bob, ViewId::own(bob.me()), 2).await;
    assert_eq!(used(&lab, &ada).await.0, "nvenc");
    let (encoder, why) = used(&lab, &bob).await;
    assert_eq!(encoder, "software");
    assert!(why.contains("no session left") && why.contains("tried again"), "{why}");
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_card_that_is_lost_costs_no_picture_and_is_used_again() {
    let device = Device::new();
    let lab = Lab::encoding("", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    assert_eq!(used(&lab, &ada).await.0, "nvenc");
    let before = ada.stats().await;
    device.set("lost at", device.get("calls *") + 1);
    for plane in 2..6 {
        step(&ada, ViewId::STAGE, plane).await;
    }
    let (encoder, why) = used(&lab, &ada).await;
    assert_eq!(encoder, "software");
    assert!(why.contains("the device is gone"), "{why}");
    let after = ada.stats().await;
    assert_eq!(after.connections, before.connections, "nobody has to come again");
    assert_eq!((after.decode_failures, after.gaps, after.keyframes_asked), (0, 0, 0));
    let metrics = http_get(&lab.server.address.to_string(), "/metrics").await.unwrap();
    assert!(metrics.contains(r#"parfocal_encoder_failures_total{reason="lost"}"#));
    // It is back. A window of another size needs a key, and the first one after the wait is its.
    device.set("lost at", 0);
    let again = async {
        for side in [200, 240].into_iter().cycle() {
            resize(&ada, [side, 180]).await;
            if device.get("sessions") > 0 {
                break;
            }
        }
    };
    within("the card is used again", again).await;
    step(&ada, ViewId::STAGE, 1).await;
    assert_eq!(used(&lab, &ada).await.0, "nvenc");
    let stats = ada.close().await;
    assert_eq!((stats.decode_failures, stats.gaps), (0, 0));
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_size_that_the_card_refuses_is_encoded_in_software() {
    let device = Device::new();
    device.set("max width", 64);
    let lab = Lab::encoding("", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    let (encoder, why) = used(&lab, &ada).await;
    assert_eq!(encoder, "software");
    assert!(
        why.contains("larger than the device's encoder takes") && why.contains("another size"),
        "{why}"
    );
    device.set("max width", 4096);
    resize(&ada, [240, 180]).await;
    assert_eq!(used(&lab, &ada).await.0, "nvenc");
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_card_without_encoder_is_an_error_where_it_is_asked_for_and_else_a_reason() {
    let device = Device::new();
    device.set("no encoder", 1);
    let forced = Lab::encoding("encoder = \"nvenc\"", card::with(&device)).await;
    let error = forced.err().unwrap().to_string();
    for part in ["the device has no encoder", "--encoder auto"] {
        assert!(error.contains(part), "{error}");
    }
    let lab = Lab::encoding("", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    let (encoder, why) = used(&lab, &ada).await;
    assert_eq!(encoder, "software");
    assert!(why.contains("the device has no encoder"), "{why}");
    stop(lab, &device).await;
}

#[tokio::test]
async fn software_is_taken_where_it_is_asked_for_and_the_card_is_left_alone() {
    let device = Device::new();
    let lab = Lab::encoding("encoder = \"software\"", card::with(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    let (encoder, why) = used(&lab, &ada).await;
    assert_eq!(encoder, "software");
    assert!(why.contains("asked for"), "{why}");
    assert_eq!(device.get("calls *"), 0);
}
