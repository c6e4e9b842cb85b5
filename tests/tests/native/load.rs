//! `parfocal load` against a server.

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_server::cli::LoadArgs;
use parfocal_server::load::load;
use parfocal_tests::{Lab, within};

fn args(link: String) -> LoadArgs {
    LoadArgs {
        link,
        viewers: 4,
        editors: 2,
        rate: 20,
        seconds: 2,
        size: [320, 240],
        decode: false,
        json: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_the_pictures_of_a_stage_that_editors_move_and_leave_as_it_was() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let center = |scene: &parfocal_scene::Scene| scene.views[&ViewId::STAGE].camera.center;
    let before = center(&ada.scene().unwrap());
    let link = lab.server.link(Role::Presenter).unwrap();
    let report = within("it ends", load(&args(link))).await.unwrap();
    assert_eq!((report.viewers, report.editors, report.lost, report.refused), (4, 2, 0, 0));
    assert!(report.frames_per_second_least > 1.0, "{report:?}");
    assert!(report.frame_age_ms.p99.is_some() && report.ack_ms.p99.is_some(), "{report:?}");
    assert!(report.bytes_per_second > 1000.0 && report.dropped == 0, "{report:?}");
    let back = ada.wait_for(|scene| {
        let now = center(scene);
        (0..2).all(|axis| (now[axis] - before[axis]).abs() < 1e-6)
    });
    within("the view is where it was", back).await.unwrap();
    let alone = ada.wait_participants(|people| people.len() == 1);
    within("all have left", alone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_move_the_stage_moves_a_view_of_their_own_and_decoding_counts_what_is_shown() {
    let lab = Lab::start().await.unwrap();
    let link = lab.server.link(Role::Viewer).unwrap();
    let args = LoadArgs { viewers: 0, editors: 1, decode: true, ..args(link) };
    let report = within("it ends", load(&args)).await.unwrap();
    assert!(report.frames_per_second > 1.0 && report.refused == 0, "{report:?}");
    assert!(report.frame_age_ms.p50.is_some(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_link_is_said_with_its_code() {
    let lab = Lab::start().await.unwrap();
    let link = lab.server.link(Role::Viewer).unwrap();
    let damaged = within("refused", load(&args(format!("{link}x")))).await.unwrap_err();
    assert!(damaged.to_string().contains("(token_signature)"), "{damaged}");
    let cut = within("refused", load(&args(link.split('#').next().unwrap().to_owned()))).await;
    let cut = format!("{:#}", cut.unwrap_err());
    assert!(cut.contains("no token"), "{cut}");
}
