//! Any part may die, at any moment; nothing that was acknowledged is lost.

use parfocal_actors::machine::placement::Place;
use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, EditFailure, Link, Options, Status};
use parfocal_scene::{Intent, LayerChange, RejectCode};
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, files, within};
use ractor::Message;

fn gamma(client: &Client, value: f64) -> Intent {
    let layer = client.scene().unwrap().layers[0].id;
    Intent::SetLayer { layer, change: LayerChange::Gamma(value) }
}

/// Kills the actor that lives at an address now.
fn kill<M: Message>(address: &parfocal_actors::address::Address<M>) {
    address.get().expect("it lives").kill();
}

async fn edits_and_pictures_go_on(client: &Client) {
    let edit = client.edit(gamma(client, 0.5));
    let ack = within("an edit is acknowledged again", edit).await.unwrap();
    let shown = client.wait_frame(|header| header.revision >= ack.revision);
    within("pictures come again", shown).await.unwrap();
}

#[tokio::test]
async fn a_killed_renderer_paints_again() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    within("the first picture", ada.next_frame()).await.unwrap();
    kill(lab.server.engine.shared().renderers.address(Place::Cpu));
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn a_killed_data_actor_loads_again() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    within("the first picture", ada.next_frame()).await.unwrap();
    kill(&lab.server.engine.shared().data);
    let there = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: 3.0 };
    let ack = within("the edit is served", ada.edit(there)).await.unwrap();
    let whole = ada.wait_frame(|header| header.revision >= ack.revision && header.complete);
    within("the new plane is shown", whole).await.unwrap();
}

#[tokio::test]
async fn a_killed_store_writes_again() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    kill(&lab.server.engine.shared().store);
    // What comes before the store is back is either kept until then, or refused.
    let saved = async {
        while let Err(failure) = ada.edit(gamma(&ada, 0.6)).await {
            let EditFailure::Rejected(reject) = &failure else { panic!("{failure}") };
            assert_eq!(reject.code, RejectCode::Unavailable, "{reject}");
        }
    };
    within("an edit is saved again", saved).await;
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn a_killed_presence_actor_knows_everybody_again() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    within("both are listed", ada.wait_participants(|all| all.len() == 2)).await.unwrap();
    let board = lab.server.engine.session("lab").unwrap();
    kill(&board.presence);
    let watch = bob.watch(parfocal_scene::Watch::Own);
    within("bob's wish is answered", watch).await.unwrap();
    let own = |all: &[parfocal_sync::message::Participant]| {
        all.len() == 2 && all.iter().any(|p| p.watch == parfocal_scene::Watch::Own)
    };
    within("ada sees both, and where bob looks", ada.wait_participants(own)).await.unwrap();
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn killing_the_scene_actor_again_and_again_loses_no_acknowledged_edit() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let board = lab.server.engine.session("lab").unwrap();
    let mut acknowledged = 1.0;
    for n in 0..20_u32 {
        let value = 0.1 + f64::from(n) * 0.1;
        let edit = ada.edit(gamma(&ada, value));
        if n % 4 == 1 {
            kill(&board.scene);
        }
        within("the edit is answered", edit).await.unwrap();
        acknowledged = value;
        let shown = ada.scene().unwrap().layers[0].look.gamma;
        assert!((shown - value).abs() < 1e-9, "the mirror shows {shown}, {value} was acknowledged");
    }
    let late = lab.client(Role::Viewer).await.unwrap();
    let seen = late.scene().unwrap().layers[0].look.gamma;
    assert!((seen - acknowledged).abs() < 1e-9);
    assert_eq!(ada.scene().unwrap().layers, late.scene().unwrap().layers);
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn a_killed_session_comes_back_with_its_people() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    within("the first picture", ada.next_frame()).await.unwrap();
    ada.edit(gamma(&ada, 1.7)).await.unwrap();
    let board = lab.server.engine.session("lab").unwrap();
    kill(&board.supervisor);
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn an_interrupted_client_comes_back_and_its_edits_are_applied_once() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let me = ada.me();
    for n in 0..5_u32 {
        ada.interrupt().await;
        let edit = ada.edit(gamma(&ada, 0.2 + f64::from(n) * 0.3));
        within("the edit is answered", edit).await.unwrap();
    }
    assert_eq!(ada.me(), me, "the same client gets the same number");
    assert!((ada.scene().unwrap().layers[0].look.gamma - 1.4).abs() < 1e-9);
}

