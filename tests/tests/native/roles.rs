//! Who may do what, as the server sees it.

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::EditFailure;
use parfocal_scene::{Intent, LayerChange, RejectCode, SettingsChange, Watch};
use parfocal_tests::Lab;

fn code(failure: EditFailure) -> RejectCode {
    match failure {
        EditFailure::Rejected(reject) => reject.code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_viewer_may_look_but_not_touch() {
    let lab = Lab::start().await.unwrap();
    let viewer = lab.client(Role::Viewer).await.unwrap();
    let before = viewer.scene().unwrap();
    let layer = before.layers[0].id;
    let stage = ViewId::STAGE;
    for intent in [
        Intent::SetLayer { layer, change: LayerChange::Visible(false) },
        Intent::MoveLayer { layer, index: 1 },
        Intent::SetPoint { view: stage, axis: 0, value: 1.0 },
        Intent::SetCamera { view: stage, center: [0.0, 0.0], zoom: 1.0 },
        Intent::ResetView { view: stage },
        Intent::SetSettings { change: SettingsChange::AxesVisible(true) },
    ] {
        let refused = viewer.edit(intent.clone()).await.unwrap_err();
        assert_eq!(code(refused), RejectCode::Forbidden, "{intent:?}");
    }
    let after = viewer.scene().unwrap();
    assert_eq!((&after.layers, after.settings), (&before.layers, before.settings));
    let stage = |scene: &parfocal_scene::Scene| scene.views[&ViewId::STAGE].point.clone();
    assert_eq!(stage(&after), stage(&before));
}

#[tokio::test]
async fn nobody_moves_the_own_view_of_another() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Viewer).await.unwrap();
    let owner = lab.client(Role::Owner).await.unwrap();
    ada.watch(Watch::Own).await.unwrap();
    let view = ViewId::own(ada.me());
    let refused = owner.edit(Intent::SetPoint { view, axis: 0, value: 1.0 }).await.unwrap_err();
    assert_eq!(code(refused), RejectCode::Forbidden);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_code_and_a_sentence() {
    let lab = Lab::start().await.unwrap();
    let owner = lab.client(Role::Owner).await.unwrap();
    let layer = owner.scene().unwrap().layers[0].id;
    let labels = owner.scene().unwrap().layers[1].id;
    let set = |change| Intent::SetLayer { layer, change };
    for (intent, wanted) in [
        (set(LayerChange::Gamma(-1.0)), None),
        (set(LayerChange::ContrastLimits([5.0, 5.0])), Some(RejectCode::OutOfRange)),
        (set(LayerChange::Colormap("mud".into())), Some(RejectCode::UnknownColormap)),
        (set(LayerChange::Name(String::new())), Some(RejectCode::OutOfRange)),
        (
            Intent::SetLayer { layer: labels, change: LayerChange::Gamma(2.0) },
            Some(RejectCode::NotApplicable),
        ),
        (
            Intent::SetLayer {
                layer: parfocal_base::LayerId(99),
                change: LayerChange::Visible(true),
            },
            Some(RejectCode::UnknownLayer),
        ),
        (
            Intent::SetPoint { view: ViewId::STAGE, axis: 77, value: 0.0 },
            Some(RejectCode::UnknownAxis),
        ),
    ] {
        let answer = owner.edit(intent.clone()).await;
        match wanted {
            Some(wanted) => {
                let Err(EditFailure::Rejected(reject)) = answer else { panic!("{intent:?}") };
                assert_eq!(reject.code, wanted, "{intent:?}");
                assert!(reject.message.len() > 10, "{reject}");
            }
            None => assert!(answer.is_ok(), "{intent:?} is clamped"),
        }
    }
}
