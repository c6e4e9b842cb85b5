//! Pictures that stay on the card that painted them: here OpenGL in software paints, and the library
//! that stands in for NVENC encodes them where they are.

use parfocal_auth::Role;
use parfocal_base::{Frame, ViewId};
use parfocal_client_native::{Client, Options};
use parfocal_nvidia::cuda::{Colours, Rows};
use parfocal_nvidia::reference;
use parfocal_nvidia::stand_in::Device;
use parfocal_sync::message::PixelCodec;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::http_get;
use parfocal_tests::{Lab, card, picture, within};

use crate::encoders::{join, resize, step, stop, used};

const GL: &str = "renderer = \"gl\"";
const GL_AND_SOFTWARE: &str = "renderer = \"gl\"\nencoder = \"software\"";

/// A lossy picture of this scene, in dB; those of other planes have less than half.
const ALIKE: f64 = 30.0;

async fn metrics(lab: &Lab) -> String {
    http_get(&lab.server.address.to_string(), "/metrics").await.unwrap()
}

/// A picture as a rendition of this size has it.
fn scaled(rgba: &Frame, [width, height]: [u32; 2]) -> Frame {
    let (rows, colours) = (Rows::TopDown, Colours::Video);
    reference::convert(rgba, rows, width, height, colours)
}

/// Moves the stage, and holds what comes after its refinements against the reference renderer.
async fn shows(lab: &Lab, client: &Client, plane: u32) {
    step(client, ViewId::STAGE, plane).await;
    let (scene, images) = (client.scene().unwrap(), &lab.server.engine.shared().images);
    let wanted = picture::expected(&scene, ViewId::STAGE, images).await.unwrap();
    let alike = async {
        loop {
            let shown = client.wait_frame(|header| header.complete && !header.exact).await.unwrap();
            let size = [shown.frame.width(), shown.frame.height()];
            if picture::psnr(&shown.frame, &scaled(&wanted, size)).unwrap() > ALIKE {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    within("the picture of this plane", alike).await;
}

#[tokio::test]
async fn a_picture_is_encoded_where_it_was_painted_and_never_comes_to_the_host() {
    let device = Device::new();
    let lab = Lab::encoding(GL, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    for plane in 1..6 {
        shows(&lab, &ada, plane).await;
    }
    assert_eq!(used(&lab, &ada).await.0, "nvenc");
    assert!(device.get("converted") >= 5);
    assert_eq!(device.get("read"), 0, "pictures came to the host");
    let kept = r#"parfocal_kept_pictures_total{device="0"}"#;
    assert!(metrics(&lab).await.contains(kept));
    resize(&ada, [240, 180]).await;
    let stats = ada.close().await;
    assert_eq!((stats.decode_failures, stats.gaps), (0, 0));
    stop(lab, &device).await;
}

#[tokio::test]
async fn software_reads_the_picture_from_the_card_that_painted_it() {
    let device = Device::new();
    let lab = Lab::encoding(GL_AND_SOFTWARE, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    for plane in 1..4 {
        shows(&lab, &ada, plane).await;
    }
    assert_eq!(used(&lab, &ada).await.0, "software");
    assert!(device.get("read") >= 3);
    assert_eq!(device.get("calls *"), 0, "NVENC was asked");
}

#[tokio::test]
async fn a_conversion_that_fails_costs_no_picture() {
    let device = Device::new();
    let lab = Lab::encoding(GL, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    device.set("convert fails", 1);
    let before = ada.stats().await;
    for plane in 2..5 {
        shows(&lab, &ada, plane).await;
    }
    let (encoder, why) = used(&lab, &ada).await;
    assert!(encoder == "software" && why.contains("convert a picture"), "{why}");
    assert!(device.get("read") > 0, "software has it from the card");
    let after = ada.stats().await;
    assert_eq!(after.connections, before.connections, "nobody has to come again");
    assert_eq!((after.decode_failures, after.gaps), (0, 0));
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_card_that_keeps_nothing_any_more_costs_no_picture_and_is_used_again() {
    let device = Device::new();
    let lab = Lab::encoding(GL, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    device.set("keep fails", 1);
    for plane in 2..5 {
        shows(&lab, &ada, plane).await;
    }
    let failed = r#"parfocal_kept_failures_total{device="0",reason="failed"}"#;
    assert!(metrics(&lab).await.contains(failed));
    assert_eq!(used(&lab, &ada).await.0, "nvenc", "from the host's memory");
    device.set("keep fails", 0);
    let converted = device.get("converted");
    let again = async {
        for plane in (0..6).cycle() {
            step(&ada, ViewId::STAGE, plane).await;
            if device.get("converted") > converted {
                break;
            }
        }
    };
    within("pictures stay again", again).await;
    let stats = ada.close().await;
    assert_eq!((stats.decode_failures, stats.gaps), (0, 0));
    stop(lab, &device).await;
}

#[tokio::test]
async fn a_picture_that_the_card_does_not_give_is_painted_again_to_the_host() {
    let device = Device::new();
    let lab = Lab::encoding(GL_AND_SOFTWARE, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    step(&ada, ViewId::STAGE, 1).await;
    let before = ada.stats().await;
    device.set("read fails", 1);
    for plane in 2..5 {
        shows(&lab, &ada, plane).await;
    }
    let after = ada.stats().await;
    assert_eq!(after.connections, before.connections, "nobody has to come again");
    assert_eq!((after.decode_failures, after.gaps), (0, 0));
}

#[tokio::test]
async fn who_takes_no_video_has_pictures_of_the_host_and_video_goes_on() {
    let device = Device::new();
    let lab = Lab::encoding(GL, card::that_paints(&device)).await.unwrap();
    let ada = join(&lab, Role::Presenter).await;
    shows(&lab, &ada, 1).await;
    let stills =
        Options { codecs: vec![PixelCodec::Png], canvas: Some(CANVAS), ..Options::default() };
    let bob = lab.client_with(Role::Viewer, stills).await.unwrap();
    let exact = bob.wait_frame(|header| header.exact && header.complete);
    within("an exact picture", exact).await.unwrap();
    let converted = device.get("converted");
    for plane in 2..5 {
        shows(&lab, &ada, plane).await;
    }
    assert_eq!(device.get("converted"), converted, "nobody keeps what somebody reads");
    bob.close().await;
    let again = async {
        for plane in (0..6).cycle() {
            step(&ada, ViewId::STAGE, plane).await;
            if device.get("converted") > converted {
                break;
            }
        }
    };
    within("pictures stay again", again).await;
    stop(lab, &device).await;
}