#[tokio::test]
async fn a_killed_process_comes_back_with_every_acknowledged_edit() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let (image, state) = (image.to_str().unwrap(), folder.path().join("state"));
    let first = Process::serve(&state, 0, &[image, "--axes", "tzyx"]).await.unwrap();
    let port: u16 = first.address().rsplit(':').next().unwrap().parse().unwrap();
    let link: Link = first.link(Role::Owner).parse().unwrap();
    let ada = within("connected", Client::connect(&link, Options::default())).await.unwrap();
    let mut acknowledged = 0.0;
    for n in 1..=25_u32 {
        let value = f64::from(n) * 0.1;
        within("acknowledged", ada.edit(gamma(&ada, value))).await.unwrap();
        acknowledged = value;
    }
    first.kill().await.unwrap();
    let lost = ada.wait_status(|status| *status == Status::Connecting);
    within("the client notices", lost).await.unwrap();
    let _second = Process::serve(&state, port, &[image, "--axes", "tzyx"]).await.unwrap();
    within("the client is back by itself", ada.live()).await.unwrap();
    let gamma = ada.scene().unwrap().layers[0].look.gamma;
    assert!(
        (gamma - acknowledged).abs() < 1e-9,
        "{gamma} is there, {acknowledged} was acknowledged"
    );
    edits_and_pictures_go_on(&ada).await;
}

#[tokio::test]
async fn an_own_view_is_as_it_was_after_an_interruption_and_after_presence_died() {
    let lab = Lab::start().await.unwrap();
    let bob = lab.client(Role::Viewer).await.unwrap();
    bob.watch(parfocal_scene::Watch::Own).await.unwrap();
    let view = ViewId::own(bob.me());
    let center = [10.0, 20.0];
    within("moved", bob.edit(Intent::SetCamera { view, center, zoom: 5.0 })).await.unwrap();
    let camera = |client: &Client| client.scene().unwrap().views[&view].camera;
    let moved = camera(&bob);
    bob.interrupt().await;
    within("bob is back", bob.edit(Intent::SetPoint { view, axis: 0, value: 2.0 })).await.unwrap();
    assert_eq!(camera(&bob), moved);
    kill(&lab.server.engine.session("lab").unwrap().presence);
    within("served", bob.edit(Intent::SetPoint { view, axis: 0, value: 3.0 })).await.unwrap();
    let seen = bob.wait_frame(|header| header.view == view && header.complete);
    within("bob sees his own view", seen).await.unwrap();
    assert_eq!(camera(&bob), moved);
}

#[tokio::test]
async fn a_stopped_process_has_saved_where_everybody_looked() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let (image, state) = (image.to_str().unwrap(), folder.path().join("state"));
    let first = Process::serve(&state, 0, &[image, "--axes", "tzyx"]).await.unwrap();
    let link: Link = first.link(Role::Owner).parse().unwrap();
    let ada = within("connected", Client::connect(&link, Options::default())).await.unwrap();
    let there = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: 4.0 };
    within("acknowledged", ada.edit(there)).await.unwrap();
    drop(ada);
    first.terminate().await.unwrap();
    let second = Process::serve(&state, 0, &[image, "--axes", "tzyx"]).await.unwrap();
    let link: Link = second.link(Role::Viewer).parse().unwrap();
    let bob = within("connected", Client::connect(&link, Options::default())).await.unwrap();
    assert_eq!(bob.scene().unwrap().views[&ViewId::STAGE].point[0], 4.0);
}
