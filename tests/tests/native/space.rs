//! Views of three axes: who turns the camera, and what everybody sees.

use std::sync::Arc;

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, DecodedFrame, EditFailure};
use parfocal_scene::{Camera3d, Intent, LayerChange, RejectCode, Rendering};
use parfocal_tests::{Lab, picture, within};

/// What H.264 at our bit rate keeps of a picture that has come to rest, in dB.
const SHARP: f64 = 33.0;

const STAGE: ViewId = ViewId::STAGE;

fn show(ndisplay: u8) -> Intent {
    Intent::SetNdisplay { view: STAGE, ndisplay }
}

fn camera(client: &Client) -> Option<Camera3d> {
    client.scene().unwrap().views[&STAGE].camera3d
}

/// Waits until `client` sees the picture that its mirror describes, drawn with care.
async fn sees_its_scene(lab: &Lab, client: &Client) -> Arc<DecodedFrame> {
    let images = &lab.server.engine.shared().images;
    let sharp = async {
        loop {
            let seen = client.next_frame().await.unwrap();
            if !seen.header.complete {
                continue;
            }
            let scene = client.scene().unwrap();
            let wanted = picture::expected(&scene, STAGE, images).await.unwrap();
            if picture::psnr(&seen.frame, &wanted).is_ok_and(|db| db > SHARP) {
                return seen;
            }
        }
    };
    within("the picture is what the scene says, and sharp", sharp).await
}

#[tokio::test]
async fn one_turns_a_volume_and_everybody_sees_it_from_there() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Presenter).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    within("the view goes to three axes", ada.edit(show(3))).await.unwrap();
    let front = camera(&ada).unwrap();
    assert_eq!((front.depth, front.angles), (1, Camera3d::ANGLES));
    let before = sees_its_scene(&lab, &ada).await;
    let turned = Intent::SetCamera3d {
        view: STAGE,
        center: front.center,
        zoom: front.zoom,
        angles: [-20.0, 30.0, 130.0],
        perspective: 30.0,
    };
    within("it is turned", ada.edit(turned)).await.unwrap();
    let angles = |camera: Option<Camera3d>| camera.map(|camera| camera.angles);
    assert_eq!(angles(camera(&ada)), Some([-20.0, 30.0, 130.0]));
    let after = sees_its_scene(&lab, &ada).await;
    assert!(picture::psnr(&before.frame, &after.frame).unwrap() < 30.0, "it looks otherwise");
    within(
        "bob's mirror turns",
        bob.wait_for(|s| angles(s.views[&STAGE].camera3d) == Some([-20.0, 30.0, 130.0])),
    )
    .await
    .unwrap();
    sees_its_scene(&lab, &bob).await;
    let layer = ada.scene().unwrap().layers[0].id;
    let surface = LayerChange::Rendering(Rendering::Iso);
    within("its surface is shown", ada.edit(Intent::SetLayer { layer, change: surface }))
        .await
        .unwrap();
    sees_its_scene(&lab, &ada).await;
    within("and it is flat again", ada.edit(show(2))).await.unwrap();
    assert_eq!(camera(&ada), None);
    sees_its_scene(&lab, &ada).await;
}

#[tokio::test]
async fn who_may_not_move_the_stage_may_not_turn_it() {
    let lab = Lab::start().await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    let refused = within("bob is answered", bob.edit(show(3))).await.unwrap_err();
    let EditFailure::Rejected(reject) = refused else { panic!("bob is not allowed: {refused}") };
    assert_eq!(reject.code, RejectCode::Forbidden);
}
