//! Several people look at one stage, detach, and follow.

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::Client;
use parfocal_scene::{Intent, LayerChange, Watch};
use parfocal_sync::message::{Answer, Query};
use parfocal_tests::{Lab, picture, within};

/// What H.264 at our bit rate keeps of a picture that has come to rest, in dB.
const SHARP: f64 = 36.0;

/// Waits until `client` sees the picture that its mirror describes, sharp.
async fn sees_its_scene(lab: &Lab, client: &Client) {
    let images = &lab.server.engine.shared().images;
    let sharp = async {
        loop {
            let seen = client.next_frame().await.unwrap();
            let scene = client.scene().unwrap();
            if !seen.header.complete {
                continue;
            }
            let wanted = picture::expected(&scene, client.watching(), images).await.unwrap();
            if picture::psnr(&seen.frame, &wanted).is_ok_and(|db| db > SHARP) {
                return;
            }
        }
    };
    within("the picture is what the scene says, and sharp", sharp).await;
}

fn to_t(position: usize) -> Intent {
    Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: position as f64 }
}

#[tokio::test]
async fn the_picture_that_arrives_is_the_reference_picture() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    sees_its_scene(&lab, &ada).await;
}

#[tokio::test]
async fn what_one_moves_everybody_sees() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let ack = within("the edit is acknowledged", ada.edit(to_t(4))).await.unwrap();
    let point = |client: &Client| client.scene().unwrap().views[&ViewId::STAGE].point[0];
    assert!((point(&ada) - 4.0).abs() < 1e-9, "the mirror shows it before the ack is read");
    within("bob's mirror moves", bob.wait_for(|s| s.views[&ViewId::STAGE].point[0] == 4.0))
        .await
        .unwrap();
    let moved = bob.wait_frame(|header| header.revision >= ack.revision);
    within("bob's picture moves", moved).await.unwrap();
    sees_its_scene(&lab, &bob).await;
    assert_eq!(ada.stats().await.early_acks, 0);
}

#[tokio::test]
async fn a_layers_look_is_shared() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let layer = ada.scene().unwrap().layers[0].id;
    for change in [
        LayerChange::ContrastLimits([300.0, 1500.0]),
        LayerChange::Colormap("viridis".into()),
        LayerChange::Gamma(0.7),
    ] {
        within("the edit is acknowledged", ada.edit(Intent::SetLayer { layer, change }))
            .await
            .unwrap();
    }
    within("bob's mirror follows", bob.wait_for(|s| s.layers[0].look.colormap == "viridis"))
        .await
        .unwrap();
    sees_its_scene(&lab, &bob).await;
}

#[tokio::test]
async fn a_value_out_of_range_is_clamped_by_the_server_alone() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    let layer = ada.scene().unwrap().layers[0].id;
    let change = LayerChange::Opacity(7.0);
    let ack = ada.edit(Intent::SetLayer { layer, change }).await.unwrap();
    let applied = Intent::SetLayer { layer, change: LayerChange::Opacity(1.0) };
    assert_eq!(ack.applied, Some(applied));
}

#[tokio::test]
async fn an_own_view_moves_alone_and_a_follower_goes_along() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    within("bob detaches", bob.watch(Watch::Own)).await.unwrap();
    let own = ViewId::own(bob.me());
    let there = Intent::SetPoint { view: own, axis: 0, value: 5.0 };
    within("bob moves his own view", bob.edit(there)).await.unwrap();
    let scene = bob.scene().unwrap();
    assert_eq!(scene.views[&own].point[0], 5.0);
    assert_eq!(scene.views[&ViewId::STAGE].point[0], 0.0);
    sees_its_scene(&lab, &bob).await;

    within("ada follows bob", ada.watch(Watch::Follow(bob.me()))).await.unwrap();
    assert_eq!(ada.watching(), own);
    sees_its_scene(&lab, &ada).await;
    within("bob returns to the stage", bob.watch(Watch::Stage)).await.unwrap();
    within("ada is back with him", ada.wait_frame(|header| header.view == ViewId::STAGE))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_own_view_may_show_a_layer_differently() {
    let lab = Lab::start().await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    bob.watch(Watch::Own).await.unwrap();
    let (view, layer) = (ViewId::own(bob.me()), bob.scene().unwrap().layers[0].id);
    let change = LayerChange::Colormap("magma".into());
    bob.edit(Intent::SetOverride { view, layer, change }).await.unwrap();
    assert_eq!(bob.scene().unwrap().layers[0].look.colormap, "gray");
    sees_its_scene(&lab, &bob).await;
}

#[tokio::test]
async fn people_see_who_is_there_and_who_left() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let two = within("both are listed", ada.wait_participants(|all| all.len() == 2)).await.unwrap();
    assert_ne!(two[0].color, two[1].color);
    bob.close().await;
    within("bob is gone", ada.wait_participants(|all| all.len() == 1)).await.unwrap();
}

#[tokio::test]
async fn the_value_under_the_cursor_is_the_samples_own() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Viewer).await.unwrap();
    let world = [60.0, 30.0];
    let answer = within("the values come", ada.ask(Query::Values { world })).await.unwrap();
    let Answer::Values { values, .. } = answer else { panic!("{answer:?}") };
    let z = ada.scene().unwrap().views[&ViewId::STAGE].point[1] as usize;
    let at = [0, z, 60, 30];
    let wanted = [parfocal_tests::files::object(at), parfocal_tests::files::intensity(at)];
    let values: Vec<_> = values.iter().map(|v| v.value.unwrap() as u16).collect();
    assert_eq!(values, wanted, "top layer first");
}

#[tokio::test]
async fn a_histogram_counts_the_data() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Viewer).await.unwrap();
    let layer = ada.scene().unwrap().layers[0].id;
    let answer = within("it comes", ada.ask(Query::Histogram { layer })).await.unwrap();
    let Answer::Histogram { counts, range, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(counts.len(), 256);
    assert!(range[0] >= 200.0 && range[1] <= 3400.0, "{range:?}");
    assert!(counts.iter().sum::<u32>() > 10_000);
}
